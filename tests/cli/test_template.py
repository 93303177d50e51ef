from __future__ import annotations

import json
import shutil
import threading
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest
from sqlalchemy import func, select

from dispatch.app import App
from dispatch.cli import live
from dispatch.cli.template import template as group
from dispatch.database.tables import Document, EventRow, Letter
from dispatch.documents import Templates, templates
from dispatch.files.shipped import shipped
from dispatch.letters.wording.values import Group
from tests import steps
from tests.cli.conftest import Dispatch
from tests.factories import some_figures
from tests.files.word.written import docx, field, p


@pytest.fixture
def app(app: App, tmp_path: Path) -> App:
    """Return the app with templates of its own."""
    folder = tmp_path / "templates"
    shutil.copytree(shipped("templates") / "annual-review", folder / "annual-review")
    settings = app.settings.model_copy(update={"templates": folder})
    return replace(app, settings=settings, templates=Templates(folder))


class InProcess(Templates):
    """The same templates without a child process, which takes a while to start."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture(autouse=True)
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "LimitedTemplates", InProcess)


def letter(app: App) -> Path:
    return app.settings.templates / "annual-review/letter.md"


def edit(app: App, was: str, becomes: str) -> None:
    path = letter(app)
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, becomes))


def test_a_template_is_shown_with_sample_data_before_there_is_any_other(
    dispatch: Dispatch, app: App
) -> None:
    shown = dispatch("template", "preview", "annual-review", "ADU")
    assert shown.exit_code == 0, shown.output
    assert "Subject: Annual Review letter 2020: Adur District Council" in shown.output


def test_a_mailouts_own_letters_are_shown_and_nothing_is_stored(
    dispatch: Dispatch, app: App, tmp_path: Path
) -> None:
    steps.planned(app, "OXO", figures=[some_figures("OXO", upheld=1)])
    before = rows(app)
    out = tmp_path / "letter.pdf"
    shown = dispatch("template", "preview", steps.NAME, "--pdf", out)
    assert shown.exit_code == 0, shown.output
    assert "the letter of OXO" in shown.output
    assert out.read_bytes().startswith(b"%PDF-")
    assert rows(app) == before


def rows(app: App) -> list[int]:
    counted = [select(func.count()).select_from(each) for each in (Letter, EventRow, Document)]
    with app.sessions.read() as session:
        return [session.scalar(each) or 0 for each in counted]


def test_an_error_is_shown_with_its_line(dispatch: Dispatch, app: App) -> None:
    edit(app, "{{ title }}{%", "{{ titel }}{%")
    shown = dispatch("template", "preview", "annual-review")
    assert shown.exit_code == 1
    assert "letter.md, line 30, column 6: 'titel' is undefined" in shown.output
    assert "       ^\nThere is no value titel. Did you mean title?" in shown.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("preview", "anual-review"), "no mailout and no template anual-review; did you mean"),
        (("preview", "annual-review", "ZZZ"), "annual-review-2020 has no letter ZZZ"),
        (("preview", "nobody.toml"), "nobody.toml"),
    ],
)
def test_what_is_not_there_is_said(dispatch: Dispatch, words: tuple[str, ...], said: str) -> None:
    shown = dispatch("template", *words)
    assert (shown.exit_code, said in shown.output) == (1, True), shown.output


def test_every_value_is_listed_with_an_example(dispatch: Dispatch) -> None:
    shown = dispatch("template", "values", "annual-review")
    assert "addressee.salutation" in shown.output
    assert "e.g. 29 July 2020" in shown.output
    found = json.loads(dispatch("template", "values", "--json").output)
    assert {each["group"] for each in found} == {each.value for each in Group}
    assert dispatch("template", "list").output == "annual-review\n"


def test_the_page_is_opened_and_ends_by_ctrl_c(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(webbrowser, "open", opened.append)
    monkeypatch.setattr(live.Server, "serve_forever", end)
    monkeypatch.setattr(live, "follow", lambda *_: None)
    shown = dispatch("template", "preview", "annual-review", "ADU", "--watch")
    assert (shown.exit_code, opened[0].endswith("/letter/ADU")) == (0, True), shown.output
    assert opened[0] in shown.output
    assert "The preview has ended." in shown.output


def test_a_pdf_is_written_again_after_each_save(
    dispatch: Dispatch, app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = iter([1, 2, 3])
    saves = {
        2: lambda: edit(app, "{{ title }}{%", "{{ titel }}{%"),
        3: lambda: edit(app, "{{ titel }}{%", "Our letter{%"),
    }

    def wait(shown: live.Live, since: int, seconds: float = 0) -> int:
        version = next(waited, None)
        if version is None:
            raise KeyboardInterrupt
        if version in saves:
            saves[version]()
            shown.look()
        return version

    monkeypatch.setattr(live.Live, "wait", wait)
    monkeypatch.setattr(live, "follow", lambda *_: None)
    out = tmp_path / "letter.pdf"
    shown = dispatch("template", "preview", "annual-review", "ADU", "--watch", "--pdf", out)
    assert shown.exit_code == 0, shown.output
    assert shown.output.count("the letter of ADU") == 2
    assert "'titel' is undefined" in shown.output
    assert threading.active_count() < 20


def test_each_command_says_what_it_is_for() -> None:
    assert {"list", "preview", "values"} <= group.commands.keys()


def test_a_letter_in_word_becomes_a_template(dispatch: Dispatch, app: App, tmp_path: Path) -> None:
    path = tmp_path / "letter.docx"
    path.write_bytes(
        docx(
            p(field("DATE"))
            + p(field("MERGEFIELD Chief_Executive"))
            + p(field("MERGEFIELD Council"))
            + p("Dear ", field("MERGEFIELD Salutation"))
            + p(
                "We publish on «Upload_Date»",
                "<w:del><w:r><w:delText>old</w:delText></w:r></w:del>",
            )
            + p("Yours sincerely")
        )
    )
    words = ("template", "import", path, "--as", "ours")
    dry = dispatch(*words, "--dry-run")
    assert (dry.exit_code, "Nothing is written" in dry.output) == (0, True), dry.output
    assert not (app.settings.templates / "ours").exists()
    done = dispatch(*words)
    assert done.exit_code == 0, done.output
    assert "words that a tracked change deletes: old" in done.output
    assert "Next: dispatch template preview ours --watch" in done.output
    shown = dispatch("template", "preview", "ours", "OXO")
    assert shown.exit_code == 0, shown.output
    assert "We publish on 29 July 2020" in shown.output
    again = dispatch(*words)
    assert (again.exit_code, "stays as it is" in again.output) == (1, True)
    assert dispatch(*words[:3], "--as", "../x").exit_code == 1
    assert dispatch("template", "import", tmp_path / "none.docx", "--as", "y").exit_code == 1


def test_what_nobody_knows_is_listed_after_an_import(dispatch: Dispatch, tmp_path: Path) -> None:
    path = tmp_path / "letter.docx"
    path.write_bytes(docx(p("Dear Sir") + p("Ward ", field("MERGEFIELD Ward_Count"))))
    said = dispatch("template", "import", path, "--as", "ours", "--dry-run").output
    assert "Ward_Count" in said
    assert "{{ ward_count }}" in said
    found = json.loads(dispatch("template", "import", path, "--as", "ours", "--json").output)
    assert [each["field"] for each in found["report"]["unknown"]] == ["Ward_Count"]
