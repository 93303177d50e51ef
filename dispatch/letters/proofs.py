"""Proof: show rendered letters to their writers by email, before they are approved.

A proof is not the letter: it is marked in its subject, goes to one person, and leaves an event
but no delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from dispatch.database import Session, Sessions
from dispatch.database.tables import Letter, Mailout
from dispatch.domain.envelope import Envelope, Sender
from dispatch.domain.errors import RuleBroken, Unavailable
from dispatch.domain.ledger import Event
from dispatch.domain.letter import LetterState, Recipient, RecipientKind
from dispatch.domain.reply import Outcome
from dispatch.ledger import journal
from dispatch.letters.store import documents
from dispatch.letters.store import letters as stored_letters
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_body, letter_headers
from dispatch.mail.outgoing.transport import Transport
from dispatch.mailouts.store import mailout_named


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is to look at proofs, and who asked for it when."""

    address: str
    actor: str
    at: datetime


def choose(session: Session, mailout: Mailout, codes: Sequence[str]) -> list[str]:
    """Return the codes to show: those asked for, else the first of each comparison group.

    Raises `NotFound` for a code without a letter, `RuleBroken` if nothing is rendered.
    """
    if codes:
        return [stored_letters.letter_of(session, mailout, code).authority_code for code in codes]
    by_group: dict[str | None, str] = {}
    for letter in stored_letters.in_force(session, mailout):
        if letter.state is LetterState.RENDERED:
            by_group.setdefault(letter.draft.content.group, letter.authority_code)
    if not by_group:
        raise RuleBroken(
            f"{mailout.name} has no letters yet: run `dispatch mailout render {mailout.name}`"
        )
    return list(by_group.values())


def proof(
    sessions: Sessions,
    name: str,
    codes: Sequence[str],
    reader: Reader,
    *,
    transport: Transport,
    sender: Sender,
) -> dict[str, Outcome]:
    """Send the letters of these authorities to the reader; return what the server said of each.

    Owns its transactions, since none may be open while it waits for the server. Raises
    `Unavailable` if there is no mail server to be had, `RuleBroken` for a letter that is not
    rendered.
    """
    with sessions.read() as session:
        mailout = mailout_named(session, name)
        letters = [_rendered(stored_letters.letter_of(session, mailout, code)) for code in codes]
        mails = [_mail(session, letter, reader, sender) for letter in letters]
    outcomes = _offer(transport, mails)
    with sessions.begin() as session:
        journal.append_all(session, (_event(mail, reader, outcomes[mail.code]) for mail in mails))
    return outcomes


@dataclass(frozen=True, slots=True)
class _Mail:
    """One proof ready to leave."""

    code: str
    letter_id: UUID
    envelope: Envelope
    content: bytes


def _offer(transport: Transport, mails: Sequence[_Mail]) -> dict[str, Outcome]:
    line = transport.connect()
    if isinstance(line, Outcome):
        raise Unavailable(f"no proof was sent: {line}")
    try:
        return {
            mail.code: line.offer(mail.envelope, mail.content, before_dot=lambda: True)
            for mail in mails
        }
    finally:
        line.close()


def _rendered(letter: Letter) -> Letter:
    if letter.state is not LetterState.RENDERED:
        why = letter.error or "it still waits for a worker"
        raise RuleBroken(f"the letter of {letter.authority_code} is not rendered: {why}")
    return letter


def _mail(session: Session, letter: Letter, reader: Reader, sender: Sender) -> _Mail:
    """Return a letter's message with the reader in place of its recipients."""
    parts, _ = documents.of(session, letter)
    recipient = Recipient(kind=RecipientKind.TO, role="reader", address=reader.address, name="")
    subject = f"[Proof for {letter.authority_code}] {letter.subject}"
    id_ = uuid4()
    headers = letter_headers(sender, [recipient], subject, at=reader.at, id_=id_)
    # Confidential spreadsheets are the authority's alone.
    draft = replace(letter.draft, attachments=())
    content = message(headers, letter_body(draft, parts, {}))
    envelope = Envelope(sender.return_path, reader.address, id_.hex)
    return _Mail(letter.authority_code, letter.id, envelope, content)


def _event(mail: _Mail, reader: Reader, outcome: Outcome) -> Event:
    detail = {"authority": mail.code, "verdict": outcome.verdict.value}
    return Event(reader.at, reader.actor, "letter.proof", f"letter:{mail.letter_id}", detail)
