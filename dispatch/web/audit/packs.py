"""An evidence pack about one letter: what it would hold, and making it, which is on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response
from wtforms import RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # newer than its stubs

from dispatch.app import pack_means
from dispatch.domain.people.account import AccountRole
from dispatch.domain.register.codes import SLASH
from dispatch.files.packs import zipped
from dispatch.mailouts.store import mailout_named
from dispatch.proof import evidence
from dispatch.proof.evidence import PackProposal
from dispatch.register.store import authorities
from dispatch.web.access import may, office, word
from dispatch.web.forms import Confirmation
from dispatch.web.shown import page
from dispatch.web.troubles import CONFLICT

packs = Blueprint("packs", __name__)

WHOLE, REDACTED = "whole", "redacted"


SPARING: Final = (SelectChoice(REDACTED, "Redacted: no names, addresses, letters or messages"),)


class MakePack(Confirmation):
    """Which of the two packs."""

    kind = RadioField(
        "Which pack?",
        choices=[*SPARING, SelectChoice(WHOLE, "Whole: with everything")],
        default=REDACTED,
    )


WHAT_IT_PROVES: Final = (
    "which letter was approved, by whom, and that this very letter was sent",
    "to which mail server each message was offered, when, and what the server replied",
    "what came back, and what it was read as",
    "that none of this was changed afterwards: a signed checkpoint of the ledger covers all of it",
)
WHAT_NOT: Final = (
    "that anybody has read the letter",
    "what a mail server did with it after it took charge of it, unless a notice says so",
)


@packs.get("/audit/packs/<name>/<path:code>")
@may(AccountRole.EDITOR)
def look(name: str, code: str) -> tuple[str, int]:
    """Show what a pack would hold and prove."""
    return _shown(_looked(name, code), MakePack(formdata=None))


@packs.post("/audit/packs/<name>/<path:code>")
@may(AccountRole.EDITOR)
def make(name: str, code: str) -> tuple[str, int] | Response:
    """Make the pack, put on record who takes it, and hand it over as a file."""
    form, looked = MakePack(), _looked(name, code)
    found = looked.proposal
    if not form.validate_on_submit():
        return _shown(looked, form, 400)
    is_redacted = form.kind.data != WHOLE
    if found.digest != form.agreed() or (found.is_purged and not is_redacted):
        return _shown(looked, form, CONFLICT)
    made = evidence.make(pack_means(office()), name, code, word(), is_redacted=is_redacted)
    redacted = "-redacted" if is_redacted else ""
    file = f"{name}-{found.authority.replace(SLASH, '-')}{redacted}.zip"
    answer = Response(zipped(made.files), mimetype="application/zip")
    answer.headers.set("Content-Disposition", "attachment", filename=file)
    return answer


@dataclass(frozen=True, slots=True)
class Looked:
    """What a pack would hold, and what its mailout and its letter are called."""

    proposal: PackProposal
    mailout: str
    letter: str


def _looked(name: str, code: str) -> Looked:
    with office().sessions.read() as session:
        mailout = mailout_named(session, name)
        found = evidence.propose(session, mailout, code)
        names = authorities.names(session, [found.authority])
        return Looked(found, mailout.plan.title, names.get(found.authority, found.authority))


def _shown(looked: Looked, form: MakePack, status: int = 200) -> tuple[str, int]:
    found = looked.proposal
    form.show(found)
    if found.is_purged:
        form.kind.choices = list(SPARING)
    return page(
        "audit/pack.html",
        status,
        name=found.mailout,
        mailout=looked.mailout,
        authority=looked.letter,
        found=found,
        proves=WHAT_IT_PROVES,
        not_proven=WHAT_NOT,
        has_changed=status == CONFLICT,
        form=form,
    )
