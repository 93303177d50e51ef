"""Send one letter to a colleague as it would leave: the same server, pace, headers and bytes.

It differs from the letter only in its marks: the subject, a header, and the first line of the
covering note. The attached PDF is the letter's, byte for byte. It is not a delivery, so nothing
that counts deliveries sees it; the ledger has it. What comes back is known to be of a test by the
id that its return path, its Message-ID and its headers have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from dispatch.database import Session, Sessions
from dispatch.database.tables import Letter
from dispatch.domain.address import domain_of
from dispatch.domain.errors import RuleBroken, Unavailable
from dispatch.domain.letter import STORED, Recipient, RecipientKind
from dispatch.domain.reply import Outcome
from dispatch.domain.sending.envelope import Envelope, Sender, envid, of_test
from dispatch.domain.sending.modes import AllowList
from dispatch.domain.sending.pace import Rates
from dispatch.domain.word import Word
from dispatch.ledger import events, journal
from dispatch.letters.store import documents
from dispatch.letters.store.letters import letter_of
from dispatch.mail.outgoing.address import Mailbox
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_body, letter_headers
from dispatch.mailouts.store import mailout_named
from dispatch.sending.store import rates, servers

if TYPE_CHECKING:  # which speaks SMTP: most commands send nothing
    from dispatch.mail.outgoing.transport import Transport

MARK: Final = "[Test]"
"""Stands before the subject of a test."""

PATIENCE: Final = timedelta(minutes=1)
"""How long a test waits for its turn among the letters."""


@dataclass(frozen=True, slots=True)
class Way:
    """How messages leave, and where a test may go."""

    sessions: Sessions
    transport: Transport
    sender: Sender
    clock: Callable[[], datetime]
    rates: Rates
    allowed: AllowList
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which letter goes to which address, and on whose word."""

    mailout: str
    code: str
    to: str
    word: Word
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """A test that was offered to the mail server, and the outcome."""

    id: UUID
    code: str
    outcome: Outcome


def send(way: Way, order: Order) -> Offered:
    """Send a letter to a colleague as a test; own transactions, none open meanwhile.

    Raises `RuleBroken` for an address outside the office that no word gives a reason for, for a
    letter that is not made, and while the mail server rests or the pace leaves no room;
    `Unavailable` if there is no connection; `NotFound`.
    """
    id_ = of_test(uuid4())
    made = prepared(way, order, id_)
    _wait_for_turn(way, id_, order.to)
    envelope = Envelope(way.sender.mail_from(id_), order.to, envid(id_, 1))
    outcome = _offer(way.transport, envelope, made.content, needs_smtputf8=made.needs_smtputf8)
    detail = {
        "authority": made.code,
        "version": str(made.version),
        "verdict": outcome.verdict.value,
        "test": str(id_),
        "to": order.to,
        **order.word.detail(),
    }
    with way.sessions.begin() as session:
        journal.append(session, events.LETTER_TEST.by(order.word, made.letter_id, **detail))
    return Offered(id_, made.code, outcome)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A test that may be sent."""

    letter_id: UUID
    code: str
    version: int
    content: bytes
    needs_smtputf8: bool


def prepared(way: Way, order: Order, id_: UUID) -> Prepared:
    """Return a test that nothing but the mail server speaks against; raises as `send`."""
    refuse_outside(way, order)
    with way.sessions.read() as session:
        letter = letter_of(
            session, mailout_named(session, order.mailout), order.code, version=order.version
        )
        content, needs_smtputf8 = _message(session, letter, order, way.sender, id_)
        return Prepared(letter.id, letter.authority_code, letter.version, content, needs_smtputf8)


def refuse_outside(way: Way, order: Order) -> None:
    """Raise `RuleBroken` for an address outside the office, unless the word has a reason."""
    is_allowed = way.sender.is_colleague(order.to) or way.allowed.covers(order.to)
    if not (is_allowed or order.word.because):
        raise RuleBroken(
            f"{order.to} is neither at {way.sender.domain} nor among DISPATCH_ALLOWED_RECIPIENTS: "
            f"give a reason with --because TEXT to send a test there all the same"
        )


def _message(
    session: Session, letter: Letter, order: Order, sender: Sender, id_: UUID
) -> tuple[bytes, bool]:
    """Return a letter's message to one reader with its marks, and whether it needs SMTPUTF8."""
    if letter.state not in STORED:
        why = letter.error or "it still waits for a worker"
        raise RuleBroken(f"the letter of {letter.authority_code} is not rendered: {why}")
    parts, attached = documents.of(session, letter)
    draft = letter.draft
    if not sender.is_colleague(order.to):
        draft = replace(draft, attachments=())  # spreadsheets are the authority's, and the office's
    reader = Recipient(kind=RecipientKind.TO, role="reader", address=order.to, name="")
    subject = f"{MARK} {letter.subject}"
    headers = letter_headers(sender, [reader], subject, at=order.word.at, id_=id_)
    plan_says = mailout_named(session, order.mailout).plan.is_auto_submitted
    named = tuple(Mailbox(each.name, each.address) for each in letter.draft.recipients)
    headers = replace(headers, is_auto_submitted=plan_says, tests=named)
    content = message(headers, letter_body(draft, _marked(parts, letter), attached))
    return content, headers.needs_smtputf8


def _marked(parts: Mapping[str, bytes], letter: Letter) -> dict[str, bytes]:
    """Return a letter's forms with a first line in the covering note that says what this is."""
    said = (
        f"This is a test of the letter of {letter.authority_code}, version {letter.version}. "
        f"Its recipients have not been sent this message."
    )
    begin, tag, rest = parts["note_html"].decode().partition("<body")
    attributes, end, body = rest.partition(">")
    html = f"{begin}{tag}{attributes}{end}<p><strong>{escape(said)}</strong></p>{body}"
    text = f"{said}\n\n{parts['note_text'].decode()}"
    return {**parts, "note_text": text.encode(), "note_html": html.encode()}


def _wait_for_turn(way: Way, id_: UUID, to: str) -> None:
    """Take a slot by the rates that hold for letters, and wait for it."""
    now = way.clock()
    with way.sessions.begin() as session:
        if servers.is_resting(session, way.transport.address, now=now):
            raise RuleBroken("the mail server could not be reached just now, and rests: try later")
        [at] = rates.book(
            session, [(id_, domain_of(to))], way.rates, now=now, until=now + PATIENCE
        ).values()
    if at >= now + PATIENCE:
        raise RuleBroken("letters are leaving, and the pace leaves no room: try in a minute")
    way.sleep(max((at - now).total_seconds(), 0))


def _offer(
    transport: Transport, envelope: Envelope, content: bytes, *, needs_smtputf8: bool
) -> Outcome:
    connection = transport.connect()
    if isinstance(connection, Outcome):
        raise Unavailable(f"no test was sent: {connection}", theirs=str(connection))
    try:
        return connection.offer(
            envelope, content, before_dot=lambda: True, needs_smtputf8=needs_smtputf8
        )
    finally:
        connection.close()
