from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dispatch.cli.output import show


def test_a_moment_is_londons() -> None:
    assert show.when(datetime(2020, 7, 22, 8, tzinfo=UTC)) == "Wed 22 July 2020 09:00 BST"
    assert show.when(datetime(2020, 12, 2, 8, tzinfo=UTC)) == "Wed 2 December 2020 08:00 GMT"


def test_no_markup_in_data_is_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    show.table("[bold]T[/bold]", ("a",), [("[red]x[/red] :smile:",), (None,)])
    assert "[red]x[/red] :smile:" in capsys.readouterr().out


ADDRESSES = (
    "a@x.example",
    "chief.executive@somewhere-with-a-name.example",
    "x" * 80 + "@y.example",
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("others", [1, 2, 4])
def test_no_table_breaks_an_address(
    address: str, others: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    words = "words that go on for longer than one line of a table could ever be"
    columns = ("id", "address", *(f"column {number}" for number in range(others)))
    show.table("A title", columns, [("3f2a1b0c", f"{address}\nits reply", *[words] * others)])
    said = capsys.readouterr().out
    assert address in said
    assert "3f2a1b0c" in said
    assert all(len(line) <= 80 for line in said.splitlines() if address not in line)


def test_what_wants_less_room_gets_it_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    show.table("T", ("a", "b", "c"), [("x", "short words here", "long words " * 9)])
    assert "x  short words here  long words long words" in capsys.readouterr().out
