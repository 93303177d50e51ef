"""Records with everything filled in, so that a test names only what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select

from dispatch.database import Session
from dispatch.database.sql import insert_prepared
from dispatch.database.tables import (
    AuthorityRow,
    ContactRow,
    EventRow,
    FiguresRow,
    Mailout,
    SourceFile,
)
from dispatch.domain import calendar
from dispatch.domain.digest import digest
from dispatch.domain.mailout import Averaging, Inclusion, Plan, Signatory
from dispatch.domain.proof.ledger import Event
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.comparison import Comparison
from dispatch.domain.register.figures import Figures, Measure
from dispatch.domain.word import Word
from dispatch.ledger import catalogue
from dispatch.register.file_kinds import FileKind, Source
from tests.documents.contents import CONSTANTS

MEASURES = (
    Measure(key="upheld", title="Complaints upheld", count="upheld", base="investigated"),
    Measure(
        key="compliance",
        title="Compliance with Ombudsman recommendations",
        count="complied",
        base="compliance_outcomes",
    ),
    Measure(
        key="remedies",
        title="Satisfactory remedies provided by the authority",
        count="remedied",
        base="upheld",
    ),
)


RELEASE_AT = datetime(2020, 7, 22, 8, 0, tzinfo=UTC)


def a_plan(**changes: Any) -> Plan:
    plan = Plan(
        name="annual-review-2020",
        title="Annual Review letter 2020",
        template="annual-review",
        year="2019-20",
        year_end=date(2020, 3, 31),
        letter_date=date(2020, 7, 22),
        send_at=time(9, 0),
        not_after=datetime(2020, 7, 28, 16, 0, tzinfo=UTC),
        upload_date=date(2020, 7, 29),
        to_roles=("chief executive",),
        cc_roles=("link officer",),
        inclusion=Inclusion(kinds=("council",)),
        groups=("District Council", "London Borough"),
        measures=MEASURES,
        averaging=Averaging.POOLED,
        signatory=Signatory(name="Michael King", lines=("Ombudsman",), signature="signature.svg"),
        constants=CONSTANTS,
    )
    return replace(plan, **changes)


def a_word(
    at: datetime = RELEASE_AT,
    person: str = "sam",
    because: str = "a reason",
    *,
    keyboard: str = "sam",
) -> Word:
    return Word(person=person, keyboard=keyboard, because=because, at=at)


def an_authority(code: str = "OXO", **changes: Any) -> Authority:
    name = {"OXO": "Oxford", "ADU": "Adur", "WOT": "Worthing", "CMD": "Camden"}.get(code, code)
    authority = Authority(
        code=code, name=name, official_name=f"{name} City Council", group="District Council"
    )
    return replace(authority, **changes)


def a_contact(authority: str = "OXO", role: str = "chief executive", **changes: Any) -> Contact:
    contact = Contact(
        authority=authority,
        role=role,
        address=f"{role.replace(' ', '.')}@{authority.lower()}.example",
        honorific="Ms",
        surname="Adeyemi",
    )
    return replace(contact, **changes)


def some_figures(authority: str = "OXO", /, **counts: int) -> Figures:
    known = {
        "investigated": 4,
        "upheld": 2,
        "compliance_outcomes": 3,
        "complied": 3,
        "remedied": 1,
    }
    return Figures(authority=authority, year="2019-20", counts=known | counts)


def register(session: Session, *codes: str, figures: Iterable[Figures] = ()) -> None:
    """Put authorities in the database, each with two contacts and figures for the year."""
    given = {each.authority: each for each in figures}
    for code in codes:
        session.add(_authority_row(an_authority(code)))
    session.flush()
    for code in codes:
        for role in ("chief executive", "link officer"):
            session.add(contact_row(a_contact(code, role)))
        session.add(figures_row(given.get(code, some_figures(code))))
    session.flush()


def _authority_row(authority: Authority) -> AuthorityRow:
    return AuthorityRow(
        code=authority.code,
        name=authority.name,
        official_name=authority.official_name,
        kind=authority.kind,
        group=authority.group,
        start_date=authority.start_date,
        last_day=authority.last_day,
        successors=list(authority.successors),
    )


def contact_row(contact: Contact) -> ContactRow:
    return ContactRow(
        authority_code=contact.authority,
        role=contact.role,
        address=contact.address,
        honorific=contact.honorific,
        given_name=contact.given_name,
        surname=contact.surname,
        job_title=contact.job_title,
        valid_from=date(2020, 1, 1),
    )


def figures_row(figures: Figures) -> FiguresRow:
    return FiguresRow(
        authority_code=figures.authority,
        year=figures.year,
        counts=dict(figures.counts),
        percentages=dict(figures.percentages),
        synthetic=list(figures.synthetic),
    )


def a_source_file(
    session: Session, *, at: datetime = datetime(2020, 7, 1, tzinfo=UTC)
) -> SourceFile:
    """Keep an imported file, on the word of `sam`."""
    source = SourceFile(
        kind="contacts",
        name="contacts.csv",
        sha256="0" * 64,
        content=b"x",
        imported_at=at,
        imported_by="sam",
    )
    session.add(source)
    session.flush()
    return source


def written(
    session: Session,
    kind: FileKind[Any],
    comparison: Comparison[Any],
    *,
    at: datetime = datetime(2020, 7, 1, tzinfo=UTC),
) -> None:
    """Write what a file of a kind changes."""
    source = Source(a_source_file(session, at=at).id, calendar.local(at).date())
    rows = kind.prepared(session, comparison, source)
    kind.make_way(session, comparison, source)
    insert_prepared(session, rows)


def a_mailout(session: Session, **changes: Any) -> Mailout:
    plan = a_plan(**changes)
    mailout = Mailout(
        name=plan.name,
        plan=plan,
        plan_digest=digest(plan),
        opens=plan.sending_hours.opens if plan.sending_hours else None,
        closes=plan.sending_hours.closes if plan.sending_hours else None,
        sending_days=plan.sending_days,
        first_letters_minutes=plan.first_letters_minutes,
        extra_holidays=[day.isoformat() for day in plan.extra_holidays],
        created_at=datetime(2020, 7, 1, tzinfo=UTC),
        created_by="sam",
    )
    session.add(mailout)
    session.flush()
    return mailout


def contact_in(session: Session, code: str, role: str = "chief executive") -> ContactRow:
    """Return the row of who is in post, for a test to tamper with."""
    query = select(ContactRow).where(ContactRow.authority_code == code, ContactRow.role == role)
    return session.scalars(query).one()


def an_event(subject: str, at: datetime = RELEASE_AT, actor: str = "sam") -> Event:
    """Return an event of the first kind that is about such a subject."""
    sort, _, key = subject.partition(":")
    kind = next(each for each in catalogue.CATALOGUE.values() if each.subject.value == sort)
    return Event(at, actor, kind.action, kind.subject.of(key))


def forge(session: Session, event: Event) -> None:
    """Write an event that the journal would refuse, as another program might."""
    session.add(
        EventRow(
            at=event.at,
            actor=event.actor,
            action=event.action,
            subject=event.subject,
            detail=dict(event.detail),
        )
    )
