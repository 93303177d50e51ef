"""Log trouble that lasts: one line when it begins, one an hour, and one when it ends.

The clock meets the same trouble each second: with a traceback each time, a full disk would get a
gigabyte of log a day. Each process has a record of its own. No line has an address in it.
"""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from kombu.exceptions import OperationalError
from structlog.stdlib import get_logger

from dispatch import log, telemetry
from dispatch.database import DatabaseTrouble
from dispatch.database.trouble import in_words
from dispatch.domain.errors import DispatchError
from dispatch.domain.upkeep.logged import cleaned

HOUR_SECONDS: Final = 3600.0
DISK: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})

logger = get_logger("dispatch.worker")


@dataclass(slots=True)
class _Spell:
    """One trouble while it lasts."""

    began_at: float
    told_at: float
    times: int = 1
    tasks: set[str] = field(default_factory=set)
    """The tasks that met it and have not succeeded since."""


class Troubles:
    """The troubles of one process that last at the moment, by their cause."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._spells: dict[str, _Spell] = {}

    def met(self, cause: str, task: str, words: str, *, error: BaseException | None = None) -> None:
        """Note that a task met trouble. With an `error`, its traceback is logged as it begins."""
        now = self._monotonic()
        words = cleaned(words)
        spell = self._spells.get(cause)
        if spell is None:
            self._spells[cause] = _Spell(now, now, tasks={task})
            logger.warning("trouble begins", what=cause, task=task, trouble=words, exc_info=error)
            return
        spell.times += 1
        spell.tasks.add(task)
        if now - spell.told_at >= HOUR_SECONDS:
            spell.told_at = now
            lasted = round(now - spell.began_at)
            logger.warning(
                "trouble goes on", what=cause, trouble=words, seconds=lasted, times=spell.times
            )

    def well(self, task: str) -> None:
        """Note that a task succeeded: trouble ends once all tasks that met it have succeeded."""
        for cause, spell in list(self._spells.items()):
            spell.tasks.discard(task)
            if not spell.tasks:
                del self._spells[cause]
                lasted = round(self._monotonic() - spell.began_at)
                logger.info("trouble is over", what=cause, seconds=lasted, times=spell.times)

    def run(self, task: str, work: Callable[[], object]) -> None:
        """Do a task's work; whatever it raises is logged by the rule, and is not raised."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the next task must run, and this one again
            telemetry.failed(error)
            cause, words, is_expected = _described(task, error)
            self.met(cause, task, words, error=None if is_expected else error)
        else:
            self.well(task)


def _described(task: str, error: Exception) -> tuple[str, str, bool]:
    """Return the cause of an error, its words, and whether such trouble is to be expected."""
    match error:
        case DatabaseTrouble():
            return "the database does not answer as it should", in_words(error), True
        case OperationalError():
            return "the broker does not answer", str(error), True
        case OSError() if error.errno in DISK:
            return "the disk cannot be written to", str(error.strerror), True
        case DispatchError():
            return f"{task} cannot be done", log.said_by(error) or type(error).__name__, True
        case _:
            words = log.said_by(error)
            named = type(error).__name__
            return f"{task} failed", f"{named}: {words}" if words else named, False


TROUBLES: Final = Troubles()
"""Those of this process."""


class Seldom(logging.Filter):
    """Lets each warning of Celery and kombu through once an hour, without a traceback.

    They repeat themselves every few seconds while the broker is away.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._monotonic = monotonic
        self._told_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a record."""
        if not record.name.startswith(("celery.worker.consumer", "kombu")):
            return True
        key = (record.name, str(record.msg))
        now = self._monotonic()
        if now - self._told_at.get(key, -HOUR_SECONDS) < HOUR_SECONDS:
            return False
        self._told_at[key] = now
        record.exc_info, record.exc_text = None, None
        return True
