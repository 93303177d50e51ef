"""Connecting to the mail server: the interface that sending uses, and SMTP behind it."""

from __future__ import annotations

import smtplib
from base64 import b64encode
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Final, Protocol

import gevent
from gevent import ssl

from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.mail.oauth.tokens import (
    NoToken,
    Token,
    Tokens,
    secrets_of,
    without_secrets,
    xoauth2,
)
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.replies import SafeSession, Session, is_well_formed, quoted, reply
from dispatch.mail.outgoing.smtp import POSITIVE, SmtpConnection

NOT_KNOWN: Final = frozenset({500, 502, 504})
"""Replies to EHLO of a server that knows HELO alone (RFC 5321 3.2)."""

XOAUTH2: Final = "XOAUTH2"
CHALLENGE: Final = 334
NOT_ACCEPTED: Final = 535
"""Replies to AUTH: the server wants to hear more; our credentials are wrong (RFC 4954 6)."""

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
        is deferred. No password or token is sent before TLS. If the server refuses a token that was
        kept from before, one more session is tried with a new one; never a third.
        """
        if self.server.tokens is None:
            return self._connect(None)
        try:
            token = self._token(self.server.tokens)
            connected = self._connect(token)
            if token.is_new or not _is_refused(connected):
                return connected
            return self._connect(self._token(self.server.tokens, refused=token))
        except NoToken as refusal:
            return refusal.outcome

    def _token(self, tokens: Tokens, *, refused: Token | None = None) -> Token:
        """Return a token for our user, while other connections go on. Raises `NoToken`."""
        ask = partial(_asked, tokens, self.server.username or "", refused)
        found = gevent.get_hub().threadpool.apply(ask)
        if isinstance(found, NoToken):
            raise found
        return found

    def _connect(self, token: Token | None) -> Connection | Outcome:
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
                _log_in(smtp, self.server, token)
                connection = SmtpConnection(smtp, self.server)
                on_failure.pop_all()
                return connection
        except smtplib.SMTPResponseException as answer:
            return _turned_away(at, answer, self.server, token)
        except (OSError, ValueError) as trouble:
            # ValueError: a host name that cannot be looked up, a challenge that is not base64.
            return Outcome(Verdict.DEFERRED, trouble=f"{at} to {self.server}: {trouble}")


def _asked(tokens: Tokens, mailbox: str, refused: Token | None) -> Token | NoToken:
    """Return a token, or why there is none: gevent prints the errors of its threads."""
    try:
        return tokens.get(mailbox, refused=refused)
    except NoToken as refusal:
        return refusal


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


def _log_in(smtp: Session, server: SmtpServer, token: Token | None) -> None:
    if token and server.username:
        _log_in_by_token(smtp, server.username, token)
    elif server.username and server.password is not None:
        smtp.login(server.username, server.password)


def _log_in_by_token(smtp: Session, mailbox: str, token: Token) -> None:
    """Say AUTH XOAUTH2 with the token (RFC 4954 4).

    Exchange refuses a token at once. Google first sends the reason as a challenge, in JSON, and
    wants an empty line before it refuses.
    """
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    if XOAUTH2 not in offered:
        raise smtplib.SMTPNotSupportedError("the server does not offer login by XOAUTH2")
    said = b64encode(xoauth2(mailbox, token)).decode()
    code, text = smtp.docmd("AUTH", f"{XOAUTH2} {said}")
    if code == CHALLENGE:
        code, text = smtp.docmd("")
    if code // 100 != POSITIVE:
        raise smtplib.SMTPAuthenticationError(code, text)


def _is_refused(connected: Connection | Outcome) -> bool:
    """Whether the server refused our token, and not the whole way in."""
    answer = connected.reply if isinstance(connected, Outcome) else None
    return answer is not None and (answer.verb, answer.code) == ("AUTH", NOT_ACCEPTED)


def _turned_away(
    verb: str, answer: smtplib.SMTPResponseException, server: SmtpServer, token: Token | None
) -> Outcome:
    given = reply(verb, answer.smtp_code, answer.smtp_error)
    given = replace(given, text=without_secrets(given.text, _secrets(server, token)))
    if is_well_formed(given):
        return Outcome(Verdict.DEFERRED, given)
    return Outcome(Verdict.DEFERRED, trouble=f"{verb} was answered with {quoted(given)}")


def _secrets(server: SmtpServer, token: Token | None) -> tuple[str, ...]:
    """Return what a login may have said that nobody may read.

    The password may stand alone, or after the user's name (RFC 4616), as it is or in base64.
    """
    if token:
        return secrets_of(server.username or "", token)
    if not (password := server.password):
        return ()
    sent = (password, f"\0{server.username}\0{password}")
    return (password, *(b64encode(each.encode()).decode() for each in sent))


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
