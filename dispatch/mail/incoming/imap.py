"""A folder on an IMAP server (RFC 3501), as an inbox.

A message keeps its identity for ever: its folder, the folder's UIDVALIDITY and its UID. So one
that is stored is never fetched again. Fetching does not mark it (BODY.PEEK); it is moved, or
marked as seen, only once it is stored.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self, cast
from urllib.parse import quote

from imapclient import IMAPClient, SocketTimeout, imap4, tls
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from dispatch.batches import batches
from dispatch.child import MEBIBYTE
from dispatch.domain.errors import Unavailable
from dispatch.domain.incoming.message import IMAP, Arrival
from dispatch.domain.reply import Reply
from dispatch.mail.incoming.inbox import MOST_AT_A_LOOK, Known, Store
from dispatch.mail.incoming.reader import LARGEST
from dispatch.mail.oauth.tokens import NoToken, Token, Tokens, secrets_of, without_secrets, xoauth2
from dispatch.mail.server_url import UrlShape, is_loopback

TIMEOUT: Final = SocketTimeout(connect=15, read=45)
"""Seconds; together no longer than from one look to the next, so that a silent server holds up one
worker and not all of them."""

AT_ONCE: Final = 200
"""Messages marked by one command: servers take lines of a few thousand characters."""

WINDOW: Final = 50_000
"""Messages asked about by one command."""

IDLE_SECONDS: Final = 540.0
"""How long one IDLE lasts: firewalls may drop a silent connection, and servers do so after half an
hour (RFC 2177)."""

LOOK_SECONDS: Final = 300.0
"""How long one look may take, however slowly the server answers: the other inboxes are waiting."""

MOST_MESSAGES: Final = 5_000_000
"""The most messages that a folder is believed to hold."""

MOST_OCTETS: Final = LARGEST + 8 * MEBIBYTE
"""The most that a server may answer to one command: a message, and what belongs to it."""

MOST_IN_LINES: Final = 2 * MEBIBYTE
"""How much of that may stand in lines, which imapclient reads letter by letter."""

BODY: Final = f"BODY.PEEK[]<0.{LARGEST + 1}>"
"""All of a message, up to the most it may have and one byte more, to show the excess."""

NO_RIGHT: Final = "User is authenticated but not connected."
"""What Exchange says to any command after a login to a mailbox that it may not open."""

Client = Any
"""imapclient's, whose methods have no types."""

URL: Final = UrlShape(
    server="IMAP server",
    ports={"imap": 143, "imaps": 993},
    options=("done", "ca"),
    example="write it as imaps://USER:PASSWORD@HOST/FOLDER, with ?done=FOLDER to move mail to",
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where a mailbox is, which of its folders is meant, and how safe the line to it is."""

    host: str
    port: int
    username: str
    password: str | None = field(default=None, repr=False)
    tokens: Tokens | None = field(default=None, repr=False, compare=False)
    """Where the user's tokens come from, if there is no password."""
    folder: str = "INBOX"
    done: str | None = None
    """The folder that stored mail is moved to; None to mark it as seen where it is."""
    security: str = "tls"
    """tls, starttls or none."""
    ca_file: Path | None = None

    @classmethod
    def from_url(
        cls, url: str, *, tokens: Tokens | None = None, shape: UrlShape = URL, folder: str = "INBOX"
    ) -> Self:
        """Read `imaps://` (TLS at once) or `imap://` (STARTTLS), with `?done=FOLDER&ca=FILE`.

        Without TLS only to this machine. User, password and folder are percent-encoded; a user
        without a password logs in with `tokens`. `folder` is meant if none is named. Raises
        `BadInput`.
        """
        found = shape.read(url)
        if not found.username or not (found.password or tokens):
            shape.refuse("lacks a user or a password, and DISPATCH_OAUTH_… are not set")
        plain = "none" if is_loopback(found.host) else "starttls"
        return cls(
            host=found.host,
            port=found.port,
            username=found.username,
            password=found.password or None,
            tokens=None if found.password else tokens,
            folder=found.path or folder,
            done=found.options.get("done") or None,
            security="tls" if found.scheme == "imaps" else plain,
            ca_file=found.ca_file,
        )

    @property
    def name(self) -> str:
        """What the folder is called in our records: its address without the password."""
        user = quote(self.username, safe="")
        return f"imap://{user}@{self.host}:{self.port}/{quote(self.folder)}"


@dataclass(frozen=True, slots=True)
class ImapInbox:
    """One folder of a mailbox."""

    at: Mailbox

    @classmethod
    def from_url(cls, url: str, *, tokens: Tokens | None = None) -> Self:
        """Return the inbox at a URL; see `Mailbox.from_url`."""
        return cls(Mailbox.from_url(url, tokens=tokens))

    @property
    def name(self) -> str:
        return self.at.name

    def collect(self, known: Known, store: Store) -> None:
        """Store the messages that are new in the folder, and mark those that are stored."""
        with self.opened(LOOK_SECONDS) as client:
            self._look(client, known, store)

    def follow(self, known: Known, store: Store, *, seconds: float = IDLE_SECONDS) -> bool:
        """Collect, wait until the server reports news or the time is up, and collect that.

        Returns False at once if the server has no IDLE: then the caller must poll.
        """
        with self.opened(seconds + 2 * LOOK_SECONDS) as client:
            while not self._look(client, known, store):
                pass
            if not client.has_capability("IDLE"):
                return False
            client.idle()
            try:
                news = client.idle_check(timeout=seconds)
            finally:
                client.idle_done()
            if news:
                self._look(client, known, store)
            return True

    @contextmanager
    def opened(self, seconds: float) -> Iterator[Client]:
        """Stay logged in for the length of the block, and no longer than `seconds`.

        Raises `Unavailable` for any trouble.
        """
        line = _Line()
        try:
            token = self.at.tokens.get(self.at.username) if self.at.tokens else None
            with _hung_up_after(seconds, line), self._logged_in(line, token) as client:
                yield client
        except NoToken as error:
            raise _explained(self.at, error.reply) from error
        except _LoginRefused as error:
            raise _explained(self.at, error.reply) from None
        except (OSError, IMAPClientError) as error:
            # Only the error's type: its text may quote the command, and with it the password.
            reply = Reply("SELECT", 0, str(error))
            if self.at.tokens and reply.meaning:
                raise _explained(self.at, replace(reply, text=NO_RIGHT)) from None
            raise Unavailable(
                f"the IMAP server {self.at.host}:{self.at.port}: {_named(error)}"
            ) from error

    @contextmanager
    def _logged_in(self, line: _Line, token: Token | None) -> Iterator[Client]:
        """Log in over a new connection; once more if a token that was kept is refused.

        Raises `NoToken`.
        """
        with ExitStack() as stack:
            server = _Server(stack.enter_context(self._connected(line)), line)
            if token is None:
                server.login(self.at.username, self.at.password)
            elif self.at.tokens:
                try:
                    _log_in_by_token(server, self.at.username, token)
                except _LoginRefused:
                    if token.is_new:
                        raise
                    stack.close()
                    server = _Server(stack.enter_context(self._connected(line)), line)
                    token = self.at.tokens.get(self.at.username, refused=token)
                    _log_in_by_token(server, self.at.username, token)
            yield server

    def _connected(self, line: _Line) -> Client:
        is_tls = self.at.security == "tls"
        context = None
        if self.at.security != "none":
            context = ssl.create_default_context(cafile=self.at.ca_file)
        with _nonsense_refused():
            client = _Client(
                line,
                self.at.host,
                self.at.port,
                ssl=is_tls,
                ssl_context=context if is_tls else None,
                timeout=TIMEOUT,
            )
            if self.at.security == "starttls":
                client.starttls(context)
        return client

    def _look(self, client: Client, known: Known, store: Store) -> bool:
        """Store some new messages, then mark all that are stored; return whether none are left.

        A message that the server cannot give does not hold up the others: it is reported as
        `Unavailable` once they are stored.
        """
        selected = client.select_folder(self.at.folder)
        uidvalidity = int(selected.get(b"UIDVALIDITY", 0))
        if not uidvalidity:
            raise Unavailable(f"the IMAP server {self.at.host} gives its folder no UIDVALIDITY")
        count = int(selected.get(b"EXISTS", 0))
        if count > MOST_MESSAGES:
            raise Unavailable(f"the IMAP server {self.at.host} claims to hold {count} messages")
        stored = set(known(self.at.name, uidvalidity))
        there = _found(client, "ALL", count)
        new = [uid for uid in there if uid not in stored]
        taken, lost = self._take_some(client, new[:MOST_AT_A_LOOK], uidvalidity, store)
        stored.update(taken)
        self._mark(client, [uid for uid in there if uid in stored], count)
        if lost:
            raise Unavailable(
                f"the IMAP server {self.at.host} cannot give {len(lost)} of its messages, "
                f"such as the one with UID {lost[0]}"
            )
        return len(new) <= MOST_AT_A_LOOK or not taken

    def _take_some(
        self, client: Client, uids: Sequence[int], uidvalidity: int, store: Store
    ) -> tuple[list[int], list[int]]:
        """Store some messages; return the UIDs of those, and of those the server cannot give."""
        taken, lost = [], []
        for uid in uids:
            try:
                if self._take(client, uid, uidvalidity, store):
                    taken.append(uid)
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                lost.append(uid)
        return taken, lost

    def _take(self, client: Client, uid: int, uidvalidity: int, store: Store) -> bool:
        """Fetch one message and store it; False if it has gone."""
        fetched = client.fetch([uid], [BODY]).get(uid, {})
        bodies = (value for key, value in fetched.items() if key.startswith(b"BODY[]"))
        message = next(bodies, None)
        if message is None:
            return False
        message = message[: LARGEST + 1]  # some servers send all, and not the part asked for
        store(message, Arrival(source=IMAP, folder=self.at.name, uidvalidity=uidvalidity, uid=uid))
        return True

    def _mark(self, client: Client, uids: Sequence[int], count: int) -> None:
        """Move messages away, or mark them as seen, unless that was done before."""
        if not uids:
            return
        unmarked = set(_found(client, "UNDELETED" if self.at.done else "UNSEEN", count))
        marked = [uid for uid in uids if uid in unmarked]
        for chunk in batches(marked, AT_ONCE):
            if self.at.done is None:
                client.add_flags(chunk, [b"\\Seen"], silent=True)
            else:
                _move(client, chunk, self.at.done)


class _LoginRefused(Exception):
    """The server did not accept a token; its reply is without what we said."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.text)
        self.reply = reply


TROUBLES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (ConnectionRefusedError, "nothing listens there"),
    (TimeoutError, "it did not answer in time"),
    (socket.gaierror, "no host of that name is known"),
    (ssl.SSLError, "its TLS certificate cannot be trusted, or it does not speak TLS there"),
    (LoginError, "it does not accept our user and password"),
)
"""What kinds of trouble mean; the first that fits."""


def _named(error: Exception) -> str:
    """Return what is wrong in words, with the error's type, by which it can be looked up."""
    name = type(error).__name__
    words = next((words for kind, words in TROUBLES if isinstance(error, kind)), None)
    return f"{words} ({name})" if words else name


def _log_in_by_token(server: _Server, mailbox: str, token: Token) -> None:
    """Say AUTHENTICATE XOAUTH2. A server that refuses may first say why, and wants an empty line.

    Raises `_LoginRefused`.
    """
    words = iter([xoauth2(mailbox, token)])
    try:
        server.sasl_login("XOAUTH2", lambda _: next(words, b""))
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        said = without_secrets(str(error), secrets_of(mailbox, token))
        raise _LoginRefused(Reply("AUTHENTICATE", 0, said)) from None


def _explained(at: Mailbox, reply: Reply) -> Unavailable:
    """Return an error that has what a reply says, what it means and what to do."""
    said = f"the IMAP server {at.host}:{at.port}: {reply.said}"
    means = f": {meaning.means}; {meaning.to_do}" if (meaning := reply.meaning) else ""
    return Unavailable(f"{said}{means}", theirs=reply.text)


@contextmanager
def _nonsense_refused() -> Iterator[None]:
    """Break off if a server talks nonsense, which breaks imaplib and imapclient in any way."""
    try:
        yield
    except (OSError, IMAPClientError):
        raise
    except Exception as error:  # noqa: BLE001 - see above
        raise IMAPClientAbortError(type(error).__name__) from None


class _Server:
    """An IMAP server as imapclient knows it, believed within limits."""

    def __init__(self, client: Client, line: _Line) -> None:
        self._client = client
        self._line = line

    def __getattr__(self, name: str) -> Client:
        command = getattr(self._client, name)

        def asked(*arguments: object, **named: object) -> Client:
            self._line.octets = self._line.in_lines = 0
            with _nonsense_refused():
                return command(*arguments, **named)

        return asked


@dataclass(slots=True)
class _Line:
    """What was read from a server since the last command, and the connection to hang up."""

    octets: int = 0
    in_lines: int = 0
    protocol: imaplib.IMAP4 | None = None

    def count(self, octets: int, *, in_lines: bool) -> None:
        """Count what is read; break off after more than any command needs."""
        self.octets += octets
        self.in_lines += octets if in_lines else 0
        if self.octets > MOST_OCTETS or self.in_lines > MOST_IN_LINES:
            raise IMAPClientAbortError("the server sends more than it was asked for")


class _Limited(imaplib.IMAP4):
    """Counts what it reads: imaplib reads literals of any length, and lines without end.

    The line knows it before it has read anything.
    """

    line: _Line

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        super().open(host, port, timeout)
        self.line.protocol = self

    def read(self, size: int) -> bytes:
        self.line.count(size, in_lines=False)
        return super().read(size)

    def readline(self) -> bytes:
        read = super().readline()
        self.line.count(len(read), in_lines=True)
        return read


class _Plain(_Limited, imap4.IMAP4WithTimeout):  # type: ignore[misc]  # it has no types
    """Without TLS, or before STARTTLS."""


class _Tls(_Limited, tls.IMAP4_TLS):  # type: ignore[misc]
    """With TLS at once."""


class _Client(IMAPClient):  # type: ignore[misc]
    """imapclient, over a connection with limits."""

    def __init__(self, line: _Line, *arguments: object, **named: object) -> None:
        self._line = line
        super().__init__(*arguments, **named)

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802 - the name is imapclient's
        kind: Any = _Tls if self.ssl else _Plain
        made = kind.__new__(kind)
        made.line = self._line
        context = (self.ssl_context,) if self.ssl else ()
        made.__init__(self.host, self.port, *context, self._timeout.connect)
        return cast("imaplib.IMAP4", made)


@contextmanager
def _hung_up_after(seconds: float, line: _Line) -> Iterator[None]:
    """Break the connection off once the time is up: in a greeting, an answer, and the goodbye."""
    timer = threading.Timer(seconds, _hang_up, [line])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(line: _Line) -> None:
    if line.protocol:
        with suppress(OSError):
            line.protocol.sock.shutdown(socket.SHUT_RDWR)


def _found(client: Client, wanted: str, count: int) -> list[int]:
    """Return the UIDs that match. Searches in windows: imaplib rejects longer lines."""
    found: set[int] = set()
    for first in range(1, count + 1, WINDOW):
        last = first + WINDOW - 1
        found.update(client.search(f"{first}:{last if last < count else '*'} {wanted}"))
    return sorted(found)


def _move(client: Client, uids: Sequence[int], folder: str) -> None:
    if not client.folder_exists(folder):
        client.create_folder(folder)
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    client.delete_messages(uids, silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)
