"""Read the file of authorities: the bodies that get letters, their groups and successors."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from dispatch.domain.register.authority import COUNCIL, Authority, slugified
from dispatch.domain.register.comparison import completed
from dispatch.domain.register.spelling import folded
from dispatch.files.tables import fields, kinds, swapped
from dispatch.files.tables.faults import SHOWN_CHARACTERS, Wrong, meant
from dispatch.files.tables.sheet import Row, Sheet, Table, repeated
from dispatch.files.tables.swapped import Sort, readable

COLUMNS: Final = kinds.AUTHORITIES

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
    ignores_unknown: bool = False,
) -> Table[Authority]:
    """Return the authorities in a file, or raise `BadInput` with everything that is wrong in it.

    A successor may be in the file, or one of the `known` codes, which are registered already. What
    the file has no column for stays as it is in the authorities that are `registered`, by code.
    """
    sheet = Sheet.read(name, content, COLUMNS, ignores_unknown=ignores_unknown)
    swapped.check(name, sheet, SORTS, PAIRS)
    named = {_names(each): each.code for each in registered.values()}
    found = [
        (row, _completed(row, authority, registered.get(authority.code), sheet.columns))
        for row, authority in sheet.values(lambda row: _authority(row, drawable, named))
    ]
    for row, authority, earlier in repeated(found, lambda each: each.code):
        row.fault("code", f"{authority.code} is already in row {earlier}; keep one")
    _check_successors(found, {*known, *(authority.code for _, authority in found)})
    return sheet.table(found)


SORTS: Final = {
    "code": Sort("codes", readable(fields.code)),
    "start_date": Sort("days", readable(fields.day)),
    "last_day": Sort("days", readable(fields.day)),
}
"""The columns that can be told by their look."""


def _is_later(start_date: str, last_day: str) -> bool:
    try:
        return fields.day(start_date) > fields.day(last_day)
    except Wrong:
        return False


PAIRS: Final = {
    ("name", "official_name"): lambda name, official: (
        official.casefold() in name.casefold() and len(official) < len(name)
    ),
    ("start_date", "last_day"): _is_later,
}
"""The short name is a part of the official one; it stands to reason which day is the earlier."""


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


Known = Collection[str] | Mapping[str, Authority]
"""The registered authorities by code, or only their codes."""


def named(known: Known) -> Callable[[str], str]:
    """Return a function that reads which authority is meant, and returns its code.

    The code may be in any letter case, and the official name or the short name of exactly one
    authority stands for it, whatever its letter case, dashes and spaces, and "and" or "&".
    """
    codes = {code.casefold(): code for code in known}
    names: dict[str, list[str]] = {}  # filled when a cell is not a code: most files have codes
    wrong: dict[str, str] = {}

    def read(value: str) -> str:
        if code := codes.get(value.casefold()):
            return code
        if not names:
            names.update(_codes_by_name(known))
        found = names.get(_folded(value), [])
        if len(found) == 1:
            return found[0]
        if found:
            raise Wrong(f"is the name of several authorities; write the code: {', '.join(found)}")
        # Finding what was meant is slow, and a message shows only the first faults.
        if value not in wrong and len(wrong) < fields.SUGGESTED:
            wrong[value] = _meant(value, known, names)
        raise Wrong(f"is not the code or the name of an authority{wrong.get(value, '')}")

    return read


def _codes_by_name(known: Known) -> dict[str, list[str]]:
    """Return the codes of the authorities that have a name, by the name in the form compared."""
    found: dict[str, list[str]] = {}
    for authority in known.values() if isinstance(known, Mapping) else ():
        for name in {_folded(authority.name), _folded(authority.official_name)}:
            found.setdefault(name, []).append(authority.code)
    return found


def _folded(name: str) -> str:
    """Return a name in the form that is compared, with "The" or without."""
    return folded(name).removeprefix("the ")


def _meant(value: str, known: Known, names: Mapping[str, list[str]]) -> str:
    """Return "; did you mean OXO?" where a code or a name is nearly spelt like this, or nothing."""
    sought = _folded(value)[:SHOWN_CHARACTERS]
    near = get_close_matches(sought, names, n=1, cutoff=ALIKE) or _sharing_words(sought, names)
    if codes := {code: None for name in near for code in names[name]}:
        return f"; did you mean {' or '.join(codes)}?" if len(codes) <= MOST_MEANT else ""
    return meant(value, known) if len(value) <= LONGEST_CODE else ""


def _sharing_words(sought: str, names: Collection[str]) -> list[str]:
    """Return the names that have every word of the one sought, or of which it has every word."""
    words = {*sought.split()}
    return [name for name in names if words <= {*name.split()} or {*name.split()} <= words]


ALIKE: Final = 0.8
MOST_MEANT: Final = 2
LONGEST_CODE: Final = 4
