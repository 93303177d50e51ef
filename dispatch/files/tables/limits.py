"""How large an incoming table may be: far above any real one, far below what would do harm."""

from __future__ import annotations

from typing import Final

ROWS: Final = 100_000
COLUMNS: Final = 200
CELL_CHARACTERS: Final = 10_000
