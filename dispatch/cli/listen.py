"""`dispatch listen`: take messages in as they arrive."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from threading import Thread
from typing import NoReturn

import click
from structlog.stdlib import get_logger

from dispatch import log
from dispatch.app import App, database_explained, ready
from dispatch.database import DatabaseTrouble
from dispatch.domain.errors import DispatchError
from dispatch.domain.incoming.message import Arrival, lmtp_on
from dispatch.incoming import receive
from dispatch.mail.incoming.imap import ImapInbox
from dispatch.mail.incoming.lmtp import Listener
from dispatch.sending.store.first_letters import INBOX
from dispatch.tracking.store import heartbeats

logger = get_logger("dispatch.cli")


@click.command()
@click.pass_obj
def listen(app: App) -> None:
    """Take messages in as they arrive, until stopped.

    They come by LMTP, and from IMAP by IDLE: DISPATCH_LMTP_LISTEN and DISPATCH_IMAP_URL say where.
    With neither it only waits. The workers read what is stored.
    """
    log.begin(app.settings.log_format, app.settings.log_level)
    ready(app)
    if not app.settings.lmtp_listen:
        _follow(app)

    def store(message: bytes, arrival: Arrival) -> None:
        receive.store(app.sessions, message, arrival, now=app.clock())

    try:
        with Listener(app.settings.lmtp_listen, store):
            Thread(target=_note_alive, args=[app], daemon=True).start()
            _follow(app)
    except OSError as error:
        raise click.ClickException(
            f"DISPATCH_LMTP_LISTEN cannot be used: {error.strerror or error}"
        ) from error


def _note_alive(app: App) -> NoReturn:
    """Note for ever that what was handed over by LMTP is stored: each message is at once."""
    name = lmtp_on(app.settings.lmtp_listen)
    while True:
        with suppress(DatabaseTrouble), app.sessions.begin() as session:
            heartbeats.beat(session, INBOX, name, app.clock(), timedelta(0))
        time.sleep(app.settings.poll_seconds)


def _follow(app: App) -> NoReturn:
    """Follow the IMAP inboxes for ever; between two attempts after trouble, wait."""
    inboxes = [each for each in app.inboxes if isinstance(each, ImapInbox)]
    while True:
        is_following = [news(app, each) for each in inboxes]
        if not all(is_following) or not inboxes:
            time.sleep(app.settings.poll_seconds)


def news(app: App, inbox: ImapInbox) -> bool:
    """Take in what arrives for a while; False if the server has no IDLE or does not answer."""
    try:
        with database_explained():
            return receive.follow(app.sessions, inbox, app.clock)
    except DispatchError as error:
        logger.warning("no mail can be taken in", trouble=log.said_by(error))
        return False
