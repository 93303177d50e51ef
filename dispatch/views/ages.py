"""How long ago things were, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from dispatch.tracking.status import is_silent

MOST_SEEN: Final = 6
"""Workers that are named before the rest are counted."""

UNITS: Final = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def seen(moments: Mapping[str, datetime], now: datetime) -> str:
    """Say when each clock or worker was last seen, the silent ones first."""
    ordered = sorted(moments, key=lambda name: (not is_silent(moments[name], now), name))
    said = [f"{name} {ago(moments[name], now)}" for name in ordered[:MOST_SEEN]]
    if len(ordered) > MOST_SEEN:
        said.append(f"{len(ordered) - MOST_SEEN} more")
    return ", ".join(said) or "not seen"


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago a clock or worker was seen, and whether it is taken to be gone."""
    if not is_silent(at, now):
        return f"{lasting(now - at)} ago"
    way = "ahead" if at > now else "ago"
    return f"{lasting(abs(now - at))} {way}: silent"


def lasting(time: timedelta) -> str:
    """Return a length of time in whole units: "3 d"; what is negative is "0 s"."""
    seconds = max(int(time.total_seconds()), 0)
    unit, size = next((unit, size) for unit, size in UNITS if seconds >= size or size == 1)
    return f"{seconds // size} {unit}"
