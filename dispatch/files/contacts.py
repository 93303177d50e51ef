"""Read the file of contacts: who holds which role at which authority, and their address."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from email_validator import EmailNotValidError, validate_email

from dispatch.domain.address import misspelling
from dispatch.domain.errors import BadInput
from dispatch.domain.person import is_spelt_alike, parts_of
from dispatch.domain.register.authority import ROLES, Contact, RoleAt
from dispatch.domain.register.comparison import completed
from dispatch.domain.register.mail_domains import Domains, Entry, Odd
from dispatch.domain.register.names import is_role
from dispatch.files import authorities
from dispatch.files.tables import fields, kinds, swapped
from dispatch.files.tables.faults import Faults, Wrong
from dispatch.files.tables.sheet import Row, Sheet, Table, repeated
from dispatch.files.tables.swapped import Sort, readable

COLUMNS: Final = kinds.CONTACTS

LONGEST_NAME: Final = 300

NOBODY: Final[Mapping[RoleAt, Contact]] = {}


@dataclass(frozen=True, slots=True)
class Accepts:
    """What the cells of contacts may have."""

    drawable: Callable[[str], bool] | None = None
    """Whether the letters' font can show a character; None for any."""
    roles: Sequence[str] = ROLES


USUAL: Final = Accepts()


def read(
    name: str,
    content: bytes,
    *,
    known: authorities.Known,
    registered: Mapping[RoleAt, Contact] = NOBODY,
    accepts: Accepts = USUAL,
    ignores_unknown: bool = False,
) -> Table[Contact]:
    """Return the contacts in a file, or raise `BadInput` with everything that is wrong in it.

    `known` are the registered authorities. What the file has no column for stays as it is in the
    contacts that are `registered`. Whose domain each address has is for `odd_domains`.
    """
    sheet = Sheet.read(name, content, COLUMNS, ignores_unknown=ignores_unknown)
    code = authorities.named(known)
    swapped.check(name, sheet, _sorts(code, role(accepts.roles)))
    contact = _reading(code, accepts)
    columns = (*sheet.columns, *(PARTS if "name" in sheet.columns else ()))
    found = [
        (row, _completed(row, each, registered.get(each.role_at), columns))
        for row, each in sheet.values(contact)
    ]
    by_number = {row.number: each for row, each in found}
    for row, second, earlier in repeated(found, lambda each: (each.authority, each.role)):
        row.fault("role", _two_in_one_post(by_number[earlier], earlier, second))
    table = sheet.table(found)
    notes = _split_names(table.values) if "name" in columns else _kept_names(table.values, columns)
    return replace(table, notes=(*table.notes, *notes))


def _sorts(code: Callable[[str], str], post: Callable[[str], str]) -> dict[str, Sort]:
    """Return the columns that can be told by their look, the surest first."""
    return {
        "address": Sort("email addresses", lambda value: "@" in value),
        "role": Sort("roles", readable(post)),
        "authority": Sort("authorities", readable(code)),
        "honorific": Sort("honorifics", lambda value: value.rstrip(".").casefold() in TITLES),
    }


TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "cllr", "councillor", "sir"})
"""Honorifics that nobody has for a surname."""


def odd_domains(
    name: str, table: Table[Contact], domains: Domains, *, is_trusted: bool
) -> tuple[Odd, ...]:
    """Return the addresses of a file that have the domain of another authority.

    Raises `BadInput` with each of them if they are several and a person does not trust them; if
    they have changed places, even so.
    """
    verdict = domains.judge(list(map(Entry, table.rows, table.values)))
    if not verdict.is_refused or (is_trusted and not verdict.is_mixed_up):
        return verdict.odd
    faults = Faults(name, layout=table.layout)
    if verdict.is_mixed_up:
        faults.add(MIXED_UP, column="address")
    else:
        faults.add(SEVERAL, column="address", option=GIVE_REASON)
    for each in verdict.odd:
        own = domains.called([each.authority])
        rule = f"is for {own}, and its domain is that of {domains.called(each.owners)}"
        faults.add(rule, row=each.row, column="address", value=each.address)
    raise faults.refusal()


MIXED_UP: Final = (
    "authorities have each other's addresses: the column may have been sorted, shifted or swapped "
    "by itself; put it right in the file"
)
SEVERAL: Final = (
    "several addresses have the domains of other authorities: the column may have been sorted, "
    "shifted or swapped by itself"
)
GIVE_REASON: Final = "; if each of them is right, give --although with the reason"


PARTS: Final = ("honorific", "given_name", "surname")
"""What a whole name, in one column, is split into."""


def _split_names(contacts: Iterable[Contact]) -> Iterator[str]:
    """Say how whole names were split: only a person can tell where a surname begins."""
    names = [f"{each.given_name or '-'} | {each.surname}" for each in contacts if each.surname]
    if names:
        more = ", ..." if len(names) > SHOWN_NAMES else ""
        shown = ", ".join(names[:SHOWN_NAMES])
        yield f"Names were split into given name | surname: {shown}{more}; see that this is right."


SHOWN_NAMES: Final = 3


def _kept_names(contacts: Iterable[Contact], columns: Collection[str]) -> Iterator[str]:
    """Say that a file without names keeps those that are known, for another person may be meant."""
    if {*PARTS}.isdisjoint(columns) and any(each.surname for each in contacts):
        yield "The file has no columns for names: those that are known stay."


def _completed(
    row: Row, said: Contact, before: Contact | None, columns: Collection[str]
) -> Contact:
    """Return what a row says of a contact, and what was known of the rest.

    Another surname beside the honorific or given name that was known would be a person who is
    nobody, so a file with one of them names all.
    """
    if before is None:
        return said
    found = completed(said, before, columns)
    for changed, beside in NAMED_TOGETHER.items():
        was, now = getattr(before, changed), getattr(found, changed)
        kept = [name for name in beside if name not in columns and getattr(before, name)]
        if was and now and not is_spelt_alike(was, now) and kept:
            known = ", ".join(f'{name} ("{getattr(before, name)}")' for name in kept)
            row.fault(
                changed,
                f'is not "{was}", as known until now, and the file has no column for {known}; add '
                f"it, blank where it is not known",
            )
    return found


NAMED_TOGETHER: Final = {"surname": ("honorific", "given_name"), "given_name": ("surname",)}
"""Parts of a name that, when they change, are given with others: it may be another person."""


def one(
    cells: Mapping[str, str],
    *,
    known: Collection[str],
    accepts: Accepts = USUAL,
) -> Contact:
    """Return a contact that a person typed in, from cells named as the file's columns.

    Raises `BadInput` with everything that is wrong.
    """
    faults = Faults("the contact")
    tidy = {name: unicodedata.normalize("NFC", value).strip() for name, value in cells.items()}
    code = fields.one_of(known, "the code of an authority")
    contact = _reading(code, accepts)(Row(0, tidy, faults))
    if contact is None or faults.found:
        raise faults.refusal()
    return contact


def _two_in_one_post(first: Contact, number: int, second: Contact) -> str:
    if first == second:
        return f"of {first.authority} is in row {number} as well, and the same; keep one"
    return (
        f"two people are in this post at {first.authority}: {_who(first)} in row {number} "
        f"and {_who(second)} here; keep one"
    )


def _who(contact: Contact) -> str:
    return f"{contact.full_name} <{contact.address}>" if contact.surname else contact.address


def _reading(code: Callable[[str], str], accepts: Accepts) -> Callable[[Row], Contact | None]:
    """Return a function that reads a row."""
    post, text = role(accepts.roles), fields.text(LONGEST_NAME, accepts.drawable)

    def contact(row: Row) -> Contact | None:
        authority = row.required("authority", code)
        in_role = row.required("role", post)
        address = row.required("address", mailbox)
        names = {column: row.optional(column, text) for column in (*PARTS, "job_title")}
        if row.cells.get("name"):
            names |= _named(row, text)
        spoken = row.optional("language", fields.language)
        where = row.optional("postal_address", lambda value: text(fields.postal_address(value)))
        if authority is None or in_role is None or address is None:
            return None
        return Contact(
            authority=authority,
            role=in_role,
            address=address,
            language=spoken,
            postal_address=where,
            **names,
        )

    return contact


def _named(row: Row, text: Callable[[str], str]) -> dict[str, str | None]:
    """Return the parts of a whole name, which must not be beside any of its parts."""
    if beside := [column for column in PARTS if row.cells.get(column)]:
        row.fault("name", f"is given beside {beside[0]}; keep the one or the other")
        return {}
    whole = row.optional("name", text)
    if not whole:
        return {}
    parts = parts_of(whole)
    surname = parts[-1]
    if is_role(whole):
        row.fault("name", "is a role and not a name; leave it blank if the name is not known")
        return {}
    if not surname or "," in whole or _is_title(surname, whole):
        row.fault("name", 'does not show its surname; write it as "Ms Jo Smith"')
        return {}
    return dict(zip(PARTS, parts, strict=True))


def _is_title(surname: str, whole: str) -> bool:
    """Whether a name ends in letters such as OBE, and not in a surname."""
    return len(surname) > 1 and surname.isupper() and not whole.isupper()


def role(roles: Sequence[str] = ROLES) -> Callable[[str], str]:
    """Return a function that reads a role; it may have hyphens and spaces between its words."""
    one = fields.one_of(roles, "a role")

    def read(value: str) -> str:
        try:
            return one(fields.spelt_role(value))
        except Wrong as error:
            known = "; a role that no plan names yet is known once its mailout is planned"
            raise Wrong(f"{error}{known}") from None

    return read


def checked_address(value: str) -> str:
    """Return an email address that a person typed, with its domain in small letters.

    Raises `BadInput` if it is not one.
    """
    try:
        return mailbox(value.strip())
    except Wrong as rule:
        raise BadInput(f"{value!r} {rule}") from None


@lru_cache(maxsize=2**12)
def mailbox(value: str) -> str:
    """Return one email address, with its domain in small letters.

    It is kept for a while: a page reads a file several times until it is taken in.
    No server is asked. Addresses under `.test` and `.example`, which reach nobody, are accepted.
    """
    _refuse(misspelling(value))
    try:
        found = validate_email(
            value, check_deliverability=False, test_environment=True, strict=True
        )
    except EmailNotValidError as error:
        hint = "; one address alone goes here" if MORE_THAN_AN_ADDRESS & set(value) else ""
        raise Wrong(f"is not an email address: {str(error).rstrip('.')}{hint}") from None
    # Again, since a domain may be given as an A-label (`xn--`), which does not show its letters.
    _refuse(misspelling(found.normalized))
    return found.normalized


def _refuse(rule: str | None) -> None:
    if rule:
        raise Wrong(f"is not an email address: it {rule}")


MORE_THAN_AN_ADDRESS: Final = frozenset(" ,;<>")
