"""How often a process that lives long looks for objects that nobody refers to."""

from __future__ import annotations

import gc
from typing import Final

THRESHOLD: Final = 50_000
"""Objects made before Python looks for garbage among the young ones."""


def settle() -> None:
    """Leave what is there now out when Python looks for garbage, and have it look less often.

    Modules and what they hold stay. To look through them again and again would take a worker a
    tenth of the time that sending takes, and a page with many letters several looks.
    """
    gc.freeze()
    gc.set_threshold(THRESHOLD)
