"""The style sheet, the scripts and the fonts: what is in the list, and what they look like."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final

import pytest
from flask import Flask

from dispatch.web.files import FOLDER, asset
from tests.web.browser import Browser

STYLE: Final = (FOLDER / "office.css").read_text()
MANIFEST: Final = json.loads((FOLDER / "manifest.json").read_text())
LISTED: Final = MANIFEST["files"]


def test_every_file_is_as_the_list_says_and_no_other_is_there() -> None:
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in FOLDER.iterdir()
        if path.name not in {"manifest.json", "LICENCES.txt"}
    }
    assert found == {name: each["sha256"] for name, each in LISTED.items()}


def test_the_files_are_made_from_their_sources_as_they_are_now() -> None:
    sources = FOLDER.parent / "assets"
    found = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in sources.iterdir()}
    assert found == MANIFEST["made_from"], "make assets"


def test_a_file_names_another_by_an_address_that_has_its_digest(pages: Flask) -> None:
    named = {
        (digest, name)
        for path in (FOLDER / "office.css", FOLDER / "office.js")
        for digest, name in re.findall(r"\.\./([0-9a-f]{12})/([a-z.-]+[a-z0-9])", path.read_text())
    }
    assert sorted(name for _, name in named) == [
        "govuk-frontend.min.js",
        "office-sans-bold.woff2",
        "office-sans-regular.woff2",
    ]
    assert all(asset(name) == f"/static/{digest}/{name}" for digest, name in named)
    answer = pages.test_client().get(asset("office.css"), buffered=True)
    assert (answer.status_code, answer.content_type) == (200, "text/css; charset=utf-8")


def test_a_browser_keeps_a_file_and_no_page(pages: Flask, browser: Browser) -> None:
    file = pages.test_client().get(asset("office.js"), buffered=True)
    assert file.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert browser.client.get("/mailouts").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "brand", ["1d70b8", "GDS Transport", "crest", "crown", "data:", "url(//", "url(http"]
)
def test_the_style_has_nothing_of_another_brand_and_nothing_from_elsewhere(brand: str) -> None:
    assert brand not in STYLE


SCHEMES: Final = ("light", "dark")

TEXT: Final = {
    ("govuk-text-colour", "govuk-body-background-colour"),
    ("govuk-secondary-text-colour", "govuk-body-background-colour"),
    ("govuk-error-colour", "govuk-body-background-colour"),
    ("govuk-link-colour", "govuk-body-background-colour"),
    ("govuk-link-visited-colour", "govuk-body-background-colour"),
    ("govuk-link-hover-colour", "govuk-body-background-colour"),
    ("govuk-link-colour", "govuk-surface-background-colour"),
    ("govuk-surface-text-colour", "govuk-surface-background-colour"),
    ("govuk-focus-text-colour", "govuk-focus-colour"),
    ("white", "govuk-brand-colour"),
    ("white", "govuk-success-colour"),
    ("white", "office-green-primary"),
    ("white", "office-red-primary"),
    ("office-black-primary", "office-black-tint-95"),
    ("office-black-primary", "office-black-tint-80"),
    ("office-orange-shade-50", "office-yellow-tint-50"),
    *(
        (f"office-{hue}-shade-50", f"office-{hue}-tint-80")
        for hue in ("blue", "green", "purple", "red", "orange", "teal", "magenta")
    ),
}
"""What is written on what: a ratio of 4.5 at least."""

EDGES: Final = ("govuk-input-border-colour", "govuk-error-colour")
"""What shows where a control is: a ratio of 3 at least."""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_is_read_against_what_is_behind_it(scheme: str) -> None:
    colours = _colours(scheme)
    weak = {pair: ratio for pair in TEXT if (ratio := _contrast(colours, *pair)) < 4.5}
    assert weak == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_edges_of_controls_are_seen(scheme: str) -> None:
    colours = _colours(scheme)
    behind = "govuk-body-background-colour"
    assert [each for each in EDGES if _contrast(colours, each, behind) < 3] == []


def _colours(scheme: str) -> Mapping[str, str]:
    """Return every colour that the style sheet names, as it is in a scheme."""
    light, _, rest = STYLE.partition("@media screen and (prefers-color-scheme: dark)")
    parts = [light, rest.partition(":root")[2].partition("}")[0]]
    colours = {"white": "#fff"}
    for part in parts if scheme == "dark" else parts[:1]:
        colours |= dict(re.findall(r"--((?:govuk|office)-[\w-]+):\s?(#\w+|rgb[^;}]+)", part))
    return colours


def _contrast(colours: Mapping[str, str], one: str, other: str) -> float:
    """Return the ratio of WCAG 2.2 between two colours."""
    lower, higher = sorted(_luminance(colours[each]) for each in (one, other))
    return (higher + 0.05) / (lower + 0.05)


def _luminance(colour: str) -> float:
    parts = [each / 255 for each in _parts(colour)]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    ]
    return float(sum(a * b for a, b in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))


def _parts(colour: str) -> list[float]:
    if colour.startswith("rgb"):
        return [float(each) for each in re.findall(r"[\d.]+", colour)[:3]]
    digits = colour.removeprefix("#")
    whole = "".join(2 * each for each in digits) if len(digits) == 3 else digits
    return [int(whole[at : at + 2], 16) for at in (0, 2, 4)]
