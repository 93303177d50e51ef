"""Connecting to the mail server: the interface that sending uses, and SMTP behind it."""

from __future__ import annotations

import smtplib
from base64 import b64encode
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import gevent
from gevent import ssl

from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.replies import SafeSession, Session, is_well_formed, quoted, reply
from dispatch.mail.outgoing.smtp import POSITIVE, SmtpConnection

NOT_KNOWN: Final = frozenset({500, 502, 504})
"""Replies to EHLO of a server that knows HELO alone (RFC 5321 3.2)."""

MOST_WAITS: Final = 4
"""How many times the wait for one reply all that comes before the first message may take: looking
up the name, each address, the greeting, TLS and login. With ten minutes for the reply to the dot
it is well within a lease."""


class Connection(Protocol):
    """A connection to a mail server, for several messages."""

    @property
    def server(self) -> str:
        """Host and port, and the name that the server gives itself."""
        ...

    @property
    def tls(self) -> str | None:
        """The TLS version and cipher, or None without TLS."""
        ...

    @property
    def is_usable(self) -> bool:
        """Whether it can take another message; if not, close it and connect again."""
        ...

    def offer(
        self,
        envelope: Envelope,
        message: bytes,
        *,
        before_dot: Callable[[], bool],
        needs_smtputf8: bool = False,
    ) -> Outcome:
        """Offer a message to one recipient and return the outcome.

        `before_dot` is called once all but the final dot has been sent, when the server cannot
        have accepted the message yet. If it returns False, or raises, the dot is never sent.
        """
        ...

    def close(self) -> None:
        """End the session. Never raises: what was accepted stays accepted."""
        ...


class Transport(Protocol):
    """Makes connections to a mail server."""

    @property
    def address(self) -> str:
        """The mail server, as people are shown it: host and port."""
        ...

    def connect(self) -> Connection | Outcome:
        """Return a connection, or the deferred outcome for every message that needed it."""
        ...


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """Makes connections to one SMTP server."""

    server: SmtpServer

    @property
    def address(self) -> str:
        """Host and port."""
        return str(self.server)

    def connect(self) -> Connection | Outcome:
        """Open a session: greeting, EHLO, TLS and login, as the settings say.

        Any failure here is about the server or our login, never about a recipient, so the outcome
        is deferred. No password is sent before TLS.
        """
        at = "CONNECT"
        limit = MOST_WAITS * self.server.timeout
        slow = TimeoutError(f"no session after {limit:.0f} seconds")
        try:
            with gevent.Timeout(limit, slow), ExitStack() as on_failure:
                smtp = _call(self.server)
                on_failure.callback(smtp.close)
                at = "EHLO"
                _greet(smtp, self.server)
                at = "STARTTLS"
                _secure(smtp, self.server)
                at = "AUTH"
                _log_in(smtp, self.server)
                connection = SmtpConnection(smtp, self.server)
                on_failure.pop_all()
                return connection
        except smtplib.SMTPResponseException as answer:
            return _turned_away(at, answer, self.server)
        except (OSError, ValueError) as trouble:
            # ValueError: a host name that cannot be looked up, a challenge that is not base64.
            return Outcome(Verdict.DEFERRED, trouble=f"{at} to {self.server}: {trouble}")


def _call(server: SmtpServer) -> Session:
    own_name = server.own_name or _this_machine()
    if server.security == "tls":
        return SafeSession(
            server.host, server.port, own_name, timeout=server.timeout, context=_tls(server.ca_file)
        )
    return Session(server.host, server.port, own_name, timeout=server.timeout)


def _greet(smtp: Session, server: SmtpServer) -> None:
    """Say EHLO, or HELO to a server that does not know it (RFC 5321 3.2): it has no extensions."""
    code, text = smtp.ehlo()
    if code in NOT_KNOWN:
        if missing := _needs_extension(server):
            said = quoted(reply("EHLO", code, text))
            raise smtplib.SMTPNotSupportedError(
                f"the server does not know EHLO ({said}), and without it there is no {missing}, "
                f"which DISPATCH_SMTP_URL asks for"
            )
        code, text = smtp.helo()
    if code // 100 != POSITIVE:
        raise smtplib.SMTPHeloError(code, text)


def _needs_extension(server: SmtpServer) -> str | None:
    """Return what the settings ask for that only an extension can do."""
    if server.security == "starttls":
        return "STARTTLS"
    return "login" if server.username else None


def _secure(smtp: Session, server: SmtpServer) -> None:
    if server.security != "starttls":
        return
    if not smtp.has_extn("starttls"):
        raise smtplib.SMTPNotSupportedError(
            "the server does not offer STARTTLS; if mail to it may cross the network in the "
            f"clear, set DISPATCH_SMTP_PLAINTEXT_HOST={server.host}"
        )
    smtp.starttls(context=_tls(server.ca_file))
    _greet(smtp, server)


def _log_in(smtp: Session, server: SmtpServer) -> None:
    if server.username and server.password is not None:
        smtp.login(server.username, server.password)


def _turned_away(verb: str, answer: smtplib.SMTPResponseException, server: SmtpServer) -> Outcome:
    given = reply(verb, answer.smtp_code, answer.smtp_error)
    given = replace(given, text=_without_login(given.text, server))
    if is_well_formed(given):
        return Outcome(Verdict.DEFERRED, given)
    return Outcome(Verdict.DEFERRED, trouble=f"{verb} was answered with {quoted(given)}")


def _without_login(text: str, server: SmtpServer) -> str:
    """Return a reply's text without the words that repeat our login: some servers echo a command.

    The password may be there as it is or in base64, alone or after the user's name (RFC 4616), and
    the line may be cut short.
    """
    password = server.password or ""
    sent = (password, f"\0{server.username}\0{password}")
    secrets = [password, *(b64encode(each.encode()).decode() for each in sent)] if password else []
    return " ".join(
        "..." if any(_repeats(word, each) for each in secrets) else word for word in text.split(" ")
    )


TELLING: Final = 8
"""Characters of a secret that give it away."""


def _repeats(word: str, secret: str) -> bool:
    """Whether a word has a part of a secret, in any letter case."""
    size = min(len(secret), TELLING)
    parts = {secret[at : at + size].lower() for at in range(len(secret) - size + 1)}
    return any(part in word.lower() for part in parts)


@cache
def _tls(ca_file: Path | None) -> ssl.SSLContext:
    """Return the TLS context, made once for the process: reading certificates takes 35 ms.

    It is gevent's class: sockets of `create_default_context` would block all other connections.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # it checks certificate and name
    if ca_file:
        context.load_verify_locations(ca_file)
    else:
        context.load_default_certs()
    return context


@cache
def _this_machine() -> str:
    """Return the host name, or the address in brackets; smtplib would look it up at every call."""
    return smtplib.SMTP().local_hostname
