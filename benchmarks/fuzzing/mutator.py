"""Inputs made out of seeds, each from a number alone, so that a finding can be made again.

Our own and not atheris: that guides itself by what a case covers and so is never the same twice, it
has no wheels for some of the Pythons that we run on, and it has one target a process.
"""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Final

LARGEST: Final = 500_000
"""Octets of a case: what a reader does with more is for its own tests of limits."""

Change = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def mutated(rng: random.Random, seeds: Sequence[bytes], words: Sequence[bytes]) -> bytes:
    """Return one of the seeds with one to eight changes; `words` mean something to the reader."""
    content = rng.choice(seeds)
    for _ in range(rng.choice((1, 1, 2, 3, 5, 8))):
        change = rng.choice(CHANGES)
        content = change(rng, content, words or WORDS)[:LARGEST]
    if rng.random() < SPLICED:
        other = rng.choice(seeds)
        content = content[: _at(rng, content)] + other[_at(rng, other) :]
    return content[:LARGEST]


SPLICED: Final = 0.1

WORDS: Final = (
    b"\0", b"\r\n", b"\n", b"\r", b"\x1b]52;c;AA==\x07", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80",
    "\u202e".encode(), b"%s%n", b"../../", b"-1", b"0", b"9" * 30, b"9" * 5000, b"1e999", b"NaN",
    b"'", b'"', b"\\", b"(", b"[", b"{", b"<", b"=?utf-8?q?", b"=?utf-8?b?////?=", b"\xe2\x80\xa8",
)  # fmt: skip


def zipped(rng: random.Random, archive: bytes, words: Sequence[bytes]) -> bytes:
    """Return a ZIP archive with one of its parts changed, so that its checksums are right."""
    with zipfile.ZipFile(BytesIO(archive)) as read:
        parts = {name: read.read(name) for name in read.namelist()}
    chosen = rng.choice(sorted(parts))
    parts[chosen] = mutated(rng, [parts[chosen]], words)
    if rng.random() < SPLICED:
        parts.pop(rng.choice(sorted(parts)))
    into = BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as write:
        for name, content in parts.items():
            write.writestr(name, content)
    return into.getvalue()


def _at(rng: random.Random, content: bytes) -> int:
    return rng.randrange(len(content) + 1)


def _span(rng: random.Random, content: bytes) -> tuple[int, int]:
    start = _at(rng, content)
    return start, min(len(content), start + int(2 ** rng.uniform(0, 8)))


def _flip(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    if not content:
        return content
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


def _cut(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, content)
    return content[:start] + content[end:]


def _end(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    return content[: _at(rng, content)]


def _insert(rng: random.Random, content: bytes, words: Sequence[bytes]) -> bytes:
    at = _at(rng, content)
    return content[:at] + rng.choice((rng.choice(WORDS), rng.choice(words))) + content[at:]


def _replace(rng: random.Random, content: bytes, words: Sequence[bytes]) -> bytes:
    start, end = _span(rng, content)
    return content[:start] + rng.choice((rng.choice(WORDS), rng.choice(words))) + content[end:]


def _repeat(rng: random.Random, content: bytes, words: Sequence[bytes]) -> bytes:
    """Say something over and over: depth and length are what most parsers fall over."""
    start, end = _span(rng, content)
    what = rng.choice((content[start:end], rng.choice(words), rng.choice(WORDS)))
    times = int(2 ** rng.uniform(1, 17))
    return content[:end] + what * min(times, LARGEST // max(1, len(what))) + content[end:]


def _move(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(rng, content)
    rest = content[:start] + content[end:]
    at = _at(rng, rest)
    return rest[:at] + content[start:end] + rest[at:]


def _lines(rng: random.Random, content: bytes, _: Sequence[bytes]) -> bytes:
    """Change the order of lines, or say one twice."""
    lines = content.splitlines(keepends=True)
    if len(lines) > 1:
        lines.insert(rng.randrange(len(lines)), lines[rng.randrange(len(lines))])
        lines.pop(rng.randrange(len(lines)))
    return b"".join(lines)


CHANGES: Final[Sequence[Change]] = (
    _flip, _cut, _end, _insert, _insert, _replace, _repeat, _move, _lines,
)  # fmt: skip
