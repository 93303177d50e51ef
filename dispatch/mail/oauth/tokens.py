"""Tokens: who gives them, how long one is kept, and how a login presents it.

Both providers let an application log in to a mailbox with a token that lasts about an hour. It is
kept in memory alone, and a new one is asked for before it ends. No token or secret is ever part of
a repr, a log or an outcome.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Final, Protocol

from dispatch.domain.errors import BadInput
from dispatch.domain.reply import Outcome, Reply, Verdict

RENEWED_BEFORE: Final = 300.0
"""Seconds before its end at which a new token is asked for. Until it ends the old one still serves,
so that a token endpoint may be away for this long."""

ENDS_BEFORE: Final = 30.0
"""Seconds before its end from which a token is no longer used: it must outlast the login."""

LONGEST: Final = 60.0
"""Seconds that a request may take in all: those of the libraries begin again with each octet."""

TELLING: Final = 8
"""Characters of a secret that give it away."""


class NoToken(Exception):
    """The token endpoint gave none. Its reply has the HTTP status as its code, 0 without one."""

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.reply = Reply("TOKEN", code, text)

    @property
    def outcome(self) -> Outcome:
        """The outcome of every message that needed the token: it says nothing about a recipient."""
        return Outcome(Verdict.DEFERRED, self.reply)


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token endpoint gave."""

    token: str = field(repr=False)
    seconds: float
    """How long it lasts."""


class Issuer(Protocol):
    """The application at a provider that may log in to our mailboxes."""

    @property
    def secret_files(self) -> tuple[Path, ...]:
        """The files that nobody else may read."""
        ...

    def check_library(self) -> None:
        """Raise `BadInput` if the library that asks for its tokens is not installed."""
        ...

    def named(self, mailbox: str) -> str:
        """Return whose token is needed for a mailbox: one may serve all of them."""
        ...

    def ask(self, mailbox: str) -> Granted:
        """Ask for a new token. Raises `NoToken`."""
        ...


def check_library(module: str, extra: str) -> None:
    """Raise `BadInput` if a library is not there, with the extra of dispatch that brings it."""
    try:
        is_there = find_spec(module) is not None
    except ModuleNotFoundError:
        is_there = False
    if not is_there:
        raise BadInput(
            f"DISPATCH_OAUTH_… needs a library that is not installed: "
            f"install dispatch with its extra `{extra}`, as in `pip install '.[{extra}]'`"
        )


@dataclass(frozen=True, slots=True)
class Token:
    """A token for one login."""

    text: str = field(repr=False)
    is_new: bool
    """Whether it was asked for just now. One that is refused must not be asked for again."""


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str = field(repr=False)
    renew_at: float
    ends_at: float


class Tokens:
    """The tokens of one process, kept until shortly before they end. Threads may share it."""

    def __init__(self, issuer: Issuer, elapsed: Callable[[], float] = monotonic) -> None:
        """Take the application, and a clock in seconds."""
        self._issuer = issuer
        self._elapsed = elapsed
        self._kept: dict[str, _Kept] = {}
        self._lock = Lock()

    def get(self, mailbox: str, *, refused: Token | None = None) -> Token:
        """Return a token for a mailbox, other than one that its server has refused.

        Raises `NoToken`.
        """
        name = self._issuer.named(mailbox)
        with self._lock:
            kept = self._kept.get(name)
            if kept and refused and kept.text == refused.text:
                kept = None
            if kept and self._elapsed() < kept.renew_at:
                return Token(kept.text, is_new=False)
            try:
                granted = self._asked_in_time(mailbox)
            except NoToken:
                if kept and self._elapsed() < kept.ends_at:
                    return Token(kept.text, is_new=False)
                raise
            self._kept[name] = self._keep(granted)
            return Token(granted.token, is_new=True)

    def _asked_in_time(self, mailbox: str) -> Granted:
        """Ask in a thread that nobody waits for longer than `LONGEST`. Raises `NoToken`."""
        answers: SimpleQueue[Granted | NoToken] = SimpleQueue()
        Thread(target=_ask, args=(self._issuer, mailbox, answers), daemon=True).start()
        try:
            found = answers.get(timeout=LONGEST)
        except Empty:
            raise NoToken(
                f"no connection to the token endpoint: nothing came in {LONGEST:.0f} seconds"
            ) from None
        if isinstance(found, NoToken):
            raise found
        return found

    def _keep(self, granted: Granted) -> _Kept:
        ends_at = self._elapsed() + granted.seconds
        return _Kept(granted.token, ends_at - RENEWED_BEFORE, ends_at - ENDS_BEFORE)


def _ask(issuer: Issuer, mailbox: str, answers: SimpleQueue[Granted | NoToken]) -> None:
    try:
        answers.put(issuer.ask(mailbox))
    except NoToken as refusal:
        answers.put(refusal)
    except Exception as error:  # noqa: BLE001 - or nobody would be told
        answers.put(NoToken(f"no token can be asked for: {type(error).__name__}"))


def xoauth2(mailbox: str, token: Token) -> bytes:
    """Return what XOAUTH2 says at once: whose mailbox it is, and the token."""
    return f"user={mailbox}\1auth=Bearer {token.text}\1\1".encode()


def secrets_of(mailbox: str, token: Token) -> tuple[str, ...]:
    """Return what a login with a token says that nobody may read."""
    return token.text, b64encode(xoauth2(mailbox, token)).decode()


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return a text without the words that repeat a part of a secret: some servers echo a command.

    The secrets are as they were sent: in base64, say. A line that repeats one may be cut short.
    """
    said = [each for each in secrets if each]
    return " ".join(
        "..." if any(_repeats(word, each) for each in said) else word for word in text.split(" ")
    )


def _repeats(word: str, secret: str) -> bool:
    """Whether a word has a part of a secret, in any letter case."""
    word, secret = word.lower(), secret.lower()
    size = min(len(secret), TELLING)
    return any(secret[at : at + size] in word for at in range(len(secret) - size + 1))
