"""A mailout that is due, put into a database without rendering: letters of a given size.

Each letter has content, parts and one recipient of its own, stored as `dispatch.letters.render`
stores them. Only the PDF is made up, since its size is what is asked for.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update

from dispatch.database import Session, Sessions, codes, connect
from dispatch.database.tables import Attempt, AuthorityRow, Delivery, Document, Letter, Mailout
from dispatch.domain.address import folded
from dispatch.domain.delivery import IN_PROGRESS, DeliveryState
from dispatch.domain.digest import digest, sha256
from dispatch.domain.letter import Draft, LetterState, Recipient, RecipientKind, letter_digest
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import CLOCK
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.word import Word
from dispatch.ledger import catalogue, events, journal
from dispatch.letters.approval import covering
from dispatch.letters.store import approved, letters
from dispatch.letters.store.documents import MEDIA_TYPES
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_body, letter_headers
from dispatch.mailouts.store import mailout_named
from dispatch.proof.seal import catch_up
from tests.documents.contents import DECIDED, MITCHELL, RECEIVED, TEMPLATES, about
from tests.factories import a_mailout

NAME: Final = "annual-review-2020"
DAY: Final = timedelta(days=1)
SECRET: Final = "a key for benchmarks only, outside the database"  # noqa: S105 - it guards nothing
KEY: Final = SECRET.encode()
"""The secret key of workers and clock, with which the codes of events and deliveries are made."""

CHUNK: Final = 200
"""Letters written at once: 20 MB of the largest."""

SENDER: Final = Sender(
    name="Office of the Ombudsman",
    address="annual.review@ombudsman.example",
    reply_to="",
    return_path="bounces@ombudsman.example",
    key=b"a key for benchmarks only",
)


@dataclass(frozen=True, slots=True)
class Made:
    """One letter with its bytes."""

    draft: Draft
    subject: str
    parts: dict[str, bytes]

    @property
    def recipient(self) -> Recipient:
        return self.draft.recipients[0]

    def message(self, delivery_id: UUID, at: datetime) -> bytes:
        """Return what goes over the line."""
        recipients = self.draft.recipients
        headers = letter_headers(SENDER, recipients, self.subject, at=at, id_=delivery_id)
        return message(headers, self.parts["mail"])


def letter(number: int, size: int) -> Made:
    """Return a letter whose message is about `size` octets long, the same at every call."""
    room = size - _octets_around()
    if room <= 0:
        raise ValueError(f"a letter takes {_octets_around()} octets without its PDF")
    # A line of base64 has 57 octets in 76 characters, CR and LF.
    return _letter(number, b"%PDF-" + Random(number).randbytes(room * 57 // 78))  # noqa: S311


@cache
def _octets_around() -> int:
    """Return how much of a message is not its PDF."""
    return len(_letter(10_000, b"").message(uuid4(), datetime.now(UTC)))  # noqa: TID251


def _letter(number: int, pdf: bytes) -> Made:
    code = f"T{number:05}"
    name = f"Testshire {number} Borough Council"
    content = about(name, addressee=MITCHELL, tables=(RECEIVED, DECIDED), is_synthetic=True)
    content = replace(content, authority=replace(content.authority, code=code))
    recipient = Recipient(
        kind=RecipientKind.TO,
        role="chief executive",
        address=f"chief.executive@{code.lower()}.example",
        name=f"Mr Mitchell, {name}",
    )
    draft = Draft(content=content, recipients=(recipient,))
    note_text, note_html = _note()
    parts = {
        "note_text": f"{note_text}\n{number}\n".encode(),
        "note_html": f"{note_html}\n<!-- {number} -->\n".encode(),
        "pdf": pdf,
    }
    parts["mail"] = letter_body(draft, parts, {})
    return Made(draft, f"{content.title}: {name}", parts)


@cache
def _note() -> tuple[str, str]:
    """Return a real covering note, in both its forms."""
    rendered = TEMPLATES.render(about("Testshire Borough Council"))
    return rendered.note_text, rendered.note_html


def populate(
    database_url: str,
    count: int,
    size: int,
    *,
    state: MailoutState = MailoutState.RELEASING,
    first_letters: int = 0,
) -> None:
    """Fill a migrated database with a mailout of `count` letters to one recipient each, all due.

    `size` is that of the message on the wire, in octets. With `first_letters`, so many go first,
    and the others wait for a minute after them.
    """
    sessions = connect(database_url, KEY)
    now = datetime.now(UTC)  # noqa: TID251 - the workers' clock is the machine's, too
    with sessions.begin() as session:
        minutes = 1 if first_letters else 0
        mailout = a_mailout(
            session, name=NAME, not_after=now + 7 * DAY, first_letters_minutes=minutes
        )
        mailout.state = state
        mailout.released_at = now
        mailout.template_digest = TEMPLATES.digest(mailout.plan.template)
        mailout_id = mailout.id
    for start in range(0, count, CHUNK):
        made = [letter(number, size) for number in range(start, min(start + CHUNK, count))]
        with sessions.begin() as session:
            _store(session, mailout_id, made, now)
    with sessions.begin() as session:
        _approve(session, now)
        codes.give_deliveries(session.connection(), KEY)
        if state is not MailoutState.PAUSED:
            _go(session, now)
            _hold_others(session, first_letters, now)
    catch_up(sessions, lambda: datetime.now(UTC))  # noqa: TID251 - only what is sent is sealed later
    sessions.dispose()


def _approve(session: Session, now: datetime) -> None:
    """Approve all letters, as `letters.approval` does when a person says so."""
    mailout = mailout_named(session, NAME)
    found = letters.in_force(session, mailout)
    recipients = [(each, each.draft.recipients) for each in found]
    covered = covering(mailout.plan, recipients, sender="")
    approved.keep_proofs(
        session, {each.id: proof for each, proof in zip(found, covered.proofs, strict=True)}
    )
    mailout.approved_digest = covered.terms.digest
    word = Word(person="alex", keyboard="alex", at=now)
    before = (events.MAILOUT_PLANNED, events.MAILOUT_RENDER, events.MAILOUT_RENDERED)
    journal.append(
        session,
        *(kind.by(word, NAME) for kind in before),
        events.MAILOUT_APPROVED.by(word, NAME, **covered.terms.details),
        events.MAILOUT_SCHEDULED.by(word, NAME),
    )


def _go(session: Session, now: datetime) -> None:
    journal.append(session, events.MAILOUT_RELEASING.event(now, CLOCK, NAME))


def _hold_others(session: Session, first_letters: int, now: datetime) -> None:
    """Let all but some letters wait for those, as `sending.first_letters` does at a release."""
    if not first_letters:
        return
    ids = list(session.scalars(select(Delivery.id).order_by(Delivery.authority_code)))
    first, others = ids[:first_letters], ids[first_letters:]
    mailout_named(session, NAME).first_since = now
    waits = update(Delivery).where(Delivery.id.not_in(first)).values(due_at=Delivery.not_after)
    session.execute(waits)
    kind, named = events.MAILOUT_FIRST_LETTERS, " ".join(map(str, first))
    detail = {"letters": str(len(first)), "others": str(len(others)), "deliveries": named}
    journal.append(session, kind.event(now, CLOCK, NAME, **detail))


def _store(session: Session, mailout_id: UUID, made: Sequence[Made], now: datetime) -> None:
    ids = [uuid4() for _ in made]
    together = list(zip(ids, made, strict=True))
    session.execute(insert(AuthorityRow), [_authority(each) for each in made])
    session.execute(insert(Document), [row for each in made for row in _documents(each)])
    session.execute(
        insert(Letter), [_letter_row(mailout_id, id_, each, now) for id_, each in together]
    )
    rows = [_delivery(mailout_id, id_, each, now) for id_, each in together]
    session.execute(insert(Delivery), rows)
    queued = catalogue.into(DeliveryState.QUEUED)
    journal.append_all(session, (queued.event(now, CLOCK, row["id"]) for row in rows))


def _authority(made: Made) -> dict[str, Any]:
    authority = made.draft.content.authority
    return {
        "code": authority.code,
        "name": authority.name,
        "official_name": authority.official_name,
        "kind": authority.kind,
        "successors": [],
    }


def _documents(made: Made) -> list[dict[str, Any]]:
    return [
        {
            "sha256": sha256(content),
            "media_type": MEDIA_TYPES[name],
            "content": content,
        }
        for name, content in made.parts.items()
    ]


def _letter_row(mailout_id: UUID, id_: UUID, made: Made, now: datetime) -> dict[str, Any]:
    parts = {name: sha256(content) for name, content in made.parts.items()}
    return {
        "id": id_,
        "mailout_id": mailout_id,
        "authority_code": made.draft.content.authority.code,
        "version": 1,
        "state": LetterState.RENDERED,
        "draft": made.draft,
        "fingerprint": digest(made.draft),
        "subject": made.subject,
        "parts": parts,
        "digest": letter_digest(made.subject, parts, made.draft.attachments),
        "approval_salt": f"{id_.hex}",
        "asked_by": "sam",
        "attempts": 1,
        "rendered_at": now,
    }


def _delivery(mailout_id: UUID, letter_id: UUID, made: Made, now: datetime) -> dict[str, Any]:
    recipient = made.recipient
    return {
        "id": uuid4(),
        "mailout_id": mailout_id,
        "letter_id": letter_id,
        "authority_code": made.draft.content.authority.code,
        "kind": recipient.kind,
        "role": recipient.role,
        "address": recipient.address,
        "address_key": folded(recipient.address),
        "name": recipient.name,
        "state": DeliveryState.QUEUED,
        "created_at": now,
        "due_at": now,
        "not_after": now + 7 * DAY,
        "state_at": now,
        "attempts": 0,
        "token": 0,
    }


def release(sessions: Sessions) -> None:
    """Let go a mailout that was put there in another state."""
    with sessions.begin() as session:
        session.execute(update(Mailout).values(state=MailoutState.RELEASING))
        _go(session, datetime.now(UTC))  # noqa: TID251 - as `populate` has it


def counts(sessions: Sessions) -> Counter[DeliveryState]:
    """Return how many deliveries are in each state."""
    with sessions.read() as session:
        states = select(Delivery.state, func.count()).group_by(Delivery.state)
        return Counter(dict(session.execute(states).all()))


def attempts(sessions: Sessions) -> int:
    """Return how many attempts are on record."""
    with sessions.read() as session:
        return session.scalar(select(func.count()).select_from(Attempt)) or 0


def seconds_taken(sessions: Sessions) -> float:
    """Return the time from the start of the first attempt to the end of the last."""
    with sessions.read() as session:
        times = select(func.min(Attempt.started_at), func.max(Attempt.ended_at))
        started_at, ended_at = session.execute(times).one()
    assert started_at
    assert ended_at
    return (ended_at - started_at).total_seconds()


def await_settled(sessions: Sessions, seconds: float, every: float = 0.2) -> Counter[DeliveryState]:
    """Return the counts once no delivery is left for clock and workers to move on.

    Raises `TimeoutError` with what is left.
    """
    ends_at = time.monotonic() + seconds
    while IN_PROGRESS & (found := counts(sessions)).keys():
        if time.monotonic() > ends_at:
            left = {state.value: number for state, number in found.items()}
            raise TimeoutError(f"not all is sent after {seconds:.0f} seconds: {left}")
        time.sleep(every)
    return found
