"""An office's pages for a test, with what was compiled for those of other tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import jinja2
from flask import Flask
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from dispatch.app import App
from dispatch.web import visiting
from dispatch.web.access import Visitor
from dispatch.web.site import site


def pages_of(app: App, visitor: Visitor = visiting.visitor) -> Flask:
    """Return the pages of an office; `visitor` says whose each request is."""
    made = site(app, visitor)
    made.jinja_env.bytecode_cache = COMPILED
    return made


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
