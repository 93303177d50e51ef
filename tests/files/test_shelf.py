from __future__ import annotations

import pytest

from dispatch.files.shelf import Shelf


def test_rows_are_read_back_by_their_key_in_any_order() -> None:
    with Shelf[str]() as shelf:
        for code in ("OXO", "ADU"):
            shelf.put(code, ({"code": code, "figure": name} for name in ("upheld", "d\u0175r")))
        assert [*shelf] == ["OXO", "ADU"]
        assert shelf["ADU"] == [
            {"code": "ADU", "figure": "upheld"},
            {"code": "ADU", "figure": "d\u0175r"},
        ]
        assert shelf["OXO"][0] == {"code": "OXO", "figure": "upheld"}
        assert len(shelf) == 2


def test_what_is_put_there_again_takes_the_place_of_what_was_there() -> None:
    with Shelf[str]() as shelf:
        shelf.put("OXO", [{"figure": "upheld"}])
        shelf.put("OXO", [{"figure": "decided"}])
        assert dict(shelf) == {"OXO": [{"figure": "decided"}]}


def test_a_key_that_nothing_was_put_there_for_has_none() -> None:
    with Shelf[str]() as shelf:
        assert shelf.get("OXO") is None
        with pytest.raises(KeyError):
            shelf["OXO"]
