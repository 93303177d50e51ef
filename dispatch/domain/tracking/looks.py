"""How long to wait between two looks at how far a mailout is, so that watching costs little."""

from __future__ import annotations

from typing import Final

SHARE: Final = 150
"""Times that a look took, to wait before the next: it takes under a hundredth of a core."""
LONGEST_SECONDS: Final = 30.0


def wait_after(took: float, *, least: float) -> float:
    """Return for how many seconds to wait after a look that took that many seconds."""
    return min(max(least, SHARE * took), LONGEST_SECONDS)
