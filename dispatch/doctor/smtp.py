"""The mail server that takes our letters: whether it is reached and safe, and what it offers.

The session is the one that letters have. A reply is explained by the table that judges replies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import uuid4

from dispatch.app import App
from dispatch.doctor import store
from dispatch.doctor.credentials import credential, ending, token
from dispatch.doctor.database import has_tables
from dispatch.domain.doctor.finding import Finding, Level, fine, look, of_reply, stops
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.reply import Reply
from dispatch.mail.outgoing.guard import server_of
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.probes.smtp import SmtpFound, Stage, examine

TIMEOUT: Final = 5.0
"""Seconds to wait for each reply: a server that is slower now will be slower with letters."""

USUAL_LETTER: Final = 2 * 1024 * 1024
"""Octets of a large letter with its attachments, as a message, where none is known."""

ROOM_FOR_HEADERS: Final = 100_000
BASE64: Final = 1.37
"""What an octet takes in base64, with its share of the line ends."""

JUDGES_AT_THE_DOT: Final = (".office365.com", ".outlook.com")
"""Servers that may refuse a return path only once they have the message."""


def find(app: App) -> Iterator[Finding]:
    """Yield what is found, up to what keeps a session from going on."""
    given = server_of(app.transport)
    if given is None:
        yield look(
            "smtp",
            f"No mail server was looked at: letters go to {app.transport.address}.",
            "Whether real letters would leave is not known.",
            "Set DISPATCH_SMTP_URL to the mail server that takes your letters.",
        )
        return
    server = replace(given, timeout=TIMEOUT)
    yield from credential(app)
    if server.tokens and server.username:
        broken = yield from token(server.tokens, server.username, "SMTP.SendAsApp", "smtp")
        if broken:
            return
    sender = app.sender.mail_from(uuid4())
    found = examine(server, sender)
    yield from session(server, found, app.clock())
    if found.failed in {None, Stage.SENDER}:
        yield _size(found, _largest(app))
        yield from _extensions(found)
        yield from _sender(server, found, sender)


def session(server: SmtpServer, found: SmtpFound, now: datetime) -> Iterator[Finding]:
    """Yield how far a session got: name, connection, TLS, certificate, login, up to a failure."""
    for stage, (check, well, trouble, to_do) in STAGES.items():
        if found.failed is stage:
            yield _failed(check, trouble.format(server), found, to_do.format(server))
            return
        if stage is Stage.CERTIFICATE:
            yield from _certificate(server, found, now)
        elif well and not (stage is Stage.LOGIN and not server.username):
            yield fine(check, well.format(server))


STAGES: Final[Mapping[Stage, tuple[str, str, str, str]]] = {
    Stage.NAME: (
        "smtp.name",
        "",
        "The name of the mail server, {0.host}, is not found.",
        "See whether {0.host} in DISPATCH_SMTP_URL is right, and whether the DNS answers.",
    ),
    Stage.CONNECT: (
        "smtp.connection",
        "The mail server {0} answers.",
        "The mail server {0} cannot be reached.",
        "See whether it runs and listens on port {0.port}, and whether a firewall is between.",
    ),
    Stage.TLS: (
        "smtp.tls",
        "",
        "The connection to {0} cannot be made safe.",
        "Ask for TLS 1.2 or newer on the server, or set DISPATCH_SMTP_URL to one that has it.",
    ),
    Stage.CERTIFICATE: (
        "smtp.certificate",
        "",
        "The certificate of {0} is not valid.",
        "Renew it, name the host that it is for, or add `?ca=FILE` for an authority of your own.",
    ),
    Stage.GREETING: (
        "smtp.greeting",
        "",
        "The mail server {0} turns us away.",
        "Show the reply to your mail administrator.",
    ),
    Stage.LOGIN: (
        "smtp.login",
        "The mail server takes our login.",
        "The mail server does not take our login.",
        "Check the user and password in DISPATCH_SMTP_URL, or DISPATCH_OAUTH_…",
    ),
}
"""By where a session may fail: the check, what is said if all is well or not, and what to do."""


def _failed(check: str, found: str, session: SmtpFound, to_do: str) -> Finding:
    """Return the finding of a failure, with what the table of replies says of it."""
    level = Level.LOOK if _passes(session.reply) else Level.STOPS
    means, to_do = of_reply(session.reply, session.trouble, to_do)
    return Finding(check, level, found, f"No letter can leave: {means}", to_do)


def _passes(reply: Reply | None) -> bool:
    """Whether a failure is only about this moment."""
    if reply is None or ((meaning := reply.meaning) and meaning.whose is Whose.US):
        return False
    return reply.code // 100 == NOT_NOW or bool(meaning and meaning.comes_again)


NOT_NOW: Final = 4


def _certificate(server: SmtpServer, found: SmtpFound, now: datetime) -> Iterator[Finding]:
    if found.tls is None:
        if found.failed in {None, Stage.SENDER}:
            yield fine(
                "smtp.tls", f"Mail to {server.host} crosses no network, or may go unencrypted."
            )
        return
    yield fine("smtp.tls", f"The connection is encrypted ({found.tls.split()[0]}).")
    if ends_at := found.certificate_ends_at:
        yield ending("smtp.certificate", f"The certificate of {server.host}", ends_at, now)


def _size(found: SmtpFound, largest: int) -> Finding:
    limit = found.offers.get("size", "")
    if not limit.isdecimal() or int(limit) == 0:
        return fine("smtp.size", "The mail server names no limit of size.")
    shown = f"{int(limit) / 1_000_000:.1f} MB"
    if int(limit) < largest:
        return stops(
            "smtp.size",
            f"The mail server takes messages of {shown} at most.",
            f"The largest letter is about {largest / 1_000_000:.1f} MB as a message.",
            "Ask for a higher limit, or make its attachments smaller.",
        )
    return fine("smtp.size", f"The mail server takes messages of up to {shown}.")


def _largest(app: App) -> int:
    with app.sessions.read() as session:
        found = store.largest_letter(session) if has_tables(session) else None
    return int(found * BASE64) + ROOM_FOR_HEADERS if found else USUAL_LETTER


def _extensions(found: SmtpFound) -> Iterator[Finding]:
    for name, (means, to_do) in EXTENSIONS.items():
        if name in found.offers:
            yield fine(f"smtp.{name}", f"The mail server offers {name.upper()}.")
        else:
            yield look(
                f"smtp.{name}", f"The mail server does not offer {name.upper()}.", means, to_do
            )


EXTENSIONS: Final = {
    "dsn": (
        "No notice says that a letter was delivered: `accepted` is the most that is known.",
        "Nothing, if your provider has no such thing, as Google; else ask for it (RFC 3461).",
    ),
    "8bitmime": (
        "Letters are written so that they do without; a message with raw octets would not go.",
        "Ask whether something between here and the server hides it (RFC 6152).",
    ),
}


def _sender(server: SmtpServer, found: SmtpFound, sender: str) -> Iterator[Finding]:
    shown = _without_token(sender)
    if found.failed is Stage.SENDER:
        yield _failed(
            "smtp.return_path",
            f"The mail server does not take the return path {shown}.",
            found,
            "Ask your mail administrator to let our login use it; see docs/running/mail-out.md.",
        )
    elif server.host.endswith(JUDGES_AT_THE_DOT):
        yield look(
            "smtp.return_path",
            f"The return path {shown} was taken for now.",
            "This server may still refuse it once it has the message.",
            "Send one to yourself: `dispatch doctor --send-to ADDRESS`.",
        )
    else:
        yield fine("smtp.return_path", f"The return path {shown} is taken.")


def _without_token(address: str) -> str:
    """Return a return path as people know it: nobody needs its 42 characters."""
    mailbox, _, domain = address.rpartition("@")
    name, plus, _ = mailbox.partition("+")
    return f"{name}{'+…' if plus else ''}@{domain}"
