"""Rows that wait on disk, by a key, where there are too many of them for memory.

In memory is where the rows of each key lie. The file has no name, and is gone with the process.
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from tempfile import TemporaryFile
from types import TracebackType
from typing import Final, Self, TypeVar

import orjson

from dispatch.domain.publishing.spreadsheet import Row

K = TypeVar("K", bound=Hashable)

SIZE: Final = 4
"""Octets in front of some rows that say how many octets they are."""
QUICK: Final = 1
"""How much zlib tries: rows of one table repeat themselves, so the least is enough."""


class Shelf(Mapping[K, Sequence[Row]]):
    """Some rows for each key; leaving the block deletes them."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - `__exit__` closes it
        self._places: dict[K, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def put(self, key: K, rows: Iterable[Row]) -> None:
        """Put rows there for a key, instead of those that it has."""
        content = zlib.compress(orjson.dumps(list(rows)), QUICK)
        self._places[key] = self._file.seek(0, 2)
        self._file.write(len(content).to_bytes(SIZE) + content)

    def __getitem__(self, key: K) -> Sequence[Row]:
        self._file.seek(self._places[key])
        size = int.from_bytes(self._file.read(SIZE))
        found: list[Row] = orjson.loads(zlib.decompress(self._file.read(size)))
        return found

    def __iter__(self) -> Iterator[K]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
