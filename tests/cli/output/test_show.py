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
