"""Bank holidays in England."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from holidays import country_holidays


def bank_holidays(years: Iterable[int]) -> frozenset[date]:
    """Return England's bank holidays in some years, with those moved or added for one year."""
    return frozenset(country_holidays("GB", subdiv="ENG", years=years))
