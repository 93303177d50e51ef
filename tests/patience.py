"""How long a test waits for another process or thread before it says that it hangs."""

from __future__ import annotations

from typing import Final

HANG_SECONDS: Final = 900.0
"""A hundred times what the slowest such step takes: only a hang reaches it, on any machine.

The limit of a whole test, in `pyproject.toml`, is above it.
"""
