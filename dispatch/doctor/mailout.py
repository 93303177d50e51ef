"""What a mailout is checked against, beside the database: for `mailout check` and its page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from dispatch.app import App
from dispatch.domain.mailout import Plan
from dispatch.files.shipped import shipped
from dispatch.letters.plan import examples
from dispatch.mail.exchangers import look_up_all
from dispatch.tracking.readiness import Beside


def checked_against(app: App, *, asks_dns: bool = True) -> Beside:
    """Return what a mailout is checked against. The mail catcher takes mail for any domain."""
    return Beside(
        now=app.clock(),
        templates=app.templates,
        examples=_examples(),
        sender=app.sender,
        rates=app.settings.rates,
        ways_in=app.ways_in,
        look_up=None if app.settings.uses_catcher or not asks_dns else look_up_all,
    )


@cache
def _examples() -> Sequence[Plan]:
    """Return the plans that came with this release: a page must not read them each time."""
    return examples(shipped("config") / "mailouts")
