from __future__ import annotations

import json
from typing import Any

from dispatch.domain.digest import Measured, sha256
from dispatch.domain.publishing.bundle import FIGURES, LETTERS
from dispatch.domain.publishing.datapackage import descriptor

ABOUT = {
    "name": "annual-review-letters",
    "title": "Annual review letters",
    "description": "Letters.",
    "publisher": "The Office",
}
FILES = {"letters.csv": b"letters", "figures.csv": b"figures"}


def measured(content: bytes) -> Measured:
    found = Measured([content])
    assert list(found) == [content]
    return found


def described(*sources: str, **about: Any) -> dict[str, Any]:
    files = {name: measured(content) for name, content in FILES.items()}
    found: dict[str, Any] = json.loads(descriptor(ABOUT | about, files, sources))
    return found


def test_it_describes_every_column_of_both_tables_with_their_digests() -> None:
    letters, figures = described()["resources"]
    assert letters["hash"] == f"sha256:{sha256(b'letters')}"
    assert [field["name"] for field in letters["schema"]["fields"]] == list(LETTERS.names)
    assert [field["name"] for field in figures["schema"]["fields"]] == list(FIGURES.names)
    assert figures["schema"]["primaryKey"] == list(FIGURES.key)
    [relation] = figures["schema"]["foreignKeys"]
    assert relation["reference"]["resource"] == letters["name"]


def test_made_up_figures_are_a_column_of_their_own_that_is_always_filled() -> None:
    for resource in described()["resources"]:
        [mark] = [each for each in resource["schema"]["fields"] if each["name"] == "is_synthetic"]
        assert mark["type"] == "boolean"
        assert mark["constraints"] == {"required": True}


def test_sources_are_named_once_each() -> None:
    assert described("b", "a", "b")["sources"] == [{"title": "a"}, {"title": "b"}]


def test_a_licence_is_named_only_if_the_office_gives_one() -> None:
    licence = {"name": "OGL-UK-3.0", "title": "Open Government Licence v3.0"}
    assert described(licences=[licence])["licenses"] == [licence]
    assert not {"licenses", "sources"} & described().keys()
