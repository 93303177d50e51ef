"""What a file of authorities, contacts or figures changes, as people and programs are shown it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.comparison import Change, SharedAddress
from dispatch.domain.register.figures import PERCENTAGES, Figures
from dispatch.domain.register.mail_domains import Odd
from dispatch.domain.register.names import oddities
from dispatch.domain.wording.counts import listed
from dispatch.register.imports import Import
from dispatch.views.contacts import name_and_address
from dispatch.views.names import reopened

Value = Authority | Contact | Figures


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A value that is replaced by another."""

    before: Value
    after: Value
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BlankView:
    """A field or count that was known, and would be blank."""

    of: str
    """Whose it is: "OXO", "OXO chief executive" or "OXO 2025-26"."""
    field: str
    was: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportView:
    """What a file changes."""

    new: tuple[Value, ...]
    changed: tuple[ChangeView, ...]
    ended: tuple[Contact, ...]
    unchanged: int
    blank: tuple[BlankView, ...]
    staying: tuple[Contact, ...]
    shared: tuple[SharedAddress, ...]
    without_chief_executive: tuple[str, ...]
    reopened: tuple[str, ...]
    odd: tuple[Odd, ...]
    """Addresses that have the domain of another authority."""
    notes: tuple[str, ...]
    """How the file was read, where that is not plain: a sentence each."""
    taken_in: bool


def import_view(found: Import, *, is_done: bool) -> ImportView:
    """Return the view of an import, shown or carried out."""
    comparison = found.comparison
    ended = tuple(each.value for each in comparison.ended)
    return ImportView(
        new=comparison.new,
        changed=tuple(
            ChangeView(each.before, each.after, each.fields) for each in comparison.changed
        ),
        ended=ended,
        unchanged=comparison.unchanged,
        blank=tuple(each for change in comparison.changed for each in _blank(change)),
        staying=comparison.staying,
        shared=comparison.shared,
        without_chief_executive=tuple(
            each.authority for each in ended if each.role == CHIEF_EXECUTIVE
        ),
        reopened=found.reopens,
        odd=found.odd,
        notes=found.notes,
        taken_in=is_done,
    )


CHIEF_EXECUTIVE: Final = "chief executive"


def named(value: Value) -> str:
    """Return what a row of a file is about: "OXO", "OXO chief executive", "OXO 2025-26"."""
    match value:
        case Authority():
            return value.code
        case Contact():
            return f"{value.authority} {value.role}"
        case Figures():
            return f"{value.authority} {value.year}"


def _blank(change: Change[Value]) -> Iterator[BlankView]:
    found = change.blanked
    for field, was in found.items():
        if field == "synthetic" and found.keys() >= set(_names(was)):
            continue  # its counts are named
        yield BlankView(named(change.before), field, value_text(was))


def described(value: Value) -> str:
    """Return what a row of a file is about, and who it says is there."""
    who = f": {name_and_address(value)}" if isinstance(value, Contact) else ""
    return f"{named(value)}{who}"


def change_lines(change: ChangeView) -> Iterator[str]:
    """Say what differs, in one line; of a contact also who it was and who it would be."""
    found: Change[Value] = Change(change.before, change.after)
    if isinstance(change.before, Contact) and isinstance(change.after, Contact):
        yield f"{named(change.after)}: {', '.join(change.fields).replace('_', ' ')}"
        yield f"  from  {name_and_address(change.before)}"
        yield f"  to    {name_and_address(change.after)}"
        if "postal_address" in change.fields:
            was, now = (value_text(each.postal_address) for each in (change.before, change.after))
            yield f"  by post {was} -> {now}"
    else:
        blank = found.blanked.keys()  # a count that is blank is not made up, needless to say
        said = (_difference(name, *each, blank) for name, each in found.differences.items())
        yield f"{named(change.after)}: {', '.join(filter(None, said))}"


def _difference(name: str, was: object, now: object, blank: Collection[str]) -> str:
    if name != "synthetic":
        return f"{name.replace('_', ' ')} {value_text(was)} -> {value_text(now)}"
    before, after = _names(was), _names(now)
    gone = [each for each in before if each not in after and each not in blank]
    come = [each for each in after if each not in before]
    said = (("made up: ", come), ("no longer made up: ", gone))
    return ", ".join(f"{words}{' '.join(names)}" for words, names in said if names)


def _names(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def value_text(value: object) -> str:
    """Return the value of a field in words."""
    if value is None:
        return "blank"
    return " ".join(value) if isinstance(value, tuple) else str(value)


def summary(kind: str, view: ImportView) -> Iterator[str]:
    """Say in a line or two how much a file changes or would, and how much is not known after."""
    ends = f"{len(view.ended)} ended, " if kind == "contacts" else ""
    one, more = NOUNS[kind]
    is_one = len(view.new) == 1
    new = f"{len(view.new)} {one if is_one else more} {_verb(view, is_one=is_one)} new"
    yield f"{new}, {len(view.changed)} changed, {ends}{view.unchanged} as before."
    if view.blank:
        counts = Counter(_kind_of(each.field) for each in view.blank)
        what = [f"{count} {one if count == 1 else more}" for (one, more), count in counts.items()]
        yield f"{_and(what)} {'became' if view.taken_in else 'would become'} blank."


def _verb(view: ImportView, *, is_one: bool) -> str:
    if not view.taken_in:
        return "would be"
    return "is" if is_one else "are"


NOUNS: Final = {
    "authorities": ("authority", "authorities"),
    "contacts": ("contact", "contacts"),
    "figures": ("set of figures", "sets of figures"),
}
"""What a row of each kind of file is, one and several."""

FIELDS: Final = {
    "successors": ("list of successors", "lists of successors"),
    "synthetic": ("mark of made-up counts", "marks of made-up counts"),
    **dict.fromkeys(PERCENTAGES, ("percentage", "percentages")),
}
"""Fields that have another name in words, for one and for several."""

NAMES: Final = ("honorific", "given_name", "surname", "job_title", "address", "kind", "group")
OTHERS: Final = ("region", "start_date", "last_day", "source")


def _kind_of(field: str) -> tuple[str, str]:
    """Return what a field is called among others, for one and for several of it."""
    if field in FIELDS:
        return FIELDS[field]
    if field in (*NAMES, *OTHERS):
        words = field.replace("_", " ")
        return words, f"{words}s"
    return "count", "counts"


def _and(words: Sequence[str]) -> str:
    return listed(words, len(words))


SHOWN: Final = 20
"""How many remarks of one kind are shown before the rest are only counted."""


def remarks(view: ImportView) -> Iterator[str]:
    """Say what may be a slip in a file, and what follows from it."""
    yield from view.notes
    yield from _first(_blanks(view))
    yield from _first(_odd_names(view))
    yield from _first(_odd_domains(view))
    for each in view.shared:
        yield f"{each.address} now serves {' and '.join(each.authorities)}: is that right?"
    if view.without_chief_executive:
        codes = ", ".join(view.without_chief_executive)
        yield f"No chief executive is left to write to at {codes}."
    if count := len(view.staying):
        who = f"{count} other contact{'' if count == 1 else 's'} in these roles"
        yield f"{who} {'is' if count == 1 else 'are'} not in the file, and will stay."
    yield from map(reopened, view.reopened)


def _blanks(view: ImportView) -> Iterator[str]:
    of: dict[str, list[str]] = {}
    for each in view.blank:
        of.setdefault(each.of, []).append(f"{each.field.replace('_', ' ')} ({each.was})")
    for name, fields in of.items():
        yield f"Would become blank: {name}: {', '.join(fields)}."


def _odd_domains(view: ImportView) -> Iterator[str]:
    for each in view.odd:
        owners = " and ".join(each.owners)
        yield (
            f"Look: row {each.row}: the {each.role} of {each.authority} has an address of the "
            f"domain of {owners}: {each.address}. Is that right?"
        )


def _odd_names(view: ImportView) -> Iterator[str]:
    coming = (*view.new, *(change.after for change in view.changed))
    for contact in (each for each in coming if isinstance(each, Contact)):
        for said in oddities(contact):
            yield f"Look: the {contact.role} of {contact.authority}: {said}."


def _first(remarks: Iterable[str]) -> Iterator[str]:
    found = list(remarks)
    yield from found[:SHOWN]
    if len(found) > SHOWN:
        yield f"... and {len(found) - SHOWN} more"
