"""One message out by the way that letters go, and what comes back.

It says that it is a test, belongs to no mailout and counts for nothing; the ledger records it. It
leaves under the return path of a letter, and what comes back comes by the mailbox for bounces. Only
a message tells what a receiver sees, and what a server judges once it has all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from dispatch.app import App
from dispatch.doctor import store
from dispatch.domain.address import domain_of, folded
from dispatch.domain.calendar import moment_in_words
from dispatch.domain.doctor.authentication import Seen, seen
from dispatch.domain.doctor.finding import Finding, fine, look, of_reply, stops
from dispatch.domain.errors import Unavailable
from dispatch.domain.notice import Category, Notice
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import coded
from dispatch.domain.word import Word
from dispatch.incoming import receive
from dispatch.ledger import journal
from dispatch.ledger.upkeep_events import TEST_SENT
from dispatch.mail.exchangers import look_up
from dispatch.mail.incoming.imap import ImapInbox
from dispatch.mail.incoming.reader import Reader
from dispatch.mail.outgoing.headers import message_id
from dispatch.mail.outgoing.staff import offer, staff_message
from dispatch.mail.probes.heads import Head, head_of

TEMPLATE: Final = ("notice", "test")
"""The folder and the file of its wording."""

EARLIER: Final = timedelta(minutes=1)
"""How far the clocks of this machine and the database may be apart."""

POLL_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class SentTest:
    """A test message that was offered to the mail server."""

    id: UUID
    to: str
    mail_from: str
    at: datetime
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what comes back."""

    seconds: float
    sleep: Callable[[float], object]
    monotonic: Callable[[], float]


def send(app: App, to: str, word: Word) -> SentTest:
    """Send the message and record that. Raises `BadInput` for a wrong address."""
    id_ = coded(uuid4())
    values = {"person": word.person, "at": moment_in_words(word.at), "id": str(id_)}
    written = app.templates.mail(*TEMPLATE, values)
    mail = staff_message(app.sender, to, written, at=word.at, id_=id_)
    envelope = replace(mail.envelope, mail_from=app.sender.mail_from(id_))
    outcome = offer(app.staff_transport(), replace(mail, envelope=envelope))
    with app.sessions.begin() as session:
        journal.append(session, TEST_SENT.by(word, id_, verdict=outcome.verdict.value))
    return SentTest(id_, to, envelope.mail_from, word.at, outcome)


def find(app: App, test: SentTest, patience: Patience) -> Iterator[Finding]:
    """Yield how the message left, and what a copy of it or a notice about it tells."""
    yield _left(test)
    if test.outcome.verdict not in {Verdict.ACCEPTED, Verdict.IN_DOUBT}:
        return
    is_ours = folded(_without_plus(test.to)) in _our_mailboxes(app)
    if not is_ours:
        yield _look_yourself(test)
        return
    try:
        copy, notice = _wait(app, test, patience)
    except Unavailable as error:
        yield look("message.back", "What came back could not be collected.", f"{error}.", AGAIN)
        return
    if copy:
        yield fine("message.back", "A copy of the test message came back to our mailbox.")
        yield from told_by(app, test, copy)
    elif notice:
        yield _noticed(notice)
    else:
        yield look(
            "message.back",
            f"Nothing came back within {patience.seconds:.0f} seconds.",
            "It may be on its way, held by a filter, or lost.",
            "Look into the mailbox and its junk folder; `--wait SECONDS` waits longer.",
        )


AGAIN: Final = "Mend the mailbox, and send another."


def _left(test: SentTest) -> Finding:
    outcome = test.outcome
    if outcome.verdict is Verdict.ACCEPTED:
        return fine("message.sent", f"The mail server took a test message to {test.to}.")
    if outcome.verdict is Verdict.IN_DOUBT:
        said = outcome.reply.said if outcome.reply else str(outcome)
        return look("message.sent", "Whether the test message left is in doubt.", f"{said}.", AGAIN)
    means, to_do = of_reply(
        outcome.reply, str(outcome), "Show the reply to your mail administrator."
    )
    return stops("message.sent", "The mail server did not take the test message.", means, to_do)


def _look_yourself(test: SentTest) -> Finding:
    return look(
        "message.back",
        f"What arrives at {test.to} cannot be seen from here.",
        "In its source, Authentication-Results should say pass for spf, dkim and dmarc, and "
        f"Return-Path should be {test.mail_from}.",
        "Look at the message there, and into the junk folder; or send one to our own mailbox.",
    )


def _our_mailboxes(app: App) -> set[str]:
    if not (app.inboxes or app.settings.lmtp_listen):
        return set()
    users = {each.at.username for each in app.inboxes if isinstance(each, ImapInbox)}
    return {folded(each) for each in {*users, app.sender.return_path} if "@" in each}


def _without_plus(address: str) -> str:
    local_part, _, domain = address.rpartition("@")
    return f"{local_part.partition('+')[0]}@{domain}"


def _wait(app: App, test: SentTest, patience: Patience) -> tuple[Head | None, Notice | None]:
    """Return the head of the copy that came back, or what a notice about it says, or nothing.

    Raises `Unavailable`. A notice that it is only delayed is not waited past, nor is one that it
    was delivered: the copy may come after that.
    """
    ends_at = patience.monotonic() + patience.seconds
    while True:
        for inbox in app.inboxes:
            receive.collect(app.sessions, inbox, app.clock)
        with app.sessions.read() as session:
            came = store.contents_since(session, test.at - EARLIER)
        about = [each for each in came if _is_about(test, each)]
        heads = [head_of(each) for each in about]
        if copy := next((each for each in heads if each.delivery_id == str(test.id)), None):
            return copy, None
        is_over = patience.monotonic() >= ends_at
        notice = _read(about[-1]) if about else None
        if is_over or (notice and notice.category is Category.BOUNCE):
            return None, notice
        patience.sleep(POLL_SECONDS)


def _is_about(test: SentTest, content: bytes) -> bool:
    """Whether a message names ours, by an id that nobody can guess."""
    lower = content.lower()
    names = (str(test.id), test.id.hex, test.mail_from.partition("@")[0].partition("+")[2])
    return any(name.lower().encode() in lower for name in names if name)


def _read(content: bytes) -> Notice | None:
    with Reader() as reader:
        read = reader.read(content)
    return read if isinstance(read, Notice) else None


def _noticed(notice: Notice) -> Finding:
    said = next((each.text for each in notice.fates if each.text), "")
    if notice.category is Category.BOUNCE:
        return stops(
            "message.back",
            "The test message came back as undeliverable.",
            f"The server's words: {said or 'none'}.",
            "Mend what they say before any letter leaves.",
        )
    if notice.category is Category.DELIVERED:
        return fine("message.back", "A notice says that the test message was delivered.")
    return look(
        "message.back",
        f"A notice came back about the test message ({notice.category.value}).",
        f"The server's words: {said or 'none'}.",
        "Wait, and look into the mailbox.",
    )


def told_by(app: App, test: SentTest, copy: Head) -> Iterator[Finding]:
    """Yield what the copy tells: what the receiver saw, and what the server changed on the way."""
    yield _judged(seen(copy.results, _receivers(app, test.to)))
    for each in copy.signatures[:1]:
        selector, domain = each.get("s", "?"), each.get("d", "?")
        yield fine("message.dkim", f"It is signed with the selector {selector} of {domain}.")
    if copy.return_path and folded(copy.return_path) != folded(test.mail_from):
        yield look(
            "message.return_path",
            f"It arrived with another return path: {copy.return_path}.",
            "A bounce would not name its delivery by the return path.",
            "Set DISPATCH_RETURN_PATH_STYLE=plain, or send by a relay or a connector.",
        )
    if copy.message_id != message_id(test.id, app.sender) and not copy.signed:
        yield look(
            "message.headers",
            "The server replaced our Message-ID, and took our signed header out.",
            "A bounce could name its delivery by the return path alone.",
            "Ask your mail administrator to leave X-Dispatch-Signed in.",
        )


def _receivers(app: App, to: str) -> set[str]:
    domain = domain_of(to)
    servers = {each.at.host for each in app.inboxes if isinstance(each, ImapInbox)}
    return {domain, *servers, *look_up(domain).hosts}


def _judged(results: list[Seen] | None) -> Finding:
    if not results:
        return look(
            "message.authentication",
            "The receiving server does not say what it saw.",
            "It writes no Authentication-Results of its own, or none about SPF, DKIM and DMARC.",
            "Send one to a mailbox at another provider, and look at its source there.",
        )
    said = ", ".join(f"{each.method} {each.result}" for each in results)
    passed = {each.method for each in results if each.result == "pass"}
    if {"spf", "dkim", "dmarc"} <= passed:
        return fine("message.authentication", f"The receiving server saw: {said}.")
    finding = stops if any(each == ("dmarc", "fail") for each in _pairs(results)) else look
    return finding(
        "message.authentication",
        f"The receiving server saw: {said}.",
        "Receivers may refuse our letters, or file them as junk.",
        "Mend what did not pass; the findings about our DNS records say how.",
    )


def _pairs(results: list[Seen]) -> Iterator[tuple[str, str]]:
    return ((each.method, each.result) for each in results)
