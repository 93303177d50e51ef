"""What came back: by kind, what waits for a person, and each message as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request
from werkzeug.wrappers import Response

from dispatch.app import processor
from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.errors import ChangedMeanwhile, RuleBroken
from dispatch.domain.notice import Category
from dispatch.domain.people.account import AccountRole
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.wording.sentences import capitalised
from dispatch.incoming import confirm as acts
from dispatch.incoming.process import retry
from dispatch.incoming.store import messages
from dispatch.incoming.store import notices as store
from dispatch.incoming.undecided import page as undecided_page
from dispatch.mail.incoming.reader import Unreadable
from dispatch.mail.incoming.shown import Shown, Viewer
from dispatch.mailouts.store import mailout_named
from dispatch.views.names import in_words
from dispatch.views.notices import NoticeView, about, belief, notice_view, said
from dispatch.web.access import may, office, signed_in, word
from dispatch.web.forms import Form, Reasoned
from dispatch.web.keys import key
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

PAGE: Final = 50

UNDECIDED: Final = "undecided"

notices = Blueprint("notices", __name__)
viewer: Final = Viewer()
"""One child process for all who look: it starts with the first message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A notice in a list."""

    notice: NoticeView
    said: str
    about: str
    belief: str


def _line(found: store.Found) -> Line:
    row, _, delivery = found
    return Line(
        notice=notice_view(*found),
        said=said(row),
        about=about(delivery, row.clue),
        belief=belief(row),
    )


@notices.get("/notices")
@may(AccountRole.VIEWER)
def every() -> tuple[str, int]:
    """Show what came back: what waits for a person, or of one kind, or all."""
    shown, name = request.args.get("shown", ""), request.args.get("mailout", "")
    category = _category(request.args.get("kind", ""))
    with office().sessions.read() as session:
        mailout = mailout_named(session, name) if name else None
        counts = store.counts(session)
        if shown == UNDECIDED:
            lines, after = _waiting(session, mailout)
        else:
            lines, after = _some(session, mailout, category)
        first = not (shown or category or mailout or key("after"))
        people = _of_people(session) if first else []
        waiting = len(undecided_page(session, None, after=None, limit=PAGE).found) if first else 0
    return page(
        "inbox/notices.html",
        lines=lines,
        next=after,
        shown=shown,
        mailout=name,
        kind=category.value if category else "",
        kinds=[(each.value, in_words(each), counts[each]) for each in Category if each in counts],
        people=people,
        waiting=f"{PAGE} or more" if waiting == PAGE else waiting,
    )


def _category(text: str) -> Category | None:
    with suppress(ValueError):
        return Category(text)
    return None


def _some(
    session: Session, mailout: Mailout | None, category: Category | None
) -> tuple[list[Line], UUID | None]:
    found = store.page(
        session, after=key("after"), limit=PAGE + 1, mailout=mailout, category=category
    )
    lines = [*map(_line, found[:PAGE])]
    return lines, lines[-1].notice.id if len(found) > PAGE else None


def _waiting(session: Session, mailout: Mailout | None) -> tuple[list[Line], UUID | None]:
    found = undecided_page(session, mailout, after=key("after"), limit=PAGE)
    rows = store.with_ids(session, [each.mail_id for each in found.found])
    return [*map(_line, rows)], found.next


MOST_OF_PEOPLE: Final = 10


def _of_people(session: Session) -> list[Line]:
    """Return the last that people wrote: it is read before all else."""
    found = store.page(session, after=None, limit=MOST_OF_PEOPLE, category=Category.HUMAN)
    return [*map(_line, found)]


@notices.get("/notices/<uuid:mail_id>")
@may(AccountRole.VIEWER)
def one(mail_id: UUID) -> tuple[str, int]:
    """Show one message that came back, as text."""
    return _one(mail_id, Reasoned())


@notices.post("/notices/<uuid:mail_id>/confirm")
@may(AccountRole.EDITOR)
def confirm(mail_id: UUID) -> tuple[str, int] | Response:
    """Treat a notice as genuine, as it was shown."""

    def act(form: Reasoned) -> str:
        said = word(form.because.data or "")
        changes = acts.confirm_and_conclude(
            processor(office()), mail_id, said, agreed=form.digest.data
        )
        return f"{'; '.join(changes)}." if changes else "It is confirmed, and changes nothing."

    return _decided(mail_id, act)


@notices.post("/notices/<uuid:mail_id>/dismiss")
@may(AccountRole.EDITOR)
def dismiss(mail_id: UUID) -> tuple[str, int] | Response:
    """Dismiss a notice, as it was shown."""

    def act(form: Reasoned) -> str:
        with office().sessions.begin() as session:
            acts.dismiss(session, mail_id, word(form.because.data or ""), agreed=form.digest.data)
        return "It is dismissed: it changes nothing, and waits no longer."

    return _decided(mail_id, act)


def _decided(mail_id: UUID, act: Callable[[Reasoned], str]) -> tuple[str, int] | Response:
    form = Reasoned()
    if not form.validate():
        return _one(mail_id, form, 400)
    try:
        words = act(form)
    except ChangedMeanwhile:
        return _one(mail_id, form, CONFLICT)
    flash(capitalised(words))
    return redirect(f"/notices/{mail_id}", 303)


def _one(mail_id: UUID, form: Reasoned, status: int = 200) -> tuple[str, int]:
    with office().sessions.read() as session:
        mail = messages.with_content(session, mail_id)
        found = store.with_ids(session, [mail_id])
        decision = None
        with suppress(RuleBroken):
            decision = acts.propose(session, mail_id) if found else None
        content = mail.content
    form.digest.data = decision.digest if decision else ""
    text = (
        viewer.show(content) if content else Unreadable("its text was deleted, as the period says")
    )
    return page(
        "inbox/notice.html",
        status,
        mail=mail,
        lines=[*map(_line, found)],
        form=form,
        decision=decision,
        text=text if isinstance(text, Shown) else None,
        why_not=text.why if isinstance(text, Unreadable) else "",
        about=_delivery(found),
        is_changed=status == CONFLICT,
        is_editor=signed_in().may(AccountRole.EDITOR),
    )


PURGED: Final = "its text was deleted when its period of retention had ended"


def _delivery(found: Sequence[store.Found]) -> Remedy | None:
    ids = [delivery.id for _, _, delivery in found if delivery]
    return Remedy(kind=RemedyKind.DELIVERY, delivery_id=ids[0]) if ids else None


@notices.get("/notices/<uuid:mail_id>/raw")
@may(AccountRole.VIEWER)
def raw(mail_id: UUID) -> Response:
    """Give a message as it arrived, as a file that no program opens by itself."""
    with office().sessions.read() as session:
        content = messages.with_content(session, mail_id).content
    if not content:
        abort(404, "The text of this message was deleted, as its period says.")
    answer = Response(content, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="message-{mail_id}.eml"'
    return answer


@notices.get("/notices/quarantine")
@may(AccountRole.VIEWER)
def quarantine() -> tuple[str, int]:
    """Show the messages that could not be read, and why."""
    with office().sessions.read() as session:
        found = store.quarantine_page(session, after=key("after"), limit=PAGE + 1)
    return page(
        "inbox/quarantine.html",
        messages=found[:PAGE],
        next=found[PAGE - 1].id if len(found) > PAGE else None,
        form=Form(),
        is_editor=signed_in().may(AccountRole.EDITOR),
    )


@notices.post("/notices/<uuid:mail_id>/again")
@may(AccountRole.EDITOR)
def again(mail_id: UUID) -> Response:
    """Read a message in quarantine again."""
    if not Form().validate_on_submit():
        abort(400)
    count = retry(processor(office()), [mail_id])
    flash("It could be read." if count else "It still cannot be read.")
    return redirect(f"/notices/{mail_id}" if count else "/notices/quarantine", 303)
