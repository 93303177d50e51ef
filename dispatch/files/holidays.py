"""Bank holidays in England."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from holidays import country_holidays


def bank_holidays(years: Iterable[int]) -> Mapping[date, str]:
    """Return England's bank holidays in some years and their names.

    Those that were moved or added for one year are among them. A year that the library does not
    know has none.
    """
    return dict(country_holidays("GB", subdiv="ENG", years=years))
