"""Bank holidays in England."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from holidays import HolidayBase


def bank_holidays(years: Iterable[int]) -> Mapping[date, str]:
    """Return England's bank holidays in some years and their names.

    Those that were moved or added for one year are among them. A year that the library does not
    know has none.
    """
    return dict(_library(tuple(years)))


def _library(years: tuple[int, ...] = ()) -> HolidayBase:
    # Imported here: it takes a quarter of a second, and most commands ask for no day.
    from holidays import country_holidays  # noqa: PLC0415 - see above

    return country_holidays("GB", subdiv="ENG", years=years)


class _England:
    """All of England's bank holidays: the library works out a year when it is first asked for."""

    @cached_property
    def _known(self) -> HolidayBase:
        return _library()

    def __contains__(self, day: object) -> bool:
        return day in self._known


ENGLAND: Final = _England()
