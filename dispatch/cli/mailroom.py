"""What workers do with mail that came in, done at once for a person who waits."""

from __future__ import annotations

from typing import Final

from dispatch.app import App
from dispatch.incoming.conclude import Conclusion, conclude_due
from dispatch.incoming.receive import Mailroom
from dispatch.mail.incoming.sandbox.parent import Reader

AT_ONCE: Final = 100
"""Notices concluded from between two looks at what is due."""


def mailroom(app: App, reader: Reader) -> Mailroom:
    """Return what reading needs."""
    return Mailroom(app.sessions, app.clock, app.lease, reader)


def conclusions(app: App) -> list[Conclusion]:
    """Draw all conclusions that wait, those of others too."""
    done: list[Conclusion] = []
    while found := _some(app):
        done += found
    return done


def _some(app: App) -> list[Conclusion]:
    soft_bounces = app.settings.soft_bounces
    return conclude_due(
        app.sessions, app.sender, soft_bounces=soft_bounces, clock=app.clock, limit=AT_ONCE
    )
