from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.proof.manifest import NAME, Entry, Manifest
from dispatch.domain.publishing.bundle import FIGURES, LETTERS, PLACES
from dispatch.domain.publishing.spreadsheet import to_csv
from dispatch.files import disk
from dispatch.files.bundles import Bundle, PublicFolder, held, read
from tests.uploads import files_in

MAILOUT = "annual-review-2020"


def a_bundle(text: str = "one") -> list[tuple[str, bytes]]:
    """Return the files of a small bundle, the manifest last."""
    files = [
        (LETTERS.file, to_csv(LETTERS.names, [])),
        (FIGURES.file, to_csv(FIGURES.names, [])),
        ("index.html", text.encode()),
        (f"letters/{MAILOUT}/oxford.pdf", b"%PDF"),
    ]
    manifest = Manifest.of([MAILOUT], (Entry.of(*file) for file in files))
    return [*files, (NAME, manifest.to_json())]


def test_a_column_that_an_older_release_did_not_write_is_empty(tmp_path: Path) -> None:
    files = dict(a_bundle())
    older = [name for name in FIGURES.names if name not in {"count", "base"}]
    files[FIGURES.file] = to_csv(older, [dict.fromkeys(older, "x")])
    del files[NAME]
    manifest = Manifest.of([MAILOUT], (Entry.of(*file) for file in files.items()))
    for path, content in {**files, NAME: manifest.to_json()}.items():
        disk.write_part(tmp_path / path, content)
    [row] = read(tmp_path).rows(FIGURES)
    assert (row["figure"], row["count"], row["base"]) == ("x", "", "")
    assert [*read(tmp_path).rows(PLACES)] == []


def put(folder: Path, text: str = "one") -> Bundle:
    with held(folder) as place:
        place.current([])
        with place.written(a_bundle(text)):
            place.swap()
        place.settle()
    return read(folder)


def beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir())


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return tmp_path / "public"


def test_a_bundle_is_put_in_place_and_read_back(public: Path) -> None:
    bundle = put(public)
    assert files_in(public) == dict(a_bundle())
    assert bundle.content("index.html") == b"one"
    assert bundle.manifest.digest == bundle.digest
    assert beside(public) == ["public"]


def test_an_empty_folder_is_as_good_as_none(public: Path) -> None:
    public.mkdir()
    with held(public) as place:
        assert place.current([]) is None
    assert put(public).content("index.html") == b"one"


def test_the_next_bundle_takes_the_place_of_the_last(public: Path) -> None:
    put(public)
    assert put(public, "two").content("index.html") == b"two"
    assert beside(public) == ["public"]


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("index.html", b"three", "index.html: changed"),
        ("letters/secret.xlsx", b"x", "letters/secret.xlsx: added"),
        (".htaccess", b"x", ".htaccess: added"),
        (NAME, b"{}", "not the manifest of an upload"),
    ],
)
def test_a_file_that_is_not_as_uploaded_is_named(
    public: Path, path: str, content: bytes, said: str
) -> None:
    put(public)
    (public / path).write_bytes(content)
    with pytest.raises(BadInput, match=said):
        read(public)


def test_a_missing_file_is_named(public: Path) -> None:
    put(public)
    (public / "index.html").unlink()
    with pytest.raises(BadInput, match=r"public/index\.html: missing"):
        read(public)


def test_a_link_is_no_part_of_a_bundle_wherever_it_leads(public: Path) -> None:
    put(public)
    (public / "index.html").rename(public.parent / "elsewhere.html")
    (public / "index.html").symlink_to(public.parent / "elsewhere.html")
    with pytest.raises(BadInput, match="not a plain file"):
        read(public)


def test_tables_that_are_none_are_refused_though_the_manifest_names_them(public: Path) -> None:
    files = [(LETTERS.file, b'"'), (FIGURES.file, b"")]
    manifest = Manifest.of([MAILOUT], (Entry.of(*file) for file in files))
    public.mkdir()
    for path, content in [*files, (NAME, manifest.to_json())]:
        (public / path).write_bytes(content)
    with pytest.raises(BadInput, match="tables"):
        read(public)


def test_a_file_that_changes_while_it_is_taken_over_is_named(public: Path) -> None:
    bundle = put(public)
    (public / "index.html").write_bytes(b"three")
    with pytest.raises(BadInput, match="changed while"):
        bundle.content("index.html")


def test_so_is_a_table_that_changes_before_it_is_read_again(public: Path) -> None:
    bundle = put(public)
    (public / LETTERS.file).write_bytes(to_csv(LETTERS.names, [dict.fromkeys(LETTERS.names, "x")]))
    with pytest.raises(BadInput, match=r"letters\.csv: changed while"):
        list(bundle.rows(LETTERS))


def test_a_folder_with_something_else_in_it_is_refused_and_left_as_it_is(public: Path) -> None:
    public.mkdir()
    (public / "thesis.doc").write_bytes(b"ten years")
    with held(public) as place, pytest.raises(BadInput, match="this is not an upload"):
        place.current([])
    assert files_in(public) == {"thesis.doc": b"ten years"}


def test_a_place_that_can_hold_no_bundle_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder, said in (
        (Path("/proc"), "not a mount point"),
        (tmp_path / "file", "not a mount point"),
        (tmp_path / "a" / "b", "make this folder first"),
    ):
        with pytest.raises(BadInput, match=said), held(folder):
            pass


def test_two_uploads_beside_each_other_do_not_get_in_each_other_s_way(public: Path) -> None:
    with held(public), pytest.raises(RuleBroken, match="another upload"), held(public):
        pass
    with held(public) as place:
        assert place == PublicFolder(public)


def running_full(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    yield from list(files)[:2]
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_the_bundle_that_was_there_and_nothing_beside_it(public: Path) -> None:
    put(public)
    full = pytest.raises(BadInput, match="No space left on device")
    with held(public) as place, full, place.written(running_full(a_bundle("two"))):
        place.swap()
    assert files_in(public) == dict(a_bundle())
    assert beside(public) == ["public"]


def swapped_and_no_further(public: Path) -> str:
    """Leave things as they are when the power goes between swap and record; return the digest."""
    place = PublicFolder(public)
    with place.written(a_bundle("two")):
        place.swap()
    return read(public).digest


def test_after_an_interruption_the_new_bundle_counts_if_it_was_recorded(public: Path) -> None:
    put(public)
    digest = swapped_and_no_further(public)
    assert beside(public) == [".public.before", "public"]
    with held(public) as place:
        bundle = place.current([digest])
    assert bundle
    assert bundle.content("index.html") == b"two"
    assert beside(public) == ["public"]


def test_after_an_interruption_the_one_before_counts_if_the_new_one_was_not_recorded(
    public: Path,
) -> None:
    put(public)
    swapped_and_no_further(public)
    with held(public) as place:
        bundle = place.current([])
    assert bundle
    assert bundle.content("index.html") == b"one"
    assert beside(public) == ["public"]


def test_after_an_interruption_in_the_middle_of_the_swap_the_one_before_comes_back(
    public: Path,
) -> None:
    digest = put(public).digest
    public.rename(PublicFolder(public).before)
    PublicFolder(public).new.mkdir()
    with held(public) as place:
        bundle = place.current([digest])
    assert bundle
    assert bundle.digest == digest
    assert beside(public) == ["public"]


def test_what_somebody_put_there_meanwhile_is_not_thrown_away(public: Path) -> None:
    put(public)
    public.rename(PublicFolder(public).before)
    public.mkdir()
    (public / "thesis.doc").touch()
    with held(public) as place, pytest.raises(BadInput, match="this is not an upload"):
        place.current([])
    assert beside(public) == [".public.before", "public"]


@pytest.mark.parametrize("is_first", [True, False])
def test_a_swap_that_is_undone_leaves_all_as_it_was(public: Path, is_first: bool) -> None:
    if not is_first:
        put(public)
    place = PublicFolder(public)
    with place.written(a_bundle("two")):
        place.swap()
        place.back()
    assert beside(public) == ([] if is_first else ["public"])
    assert is_first or files_in(public) == dict(a_bundle())
