"""People in post, as they are typed on the command line, and as they are shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

import click

from dispatch.cli import returns
from dispatch.database import Session
from dispatch.domain.authority import Contact
from dispatch.domain.errors import RuleBroken
from dispatch.domain.person import parts_of
from dispatch.files import contacts
from dispatch.files.tables import fields
from dispatch.files.tables.faults import Wrong
from dispatch.register.store import posts

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


NAMES: Final = ("honorific", "given_name", "surname", "job_title")


def _day(_: click.Context, __: click.Parameter, value: str | None) -> date | None:
    try:
        return fields.day(value) if value else None
    except Wrong as rule:
        raise click.BadParameter(f"{value!r} {rule}") from None


def role(_: click.Context, __: click.Parameter, value: str) -> str:
    """Read a role; hyphens spare a person the quotes."""
    try:
        return contacts.ROLE(" ".join(value.replace("-", " ").replace("_", " ").split()))
    except Wrong as rule:
        raise click.BadParameter(f"{value!r} {rule}") from None


def day_option(name: str, **options: Any) -> Decorator:  # noqa: ANN401 - click's own options
    """Return an option that is a day, handed on as `day`."""
    return click.option(name, "day", callback=_day, metavar="DATE", **options)


def names(spelt: dict[str, str | None], *, is_same_person: bool) -> dict[str, str]:
    """Return the address and the parts of the name, by the columns of the file."""
    given = {name: value for name, value in spelt.items() if value}
    whole = given.pop("name", None)
    if is_same_person and (whole or given.keys() & set(NAMES)):
        raise click.UsageError("--same-person keeps the name: give no other")
    if not whole:
        return given
    if given.keys() & set(NAMES[:3]):
        raise click.UsageError("give either --name or the parts of it")
    parts = dict(zip(NAMES, parts_of(whole), strict=False))
    if not parts["surname"]:
        raise click.UsageError(f"which part of {whole!r} is the surname? Give it as --surname")
    return {**given, **{name: part for name, part in parts.items() if part}}


def kept(session: Session, code: str, role: str) -> dict[str, str]:
    """Return the parts of the name of who is in post, or raise `RuleBroken` if nobody is."""
    row = posts.in_post(session, code, role)
    if row is None:
        raise RuleBroken(f"nobody is in post as {role} of {code}: there is no name to keep")
    named = row.to_contact()
    return {name: value for name in NAMES if (value := getattr(named, name))}


def who(contact: Contact) -> str:
    """Return a contact as a table shows it: the name, if there is one, and the address."""
    if not contact.surname:
        return contact.address or returns.TAKEN_AWAY
    title = f", {contact.job_title}" if contact.job_title else ""
    return f"{contact.full_name}{title} <{contact.address}>"


def as_data(contact: Contact) -> dict[str, object]:
    """Return a contact for a program."""
    return {
        "authority": contact.authority,
        "role": contact.role,
        "address": contact.address,
        **{name: getattr(contact, name) for name in NAMES},
    }
