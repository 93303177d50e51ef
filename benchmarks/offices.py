"""An office with 100,000 deliveries, in one mailout or spread over many, to look at its pages.

The rows are of the shape that the service writes; events have their codes, and what a letter says
is the same in all. Of each thousand deliveries a few are not surely reached, in every way there is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Table, insert

from benchmarks.population import KEY
from dispatch.database import Session, connect
from dispatch.database.metadata import table_of
from dispatch.database.tables import Attempt, AuthorityRow, ContactRow, Delivery, Letter, Mailout
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import digest
from dispatch.domain.letter import Draft, LetterState, Recipient, RecipientKind
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import CLOCK, Event
from dispatch.domain.word import Word
from dispatch.ledger import catalogue, events, journal
from tests.documents.contents import DECIDED, MITCHELL, RECEIVED, about
from tests.factories import a_mailout

ROLES: Final = (("chief executive", RecipientKind.TO), ("link officer", RecipientKind.CC))
CHUNK: Final = 500
"""Authorities whose rows are written at once."""

BEHIND: Final = {
    3: DeliveryState.REFUSED,
    203: DeliveryState.BOUNCED,
    403: DeliveryState.IN_DOUBT,
    603: DeliveryState.DEFERRED,
    803: DeliveryState.EXPIRED,
}
"""The state of those that did not arrive, by the number of their authority in its thousand."""

ANSWER: Final = {
    DeliveryState.REFUSED: (550, "5.1.1 no such user here"),
    DeliveryState.DEFERRED: (451, "4.7.1 try again later"),
}


LOOKED_AT: Final = datetime(2020, 7, 23, 9, 0, tzinfo=UTC)
"""The moment at which the pages are looked at: the day after the first letters."""


@dataclass(frozen=True, slots=True)
class Office:
    """How many mailouts there are, and to how many authorities each goes, twice to each."""

    mailouts: int
    authorities: int


ONE: Final = Office(1, 50_000)
MANY: Final = Office(145, 345)


def fill(database_url: str, office: Office) -> None:
    """Fill a migrated database with an office's mailouts, all sent and none uploaded yet."""
    sessions = connect(database_url, KEY)
    with sessions.begin() as session:
        _register(session, office)
    for number in range(office.mailouts):
        with sessions.begin() as session:
            mailout = _mailout(session, number)
            for codes in _codes(office):
                _letters(session, mailout, codes)
    sessions.dispose()


def _codes(office: Office) -> Iterator[list[str]]:
    """Yield the codes of an office's authorities, some at a time."""
    numbers = range(office.authorities)
    for start in numbers[::CHUNK]:
        yield [f"T{number:05}" for number in numbers[start : start + CHUNK]]


def _register(session: Session, office: Office) -> None:
    for codes in _codes(office):
        session.execute(insert(table_of(AuthorityRow)), [_authority(each) for each in codes])
        contacts = [_contact(code, role) for code in codes for role, _ in ROLES]
        session.execute(insert(table_of(ContactRow)), contacts)


def _authority(code: str) -> dict[str, Any]:
    name = f"Testshire {code[1:]} Borough Council"
    return {"code": code, "name": name, "official_name": name, "kind": "council", "successors": []}


def _address(code: str, role: str) -> str:
    return f"{role.replace(' ', '.')}@{code.lower()}.example"


def _contact(code: str, role: str) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "authority_code": code,
        "role": role,
        "address": _address(code, role),
        "honorific": "Ms",
        "given_name": "Ada",
        "surname": "Mitchell",
        "job_title": role.title(),
        "valid_from": datetime(2020, 1, 1, tzinfo=UTC).date(),
    }


def _mailout(session: Session, number: int) -> Mailout:
    at = datetime(2020, 7, 22, 8, 0, tzinfo=UTC) + timedelta(days=number % 28)
    mailout = a_mailout(session, name=f"mailout-{number:03}")
    mailout.created_at = at - timedelta(days=21)
    mailout.state, mailout.released_at = MailoutState.SENT, at
    word = Word(person="sam", keyboard="sam", at=at - timedelta(days=20))
    told = (events.MAILOUT_PLANNED, events.MAILOUT_RENDER, events.MAILOUT_RENDERED)
    journal.append(session, *(kind.by(word, mailout.name) for kind in told))
    journal.append(session, events.MAILOUT_RELEASING.event(at, CLOCK, mailout.name))
    return mailout


def _letters(session: Session, mailout: Mailout, codes: list[str]) -> None:
    assert mailout.released_at
    at = mailout.released_at
    letters = {code: uuid4() for code in codes}
    deliveries = [
        _delivery(mailout, letters[code], code, role, kind)
        for code in codes
        for role, kind in ROLES
    ]
    attempts = [_attempt(each) for each in deliveries]
    rows = [_letter(mailout.id, id_, code) for code, id_ in letters.items()]
    for table, values in ((Letter, rows), (Delivery, deliveries), (Attempt, attempts)):
        session.execute(insert(_table(table)), values)
    journal.append_all(session, _told(deliveries, at))


def _table(table: type[Any]) -> Table:
    return table_of(table)


_DRAFT: Final = Draft(
    content=about(
        "Testshire Borough Council",
        addressee=MITCHELL,
        tables=(RECEIVED, DECIDED),
        is_synthetic=True,
    ),
    recipients=(),
)


def _letter(mailout_id: UUID, id_: UUID, code: str) -> dict[str, Any]:
    people = tuple(
        Recipient(kind=kind, role=role, address=_address(code, role), name="Ms Mitchell")
        for role, kind in ROLES
    )
    return {
        "id": id_,
        "mailout_id": mailout_id,
        "authority_code": code,
        "version": 1,
        "state": LetterState.RENDERED,
        "draft": replace(_DRAFT, recipients=people),
        "fingerprint": code,
        "subject": "Annual Review letter 2020",
        "parts": {},
        "digest": digest(code),
        "asked_by": "sam",
        "attempts": 1,
        "rendered_at": datetime(2020, 7, 2, tzinfo=UTC),
    }


def _state(code: str, kind: RecipientKind) -> DeliveryState:
    number = int(code[1:]) % 1000
    usual = DeliveryState.ACCEPTED
    return BEHIND.get(number, usual) if kind is RecipientKind.TO else usual


def _delivery(
    mailout: Mailout, letter_id: UUID, code: str, role: str, kind: RecipientKind
) -> dict[str, Any]:
    assert mailout.released_at
    at = mailout.released_at + timedelta(seconds=int(code[1:]) / 4)
    address = _address(code, role)
    return {
        "id": uuid4(),
        "mailout_id": mailout.id,
        "letter_id": letter_id,
        "authority_code": code,
        "kind": kind,
        "role": role,
        "address": address,
        "address_key": address,
        "name": f"Ms Mitchell {code}",
        "state": _state(code, kind),
        "created_at": mailout.released_at,
        "due_at": mailout.released_at,
        "not_after": mailout.plan.not_after,
        "state_at": at,
        "attempts": 1,
        "about_us": 0,
        "token": 1,
    }


def _attempt(delivery: dict[str, Any]) -> dict[str, Any]:
    code, text = ANSWER.get(delivery["state"], (250, "2.0.0 Ok: queued as 4T2zHd0WmXz"))
    at = delivery["state_at"]
    return {
        "id": uuid4(),
        "delivery_id": delivery["id"],
        "number": 1,
        "envid": f"{delivery['id'].hex}.1",
        "server": "mx.test",
        "tls": "TLSv1.3 TLS_AES_256_GCM_SHA384",
        "started_at": at,
        "offered_at": at,
        "ended_at": at,
        "verdict": "accepted" if code == 250 else "refused",
        "verb": "DATA",
        "code": code,
        "text": text,
    }


def _told(deliveries: list[dict[str, Any]], at: datetime) -> Iterator[Event]:
    queued = catalogue.into(DeliveryState.QUEUED)
    for each in deliveries:
        detail = {
            "authority": each["authority_code"],
            "role": each["role"],
            "letter": str(each["letter_id"]),
        }
        yield queued.event(at, CLOCK, each["id"], **detail)
    for each in deliveries:
        yield catalogue.into(each["state"]).event(each["state_at"], CLOCK, each["id"])
