"""Intake: authorities, contacts and figures come in from files, all of a file or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic, TypeVar

from dispatch.database import Session
from dispatch.database.tables import Mailout, SourceFile
from dispatch.domain.authority import Authority, Contact
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.figures import Figures
from dispatch.domain.ledger import Event
from dispatch.domain.mailout import MailoutState, Plan
from dispatch.domain.word import Word
from dispatch.files import authorities, contacts, figures
from dispatch.ledger import journal
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import lock_unreleased
from dispatch.register.store import differences, register
from dispatch.register.store.register import Change, Comparison, Ending

T = TypeVar("T", bound=Authority | Contact | Figures)

Drawable = Callable[[str], bool]
"""Whether the letters' font can show a character."""

Registered = Mapping[str, Authority]
"""The authorities there are, by code."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What a file brought, and which mailouts it took back to draft."""

    new: int
    changed: int
    unchanged: int
    reopened: tuple[str, ...]
    difference: Comparison[Any] | None = field(default=None, compare=False)
    """What the counts are of."""


def intake(  # noqa: PLR0913 - what came in, who brought it, and when
    session: Session,
    kind: str,
    name: str,
    content: bytes,
    *,
    actor: str,
    now: datetime,
    is_dry_run: bool = False,
    is_complete: bool = False,
    agreed: Intake | None = None,
    drawable: Drawable | None = None,
) -> Intake:
    """Take in a file of one of `KINDS`; a dry run checks and counts it, and writes nothing.

    The file is kept as it came. A mailout that has not begun to go and that the changes concern
    goes back to draft. A file of contacts that `is_complete` ends those in its roles that are not
    in it. Raises `BadInput` with everything that is wrong in the file; `RuleBroken` if it comes to
    anything else than what was `agreed`.
    """
    trade = _trade(kind, is_complete=is_complete)
    register.lock(session)
    mailouts = [each for each in lock_unreleased(session) if each.state is not MailoutState.DRAFT]
    registered = register.authorities(session)
    comparison = trade.compare(session, trade.read(name, content, registered, drawable))
    concerned = list(_concerned(mailouts, trade, comparison, registered))
    brought = _brought(comparison, concerned)
    if agreed and (agreed, agreed.difference) != (brought, brought.difference):
        raise RuleBroken("what the file changes is not what was shown any more: look at it again")
    if not is_dry_run:
        source = SourceFile(
            kind=kind,
            name=name,
            sha256=sha256(content),
            content=content,
            imported_at=now,
            imported_by=actor,
        )
        _write(session, trade, comparison, source)
        word = Word(person=actor, keyboard=actor, at=now)
        for mailout, what in concerned:
            reopen(session, mailout, f"{what} changed on import of {name}", word)
    return brought


def _trade(kind: str, *, is_complete: bool) -> _Trade[Any]:
    if kind not in KINDS:
        raise BadInput(f"{kind!r} is not a kind of file; it is one of {', '.join(KINDS)}")
    if not is_complete:
        return KINDS[kind]
    if kind not in WHOLE:
        raise BadInput(f"a file of {kind} is not taken as complete: what is not in it stays")
    return WHOLE[kind]


def _brought(comparison: Comparison[Any], concerned: Iterable[tuple[Mailout, str]]) -> Intake:
    return Intake(
        new=len(comparison.new),
        changed=len(comparison.changed),
        unchanged=comparison.unchanged,
        reopened=tuple(mailout.name for mailout, _ in concerned),
        difference=comparison,
    )


@dataclass(frozen=True, slots=True)
class _Trade(Generic[T]):
    """What is done with one kind of file."""

    read: Callable[[str, bytes, Registered, Drawable | None], Iterable[T]]
    compare: Callable[[Session, Iterable[T]], Comparison[T]]
    write: Callable[[Session, Comparison[T], SourceFile], None]
    tell: Callable[[Change[T]], tuple[str, str, dict[str, str]]]
    """Return what the ledger says of a change: the action, the authority's code, the detail."""
    bears_on: Callable[[T, Plan], tuple[str, str] | None]
    """Return what it changes in a plan's letters, if anything: whose, and what, in words."""


def _write(
    session: Session, trade: _Trade[T], comparison: Comparison[T], source: SourceFile
) -> None:
    """Keep the file, write what it brought, and tell the ledger: the file, and each change."""
    session.add(source)
    session.flush()
    trade.write(session, comparison, source)
    at, actor = source.imported_at, source.imported_by
    counts = {
        "new": len(comparison.new),
        "changed": len(comparison.changed),
        "unchanged": comparison.unchanged,
        **({"ended": len(comparison.ended)} if comparison.ended else {}),
    }
    detail = {"name": source.name, **{key: str(count) for key, count in counts.items()}}
    subject = f"file:{source.sha256[:SHORT]}"
    journal.append(session, Event(at, actor, f"import.{source.kind}", subject, detail))
    ended = (_tell_ended(each, source.name) for each in comparison.ended)
    told = [*map(trade.tell, comparison.changed), *ended]
    journal.append_all(
        session,
        (
            Event(at, actor, action, f"authority:{code}", {**detail, "file": source.sha256[:SHORT]})
            for action, code, detail in told
        ),
    )


SHORT: Final = 12
"""Characters of a file's SHA-256 that name it in the ledger."""


def _concerned(
    mailouts: Iterable[Mailout], trade: _Trade[T], comparison: Comparison[T], registered: Registered
) -> Iterator[tuple[Mailout, str]]:
    """Yield the mailouts whose letters the changes bear on, and what has changed, in words."""
    arriving = [each for each in comparison.coming if isinstance(each, Authority)]
    known: list[Authority] = [*registered.values(), *arriving]
    for mailout in mailouts:
        written_to = register.written_to(mailout.plan, known)
        borne = (trade.bears_on(each, mailout.plan) for each in comparison.touched)
        whats = [what for code, what in filter(None, borne) if code in written_to]
        if whats:
            others = len(whats) - 1
            more = f" and {others} other{'s' if others > 1 else ''}" if others else ""
            yield mailout, f"{whats[0]}{more}"


def _read_authorities(
    name: str, content: bytes, registered: Registered, drawable: Drawable | None
) -> Iterable[Authority]:
    return authorities.read(name, content, known=registered, drawable=drawable)


def _read_contacts(
    name: str, content: bytes, registered: Registered, drawable: Drawable | None
) -> Iterable[Contact]:
    _refuse_without(registered, name)
    return contacts.read(name, content, known=registered, drawable=drawable)


def _read_figures(
    name: str, content: bytes, registered: Registered, _: Drawable | None
) -> Iterable[Figures]:
    _refuse_without(registered, name)
    return figures.read(name, content, known=registered)


def _refuse_without(registered: Registered, name: str) -> None:
    if not registered:
        raise BadInput(f"{name}: there are no authorities yet; import their file first")


def _tell_authority(change: Change[Authority]) -> tuple[str, str, dict[str, str]]:
    """Say what was there and what is: the row itself keeps only the latter."""
    detail = {
        field: f"{_shown(getattr(change.before, field))} -> {_shown(getattr(change.after, field))}"
        for field in change.fields
    }
    return "authority.changed", change.after.code, detail


def _shown(value: object) -> str:
    return (" ".join(value) if isinstance(value, tuple) else str(value or "")) or "none"


def _tell_contact(change: Change[Contact]) -> tuple[str, str, dict[str, str]]:
    """Say what differs without saying it: the two rows hold the names and addresses."""
    detail = {
        "role": change.after.role,
        "fields": " ".join(change.fields),
        "replaced": str(change.row_id),
    }
    return "contact.replaced", change.after.authority, detail


def _tell_ended(ending: Ending[Any], name: str) -> tuple[str, str, dict[str, str]]:
    """Say who is out of post; only contacts end without another in their place."""
    contact: Contact = ending.value
    detail = {"role": contact.role, "contact": str(ending.row_id), "name": name}
    return "contact.ended", contact.authority, detail


def _tell_figures(change: Change[Figures]) -> tuple[str, str, dict[str, str]]:
    before, after = change.before.counts, change.after.counts
    counts = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    others = [field for field in change.fields if field != "counts"]
    detail = {
        "year": change.after.year,
        "fields": " ".join([*counts, *others]),
        "replaced": str(change.row_id),
    }
    return "figures.corrected", change.after.authority, detail


def _authority_bears_on(authority: Authority, _: Plan) -> tuple[str, str]:
    return authority.code, f"the entry of {authority.code}"


def _contact_bears_on(contact: Contact, plan: Plan) -> tuple[str, str] | None:
    if contact.role not in (*plan.to_roles, *plan.cc_roles):
        return None
    return contact.authority, f"the {contact.role} of {contact.authority}"


def _figures_bear_on(figures: Figures, plan: Plan) -> tuple[str, str] | None:
    if figures.year != plan.year:
        return None
    return figures.authority, f"the figures of {figures.authority} for {figures.year}"


KINDS: Final[Mapping[str, _Trade[Any]]] = {
    "authorities": _Trade(
        _read_authorities,
        register.compare_authorities,
        register.write_authorities,
        _tell_authority,
        _authority_bears_on,
    ),
    "contacts": _Trade(
        _read_contacts,
        differences.compare,
        differences.write,
        _tell_contact,
        _contact_bears_on,
    ),
    "figures": _Trade(
        _read_figures,
        register.compare_figures,
        register.write_figures,
        _tell_figures,
        _figures_bear_on,
    ),
}
"""The kinds of file that come in, by the name that people give them."""

WHOLE: Final[Mapping[str, _Trade[Any]]] = {
    "contacts": replace(KINDS["contacts"], compare=partial(differences.compare, is_complete=True)),
}
"""The kinds whose files may be complete, so that whoever is not in one is out."""
