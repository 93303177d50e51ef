"""Proof copies: email rendered letters to a colleague before they are approved.

A proof copy is not the letter: its subject says so, it goes to one reader, and it leaves an event
but no delivery.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from dispatch.database import Session, Sessions
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.address import domain_of
from dispatch.domain.errors import RuleBroken, Unavailable
from dispatch.domain.letter import LetterState, Recipient, RecipientKind
from dispatch.domain.proof.ledger import Event
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Envelope, Sender
from dispatch.domain.word import Word
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Subject
from dispatch.letters.store import documents, letters
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_body, letter_headers
from dispatch.mail.outgoing.transport import Transport
from dispatch.mailouts.store import mailout_named


def choose(session: Session, mailout: Mailout, codes: Sequence[str]) -> list[str]:
    """Return whose letters to send: those asked for, else the first of each comparison group.

    Raises `NotFound` for a code without a letter, and `RuleBroken` if nothing is rendered.
    """
    if codes:
        return [letters.letter_of(session, mailout, code).authority_code for code in codes]
    by_group: dict[str | None, str] = {}
    for letter in letters.in_force(session, mailout):
        if letter.state is LetterState.RENDERED:
            by_group.setdefault(letter.draft.content.group, letter.authority_code)
    if not by_group:
        raise RuleBroken(
            f"{mailout.name} has no letters yet",
            remedy=Remedy(kind=RemedyKind.RENDER, mailout=mailout.name),
        )
    return list(by_group.values())


@dataclass(frozen=True, slots=True)
class Order:
    """Whose letters go to which reader, and on whose word."""

    codes: Sequence[str]
    reader: str
    """The address that the copies go to."""
    word: Word


def send(
    sessions: Sessions, name: str, order: Order, *, transport: Transport, sender: Sender
) -> dict[str, Outcome]:
    """Send proof copies of letters of a mailout; return the mail server's answer to each.

    Makes its own transactions, because none may be open while it waits for the server. Raises
    `Unavailable` if no mail server answers, and `RuleBroken` for a letter that is not rendered.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        found = [_rendered(letters.letter_of(session, mailout, code)) for code in order.codes]
        copies = [_copy(session, letter, order, sender) for letter in found]
    outcomes = _offer(transport, copies)
    with sessions.begin() as session:
        told = [_event(each, order.word, outcomes[each.code]) for each in copies]
        journal.append_all(session, (*told, _event_of_all(name, order, outcomes)))
    return outcomes


def refuse_outside(sender: Sender, reader: str) -> None:
    """Raise `RuleBroken` for an address that is not at the office's own domain."""
    if not sender.is_colleague(reader):
        raise RuleBroken(
            f"proof copies go to colleagues only: {reader} is not at {domain_of(sender.address)}"
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """Proof copies that a colleague was sent."""

    to: str
    authorities: tuple[str, ...]
    accepted: int
    """How many of them a mail server took."""
    by: str
    at: datetime


def sent(session: Session, mailout: Mailout, limit: int) -> list[Sent]:
    """Return who had which proof copies of a mailout, the last first."""
    subject, kinds = Subject.MAILOUT.of(mailout.name), {events.MAILOUT_PROOFS.action}
    return [
        Sent(
            to=each.detail.get("to", ""),
            authorities=tuple(each.detail.get("authorities", "").split()),
            accepted=int(each.detail.get("accepted", "0")),
            by=each.actor,
            at=each.at,
        )
        for each in journal.newest(session, subject, limit, kinds)
    ]


@dataclass(frozen=True, slots=True)
class _Copy:
    """One proof copy, ready to leave."""

    code: str
    letter_id: UUID
    envelope: Envelope
    content: bytes


def _rendered(letter: Letter) -> Letter:
    if letter.state is not LetterState.RENDERED:
        why = letter.error or "it still waits for a worker"
        raise RuleBroken(f"the letter of {letter.authority_code} is not rendered: {why}")
    return letter


def _copy(session: Session, letter: Letter, order: Order, sender: Sender) -> _Copy:
    """Return a letter's message with the reader in place of its recipients."""
    parts, _ = documents.of(session, letter)
    recipient = Recipient(kind=RecipientKind.TO, role="reader", address=order.reader, name="")
    subject = f"[Proof for {letter.authority_code}] {letter.subject}"
    id_ = uuid4()
    headers = letter_headers(sender, [recipient], subject, at=order.word.at, id_=id_)
    # Without the spreadsheets: they are confidential to the authority.
    draft = replace(letter.draft, attachments=())
    content = message(headers, letter_body(draft, parts, {}))
    envelope = Envelope(sender.return_path, order.reader, id_.hex)
    return _Copy(letter.authority_code, letter.id, envelope, content)


def _offer(transport: Transport, copies: Sequence[_Copy]) -> dict[str, Outcome]:
    line = transport.connect()
    if isinstance(line, Outcome):
        raise Unavailable(f"no proof was sent: {line}", theirs=str(line))
    try:
        return {
            each.code: line.offer(each.envelope, each.content, before_dot=lambda: True)
            for each in copies
        }
    finally:
        line.close()


def _event_of_all(name: str, order: Order, outcomes: Mapping[str, Outcome]) -> Event:
    accepted = sum(each.verdict is Verdict.ACCEPTED for each in outcomes.values())
    said = {"authorities": " ".join(outcomes), "accepted": str(accepted), "to": order.reader}
    return events.MAILOUT_PROOFS.by(order.word, name, **said)


def _event(copy: _Copy, word: Word, outcome: Outcome) -> Event:
    detail = {"authority": copy.code, "verdict": outcome.verdict.value}
    return events.LETTER_PROOF.by(word, copy.letter_id, **detail)
