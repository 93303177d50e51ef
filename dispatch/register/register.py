"""The register as mailouts use it: what their letters are made from, and which a change affects."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from weakref import WeakKeyDictionary

from dispatch.batches import batches
from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.letters.drafting import SUCCESSIONS, Averages, Register, averages_of
from dispatch.domain.mailout import MailoutState, Plan
from dispatch.domain.register.authority import ROLES, Authority
from dispatch.domain.register.figure_set import ANNUAL, FigureSet, together
from dispatch.domain.register.figures import Figures
from dispatch.domain.register.mail_domains import Domains
from dispatch.mailouts.store import lock_unreleased, mailouts, unreleased_mailouts
from dispatch.register.store import authorities, contacts, figures, suppressions


def for_plan(session: Session, plan: Plan) -> Register:
    """Return all that the letters of a plan are made from, as it is now."""
    found = contacts.current_with_ids(session, plan.roles)
    return Register(
        authorities=authorities.by_code(session),
        contacts={role_at: contact for role_at, (_, contact) in found.items()},
        contact_ids={role_at: id_ for role_at, (id_, _) in found.items()},
        figures=figures_of(session, plan, plan.year),
        before=figures_of(session, plan, plan.periods[1]) if plan.with_previous else {},
        suppressed=suppressions.suppressed(session),
    )


def for_some(
    session: Session,
    plan: Plan,
    codes: Collection[str],
    bodies: Mapping[str, Authority] | None = None,
) -> Register:
    """Return what the letters about some authorities are made from, but for averages.

    Those that came after one are there too, for a letter about it goes to them. `bodies` are all
    authorities, where they have been read already.
    """
    known = _with_heirs(session, codes, bodies)
    found = contacts.current_with_ids(session, plan.roles, authorities=known)
    of_years = figures.of_years(session, plan.periods, authorities=codes)
    now, *before = (_completed(plan, of_years[year]) for year in plan.periods)
    return Register(
        authorities=known,
        contacts={role_at: contact for role_at, (_, contact) in found.items()},
        contact_ids={role_at: id_ for role_at, (id_, _) in found.items()},
        figures=now,
        before=before[0] if before else {},
    )


def _with_heirs(
    session: Session, codes: Collection[str], bodies: Mapping[str, Authority] | None
) -> dict[str, Authority]:
    """Return some authorities and those that came after them, by code."""

    def read(some: Collection[str]) -> dict[str, Authority]:
        if bodies is None:
            return authorities.by_code(session, some)
        return {code: bodies[code] for code in some if code in bodies}

    known, asked = read(codes), {*codes}
    for _ in range(SUCCESSIONS):
        after = {code for each in known.values() for code in each.successors} - asked
        if not after:
            break
        known |= read(after)
        asked |= after
    return known


def without_contacts(session: Session, plan: Plan) -> Register:
    """Return all authorities and the figures that a plan's letters have, for averages."""
    return Register(
        authorities=authorities.by_code(session),
        contacts={},
        figures=figures_of(session, plan, plan.year),
        before=figures_of(session, plan, plan.periods[1]) if plan.with_previous else {},
    )


def averages(session: Session, mailout: Mailout) -> Averages:
    """Return the averages that the letters of a mailout would have as the figures are now.

    With thousands of authorities it takes seconds to work them out, so they are remembered until a
    file has come in or a contact has changed: figures come by files alone.
    """
    version, plan = contacts.version(session), mailout.plan
    key = version and (version, mailout.plan_digest)
    before, found = _AVERAGED.get(session.get_bind(), (None, None))
    if found is None or key is None or key != before:
        found = averages_of(plan, _averaged_pages(session, plan))
        if key is not None:
            _AVERAGED[session.get_bind()] = key, found
    return found


_AVERAGED: Final[WeakKeyDictionary[object, tuple[object, Averages]]] = WeakKeyDictionary()
"""The averages that were last worked out in each database that is open, and what they are of."""


def _averaged_pages(session: Session, plan: Plan) -> Iterator[Register]:
    """Yield what the averages of a plan are worked out from, a page at a time."""
    for codes in batches(authorities.codes(session), PAGE):
        yield Register(
            authorities=authorities.by_code(session, codes),
            contacts={},
            figures=figures_of(session, plan, plan.year, codes),
            before=figures_of(session, plan, plan.periods[1], codes) if plan.with_previous else {},
        )


@dataclass(frozen=True, slots=True)
class Averaged:
    """The averages of a mailout's letters, and by what it shows whether they still hold."""

    found: Averages
    stamp: tuple[object, ...]


def averaged(session: Session, mailout: Mailout, before: Averaged | None = None) -> Averaged:
    """Return the averages for a transaction that writes afterwards, or those of `before`.

    These are returned if they still hold: no file has come in since, and the plan is the same.
    """
    stamp = (*contacts.stamp(session), mailout.plan_digest)  # first: see `letters.store.inputs`
    if before and before.stamp == stamp:
        return before
    return Averaged(averages(session, mailout), stamp)


PAGE: Final = 500
"""Authorities whose letters are drafted at a time: of 100,000 at once it would take a gigabyte."""


def pages(
    session: Session,
    plan: Plan,
    *,
    after: str = "",
    bodies: Mapping[str, Authority] | None = None,
) -> Iterator[Register]:
    """Yield the register a page at a time, by code, from the authority that follows one.

    A page has also those authorities that came after its own. `bodies` are all authorities, where
    they have been read already.
    """
    codes = authorities.codes(session) if bodies is None else sorted(bodies)
    suppressed = suppressions.suppressed(session)
    for first in range(bisect_right(codes, after), len(codes), PAGE):
        page = codes[first : first + PAGE]
        known = for_some(session, plan, page, bodies)
        yield replace(known, suppressed=suppressed, only=frozenset(page))


@dataclass(frozen=True, slots=True)
class Schemes:
    """What the mailouts that are planned say of files: which counts and roles there are."""

    figures: FigureSet = ANNUAL
    roles: tuple[str, ...] = ROLES
    addressed: tuple[str, ...] = ROLES[:1]
    """Those that letters are addressed to, the first of each plan's To."""


def schemes(session: Session) -> Schemes:
    """Return what the mailouts that are planned, and not cancelled, say of files."""
    plans = [each.plan for each in mailouts(session) if each.state is not MailoutState.CANCELLED]
    own = (role for plan in plans for role in plan.own_roles)
    addressed = dict.fromkeys(plan.to_roles[0] for plan in plans)
    return Schemes(
        together(plan.figure_set for plan in plans),
        tuple(dict.fromkeys([*ROLES, *own])),
        tuple(addressed) or ROLES[:1],
    )


def figures_of(
    session: Session, plan: Plan, year: str, codes: Iterable[str] | None = None
) -> dict[str, Figures]:
    """Return the figures of a year with the sums that a plan asks for, by authority code.

    Of all authorities, or of those with some codes.
    """
    return _completed(plan, figures.current(session, year, authorities=codes))


def _completed(plan: Plan, found: dict[str, Figures]) -> dict[str, Figures]:
    """Return figures with the sums that a plan asks for."""
    if plan.figures is None:
        return found
    return {code: plan.figures.completed(each) for code, each in found.items()}


def figures_before(session: Session, plan: Plan) -> dict[str, Figures]:
    """Return the figures of the last year before a plan's that has any, by authority code."""
    year = figures.year_before(session, plan.year)
    return figures_of(session, plan, year) if year else {}


def domains(session: Session) -> Domains:
    """Return whose each mail domain is.

    With thousands of authorities it takes a second to work that out, so it is remembered until a
    file has come in or a contact has changed.
    """
    version = contacts.version(session)
    before, found = _REMEMBERED.get(session.get_bind(), (None, None))
    if found is None or version is None or version != before:
        found = Domains(authorities.by_code(session), contacts.domains(session))
        if version is not None:
            _REMEMBERED[session.get_bind()] = version, found
    return found


_REMEMBERED: Final[WeakKeyDictionary[object, tuple[object, Domains]]] = WeakKeyDictionary()
"""The domains of each database that is open, with the version of the register that has them."""


def domains_of_before(
    session: Session, plan: Plan, bodies: Mapping[str, Authority] | None = None
) -> Domains:
    """Return whose each mail domain is by the contacts of the year before a plan's letters.

    Its own contacts do not count: what a person has just registered may still be wrong. `bodies`
    are all authorities, where they have been read already.
    """
    before = plan.letter_date - timedelta(days=SETTLED_DAYS)
    found = authorities.by_code(session) if bodies is None else bodies
    return Domains(found, contacts.domains(session, before=before))


SETTLED_DAYS: Final = 300
"""A contact in post so long before the letter date has had the letter of the year before."""


def lock_for_change(session: Session) -> list[Mailout]:
    """Lock the register, and return the mailouts that a change of it could take back to draft.

    They are locked as well, until the transaction ends. Every change of the register begins with
    this call.
    """
    # The register first, then mailouts: two writers that took them the other way round would
    # wait for each other. Drafts are locked too (see `lock_unreleased`), though they stay drafts.
    authorities.lock(session)
    return [each for each in lock_unreleased(session) if each.state is not MailoutState.DRAFT]


def unreleased(session: Session) -> list[Mailout]:
    """Return the same mailouts as `lock_for_change`, and lock nothing."""
    found = unreleased_mailouts(session)
    return [each for each in found if each.state is not MailoutState.DRAFT]


def written_to(plan: Plan, known: Sequence[Authority]) -> set[str]:
    """Return the codes of authorities that a plan's letters may be about or go to.

    Successors of any authority are among them, as a letter about an abolished one goes to them.
    """
    successors = {code for authority in known for code in authority.successors}
    return successors | {each.code for each in known if plan.inclusion.covers(each)}


def concerned(session: Session, mailouts: Iterable[Mailout], code: str, role: str) -> list[Mailout]:
    """Return those of some mailouts whose letters may go to who holds a role: see `written_to`."""
    plans = [each for each in mailouts if role in each.plan.roles]
    if not plans:
        return []
    authority, _ = authorities.one(session, code)
    is_successor = any(authorities.before(session, code))
    return [each for each in plans if is_successor or each.plan.inclusion.covers(authority)]
