"""An office with 100,000 deliveries, in one mailout or spread over many, to look at its pages.

It begins as a small one in which everything has happened by the service's own steps
(`tests.journeys.offices`). The many rows are of the shape that the service writes, with their codes
and proofs; what a letter says is the same in all. Of each thousand authorities a few are not surely
reached, in every way there is, and something came back from some.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Table, insert, update

from dispatch.app import App
from dispatch.database import Session, codes
from dispatch.database.metadata import table_of
from dispatch.database.tables import (
    Attempt,
    AuthorityRow,
    ContactRow,
    Delivery,
    DocumentCheck,
    EventRow,
    FiguresRow,
    IncomingMail,
    Letter,
    Mailout,
    NoticeRow,
    Suggestion,
)
from dispatch.documents.check import CHECKER
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.incoming.message import MailState, Trust
from dispatch.domain.letter import Draft, LetterState, Made, Recipient, RecipientKind, letter_digest
from dispatch.domain.letters.approval import Covered, Leaf, covering, recipients_digest
from dispatch.domain.letters.numbers import Counting
from dispatch.domain.letters.oddity import Oddity, OddityKind
from dispatch.domain.mailout import MailoutState
from dispatch.domain.notice import Action, Answer, Category, Clue, Notice
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.token import Scope
from dispatch.domain.proof.ledger import CLOCK, Event
from dispatch.domain.word import Word
from dispatch.ledger import catalogue, events, journal
from dispatch.letters import render
from dispatch.letters.store import documents
from dispatch.people import tokens
from dispatch.proof import seal
from tests.conftest import KEY
from tests.documents.contents import DECIDED, MITCHELL, RECEIVED, about
from tests.factories import a_mailout
from tests.fakes import FakeClock
from tests.journeys import offices
from tests.people import office as people

ROLES: Final = (("chief executive", RecipientKind.TO), ("link officer", RecipientKind.CC))
GROUPS: Final = ("District Council", "London Borough", None)
CHUNK: Final = 2000
"""Authorities whose rows are written at once."""

FAR_ON: Final = 1_000_000
"""Places behind all that are taken."""

BEHIND: Final = {
    3: DeliveryState.REFUSED,
    103: DeliveryState.IN_DOUBT,
    203: DeliveryState.BOUNCED,
    303: DeliveryState.DEFERRED,
    333: DeliveryState.EXPIRED,
}
"""The state of those that did not arrive, by the number of their authority in its thousand."""

DELAYED, UNPROVEN, LEFT, UNREADABLE, CHANGED, AGAIN = 13, 17, 19, 23, 29, 31
"""The numbers of those whose letter is delayed, of whose bounce nothing shows that it is genuine,
whose contact has left, whose answer cannot be read, whose letter was corrected, and sent again."""
AWAY: Final = 11
"""The number of those who are out of office, in each hundred."""

ANSWER: Final = {
    DeliveryState.REFUSED: (550, "5.1.1 no such user here"),
    DeliveryState.DEFERRED: (451, "4.7.1 try again later"),
}

RELEASED_AT: Final = datetime(2020, 7, 22, 8, 0, tzinfo=UTC)
LOOKED_AT: Final = datetime(2020, 7, 23, 9, 0, tzinfo=UTC)
"""The moment at which the pages are looked at: the day after the last letters."""

WEEK: Final = timedelta(days=7)
COMING_YEAR: Final = 2019
LOOKED_AT_LETTER: Final = "T00007"
"""Whose letter has real documents."""
COMING: Final = "coming"
"""The mailout whose letters are made and wait to be approved."""


@dataclass(frozen=True, slots=True)
class Office:
    """How many mailouts there are, and to how many authorities each goes, twice to each."""

    mailouts: int
    authorities: int


AUTHORITIES: Final = 345
"""Of each of many mailouts."""


def one(deliveries: int) -> Office:
    """Return an office with so many deliveries in one mailout."""
    return Office(1, deliveries // len(ROLES))


def many(deliveries: int) -> Office:
    """Return an office with so many deliveries, or the next number, in many mailouts."""
    return Office(-(-deliveries // (len(ROLES) * AUTHORITIES)), AUTHORITIES)


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the pages: the cookie of somebody of each role, and a program's token."""

    cookies: Mapping[AccountRole, str]
    token: str


def fill(app: App, office: Office) -> Keys:
    """Fill a migrated database with an office's mailouts: all sent, and one that is coming."""
    clock = app.clock
    assert isinstance(clock, FakeClock)
    offices.sent(app, clock)
    offices.files_came(app, clock)
    clock.reach(LOOKED_AT)
    seal.catch_up(app.sessions, clock)
    made = _rendered(app)
    with app.sessions.begin() as session:
        _register(session, office)
        documents.keep_forms(session, [made])
    for number in range(office.mailouts):
        _sent(app, f"mailout-{number:03}", RELEASED_AT - number * WEEK, office, made)
    _coming(app, office, made)
    with app.sessions.begin() as session:
        codes.give_deliveries(session.connection(), KEY)
        # As if they were sealed: to seal them takes longer than all else.
        session.execute(
            update(EventRow).where(EventRow.place.is_(None)).values(place=EventRow.id + FAR_ON)
        )
    return _keys(app)


def _keys(app: App) -> Keys:
    cookies = {
        role: people.signed_in(app, people.joined(app, role).account) for role in AccountRole
    }
    owner = people.NAMES[AccountRole.ADMIN]
    word = Word(person=owner, keyboard=owner, because="a report", at=app.clock())
    with app.sessions.begin() as session:
        made = tokens.make_token(session, "press office", Scope, app.clock() + 4 * WEEK, word)
    return Keys(cookies, made.text)


def _codes(office: Office) -> Iterator[list[str]]:
    """Yield the codes of an office's authorities, some at a time."""
    numbers_ = range(office.authorities)
    for start in numbers_[::CHUNK]:
        yield [f"T{number:05}" for number in numbers_[start : start + CHUNK]]


def _number(code: str) -> int:
    return int(code[1:]) % 1000


def _register(session: Session, office: Office) -> None:
    for some in _codes(office):
        contacts = [_contact(code, role) for code in some for role, _ in ROLES]
        _write(session, AuthorityRow, [_authority(each) for each in some])
        _write(session, ContactRow, contacts)
        years = map(_year, (0, 1))
        _write(session, FiguresRow, [_figures(each, year) for year in years for each in some])


def _write(session: Session, table: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        found: Table = table_of(table)
        session.execute(insert(found), rows)


def _authority(code: str) -> dict[str, Any]:
    name = f"Testshire {code[1:]}"
    return {
        "code": code,
        "name": name,
        "official_name": f"{name} Borough Council",
        "kind": "council",
        "comparison_group": _group(code),
        "successors": [],
    }


def _group(code: str) -> str | None:
    return GROUPS[int(code[1:]) % len(GROUPS)]


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


def _figures(code: str, year: str) -> dict[str, Any]:
    counts = {"investigated": 9, "upheld": 5, "compliance_outcomes": 3, "complied": 3}
    return {
        "id": uuid4(),
        "authority_code": code,
        "year": year,
        "counts": {**counts, "remedied": 1},
        "percentages": {},
        "synthetic": [],
    }


def _rendered(app: App) -> Made:
    """Return one letter, really made."""
    job = render.Job(
        letter_id=uuid4(),
        draft=_draft(LOOKED_AT_LETTER),
        attempts=1,
        template_digest=None,
        attached={},
    )
    made = render.render(app.templates, job)
    assert isinstance(made, Made)
    return made


_CONTENT: Final = about(
    "Testshire Borough Council",
    addressee=MITCHELL,
    tables=(RECEIVED, DECIDED),
    is_synthetic=True,
)


def _draft(code: str) -> Draft:
    name = f"Testshire {code[1:]}"
    authority = replace(_CONTENT.authority, code=code, name=name, official_name=name)
    recipients = tuple(
        Recipient(kind=kind, role=role, address=_address(code, role), name="Ms Mitchell")
        for role, kind in ROLES
    )
    content = replace(_CONTENT, authority=authority, addressed_to=authority, group=_group(code))
    return Draft(content=content, recipients=recipients)


@dataclass(frozen=True, slots=True)
class Frozen:
    """The letters of a mailout, and what their approval is of."""

    rows: Sequence[dict[str, Any]]
    covered: Covered


def _sent(app: App, name: str, at: datetime, office: Office, made: Made) -> None:
    """Write a mailout that was released at a moment, with all that came of it."""
    with app.sessions.begin() as session:
        mailout = _mailout(session, name, at)
        mailout.state, mailout.released_at = MailoutState.SENT, at
        mailout.approved_by, mailout.approved_at = "alex", at - timedelta(days=10)
        frozen = _frozen(app, mailout, office, made)
        mailout.approved_digest = frozen.covered.terms.digest
        _approved(session, mailout, frozen)
        _write_letters(session, frozen)
        _write_deliveries(session, mailout, at, frozen.rows)


def _coming(app: App, office: Office, made: Made) -> None:
    """Write a mailout whose letters are made, after an approval that is void."""
    with app.sessions.begin() as session:
        at = RELEASED_AT + WEEK
        mailout = _mailout(session, COMING, at)
        mailout.state = MailoutState.RENDERED
        frozen = _frozen(app, mailout, office, made)
        mailout.rendered_digest = frozen.covered.terms.digest
        drafts = [each["draft"] for each in frozen.rows]
        counting = Counting(mailout.plan)
        counting.add(drafts, {}, {})
        mailout.numbers = counting.numbers
        _write_letters(session, frozen)
        word = Word(person="sam", keyboard="sam", at=RELEASED_AT)
        journal.append(session, events.MAILOUT_FOR_APPROVAL.by(word, mailout.name))


def _mailout(session: Session, name: str, at: datetime) -> Mailout:
    before = 0 if name == COMING else 1 + int(name[-3:])
    mailout = a_mailout(
        session,
        name=name,
        title=f"Annual Review letter {name}",
        year=_year(before),
        letter_date=at.date(),
        not_after=at + timedelta(days=6),
        upload_date=(at + WEEK).date(),
    )
    mailout.created_at = at - timedelta(days=21)
    mailout.template_digest, mailout.rendered_by = "0" * 64, "sam"
    word = Word(person="sam", keyboard="sam", at=at - timedelta(days=20))
    told = (events.MAILOUT_PLANNED, events.MAILOUT_RENDER, events.MAILOUT_RENDERED)
    journal.append(session, *(kind.by(word, mailout.name) for kind in told))
    return mailout


def _year(before: int) -> str:
    """Return the year of letters, so many years before that of the coming ones."""
    year = COMING_YEAR - before
    return f"{year}-{(year + 1) % 100:02}"


def _approved(session: Session, mailout: Mailout, frozen: Frozen) -> None:
    assert mailout.approved_at
    assert mailout.released_at
    word = Word(person="alex", keyboard="alex", at=mailout.approved_at)
    journal.append(
        session,
        events.MAILOUT_APPROVED.by(word, mailout.name, **frozen.covered.terms.details),
        events.MAILOUT_SCHEDULED.by(word, mailout.name),
        events.MAILOUT_RELEASING.event(mailout.released_at, CLOCK, mailout.name),
        events.MAILOUT_SENT.event(mailout.released_at + timedelta(hours=5), CLOCK, mailout.name),
    )


def _frozen(app: App, mailout: Mailout, office: Office, made: Made) -> Frozen:
    rows = [_letter(mailout.id, code, made) for some in _codes(office) for code in some]
    leaves = [
        Leaf(
            each["authority_code"],
            1,
            each["digest"],
            recipients_digest(each["draft"].recipients, each["approval_salt"]),
        )
        for each in rows
    ]
    covered = covering(mailout.plan, leaves, sender=app.sender.party.party)
    if mailout.state is MailoutState.SENT:
        for row, proof in zip(rows, covered.proofs, strict=True):
            row["approval_recipients"] = proof.leaf.recipients
            row["approval_index"] = proof.index
            row["approval_path"] = [each.hex() for each in proof.path]
    return Frozen(rows, covered)


def _letter(mailout_id: UUID, code: str, made: Made) -> dict[str, Any]:
    id_, number = uuid4(), int(code[1:])
    parts = {name: sha256(content) for name, content in made.parts.items()}
    if code != LOOKED_AT_LETTER:
        parts |= {name: sha256(f"{name} {id_}".encode()) for name in ("pdf", "mail")}
    odd = [Oddity(OddityKind.TINY_BASE, ("Complaints upheld", 2)).stored] if number % 9 == 0 else []
    return {
        "id": id_,
        "mailout_id": mailout_id,
        "authority_code": code,
        "version": 1,
        "replaces_id": None,
        "state": LetterState.RENDERED,
        "draft": _draft(code),
        "fingerprint": sha256(code.encode()),
        "subject": made.subject,
        "parts": parts,
        "digest": letter_digest(made.subject, parts, ()),
        "asked_by": "sam",
        "attempts": 1,
        "rendered_at": datetime(2020, 7, 2, tzinfo=UTC),
        "approval_salt": id_.hex,
        "approval_recipients": None,
        "approval_index": None,
        "approval_path": None,
        "group_name": _group(code),
        "plainness": -3 if odd else 0,
        "oddities": odd,
        "branches": "letter.md:12:then letter.md:30:else",
    }


def _write_letters(session: Session, frozen: Frozen) -> None:
    rows = frozen.rows
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        _write(session, Letter, some)
        journal.append_all(session, map(_made, some))
        checked = [_check(each["parts"]["pdf"]) for each in some]
        _write(session, DocumentCheck, [each for each in checked if each["sha256"] not in _SEEN])
        _SEEN.update(each["sha256"] for each in checked)


_SEEN: Final[set[str]] = set()
"""The PDFs that have a row: one is in all mailouts."""


def _check(pdf: str) -> dict[str, Any]:
    return {
        "sha256": pdf,
        "checker": CHECKER,
        "failures": [],
        "checked_at": datetime(2020, 7, 2, tzinfo=UTC),
        "mac": "",
    }


def _made(letter: Mapping[str, Any]) -> Event:
    detail = {"authority": letter["authority_code"], "digest": letter["digest"]}
    return events.LETTER_RENDERED.event(letter["rendered_at"], CLOCK, letter["id"], **detail)


def _write_deliveries(
    session: Session, mailout: Mailout, at: datetime, letters: Sequence[dict[str, Any]]
) -> None:
    for start in range(0, len(letters), CHUNK):
        some = letters[start : start + CHUNK]
        deliveries = [
            _delivery(mailout, at, letter, role, kind) for letter in some for role, kind in ROLES
        ]
        again = [_again(each) for each in deliveries if _is_again(each)]
        _write(session, Delivery, deliveries)
        _write(session, Delivery, again)
        _write(session, Attempt, [_attempt(each) for each in (*deliveries, *again)])
        journal.append_all(session, _told([*deliveries, *again], at))
        _came_back(session, [each for each in deliveries if each["kind"] is RecipientKind.TO])
        changed = [each for each in some if _number(each["authority_code"]) == CHANGED]
        corrected = list(map(_corrected, changed))
        _write(session, Letter, corrected)
        journal.append_all(session, map(_proposed, corrected))


def _state(code: str, kind: RecipientKind, *, is_over: bool) -> DeliveryState:
    """Return the state of a delivery of a mailout whose letters' own time may be over."""
    usual = DeliveryState.ACCEPTED
    if kind is not RecipientKind.TO:
        return usual
    found = DeliveryState.REFUSED if _number(code) == AGAIN else BEHIND.get(_number(code), usual)
    return DeliveryState.EXPIRED if is_over and found is DeliveryState.DEFERRED else found


def _delivery(
    mailout: Mailout, at: datetime, letter: Mapping[str, Any], role: str, kind: RecipientKind
) -> dict[str, Any]:
    code = letter["authority_code"]
    address = _address(code, role)
    return {
        "id": uuid4(),
        "mailout_id": mailout.id,
        "letter_id": letter["id"],
        "authority_code": code,
        "kind": kind,
        "role": role,
        "address": address,
        "address_key": address,
        "name": f"Ms Mitchell {code}",
        "state": _state(code, kind, is_over=mailout.plan.not_after < LOOKED_AT),
        "created_at": at,
        "due_at": at,
        "not_after": mailout.plan.not_after,
        "state_at": at + timedelta(seconds=int(code[1:]) / 4),
        "attempts": 1,
        "about_us": 0,
        "token": 1,
        "replaces_id": None,
    }


def _is_again(delivery: Mapping[str, Any]) -> bool:
    is_to = delivery["kind"] is RecipientKind.TO
    return is_to and _number(delivery["authority_code"]) == AGAIN


def _again(delivery: Mapping[str, Any]) -> dict[str, Any]:
    """Return the delivery of a letter that was refused, and then sent to another address."""
    address = f"new.{delivery['address']}"
    return {
        **delivery,
        "id": uuid4(),
        "replaces_id": delivery["id"],
        "state": DeliveryState.ACCEPTED,
        "address": address,
        "address_key": address,
        "state_at": delivery["state_at"] + timedelta(hours=20),
    }


def _attempt(delivery: Mapping[str, Any]) -> dict[str, Any]:
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


def _told(deliveries: Sequence[dict[str, Any]], at: datetime) -> Iterator[Event]:
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


def _corrected(letter: Mapping[str, Any]) -> dict[str, Any]:
    """Return a new version of a letter, which waits for a second person."""
    return {
        **letter,
        "id": uuid4(),
        "version": 2,
        "replaces_id": letter["id"],
        "state": LetterState.PROPOSED,
        "because": "a count was wrong",
        "approval_recipients": None,
        "approval_index": None,
        "approval_path": None,
        "rendered_at": LOOKED_AT - timedelta(hours=3),
    }


def _proposed(letter: Mapping[str, Any]) -> Event:
    word = Word(person="sam", keyboard="sam", because="a count was wrong", at=letter["rendered_at"])
    detail = {"authority": letter["authority_code"], "digest": letter["digest"], "version": "2"}
    return events.LETTER_PROPOSED.by(word, letter["id"], **detail)


NOTICES: Final[Mapping[int, dict[str, Any]]] = {
    203: {
        "category": Category.BOUNCE,
        "action": Action.FAILED,
        "is_hard": True,
        "is_believed": True,
        "trust": Trust.VERIFIED,
        "clue": Clue.RETURN_PATH,
    },
    DELAYED: {
        "category": Category.DELAYED,
        "action": Action.DELAYED,
        "is_believed": True,
        "trust": Trust.VERIFIED,
        "clue": Clue.RETURN_PATH,
    },
    UNPROVEN: {
        "category": Category.BOUNCE,
        "action": Action.FAILED,
        "is_hard": True,
        "trust": Trust.UNVERIFIED,
        "clue": Clue.DELIVERY_HEADER,
    },
    LEFT: {
        "category": Category.AUTOREPLY,
        "is_believed": True,
        "trust": Trust.PROBABLE,
        "clue": Clue.ANSWERED,
    },
}
"""What came back, by the number of its authority in its thousand."""

OUT_OF_OFFICE: Final = {
    "category": Category.AUTOREPLY,
    "is_believed": True,
    "trust": Trust.PROBABLE,
    "clue": Clue.ANSWERED,
}


def _came_back(session: Session, deliveries: Iterable[Mapping[str, Any]]) -> None:
    """Write what came back of some deliveries."""
    mail, notices, suggestions = [], [], []
    for each in deliveries:
        number = _number(each["authority_code"])
        said = OUT_OF_OFFICE if number % 100 == AWAY else NOTICES.get(number)
        if said is None and number != UNREADABLE:
            continue
        mail.append(_mail(each, is_read=said is not None))
        if said is not None:
            notices.append(_notice(each, mail[-1]["id"], said))
        if number == LEFT:
            suggestions.append(_suggestion(each, mail[-1]["id"]))
    for table, rows in ((IncomingMail, mail), (NoticeRow, notices), (Suggestion, suggestions)):
        _write(session, table, rows)


def _mail(delivery: Mapping[str, Any], *, is_read: bool) -> dict[str, Any]:
    at = delivery["state_at"] + timedelta(minutes=5)
    id_ = uuid4()
    content = f"Subject: Away {id_}\r\n\r\nI am out of the office.\r\n".encode()
    return {
        "id": id_,
        "sha256": sha256(content),
        "content": content,
        "received_at": at,
        "state": MailState.READ if is_read else MailState.QUARANTINED,
        "due_at": at,
        "tries": 1,
        "trouble": None if is_read else "it has more parts than are read",
    }


def _notice(delivery: Mapping[str, Any], mail_id: UUID, said: dict[str, Any]) -> dict[str, Any]:
    usual = {"action": None, "is_hard": False, "is_believed": False}
    known = {**usual, **said}
    answer = Answer.OUT_OF_OFFICE if said["category"] is Category.AUTOREPLY else None
    return {
        "mail_id": mail_id,
        "version": 1,
        "read_at": delivery["state_at"],
        "notice": Notice(category=said["category"], answer=answer),
        "delivery_id": delivery["id"],
        "is_about_us": False,
        "counts_against_address": known["is_hard"] and known["is_believed"],
        **known,
    }


def _suggestion(delivery: Mapping[str, Any], mail_id: UUID) -> dict[str, Any]:
    address = f"new.{delivery['address']}"
    return {
        "id": uuid4(),
        "mail_id": mail_id,
        "delivery_id": delivery["id"],
        "address": address,
        "address_key": address,
        "name": "Jo Okafor",
        "sentence": "I have left. Please write to Jo Okafor.",
        "made_at": delivery["state_at"],
    }
