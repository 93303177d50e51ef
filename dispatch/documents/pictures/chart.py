"""The doughnut chart beside a percentage."""

from __future__ import annotations

import re
from functools import cache
from math import pi
from typing import Final

RADIUS: Final = 42
CIRCUMFERENCE: Final = 2 * pi * RADIUS
SOURCE: Final = re.compile(r"chart:(100|\d{1,2})")


def charted(source: str) -> int | None:
    """Return the percentage that a picture `chart:57` shows, or None if the picture is a file."""
    found = SOURCE.fullmatch(source)
    return int(found[1]) if found else None


@cache
def doughnut(percent: int) -> str:
    """Return an SVG of a ring, dark from the top for `percent` (0 to 100) of the way round."""
    dark = CIRCUMFERENCE * percent / 100
    ring = f'cx="50" cy="50" r="{RADIUS}" fill="none" stroke-width="14"'
    arc = (
        f'<circle {ring} stroke="#17365c" transform="rotate(-90 50 50)"'
        f' stroke-dasharray="{dark:.3f} {CIRCUMFERENCE:.3f}"/>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f'<circle {ring} stroke="#c3ccd6"/>{arc if percent else ""}</svg>'
    )
