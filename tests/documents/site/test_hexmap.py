"""The map of a mailout, as its page shows it."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.documents.site import Site
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content
from tests.documents.contents import FOLDER, OXFORD, boxes
from tests.documents.site.telling import CAMDEN, Page, a_letter, told

YEAR = "letters/review-2020/index.html"
HEXAGON = r'<a href="([^"]*)" class="([^"]*)"[^>]*><title>([^<]*)</title>'
ENDED = replace(OXFORD, code="AYL", name="Aylesbury Vale", official_name="Aylesbury Vale District")


def drawn(*contents: Content) -> dict[str, str]:
    return told(*contents, drawn="england-2020")


def hexagons(page: str) -> dict[str, tuple[str, str]]:
    """Return the classes and the title of each hexagon that leads to a page, by that page."""
    return {page: (css, title) for page, css, title in re.findall(HEXAGON, page)}


def test_each_authority_is_a_hexagon_with_its_numbers_that_leads_to_its_page() -> None:
    measured = boxes((1, 2, 40), (9, 10, 99))
    files = drawn(a_letter(boxes=measured), a_letter(CAMDEN))
    found = hexagons(files[YEAR])
    assert found["../../authorities/oxo.html"] == ("a2 b4", "Oxford: 50%, 90%")
    assert found["../../authorities/cmd.html"] == ("an bn", "Camden: \u2013, \u2013")
    same = {page.removeprefix("../../"): each for page, each in found.items()}
    assert hexagons(files["index.html"]) == same


def test_a_number_of_few_cases_is_marked_and_one_of_five_is_not() -> None:
    page = drawn(a_letter(boxes=boxes((1, 4, 40), (5, 5, 99))))[YEAR]
    shown = re.search(r"<title>Oxford.*?</a>", page)
    assert shown
    assert '<text class="a few">25</text><text class="b">100</text>' in shown[0]


def test_an_authority_without_a_letter_is_drawn_as_such_and_named() -> None:
    page = drawn(a_letter(boxes=boxes((1, 2, 40))))[YEAR]
    assert page.count('<g class="silent"') == 338
    assert "<title>Camden: no letter</title>" in page
    assert "On the map, without a letter in 2020: Adur," in Page(page).text


def test_an_authority_without_a_hexagon_is_listed_beside_the_map_with_its_numbers() -> None:
    measured = boxes((1, 2, 40), (9, 10, 99))
    page = drawn(a_letter(boxes=measured), a_letter(ENDED, boxes=measured))[YEAR]
    assert "Not on the map" in page
    beside = re.findall(r'<ul class="beside">(.*?)</ul>', page, re.DOTALL)[0]
    assert '<a href="../../authorities/ayl.html">Aylesbury Vale District</a>' in beside
    assert re.findall(r'<span class="(\w)">: ([^<]*)</span>', beside) == [
        ("a", "50%"),
        ("b", "90%"),
    ]


@pytest.mark.parametrize("letter", [a_letter(boxes=boxes((1, 2, 40))), a_letter(ENDED)])
def test_without_a_map_and_where_nobody_is_on_it_there_is_the_list_alone(letter: Content) -> None:
    plain = told(letter)
    assert "map.csv" not in plain
    for page in (plain[YEAR], plain["index.html"], drawn(a_letter(ENDED))[YEAR]):
        assert 'class="map"' not in page
        assert '<th scope="row">' in page


def test_the_bundle_says_whom_the_map_is_by() -> None:
    files = drawn(a_letter(boxes=boxes((1, 2, 40))))
    assert "Copyright (c) 2017- Open Innovations" in files["maps/england-2020.txt"]
    assert "Positions of the hexagons: Open Innovations, hexmaps" in Page(files[YEAR]).text
    assert '"path": "maps/england-2020.txt"' in files["datapackage.json"]
    assert files["map.csv"].startswith("mailout,map,panel,authority_code,")


def test_a_rate_has_bands_of_its_own_and_its_unit() -> None:
    rated = [replace(each, rate="4.2", rate_average="3") for each in boxes((1, 2, 40))]
    page = drawn(a_letter(boxes=tuple(rated)))[YEAR]
    assert "Complaints upheld, per 100,000 residents" in Page(page).text
    assert hexagons(page)["../../authorities/oxo.html"] == ("a2 b4", "Oxford: 50%, 4.2")
    assert "4 to under 5" in page


def test_no_hexagon_can_become_markup() -> None:
    hostile = "<script>alert(1)</script>\"'"
    files = drawn(a_letter(replace(OXFORD, name=hostile), boxes=boxes((1, 2, 40))))
    for name in (YEAR, "index.html", "authorities/oxo.html"):
        assert "<script>alert" not in files[name]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nowhere", "", r"the map nowhere: .*nowhere\.csv: No such file"),
        ("odd", "q,r\n1,2\n", r"the map odd\.csv: a map has rows with the columns"),
    ],
)
def test_a_map_that_is_missing_or_wrong_is_named(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    site = site_with_map(tmp_path, "odd", content)
    with pytest.raises(CannotRender, match=said):
        site.map(name)


def test_a_map_of_our_own_needs_no_notice(tmp_path: Path) -> None:
    site = site_with_map(tmp_path, "own", "panel,authority,name,q,r\nAll,OXO,Oxford,1,1\n")
    assert site.map("own").notice == b""
    page = told(a_letter(boxes=boxes((1, 2, 40))), site=site, drawn="own")[YEAR]
    assert hexagons(page)
    assert "licence</a>" not in page


def site_with_map(folder: Path, name: str, content: str) -> Site:
    shutil.copytree(FOLDER / "upload", folder, dirs_exist_ok=True)
    (folder / "maps" / f"{name}.csv").write_text(content)
    return Site(folder)


def brightness(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2.2 reckons it."""
    digits = colour.removeprefix("#")
    wide = digits if len(digits) == 6 else "".join(each * 2 for each in digits)
    parts = [int(wide[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_number_on_the_map_can_be_read_on_its_colour_by_day_by_night_and_on_paper() -> None:
    style = (FOLDER / "upload" / "page.css").read_text()
    palettes = [
        dict(re.findall(r"--(low|high|[0-5]): (#[0-9a-f]+)", each))
        for each in re.findall(r":root \{([^}]*)\}", style)
    ]
    assert len(palettes) == 3
    for palette in palettes:
        for place in range(6):
            ink = palette["low" if place < 3 else "high"]
            pair = sorted([brightness(palette[str(place)]), brightness(ink)])
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (palette, place)
