from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.documents.site import Site
from dispatch.documents.site.site import FILES
from dispatch.domain.errors import CannotRender
from dispatch.domain.publishing.published import earlier_row
from dispatch.domain.publishing.spreadsheet import from_csv
from tests.documents.contents import FOLDER, OXFORD, boxes
from tests.documents.site.telling import CAMDEN, LATER, Page, a_letter, told


def test_every_link_leads_to_a_file_of_the_bundle() -> None:
    files = told(a_letter(), a_letter(CAMDEN), replace(a_letter(), mailout="review-2021", **LATER))
    letters = {row["file"] for row in from_csv(files["letters.csv"].encode())}
    there = {*files, *letters, "manifest.json"}
    for name in (name for name in files if name.endswith(".html")):
        for link in Page(files[name]).links:
            if not link.startswith("#"):
                target = Path("/bundle", name).parent.joinpath(link).resolve()
                assert str(target.relative_to("/bundle")) in there


def test_pages_fetch_nothing_but_the_style_and_the_script_of_the_bundle() -> None:
    files = told(a_letter(), drawn="england-2020")
    assert {path.partition("/")[0] for path in files if path.endswith((".css", ".js"))} == {
        "assets"
    }
    for name, text in files.items():
        if name.endswith(".html"):
            fetched = Page(text).fetched
            there = [Path("/", name).parent.joinpath(each).resolve() for each in fetched]
            assert {str(each.relative_to("/")) for each in there} <= files.keys()
            assert "default-src 'none'" in text
            assert '<meta name="referrer" content="no-referrer">' in text
            assert not re.search(r"@import|url\(|fetch\(|XMLHttp|http://|https://", text)


def test_a_page_has_no_style_and_no_script_in_itself_and_its_policy_lets_none_run() -> None:
    for name, text in told(a_letter(), drawn="england-2020").items():
        if name.endswith(".html"):
            (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
            assert "style-src 'self' file:; script-src 'self' file:; connect-src 'none'" in policy
            assert "unsafe" not in policy
            assert not re.search(r"<style|<script(?! src=)|\son\w+=|\sstyle=", text)


def test_a_changed_style_or_script_has_another_name_so_that_no_browser_keeps_the_old_one(
    tmp_path: Path,
) -> None:
    changed = told(a_letter(), site=site_with(tmp_path, page_css="p { margin: 0 }"))
    assets = [
        {path for path in files if path.startswith("assets/")}
        for files in (told(a_letter()), changed)
    ]
    assert len(assets[0] - assets[1]) == 1
    assert len(assets[0] & assets[1]) == 2


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
        "<script>go()</script>",
        "<style>p {}</style>",
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
    rows = re.findall(r'<th scope="row"><a href="(.*?)">(.*?)</th>', page)
    assert rows == [
        ("authorities/cmd.html", "Camden</a> <small>London Borough of Camden</small>"),
        ("authorities/oxo.html", "Oxford City Council</a>"),
    ]
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
    assert "50% <" in real["letters/review-2020/index.html"]


def test_the_page_of_a_year_shows_a_dash_where_there_was_nothing_to_measure() -> None:
    text = told(a_letter(boxes=boxes((1, 2, 40))), a_letter(CAMDEN))
    rows = re.findall(r"<td>(.*?)</td>", text["letters/review-2020/index.html"])
    assert [row for row in rows if "Council" not in row and "Borough" not in row] == [
        "&ndash;",
        "50% <small>1 of 2</small>",
    ]


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


def test_letters_of_one_kind_have_words_of_their_own_where_no_others_lie_there(
    tmp_path: Path,
) -> None:
    about = (FOLDER / "upload" / "about.toml").read_text()
    own = '[[kinds]]\nmailouts = "review-"\ntitle = "Reviews of the year"\n'
    site = site_with(tmp_path / "own", about_toml=f"{about}\n{own}")
    files = told(a_letter(), site=site)
    assert "Reviews of the year" in Page(files["index.html"]).text
    assert json.loads(files["datapackage.json"])["title"] == "Reviews of the year"
    other = '[[kinds]]\nmailouts = "reports-"\ntitle = "Reports"\n'
    site = site_with(tmp_path / "other", about_toml=f"{about}\n{other}")
    assert "Annual review letters" in Page(told(a_letter(), site=site)["index.html"]).text
    with pytest.raises(CannotRender, match="each needs `mailouts`"):
        site_with(tmp_path / "wrong", about_toml=f'{about}\n[[kinds]]\ntitle = "x"\n')
