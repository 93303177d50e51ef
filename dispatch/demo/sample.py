"""A whole year to try dispatch with: real authorities and figures, the rest made up and marked.

The figures published for 2019-20 cover a dozen councils. Every other count is drawn at random, in
sizes that are usual for its comparison group, and named in the column `synthetic`. The people
are invented, but for the addressee of Oxford's letter, and every address ends in `.example`,
which no mail can reach (RFC 2606).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from dispatch.demo import figures as sample_figures
from dispatch.demo import people
from dispatch.demo.figures import YEAR, Row
from dispatch.domain.authority import COUNCIL

LETTER_DATE: Final = date(2020, 7, 22)

ABOLISHED: Final = ("AYL", "BKM", "CHN", "SBU", "WYO", "TAU", "WSO")
"""Councils that were gone by the letter date, whose letters go to their successors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was written: the three files that the intake reads, and what they hold."""

    authorities: Path
    contacts: Path
    figures: Path
    standing: tuple[str, ...]
    """Codes of the councils that stood on the letter date; each has its contacts."""
    lettered: tuple[str, ...]
    """Codes of the councils due a letter: the standing ones, and the abolished ones."""
    contact_count: int
    figures_count: int
    """One above the letters: Transport for London's published figures are carried along."""


def write(folder: Path, seed: int, reals: Path) -> Sample:
    """Write the sample year into `folder`; the same seed writes the same bytes.

    `reals` holds what is not made up: `authorities.csv` and `figures-2019-20.csv`.
    """
    authorities = _read(reals / "authorities.csv")
    councils = {row["code"]: row for row in authorities if row["kind"] == COUNCIL}
    standing = {code: row for code, row in councils.items() if _stands(row)}
    lettered = (*standing, *ABOLISHED)
    published = {row["authority"]: row for row in _read(reals / f"figures-{YEAR}.csv")}
    groups = {code: councils[code]["group"] for code in lettered}

    contacts = people.contacts(seed, standing)
    figures = sample_figures.figures(seed, groups, published)
    folder.mkdir(parents=True, exist_ok=True)
    return Sample(
        authorities=_write(folder / "authorities.csv", authorities),
        contacts=_write(folder / "contacts.csv", contacts),
        figures=_write(folder / "figures.csv", figures),
        standing=tuple(standing),
        lettered=lettered,
        contact_count=len(contacts),
        figures_count=len(figures),
    )


def _stands(council: Row) -> bool:
    """Whether the council was there on the letter date; dates in ISO 8601 sort as text."""
    day = LETTER_DATE.isoformat()
    return council["start_date"] <= day <= (council["last_day"] or day)


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
