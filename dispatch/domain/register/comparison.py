"""Compare what comes in with what is registered: authorities, contacts and figures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from dispatch.domain.address import folded
from dispatch.domain.register.authority import Authority, Contact, RoleAt
from dispatch.domain.register.figures import Figures

T = TypeVar("T", bound=Authority | Contact | Figures)
V = TypeVar("V", Authority, Contact)


@dataclass(frozen=True, slots=True)
class Change(Generic[T]):
    """A registered value, and the one that replaces it."""

    before: T
    after: T
    row_id: UUID | None = None
    """The row that is replaced; None where a row is updated in place."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields that differ; two spellings of one address do not."""
        return tuple(
            name for name in _names(self.before) if _differs(self.before, self.after, name)
        )

    @property
    def alters_letters(self) -> bool:
        """Whether a letter may show what differs: no letter has a postal address."""
        return any(name not in BESIDE for name in self.fields)

    @property
    def differences(self) -> dict[str, tuple[object, object]]:
        """What differs, each count by itself, with what was known before and after; or None."""
        before, after = _known(self.before), _known(self.after)
        names = dict.fromkeys((*before, *after))
        return {
            name: (before.get(name), after.get(name))
            for name in names
            if before.get(name) != after.get(name)
            if name != "address" or "address" in self.fields
        }

    @property
    def blanked(self) -> dict[str, object]:
        """What was known and is now blank, with what it was."""
        found = self.differences.items()
        return {name: before for name, (before, after) in found if after is None}


def _known(value: T) -> dict[str, object]:
    """Return the fields of a value that are not blank, and each count and percentage in it."""
    found: dict[str, object] = {}
    for name in _names(value):
        held = getattr(value, name)
        if held is None or held == ():
            continue
        if isinstance(held, str):
            found[name] = held
        elif isinstance(held, Mapping):
            found.update(held)
        else:
            found[name] = held
    return found


def _names(value: Authority | Contact | Figures) -> tuple[str, ...]:
    if type(value) not in NAMES:
        NAMES[type(value)] = tuple(field.name for field in fields(value))
    return NAMES[type(value)]


NAMES: Final[dict[type, tuple[str, ...]]] = {}
"""The fields of each kind of value: `fields` takes long for 100,000 values."""


BESIDE: Final = frozenset(
    each.name for each in fields(Contact) if not each.metadata.get("in_letters", True)
)
"""The fields of contacts that letters never have."""


def _differs(before: object, after: object, name: str) -> bool:
    was, now = getattr(before, name), getattr(after, name)
    return was != now and not (name == "address" and folded(was) == folded(now))


@dataclass(frozen=True, slots=True)
class Ending(Generic[T]):
    """A registered value that ends, with nothing in its place."""

    value: T
    row_id: UUID


@dataclass(frozen=True, slots=True)
class SharedAddress:
    """An address used at several authorities: it may be right, and it may be a slip."""

    address: str
    authorities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Generic[T]):
    """The differences between what comes in and what is registered."""

    new: tuple[T, ...]
    changed: tuple[Change[T], ...]
    unchanged: int
    ended: tuple[Ending[T], ...] = ()
    staying: tuple[T, ...] = ()
    """Contacts who are not in the file, hold a role that it names, and stay."""
    shared: tuple[SharedAddress, ...] = ()
    """Addresses that are now used at another authority as well."""

    @property
    def coming(self) -> tuple[T, ...]:
        """Every value that is new or replaces another."""
        return (*self.new, *(change.after for change in self.changed))

    @property
    def touched(self) -> tuple[T, ...]:
        """Every value that comes, and every one that ends."""
        return (*self.coming, *(ending.value for ending in self.ended))

    @property
    def altering(self) -> tuple[T, ...]:
        """The same without those that no letter shows."""
        changed = (change.after for change in self.changed if change.alters_letters)
        return (*self.new, *changed, *(ending.value for ending in self.ended))

    @property
    def pairs(self) -> list[tuple[T, UUID | None]]:
        """Every value that comes, with the id of the row that it replaces."""
        new = [(value, None) for value in self.new]
        return [*new, *((change.after, change.row_id) for change in self.changed)]

    @property
    def effect(self) -> object:
        """What it would change, as values for a digest."""
        return {
            "new": self.new,
            "changed": [(each.before, each.after, str(each.row_id)) for each in self.changed],
            "unchanged": self.unchanged,
            "ended": [(each.value, str(each.row_id)) for each in self.ended],
            "staying": self.staying,
            "shared": self.shared,
        }


def completed(said: V, before: V, columns: Collection[str]) -> V:
    """Return what a file says of an authority or a contact, and what was known of the rest.

    `columns` are those of the file. What has no column stays; a blank cell makes it blank.
    """
    unsaid = {name: getattr(before, name) for name in _names(said) if name not in columns}
    return replace(said, **unsaid) if unsaid else said


def completed_figures(said: Figures, before: Figures, columns: Collection[str]) -> Figures:
    """Return what a file says of figures, and what was known of the rest.

    A count that had been made up and now differs is not made up any longer: where it comes from
    says so, if it has no column for that.
    """
    found = replace(
        said,
        counts=_merged(said.counts, before.counts, columns),
        percentages=_merged(said.percentages, before.percentages, columns),
        source=said.source if "source" in columns else before.source,
    )
    made_up = (name for name in before.synthetic if found.counts.get(name) == before.counts[name])
    return found if "synthetic" in columns else replace(found, synthetic=tuple(made_up))


def _merged(
    said: Mapping[str, int], before: Mapping[str, int], columns: Collection[str]
) -> dict[str, int]:
    unsaid = {name: value for name, value in before.items() if name not in columns}
    return {**unsaid, **said}


def compare(
    registered: Mapping[Any, tuple[UUID | None, T]],
    coming: Iterable[T],
    key: Callable[[T], Hashable],
) -> Comparison[T]:
    """Compare values with those registered under the same keys, each with its row's id."""
    new: list[T] = []
    changed: list[Change[T]] = []
    unchanged = 0
    for after in coming:
        row_id, before = registered.get(key(after), (None, None))
        if before is None:
            new.append(after)
        elif (change := Change(before, after, row_id)).fields:
            changed.append(change)
        else:
            unchanged += 1
    return Comparison(tuple(new), tuple(changed), unchanged)


def compare_contacts(
    registered: Mapping[RoleAt, tuple[UUID, Contact]],
    coming: Iterable[Contact],
    *,
    is_complete: bool = False,
) -> Comparison[Contact]:
    """Compare contacts with those who hold the same roles at the same authorities.

    A file need not name everybody: a contact who is not in it stays. One that `is_complete` ends
    every contact who is not in it and holds one of the roles that it names.
    """
    values = list(coming)
    found = compare(registered, values, lambda each: each.role_at)
    named, roles = {each.role_at for each in values}, {each.role for each in values}
    unnamed = {key: held for key, held in registered.items() if key not in named}
    absent = [
        Ending(contact, row_id)
        for _, (row_id, contact) in sorted(unnamed.items())
        if contact.role in roles
    ]
    gone = roles if is_complete else set()
    before = (contact for _, contact in registered.values())
    staying = (contact for _, contact in unnamed.values() if contact.role not in gone)
    return Comparison(
        found.new,
        found.changed,
        found.unchanged,
        ended=tuple(absent) if is_complete else (),
        staying=() if is_complete else tuple(each.value for each in absent),
        shared=newly_shared(before, chain(staying, values)),
    )


def newly_shared(before: Iterable[Contact], after: Iterable[Contact]) -> tuple[SharedAddress, ...]:
    """Return the addresses used at several authorities of which at least one is new to them."""
    used = _shared(after)
    used_before: dict[str, set[str]] = {address: set() for address in used}
    for each in before if used else ():
        if (address := folded(each.address)) in used:
            used_before[address].add(each.authority)
    return tuple(
        SharedAddress(address, tuple(sorted(codes)))
        for address, codes in sorted(used.items())
        if not codes <= used_before[address]
    )


def _shared(contacts: Iterable[Contact]) -> dict[str, set[str]]:
    """Return the addresses used at several authorities, with their codes."""
    first: dict[str, str] = {}
    found: dict[str, set[str]] = {}
    for each in contacts:
        address = folded(each.address)
        earlier = first.setdefault(address, each.authority)
        if earlier != each.authority:
            found.setdefault(address, {earlier}).add(each.authority)
    return found
