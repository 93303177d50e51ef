"""How large a table may be that comes in: far above any real one, far below what would hurt."""

from __future__ import annotations

from typing import Final

ROWS: Final = 100_000
COLUMNS: Final = 200
CELL_CHARACTERS: Final = 10_000
