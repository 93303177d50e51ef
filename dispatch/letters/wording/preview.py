"""What the letters of a plan look like as they are written: nothing is stored, and nothing sent.

A letter is made as a worker makes it, in the same child process with limits, but it is not signed.
The plan is the mailout's in the database or, while a person writes it, its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.documents import Templates
from dispatch.domain.errors import CannotRender, NotFound, RuleBroken
from dispatch.domain.letter import Draft, Rendered
from dispatch.domain.letters.drafting import Register, draw_up
from dispatch.domain.letters.finding import Finding
from dispatch.domain.letters.oddity import Before, Oddity, oddities
from dispatch.domain.letters.resending import as_first_sent
from dispatch.domain.mailout import Plan
from dispatch.letters.store import oddest
from dispatch.letters.wording.faults import Fault, located
from dispatch.letters.wording.tour import Stop, Tour, by_oddity, tour
from dispatch.letters.wording.values import Value, shown
from dispatch.register import register


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a preview is made from."""

    plan: Plan
    stops: tuple[Stop, ...]
    """Every letter, the oddest first."""
    findings: tuple[Finding, ...]
    source: str
    """Where the data are from, in words."""

    def stop(self, code: str | None) -> Stop:
        """Return the letter with a code, or the oddest. Raises `NotFound`."""
        for each in self.stops:
            if code is None or code.casefold() in {
                each.code.casefold(),
                each.draft.content.authority.code.casefold(),
            }:
                return each
        raise NotFound(f"{self.plan.name} has no letter {code or ''}".rstrip())


def basis_of(plan: Plan, known: Register, before: Before, source: str) -> Basis:
    """Return what a preview of a plan's letters is made from.

    Raises `RuleBroken` if it has none.
    """
    drafting = draw_up(plan, known)
    if not drafting.drafts:
        why = next((f": {each.authority} {each.message}" for each in drafting.obstacles), "")
        raise RuleBroken(f"no letter of {plan.name} can be made{why}")
    odd: Mapping[str, tuple[Oddity, ...]] = oddities(drafting.drafts, plan.measures, before)
    return Basis(
        plan=plan,
        stops=by_oddity(drafting.drafts, odd),
        findings=drafting.findings,
        source=source,
    )


def registered(session: Session, plan: Plan, mailout: Mailout | None) -> tuple[Register, Before]:
    """Return what is known for a plan: the register, and what was before it."""
    before = Before(
        figures=register.figures_before(session, plan),
        had_letters=oddest.codes_before(session, mailout) if mailout else None,
    )
    return register.for_plan(session, plan), before


def tour_of(basis: Basis, templates: Templates) -> Tour:
    """Choose the letters that show every branch of the template between them.

    If the template cannot be read, they are the oddest.
    """
    contents = [(each.draft.content, len(each.draft.attachments)) for each in basis.stops]
    try:
        known = templates.branches(basis.plan.template)
        taken = templates.taken(contents)
    except CannotRender:
        known, taken = (), [()] * len(contents)
    return tour(basis.stops, taken, known)


@dataclass(frozen=True, slots=True)
class Made:
    """A letter as it is now: its forms, or the error that stops it from being made."""

    rendered: Rendered | None
    fault: Fault | None


def made(draft: Draft, templates: Templates) -> Made:
    """Make one letter, or say where the error is."""
    content = draft.content
    try:
        return Made(templates.render(content, attachments=len(draft.attachments)), None)
    except CannotRender as error:
        sources = templates.sources(content.template)
        message = str(error).removeprefix(f"{content.template}: ")
        return Made(None, located(message, sources, content, content.constants))


def values_of(basis: Basis) -> list[Value]:
    """Return every value that the plan's template may use, each with an example of one letter."""
    draft = next((each.draft for each in reversed(basis.stops)), None)
    if draft is None:
        raise NotFound("there is no letter to take examples from")
    return shown(draft.content, as_first_sent(draft.content), len(draft.attachments))
