"""An office's pages, and a browser that has signed in to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import jinja2
import pytest
from flask import Flask
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from dispatch.app import App
from dispatch.domain.people.account import AccountRole
from dispatch.web.site import site
from tests.web.browser import Browser, an_account


class Compiled(jinja2.BytecodeCache):
    """Keeps compiled templates from one test to the next: to compile takes longer than the rest."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is kept of a template; Jinja looks whether it is of its present text."""
        if kept := self.kept.get(bucket.key):
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


COMPILED: Final = Compiled()

Builder = Callable[..., tuple[str, str]]
BUILDERS: Final[dict[object, Builder]] = {}
"""What builds the addresses of each route: five of six parts of what it takes to make the pages."""


def _share_builders() -> None:
    """Let the pages of each test use what was compiled for the same routes of another."""
    compiled: Callable[..., Builder] = Rule._compile_builder  # noqa: SLF001 - no other way in

    def known(rule: Rule, append_unknown: bool) -> Builder:
        defaults = tuple((rule.defaults or {}).items())
        key = (rule.rule, tuple(rule._trace), defaults, append_unknown)  # noqa: SLF001
        if key not in BUILDERS:
            BUILDERS[key] = compiled(rule, append_unknown)
        return BUILDERS[key]

    Rule._compile_builder = known  # type: ignore[method-assign, assignment] # noqa: SLF001


_share_builders()


@pytest.fixture
def visitors() -> list[AccountRole | None]:
    """The role of who has signed in, last; None for nobody."""
    return [AccountRole.EDITOR]


@pytest.fixture
def pages(app: App, visitors: list[AccountRole | None]) -> Flask:
    """The pages of the office."""

    def visitor() -> object:
        role = visitors[-1]
        return role and an_account(role)

    made = site(app, visitor)  # type: ignore[arg-type] # an account, or None
    made.jinja_env.bytecode_cache = COMPILED
    return made


@pytest.fixture
def browser(pages: Flask) -> Browser:
    """A browser in which an editor has signed in."""
    return Browser(pages.test_client())
