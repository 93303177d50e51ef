from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput
from dispatch.domain.proof.manifest import Entry, Manifest

FILES = {"index.html": b"<p>", "letters/a/oxford.pdf": b"%PDF", "letters.csv": b"a"}
DIGESTS = {path: sha256(content) for path, content in FILES.items()}


def a_manifest() -> Manifest:
    entries = (Entry.of(path, content) for path, content in FILES.items())
    return Manifest.of(["annual-review-2020"], entries)


def test_it_has_size_and_digest_of_each_file_in_order() -> None:
    said = json.loads(a_manifest().to_json())
    assert [each["path"] for each in said["files"]] == sorted(FILES)
    assert said["files"][0] == {"path": "index.html", "size": 3, "sha256": sha256(b"<p>")}


@given(st.permutations(sorted(FILES)))
def test_the_order_in_which_files_are_written_makes_no_difference(paths: list[str]) -> None:
    entries = (Entry.of(path, FILES[path]) for path in paths)
    assert Manifest.of(["annual-review-2020"], entries) == a_manifest()


def test_it_is_read_back_as_it_was_and_its_digest_is_that_of_the_file() -> None:
    content = a_manifest().to_json()
    assert Manifest.from_json(content) == a_manifest()
    assert a_manifest().digest == sha256(content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"[" * 100_000,
        b"\xff",
        b'{"mailouts": 1, "files": []}',
        b'{"mailouts": [], "files": [1]}',
    ],
)
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    with pytest.raises(BadInput, match="not the manifest of an upload"):
        Manifest.from_json(content)


def test_a_manifest_that_was_written_in_another_way_is_refused() -> None:
    with pytest.raises(BadInput, match="changed"):
        Manifest.from_json(a_manifest().to_json() + b"\n")


def test_files_that_are_as_they_should_be_differ_in_nothing() -> None:
    assert a_manifest().difference(DIGESTS.items()) is None


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ({"letters.csv": None}, "letters.csv: missing"),
        ({"letters.csv": "0"}, "letters.csv: changed"),
        ({"a.html": "0"}, "a.html: added"),
        ({"z.html": "0", "letters.csv": "0"}, "letters.csv: changed"),
    ],
)
def test_the_first_file_that_differs_is_named(there: dict[str, str | None], said: str) -> None:
    changed = DIGESTS | there
    found = {path: digest for path, digest in changed.items() if digest is not None}
    assert str(a_manifest().difference(found.items())).startswith(said)
