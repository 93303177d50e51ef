"""Other schemes than the annual review, by their plans and templates alone: end to end."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from pypdf import PdfReader

from dispatch.app import App
from dispatch.cli.output import asked
from dispatch.database.tables import Letter
from dispatch.documents import Templates
from dispatch.domain.errors import BadInput
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import Inclusion, LanguageChoice
from dispatch.letters.store import documents
from tests import schemes, steps
from tests.conftest import ROOT
from tests.fakes import FakeClock, FakeTransport
from tests.guides import DOCS, Terminal, sections, walk
from tests.uploads import files_in

GUIDE: Final = {each.title: each for each in sections(DOCS / "running/schemes.md")}
EVERY = (schemes.LANDLORDS, schemes.QUARTERS[0], schemes.WALES)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", EVERY, ids=lambda each: each.sample)
def test_the_whole_sample_goes_from_its_files_to_the_public(
    scheme: schemes.Scheme, app: App, clock: FakeClock, tmp_path: Path
) -> None:
    assert len(schemes.whole(app, clock, scheme, tmp_path / "public")) >= 7


def form(app: App, letter: Letter, name: str) -> bytes:
    with app.sessions.read() as session:
        return documents.load(session, [letter.parts[name]])[letter.parts[name]]


def text(app: App, letter: Letter) -> str:
    return " ".join(form(app, letter, "text").decode().split())


def messages(transport: FakeTransport, to: str) -> list[EmailMessage]:
    parsed = [message_from_bytes(content, policy=default) for _, content in transport.sent]
    return [each for each in parsed if to in str(each["To"])]


def language_of(pdf: bytes) -> str:
    root: Any = PdfReader(BytesIO(pdf)).trailer["/Root"]
    return str(root["/Lang"])


def test_a_letter_to_a_leader_is_in_welsh_and_english_from_its_making_to_the_upload(
    app: App, clock: FakeClock, transport: FakeTransport, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    found = schemes.whole(app, clock, schemes.WALES, public, ("GWN", "PEM"))

    pdfs = [form(app, found["GWN"], name) for name in ("pdf", "pdf_en")]
    assert [language_of(pdf) for pdf in pdfs] == ["cy-GB", "en-GB"]
    says_both(app, found["GWN"])
    assert "Annwyl Arweinydd y Cyngor" in text(app, found["PEM"])
    [message, _] = messages(transport, "leader@gwynedd.example")
    assert message["Subject"] == (
        "Llythyr blynyddol 2025-26: Cyngor Gwynedd / Annual letter 2025-26: Gwynedd Council"
    )
    assert "chief.executive@gwynedd.example" in str(message["Cc"])
    attached = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    assert attached == {
        "Llythyr blynyddol 2025-26 - Cyngor Gwynedd.pdf": pdfs[0],
        "Annual letter 2025-26 - Gwynedd Council.pdf": pdfs[1],
    }
    files = files_in(public)
    folder = "letters/welsh-letters-2026/gwynedd-council-2025-26"
    assert [files[f"{folder}{end}.pdf"] for end in ("", "-en")] == pdfs
    assert b"gwynedd-council-2025-26-en.pdf,cy" not in files["languages.csv"]
    assert files["languages.csv"].count(b"\n") == 5
    index = files["index.html"].decode()
    assert '<span lang="cy">Cymraeg</span>' in index
    assert '<span lang="en">English</span>' in index


def says_both(app: App, letter: Letter) -> None:
    """Look that a letter and its note are in both languages, marked as such, Welsh first."""
    for name in ("html", "note_html"):
        html = form(app, letter, name).decode()
        assert '<html lang="cy"' in html
        assert html.index('<div lang="cy">') < html.index('<div lang="en">')
    said = text(app, letter)
    assert "9 Medi 2026" in said
    assert "Annwyl Gynghorydd" in said
    assert said.index("Cyngor Gwynedd") < said.index("Gwynedd Council")


@pytest.mark.parametrize(
    ("choice", "languages"),
    [
        (LanguageChoice.FIRST, {"MON": ("en", "cy"), "GWN": ("cy", "en"), "NWP": ("en", "cy")}),
        (LanguageChoice.ONLY, {"MON": ("en",), "GWN": ("cy",), "NWP": ("cy", "en")}),
    ],
)
def test_contacts_choose_their_language(
    choice: LanguageChoice,
    languages: dict[str, tuple[str, ...]],
    app: App,
    clock: FakeClock,
) -> None:
    file = schemes.WALES.file
    plan = replace(file.plan, language_choice=choice, is_one_pdf=True)
    schemes.planned(app, clock, replace(file, plan=plan))
    schemes.imported(app, schemes.WALES, languages)

    found = schemes.rendered(app, plan.name)

    assert {code: each.draft.content.languages for code, each in found.items()} == languages
    for code, letter in found.items():
        assert "pdf_en" not in letter.parts
        first = languages[code][0]
        assert language_of(form(app, letter, "pdf")) == f"{first}-GB"
    assert "Tudalen" not in text(app, found["MON"])


def test_a_letter_of_which_one_language_lacks_a_number_is_not_made(
    app: App, clock: FakeClock
) -> None:
    file = schemes.WALES.file
    welsh = file.plan.translations["cy"]
    context = f"{welsh.constants['context']} Yn 2024 hefyd."
    other = replace(welsh, constants={**welsh.constants, "context": context})
    schemes.planned(app, clock, replace(file, plan=replace(file.plan, translations={"cy": other})))
    schemes.imported(app, schemes.WALES, ("GWN",))

    letter = schemes.rendered(app, file.plan.name)["GWN"]

    assert letter.state is LetterState.FAILED
    assert "en lacks the number 2024, which cy has" in (letter.error or "")


def test_a_letter_whose_names_have_no_translation_is_an_obstacle(
    app: App, clock: FakeClock
) -> None:
    file = schemes.WALES.file
    welsh = file.plan.translations["cy"]
    words = {text: said for text, said in welsh.words.items() if text != "Gwynedd Council"}
    plan = replace(file.plan, translations={"cy": replace(welsh, words=words)})
    schemes.planned(app, clock, replace(file, plan=plan))
    schemes.imported(app, schemes.WALES, ("GWN",))

    [fatal] = [each for each in schemes.checked(app, plan.name).findings if each.is_fatal]
    assert fatal.message == 'has no words in cy for "Gwynedd Council"'


def test_a_landlord_gets_its_outcomes_and_one_below_the_minimum_a_short_letter(
    app: App, clock: FakeClock, transport: FakeTransport, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    found = schemes.whole(app, clock, schemes.LANDLORDS, public, ("LRK", "STR", "COP"))

    said = text(app, found["LRK"])
    for words in ("Severe maladministration", "Resolved by mediation", "Outside jurisdiction"):
        assert words in said
    assert "Maladministration rate 62% 46 of 74 findings." in said
    assert "0% 0 of 5 findings." in text(app, found["STR"])  # five determinations are enough
    short = text(app, found["COP"])
    assert "fewer than five complaints about Copper Lane Co-operative" in short
    assert "%" not in short
    [report, _] = messages(transport, "larkfield")
    [name] = [part.get_filename() for part in report.iter_attachments()]
    assert name == "Larkfield Homes - Landlord report 2025-26.pdf"
    assert "complaints@larkfield-homes.example" in str(report["Cc"])
    figures = files_in(public)["figures.csv"].decode()
    assert "Findings, by outcome: Severe maladministration" in figures
    assert "Maladministration rate: average of landlords of that size" in figures
    assert "COP,Copper Lane" not in figures


def test_a_landlord_below_the_minimum_gets_nothing_where_a_plan_says_so(
    app: App, clock: FakeClock
) -> None:
    file = schemes.LANDLORDS.file
    inclusion = Inclusion(kinds=("landlord",), minimum={"determinations": 5})
    schemes.planned(app, clock, replace(file, plan=replace(file.plan, inclusion=inclusion)))
    schemes.imported(app, schemes.LANDLORDS, ("LRK", "STR", "COP"))

    assert schemes.rendered(app, file.plan.name).keys() == {"LRK", "STR"}


def test_figures_of_a_scheme_are_known_once_it_is_planned(app: App, clock: FakeClock) -> None:
    files = {kind: schemes.SAMPLES / f"landlords/{kind}.csv" for kind in ("authorities", "figures")}
    schemes.take_in(app, "authorities", files["authorities"].read_bytes())
    with pytest.raises(BadInput, match="known once its mailout is planned"):
        schemes.take_in(app, "figures", files["figures"].read_bytes())
    schemes.planned(app, clock, schemes.LANDLORDS.file)
    schemes.imported(app, schemes.LANDLORDS, ("LRK",))

    wrong = b"authority,year,findings,findings_mediation,findings_mild\nLRK,2025-26,3,1,2\n"
    with pytest.raises(BadInput, match='"findings_mild" is not a column of this kind of file'):
        schemes.take_in(app, "figures", wrong)
    more = b"authority,year,orders,orders_complied\nLRK,2025-26,3,4\n"
    with pytest.raises(BadInput, match="not above orders, which is 3"):
        schemes.take_in(app, "figures", more)


def test_each_quarter_has_a_mailout_that_compares_with_the_one_before(
    app: App, clock: FakeClock, transport: FakeTransport, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    first, second = schemes.QUARTERS[:2]
    before = schemes.whole(app, clock, first, public, ("AVN", "FRN", "GLN"))
    after = schemes.whole(app, clock, second, public, ("AVN", "FRN", "GLN"))

    boxes = [each["AVN"].draft.content.boxes[0] for each in (before, after)]
    assert boxes[1].before
    assert (boxes[1].before.percent, boxes[1].before.average) == (
        boxes[0].percent,
        boxes[0].average,
    )
    assert f"In the quarter before it was {boxes[0].percent}%" in text(app, after["AVN"])
    assert "We have no figures of the quarter before" in text(app, before["FRN"])
    assert "We decided no investigation in this quarter." in text(app, before["GLN"])
    files = files_in(public)
    assert "letters/quarterly-2026-27-q1/avonmere-hospitals-nhs-trust-2026-27-q1.pdf" in files
    pages = files["letters/quarterly-2026-27-q2/index.html"].decode()
    assert "about the quarter 2026-27 Q2" in pages
    assert len(messages(transport, "chief.executive@avonmere-hospitals.example")) == 4


@pytest.mark.slow
def test_the_commands_of_the_guide_take_a_scheme_to_its_letters(
    app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.reach(schemes.LANDLORDS.file.plan.release_at - schemes.LEAD)
    monkeypatch.chdir(ROOT)
    terminal = Terminal(ROOT, app, around=lambda: steps.working(app))
    walk(GUIDE["Step by step"], terminal, "")
    assert len(schemes.letters_of(app, schemes.LANDLORDS.name)) == 12


def changed(plan: str, lines: Iterable[str]) -> str:
    """Give keys of a plan the values that these lines have, each in its table."""
    table = ""
    for line in filter(None, lines):
        if line.startswith("["):
            table = f"\n{line}\n"
            continue
        key = line.partition(" = ")[0]
        before, _, rest = plan.partition(table) if table else ("", "", plan)
        rest, count = re.subn(rf"(?m)^{key} = .*$", line, rest, count=1)
        assert count == 1, line
        plan = before + table + rest
    return plan


@pytest.mark.slow
def test_a_copy_of_a_sample_that_is_changed_as_told_makes_letters(
    app: App, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(asked, "can_answer", lambda: True)
    section = GUIDE["A scheme of your own, from a copy"]
    shutil.copytree(ROOT / "templates/landlord-report", tmp_path / "templates/landlord-report")
    shutil.copytree(schemes.MAILOUTS, tmp_path / "mailouts")
    app = replace(app, templates=Templates(tmp_path / "templates"))
    clock.reach(datetime(2027, 3, 1, 9, 0, tzinfo=UTC))
    kinds = ("authorities", "contacts", "figures")
    for kind, block in zip(kinds, section.blocks("csv"), strict=True):
        Path(f"{kind}.csv").write_text(block.text)
    terminal = Terminal(tmp_path, app, around=lambda: steps.working(app))
    copies, *rest = section.blocks("")
    for line in copies.lines:
        terminal.give(line)
    [lines] = section.blocks("toml")
    plan = Path("mailouts/university-letters-2027.toml")
    plan.write_text(changed(plan.read_text(), lines.lines))
    parts = section.parts[section.parts.index(rest[0]) :]
    walk(replace(section, parts=parts), terminal, "")
