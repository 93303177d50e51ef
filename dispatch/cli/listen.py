"""`dispatch listen`: mail is taken in as it comes."""

from __future__ import annotations

import time

import click
from structlog.stdlib import get_logger

from dispatch.app import App, database_explained, ready
from dispatch.domain.errors import DispatchError
from dispatch.domain.incoming import Arrival
from dispatch.incoming import receive as receiving
from dispatch.mail.incoming.imap import ImapBox
from dispatch.mail.incoming.lmtp import Listener

logger = get_logger("dispatch.cli")


@click.command()
@click.pass_obj
def listen(app: App) -> None:
    """Take mail in as it comes, until stopped: by LMTP, and from IMAP as the server tells.

    By whatever of DISPATCH_LMTP_LISTEN and DISPATCH_IMAP_URL is set; with neither it waits.
    What is stored is read by the workers.
    """
    ready(app)
    if not app.settings.lmtp_listen:
        return _follow(app)

    def keep(mail: bytes, arrival: Arrival) -> None:
        receiving.store(app.sessions, mail, arrival, now=app.clock())

    try:
        with Listener(app.settings.lmtp_listen, keep):
            return _follow(app)
    except OSError as error:
        raise click.ClickException(
            f"DISPATCH_LMTP_LISTEN cannot be used: {error.strerror or error}"
        ) from error


def _follow(app: App) -> None:
    """Wait for news from IMAP; between two tries after trouble, and without it, just wait."""
    boxes = [each for each in app.postboxes if isinstance(each, ImapBox)]
    while True:
        is_following = [news(app, each) for each in boxes]
        if not all(is_following) or not boxes:
            time.sleep(app.settings.poll_seconds)


def news(app: App, box: ImapBox) -> bool:
    """Take in what comes for a while; False if the server tells nothing, or is not there."""
    try:
        with database_explained():
            return receiving.follow(app.sessions, box, app.clock)
    except DispatchError as error:
        logger.warning("no mail can be taken in", trouble=str(error))
        return False
