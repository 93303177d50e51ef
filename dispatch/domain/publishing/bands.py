"""The bands by which a map is coloured.

The bands of percentages are the same for each measure and each year, so that two maps can be laid
side by side. They do not say what is good: more is not always better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final

FEW: Final = 5
"""A percentage of fewer cases moves far with one case more or less, and is marked."""

PERCENTS: Final = (0, 20, 40, 60, 80, 100)
"""Where the bands of percentages begin; the last has 100 % alone."""

RATE_BANDS: Final = 5
STEPS: Final = tuple(Decimal(digit).scaleb(power) for power in range(-1, 7) for digit in (1, 2, 5))
"""The widths that a band of a rate may have: the first that is wide enough."""


@dataclass(frozen=True, slots=True)
class Band:
    """A range of values: from `low`, and below `below`, or without an end."""

    low: Decimal
    below: Decimal | None
    words: str
    """As "20 to 39"."""


def of_percentages() -> tuple[Band, ...]:
    """Return the bands of percentages, which are whole numbers."""
    bounded = tuple(
        Band(Decimal(low), Decimal(below), f"{low} to {below - 1}")
        for low, below in pairwise(PERCENTS)
    )
    return (*bounded, Band(Decimal(PERCENTS[-1]), None, str(PERCENTS[-1])))


def of_rates(values: Iterable[Decimal]) -> tuple[Band, ...]:
    """Return five bands of equal width, in round numbers, that hold all values."""
    most = max(values, default=Decimal(0))
    step = next((each for each in STEPS if each * RATE_BANDS > most), STEPS[-1])
    lows = [step * number for number in range(RATE_BANDS)]
    below = [*lows[1:], None]
    return tuple(
        Band(low, end, f"{low.normalize():f} to under {low + step:f}")
        for low, end in zip(lows, below, strict=True)
    )


def band_of(bands: Iterable[Band], value: Decimal) -> int:
    """Return which band holds a value, from 0."""
    return sum(value >= band.low for band in bands) - 1
