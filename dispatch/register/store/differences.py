"""Differences: contacts that come in, set against who is in post, and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.database.tables import ContactRow, SourceFile
from dispatch.domain import calendar
from dispatch.domain.address import folded
from dispatch.domain.authority import Contact
from dispatch.register.store import posts, register
from dispatch.register.store.posts import Post, post_of
from dispatch.register.store.register import Comparison, Ending


@dataclass(frozen=True, slots=True)
class Shared:
    """An address that is in post at several authorities, which may be right and may be a slip."""

    address: str
    authorities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference(Comparison[Contact]):
    """Contacts that came in, set against who is in post."""

    staying: tuple[Contact, ...] = ()
    """Who is in post in a role that the file names, is not in it, and stays."""
    shared: tuple[Shared, ...] = ()
    """The addresses that come to serve another authority as well."""


def compare(
    session: Session, coming: Iterable[Contact], *, is_complete: bool = False
) -> Difference:
    """Set contacts against those in the same posts.

    A file need not name everybody: who is not in it stays. If it `is_complete`, whoever is not in
    it and holds one of the roles that it names is out of post.
    """
    values = list(coming)
    rows = session.scalars(select(ContactRow).where(ContactRow.valid_until.is_(None)))
    present = {(row.authority_code, row.role): (row.id, row.to_contact()) for row in rows}
    found = register.compare(present, values, post_of)
    named, roles = {post_of(each) for each in values}, {each.role for each in values}
    absent = [
        Ending(contact, row_id)
        for post, (row_id, contact) in sorted(present.items())
        if post not in named and contact.role in roles
    ]
    before = {post: contact for post, (_, contact) in present.items()}
    out = {post_of(each.value) for each in absent} if is_complete else set()
    after = {post: each for post, each in before.items() if post not in out}
    return Difference(
        found.new,
        found.changed,
        found.unchanged,
        ended=tuple(absent) if is_complete else (),
        staying=() if is_complete else tuple(each.value for each in absent),
        shared=newly_shared(before, {**after, **{post_of(each): each for each in values}}),
    )


def newly_shared(
    before: Mapping[Post, Contact], after: Mapping[Post, Contact]
) -> tuple[Shared, ...]:
    """Return the addresses that serve several authorities, of which one or more are new to it."""
    served, serving = _served(before.values()), _served(after.values())
    return tuple(
        Shared(address, tuple(sorted(codes)))
        for address, codes in sorted(serving.items())
        if len(codes) > 1 and not codes <= served.get(address, set())
    )


def _served(contacts: Iterable[Contact]) -> dict[str, set[str]]:
    by_address: dict[str, set[str]] = {}
    for each in contacts:
        by_address.setdefault(folded(each.address), set()).add(each.authority)
    return by_address


def write(session: Session, comparison: Comparison[Contact], source: SourceFile) -> None:
    """Put people in post from the day of the import on; those before them stay on record."""
    today = calendar.local(source.imported_at).date()
    posts.end(session, comparison.ended, day=today)
    posts.succeed(session, comparison.pairs, day=today, source_file_id=source.id)
