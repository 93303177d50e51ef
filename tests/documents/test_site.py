from __future__ import annotations

import re
import shutil
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.documents.site import FILES, Site
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content
from dispatch.domain.publishing.bundle import paths
from dispatch.domain.publishing.published import (
    earlier_row,
    figure_rows,
    letter_row,
    made_up_groups,
)
from dispatch.domain.publishing.spreadsheet import Row, from_csv
from tests.documents.contents import FOLDER, OXFORD, a_content, boxes
from tests.factories import a_plan

SITE = Site(FOLDER / "upload")
CAMDEN = replace(
    OXFORD,
    code="CMD",
    name="Camden",
    official_name="London Borough of Camden",
    group="London Borough",
)


def a_letter(authority: Any = OXFORD, **changes: Any) -> Content:
    changes.setdefault("addressed_to", authority)
    return a_content(mailout="review-2020", authority=authority, group=authority.group, **changes)


LATER: dict[str, Any] = {
    "title": "Annual Review letter 2021",
    "letter_date": date(2021, 7, 21),
    "upload_date": date(2021, 7, 28),
}


def told(
    *contents: Content,
    site: Site = SITE,
    checkpoints: Mapping[str, bytes] = MappingProxyType({}),
    earlier: Sequence[Row] = (),
) -> dict[str, str]:
    """Return the text of each file that tells of some letters."""
    files = {
        (name, code): path
        for name in {content.mailout for content in contents}
        for code, path in paths(each for each in contents if each.mailout == name).items()
    }
    letters = [
        letter_row(each, files[each.mailout, each.authority.code], b"%") for each in contents
    ]
    made_up = made_up_groups(contents)
    figures = [row for each in contents for row in figure_rows(each, a_plan(), None, made_up)]
    told = site.files(letters, figures, checkpoints, earlier)
    return {path: content.decode() for path, content in told}


class Page(HTMLParser):
    """The words and the links of a page, and whatever it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(str(given["href"]))
        self.fetched += [str(given[name]) for name in ("src", "srcset", "data") if given.get(name)]
        if tag == "link":
            self.fetched.append(str(given.get("href")))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def test_every_link_leads_to_a_file_of_the_bundle() -> None:
    files = told(a_letter(), a_letter(CAMDEN), replace(a_letter(), mailout="review-2021", **LATER))
    letters = {row["file"] for row in from_csv(files["letters.csv"].encode())}
    there = {*files, *letters, "manifest.json"}
    for name in (name for name in files if name.endswith(".html")):
        for link in Page(files[name]).links:
            if not link.startswith("#"):
                target = Path("/bundle", name).parent.joinpath(link).resolve()
                assert str(target.relative_to("/bundle")) in there


def test_pages_fetch_nothing() -> None:
    for name, text in told(a_letter()).items():
        if name.endswith(".html"):
            assert Page(text).fetched == []
            assert "default-src 'none'" in text
            assert '<meta name="referrer" content="no-referrer">' in text
            assert not re.search(r"@import|url\(|fetch\(|XMLHttp|http://|https://", text)


def test_a_page_runs_the_style_and_the_script_that_it_names_and_nothing_else() -> None:
    for name, text in told(a_letter()).items():
        if name.endswith(".html"):
            (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
            inside = re.findall(r"<(style|script)>(.*?)</\1>", text, re.DOTALL)
            named = [
                f"{tag}-src 'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
                for tag, content in inside
            ]
            assert len(named) == 2
            assert all(each in policy for each in named)
            assert "unsafe" not in policy
            assert len(re.findall(r"<(?:style|script|svg|iframe|object|img)\b", text)) == 2


def test_a_file_can_be_checked_against_every_letter_and_the_versions_before() -> None:
    again = a_letter(version=2)
    before = earlier_row(a_letter(), "e" * 64, date(2020, 8, 5))
    files = told(again, a_letter(CAMDEN), earlier=[before])
    digests = re.findall(r'<tr data-sha256="(\w{64})"', files["check.html"])
    letters = from_csv(files["letters.csv"].encode())
    assert sorted(digests) == sorted([*(row["sha256"] for row in letters), "e" * 64])
    page = Page(files["check.html"])
    assert "version 1, replaced on 5 August 2020 by the version in force" in page.text
    assert from_csv(files["earlier-versions.csv"].encode()) == [before]
    assert "earlier-versions.csv" in files["datapackage.json"]
    assert "check.html" in Page(files["index.html"]).links


def test_where_nothing_was_replaced_nothing_is_said_of_earlier_versions() -> None:
    files = told(a_letter())
    assert "earlier-versions.csv" not in files
    assert "earlier-versions.csv" not in files["check.html"]
    assert "replaced on 5" not in files["check.html"]


def test_the_page_that_checks_may_open_no_connection() -> None:
    (policy,) = re.findall(
        r'Content-Security-Policy" content="([^"]*)"', told(a_letter())["check.html"]
    )
    assert "connect-src 'none'" in policy


@pytest.mark.parametrize(
    "added",
    [
        "<p onclick='go()'>",
        '<td style="color: red">',
        "<script src=a.js></script>",
        """<meta http-equiv="Content-Security-Policy" content="script-src 'unsafe-inline'">""",
    ],
)
def test_a_page_that_would_run_more_is_refused(tmp_path: Path, added: str) -> None:
    frame = (FOLDER / "upload" / "frame.html").read_text() + added
    with pytest.raises(CannotRender, match=r"frame\.html, line \d+: .* page\.css and page\.js"):
        site_with(tmp_path, frame_html=frame)


def test_an_authority_has_one_row_with_the_letters_of_all_years_the_newest_first() -> None:
    page = told(a_letter(), replace(a_letter(), mailout="review-2021", **LATER))["index.html"]
    assert page.count('<th scope="row">') == 1
    labels = re.findall(r'<li data-year="(\w+)">', page)
    assert labels == ["2021", "2020"]


def test_two_mailouts_of_one_year_are_told_apart_by_their_titles() -> None:
    quarters = [
        replace(a_letter(), mailout=f"quarter-{number}", title=f"Quarter {number}")
        for number in (1, 2)
    ]
    page = told(*quarters)["index.html"]
    assert re.findall(r'<li data-year="([\w ]+)">', page) == ["Quarter 2", "Quarter 1"]


def test_authorities_are_listed_by_the_name_that_people_know() -> None:
    page = told(a_letter(), a_letter(CAMDEN))["index.html"]
    rows = re.findall(r'<th scope="row">(.*?)</th>', page)
    assert rows == ["Camden <small>London Borough of Camden</small>", "Oxford City Council"]
    assert re.findall(r'<tbody id="initial-(\w)">', page) == ["C", "O"]


def test_made_up_figures_are_marked_on_both_pages_and_real_ones_are_not() -> None:
    measured = boxes((1, 2, 40))
    real, made_up = (
        told(a_letter(boxes=measured)),
        told(a_letter(boxes=measured, is_synthetic=True)),
    )
    for name in ("index.html", "letters/review-2020/index.html"):
        assert "made up" in Page(made_up[name]).text
        assert 'class="made-up"' in made_up[name]
        assert "made up" not in Page(real[name]).text
        assert 'class="made-up"' not in real[name]
    assert "50%*" in made_up["letters/review-2020/index.html"]
    assert "50%<" in real["letters/review-2020/index.html"]


def test_the_page_of_a_year_shows_a_dash_where_there_was_nothing_to_measure() -> None:
    text = told(a_letter(boxes=boxes((1, 2, 40))), a_letter(CAMDEN))
    rows = re.findall(r'<td class="number"[^>]*>(.*?)</td>', text["letters/review-2020/index.html"])
    assert rows == ["&ndash;", "50%"]


def test_a_letter_that_was_issued_again_or_went_to_a_successor_says_so() -> None:
    page = Page(told(a_letter(version=2, addressed_to=CAMDEN))["index.html"]).text
    assert "corrected" in page
    assert "sent to London Borough of Camden" in page


def test_the_same_letters_in_another_order_give_the_same_bytes() -> None:
    contents = [a_letter(), a_letter(CAMDEN), replace(a_letter(), mailout="review-2021", **LATER)]
    assert told(*contents) == told(*reversed(contents))


def test_a_reader_sees_how_far_the_ledger_went_and_where_that_is_signed() -> None:
    signed = b"o.example/dispatch\n1234\nUm9vdA==\nseal 9 ab\n\n"
    later = replace(a_letter(), mailout="review-2021", **LATER)
    files = told(a_letter(), later, checkpoints={"review-2020": signed})
    page = Page(files["index.html"])
    assert "had 1,234 entries under the root Um9vdA== ." in page.text
    assert [link for link in page.links if "checkpoint" in link] == ["checkpoints/review-2020.txt"]
    assert "under the root" not in Page(told(later)["index.html"]).text


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(str.strip))
def test_no_name_becomes_markup(name: str) -> None:
    hostile = f"<script>alert(1)</script>{name}\u2028</td><p onclick=\"go()\"'> style='x'"
    page = told(a_letter(replace(OXFORD, name=hostile, official_name=hostile, group=hostile)))
    assert "<script>alert" not in page["index.html"]
    assert "alert(1)" in Page(page["index.html"]).text


def site_with(folder: Path, **changed: str) -> Site:
    shutil.copytree(FOLDER / "upload", folder, dirs_exist_ok=True)
    for name, text in changed.items():
        (folder / name.replace("_", ".")).write_text(text)
    return Site(folder)


def test_a_licence_is_named_at_the_foot_if_the_office_gives_one(tmp_path: Path) -> None:
    about = (FOLDER / "upload" / "about.toml").read_text()
    licence = '[[licences]]\ntitle = "Open Licence"\npath = "https://licence.example/"\n'
    site = site_with(tmp_path, about_toml=f"{about}\n{licence}")
    page = Page(told(a_letter(), site=site)["index.html"])
    assert "Licence: Open Licence ." in page.text
    assert "https://licence.example/" in page.links
    assert "Licence" not in Page(told(a_letter())["index.html"]).text


@pytest.mark.parametrize("name", FILES)
def test_a_missing_template_is_named(tmp_path: Path, name: str) -> None:
    site_with(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(CannotRender, match=name):
        Site(tmp_path)


def test_an_office_must_say_who_it_is(tmp_path: Path) -> None:
    with pytest.raises(CannotRender, match=r"about\.toml: title, publisher: missing"):
        site_with(tmp_path, about_toml='name = "a"\ndescription = "b"\n')


def test_a_template_that_cannot_be_filled_is_named(tmp_path: Path) -> None:
    site = site_with(tmp_path, index_html="{{ nothing_of_the_kind }}")
    with pytest.raises(CannotRender, match=r"index\.html cannot be made"):
        told(a_letter(), site=site)
