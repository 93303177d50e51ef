"""Read the file of authorities: the bodies that get letters, their groups and successors."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final

from dispatch.domain.register.authority import COUNCIL, Authority, slugified
from dispatch.domain.register.comparison import completed
from dispatch.files.tables import fields
from dispatch.files.tables.faults import meant
from dispatch.files.tables.sheet import Columns, Row, Sheet, repeated

COLUMNS: Final = Columns(
    required=("name", "official_name"),
    optional=(
        "code",
        "slug",
        "kind",
        "group",
        "region",
        "start_date",
        "last_day",
        "successors",
        "source",
    ),
    aliases={
        "code3": "code",
        "type": "kind",
        "comparison_group": "group",
        "started": "start_date",
        "end_date": "last_day",
        "successor": "successors",
        "replaced_by": "successors",
    },
)

LONGEST_NAME: Final = 300
LONGEST_SOURCE: Final = 2000

NONE: Final[Mapping[str, Authority]] = {}


def read(
    name: str,
    content: bytes,
    *,
    known: Collection[str] = (),
    registered: Mapping[str, Authority] = NONE,
    drawable: Callable[[str], bool] | None = None,
) -> tuple[Authority, ...]:
    """Return the authorities in a file, or raise `BadInput` with everything that is wrong in it.

    A successor may be in the file, or one of the `known` codes, which are registered already. What
    the file has no column for stays as it is in the authorities that are `registered`, by code.
    """
    sheet = Sheet.read(name, content, COLUMNS)
    named = {_names(each): each.code for each in registered.values()}
    found = [
        (row, _completed(row, authority, registered.get(authority.code), sheet.columns))
        for row, authority in sheet.values(lambda row: _authority(row, drawable, named))
    ]
    for row, authority, earlier in repeated(found, lambda each: each.code):
        row.fault("code", f"{authority.code} is already in row {earlier}; keep one")
    _check_successors(found, {*known, *(authority.code for _, authority in found)})
    sheet.faults.settle()
    return tuple(authority for _, authority in found)


def _completed(
    row: Row, said: Authority, before: Authority | None, columns: Collection[str]
) -> Authority:
    """Return what a row says of an authority, and what was known of the rest."""
    found = said if before is None else completed(said, before, columns)
    if found.start_date and found.last_day and found.last_day < found.start_date:
        row.fault("last_day", f"is before the start date, which is {found.start_date}")
    return found


def _names(authority: Authority) -> tuple[str, str]:
    return authority.name.casefold(), authority.official_name.casefold()


def _authority(
    row: Row, drawable: Callable[[str], bool] | None, named: Mapping[tuple[str, str], str]
) -> Authority | None:
    text = fields.text(LONGEST_NAME, drawable)
    plain = fields.text(LONGEST_NAME)
    name = row.required("name", text)
    official_name = row.required("official_name", text)
    code = row.optional("code", fields.code)
    slug = row.optional("slug", fields.slug)
    group = row.optional("group", text)
    start_date, last_day = (
        row.optional("start_date", fields.day),
        row.optional("last_day", fields.day),
    )
    if name is None or official_name is None:
        return None
    # A file without codes still means the authorities that are known by these names.
    code = code or slug or named.get((name.casefold(), official_name.casefold())) or slugified(name)
    if not code:
        row.fault("name", "has nothing to make a slug from; give the authority a code or a slug")
    return Authority(
        code=code,
        name=name,
        official_name=official_name,
        kind=(row.optional("kind", plain) or COUNCIL).casefold(),
        group=None if group is None or group.casefold() == "none" else group,
        region=row.optional("region", plain),
        start_date=start_date,
        last_day=last_day,
        successors=tuple(_codes(row.cells.get("successors", ""))),
        source=row.optional("source", fields.text(LONGEST_SOURCE)),
    )


def _codes(value: str) -> Iterator[str]:
    """Yield the codes in a list: those of three letters in capitals, slugs as they are."""
    for part in re.split(r"[,;\s]+", value):
        if part:
            yield part.upper() if fields.CODE.fullmatch(part.upper()) else part


def _check_successors(found: Collection[tuple[Row, Authority]], known: Collection[str]) -> None:
    for row, authority in found:
        for code in authority.successors:
            if code == authority.code:
                row.fault("successors", "names the authority itself as its successor")
            elif code not in known:
                rule = f"names {code}, which is not the code of an authority{meant(code, known)}"
                row.fault("successors", rule)
