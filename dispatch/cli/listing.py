"""A list of records in its three forms: a table for people, JSON and CSV for their programs.

The table is only shown. What a program gets can be passed on, so it is on record in the ledger
before a byte of it is printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import click

from dispatch.app import App
from dispatch.cli.output import show
from dispatch.domain.digest import plain, sha256
from dispatch.domain.spreadsheet import Row, to_csv
from dispatch.proof.export import export
from dispatch.proof.store.filters import Wanted


class Form(Enum):
    """What a program is given."""

    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Records, and how each is shown; rows are made when they are asked for, and once."""

    what: str
    """Of what, in one word, such as events."""
    count: int
    nothing: str
    """What is said where there are none."""
    shown: tuple[Sequence[str], Iterable[Sequence[object]]]
    """Heads and rows of the table for people."""
    table: tuple[Sequence[str], Iterable[Row]]
    """Columns and rows of the CSV."""
    data: Iterable[object]

    def show(self) -> None:
        """Print it for people to read."""
        if self.count:
            show.table(f"{self.what.capitalize()}: {self.count}", *self.shown)
        else:
            click.echo(self.nothing)

    def hand_out(self, app: App, form: Form, wanted: Wanted) -> None:
        """Print it for a program, once the ledger has who took how much by which filters."""
        text = to_csv(*self.table).decode() if form is Form.CSV else _json(self.data)
        detail = {"format": form.value, "rows": str(self.count), "sha256": sha256(text.encode())}
        if used := ", ".join(wanted.filters):
            detail["filters"] = used
        with app.sessions.begin() as session:
            export(session, self.what, detail, person=app.person, now=app.clock())
        click.echo(text, nl=False)


def _json(data: Iterable[object]) -> str:
    return json.dumps(plain(list(data)), indent=2, ensure_ascii=False) + "\n"
