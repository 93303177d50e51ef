"""Pages of the documentation that lead from a first step to a last one, walked as they stand."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.app import App
from dispatch.cli.output import asked
from dispatch.documents import Templates
from dispatch.domain.proof.ledger import Event
from dispatch.ledger import journal
from dispatch.proof.seal import seal
from tests import steps
from tests.conftest import ROOT
from tests.factories import register
from tests.files.word.written import docx, field, p
from tests.guides import DOCS, Terminal, sections, walk


@pytest.fixture
def terminal(app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal in the folder of an office with templates of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(asked, "can_answer", lambda: True)
    app.settings.home.mkdir(mode=0o700)
    folder = tmp_path / "templates"
    for name in ("annual-review", "evidence"):
        shutil.copytree(ROOT / "templates" / name, folder / name)
    settings = app.settings.model_copy(update={"templates": folder})
    return Terminal(tmp_path, replace(app, settings=settings, templates=Templates(folder)))


@pytest.mark.slow
def test_a_letter_in_word_comes_to_its_first_preview(terminal: Terminal) -> None:
    Path("letter.docx").write_bytes(
        docx(
            p(field("DATE"))
            + p(field("MERGEFIELD Council_Name"))
            + p("Dear ", field("MERGEFIELD Salutation"))
            + p("We publish on ", field("MERGEFIELD Upload_Date"))
            + p("Our letter names ", field("MERGEFIELD Ward_Count"), " wards")
            + p("Yours sincerely")
        )
    )
    shutil.copytree(ROOT / "config/mailouts", "mailouts")
    plan = Path("mailouts/annual-review-2020.toml")
    terminal.fill = {
        " --watch": "",
        "annual-review-2021.toml": plan,
        "annual-review-2021": f"{steps.NAME} OXO",
        "preview our-letter": "preview our-letter OXO",
    }
    imported, read, look, use, _ = sections(DOCS / "using/from-word.md")

    walk(imported, terminal, "")
    wording = Path("templates/our-letter/letter.md")
    written = wording.read_text()
    assert "{{ authority.official_name }}" in written
    assert "{{ ward_count }}" in written
    assert "nobody knows" in read.text
    wording.write_text(written.replace("{{ ward_count }}", "24"))

    walk(look, terminal, "")
    assert "Our letter names 24 wards" in terminal.give(look.lines[0])

    [name] = [line for line in plan.read_text().splitlines() if line.startswith("template = ")]
    [ours, commands] = use.blocks("")
    plan.write_text(plan.read_text().replace(name, ours.text.strip()))
    assert terminal.app
    with terminal.app.sessions.begin() as session:
        register(session, "OXO", "BIR")
    for line in commands.lines:
        shown = terminal.give(line)
    assert "Our letter names 24 wards" in shown


def test_the_proof_is_shown_by_the_commands_that_explain_it(terminal: Terminal) -> None:
    assert terminal.app
    steps.planned(terminal.app, "OXO", cc_roles=())
    with terminal.app.sessions.begin() as session:
        event = Event(terminal.app.clock(), "sam", "authority.changed", "authority:OXO")
        journal.append(session, event)
        while seal(session, now=terminal.app.clock()):
            pass
    for section in sections(DOCS / "running/proof.md"):
        walk(section, terminal, "")
