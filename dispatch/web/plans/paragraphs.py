"""Paragraphs for one authority: who has some, and what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, redirect, request, url_for
from markupsafe import Markup

from dispatch.database import Session
from dispatch.domain.errors import CannotRender, NotFound
from dispatch.domain.mailout import Plan
from dispatch.domain.people.account import AccountRole
from dispatch.domain.wording.sentences import capitalised
from dispatch.letters.plan import Edit, plan_before
from dispatch.mailouts.store import mailout_named
from dispatch.register.search import meant
from dispatch.register.store import authorities
from dispatch.web.access import may, office
from dispatch.web.plans.change import Answer, Wanted, carry_out
from dispatch.web.plans.fields import Prose
from dispatch.web.plans.form import PlanForm
from dispatch.web.plans.plan import can_change
from dispatch.web.shown import page

paragraphs = Blueprint("paragraphs", __name__)


class Own(PlanForm):
    """The paragraphs of one authority."""

    bespoke = Prose(
        "Paragraphs in Markdown",
        description="Set between the statistics and the resources. Empty: the letter has none.",
    )


@dataclass(frozen=True, slots=True)
class Written:
    """What was written for one authority, in short."""

    code: str
    name: str
    begins: str


SHOWN: Final = 100
"""Characters of a paragraph by which a person knows it."""


def _written(plan: Plan | None, names: dict[str, str]) -> list[Written]:
    found = plan.bespoke.items() if plan else ()
    return [
        Written(code, names.get(code, code), " ".join(text.split())[:SHOWN])
        for code, text in sorted(found)
    ]


@paragraphs.get("/mailouts/<name>/plan/paragraphs")
@may(AccountRole.VIEWER)
def every(name: str) -> Answer:
    """Show who has paragraphs of their own, and who had some last year."""
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        before = plan_before(session, mailout)
        codes = {*mailout.plan.bespoke, *(before.bespoke if before else ())}
        names = authorities.names(session, codes)
        now = _written(mailout.plan, names)
        earlier = [
            each for each in _written(before, names) if each.code not in mailout.plan.bespoke
        ]
        is_open = can_change(mailout)
        asked = request.args.get("code", "").strip()
        found = meant(session, asked) if asked else ()
    if len(found) == 1:
        return redirect(url_for("paragraphs.one", name=name, code=found[0].code))
    return page(
        "plans/paragraphs.html",
        404 if asked else 200,
        name=name,
        written=now,
        before=before,
        earlier=earlier,
        is_open=is_open,
        asked=asked,
        errors=asked,
    )


@paragraphs.get("/mailouts/<name>/plan/paragraphs/<code>")
@may(AccountRole.VIEWER)
def one(name: str, code: str) -> tuple[str, int]:
    """Show the paragraphs of one authority, and how they will look."""
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        called = _named(session, code)
        text = mailout.plan.bespoke.get(code, "")
        form = Own(data={"digest": mailout.plan_digest, "bespoke": text})
        before = plan_before(session, mailout)
        shown = _Shown(name, code, called, mailout.plan.template, before, can_change(mailout))
    return shown.page(form)


@paragraphs.post("/mailouts/<name>/plan/paragraphs/<code>")
@may(AccountRole.EDITOR)
def write(name: str, code: str) -> Answer:
    """Show how paragraphs will look, or change them."""
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        called = _named(session, code)
        before = plan_before(session, mailout)
        shown = _Shown(name, code, called, mailout.plan.template, before, can_change(mailout))
    form = Own()
    if not form.validate_on_submit():
        return shown.page(form, 400)
    text = form.bespoke.data or ""
    if "preview" in request.form or shown.faults(text):
        return shown.page(form, 400 if shown.faults(text) else 200)
    wanted = Wanted(form, Edit(bespoke={code: text}), f"/mailouts/{name}/plan/paragraphs")
    return carry_out(name, wanted, lambda status, problems: shown.page(form, status, problems))


def _named(session: Session, code: str) -> str:
    """Return what an authority is called. Raises `NotFound`."""
    authority, _ = authorities.one(session, code)
    if authority.code != code:
        raise NotFound(f"no authority has the code {code!r}")
    return authority.name


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page of one authority's paragraphs shows beside its form."""

    name: str
    code: str
    called: str
    template: str
    before: Plan | None
    is_open: bool

    def faults(self, text: str) -> list[str]:
        """Return what is wrong with a text, with its line; nothing if it can be printed."""
        try:
            self._html(text)
        except CannotRender as error:
            _, _, said = str(error).partition(", ")
            return [capitalised(said) or str(error)]
        return []

    def _html(self, text: str) -> Markup:
        made = office().templates.paragraphs(self.template, text, f"{self.code}.md")
        for tag, styled in STYLED.items():
            made = made.replace(tag, styled)
        return Markup(made)  # noqa: S704 - made from Markdown in which all HTML is text

    def page(self, form: Own, status: int = 200, problems: Sequence[str] = ()) -> tuple[str, int]:
        """Return the page, with how the text in the form will look."""
        text = form.bespoke.data or ""
        faults = self.faults(text)
        form.bespoke.errors = [*form.bespoke.errors, *faults]
        return page(
            "plans/one_paragraph.html",
            status,
            name=self.name,
            code=self.code,
            called=self.called,
            is_open=self.is_open,
            form=form,
            looks="" if faults else self._html(text),
            last_year=self.before.bespoke.get(self.code) if self.before else None,
            before=self.before,
            problems=problems,
            errors=form.errors or problems,
        )


STYLED: Final = {
    "<p>": '<p class="govuk-body">',
    "<ul>": '<ul class="govuk-list govuk-list--bullet">',
    "<ol>": '<ol class="govuk-list govuk-list--number">',
    "<a ": '<a class="govuk-link" ',
    "<table>": '<table class="govuk-table">',
    "<th>": '<th class="govuk-table__header">',
    "<td>": '<td class="govuk-table__cell">',
    **{f"<h{n}>": f'<h{min(n + 2, 6)} class="govuk-heading-s">' for n in range(1, 7)},
    **{f"</h{n}>": f"</h{min(n + 2, 6)}>" for n in range(1, 7)},
}
"""How what Markdown gives looks like the rest of a page. Text in it has no tag: it is escaped."""
