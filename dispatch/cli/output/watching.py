"""Look at the database again and again, for less than a hundredth of a processor core."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Final

from dispatch.database import Sessions
from dispatch.domain.tracking.looks import wait_after

LOOK_SECONDS: Final = 0.25


def looks(sessions: Sessions) -> Generator[bool, None, None]:
    """Yield at every look whether anything may have changed since the one before; first yes.

    Between two looks it waits, the longer, the longer the caller took over the first of them. To
    ask whether anything has changed costs next to nothing: see `Sessions.watched`.
    """
    with sessions.watched() as may_have_changed:
        while True:
            began = time.monotonic()
            yield may_have_changed()
            time.sleep(wait_after(time.monotonic() - began, least=LOOK_SECONDS))
