"""Wiring: the one place where settings become the things that do the work."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dispatch import signers
from dispatch.clock import database_clock, reading
from dispatch.database import (
    BrokenConstraint,
    DatabaseTrouble,
    Sessions,
    UnusableUrl,
    connect,
    key_of,
    keys,
    schema,
)
from dispatch.database.keys import KeyUse
from dispatch.database.trouble import in_words, is_outdated, is_passing
from dispatch.domain.errors import BadInput, OutOfOrder, RuleBroken, Unavailable
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.sending.envelope import Sender, SentAs
from dispatch.environment import environment as environment  # noqa: PLC0414 - what others start with
from dispatch.files import disk
from dispatch.files.ownership import check_is_ours, check_is_secret
from dispatch.mail.oauth.tokens import Issuer, Tokens
from dispatch.mail.outgoing.guard import GuardedTransport
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.ways import CatcherTransport, RelayTransport
from dispatch.secret_files import with_secrets
from dispatch.settings import NAMES, Settings

# What only some commands need (Typst, gevent, structlog) is imported where it is made:
# `dispatch mailout list` must answer at once.
if TYPE_CHECKING:
    from dispatch.corrections.post import PostMeans
    from dispatch.database import Session
    from dispatch.documents import Templates
    from dispatch.incoming.process import Processor
    from dispatch.mail.graph import Graph
    from dispatch.mail.incoming.inbox import Inbox
    from dispatch.mail.outgoing.dkim import DkimKey
    from dispatch.mail.outgoing.transport import Transport
    from dispatch.mail.sent_folder import SentFolder
    from dispatch.proof.checkpoints import Signer
    from dispatch.proof.evidence import PackMeans
    from dispatch.tracking.timekeeping import Timekeeper


@dataclass(frozen=True, slots=True)
class App:
    """Everything that a command, a page or a task may need. Tests make their own."""

    settings: Settings
    sessions: Sessions
    templates: Templates
    transport: Transport
    sender: Sender
    clock: Callable[[], datetime]
    """The time that is kept in the database, shifted for a trial."""
    timekeeper: Timekeeper
    """Keeps the time that `clock` shows; for clock processes."""
    person: str
    """Who is at the keyboard, by the name that the machine has for them."""
    inboxes: tuple[Inbox, ...] = ()
    """Where messages that come back are collected from."""
    sent_folder: SentFolder | None = None
    """The folder that gets a copy of each letter, if one does."""

    @property
    def lease(self) -> timedelta:
        """How long a worker may hold what it claims."""
        return timedelta(seconds=self.settings.lease_seconds)

    def staff_transport(self) -> Transport:
        """Return the way to the mail server for messages to staff, counted as letters' are."""
        from dispatch.sending.connections import counted

        most = self.settings.limits.connections
        return counted(self.transport, self.sessions, self.clock, most)

    @property
    def ways_in(self) -> tuple[str, ...]:
        """The names of the ways by which messages come back."""
        from dispatch.mail.incoming.inbox import ways_in

        return ways_in(self.inboxes, self.settings.lmtp_listen)

    @property
    def shift(self) -> timedelta:
        """By how much the clock is shifted for a trial."""
        return timedelta(seconds=self.settings.clock_offset)


def from_environment() -> App:
    """Return the app that the environment, with any `.env` file, describes."""
    return from_environ(environment())


def from_environ(environ: Mapping[str, str]) -> App:
    """Return the app that these variables describe, and nothing else."""
    return build(Settings.read(with_secrets(environ)))


def seconds_until(moment: datetime) -> float:
    """Return by how many seconds a clock must be shifted to show `moment` now."""
    return (moment - datetime.now(UTC)).total_seconds()


def isolated(**settings: str) -> dict[str, str]:
    """Return the environment with these settings and no other: an empty one hides the `.env`."""
    return {**os.environ, **dict.fromkeys(NAMES, ""), **settings}


def build(settings: Settings) -> App:
    """Return an app that talks to the real database and the real mail server.

    Raises `BadInput` that names the setting which cannot be used.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        check_is_ours(settings.home.stat(), f"DISPATCH_HOME, {settings.home.resolve()},")
        _begin_database(settings.database)
        sender = _sender(settings)
    except OSError as error:
        raise BadInput(f"DISPATCH_HOME cannot be used: {error}") from error
    from dispatch.tracking.timekeeping import Timekeeper

    sessions, tokens = _sessions(settings, sender.key, sender.party), _tokens(settings)
    transport, inboxes = _transport(settings, tokens), tuple(_inboxes(settings, tokens))
    return App(
        settings=settings,
        sessions=sessions,
        templates=_templates(settings),
        transport=transport,
        sender=sender,
        clock=database_clock(sessions, settings.clock_offset),
        timekeeper=Timekeeper(reading),
        person=_person(),
        inboxes=inboxes,
        sent_folder=_sent_folder(settings, tokens, inboxes),
    )


UPGRADE: Final = Remedy(kind=RemedyKind.DB_UPGRADE)


def ready(app: App, *, has_known_key: bool = True) -> App:
    """Return the app once its database can be used.

    The tables of an empty SQLite database in the home are made at once; any other database is
    upgraded only when a person says so. Raises `RuleBroken` with what to do, also as `check_key`,
    unless not `has_known_key`.
    """
    with app.sessions.begin() as session:
        match schema.age(session):
            case schema.Age.CURRENT:
                pass
            case schema.Age.EMPTY if not app.settings.database_url:
                schema.upgrade(session)
            case _:
                schema.refuse_unknown(session)
                raise RuleBroken("the database is not up to date", remedy=UPGRADE)
        if has_known_key:
            check_key(app, session)
    return app


def check_key(app: App, session: Session) -> None:
    """Record the secret key if the database knows none; raise `RuleBroken` if it knows another."""
    refuse_without_key(app, session)
    mark = keys.mark_of(key_of(session))
    now = datetime.now(UTC)  # not by the database's clock, whose tables may be as new as this
    if keys.record(session, KeyUse.WRITES, mark, now=now) != mark:
        raise _other_key(
            "secret key that this database was written with",
            f"copy secret.key of the home that has it to {app.settings.key_file.resolve()}, or set "
            f"DISPATCH_SECRET_KEY to what it is set to there",
        )


def refuse_without_key(app: App, session: Session) -> None:
    """Raise `RuleBroken` in a home without a secret key, if the database does not know which."""
    is_known = keys.has_table(session) and keys.known_by(session, KeyUse.WRITES)
    if is_known or not isinstance(app.sender.key, UnkeptKey):
        return
    if not keys.has_events(session):
        raise RuleBroken(
            "this home has no secret key yet, since the database did not answer at the start: "
            "start again"
        )
    raise RuleBroken(
        f"this home has no secret key, and this database was written with one: copy secret.key of "
        f"the home that has it to {app.settings.key_file.resolve()}, or set DISPATCH_SECRET_KEY to "
        f"what it is set to there. Only if nobody has that key any more, set it to a new one"
    )


def _other_key(which: str, remedy: str) -> RuleBroken:
    return RuleBroken(
        f"this home does not have the {which}: {remedy}. Only if nobody has that key any more: "
        f"`dispatch audit new-keys --because TEXT`"
    )


def with_kept_key(app: App) -> App:
    """Return the app with a secret key that is kept in its home, made now if it has none.

    For a person who says that the key before it is lost.
    """
    if not isinstance(app.sender.key, UnkeptKey):
        return app
    make_key(app.settings.key_file)
    return build(app.settings)


@contextlib.contextmanager
def database_explained() -> Iterator[None]:
    """Turn an error of the database into `Unavailable`: one line, without SQL or its values.

    A broken constraint is a fault in dispatch, and is raised as it is.
    """
    try:
        yield
    except BrokenConstraint:
        raise
    except DatabaseTrouble as error:
        kind = Unavailable if is_passing(error) else OutOfOrder
        raise kind(
            f"the database does not answer as it should: {in_words(error)}",
            remedy=UPGRADE if is_outdated(error) else None,
        ) from error


def ledger_signer(app: App, *, is_new: bool = True) -> Signer:
    """Return what signs checkpoints of the ledger, and backups.

    A missing key is made and recorded, unless not `is_new` or the database knows one that another
    home made; tables of before know none. Raises `BadInput` for a key that cannot be used,
    `RuleBroken` for another one.
    """
    path = app.settings.signing_key_file
    with app.sessions.read() as session:
        is_kept = keys.has_table(session)
        known = keys.known_by(session, KeyUse.SIGNS) if is_kept else None
    other = _other_key(
        "key that the ledger of this database is signed with",
        f"copy ledger.pem of the home that has it (or the file that DISPATCH_SIGNING_KEY names "
        f"there) to {path.resolve()}",
    )
    if known and is_new and not path.exists():
        raise other
    signer = own_signer(app, is_new=is_new)
    if known is None and is_new and is_kept:
        with app.sessions.begin() as session:
            known = keys.record(session, KeyUse.SIGNS, signer.mark, now=datetime.now(UTC))
    if known not in {None, signer.mark}:
        raise other
    return signer


def own_signer(app: App, *, is_new: bool = True) -> Signer:
    """Return what signs with the key of this home, whatever key the database knows.

    Raises `BadInput` for a key that cannot be used.
    """
    from dispatch.files.keys import SigningKey
    from dispatch.proof.checkpoints import Signer

    path = app.settings.signing_key_file
    key = SigningKey.kept(path) if is_new else SigningKey.read(path)
    return Signer(f"{app.sender.domain}/dispatch", key)


def processor(app: App) -> Processor:
    """Return what reads incoming messages and concludes from them."""
    from dispatch.incoming.process import Processor

    return Processor(
        sessions=app.sessions,
        sender=app.sender,
        soft_bounces=app.settings.soft_bounces,
        lease=app.lease,
        clock=app.clock,
    )


def pack_means(app: App, held: Iterable[Path] = ()) -> PackMeans:
    """Return what evidence packs are made with; `held` are checkpoints that the asker has.

    Raises `BadInput` for a checkpoint that our key did not sign.
    """
    from dispatch.proof import checkpoints
    from dispatch.proof.evidence import PackMeans

    signer = ledger_signer(app)
    return PackMeans(
        sessions=app.sessions,
        clock=app.clock,
        signer=signer,
        sender=app.sender,
        templates=app.settings.templates / "evidence",
        stored=checkpoints.stored(app.settings.checkpoints, signer.public),
        held=checkpoints.read(held, signer.public),
    )


def post_means(app: App) -> PostMeans:
    """Return what letters are printed with that go by post."""
    from dispatch.corrections.post import PostMeans

    return PostMeans(
        sessions=app.sessions,
        templates=app.settings.templates / "post",
        office=app.sender.name,
        reply_to=app.sender.reply_to or app.sender.address,
    )


def _begin_database(database: str | Path) -> None:
    """Make the file of a database in the home, which nobody else may read. Raises `OSError`.

    SQLite gives the files that it puts beside it the same mode.
    """
    if isinstance(database, Path) and not database.exists():
        database.touch(mode=0o600)


def _sessions(settings: Settings, key: bytes, party: SentAs | None = None) -> Sessions:
    """Open the database; the URL is not repeated in an error, since it may hold a password."""
    try:
        return connect(settings.database, key, party=party)
    except UnusableUrl as error:
        raise BadInput(
            "DISPATCH_DATABASE_URL cannot be used: write it as "
            "postgresql+psycopg://USER:PASSWORD@HOST/DATABASE or sqlite:///FILE"
        ) from error


def _person() -> str:
    """Return who is at the keyboard, by number if the machine has no name for that user.

    The system says so, and not LOGNAME or USER, which anybody can set.
    """
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def _sender(settings: Settings) -> Sender:
    return Sender(
        name=settings.sender_name,
        address=settings.sender,
        reply_to=settings.reply_to,
        return_path=settings.return_mailbox,
        style=settings.return_path_style,
        key=_key(settings),
        sign=signing.sign if (signing := dkim_key(settings)) else None,
        mode=settings.runs_in,
        rehearsal_to=settings.rehearsal_to,
    )


def dkim_key(settings: Settings) -> DkimKey | None:
    """Return the key that signs messages; None if the mail server does. Raises `BadInput`."""
    return signers.of_messages(
        settings.dkim_key, domain=settings.signs_for, selector=settings.dkim_selector
    )


def _key(settings: Settings) -> bytes:
    """Return the secret key: the one given, or one made and kept in the home.

    None is made for a database that was written with one or does not answer: what is returned then
    is kept nowhere, and `ready` refuses it.
    """
    if given := settings.secret_key.get_secret_value():
        return given.encode()
    if not settings.key_file.exists():
        if _has_had_a_key(settings):
            return UnkeptKey(secrets.token_bytes(32))
        make_key(settings.key_file)
    return settings.key_file.read_bytes()


class UnkeptKey(bytes):
    """A secret key that is in memory alone, in the place of one that this home does not have."""


def _has_had_a_key(settings: Settings) -> bool:
    """Whether the database was written with a secret key; so, too, if it does not answer."""
    sessions = _sessions(settings, b"")
    try:
        with sessions.read() as session:
            return keys.has_events(session) or (
                keys.has_table(session) and keys.known_by(session, KeyUse.WRITES) is not None
            )
    except DatabaseTrouble:
        return True
    finally:
        sessions.dispose()


def make_key(path: Path) -> None:
    """Write a new key that nobody else can read. Of two processes at once, the first wins."""
    disk.write_once(path, secrets.token_urlsafe(32).encode())


def _templates(settings: Settings) -> Templates:
    from dispatch.documents.templates import LimitedTemplates

    password = settings.pdf_certificate_password.get_secret_value()
    signer = signers.of_letters(settings.pdf_certificate, password)
    return LimitedTemplates(settings.templates, signer)


def _tokens(settings: Settings) -> Tokens | None:
    """Return what gives tokens for SMTP and IMAP, if the settings name an application."""
    if (issuer := settings.token_issuer) is None:
        return None
    _check_issuer(issuer)
    return Tokens(issuer)


def _check_issuer(issuer: Issuer) -> None:
    issuer.check_library()
    for path in issuer.secret_files:
        check_is_secret(path)


def graph(app: App) -> Graph:
    """Return what asks Microsoft Graph for message traces. Raises `BadInput` without settings."""
    from dispatch.mail.graph import Graph

    issuer = app.settings.graph_issuer
    if issuer is None:
        raise BadInput(
            "Microsoft Graph needs an application: set DISPATCH_OAUTH_TENANT, "
            "DISPATCH_OAUTH_CLIENT_ID, and its secret or certificate, or give the message trace as "
            "a file with --message-trace"
        )
    _check_issuer(issuer)
    return Graph(issuer, app.settings.graph_url, app.settings.oauth_ca)


def _transport(settings: Settings, tokens: Tokens | None) -> Transport:
    if settings.uses_catcher:
        return CatcherTransport(settings.catcher_port_file)
    smtp_url = settings.smtp_url.get_secret_value()
    host = settings.smtp_plaintext_host or None
    relay = RelayTransport(SmtpServer.from_url(smtp_url, plaintext_host=host, tokens=tokens))
    return GuardedTransport(relay, settings.runs_in, settings.allow_list)


def _inboxes(settings: Settings, tokens: Tokens | None) -> Iterator[Inbox]:
    if url := settings.imap_url.get_secret_value():
        from dispatch.mail.incoming.imap import ImapInbox

        yield ImapInbox.from_url(url, tokens=tokens)
    if settings.incoming_maildir:
        from dispatch.mail.incoming.maildir import Maildir

        yield Maildir(settings.incoming_maildir)


def _sent_folder(
    settings: Settings, tokens: Tokens | None, inboxes: tuple[Inbox, ...]
) -> SentFolder | None:
    """Return the folder for copies of letters; None if there is none, or nothing really leaves."""
    if not (url := settings.sent_url.get_secret_value()):
        return None
    from dispatch.mail.sent_folder import SentFolder

    try:
        folder = SentFolder.from_url(url, tokens=tokens)
    except BadInput as error:
        raise BadInput(f"DISPATCH_SENT_URL cannot be used: {error}") from None
    if folder.name in {each.name for each in inboxes}:
        raise BadInput(
            "DISPATCH_SENT_URL cannot be used: it is the folder of DISPATCH_IMAP_URL, and each "
            "copy would be taken in as a message that came back; name another folder at its end"
        )
    return None if settings.uses_catcher else folder
