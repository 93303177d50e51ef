"""`dispatch listen`: take messages in as they arrive."""

from __future__ import annotations

import time
from typing import NoReturn

import click
from structlog.stdlib import get_logger

from dispatch import log
from dispatch.app import App, database_explained, ready
from dispatch.domain.errors import DispatchError
from dispatch.domain.incoming.message import Arrival
from dispatch.incoming import receive
from dispatch.mail.incoming.imap import ImapInbox
from dispatch.mail.incoming.lmtp import Listener

logger = get_logger("dispatch.cli")


@click.command()
@click.pass_obj
def listen(app: App) -> None:
    """Take messages in as they arrive, until stopped.

    They come by LMTP, and from IMAP by IDLE: DISPATCH_LMTP_LISTEN and DISPATCH_IMAP_URL say where.
    With neither it only waits. The workers read what is stored.
    """
    log.begin()
    ready(app)
    if not app.settings.lmtp_listen:
        _follow(app)

    def store(message: bytes, arrival: Arrival) -> None:
        receive.store(app.sessions, message, arrival, now=app.clock())

    try:
        with Listener(app.settings.lmtp_listen, store):
            _follow(app)
    except OSError as error:
        raise click.ClickException(
            f"DISPATCH_LMTP_LISTEN cannot be used: {error.strerror or error}"
        ) from error


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
        logger.warning("no mail can be taken in", trouble=str(error))
        return False
