"""A whole year to try dispatch with: real authorities and figures, the rest made up and marked.

The figures published for 2019-20 cover a dozen councils. Every other count is drawn at random, in
sizes that are usual for its comparison group, and named in the column `synthetic`. The people are
invented, except the addressee of Oxford's letter, and every address ends in `.example`, which no
message can reach (RFC 2606).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from dispatch.demo import figures as sample_figures
from dispatch.demo import people
from dispatch.demo.figures import YEAR, Row
from dispatch.domain.register.authority import COUNCIL
from dispatch.files import disk

LETTER_DATE: Final = date(2020, 7, 22)

ABOLISHED: Final = ("AYL", "BKM", "CHN", "SBU", "WYO", "TAU", "WSO")
"""Councils that were abolished before the letter date, whose letters go to their successors."""

SMALL: Final = (
    *ABOLISHED,
    *("BUC", "SWT"),  # their successors
    *("OXO", "ADU", "WOT", "BIR"),  # shown in the documentation
    *("CMD", "BRY", "LND", "HRT", "CAM", "ESS", "MAN", "DUR", "ESK", "BRX", "BOT", "ENO", "WYC"),
    *("RUH", "HOR", "CAN", "EPP", "HAT", "HAS", "STV", "ROH", "PEN"),
)
"""Councils of every group and, with the default seed, with every variant of the letter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What was written: the three files that are imported, and what they hold."""

    authorities: Path
    contacts: Path
    figures: Path
    existing: tuple[str, ...]
    """Codes of the councils that existed on the letter date; each has its contacts."""
    lettered: tuple[str, ...]
    """Codes of the councils due a letter: the existing ones, and the abolished ones."""
    contact_count: int
    figures_count: int
    """Of the whole year one above the letters: Transport for London's published figures."""


def write(folder: Path, seed: int, reals: Path, codes: Collection[str] | None = None) -> Sample:
    """Write the sample year into `folder`; the same seed writes the same bytes.

    `reals` holds what is not made up: `authorities.csv` and `figures-2019-20.csv`. With `codes`,
    only these councils are written, each as in the whole year, and the authorities that succeed
    them.
    """
    authorities = _read(reals / "authorities.csv")
    councils = _existing(authorities)
    lettered = (*councils, *ABOLISHED)
    published = {row["authority"]: row for row in _read(reals / f"figures-{YEAR}.csv")}
    groups = {row["code"]: row["group"] for row in authorities if row["code"] in lettered}

    contacts = people.contacts(seed, councils)
    figures = sample_figures.figures(seed, {code: groups[code] for code in lettered}, published)
    if codes is not None:
        known = _with_successors(authorities, codes)
        authorities = [row for row in authorities if row["code"] in known]
        contacts = [row for row in contacts if row["authority"] in codes]
        figures = [row for row in figures if row["authority"] in codes]
    disk.private_folder(folder)
    return Sample(
        authorities=_write(folder / "authorities.csv", authorities),
        contacts=_write(folder / "contacts.csv", contacts),
        figures=_write(folder / "figures.csv", figures),
        existing=tuple(code for code in councils if codes is None or code in codes),
        lettered=tuple(code for code in lettered if codes is None or code in codes),
        contact_count=len(contacts),
        figures_count=len(figures),
    )


def small(seed: int, reals: Path) -> frozenset[str]:
    """Return the codes of a small sample, in which mailboxes behave in every way that they can."""
    contacts = people.contacts(seed, existing(reals))
    first = {
        word: row["authority"]
        for row in reversed(contacts)
        if row["role"] == people.CHIEF
        and (word := row["address"].partition(".")[0]) in people.BEHAVIOURS
    }
    return frozenset({*SMALL, *first.values()})


def existing(reals: Path) -> dict[str, Row]:
    """Return the councils that existed on the letter date, by code."""
    return _existing(_read(reals / "authorities.csv"))


def _existing(authorities: Sequence[Row]) -> dict[str, Row]:
    """Return the councils that existed on the letter date, by code; ISO dates sort as text."""
    day = LETTER_DATE.isoformat()
    return {
        row["code"]: row
        for row in authorities
        if row["kind"] == COUNCIL and row["start_date"] <= day <= (row["last_day"] or day)
    }


def _with_successors(authorities: Sequence[Row], codes: Collection[str]) -> set[str]:
    successors = {row["code"]: row["successors"].split() for row in authorities}
    found = set(codes)
    while more := {each for code in found for each in successors.get(code, [])} - found:
        found |= more
    return found


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Sequence[Row]) -> Path:
    with io.StringIO(newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        disk.write(path, file.getvalue().encode())
    return path
