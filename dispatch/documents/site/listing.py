"""What the pages show about mailouts, and about authorities with their letters."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple, overload

from dispatch.domain.publishing.bundle import checkpoint, folder
from dispatch.domain.publishing.spreadsheet import Row
from dispatch.domain.register import period

View = dict[str, Any]
"""What a template shows about one thing, by name."""

OTHERS: Final = "0-9"
KIBIBYTE: Final = 1024


def mailouts(letters: Sequence[Row]) -> dict[str, View]:
    """Return what the pages show about each mailout, the newest first.

    People know letters by the year printed on them, and figures by the year that they are about;
    where two mailouts share one, by their title.
    """
    firsts = {row["mailout"]: row for row in letters}
    counted = [row["mailout"] for row in letters]
    newest = sorted(firsts.values(), key=lambda row: (row["letter_date"], row["mailout"]))[::-1]
    printed = _apart(newest, [row["letter_date"][:4] for row in newest])
    about = _apart(newest, [row["year"] for row in newest])
    return {
        row["mailout"]: {
            "name": row["mailout"],
            "title": row["title"],
            "year": row["year"],
            "period": period.noun(row["year"]),
            "label": printed[row["mailout"]],
            "about": about[row["mailout"]],
            "letter_date": date.fromisoformat(row["letter_date"]),
            "upload_date": date.fromisoformat(row["upload_date"]),
            "href": f"{folder(row['mailout'])}/index.html",
            "count": counted.count(row["mailout"]),
            "checkpoint": None,
        }
        for row in newest
    }


def _apart(firsts: Sequence[Row], years: Sequence[str]) -> dict[str, str]:
    """Return by which words each mailout is told from the others."""
    return {
        row["mailout"]: year if years.count(year) == 1 else row["title"]
        for row, year in zip(firsts, years, strict=True)
    }


def stated(mailout: str, content: bytes) -> View:
    """Return what a checkpoint says about the ledger: size in line 2, root in line 3."""
    _, size, root, *_ = content.decode().split("\n")
    return {"href": checkpoint(mailout), "size": int(size), "root": root}


class Listed(Sequence[View]):
    """Authorities in the order of a list, each described when a page comes to it."""

    def __init__(self, keys: Sequence[Key], describe: Callable[[str], View]) -> None:
        self._keys = keys
        self._describe = describe

    def __len__(self) -> int:
        return len(self._keys)

    @overload
    def __getitem__(self, at: int) -> View: ...
    @overload
    def __getitem__(self, at: slice) -> Listed: ...
    def __getitem__(self, at: int | slice) -> View | Listed:
        if isinstance(at, slice):
            return Listed(self._keys[at], self._describe)
        return self._describe(self._keys[at].code)

    def by_initial(self) -> list[tuple[str, Listed]]:
        """Return the authorities by their first letter."""
        found, at = list[tuple[str, Listed]](), 0
        for initial, some in groupby(self._keys, attrgetter("initial")):
            count = sum(1 for _ in some)
            found.append((initial, self[at : at + count]))
            at += count
        return found


def authorities(
    letters: Sequence[Row], shown: Mapping[str, View], added: Callable[[str], View]
) -> Listed:
    """Return each authority under its latest name, with its letters, the newest first.

    `added` returns what a page shows of it besides, by its code.
    """
    order = list(shown)
    by_code: dict[str, list[Row]] = {}
    for row in sorted(letters, key=lambda row: order.index(row["mailout"])):
        by_code.setdefault(row["authority_code"], []).append(row)

    def describe(code: str) -> View:
        return _authority(code, by_code[code], shown) | added(code)

    keys = (_key_of(code, rows[0]["authority_name"]) for code, rows in by_code.items())
    return Listed(sorted(keys), describe)


class Key(NamedTuple):
    """By what authorities are in the order of a list."""

    initial: str
    folded: str
    code: str


def _key_of(code: str, short: str) -> Key:
    folded = unicodedata.normalize("NFKD", short).encode("ascii", "ignore").decode().casefold()
    initial = folded[:1].upper()
    return Key(initial if initial.isalpha() else OTHERS, folded, code)


def _authority(code: str, rows: Sequence[Row], shown: Mapping[str, View]) -> View:
    short, name = rows[0]["authority_name"], rows[0]["authority_official_name"]
    last_day = rows[0]["authority_last_day"]
    return {
        "code": code,
        "short": short,
        "official": name,
        "name": name if name.startswith(short) else short,
        "known_as": "" if name.startswith(short) else name,
        "group": rows[0]["comparison_group"] or rows[0]["authority_kind"].capitalize(),
        "has_group": bool(rows[0]["comparison_group"]),
        "region": rows[0]["region"],
        "last_day": date.fromisoformat(last_day) if last_day else None,
        "letters": [_letter(row, shown[row["mailout"]]) for row in rows],
    }


def _letter(row: Row, mailout: View) -> View:
    return {
        "mailout": row["mailout"],
        "label": mailout["label"],
        "title": row["title"],
        "date": date.fromisoformat(row["letter_date"]),
        "version": int(row["version"]),
        "file": row["file"],
        "near": row["file"].rpartition("/")[2],
        "size": size_of(int(row["bytes"])),
        "is_corrected": int(row["version"]) > 1,
        "went_to": successor(row),
        "is_made_up": row["is_synthetic"] == "true",
        "files": [_file(each) for each in _files_of(row)],
    }


FILES: Final = "files"
"""What is added to a letter's row for the pages: the rows of its files in several languages."""


def with_files(letters: Sequence[Row], languages: Sequence[Row]) -> list[Any]:
    """Return letters with the rows of their files, where these are in several languages."""
    files: dict[tuple[str, str, str], list[Row]] = {}
    for row in languages:
        files.setdefault(_key(row), []).append(row)
    return [{**row, FILES: files[_key(row)]} if _key(row) in files else row for row in letters]


def _files_of(row: Row) -> Sequence[Row]:
    found: Any = row.get(FILES, ())
    return found or ()


def _key(row: Row) -> tuple[str, str, str]:
    return row["mailout"], row["authority_code"], row["addressed_to"]


def _file(row: Row) -> View:
    """Return what the pages show of one language of a letter."""
    return {
        "language": row["language"],
        "called": LANGUAGE_NAMES.get(row["language"], row["language"]),
        "file": row["file"],
        "near": row["file"].rpartition("/")[2],
        "size": size_of(int(row["bytes"])),
    }


LANGUAGE_NAMES: Final = {"cy": "Cymraeg", "en": "English", "gd": "G\u00e0idhlig", "ga": "Gaeilge"}
"""What speakers of a language call it, so that they find it."""


def size_of(octets: int) -> str:
    """Return the size of a file in words."""
    return f"{max(round(octets / KIBIBYTE), 1):,}\N{NO-BREAK SPACE}kB"


def successor(row: Row) -> str:
    """Return whom a letter went to, if that is not the authority that it is about."""
    is_own = row["addressed_to"] == row["authority_official_name"]
    return "" if is_own else row["addressed_to"]


def versions(letters: Sequence[Row], earlier: Sequence[Row]) -> list[View]:
    """Return each letter and each version that was replaced, to check a file against."""
    in_force = {
        (row["mailout"], row["authority_code"], row["addressed_to"]): row for row in letters
    }
    rows = [_version(row, row) for row in letters]
    for row in letters:
        others = (each for each in _files_of(row) if each["sha256"] != row["sha256"])
        rows += [_version(whole, whole) for each in others if (whole := {**row, **each})]
    for row in earlier:
        found = in_force.get((row["mailout"], row["authority_code"], row["addressed_to"]))
        rows += [_version(row, found)] if found else []
    return sorted(rows, key=itemgetter("name", "date", "version", "sha256"))


def _version(row: Row, in_force: Row) -> View:
    replaced_on = row.get("replaced_on")
    return {
        "name": in_force["authority_official_name"],
        "went_to": successor(in_force),
        "date": date.fromisoformat(row["letter_date"]),
        "version": int(row["version"]),
        "sha256": row["sha256"],
        "file": in_force["file"],
        "replaced_on": date.fromisoformat(replaced_on) if replaced_on else None,
    }
