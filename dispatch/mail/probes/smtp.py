"""One session with our mail server: how far it gets, and what the server offers.

The session is opened exactly as for letters. Then MAIL is said with a return path of ours, and
taken back by RSET: no recipient is named, and nothing is sent.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from gevent import socket

from dispatch.domain.reply import Outcome, Reply
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.smtp import SmtpConnection
from dispatch.mail.outgoing.transport import SmtpTransport


class Stage(Enum):
    """Where a session ended that did not get to the return path."""

    NAME = "name"
    CONNECT = "connect"
    TLS = "tls"
    CERTIFICATE = "certificate"
    GREETING = "greeting"
    LOGIN = "login"
    SENDER = "sender"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpFound:
    """What a session came to."""

    failed: Stage | None = None
    trouble: str = ""
    reply: Reply | None = None
    """The reply by which it failed."""
    addresses: tuple[str, ...] = ()
    """Of the server, as the system's resolver gives them."""
    tls: str | None = None
    certificate_ends_at: datetime | None = None
    offers: Mapping[str, str] = field(default_factory=dict)
    """The extensions by their names in lower case."""


VERBS: Final[Mapping[str, Stage]] = {
    "TOKEN": Stage.LOGIN,
    "AUTH": Stage.LOGIN,
    "STARTTLS": Stage.TLS,
}
"""Where the reply to a command ends a session; all others are the greeting."""


def examine(server: SmtpServer, mail_from: str) -> SmtpFound:
    """Open a session, ask for a return path, and say what that came to. Nothing is raised."""
    try:
        found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return SmtpFound(failed=Stage.NAME, trouble=str(error))
    addresses = tuple(dict.fromkeys(str(each[4][0]) for each in found))
    connected = SmtpTransport(server).connect()
    if isinstance(connected, Outcome):
        stage = _stage(connected)
        trouble = str(connected)
        return SmtpFound(failed=stage, trouble=trouble, reply=connected.reply, addresses=addresses)
    assert isinstance(connected, SmtpConnection)  # noqa: S101 - for the type checker
    try:
        return _asked(connected, mail_from, addresses)
    finally:
        connected.close()


def _asked(connection: SmtpConnection, mail_from: str, addresses: tuple[str, ...]) -> SmtpFound:
    found = SmtpFound(
        addresses=addresses,
        tls=connection.tls,
        certificate_ends_at=_ends_at(connection.certificate),
        offers=connection.offers,
    )
    try:
        reply = connection.ask_sender(mail_from)
    except OSError as error:
        trouble = f"connection lost during MAIL: {error}"
        return replace(found, failed=Stage.SENDER, trouble=trouble)
    if reply.code // 100 != TAKEN:
        return replace(found, failed=Stage.SENDER, trouble=str(reply), reply=reply)
    return found


TAKEN: Final = 2


def _ends_at(certificate: Mapping[str, object]) -> datetime | None:
    ends = certificate.get("notAfter")
    if not isinstance(ends, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)


def _stage(outcome: Outcome) -> Stage:
    """Return where a session failed. Without a reply, the outcome's words begin with that."""
    if outcome.reply:
        return VERBS.get(outcome.reply.verb, Stage.GREETING)
    words = outcome.trouble or ""
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return Stage.CERTIFICATE
    if words.startswith("STARTTLS") or "[SSL" in words:
        return Stage.TLS
    if words.startswith("AUTH"):
        return Stage.LOGIN
    return Stage.GREETING if words.startswith("EHLO") else Stage.CONNECT
