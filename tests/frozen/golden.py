"""What must stay as it is, in files beside these tests, and how to renew them.

A test that differs from its file shows the difference. If the change is meant, write the files
anew and look at them with `git diff` before you commit:

    RENEW_FROZEN=json pytest tests/frozen            what programs read, and the letters' digests
    RENEW_FROZEN=json pytest tests/frozen -m slow    the digests of all 346 letters

A test that has written its file fails, so that nobody renews by accident. The sealed ledger and
its evidence packs are never renewed: see `test_ledger.py`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

RENEWS: Final = os.environ.get("RENEW_FROZEN", "")  # noqa: TID251 - the test's own switch
HERE: Final = Path(__file__).parent

Json = Any


def check(name: str, value: Json) -> None:
    """Compare a value with its file, or write the file."""
    text = _path(name).read_text(encoding="utf-8")
    before = json.loads(text) if text else None
    if value != before:
        renew({name: value})
    # The order of names in an object means nothing, and is PostgreSQL's where a plan is shown.
    assert value == before, f"{name} is not as it was"


def renew(values: Mapping[str, Json]) -> None:
    """Write files anew, if that is wanted, and fail; else do nothing."""
    if values and RENEWS == "json":
        for name, value in values.items():
            _path(name).write_text(_text(value), encoding="utf-8")
        raise AssertionError(f"written anew, look at them with git diff: {', '.join(values)}")


def _path(name: str) -> Path:
    return HERE / f"{name}.json"


def _text(value: Json) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


UUID: Final = re.compile(r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b")
SHORT_ID: Final = re.compile(r"\b[0-9a-f]{8}\b")
SHA256: Final = re.compile(r"\b[0-9a-f]{64}\b")
MAIL: Final = re.compile(r"((?:^|\b)mail[: ])[0-9a-f]{8,12}\b")
"""The beginning of the digest of what came in, which has ids in it."""

TOKEN: Final = re.compile(r"(bounces[+=-])[0-9a-z.=-]+(?=@)")
CODE: Final = re.compile(r"(?<=>\.)[a-z2-7]{16}(?=@)")
"""Of a Message-ID, after its delivery's id."""

HEX: Final = re.compile(r"\b[0-9a-f]{8}[0-9a-f-]*\b")

RANDOM: Final = frozenset(
    {"approved_digest", "approved_sha256", "mail", "manifest", "root", "seal_hash", "sha256"}
)
"""Digests by their names that go over ids, salts or moments, and so differ from run to run."""

APPROVED: Final = re.compile(r"(\broot: [0-9a-f]{64};(?: sender: [^;]*;)? digest: )[0-9a-f]{64}\b")
"""The digest of an approval where an event is told in words: it goes over the root beside it."""

CONTENTS: Final = "parts"
"""Where the digests of a letter's forms are, which do not."""


def masked(value: Json, *, also: Collection[str] = ()) -> Json:
    """Return what a command printed, without what differs from run to run.

    An id becomes a number, the same for the same thing in one output. Rows of one and the same
    moment, whose order goes by their random ids, are put in another; the number of a ledger's
    entry, which goes by that order, is left out, as are the digests named here and in `also`.
    """
    random = RANDOM.union(also)
    named = re.compile(rf"(\b(?:{'|'.join(sorted(random))}): )[0-9a-f]{{64}}\b")
    ordered = _ordered(value)
    ids: dict[str, str] = {}
    for found in UUID.finditer(json.dumps(ordered)):
        ids.setdefault(_hex(found[0]), f"<id {len(ids) + 1}>")
    shorts = {key[:8]: label for key, label in ids.items()}

    def text(name: str, said: str) -> str:
        said = UUID.sub(lambda found: ids[_hex(found[0])], said)
        said = SHORT_ID.sub(lambda found: shorts.get(found[0], found[0]), said)
        said = CODE.sub("<code>", said)
        said = MAIL.sub(r"\1<digest>", TOKEN.sub(r"\1<token>", said))
        said = named.sub(r"\1<digest>", APPROVED.sub(r"\1<digest>", said))
        return SHA256.sub("<digest>", said) if name in random else said

    def each(name: str, part: Json) -> Json:
        match part:
            case dict():
                names = {key: "" if name == CONTENTS else key for key in part}
                names |= {"digest": "root"} if "root" in part else {}
                return {text("", key): each(names[key], inner) for key, inner in part.items()}
            case list():
                return [each(name, inner) for inner in part]
            case _ if name == "entry":
                return part if part in {None, ""} else "<entry>"
            case str():
                return text(name, part)
        return part

    return each("", ordered)


def _hex(uuid: str) -> str:
    return uuid.replace("-", "")


def _ordered(value: Json) -> Json:
    match value:
        case dict():
            return {key: _ordered(each) for key, each in value.items()}
        case list() if moment := _moment(value):
            return sorted(value, key=lambda row: (row[moment], _bare(row)))
        case list():
            return [_ordered(each) for each in value]
    return value


def _moment(rows: list[Json]) -> str:
    """Return by which moment rows are in order, if they are."""
    for name in ("at", "received_at"):
        if rows and all(isinstance(row, dict) and name in row for row in rows):
            return name
    return ""


def _bare(row: dict[str, Json]) -> str:
    """Return a row as text, without anything random."""
    return HEX.sub("", json.dumps({**row, "entry": None}, sort_keys=True))
