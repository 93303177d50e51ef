"""Plan a mailout, and say what stands in its way before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Mailout, SourceFile
from dispatch.documents import Templates
from dispatch.domain.address import domain_of
from dispatch.domain.checks import averages, dates, people, references, taken_over
from dispatch.domain.checks.dates import Almanac
from dispatch.domain.digest import digest
from dispatch.domain.errors import BadInput, CannotRender, NotFound, RuleBroken
from dispatch.domain.letter import Draft, Recipient
from dispatch.domain.letters.drafting import draw_up
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import CHANGEABLE, MailoutState, Plan
from dispatch.domain.register.spelling import did_you_mean
from dispatch.domain.word import Word
from dispatch.domain.wording.counts import some
from dispatch.files.plan.plan import PlanFile, Unsaid, read_plan
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Kind
from dispatch.letters import repeats
from dispatch.letters.store import documents
from dispatch.mail.exchangers import Located
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named, mailouts
from dispatch.register import register
from dispatch.register.store import authorities


def read_file(
    session: Session, path: Path, *, first_letters_minutes: int = 0, confirm_days: int = 0
) -> PlanFile:
    """Read a plan, and check its codes against the register unless that is still empty.

    The two numbers are those of a new plan that does not say; a mailout that is planned already
    stays as it is. Raises `BadInput` with a line for everything that is wrong.
    """

    def as_it_is(name: str) -> Unsaid:
        try:
            plan = mailout_named(session, name).plan
        except NotFound:
            return Unsaid(first_letters_minutes=first_letters_minutes, confirm_days=confirm_days)
        return Unsaid(plan.sending_days, plan.first_letters_minutes, plan.confirm_days)

    return read_plan(path, known=authorities.by_code(session) or None, unsaid=as_it_is)


def save(session: Session, file: PlanFile, word: Word) -> Mailout:
    """Plan a mailout as a file says, or change the mailout of that name.

    The file and what it encloses are kept as they came. A change to the plan makes letters and
    approval void. Raises `RuleBroken` if the mailout is cancelled or has been released.
    """
    source = SourceFile.of("mailout", file.name, file.content, word)
    session.add(source)
    documents.keep(session, file.documents)
    mailout = _saved(session, file, word)
    session.flush()
    mailout.source_file_id = source.id
    return mailout


def _saved(session: Session, file: PlanFile, word: Word) -> Mailout:
    try:
        mailout = mailout_named(session, file.plan.name, is_locked=True)
    except NotFound:
        return _new(session, file.plan, word)
    if mailout.state is MailoutState.CANCELLED:
        raise RuleBroken(f"{mailout.name} is cancelled: give the file another name")
    if mailout.plan_digest != digest(file.plan):
        _change(session, mailout, file, word)
    return mailout


def _new(session: Session, plan: Plan, word: Word) -> Mailout:
    mailout = Mailout(
        name=plan.name,
        plan=plan,
        plan_digest=digest(plan),
        created_at=word.at,
        created_by=word.person,
    )
    _adopt(mailout, plan)
    session.add(mailout)
    _record(session, events.MAILOUT_PLANNED, mailout, word)
    return mailout


def _change(session: Session, mailout: Mailout, file: PlanFile, word: Word) -> None:
    if mailout.state not in CHANGEABLE or mailout.released_at:
        raise RuleBroken(
            f"{mailout.name} is {mailout.state.value}: its plan can no longer change; "
            f"give the file another name for another mailout"
        )
    if mailout.state is not MailoutState.DRAFT:
        reopen(session, mailout, f"its plan changed ({file.name})", word)
    _adopt(mailout, file.plan)
    _record(session, events.MAILOUT_REPLANNED, mailout, word)


def _adopt(mailout: Mailout, plan: Plan) -> None:
    """Give a mailout its plan."""
    mailout.plan = plan
    mailout.plan_digest = digest(plan)
    copy_times(mailout)


def copy_times(mailout: Mailout) -> None:
    """Copy what statements need of a mailout's plan into columns; the plan is what is approved."""
    plan = mailout.plan
    hours = plan.sending_hours
    mailout.opens, mailout.closes = (hours.opens, hours.closes) if hours else (None, None)
    mailout.sending_days = plan.sending_days
    mailout.first_letters_minutes = plan.first_letters_minutes
    mailout.extra_holidays = [day.isoformat() for day in plan.extra_holidays]


def _record(session: Session, kind: Kind, mailout: Mailout, word: Word) -> None:
    journal.append(session, kind.by(word, mailout.name, plan=mailout.plan_digest))


@dataclass(frozen=True, slots=True)
class Check:
    """What is known about a mailout before it is rendered."""

    drafts: tuple[Draft, ...]
    """The letters that can be made."""
    findings: tuple[Finding, ...]
    """What is missing or odd: about each authority's letter, and about the plan."""

    @property
    def going(self) -> Iterator[tuple[str, Recipient]]:
        """Each recipient, with the authority's code."""
        return (
            (draft.content.authority.code, to) for draft in self.drafts for to in draft.recipients
        )

    @property
    def is_ready(self) -> bool:
        """Whether every letter that is due can be made."""
        return bool(self.drafts) and not any(each.is_fatal for each in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a mailout is checked against, beside the database."""

    bank_holidays: Mapping[date, str]
    now: datetime
    templates: Templates
    examples: Sequence[Plan] = ()
    """Plans that a person may have begun from, beside those in the database."""


def check(session: Session, mailout: Mailout, by: Surroundings) -> Check:
    """Say who gets a letter, what is missing for whom, and what is odd about the plan."""
    plan = mailout.plan
    known = register.for_plan(session, plan)
    drafting = draw_up(plan, known)
    is_open = mailout.state in CHANGEABLE and mailout.released_at is None
    almanac = Almanac(bank_holidays=by.bank_holidays, now=by.now if is_open else None)
    findings = (
        *repeats.findings(session, mailout, _codes(drafting.drafts)),
        *dates.findings(plan, almanac),
        *taken_over.findings(plan, _planned(session, mailout), by.examples),
        *_of_template(plan, by.templates),
        *references.findings(plan, known),
        *averages.findings(plan, known),
        *people.findings(plan, known),
        *people.odd_domains(drafting.drafts, register.domains_of_before(session, plan)),
        *drafting.findings,
    )
    return Check(drafting.drafts, tuple(sorted(findings, key=lambda each: not each.is_fatal)))


def domains_of(checked: Check) -> frozenset[str]:
    """Return the domains that letters go to."""
    recipients = (each for draft in checked.drafts for each in draft.recipients)
    return frozenset(domain_of(each.address) for each in recipients)


def with_domains(checked: Check, found: Mapping[str, Located]) -> Check:
    """Return a check with what the DNS says of the domains that letters go to.

    That it does not answer says nothing of a domain, and is one finding for all of them.
    """
    dead = {domain: each.dead.value for domain, each in found.items() if each.dead}
    unknown = [domain for domain, each in sorted(found.items()) if each.trouble]
    findings = [*checked.findings, *people.dead_domains(checked.drafts, dead)]
    if unknown:
        are = f"{len(unknown)} of {len(found)} domains"
        said = f"the DNS gives no answer about {are}: whether they take mail is not known"
        findings.append(Finding(place="contacts", value=some(unknown, MOST_NAMED), message=said))
    return replace(checked, findings=tuple(findings))


def living(checked: Check, found: Mapping[str, Located]) -> list[tuple[str, Recipient]]:
    """Return which letter goes to whom, but for the domains that the DNS says take no mail."""
    dead = {domain for domain, each in found.items() if each.dead}
    return [(code, to) for code, to in checked.going if domain_of(to.address) not in dead]


MOST_NAMED: Final = 5
"""Domains that are named where the DNS does not answer."""


def _codes(drafts: Iterable[Draft]) -> set[str]:
    return {draft.content.authority.code for draft in drafts}


def _of_template(plan: Plan, templates: Templates) -> list[Finding]:
    try:
        return list(references.of_template(plan, templates.names(plan.template)))
    except CannotRender as error:
        is_there = plan.template in templates.known
        meant = "" if is_there else did_you_mean(plan.template, templates.known)
        return [Finding(place="template", is_fatal=True, message=f"{error}{meant}")]


def _planned(session: Session, mailout: Mailout) -> list[Plan]:
    return [each.plan for each in mailouts(session) if each is not mailout]


def examples(folder: Path) -> list[Plan]:
    """Return the plans in a folder that can be read."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        with suppress(BadInput):
            found.append(read_plan(path).plan)
    return found
