from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dispatch.database import Session, Sessions
from dispatch.database.tables import ContactRow, Mailout, SourceFile
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput, ChangedMeanwhile
from dispatch.domain.mailout import Inclusion, MailoutState
from dispatch.domain.proof.ledger import Event
from dispatch.domain.register.authority import Contact
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.files import load
from dispatch.ledger import journal
from dispatch.register import imports
from dispatch.register.file_kinds import KINDS, File
from dispatch.register.store import authorities, contacts, figures
from tests import factories
from tests.factories import a_contact, a_mailout, a_word, some_figures
from tests.files.tables.written import xlsx_of

NOW = datetime(2020, 7, 10, 9, 0, tzinfo=UTC)
SAMPLE = Path(__file__).parents[2] / "config/sample"

CONTACT = b"authority,role,address,honorific,surname\n"
OXFORD = CONTACT + b"OXO,chief executive,chief.executive@oxo.example,Ms,Adeyemi\n"
MITCHELL = CONTACT + b"OXO,chief executive,g.mitchell@oxo.example,Mr,Mitchell\n"

FIGURES = b"authority,year,investigated,upheld,compliance_outcomes,complied,remedied\n"
"""The headings of the counts that the factories fill in."""


@pytest.fixture
def registered(sessions: Sessions) -> Sessions:
    """A database with two authorities, their contacts and their figures."""
    with sessions.begin() as session:
        factories.register(session, "OXO", "ADU")
    return sessions


class Counts(NamedTuple):
    """What a test looks at in an import."""

    new: int
    changed: int
    unchanged: int
    reopened: tuple[str, ...]


def counts(found: imports.Import) -> Counts:
    found_in = found.comparison
    return Counts(
        len(found_in.new), len(found_in.changed), found_in.unchanged, reopened=found.reopens
    )


def file_of(kind: str, content: bytes, name: str = "", *, is_complete: bool = False) -> File:
    return File(kind, name or f"{kind}.csv", content, is_complete=is_complete)


def take_in(
    sessions: Sessions,
    kind: str,
    content: bytes,
    name: str = "",
    *,
    is_complete: bool = False,
    **options: Any,
) -> Counts:
    file, word = file_of(kind, content, name, is_complete=is_complete), a_word(NOW)
    if agreed := options.pop("agreed", None):
        with sessions.read() as session:
            options["ready"] = imports.prepare(session, agreed, word)
    with sessions.begin() as session:
        return counts(imports.take_in(session, file, word, **options))


def shown(sessions: Sessions, kind: str, content: bytes) -> imports.Import:
    with sessions.begin() as session:
        return imports.propose(session, file_of(kind, content))


def told(sessions: Sessions, *actions: str) -> list[Event]:
    with sessions.read() as session:
        return [event for event in journal.events(session) if event.action in actions]


def in_post(sessions: Sessions, role: str = "chief executive") -> Contact:
    with sessions.read() as session:
        return contacts.current(session)["OXO", role]


def rows_of(session: Session, *tables: type[Any]) -> list[int]:
    return [session.query(table).count() for table in tables]


def an_approved_mailout(sessions: Sessions, **changes: Any) -> None:
    with sessions.begin() as session:
        mailout = a_mailout(session, **changes)
        mailout.state = MailoutState.APPROVED
        mailout.approved_by, mailout.approved_at, mailout.approved_digest = "kim", NOW, "0" * 64


def only_mailout(session: Session) -> Mailout:
    return session.query(Mailout).one()


def test_authorities_contacts_and_figures_come_in_one_after_the_other(sessions: Sessions) -> None:
    authority = b"code,name,official_name\nOXO,Oxford,Oxford City Council\n"

    assert take_in(sessions, "authorities", authority).new == 1
    assert take_in(sessions, "contacts", OXFORD).new == 1
    assert take_in(sessions, "figures", FIGURES + b"OXO,2019-20,4,2,3,3,1\n").new == 1

    with sessions.read() as session:
        assert set(authorities.by_code(session)) == {"OXO"}
        assert contacts.current(session) == {("OXO", "chief executive"): a_contact()}
        assert figures.current(session, "2019-20") == {"OXO": some_figures()}


def test_the_sample_year_comes_in(sessions: Sessions) -> None:
    for kind, name in (("authorities", "authorities.csv"), ("figures", "figures-2019-20.csv")):
        _, content = load(SAMPLE / name)
        assert take_in(sessions, kind, content).new
        assert not take_in(sessions, kind, content).new


def test_a_file_is_kept_as_it_came_and_told_of(registered: Sessions) -> None:
    take_in(registered, "contacts", MITCHELL)

    with registered.read() as session:
        kept = session.query(SourceFile).one()
        assert (kept.kind, kept.name, kept.content) == ("contacts", "contacts.csv", MITCHELL)
        assert (kept.sha256, kept.imported_at, kept.imported_by) == (sha256(MITCHELL), NOW, "sam")
    [event] = told(registered, "import.contacts")
    assert event.subject == f"file:{sha256(MITCHELL)[:12]}"
    assert event.detail == {
        "name": "contacts.csv",
        "new": "0",
        "changed": "1",
        "unchanged": "0",
        "because": "a reason",
        "at_keyboard": "sam",
    }


def test_a_replaced_contact_is_told_of_without_a_name_or_an_address(registered: Sessions) -> None:
    assert take_in(registered, "contacts", MITCHELL) == (0, 1, 0, ())

    assert in_post(registered).surname == "Mitchell"
    [event] = told(registered, "contact.replaced")
    assert (event.subject, event.actor) == ("authority:OXO", "sam")
    assert event.detail["fields"] == "address honorific surname"
    assert event.detail["role"] == "chief executive"
    said = " ".join(event.detail.values())
    assert "@" not in said
    assert not {"Mitchell", "Adeyemi", "Mr", "Ms"} & set(said.split())
    with registered.read() as session:
        [old] = session.query(ContactRow).where(ContactRow.valid_until.is_not(None))
        assert (str(old.id), old.valid_until) == (event.detail["replaced"], date(2020, 7, 10))


def test_each_event_says_who_was_at_the_keyboard(
    registered: Sessions,
) -> None:
    file = file_of("contacts", MITCHELL, is_complete=True)
    with registered.begin() as session:
        imports.take_in(session, file, a_word(NOW, "kim", keyboard="sam"))

    events = told(registered, "import.contacts", "contact.replaced", "contact.ended")
    assert [(each.actor, each.detail["at_keyboard"]) for each in events] == [("kim", "sam")] * 3


def test_corrected_figures_are_told_of_by_the_counts_that_differ(registered: Sessions) -> None:
    content = FIGURES.strip() + b",source\nOXO,2019-20,4,3,3,3,1,the review\n"

    assert take_in(registered, "figures", content).changed == 1

    [event] = told(registered, "figures.corrected")
    assert event.subject == "authority:OXO"
    assert event.detail["year"] == "2019-20"
    assert event.detail["fields"] == "upheld source"


def test_a_changed_authority_is_told_of_with_what_it_was(registered: Sessions) -> None:
    content = (
        b"code,name,official_name,group,last_day,successors\n"
        b"OXO,Oxford,Oxford City Council,,2028-03-31,ADU\n"
    )

    assert take_in(registered, "authorities", content) == (0, 1, 0, ())

    [event] = told(registered, "authority.changed")
    assert event.subject == "authority:OXO"
    assert event.detail == {
        "file": sha256(content)[:12],
        "group": "District Council -> none",
        "last_day": "none -> 2028-03-31",
        "successors": "none -> ADU",
        "at_keyboard": "sam",
    }


def test_the_same_file_again_changes_nothing(registered: Sessions) -> None:
    an_approved_mailout(registered)

    assert take_in(registered, "contacts", OXFORD) == (0, 0, 1, ())

    assert not told(registered, "contact.replaced", "mailout.reopened")


def test_a_dry_run_says_what_would_be_and_writes_nothing(registered: Sessions) -> None:
    an_approved_mailout(registered)

    done = counts(shown(registered, "contacts", MITCHELL))

    assert done == (0, 1, 0, ("annual-review-2020",))
    assert in_post(registered).surname == "Adeyemi"
    assert not told(registered, "import.contacts", "contact.replaced", "mailout.reopened")
    with registered.read() as session:
        assert rows_of(session, SourceFile) == [0]
        assert only_mailout(session).state is MailoutState.APPROVED


def test_who_is_not_in_a_complete_file_is_out_of_post(registered: Sessions) -> None:
    an_approved_mailout(registered)
    with registered.read() as session:
        [gone] = [
            row.id
            for row in session.query(ContactRow).where(ContactRow.authority_code == "ADU")
            if row.role == "chief executive"
        ]

    done = take_in(registered, "contacts", OXFORD, is_complete=True)

    assert (done.new, done.changed, done.unchanged) == (0, 0, 1)
    assert done.reopened == ("annual-review-2020",)
    [event] = told(registered, "contact.ended")
    assert (event.actor, event.subject) == ("sam", "authority:ADU")
    assert event.detail == {
        "role": "chief executive",
        "contact": str(gone),
        "name": "contacts.csv",
        "file": sha256(OXFORD)[:12],
        "at_keyboard": "sam",
    }
    [event] = told(registered, "import.contacts")
    assert event.detail["ended"] == "1"
    with registered.read() as session:
        assert ("ADU", "chief executive") not in contacts.current(session)
        remark = only_mailout(session).remark
    assert remark == "the chief executive of ADU changed on import of contacts.csv"


@pytest.mark.parametrize("kind", ["authorities", "figures"])
def test_only_a_file_of_contacts_can_be_complete(registered: Sessions, kind: str) -> None:
    with pytest.raises(BadInput, match=f"a file of {kind} is not taken as complete"):
        take_in(registered, kind, OXFORD, is_complete=True)


def test_what_was_agreed_is_taken_in_and_nothing_else(registered: Sessions) -> None:
    agreed = shown(registered, "contacts", MITCHELL)
    other = MITCHELL.replace(b"g.mitchell", b"someone")

    with pytest.raises(ChangedMeanwhile, match="changed since it was shown: review it again"):
        take_in(registered, "contacts", other, agreed=agreed)
    an_approved_mailout(registered)
    with pytest.raises(ChangedMeanwhile):
        take_in(registered, "contacts", MITCHELL, agreed=agreed)
    assert in_post(registered) == a_contact()

    again = shown(registered, "contacts", MITCHELL)
    assert take_in(registered, "contacts", MITCHELL, agreed=again) == counts(again)
    assert in_post(registered).surname == "Mitchell"


def test_what_was_prepared_is_prepared_again_once_the_register_has_changed(
    registered: Sessions,
) -> None:
    renamed = b"code,name,official_name,kind\nOXO,Oxford,Oxford Council,council\n"
    agreed = shown(registered, "authorities", renamed)
    take_in(registered, "contacts", MITCHELL)  # which changes nothing of that

    assert take_in(registered, "authorities", renamed, agreed=agreed) == counts(agreed)

    with registered.read() as session:
        authority, former = authorities.one(session, "OXO")
    assert (authority.official_name, len(former)) == ("Oxford Council", 1)
    assert in_post(registered).surname == "Mitchell"


def test_one_wrong_row_keeps_the_whole_file_out(registered: Sessions) -> None:
    an_approved_mailout(registered)
    content = MITCHELL + b"OXX,leader,a@oxo.example,,\nADU,mayor,adu,,\n"

    with pytest.raises(BadInput) as refused:
        take_in(registered, "contacts", content)

    assert len(refused.value.problems) == 3
    assert in_post(registered).surname == "Adeyemi"
    assert not told(registered, "import.contacts", "contact.replaced", "mailout.reopened")
    with registered.read() as session:
        assert rows_of(session, SourceFile, ContactRow) == [0, 4]
        assert only_mailout(session).state is MailoutState.APPROVED


def test_names_that_the_letters_cannot_show_are_refused(registered: Sessions) -> None:
    content = CONTACT + "OXO,leader,a@oxo.example,,Zoë\n".encode()

    with pytest.raises(BadInput, match="the font of the letters cannot show"):
        take_in(registered, "contacts", content, drawable=str.isascii)

    assert take_in(registered, "contacts", content).new == 1


def test_an_unknown_kind_is_refused_with_those_there_are(sessions: Sessions) -> None:
    with pytest.raises(BadInput, match="'letters' is not a kind of file; it is one of authorities"):
        take_in(sessions, "letters", OXFORD)


@pytest.mark.parametrize("kind", ["contacts", "figures"])
def test_contacts_and_figures_need_authorities_first(sessions: Sessions, kind: str) -> None:
    with pytest.raises(BadInput, match="there are no authorities yet") as refused:
        take_in(sessions, kind, OXFORD)
    assert refused.value.remedy == Remedy(kind=RemedyKind.IMPORT_AUTHORITIES)


def test_the_kinds_have_the_names_that_people_give_them() -> None:
    assert list(KINDS) == ["authorities", "contacts", "figures"]


def test_a_changed_contact_reopens_the_mailout_that_writes_to_it(registered: Sessions) -> None:
    an_approved_mailout(registered)

    assert take_in(registered, "contacts", MITCHELL).reopened == ("annual-review-2020",)

    with registered.read() as session:
        mailout = only_mailout(session)
        assert mailout.state is MailoutState.DRAFT
        assert mailout.approved_by is None
        assert mailout.remark == "the chief executive of OXO changed on import of contacts.csv"
    assert told(registered, "mailout.reopened")


def test_several_changes_are_counted_in_the_reason(registered: Sessions) -> None:
    an_approved_mailout(registered)
    two = MITCHELL + b"ADU,chief executive,new@adu.example,,\n"
    three = FIGURES + b"OXO,2019-20,9,2,3,3,1\nADU,2019-20,9,2,3,3,1\n"

    take_in(registered, "contacts", two)
    with registered.begin() as session:
        mailout = only_mailout(session)
        assert mailout.remark == (
            "the chief executive of OXO and 1 other changed on import of contacts.csv"
        )
        mailout.state = MailoutState.RENDERED
        factories.register(session, "WOT")
    take_in(registered, "figures", three + b"WOT,2019-20,9,2,3,3,1\n")

    with registered.read() as session:
        assert only_mailout(session).remark == (
            "the figures of OXO for 2019-20 and 2 others changed on import of figures.csv"
        )


def test_a_new_contact_reopens_too(registered: Sessions) -> None:
    an_approved_mailout(registered, cc_roles=("leader",))

    done = take_in(registered, "contacts", CONTACT + b"ADU,leader,leader@adu.example,,\n")

    assert done == (1, 0, 0, ("annual-review-2020",))


def test_a_changed_authority_reopens_the_mailout_that_covers_it(registered: Sessions) -> None:
    an_approved_mailout(registered)
    content = b"code,name,official_name,kind\nOXO,Oxford,Oxford City Council,parish\n"

    assert take_in(registered, "authorities", content).reopened == ("annual-review-2020",)


def test_a_new_authority_reopens_the_mailout_that_covers_it(registered: Sessions) -> None:
    an_approved_mailout(registered)
    content = b"code,name,official_name\nWOT,Worthing,Worthing Borough Council\n"

    assert take_in(registered, "authorities", content).reopened == ("annual-review-2020",)


def test_a_change_at_a_successor_outside_the_plan_reopens_it(sessions: Sessions) -> None:
    authorities = (
        b"code,name,official_name,kind,successors\n"
        b"OXO,Oxford,Oxford City Council,council,TVA\n"
        b"TVA,Thames Valley,Thames Valley Authority,combined authority,\n"
    )
    take_in(sessions, "authorities", authorities)
    an_approved_mailout(sessions)

    done = take_in(sessions, "contacts", CONTACT + b"TVA,chief executive,a@tva.example,,\n")

    assert done.reopened == ("annual-review-2020",)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("contacts", CONTACT + b"OXO,leader,leader@oxo.example,,\n"),
        ("contacts", CONTACT + b"ADU,chief executive,new@adu.example,,\n"),
        ("figures", FIGURES + b"OXO,2018-19,4,2,3,3,1\n"),
        ("figures", FIGURES + b"ADU,2019-20,9,2,3,3,1\n"),
        ("authorities", b"code,name,official_name\nADU,Adur,Adur and a new name\n"),
        ("authorities", b"name,official_name,kind\nBroads,Broads Authority,park authority\n"),
    ],
)
def test_what_no_letter_shows_reopens_nothing(
    registered: Sessions, kind: str, content: bytes
) -> None:
    an_approved_mailout(
        registered, inclusion=Inclusion(kinds=("council",), without=frozenset({"ADU"}))
    )

    done = take_in(registered, kind, content)

    assert done.new + done.changed == 1
    assert done.reopened == ()
    assert not told(registered, "mailout.reopened")


def test_a_mailout_paused_before_its_release_is_reopened(registered: Sessions) -> None:
    an_approved_mailout(registered)
    with registered.begin() as session:
        only_mailout(session).state = MailoutState.PAUSED

    assert take_in(registered, "contacts", MITCHELL).reopened == ("annual-review-2020",)


@pytest.mark.parametrize(
    "state", [MailoutState.DRAFT, MailoutState.RELEASING, MailoutState.PAUSED, MailoutState.SENT]
)
def test_a_draft_or_a_mailout_on_its_way_stays_where_it_is(
    registered: Sessions, state: MailoutState
) -> None:
    an_approved_mailout(registered)
    with registered.begin() as session:
        mailout = only_mailout(session)
        mailout.state = state
        mailout.released_at = None if state is MailoutState.DRAFT else NOW

    assert take_in(registered, "contacts", MITCHELL).reopened == ()

    assert in_post(registered).surname == "Mitchell"
    with registered.read() as session:
        assert only_mailout(session).state is state


def test_a_spreadsheet_comes_in_like_csv(registered: Sessions) -> None:
    row = ["OXO", "chief executive", "g.mitchell@oxo.example", "Mr", "Mitchell"]
    content = xlsx_of(CONTACT.decode().strip().split(","), row)

    assert take_in(registered, "contacts", content, name="contacts.xlsx").changed == 1
    assert in_post(registered) == replace(
        a_contact(), address="g.mitchell@oxo.example", honorific="Mr", surname="Mitchell"
    )


def registered_as(sessions: Sessions) -> tuple[Any, ...]:
    with sessions.read() as session:
        return (
            authorities.by_code(session)["OXO"],
            contacts.current(session)["OXO", "chief executive"],
            figures.current(session, "2019-20")["OXO"],
        )


WHOLE_AUTHORITY = (
    b"code,name,official_name,kind,group,region,start_date,last_day,successors,source\n"
    b"OXO,Oxford,Oxford City Council,city,District Council,South East,1974-04-01,2028-03-31,ADU,x\n"
)
WHOLE_CONTACT = (
    b"authority,role,address,honorific,given_name,surname,job_title\n"
    b"OXO,chief executive,jo@oxo.example,Ms,Jo,Smith,Town Clerk\n"
)
WHOLE_FIGURES = (
    b"authority,year,received,received_housing,received_other,investigated,upheld,upheld_pct,"
    b"synthetic,source\nOXO,2019-20,5,3,2,4,2,50,received upheld,the review\n"
)


@pytest.fixture
def known(registered: Sessions) -> Sessions:
    """A database with one authority, contact and set of figures of which everything is known."""
    take_in(registered, "authorities", WHOLE_AUTHORITY)
    take_in(registered, "contacts", WHOLE_CONTACT)
    take_in(registered, "figures", WHOLE_FIGURES)
    return registered


@pytest.mark.parametrize(
    ("kind", "content", "changes"),
    [
        ("contacts", b"authority,role,address\nOXO,chief executive,new@oxo.example\n", "address"),
        (
            "contacts",
            b"authority,role,address,honorific\nOXO,chief executive,jo@oxo.example,Dr\n",
            "honorific",
        ),
        (
            "contacts",
            b"authority,role,address,surname\nOXO,chief executive,jo@oxo.example,\n",
            "surname",
        ),
        ("figures", b"authority,year,investigated\nOXO,2019-20,4\n", ""),
        ("figures", b"authority,year,source\nOXO,2019-20,another\n", "source"),
        ("figures", b"authority,year,population\nOXO,2019-20,9000\n", "population"),
        ("figures", b"authority,year,synthetic\nOXO,2019-20,\n", "synthetic"),
        ("figures", b"authority,year,upheld,upheld_pct\nOXO,2019-20,3,75\n", "upheld synthetic"),
        (
            "figures",
            b"authority,year,received,received_housing\nOXO,2019-20,7,5\n",
            "received received_housing synthetic",
        ),
        ("authorities", b"code,name,official_name\nOXO,Oxford,Oxford City\n", "official_name"),
        ("authorities", b"name,official_name\nOxford,Oxford City Council\n", ""),
        (
            "authorities",
            b"code,name,official_name,group\nOXO,Oxford,Oxford City Council,\n",
            "group",
        ),
    ],
)
def test_what_has_no_column_in_a_file_stays_as_it_is(
    known: Sessions, kind: str, content: bytes, changes: str
) -> None:
    before = registered_as(known)
    comparison = shown(known, kind, content).comparison
    take_in(known, kind, content)

    assert not comparison.new
    found = [name for each in comparison.changed for name in each.differences]
    assert {*found} - {"upheld_pct"} == {*changes.split()}
    [index] = [n for n, name in enumerate(KINDS) if name == kind]
    after = registered_as(known)
    assert [each for n, each in enumerate(after) if n != index] == [
        each for n, each in enumerate(before) if n != index
    ]
    if not changes:
        assert after == before


def test_a_made_up_count_that_is_replaced_is_made_up_no_longer(known: Sessions) -> None:
    take_in(known, "figures", b"authority,year,upheld,upheld_pct\nOXO,2019-20,3,75\n")
    *_, figures_now = registered_as(known)
    assert figures_now.synthetic == ("received",)
    take_in(known, "figures", b"authority,year,synthetic\nOXO,2019-20,all\n")
    *_, figures_now = registered_as(known)
    assert figures_now.synthetic == tuple(figures_now.counts)


@pytest.mark.parametrize(
    ("kind", "content", "said"),
    [
        (
            "contacts",
            b"authority,role,address,surname\nOXO,chief executive,a@oxo.example,Lee\n",
            'the file has no column for honorific ("Ms"), given_name ("Jo"); add it, blank',
        ),
        (
            "contacts",
            b"authority,role,address,given_name\nOXO,chief executive,a@oxo.example,Al\n",
            'given_name: "Al" is not "Jo"',
        ),
        (
            "figures",
            b"authority,year,upheld\nOXO,2019-20,3\n",
            "is 50 already, and should be 75: upheld is 3, and investigated is 4; add its column",
        ),
        (
            "figures",
            b"authority,year,upheld,upheld_pct\nOXO,2019-20,5,\n",
            'upheld: "5" should be not above investigated, which is 4',
        ),
        (
            "figures",
            b"authority,year,received_housing\nOXO,2019-20,2\n",
            "received: is 5 already, and should be equal to the sum of received_",
        ),
        (
            "authorities",
            b"code,name,official_name,last_day\nOXO,Oxford,Oxford City Council,1970-01-01\n",
            "is before the start date, which is 1974-04-01",
        ),
    ],
)
def test_what_a_file_says_must_go_with_what_is_known(
    known: Sessions, kind: str, content: bytes, said: str
) -> None:
    with pytest.raises(BadInput) as refused:
        take_in(known, kind, content)
    assert said in str(refused.value)


def test_a_table_of_which_a_row_is_not_known_may_be_less_than_its_total(known: Sessions) -> None:
    take_in(known, "figures", b"authority,year,received,received_other\nOXO,2019-20,9,\n")
    take_in(known, "figures", b"authority,year,received\nOXO,2019-20,8\n")
    *_, figures_now = registered_as(known)
    assert figures_now.counts["received"] == 8
