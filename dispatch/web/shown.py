"""A view as a page."""

from __future__ import annotations

from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import jinja2
from flask import Flask, current_app, g, render_template
from govuk_frontend_jinja import __name__ as govuk
from markupsafe import Markup

from dispatch.app import App
from dispatch.database import DatabaseTrouble
from dispatch.domain.calendar import day_in_words, moment_in_words, weekday_in_words
from dispatch.domain.wording.sentences import capitalised, sentence
from dispatch.files.shipped import shipped
from dispatch.incoming.store import inbox
from dispatch.web.files import asset
from dispatch.web.links import link

TEMPLATES: Final = shipped("templates") / "web"


class Macros(jinja2.PackageLoader):
    """Finds GOV.UK Frontend's macros, which look whether an option is there: never an error.

    In our own templates, what nobody gave is one.
    """

    def load(
        self,
        environment: jinja2.Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's own name
    ) -> jinja2.Template:
        """Return a template of macros."""
        return super().load(_lenient(environment), name, globals)


@cache
def _lenient(environment: jinja2.Environment) -> jinja2.Environment:
    return environment.overlay(undefined=jinja2.Undefined)


def furnish(site: Flask, app: App) -> None:
    """Have templates found, with what all of them may use."""
    site.jinja_options = {
        "undefined": jinja2.StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "autoescape": True,
    }
    site.jinja_env.loader = jinja2.ChoiceLoader(
        [
            jinja2.FileSystemLoader(TEMPLATES),
            jinja2.PrefixLoader({govuk: Macros(govuk)}),
        ]
    )
    site.jinja_env.globals.update(
        asset=asset, link=link, office=app.sender.name, mode=app.settings.in_mode
    )
    site.jinja_env.filters.update(
        day=day_in_words,
        weekday=weekday_in_words,
        when=when,
        capitalised=capitalised,
        sentence=sentence,
    )
    site.jinja_env.globals["inbox_count"] = Inbox(app)
    site.context_processor(_of_the_request)


@dataclass
class Inbox:
    """How much of what came in waits for a decision, counted afresh after a few seconds at most."""

    app: App
    _count: int = 0
    _until: datetime | None = None

    def __call__(self) -> int:
        """Return the count; the last one while the database does not answer."""
        now = self.app.clock()
        if not (self._until and self._until - KEPT_FOR <= now < self._until):
            with suppress(DatabaseTrouble), self.app.sessions.read() as session:
                found = inbox.count(session)
                self._count, self._until = found.suggestions + found.quarantined, now + KEPT_FOR
        return self._count

    def take(self, count: int) -> None:
        """Take the count of somebody who has just counted."""
        self._count, self._until = count, self.app.clock() + KEPT_FOR

    def forget(self) -> None:
        """Count again at the next look."""
        self._until = None


KEPT_FOR: Final = timedelta(seconds=5)


def waiting_for_decision(count: int) -> None:
    """Have the menu show a count that the page itself has just made."""
    menu = current_app.jinja_env.globals["inbox_count"]
    if isinstance(menu, Inbox):
        menu.take(count)


def _of_the_request() -> dict[str, Any]:
    return {"account": g.get("account")}


def when(at: datetime | None) -> Markup | str:
    """Return a moment as London's clocks show it, with the moment in UTC for programs."""
    if at is None:
        return ""
    return Markup('<time datetime="{}">{}</time>').format(
        at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), moment_in_words(at)
    )


def page(template: str, status: int = 200, **values: object) -> tuple[str, int]:
    """Return a page: a template with what it shows."""
    return render_template(template, **values), status
