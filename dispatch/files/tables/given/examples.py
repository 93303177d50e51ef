"""An example of each kind of file: the columns are the reader's own, so that it is never wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from dispatch.domain.publishing.spreadsheet import MARK, to_csv
from dispatch.files.tables import kinds
from dispatch.files.tables.headings import Columns

EXAMPLES: Final[Mapping[str, tuple[Columns, tuple[Mapping[str, str], ...]]]] = {
    "authorities": (
        kinds.AUTHORITIES,
        (
            {
                "code": "EXA",
                "name": "Exampleton",
                "official_name": "Exampleton City Council",
                "kind": "council",
                "group": "District councils",
                "region": "South East",
            },
            {
                "name": "Exampleshire Parks",
                "official_name": "Exampleshire Parks Authority",
                "slug": "exampleshire-parks",
                "kind": "national park",
                "start_date": "2019-04-01",
            },
        ),
    ),
    "contacts": (
        kinds.CONTACTS,
        (
            {
                "role": "chief executive",
                "address": "chief.executive@exampleton.example",
                "honorific": "Ms",
                "given_name": "Jo",
                "surname": "Adeyemi",
                "job_title": "Chief Executive",
            },
            {"role": "link officer", "address": "complaints@exampleton.example"},
        ),
    ),
    "figures": (
        kinds.FIGURES,
        (
            {
                "year": "2025-26",
                "received": "54",
                "decided": "50",
                "investigated": "12",
                "upheld": "9",
                "compliance_outcomes": "8",
                "complied": "8",
                "complied_late": "1",
                "remedied": "2",
                "population": "152000",
            },
        ),
    ),
}
"""The columns of each kind of file, and rows that are right."""

INSTEAD: Final = frozenset({"name"})
"""Columns of contacts that stand in the place of others: a whole name, for its parts."""


def columns(kind: str) -> tuple[str, ...]:
    """Return the columns that an example has, those first that every file must have."""
    table, _ = EXAMPLES[kind]
    return tuple(each for each in table.names if kind != "contacts" or each not in INSTEAD)


def example(kind: str, code: str = "EXA") -> bytes:
    """Return an example of a kind of file, as CSV that Excel opens.

    `code` is that of an authority which is registered, for the kinds that are about one.
    """
    _, rows = EXAMPLES[kind]
    names = columns(kind)
    about = {"authority": code} if "authority" in names else {}
    return MARK + to_csv(names, [_row(names, {**about, **row}) for row in rows])


def _row(names: Sequence[str], cells: Mapping[str, str]) -> Mapping[str, str]:
    return {name: cells.get(name, "") for name in names}
