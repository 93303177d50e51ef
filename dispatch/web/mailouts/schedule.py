"""Leave an approved mailout to the clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, flash, redirect
from werkzeug.wrappers import Response

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.domain.remedy import RemedyKind
from dispatch.domain.wording.counts import counted
from dispatch.domain.wording.sentences import sentence
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named, mailout_to_release
from dispatch.sending import exchangers, release
from dispatch.tracking.forecast import forecast_of
from dispatch.views import pace
from dispatch.views.mailouts import departure, first_letters_planned, too_late
from dispatch.web.access import confirmed, may, office, signed_in, word
from dispatch.web.forms import Confirmation, reason
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

schedule = Blueprint("schedule", __name__)


class Schedule(Confirmation):
    """Schedules what was approved."""

    because = reason("Why both should send these letters")


AT_ONCE: Final = 500
"""Letters of which the page says whether another mailout sends one; of more, scheduling says it."""

CHANGED: Final = "Nothing is scheduled: this is not what was approved when you opened the page."


@schedule.get("/mailouts/<name>/schedule")
@may(AccountRole.VIEWER)
def show(name: str) -> tuple[str, int]:
    """Show what leaves when, to how many, and until when it can be stopped."""
    return _page(name)


@schedule.post("/mailouts/<name>/schedule")
@may(AccountRole.APPROVER)
@confirmed
def do(name: str) -> tuple[str, int] | Response:
    """Schedule what was shown."""
    app, form = office(), Schedule()
    agreed, because = form.agreed(), form.because.data or ""
    try:
        with app.sessions.read() as session:
            found = mailout_named(session, name)
            foreseen = release.foresee(session, found, app.templates)
        with app.sessions.begin() as session:
            mailout = mailout_to_release(session, name)
            _refuse_other(mailout, agreed)
            release.schedule(session, mailout, app.templates, word(because), foreseen)
            leaves = departure(mailout.plan, app.clock())
        exchangers.note(app.sessions, name)
    except ChangedMeanwhile:
        return _page(name, CHANGED, status=CONFLICT)
    except RuleBroken as error:
        kind = error.remedy.kind if error.remedy else None
        needs_reason = kind is RemedyKind.SCHEDULE_ALTHOUGH
        return _page(name, sentence(str(error)), status=CONFLICT, needs_reason=needs_reason)
    flash(f"Scheduled: the letters leave {leaves}.")
    return redirect(f"/mailouts/{name}")


def _refuse_other(mailout: Mailout, agreed: str) -> None:
    if mailout.approved_digest != agreed:
        raise ChangedMeanwhile


@dataclass(frozen=True, slots=True)
class Shown:
    """What is to be scheduled, in words."""

    rows: tuple[tuple[str, str], ...]
    late: str
    """That the letters' own time has passed; empty before it."""
    misfit: str
    """That not all can leave in time; empty if they can."""
    repeat: str
    """Which other mailout sends these letters, so that a reason is needed; empty if none does."""
    knows_repeat: bool
    """Whether that is known: to compare very many letters takes seconds."""
    button: str


def _page(
    name: str, trouble: str = "", *, status: int = 200, needs_reason: bool = False
) -> tuple[str, int]:
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        is_approved = mailout.state is MailoutState.APPROVED
        form = Schedule(formdata=None, digest=mailout.approved_digest or "")
        shown = _shown(session, mailout) if is_approved else None
        if shown is None or not (shown.repeat or needs_reason):
            del form.because
        return page(
            "mailouts/schedule.html",
            status,
            mailout=mailout,
            shown=shown,
            form=form,
            trouble=trouble,
            errors=bool(trouble),
            may_do=signed_in().may(AccountRole.APPROVER),
        )


def _shown(session: Session, mailout: Mailout) -> Shown:
    app, now, plan = office(), office().clock(), mailout.plan
    size = letters.size(session, mailout)
    foreseen = forecast_of(session, mailout, app.settings.rates, now=now)
    view, misfit = pace.pace_view(foreseen), pace.misfit(foreseen)
    count = counted(size.letters, "letter", "letters")
    addresses = counted(size.recipients, "address", "addresses")
    return Shown(
        rows=(
            ("What", f"{count} to {addresses}"),
            ("Leave", departure(plan, now)),
            ("First letters", first_letters_planned(plan)),
            ("How fast", pace.said(view) if view else "as fast as the mail server takes them"),
            ("Can be stopped", "until the last one has left, by Pause on the mailout's page"),
        ),
        late=too_late(plan, now),
        misfit=sentence(misfit) if misfit else "",
        repeat=_repeat(session, mailout) if size.letters <= AT_ONCE else "",
        knows_repeat=size.letters <= AT_ONCE,
        button=f"Schedule {count} to {addresses}",
    )


def _repeat(session: Session, mailout: Mailout) -> str:
    try:
        release.refuse_repeats(session, mailout, word())
    except RuleBroken as error:
        return sentence(str(error))
    return ""
