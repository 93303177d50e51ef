"""Settings that do not fit each other, and who may read them.

What cannot work at all is refused when the settings are read; here is what a person may overlook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from dispatch.app import App
from dispatch.domain.doctor.finding import Finding, fine, look, stops
from dispatch.domain.errors import BadInput
from dispatch.domain.sending.envelope import ReturnPathStyle
from dispatch.domain.wording.counts import counted
from dispatch.mail.outgoing.guard import server_of
from dispatch.mail.server_url import is_loopback
from dispatch.upkeep.folder import behind

OTHERS: Final = 0o077
"""The bits of a file's mode that let anybody else do anything with it."""

SLOWEST_CONVERSATION: Final = 840
"""Seconds: four waits of a minute until the first message, and ten minutes at the final dot."""


def find(app: App) -> Iterator[Finding]:
    """Yield what is odd, or one finding that nothing is."""
    found = [finding for look_at in ALL if (finding := look_at(app))]
    yield from found or [fine("settings", "The settings fit each other.")]
    yield from _env_file(Path(".env"))
    yield from _templates(app.settings.templates)


def _templates(templates: Path) -> Iterator[Finding]:
    """Look whether this version gives other templates than the office has."""
    folder = templates.absolute().parent
    try:
        found = behind(folder)
    except (BadInput, OSError) as error:
        yield look(
            "settings.templates",
            "What dispatch gave to the office's folder cannot be read.",
            "After an upgrade nobody would see which templates are old.",
            f"{error}.",
        )
        return
    if found:
        files = counted(len(found), "file", "files")
        yield look(
            "settings.templates",
            f"This version gives {files} otherwise than {folder} has them, such as {found[0]}.",
            "Letters are made by the templates there, and may miss what this version mends.",
            f"Run `dispatch init {folder}` to see which, and `--update` to take them.",
        )


def _env_file(path: Path) -> Iterator[Finding]:
    """Look at who may read the file, which holds passwords. Who may change it was looked at."""
    if not path.is_file():
        return
    if path.stat().st_mode & OTHERS:
        yield look(
            "settings.env_file",
            "Other users of this machine may read .env.",
            "It may hold passwords and the secret key.",
            f"Run `chmod 600 {path.absolute()}`.",
        )
    else:
        yield fine("settings.env_file", "Nobody else may read .env.")


def _catcher(app: App) -> Finding | None:
    if not app.settings.uses_catcher:
        return None
    return look(
        "settings.catcher",
        "Letters go to the mail catcher, and so to nobody.",
        "That is right for a trial, and wrong for a mailout.",
        "Set DISPATCH_SMTP_URL to the mail server that takes your letters.",
    )


def _sender(app: App) -> Finding | None:
    needed = ADDRESSES[:1] if app.settings.return_path_style is ReturnPathStyle.PLAIN else ADDRESSES
    unset = [
        f"DISPATCH_{name.upper()}" for name in needed if name not in app.settings.model_fields_set
    ]
    if app.settings.uses_catcher or not unset:
        return None
    return stops(
        "settings.sender",
        f"{' and '.join(unset)} {'is' if len(unset) == 1 else 'are'} not set.",
        "Letters would come from an address that is made up.",
        "Set what letters come from, and the mailbox that bounces come back to.",
    )


ADDRESSES: Final = ("sender", "return_path")


def _office(app: App) -> Finding | None:
    if app.settings.office:
        return None
    return look(
        "settings.office",
        "DISPATCH_OFFICE is empty.",
        "Nobody is told what will not happen on its date, nor who is not reached.",
        "Name the addresses of those who must act.",
    )


def _incoming(app: App) -> Finding | None:
    if app.inboxes or app.settings.lmtp_listen:
        return None
    return look(
        "settings.incoming",
        "Nothing that comes back is taken in.",
        "A bounce would be seen by nobody, and the authority would count as reached.",
        "Set DISPATCH_IMAP_URL, DISPATCH_INCOMING_MAILDIR or DISPATCH_LMTP_LISTEN.",
    )


def _plaintext_host(app: App) -> Finding | None:
    named, server = app.settings.smtp_plaintext_host, server_of(app.transport)
    if not named or server is None or named.lower() == server.host or is_loopback(server.host):
        return None
    return look(
        "settings.plaintext_host",
        f"DISPATCH_SMTP_PLAINTEXT_HOST names {named}, which is another server.",
        f"It does nothing: letters go to {server.host}, with TLS.",
        "Leave it empty, or name the host of DISPATCH_SMTP_URL.",
    )


def _pace(app: App) -> Finding | None:
    excesses = list(app.settings.limits.excesses())
    if not excesses:
        return None
    return look(
        "settings.pace",
        "Letters would leave faster than the mail provider allows.",
        f"{'. '.join(excesses)}.",
        "Leave out DISPATCH_RATE and DISPATCH_ALL_CONNECTIONS, unless your contract says more.",
    )


def _lease(app: App) -> Finding | None:
    seconds = app.settings.lease_seconds
    if app.settings.uses_catcher or seconds >= SLOWEST_CONVERSATION:
        return None
    return look(
        "settings.lease",
        f"DISPATCH_LEASE_SECONDS is {seconds}, shorter than a slow conversation.",
        "A letter whose server answers late would be taken back while it is offered, "
        "and be in doubt.",
        "Set 900, which is what it is without the setting.",
    )


def _clock_offset(app: App) -> Finding | None:
    if not app.settings.clock_offset:
        return None
    return look(
        "settings.clock_offset",
        "DISPATCH_CLOCK_OFFSET shifts the clock.",
        "That is right for a trial, and wrong for a mailout.",
        "Leave it out where real letters are sent.",
    )


ALL: Final[tuple[Callable[[App], Finding | None], ...]] = (
    *(_catcher, _sender, _office, _incoming),
    *(_plaintext_host, _pace, _lease, _clock_offset),
)
