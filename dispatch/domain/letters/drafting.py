"""Draft the letters of a mailout: who gets one, with which figures, and what is missing.

A pure function of the plan and the register, so checking, rendering, approving and releasing all
see the same letters, and any change in between shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from dispatch.domain.address import folded
from dispatch.domain.calendar import day_in_words
from dispatch.domain.letter import Content, Draft, Recipient, RecipientKind, Table
from dispatch.domain.letters import languages
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import Averaging, Plan
from dispatch.domain.register.authority import Authority, Contact, in_letter
from dispatch.domain.register.figures import (
    NO_AVERAGE,
    Average,
    Box,
    Figures,
    Measure,
    mean,
    pooled,
)
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.wording.counts import listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What is known when the letters are drafted."""

    authorities: Mapping[str, Authority]
    contacts: Mapping[tuple[str, str], Contact]
    """The present contacts, by authority code and role."""
    figures: Mapping[str, Figures]
    """The figures of the mailout's year, by authority code."""
    before: Mapping[str, Figures] = field(default_factory=dict)
    """Those of the period before, if its letters compare with it."""
    suppressed: frozenset[str] = frozenset()
    """Suppressed addresses, folded."""
    contact_ids: Mapping[tuple[str, str], UUID] = field(default_factory=dict, repr=False)
    """The ids of the records of these contacts, by authority code and role."""
    only: frozenset[str] | None = None
    """On a page of the register, the codes of its own authorities: the others that are there came
    after these. None for the whole register."""

    @property
    def own(self) -> list[Authority]:
        """The authorities that it is about, by code."""
        codes = self.authorities.keys() if self.only is None else self.only
        return [self.authorities[code] for code in sorted(codes)]


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


def draw_up(plan: Plan, register: Register, averages: Averages | None = None) -> Drafting:
    """Return every letter of the mailout, and what is missing or odd about any of them.

    Of a page of the register its letters alone. A register that has only some authorities needs
    the averages that all of them give.
    """
    averages = averages or averages_of(plan, [register])
    drafts: list[Draft] = []
    findings: list[Finding] = []
    for authority in due(plan, register):
        made, found = _drafts(plan, register, authority, averages)
        findings += found
        drafts += made
    findings += _silent(plan, register)
    return Drafting(tuple(drafts), tuple(findings))


def due(plan: Plan, register: Register) -> Iterator[Authority]:
    """Yield the authorities that are due a letter.

    These are the ones that exist on the letter date, and the ones abolished before it that have
    figures for the year: their letters go to their successors. One that began after the year is
    due none about itself.
    """
    for authority in register.own:
        if not plan.inclusion.covers(authority):
            continue
        figures = register.figures.get(authority.code)
        is_due = (
            authority.exists_on(plan.letter_date) and not _began_after(authority, plan.year_end)
            if figures is None
            else plan.inclusion.writes_below or plan.inclusion.reaches(figures)
        )
        if is_due:
            yield authority


def _began_after(authority: Authority, day: date) -> bool:
    return authority.start_date is not None and authority.start_date > day


def _drafts(
    plan: Plan, register: Register, authority: Authority, averages: Averages
) -> tuple[list[Draft], list[Finding]]:
    """Return the letters about one authority, with the findings about it.

    It is one letter or, if several bodies came after it, one to each. If any cannot be made, none
    is: the figures of all of them are published together.
    """
    succession = succession_of(plan, register, authority)
    figures = register.figures.get(authority.code)
    posts = {heir: list(in_post(plan, register, heir)) for heir in succession.heirs}
    findings = [
        *_lost(authority, succession),
        *_shared(plan, authority, succession),
        *_missing_figures(plan, authority, figures),
    ]
    for heir, contacts in posts.items():
        findings += _missing_contacts(plan, authority, heir, contacts)
        findings += _suppressed(register, authority, contacts)
    if figures is None or any(finding.is_fatal for finding in findings):
        return [], findings
    abouts = [
        About(
            authority,
            heir,
            tuple(each for each in posts if each is not heir),
            figures,
            register.before.get(authority.code),
        )
        for heir in posts
    ]
    drafts = [_draft(plan, each, posts[each.addressed_to], averages) for each in abouts]
    if lacking := list(_untranslated(drafts)):
        return [], [*findings, *lacking]
    return drafts, findings


def _untranslated(drafts: Iterable[Draft]) -> Iterator[Finding]:
    """Yield what the plan has no words for in one of a letter's languages."""
    for draft in drafts:
        content = draft.content
        lacking: dict[str, list[str]] = {}
        for language, text in languages.untranslated(content):
            lacking.setdefault(language, []).append(f'"{text}"')
        for language, texts in lacking.items():
            yield Finding(
                authority=content.authority.code,
                place=f"translations.{language}.words",
                is_fatal=True,
                message=f"has no words in {language} for {listed(texts, MOST_TEXTS)}",
                remedy=Remedy(kind=RemedyKind.PLAN),
            )


MOST_TEXTS: Final = 5
"""Texts without a translation that are named."""


@dataclass(frozen=True, slots=True)
class About:
    """What one letter is about, and to whom it goes."""

    authority: Authority
    addressed_to: Authority
    also_to: tuple[Authority, ...]
    figures: Figures
    before: Figures | None = None


def _draft(
    plan: Plan,
    about: About,
    contacts: list[tuple[RecipientKind, Contact]],
    averages: Averages,
) -> Draft:
    content = _content(plan, about, contacts[0][1], averages)
    if plan.languages:
        spoken = languages.of_letter(plan, [contact for _, contact in contacts])
        content = replace(content, languages=spoken, is_one_pdf=plan.is_one_pdf)
        content = replace(content, translations=languages.translations(plan, content))
    return Draft(
        content=content,
        recipients=_recipients(contacts),
        attachments=tuple(plan.attachments.get(about.authority.code, ())),
    )


@dataclass(frozen=True, slots=True)
class Succession:
    """The bodies that stand for an authority on the letter date, and where the line breaks off."""

    heirs: tuple[Authority, ...]
    """Itself or, if it has ended, its successors and theirs, in the register's order."""
    lost: tuple[str, ...] = ()
    """Why the line breaks off where it does, each in words."""


def succession_of(plan: Plan, register: Register, authority: Authority) -> Succession:
    """Return which bodies a letter about an authority goes to: each gets one of its own."""
    found: dict[str, Authority] = {}
    lost: dict[str, None] = {}
    for each in _followed(plan, register, authority, SUCCESSIONS):
        if isinstance(each, Authority):
            found[each.code] = each
        else:
            lost[each] = None
    return Succession(tuple(found.values()), tuple(lost))


def _followed(
    plan: Plan, register: Register, authority: Authority, steps: int
) -> Iterator[Authority | str]:
    """Yield the bodies that an authority's successions lead to, and why one leads to none."""
    if authority.exists_on(plan.letter_date):
        yield authority
    elif not authority.successors:
        yield f"{_stands(authority)}, and no successor is known for the letter date"
    elif steps == 1:
        yield f"more than {SUCCESSIONS} successions follow each other: does one lead back?"
    else:
        for code in authority.successors:
            if known := register.authorities.get(code):
                yield from _followed(plan, register, known, steps - 1)
            else:
                yield f"its successor {code} is not among the authorities"


def _stands(authority: Authority) -> str:
    return f"{authority.code} {_ended(authority)}"


def _lost(authority: Authority, succession: Succession) -> Iterator[Finding]:
    for why in succession.lost:
        yield Finding(
            authority=authority.code,
            place="successors",
            is_fatal=True,
            message=why.removeprefix(f"{authority.code} "),
            remedy=IMPORT_AUTHORITIES,
        )


def _ended(authority: Authority) -> str:
    if authority.last_day is None:
        began = authority.start_date
        return f"does not exist before {day_in_words(began)}" if began else "does not exist yet"
    return f"ended on {day_in_words(authority.last_day)}"


def _shared(plan: Plan, authority: Authority, succession: Succession) -> Iterator[Finding]:
    """Say that an authority's letter is several letters, and what that means for spreadsheets."""
    if len(succession.heirs) > 1:
        named = " and ".join(each.code for each in succession.heirs)
        message = f"{_ended(authority)}, and {named} came after it: each gets a letter about it"
        if plan.attachments.get(authority.code):
            message += ", with the same confidential spreadsheets"
        yield Finding(authority=authority.code, place="successors", message=message)


def _silent(plan: Plan, register: Register) -> Iterator[Finding]:
    """Say which authorities existed in the year, have ended since, and have no figures."""
    for authority in register.own:
        last_day = authority.last_day
        if (
            last_day is not None
            and plan.year_end - YEAR < last_day < plan.letter_date
            and plan.inclusion.covers(authority)
            and authority.code not in register.figures
        ):
            yield Finding(
                authority=authority.code,
                place="figures",
                message=(
                    f"{_ended(authority)} and has no figures for {plan.year}: nobody gets a letter "
                    f"about it"
                ),
                remedy=IMPORT_FIGURES,
            )


YEAR: Final = timedelta(days=365)


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
        if not plan.inclusion.reaches(figures):
            return  # its letter has none of them
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
    for role in plan.roles:
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


def _content(plan: Plan, about: About, addressee: Contact, averages: Averages) -> Content:
    authority, figures = about.authority, about.figures
    group = plan.group_of(authority)
    is_below = not plan.inclusion.reaches(figures)
    tables = () if is_below else tuple(_tables(plan, figures))
    return Content(
        mailout=plan.name,
        title=plan.title,
        template=plan.template,
        year=plan.year,
        year_end=plan.year_end,
        letter_date=plan.letter_date,
        upload_date=plan.upload_date,
        authority=authority,
        addressed_to=about.addressed_to,
        also_to=about.also_to,
        addressee=in_letter(addressee),
        group=group,
        boxes=() if is_below else tuple(_boxes(plan, about, group or "", averages)),
        tables=tables,
        signatory=plan.signatory_for(authority.code),
        constants=plan.constants,
        bespoke=plan.bespoke.get(authority.code, ""),
        is_synthetic=bool(figures.synthetic),
        is_below_minimum=is_below,
        year_before=plan.periods[1] if plan.with_previous else None,
        counts={} if is_below else _shown(plan, figures),
        pdf_name=plan.pdf_name,
        public_name=plan.public_name,
    )


def _shown(plan: Plan, figures: Figures) -> dict[str, int]:
    known = plan.figures.shown if plan.figures else ()
    return {name: figures.counts[name] for name in known if name in figures.counts}


def _boxes(plan: Plan, about: About, group: str, averages: Averages) -> Iterator[Box]:
    for measure in plan.measures:
        now, then = (
            each.get(group, {}).get(measure.key, NO_AVERAGE)
            for each in (averages.now, averages.before)
        )
        yield measure.box(about.figures, now, measure.earlier(about.before, then))


def _tables(plan: Plan, figures: Figures) -> Iterator[Table]:
    """Yield the tables whose rows are all known: those whose rows add up to the total.

    The rows are in the order of the scheme's set, or of the file if it has none.
    """
    for table in plan.figure_set.tables:
        rows = figures.table(table.key)
        if rows and sum(rows.values()) == figures.counts.get(table.key):
            ordered = {name: rows[name] for name in table.rows if name in rows} | rows
            total = figures.counts[table.key]
            yield Table(
                key=table.key,
                rows=tuple(ordered.items()),
                total=total,
                title=table.title,
                called={name: table.rows[name] for name in ordered if name in table.rows},
            )


ByGroup = Mapping[str, Mapping[str, Average]]
"""Averages by group, then by measure key."""


@dataclass(frozen=True, slots=True)
class Averages:
    """The averages of all groups, in the mailout's period and in the one before."""

    now: ByGroup
    before: ByGroup


def averages_of(plan: Plan, pages: Iterable[Register]) -> Averages:
    """Return the averages of all pages of a register, each of which is looked at once."""
    if plan.averaging is Averaging.GIVEN:  # and those of the period before are not known
        return Averages(plan.given_averages, {})
    needed = frozenset(each for measure in plan.measures for each in measure.counts)
    now: dict[str, list[Figures]] = {group: [] for group in plan.groups}
    before: dict[str, list[Figures]] = {group: [] for group in plan.groups}
    for page in pages:
        for found, figures in ((now, page.figures), (before, page.before)):
            for group, known in figures_by_group(plan, replace(page, figures=figures)).items():
                found[group] += (each.with_only(needed) for each in known)
    return Averages(_averages(plan, now), _averages(plan, before) if any(before.values()) else {})


def _averages(plan: Plan, by_group: Mapping[str, Iterable[Figures]]) -> ByGroup:
    return {
        group: {measure.key: _average(plan, measure, known) for measure in plan.measures}
        for group, known in by_group.items()
    }


def _average(plan: Plan, measure: Measure, group: Iterable[Figures]) -> Average:
    return (pooled if plan.averaging is Averaging.POOLED else mean)(measure, group)


def figures_by_group(plan: Plan, register: Register) -> dict[str, list[Figures]]:
    """Return the figures of every covered authority in each group, abolished ones included."""
    found: dict[str, list[Figures]] = {group: [] for group in plan.groups}
    for authority in register.own:
        group, code = plan.group_of(authority), authority.code
        if group and code in register.figures and plan.inclusion.covers(authority):
            found[group].append(register.figures[code])
    return found
