"""Letters by post: the print file of those that email does not reach, and what is said of them."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, flash, redirect, request
from werkzeug.wrappers import Response as Answer
from wtforms import BooleanField, DateField, RadioField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.validators import Length, Optional

from dispatch.app import post_means
from dispatch.corrections import post as making
from dispatch.corrections import posted as saying
from dispatch.corrections.post import PostProposal, PostRequest
from dispatch.corrections.posted import DATED, PostedRequest, Said
from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.errors import ChangedMeanwhile, DispatchError, RuleBroken
from dispatch.domain.people.account import AccountRole
from dispatch.domain.posting.envelope import DL, ENVELOPES
from dispatch.domain.remedy import Remedy
from dispatch.domain.wording.counts import counted
from dispatch.domain.wording.sentences import sentence
from dispatch.files.packs import zipped
from dispatch.mailouts.store import mailout_named
from dispatch.posting import on_record
from dispatch.posting.on_record import Stand
from dispatch.register.store import authorities
from dispatch.views.post import post_view, posting_views
from dispatch.web.access import may, office, signed_in, word
from dispatch.web.forms import LONGEST_REASON, Confirmation, reason
from dispatch.web.links import Link, link
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

post = Blueprint("post", __name__)

MOST: Final = 100
"""Letters of one print file by page: more take longer than a page may."""

SAYS: Final = (
    SelectChoice(Said.POSTED.value, "They were posted"),
    SelectChoice(Said.NOT_POSTED.value, "They were not posted after all"),
    SelectChoice(Said.RETURNED.value, "They came back"),
    SelectChoice(Said.WITHDRAWN.value, "They are not to be posted"),
)


class Print(Confirmation):
    """For which envelope, and on how many sides."""

    envelope = RadioField(
        "Envelope with a window",
        choices=[SelectChoice(each.name, each.words) for each in ENVELOPES.values()],
        default=DL.name,
    )
    is_double_sided = BooleanField(
        "They are printed on both sides",
        description="Blank pages between then keep each letter on sheets of its own.",
    )


class Say(Confirmation):
    """What somebody says of some letters by post."""

    letter = SelectMultipleField("Letters", validate_choice=False)
    said = RadioField("What happened?", choices=list(SAYS), default=Said.POSTED.value)
    on = DateField("On which day?", validators=[Optional()])
    although = StringField(
        "Why, although email has reached one meanwhile",
        description="Leave it empty unless you are asked.",
        validators=[Length(max=LONGEST_REASON)],
    )
    because = reason("Why?", description="Needed to put something right.")


@post.get("/mailouts/<name>/post")
@may(AccountRole.VIEWER)
def look(name: str) -> tuple[str, int]:
    """Show which letters would be printed, and where those stand that were."""
    return _shown(name, Print(formdata=None), Say(formdata=None))


@post.post("/mailouts/<name>/post")
@may(AccountRole.EDITOR)
def make(name: str) -> tuple[str, int] | Response:
    """Make the print file, put on record who takes it, and hand it over."""
    form = Print()
    if not form.validate_on_submit():
        return _shown(name, form, Say(formdata=None), 400)
    wanted = _asked(str(form.envelope.data), is_double_sided=form.is_double_sided.data)
    agreed = form.agreed()
    try:
        made = making.make(post_means(office()), name, wanted, agreed, word(), most=MOST)
    except ChangedMeanwhile:
        return _shown(name, form, Say(formdata=None), CONFLICT)
    answer = Response(zipped(made.files), mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}-by-post.zip")
    return answer


@post.post("/mailouts/<name>/posted")
@may(AccountRole.EDITOR)
def say(name: str) -> tuple[str, int] | Answer:
    """Take down what somebody says of the letters that were ticked."""
    form = Say()
    if not form.validate_on_submit() or not _is_whole(form):
        return _shown(name, Print(formdata=None), form, 400)
    said, codes = Said(form.said.data), tuple(form.letter.data or ())
    on = form.on.data if said in DATED else None
    asked = PostedRequest(said, on, codes, form.although.data or "")
    app, by = office(), word(form.because.data or "")
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        if saying.shown_digest(on_record.of_mailout(session, mailout)) != form.agreed():
            return _shown(name, Print(formdata=None), form, CONFLICT)
    try:
        with app.sessions.read() as session:
            found = saying.propose(session, mailout_named(session, name), asked, now=by.at)
        if found.left:
            form.letter.errors = [f"{each.code}: {each.why}" for each in found.left]
            return _shown(name, Print(formdata=None), form, 400)
        saying.record(app.sessions, name, asked, found.digest, by)
    except ChangedMeanwhile:
        return _shown(name, Print(formdata=None), form, CONFLICT)
    except DispatchError as error:
        form.said.errors = [sentence(str(error))]
        return _shown(name, Print(formdata=None), form, 400)
    flash(f"It is recorded of {counted(len(found.taken), 'letter', 'letters')}.")
    return redirect(f"/mailouts/{name}/post", 303)


def _is_whole(form: Say) -> bool:
    if not form.letter.data:
        form.letter.errors = ["Choose at least one letter"]
    if Said(form.said.data) in DATED and not form.on.data:
        form.on.errors = ["Enter the day"]
    return not form.errors


def _asked(envelope: str, *, is_double_sided: bool = False) -> PostRequest:
    """Return which letters the address of the page asks for: all, unless it names some."""
    codes = tuple(each.strip() for each in request.args.getlist("authority") if each.strip())
    return PostRequest(codes, envelope, is_double_sided)


def _shown(name: str, form: Print, said: Say, status: int = 200) -> tuple[str, int]:
    app = office()
    with app.sessions.read() as session:
        mailout = mailout_named(session, name)
        stands = on_record.of_mailout(session, mailout)
        found, problem = _proposed(session, mailout, stands)
        others = {each.row.authority_code for each in stands} - found.names.keys()
        names = {**found.names, **authorities.names(session, others)} if others else found.names
    form.show(found)
    said.digest.data = saying.shown_digest(stands)
    may_act = signed_in().may(AccountRole.EDITOR)
    return page(
        "mailouts/post.html",
        status,
        mailout=mailout,
        view=post_view(found),
        staying=[
            (names.get(each.code, each.code), each.obstacle.why, _link(each.obstacle.remedy))
            for each in found.staying
        ],
        names=names,
        problem=problem,
        postings=posting_views(stands),
        can_say=_sayable(stands) if may_act else [],
        form=form,
        said=said,
        may_act=may_act,
        has_changed=status == CONFLICT,
    )


def _proposed(session: Session, mailout: Mailout, stands: list[Stand]) -> tuple[PostProposal, str]:
    """Return what would be printed, or nothing and why: what was printed is shown all the same."""
    wanted = _asked(DL.name)
    try:
        return making.propose(session, mailout, wanted, stands), ""
    except RuleBroken as error:
        nothing = PostProposal(mailout=mailout.name, request=wanted, going=(), staying=(), names={})
        return nothing, sentence(str(error))


def _link(remedy: Remedy | None) -> Link | None:
    return link(remedy) if remedy else None


def _sayable(stands: list[Stand]) -> list[str]:
    """Return the codes of the letters of which there is something to say."""
    return [
        str(each.row.id) for each in stands if each.state in saying.SAYABLE and each.row.address
    ]
