"""The envelopes with a window, and where on the sheet an address shows in it.

All lengths are millimetres. An envelope's window is measured from its left and its bottom edge, as
the trade gives it. The sheet is A4, folded with the address outside: in three for a DL envelope, in
half for a C5. A folded sheet is smaller than its envelope and slides in it, so an address shows
surely only where the window is over it however the sheet lies. This is that part: `shows`.

The window of a DL envelope is 35 by 90, 20 from the left and 18 from the bottom, as British makers
sell it; BS 4264 has one of 39 by 93 with the same left and bottom edge, so that what shows in the
smaller shows in that as well. That of a C5 is 35 by 90, 20 from the left and 60 from the bottom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

A4_WIDTH: Final = 210.0
A4_HEIGHT: Final = 297.0

CLEARANCE: Final = 1.0
"""Between the address and the edge of what surely shows: printers are out by half as much."""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a sheet, from its left and top edges."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def holds(self, other: Box) -> bool:
        """Whether another lies in it."""
        across = self.left <= other.left and other.right <= self.right
        return across and self.top <= other.top and other.bottom <= self.bottom


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An envelope with a window, and how the sheet is folded for it."""

    name: str
    """As it is written in commands: dl."""
    words: str
    """What people read for it."""
    width: float
    height: float
    window_width: float
    window_height: float
    from_left: float
    from_bottom: float
    panels: int
    """Into how many parts of equal height the sheet is folded."""

    @property
    def panel(self) -> float:
        """The height of the folded sheet."""
        return A4_HEIGHT / self.panels

    @property
    def folds(self) -> tuple[float, ...]:
        """Where the sheet is folded, from its top edge."""
        return tuple(self.panel * each for each in range(1, self.panels))

    @property
    def slack(self) -> tuple[float, float]:
        """How far the folded sheet slides across and down in the envelope."""
        return self.width - A4_WIDTH, self.height - self.panel

    @property
    def _window(self) -> Box:
        """The window on the sheet, if the sheet lies at the left and the top of the envelope."""
        bottom = self.height - self.from_bottom
        right = self.from_left + self.window_width
        return Box(self.from_left, bottom - self.window_height, right, bottom)

    @property
    def shows(self) -> Box:
        """What shows in the window however the sheet lies."""
        window, (across, down) = self._window, self.slack
        return Box(window.left, window.top, window.right - across, window.bottom - down)

    @property
    def may_show(self) -> Box:
        """What may show in it: nothing but the address may stand there."""
        window, (across, down) = self._window, self.slack
        return Box(window.left - across, window.top - down, window.right, window.bottom)

    @property
    def address(self) -> Box:
        """Where the address is printed."""
        shown = self.shows
        return Box(
            shown.left + CLEARANCE,
            shown.top + CLEARANCE,
            shown.right - CLEARANCE,
            shown.bottom - CLEARANCE,
        )


DL: Final = Envelope(
    name="dl",
    words="DL (110 by 220 mm, the sheet folded in three)",
    width=220,
    height=110,
    window_width=90,
    window_height=35,
    from_left=20,
    from_bottom=18,
    panels=3,
)
C5: Final = Envelope(
    name="c5",
    words="C5 (162 by 229 mm, the sheet folded in half)",
    width=229,
    height=162,
    window_width=90,
    window_height=35,
    from_left=20,
    from_bottom=60,
    panels=2,
)
ENVELOPES: Final[Mapping[str, Envelope]] = {each.name: each for each in (DL, C5)}
"""By the names that commands and forms give them."""
