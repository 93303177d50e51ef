"""One letter: its pages, its text, its email, its message, its history, and beside another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from flask import Blueprint, Response, abort, flash, redirect, request
from werkzeug.wrappers import Response as Answer

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.documents.pictures import sheets
from dispatch.domain.errors import NotApproved, NotFound, RuleBroken
from dispatch.domain.letter import STORED, LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.people.account import AccountRole
from dispatch.domain.wording.counts import counted
from dispatch.domain.wording.sentences import sentence
from dispatch.ledger import journal
from dispatch.ledger.kinds import Subject
from dispatch.letters import comparison, oddities, render, seen
from dispatch.letters.store import documents, oddest
from dispatch.letters.store import letters as stored
from dispatch.mailouts.store import mailout_named
from dispatch.views import board, letter_pages
from dispatch.views.letters import Form, content
from dispatch.views.oddities import reasons
from dispatch.web.access import may, office, signed_in, word
from dispatch.web.forms import Confirmation
from dispatch.web.forms import Form as PageForm
from dispatch.web.keys import number
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

letter = Blueprint("letter", __name__)

TABS: Final = (
    ("", "Pages"),
    ("text", "Text"),
    ("email", "Email"),
    ("message", "Message"),
    ("history", "History"),
)
"""What is shown of a letter, by the word in the address."""
EVENTS: Final = 30
MAIL_POLICY: Final = (
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
"""What the HTML of an email may do within a page: nothing but look as it does."""
PDF_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


class Seen(Confirmation):
    """Says that the person has looked at the letter that the page shows."""


class Anew(PageForm):
    """Has letters made anew."""


@dataclass(frozen=True, slots=True)
class Found:
    """A letter, with its mailout."""

    mailout: Mailout
    letter: Letter

    @property
    def address(self) -> str:
        return f"/mailouts/{self.mailout.name}/letters/{self.letter.authority_code}"


def _found(session: Session, name: str, code: str) -> Found:
    mailout = mailout_named(session, name)
    version = number("version")
    return Found(mailout, stored.letter_of(session, mailout, code, version=version))


@letter.get("/mailouts/<name>/letters/<path:code>")
@may(AccountRole.VIEWER)
def one(name: str, code: str) -> tuple[str, int]:
    """Show a letter."""
    return _page(name, code)


def _page(name: str, code: str, status: int = 200, trouble: str = "") -> tuple[str, int]:
    tab = request.args.get("shown", "")
    tab = tab if tab in dict(TABS) else ""
    with office().sessions.read() as session:
        found = _found(session, name, code)
        before, after = oddest.beside(session, found.mailout, found.letter)
        form = Seen(formdata=None, digest=found.letter.digest or "")
        return page(
            "letters/one.html",
            status,
            found=found,
            mailout=found.mailout,
            letter=found.letter,
            content=found.letter.draft.content,
            reasons=reasons(oddities.of(found.letter)),
            tab=tab,
            tabs=TABS,
            before=before,
            after=after,
            compared_with=comparison.choices(session, found.mailout, found.letter),
            seen=form,
            anew=Anew(formdata=None),
            can_be_made=_can_be_made(found),
            views=letter_pages,
            trouble=trouble,
            errors=bool(trouble),
            **_shown(session, found, tab),
        )


def _can_be_made(found: Found) -> bool:
    """Whether the letter may be made anew on this page."""
    is_draft = found.mailout.state is MailoutState.DRAFT
    is_failed = found.letter.state is LetterState.FAILED
    return signed_in().may(AccountRole.EDITOR) and (is_draft or is_failed)


def _shown(session: Session, found: Found, tab: str) -> dict[str, Any]:
    """Return what the tab shows: texts and numbers, or why there is nothing."""
    if tab == "history":
        subject = Subject.LETTER.of(found.letter.id)
        return {"events": board.happened(journal.newest(session, subject, EVENTS)), "gone": ""}
    if found.letter.state not in STORED:
        return {"gone": found.letter.error or "A worker has not made this letter yet."}
    form = {"": "pdf", "text": "text", "email": "note_html", "message": "mail"}[tab]
    bytes_of = documents.found(session, {found.letter.parts[each] for each in (form, "text")})
    if found.letter.parts[form] not in bytes_of:
        return {"gone": letter_pages.deleted_said(found.letter, form)}
    text = bytes_of.get(found.letter.parts["text"], b"").decode()
    if tab == "message":
        return {"gone": "", "message": letter_pages.message_view(_message(session, found))}
    pdf = bytes_of[found.letter.parts[form]] if not tab else b""
    return {"gone": "", "text": text, "pages": sheets.count(pdf) if pdf else 0}


def _message(session: Session, found: Found) -> bytes:
    app = office()
    return content(session, found.letter, Form.EML, sender=app.sender, now=app.clock())


@letter.get("/mailouts/<name>/letters/<path:code>/pages/<int:number>.png")
@may(AccountRole.VIEWER)
def picture(name: str, code: str, number: int) -> Response:
    """Give a page of the letter's PDF as a picture, made from its very bytes."""
    with office().sessions.read() as session:
        found = _found(session, name, code)
        load = partial(_part, session, found, "pdf")
        made = sheets.picture(found.letter.parts.get("pdf", ""), number, load)
    return Response(made, mimetype="image/png")


@letter.get("/mailouts/<name>/letters/<path:code>/letter.pdf")
@may(AccountRole.VIEWER)
def pdf(name: str, code: str) -> Response:
    """Give the letter's PDF, byte for byte."""
    with office().sessions.read() as session:
        found = _found(session, name, code)
        answer = Response(_part(session, found, "pdf"), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{_file(found)}.pdf"'
    answer.headers["Content-Security-Policy"] = PDF_POLICY
    return answer


@letter.get("/mailouts/<name>/letters/<path:code>/email.html")
@may(AccountRole.VIEWER)
def email(name: str, code: str) -> Response:
    """Give the HTML of the email, which may do nothing."""
    with office().sessions.read() as session:
        found = _found(session, name, code)
        answer = Response(_part(session, found, "note_html"), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    return answer


@letter.get("/mailouts/<name>/letters/<path:code>/message.eml")
@may(AccountRole.VIEWER)
def message(name: str, code: str) -> Response:
    """Give the whole message to the first recipient as a file."""
    with office().sessions.read() as session:
        found = _found(session, name, code)
        answer = Response(_message(session, found), mimetype="message/rfc822")
    answer.headers["Content-Disposition"] = f'attachment; filename="{_file(found)}.eml"'
    return answer


def _file(found: Found) -> str:
    """Return how the files of a letter are called."""
    return f"{found.mailout.name}-{found.letter.authority_code.replace('/', '_')}"


def _part(session: Session, found: Found, form: str) -> bytes:
    """Return the bytes of a form. Raises `NotFound` if there are none."""
    digest = found.letter.parts.get(form, "")
    try:
        return documents.load(session, [digest])[digest]
    except NotApproved as error:
        raise NotFound(letter_pages.deleted_said(found.letter, form)) from error


@letter.get("/mailouts/<name>/letters/<path:code>/compare")
@may(AccountRole.VIEWER)
def compare(name: str, code: str) -> tuple[str, int]:
    """Show a letter beside last year's, or another version."""
    with office().sessions.read() as session:
        found = _found(session, name, code)
        choices = comparison.choices(session, found.mailout, found.letter)
        other = request.args.get("with", choices[0] if choices else "")
        view, trouble = None, "" if other else "There is no earlier letter to compare it with."
        try:
            if other:
                view = comparison.compared(session, found.mailout, found.letter, other)
        except NotFound as error:
            trouble = sentence(str(error))
        except NotApproved:
            trouble = "The text of one of the two letters was deleted when its time was over."
        return page(
            "letters/compare.html",
            200 if view or not request.args.get("with") else 404,
            found=found,
            mailout=found.mailout,
            content=found.letter.draft.content,
            view=view,
            trouble=trouble,
            choices=choices,
            other=other,
        )


@letter.post("/mailouts/<name>/letters/<path:code>/seen")
@may(AccountRole.APPROVER)
def looked_at(name: str, code: str) -> tuple[str, int] | Answer:
    """Note that the person has looked at the letter, and go to the next."""
    app, agreed = office(), Seen().agreed()
    with app.sessions.begin() as session:
        found = _found(session, name, code)
        is_same = found.letter.digest == agreed
        if is_same:
            seen.look(session, found.letter, signed_in().name, app.clock())
        _, after = oddest.beside(session, found.mailout, found.letter)
    if not is_same:
        return _page(
            name, code, CONFLICT, "This letter was made anew since you opened it: look again."
        )
    if after is None:
        flash("That was the last letter.")
        return redirect(f"/mailouts/{name}/letters")
    return redirect(f"/mailouts/{name}/letters/{after}")


@letter.post("/mailouts/<name>/letters/<path:code>/anew")
@may(AccountRole.EDITOR)
def anew(name: str, code: str) -> tuple[str, int] | Answer:
    """Have the letters made that are not as they would be made now."""
    app = office()
    if not Anew().validate_on_submit():
        abort(400)
    try:
        with app.sessions.read() as session:
            drawn = render.draw(session, mailout_named(session, name), app.templates)
        with app.sessions.begin() as session:
            mailout = mailout_named(session, name, is_locked=True)
            asked = render.ask(session, mailout, app.templates, word(), drawn=drawn)
    except RuleBroken as error:
        return _page(name, code, CONFLICT, sentence(str(error)))
    flash(f"{counted(asked.wanted, 'letter', 'letters')} will be made now.")
    return redirect(f"/mailouts/{name}/letters")
