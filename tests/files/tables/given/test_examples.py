from __future__ import annotations

from dispatch.files import authorities, contacts, figures
from dispatch.files.tables.given.examples import EXAMPLES, columns, example
from tests.factories import an_authority

KNOWN = {"OXO": an_authority("OXO")}


def test_the_reader_takes_each_example() -> None:
    assert len(authorities.read("a.csv", example("authorities")).values) == 2
    assert len(contacts.read("a.csv", example("contacts", "OXO"), known=KNOWN).values) == 2
    assert len(figures.read("a.csv", example("figures", "OXO"), known=KNOWN).values) == 1


def test_an_example_has_every_column_and_a_value_in_each_that_is_required() -> None:
    for kind, (table, rows) in EXAMPLES.items():
        assert set(table.required) <= set(columns(kind))
        assert {name for row in rows for name in row} <= set(columns(kind))
        assert example(kind).startswith(b"\xef\xbb\xbf" + table.required[0].encode())
