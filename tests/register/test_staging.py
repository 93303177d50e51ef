"""Files that come in by a page, from the first byte to the register."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database import Session
from dispatch.database.tables import SourceFile, StagedFile, StagedLine
from dispatch.domain.errors import BadInput, ChangedMeanwhile, RuleBroken
from dispatch.domain.jobs.job import JobKind
from dispatch.domain.mailout import MailoutState
from dispatch.domain.register.staging import Line, LineKind, Reading, StagedState
from dispatch.files.tables import grid
from dispatch.jobs import orders
from dispatch.ledger import journal
from dispatch.register import staging
from dispatch.register.file_kinds import File
from dispatch.register.staging import Agreed
from dispatch.register.store import contacts, staged
from dispatch.worker import jobs
from dispatch.worker.means import Means
from tests import factories
from tests.factories import a_mailout, a_word
from tests.files.tables.written import csv_of, xlsx_of, zip_of

HEADINGS = ["authority", "role", "address", "honorific", "surname"]
SMITH = csv_of(
    HEADINGS,
    ["OXO", "chief executive", "jo@oxo.example", "Mr", "Smith"],
    ["ADU", "leader", "al@adu.example", "Dr", "Jones"],
    ["ADU", "link officer", "link.officer@adu.example", "Ms", "Adeyemi"],
)


@pytest.fixture
def office(app: App) -> App:
    """An office with two authorities, each with two contacts."""
    with app.sessions.begin() as session:
        factories.register(session, "OXO", "ADU")
    return app


def bring(app: App, content: bytes, kind: str = "contacts", **options: Any) -> UUID:
    file = File(kind, "contacts.csv", content, **options)
    return staging.bring(app.sessions, file, a_word(app.clock()))


def seen(app: App, staged_id: UUID) -> tuple[StagedFile, Reading, list[Line]]:
    with app.sessions.read() as session:
        row = staged.by_id(session, staged_id)
        reading = staged.reading(session, row)
        assert reading is not None
        lines = [each.line for each in staged.every_line(session, row, limit=2)]
        return row, reading, lines


def agreed(row: StagedFile) -> Agreed:
    return Agreed(row.sha256, str(row.difference))


def take_in(app: App, staged_id: UUID, terms: Agreed) -> None:
    staging.confirm(app.sessions, staged_id, terms, a_word(app.clock()))


def addresses(app: App) -> set[str]:
    with app.sessions.read() as session:
        return {each.address for each in contacts.current(session).values()}


def said(app: App) -> list[str]:
    with app.sessions.read() as session:
        return [each.action for each in journal.events(session)]


def test_what_a_file_changes_is_shown_and_then_exactly_that_is_taken_in(office: App) -> None:
    before = addresses(office)
    staged_id = bring(office, SMITH)
    row, reading, lines = seen(office, staged_id)

    assert (row.state, row.size, row.rows) == (StagedState.READ, len(SMITH), 4)
    assert (reading.lines, reading.unchanged) == ({"changed": 1, "new": 1}, 1)
    assert [each.kind for each in lines] == [LineKind.CHANGED, LineKind.NEW]
    assert lines[0].content["before"]["surname"] == "Adeyemi"
    assert lines[0].content["after"]["surname"] == "Smith"
    assert addresses(office) == before
    assert said(office) == ["staged.received"]

    take_in(office, staged_id, agreed(row))

    row, _, _ = seen(office, staged_id)
    assert (row.state, row.taken_in_by) == (StagedState.TAKEN_IN, "sam")
    assert {"jo@oxo.example", "al@adu.example"} <= addresses(office)
    assert said(office)[:2] == ["staged.received", "import.contacts"]
    with office.sessions.read() as session:
        found = session.get_one(StagedFile, staged_id)
        assert staged.content(session, found) == SMITH
        assert found.content == b""
        assert session.query(SourceFile).count() == 1
    take_in(office, staged_id, agreed(row))  # which a worker may do that died just then
    with pytest.raises(RuleBroken, match="taken in by sam"):
        take_in(office, staged_id, Agreed(row.sha256, "0" * 64))


def test_the_approval_that_it_voids_is_named_and_belongs_to_what_is_agreed(office: App) -> None:
    with office.sessions.begin() as session:
        mailout = a_mailout(session)
        mailout.state = MailoutState.RENDERED
    staged_id = bring(office, SMITH)
    row, reading, _ = seen(office, staged_id)
    [voided] = reading.voided
    assert (voided.mailout, voided.letters, voided.approval) == (
        "annual-review-2020",
        ("OXO",),
        None,
    )

    with office.sessions.begin() as session:
        mailout = session.merge(mailout)
        mailout.state, mailout.approved_by = MailoutState.APPROVED, "kim"
        mailout.approved_at, mailout.approved_digest = office.clock(), "0" * 64
    with pytest.raises(ChangedMeanwhile):
        take_in(office, staged_id, agreed(row))

    staging.read(office.sessions, staged_id)
    row, reading, _ = seen(office, staged_id)
    assert reading.voided[0].approval == ("kim", office.clock())
    take_in(office, staged_id, agreed(row))
    with office.sessions.read() as session:
        assert session.merge(mailout).state is MailoutState.DRAFT


def test_faults_are_kept_with_their_rows_and_given_back_beside_them(office: App) -> None:
    content = csv_of(
        HEADINGS,
        ["OXO", "leader", "jo@oxo.example", "Mr", "Smith"],
        ["ADX", "leadr", "al@adu.example", "Dr", "Jones"],
        [],
        ["ADU", "leader", "al@adu", "Dr", "Jones"],
        ["ADU", "link officer", "a@adu.example", "Dr", "Jones", "x"],
    )
    staged_id = bring(office, content)
    row, reading, lines = seen(office, staged_id)

    assert (row.state, row.difference) == (StagedState.FAULTY, None)
    assert (reading.about_file, reading.headings) == ((), tuple(HEADINGS))
    assert [each.content["row"] for each in lines] == [3, 5, 6]
    first, second, third = (each.content for each in lines)
    assert first["cells"] == ["ADX", "leadr", "al@adu.example", "Dr", "Jones"]
    assert [at for at, _ in first["wrong"]] == [0, 1]
    assert second["wrong"][0][1].startswith("is not an email address")
    assert third["wrong"] == [[None, "6 cells, and there are headings for 5"]]
    with pytest.raises(ChangedMeanwhile):
        take_in(office, staged_id, agreed(row))

    with office.sessions.read() as session:
        file = b"".join(staging.marked(session, staged_id)).decode("utf-8-sig")
    back = list(csv.reader(io.StringIO(file)))
    assert [cells[:5] for cells in back] == [
        *([*cells, "", "", "", "", ""][:5] for cells in csv.reader(io.StringIO(content.decode())))
    ]
    assert [bool(cells[-1]) for cells in back] == [True, False, True, False, True, True]
    assert "authority: is not the code" in back[2][-1]
    assert "role: is not a role" in back[2][-1]


def test_what_is_wrong_with_the_headings_is_said_alone(office: App) -> None:
    content = csv_of(["authority", "role", "adress", "Fax"], ["XXX", "x", "y", "1"])
    _, reading, lines = seen(office, bring(office, content))
    assert lines == []
    assert any(each.startswith('"adress" is not a column') for each in reading.about_file)
    assert not reading.may_pass_over  # which would not help: a column is missing
    assert not any("--" in each for each in reading.about_file)


def test_columns_may_be_passed_over_and_addresses_be_right_once_a_person_says_so(
    office: App,
) -> None:
    rows = [["OXO", "leader", "jo@adu.example"], ["ADU", "leader", "a@oxo.example"]]
    mixed = bring(office, csv_of(HEADINGS[:3], *rows))
    _, reading, lines = seen(office, mixed)
    assert reading.about_file[0].startswith("Address: authorities have each other's addresses")
    assert [each.content["row"] for each in lines] == [2, 3]
    assert not reading.may_be_right

    unknown = bring(office, csv_of([*HEADINGS[:3], "Fax"], ["OXO", "leader", "a@oxo.example", "1"]))
    word = a_word(office.clock())
    staging.read_again(office.sessions, unknown, word, ignores_unknown=True)
    row, reading, _ = seen(office, unknown)
    assert row.state is StagedState.READ
    assert reading.notes[0] == 'Columns passed over: "Fax".'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the file is empty"),
        (b"%PDF-1.7\n", "this is a PDF"),
        (b"authority,role\n\0OXO,leader\n", "zero byte"),
        (b"x" * (20 * 1024 * 1024 + 1), "larger than 20 MB"),
        (b"authority,role,address\n" * (grid.ROWS + 2), "more than 100000 rows"),
        (b",,,\n" * 6000, "empty but for blank lines"),
        (b"PK\x03\x04 and nothing of a zip", "this spreadsheet cannot be read"),
        (zip_of({"letter.txt": b"x"}), "this is a zip archive"),
        (csv_of(["authority", "year", "upheld"], ["OXO", "2019-20", 1]), "a file of figures"),
        (csv_of(["x"], HEADINGS, ["OXO", "leader", "a@oxo.example", "x"]), "headings are in row 2"),
    ],
)
def test_what_is_not_a_table_of_its_kind_is_refused_in_a_sentence_and_not_kept(
    office: App, content: bytes, expected: str
) -> None:
    with pytest.raises(BadInput, match=expected) as error:
        bring(office, content)
    assert "\n" not in str(error.value)
    assert error.value.problems == ()
    with office.sessions.read() as session:
        assert session.query(StagedFile).count() == 0


def test_a_kind_that_there_is_not_is_refused(office: App) -> None:
    with pytest.raises(BadInput, match="choose what is in the file"):
        bring(office, SMITH, kind="letters")


def test_a_large_file_is_read_and_taken_in_by_a_worker(
    office: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "AT_ONCE", 2)
    office.settings.home.mkdir(exist_ok=True)
    means = Means(office, lambda *_: None)
    staged_id = bring(office, SMITH)
    with office.sessions.read() as session:
        assert staged.reading(session, staged.by_id(session, staged_id)) is None

    jobs.do_jobs(means)
    row, reading, _ = seen(office, staged_id)
    assert (row.state, reading.lines) == (StagedState.READ, {"changed": 1, "new": 1})
    take_in(office, staged_id, agreed(row))
    assert "jo@oxo.example" not in addresses(office)
    jobs.do_jobs(means)
    assert "jo@oxo.example" in addresses(office)

    with office.sessions.read() as session:
        job = orders.last(session, JobKind.TAKE_IN, str(staged_id))
        [event] = [each for each in journal.events(session) if each.action == "import.contacts"]
    assert job
    assert job.result == {}
    assert event.actor == "sam"


def test_a_worker_keeps_why_a_file_cannot_be_read(
    office: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "AT_ONCE", 0)
    staged_id = bring(office, csv_of(["authority", "year", "upheld"], ["OXO", "2019-20", 1]))
    staging.read(office.sessions, staged_id)
    row, reading, _ = seen(office, staged_id)
    assert row.state is StagedState.FAULTY
    assert reading.about_file[0].startswith("This is a file of figures, not of contacts")


def test_a_register_that_moved_is_not_written_to(office: App) -> None:
    staged_id = bring(office, SMITH)
    row, _, before = seen(office, staged_id)
    take_in(office, other := bring(office, SMITH), agreed(seen(office, other)[0]))

    with pytest.raises(ChangedMeanwhile):
        take_in(office, staged_id, agreed(row))

    staging.read(office.sessions, staged_id)
    row, reading, after = seen(office, staged_id)
    moved = staging.moved(before, after)
    assert (len(moved.gone), moved.come) == (2, ())
    assert reading.unchanged == 3
    with pytest.raises(RuleBroken, match="changes nothing"):
        take_in(office, staged_id, agreed(row))
    with office.sessions.read() as session:
        assert [by for by, _ in staged.same(session, row)] == ["sam"]


def change_line(session: Session) -> None:
    content = {"after": {"authority": "OXO", "role": "leader", "address": "good@oxo.example"}}
    session.execute(update(StagedLine).values(content=content))


def leave_out_line(session: Session) -> None:
    session.query(StagedLine).filter(StagedLine.place == 2).delete()


def change_reading(session: Session) -> None:
    session.execute(update(StagedFile).values(reading=Reading(lines={})))


def change_state(session: Session) -> None:
    session.execute(update(StagedFile).values(difference="0" * 64))


@pytest.mark.parametrize("tamper", [change_line, leave_out_line, change_reading, change_state])
def test_what_somebody_with_the_database_alone_wrote_is_not_shown(office: App, tamper: Any) -> None:
    staged_id = bring(office, SMITH)
    with office.sessions.begin() as session:
        tamper(session)
    with pytest.raises(RuleBroken, match="have it read again"):
        seen(office, staged_id)
    staging.read(office.sessions, staged_id)
    assert seen(office, staged_id)[1].lines == {"changed": 1, "new": 1}


def test_bytes_that_somebody_changed_are_not_taken_in(office: App) -> None:
    staged_id = bring(office, SMITH)
    row, _, _ = seen(office, staged_id)
    with office.sessions.begin() as session:
        session.execute(update(StagedFile).values(content=SMITH.replace(b"jo@", b"me@")))
    with pytest.raises(ChangedMeanwhile):
        take_in(office, staged_id, agreed(row))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("contacts.csv", "contacts.csv"),
        ("C:\\Users\\sam\\contacts.csv", "contacts.csv"),
        ("../../etc/passwd", "passwd"),
        ("<script>alert(1)</script>.csv", "script>.csv"),
        ("a\x00\r\nb\u202e.csv", "ab.csv"),
        ("", "file"),
        ("x" * 400, "x" * 150),
    ],
)
def test_a_files_name_is_shown_without_folders_and_what_nobody_sees(name: str, shown: str) -> None:
    assert staging.plain_name(name) == shown


def test_files_are_listed_the_newest_first_some_at_a_time(office: App) -> None:
    ids = [bring(office, xlsx_of(HEADINGS, ["OXO", "leader", f"a{n}@oxo.example"])) for n in "123"]
    with office.sessions.read() as session:
        first = staged.page(session, after=None, limit=2)
        rest = staged.page(session, after=first[-1].id, limit=2)
    assert {each.id for each in (*first, *rest)} == set(ids)
    assert len(rest) == 1
