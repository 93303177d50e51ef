"""The page on which a person sees a letter while writing its template."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, Template

BESIDE: Final = Path(__file__).parent
ASSETS: Final = {
    "live.css": "text/css",
    "live.js": "text/javascript",
    "live.svg": "image/svg+xml",
}
"""The files that the page asks for, with their types."""


@cache
def _template() -> Template:
    source = (BESIDE / "live.html").read_text(encoding="utf-8")
    around = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return around.from_string(source)


def page(**values: Any) -> str:  # noqa: ANN401 - what the page shows
    """Return the page with these values, each of them escaped."""
    return _template().render(values)


def asset(name: str) -> bytes:
    """Return a file that the page asks for."""
    return (BESIDE / name).read_bytes()
