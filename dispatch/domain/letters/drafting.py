"""Draft the letters of a mailout: who gets one, with which figures, and what is missing.

A pure function of the plan and the register, so checking, rendering, approving and releasing all
see the same letters, and any change in between shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dispatch.domain.address import folded
from dispatch.domain.calendar import day_in_words
from dispatch.domain.letter import Content, Draft, Recipient, RecipientKind, Table
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import Averaging, Plan
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.figures import (
    NO_AVERAGE,
    TABLES,
    Average,
    Box,
    Figures,
    Measure,
    mean,
    pooled,
)
from dispatch.domain.remedy import Remedy, RemedyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What is known when the letters are drafted."""

    authorities: Mapping[str, Authority]
    contacts: Mapping[tuple[str, str], Contact]
    """The present contacts, by authority code and role."""
    figures: Mapping[str, Figures]
    """The figures of the mailout's year, by authority code."""
    suppressed: frozenset[str] = frozenset()
    """Suppressed addresses, folded."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """The letters that can be made, ordered by authority code, and the findings."""

    drafts: tuple[Draft, ...]
    findings: tuple[Finding, ...]

    @property
    def obstacles(self) -> tuple[Finding, ...]:
        """The findings that stop a letter from being made."""
        return tuple(finding for finding in self.findings if finding.is_fatal)


SUCCESSIONS: Final = 5
"""How many successions in a row are followed before the register is considered wrong."""


def draw_up(plan: Plan, register: Register) -> Drafting:
    """Return every letter of the mailout, and what is missing or odd about any of them."""
    averages = _averages(plan, register)
    drafts: list[Draft] = []
    findings: list[Finding] = []
    for authority in due(plan, register):
        draft, found = _draft(plan, register, authority, averages)
        findings += found
        if draft:
            drafts.append(draft)
    return Drafting(tuple(drafts), tuple(findings))


def due(plan: Plan, register: Register) -> Iterator[Authority]:
    """Yield the authorities that are due a letter.

    These are the ones that exist on the letter date, and the ones abolished before it that have
    figures for the year: their letter goes to the successor.
    """
    for authority in sorted(register.authorities.values(), key=lambda each: each.code):
        if not plan.inclusion.covers(authority):
            continue
        figures = register.figures.get(authority.code)
        is_due = (
            authority.exists_on(plan.letter_date)
            if figures is None
            else plan.inclusion.reaches(figures)
        )
        if is_due:
            yield authority


def _draft(
    plan: Plan, register: Register, authority: Authority, averages: Averages
) -> tuple[Draft | None, list[Finding]]:
    """Return the letter about one authority, or None, with the findings about it."""
    heirs = heirs_of(plan, register, authority)
    if not heirs:
        return None, [_no_successor(authority)]
    addressed_to = heirs[0]
    figures = register.figures.get(authority.code)
    contacts = list(in_post(plan, register, addressed_to))
    findings = [
        *_other_heirs(authority, heirs),
        *_missing_figures(plan, authority, figures),
        *_missing_contacts(plan, authority, addressed_to, contacts),
        *_suppressed(register, authority, contacts),
    ]
    if figures is None or any(finding.is_fatal for finding in findings):
        return None, findings
    content = _content(plan, authority, addressed_to, contacts[0][1], figures, averages)
    attachments = tuple(plan.attachments.get(authority.code, ()))
    return Draft(
        content=content, recipients=_recipients(contacts), attachments=attachments
    ), findings


def heirs_of(plan: Plan, register: Register, authority: Authority) -> list[Authority]:
    """Return the bodies that stand for an authority on the letter date, in the register's order.

    These are itself or, if it has ended, its successors and theirs. The letter goes to the first.
    """
    return list(
        {each.code: each for each in _living(plan, register, authority, SUCCESSIONS)}.values()
    )


def _living(
    plan: Plan, register: Register, authority: Authority, steps: int
) -> Iterator[Authority]:
    if authority.exists_on(plan.letter_date):
        yield authority
    elif steps > 1:
        for code in authority.successors:
            if code in register.authorities:
                yield from _living(plan, register, register.authorities[code], steps - 1)


def _no_successor(authority: Authority) -> Finding:
    return Finding(
        authority=authority.code,
        place="successors",
        is_fatal=True,
        message=f"{_ended(authority)}, and no successor is known for the letter date",
        remedy=IMPORT_AUTHORITIES,
    )


def _ended(authority: Authority) -> str:
    if authority.last_day is None:
        return "does not exist yet"
    return f"ended on {day_in_words(authority.last_day)}"


def _other_heirs(authority: Authority, heirs: list[Authority]) -> Iterator[Finding]:
    written_to, *others = heirs
    if others:
        named = " and ".join(each.code for each in others)
        message = (
            f"{_ended(authority)}, and {written_to.code} and {named} came after it: the "
            f"letter goes to {written_to.code} alone"
        )
        yield Finding(authority=authority.code, place="successors", message=message)


IMPORT_AUTHORITIES: Final = Remedy(kind=RemedyKind.IMPORT_AUTHORITIES)
IMPORT_FIGURES: Final = Remedy(kind=RemedyKind.IMPORT_FIGURES)


def in_post(
    plan: Plan, register: Register, authority: Authority
) -> Iterator[tuple[RecipientKind, Contact]]:
    """Yield the contacts of an authority that a letter goes to: first To, then Cc."""
    for kind, roles in ((RecipientKind.TO, plan.to_roles), (RecipientKind.CC, plan.cc_roles)):
        for role in roles:
            if contact := register.contacts.get((authority.code, role)):
                yield kind, contact


def _missing_figures(
    plan: Plan, authority: Authority, figures: Figures | None
) -> Iterator[Finding]:
    lacking: Iterable[str] = ()
    if figures is not None:
        lacking = dict.fromkeys(
            each for measure in plan.measures for each in measure.missing(figures)
        )
        if not lacking:
            return
    yield Finding(
        authority=authority.code,
        place="figures",
        is_fatal=True,
        message=(
            f"lacks in its figures for {plan.year}: {', '.join(lacking)}"
            if lacking
            else f"has no figures for {plan.year}"
        ),
        remedy=IMPORT_FIGURES,
    )


def _missing_contacts(
    plan: Plan,
    authority: Authority,
    addressed_to: Authority,
    contacts: list[tuple[RecipientKind, Contact]],
) -> Iterator[Finding]:
    held = {contact.role for _, contact in contacts}
    at = "" if addressed_to == authority else f" at the successor {addressed_to.code}"
    for role in (*plan.to_roles, *plan.cc_roles):
        if role not in held:
            yield Finding(
                authority=authority.code,
                place="contacts",
                is_fatal=role in plan.to_roles,
                message=f"has no {role}{at} to write to",
                remedy=Remedy(kind=RemedyKind.CONTACTS_SET, authority=addressed_to.code),
            )


def _suppressed(
    register: Register, authority: Authority, contacts: list[tuple[RecipientKind, Contact]]
) -> Iterator[Finding]:
    for _, contact in contacts:
        if folded(contact.address) in register.suppressed:
            yield Finding(
                authority=authority.code,
                place="contacts",
                message=f"the {contact.role}'s address is suppressed: nothing will be sent there",
                remedy=Remedy(kind=RemedyKind.SUPPRESSIONS),
            )


def _recipients(contacts: Iterable[tuple[RecipientKind, Contact]]) -> tuple[Recipient, ...]:
    """Return one recipient for each mailbox: a person with two roles gets the letter once."""
    by_mailbox: dict[str, Recipient] = {}
    for kind, contact in contacts:
        by_mailbox.setdefault(
            folded(contact.address),
            Recipient(
                kind=kind, role=contact.role, address=contact.address, name=contact.full_name
            ),
        )
    return tuple(by_mailbox.values())


def _content(
    plan: Plan,
    authority: Authority,
    addressed_to: Authority,
    addressee: Contact,
    figures: Figures,
    averages: Averages,
) -> Content:
    group = plan.group_of(authority)
    return Content(
        mailout=plan.name,
        title=plan.title,
        template=plan.template,
        year=plan.year,
        year_end=plan.year_end,
        letter_date=plan.letter_date,
        upload_date=plan.upload_date,
        authority=authority,
        addressed_to=addressed_to,
        addressee=addressee,
        group=group,
        boxes=tuple(_boxes(plan, figures, averages.get(group or "", {}))),
        tables=tuple(_tables(figures)),
        signatory=plan.signatory_for(authority.code),
        constants=plan.constants,
        bespoke=plan.bespoke.get(authority.code, ""),
        is_synthetic=bool(figures.synthetic),
    )


def _boxes(plan: Plan, figures: Figures, averages: Mapping[str, Average]) -> Iterator[Box]:
    for measure in plan.measures:
        yield measure.box(figures, averages.get(measure.key, NO_AVERAGE))


def _tables(figures: Figures) -> Iterator[Table]:
    """Yield the tables whose rows are all known: those whose rows add up to the total."""
    for total in TABLES:
        rows = figures.table(total)
        if rows and sum(rows.values()) == figures.counts.get(total):
            yield Table(key=total, rows=tuple(rows.items()), total=figures.counts[total])


Averages = Mapping[str, Mapping[str, Average]]
"""By group, then by measure key."""


def _averages(plan: Plan, register: Register) -> Averages:
    if plan.averaging is Averaging.GIVEN:
        return plan.given_averages
    return {
        group: {measure.key: _average(plan, measure, known) for measure in plan.measures}
        for group, known in figures_by_group(plan, register).items()
    }


def _average(plan: Plan, measure: Measure, group: Iterable[Figures]) -> Average:
    return (pooled if plan.averaging is Averaging.POOLED else mean)(measure, group)


def figures_by_group(plan: Plan, register: Register) -> dict[str, list[Figures]]:
    """Return the figures of every covered authority in each group, abolished ones included."""
    found: dict[str, list[Figures]] = {group: [] for group in plan.groups}
    for code, authority in sorted(register.authorities.items()):
        group = plan.group_of(authority)
        if group and code in register.figures and plan.inclusion.covers(authority):
            found[group].append(register.figures[code])
    return found
