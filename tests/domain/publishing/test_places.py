from __future__ import annotations

import csv

import pytest

from dispatch.domain.errors import BadInput
from dispatch.domain.publishing.places import Place, read
from tests.conftest import ROOT

HEAD = b"panel,authority,name,q,r\n"
MAP = ROOT / "templates" / "upload" / "maps" / "england-2020.csv"


def test_a_map_says_where_each_authority_is_drawn() -> None:
    content = HEAD + b"Councils,OXO,Oxford,-3,4\nCouncils,CMD,Camden, 0 ,1\n"
    assert read("a.csv", content) == (
        Place("Councils", "OXO", "Oxford", -3, 4),
        Place("Councils", "CMD", "Camden", 0, 1),
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "this is not CSV"),
        (b"\xff", "this is not CSV"),
        (HEAD, "has rows with the columns panel, authority, name, q, r"),
        (b"authority,q\nOXO,1\n", "has rows with the columns"),
        (HEAD + b"A,OXO,Oxford,1\n", "this is not CSV"),
        (HEAD + b"A,,Oxford,1,1\n", "line 2: panel, authority and name need a text"),
        (HEAD + b'A,OXO,"Ox\nford",1,1\n', "line 2: panel, authority and name need a text"),
        (HEAD + b"A,OXO,Oxford,1.5,1\n", "line 2, q: 1.5: this is not a whole number"),
        (HEAD + b"A,OXO,Oxford,1,201\n", "line 2, r: 201: this is not a whole number"),
        (HEAD + b"A,OXO,Oxford,1,1\nA,CMD,Camden,1,1\n", "line 3: CMD: line 2 has that place"),
        (HEAD + b"A,OXO,Oxford,1,1\nA,OXO,Oxford,1,2\n", "line 3: OXO: line 2 has that place"),
        (HEAD + b"A,OXO,Oxford,1,1\n" * 5001, "it has 5001 rows; at most 5000"),
    ],
)
def test_a_map_that_is_wrong_is_refused_with_the_line(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=r"^a\.csv") as refused:
        read("a.csv", content)
    assert said in str(refused.value)


def test_every_council_of_the_sample_year_has_one_place_on_the_map_of_england() -> None:
    with (ROOT / "config" / "sample" / "authorities.csv").open(encoding="utf-8") as file:
        names = {
            row["code"]: row["name"]
            for row in csv.DictReader(file)
            if row["kind"] == "council"
            and row["start_date"] <= "2020-07-22" <= (row["last_day"] or "2020-07-22")
        }
    found = read(MAP.name, MAP.read_bytes())
    assert {each.authority: each.name for each in found} == names
    assert len(found) == len(names) == 339
    assert b"Copyright (c) 2017- Open Innovations" in MAP.with_suffix(".txt").read_bytes()
