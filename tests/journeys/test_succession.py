"""Four councils end, and two come after them: the county's letter is two letters."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from dispatch.app import App
from dispatch.cli import main
from dispatch.corrections import resend
from dispatch.database.tables import AuthorityRow, ContactRow
from dispatch.domain.errors import RuleBroken
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.proof.ledger import Event
from dispatch.domain.publishing.spreadsheet import from_csv
from dispatch.domain.tracking.reminders import reminder_text
from dispatch.domain.tracking.unreached import Course
from dispatch.files import bundles
from dispatch.ledger import journal
from dispatch.letters.store import documents, letters
from dispatch.mailouts.store import mailout_named
from dispatch.publishing import verify
from dispatch.register.store import authorities
from dispatch.sending.store import deliveries
from dispatch.tracking.unreached import find_unreached
from tests import packs, steps, uploads, worlds
from tests.conftest import ROOT
from tests.corrections import versions
from tests.factories import RELEASE_AT, some_figures
from tests.fakes import FakeClock, FakeTransport
from tests.notices import a_bounce, a_dsn, came, token

pytestmark = pytest.mark.slow

EAST, WEST = "ESU", "WSU"
ENDED: Final = {
    "SRY": ([EAST, WEST], date(2020, 3, 31)),  # the county
    "ELM": ([EAST], date(2020, 3, 31)),
    "WOI": ([WEST], date(2020, 3, 31)),
    "OLD": (["MID"], date(2019, 10, 31)),  # in the middle of the year, and what came after it
    "MID": ([EAST], date(2020, 3, 31)),  # ended as well
}
SAMPLE: Final = ROOT / "config" / "sample" / "surrey-2027"


def planned(app: App) -> None:
    steps.planned(app, *ENDED, EAST, WEST)
    with app.sessions.begin() as session:
        for code, (successors, last_day) in ENDED.items():
            row = session.get_one(AuthorityRow, code)
            row.successors, row.last_day = successors, last_day
        for contact in session.scalars(select(ContactRow)):
            if contact.authority_code in ENDED:
                contact.valid_until = date(2020, 4, 1)
        for code in (EAST, WEST):
            row = session.get_one(AuthorityRow, code)
            row.start_date, row.official_name = date(2020, 4, 1), f"{code} Council"


@pytest.fixture
def sent(app: App, clock: FakeClock) -> App:
    def make() -> None:
        planned(app)
        steps.render_again(app)
        steps.schedule_again(app)
        clock.reach(RELEASE_AT)
        assert steps.tick(app) == [steps.NAME]

    worlds.begun(app, make, "succession")
    clock.reach(RELEASE_AT)
    steps.send_due(app)
    steps.tick(app)
    return app


def test_each_successor_gets_a_letter_about_each_council_before_it(
    sent: App, transport: FakeTransport
) -> None:
    found = steps.letters_of(sent)
    assert [*found] == ["ELM", "ESU", "MID", "OLD", "SRY/ESU", "SRY/WSU", "WOI", "WSU"]
    goes_to = {code: each.draft.content.addressed_to.code for code, each in found.items()}
    assert {code for code, to in goes_to.items() if to == EAST} == {
        *("ELM", "ESU", "MID", "OLD", "SRY/ESU")
    }
    assert len(transport.sent) == len(found) * 2
    with sent.sessions.read() as session:
        text = {
            code: documents.of(session, each)[0]["text"].decode() for code, each in found.items()
        }
    said = {code: " ".join(each.split()) for code, each in text.items()}
    assert "ESU Council (for the former SRY City Council)" in said["SRY/ESU"]
    assert "passed to WSU Council and ESU Council" in said["SRY/WSU"]
    assert "a letter with the same figures to ESU Council" in said["SRY/WSU"]
    assert (
        "about the former OLD City Council, whose responsibilities have passed to ESU"
        in (said["OLD"])
    )
    assert "at the end of 31 October 2019" in said["OLD"]
    assert "former" not in said["ESU"]


def test_one_letter_is_named_by_both_codes_and_both_by_that_of_the_council(sent: App) -> None:
    with sent.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        assert letters.letter_of(session, mailout, "sry/esu").authority_code == "SRY/ESU"
        with pytest.raises(RuleBroken, match="say which, SRY/ESU or SRY/WSU"):
            letters.letter_of(session, mailout, "SRY")
        request = ResendRequest(choice=Choice.NAMED, codes=("sry",), is_again=True)
        going = resend.propose(session, mailout, request, now=sent.clock()).going
        assert [each.chain.last.authority_code for each in going] == ["SRY/ESU", "SRY/WSU"]
        assert [each.recipient.authority for each in going] == [EAST, WEST]


def test_a_letter_that_came_back_leaves_its_own_successor_unreached(sent: App) -> None:
    with sent.sessions.read() as session:
        found = deliveries.of_mailout(session, mailout_named(session, steps.NAME))
        [gone] = [
            each
            for each in found
            if (each.authority_code, each.role) == ("SRY/WSU", "chief executive")
        ]
    came(sent, a_bounce(gone), token(sent, gone), mail=a_dsn(sent, gone))
    with sent.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        missed = find_unreached(session, mailout)
        assert [each.code for each in missed] == ["SRY/WSU"]
        course = Course(mailout.name, mailout.state, mailout.plan.release_at, sent.clock())
        known = authorities.by_code(session)
        told = reminder_text(mailout.plan, course, missed, known, total=8, bank_holidays=())
        assert [row.code for row in told.rows] == ["SRY/WSU"]


def test_the_figures_are_published_once_and_both_letters(
    sent: App, clock: FakeClock, tmp_path: Path
) -> None:
    clock.reach(uploads.PUBLIC_AT)
    folder = tmp_path / "public"
    uploads.uploaded(sent, folder)
    with (folder / "letters.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["authority_code"] == "SRY"]
    assert [row["addressed_to"] for row in rows] == ["ESU Council", "WSU Council"]
    assert [row["file"].rpartition("/")[2] for row in rows] == [
        "sry-city-council-to-esu-council-2020.pdf",
        "sry-city-council-to-wsu-council-2020.pdf",
    ]
    with (folder / "figures.csv").open(encoding="utf-8") as file:
        told = [row for row in csv.DictReader(file) if row["authority_code"] == "SRY"]
    assert len({row["figure"] for row in told}) == len(told) > 0
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert package["resources"][0]["schema"]["primaryKey"][-1] == "addressed_to"
    page = (folder / "letters" / steps.NAME / "index.html").read_text(encoding="utf-8")
    assert page.count("sent to ESU Council") == 4
    assert page.count("sent to WSU Council") == 2
    signer = packs.signer(sent)
    with sent.sessions.read() as session:
        compared = verify.verify(session, bundles.read(folder), lambda: signer.public)
    assert compared.letters == 8


def test_a_corrected_figure_is_corrected_in_both_letters_before_it_is_public(
    sent: App, clock: FakeClock, tmp_path: Path
) -> None:
    steps.figures_corrected(sent, some_figures("SRY", upheld=4))
    correction = versions.corrected(sent, "SRY/ESU")
    assert [each.code for each in correction.redrafts] == ["SRY/ESU"]
    assert "SRY/WSU" in {each.code for each in correction.others}
    versions.proposed(sent, correction.redrafts)
    versions.approved(sent, "SRY/ESU")
    steps.send_due(sent)
    steps.tick(sent)
    clock.reach(uploads.PUBLIC_AT)
    with pytest.raises(RuleBroken, match="SRY/ESU and SRY/WSU do not tell the same figures"):
        uploads.proposed(sent, tmp_path / "public")
    versions.proposed(sent, versions.corrected(sent, "SRY/WSU").redrafts)
    versions.approved(sent, "SRY")
    steps.send_due(sent)
    steps.tick(sent)
    uploads.uploaded(sent, tmp_path / "public")
    figures = from_csv((tmp_path / "public" / "figures.csv").read_bytes())
    assert "SRY" in {row["authority_code"] for row in figures}


def test_each_of_the_letters_has_an_evidence_pack(sent: App, clock: FakeClock) -> None:
    with sent.sessions.begin() as session:
        for code in ("SRY", WEST):
            journal.append(session, Event(clock(), "sam", "authority.changed", f"authority:{code}"))
    clock.advance(minutes=1)
    packs.seal_all(sent)
    files = packs.packed(sent, "SRY/WSU")
    manifest = json.loads(files["manifest.json"])
    assert manifest["authority"] == "SRY/WSU"
    addresses = {row.address for row in steps.deliveries_of(sent).values()}
    held = [content for path, content in files.items() if path.startswith("messages/")]
    assert len(held) == 2
    assert all(b"@wsu.example" in content for content in held)
    assert {"chief.executive@wsu.example"} < addresses


def test_the_sample_of_surrey_is_thirteen_letters(tmp_path: Path) -> None:
    home = {"DISPATCH_HOME": str(tmp_path / "home"), "DISPATCH_CLOCK_OFFSET": "1"}
    run = CliRunner(env=home)
    for kind in ("authorities", "contacts", "figures"):
        done = run.invoke(main, ["import", kind, str(SAMPLE / f"{kind}.csv"), "--yes"])
        assert done.exit_code == 0, done.output
    assert run.invoke(main, ["mailout", "new", str(SAMPLE / "surrey-2027.toml")]).exit_code == 0
    done = run.invoke(main, ["mailout", "check", "surrey-2027", "--json"])
    found = json.loads(done.output)
    assert found["letters"] == 13
    assert not [each for each in found["findings"] if each["is_fatal"]]
