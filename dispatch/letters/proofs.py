"""Proof copies: email rendered letters to a colleague before they are approved.

A proof copy is not the letter: its subject says so, it goes to one reader, and it leaves an event
but no delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

from dispatch.database import Session, Sessions
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.errors import RuleBroken, Unavailable
from dispatch.domain.letter import LetterState, Recipient, RecipientKind
from dispatch.domain.proof.ledger import Event
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.reply import Outcome
from dispatch.domain.sending.envelope import Envelope, Sender
from dispatch.domain.word import Word
from dispatch.ledger import events, journal
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
        events = (_event(each, order.word, outcomes[each.code]) for each in copies)
        journal.append_all(session, events)
    return outcomes


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
        raise Unavailable(f"no proof was sent: {line}")
    try:
        return {
            each.code: line.offer(each.envelope, each.content, before_dot=lambda: True)
            for each in copies
        }
    finally:
        line.close()


def _event(copy: _Copy, word: Word, outcome: Outcome) -> Event:
    detail = {"authority": copy.code, "verdict": outcome.verdict.value}
    return events.LETTER_PROOF.by(word, copy.letter_id, **detail)
