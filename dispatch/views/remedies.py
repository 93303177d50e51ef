"""The next thing to do, in words: a command to type, or a sentence where there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from shlex import quote
from typing import Final

from dispatch.domain.calendar import moment_in_words
from dispatch.domain.errors import DispatchError
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.tracking.watch import Concern

WORDS: Final[Mapping[RemedyKind, str]] = {
    RemedyKind.WAIT: "wait",
    RemedyKind.WAIT_FOR_RELEASE: "wait: the letters go at {until}",
    RemedyKind.WAIT_FOR_RETRY: "wait: the next try is at {until}",
    RemedyKind.NOTHING: "nothing: it is {state}",
    RemedyKind.PLAN: "dispatch mailout new FILE.toml",
    RemedyKind.CHECK: "dispatch mailout check {mailout}",
    RemedyKind.RENDER: "dispatch mailout render {mailout}",
    RemedyKind.APPROVE: "dispatch mailout approve {mailout} --as PERSON",
    RemedyKind.SCHEDULE: "dispatch mailout schedule {mailout}",
    RemedyKind.RESUME: "dispatch mailout resume {mailout}",
    RemedyKind.SCHEDULE_ALTHOUGH: "dispatch mailout schedule {mailout} --although TEXT",
    RemedyKind.RESUME_ALTHOUGH: "dispatch mailout resume {mailout} --although TEXT",
    RemedyKind.UPLOAD: "dispatch upload {mailout} --out DIR",
    RemedyKind.STATUS: "dispatch mailout status {mailout}",
    RemedyKind.UNREACHED: "dispatch mailout unreached {mailout}",
    RemedyKind.SUGGESTIONS: "dispatch notice suggestions {mailout}",
    RemedyKind.QUARANTINE: "dispatch notice quarantine",
    RemedyKind.NOTICES: "dispatch notice list {mailout}",
    RemedyKind.UNDECIDED: "dispatch notice list {mailout} --undecided",
    RemedyKind.NOTICE: "dispatch notice show {notice}",
    RemedyKind.ASK: "dispatch contacts confirm {mailout}",
    RemedyKind.ASKED: "dispatch contacts confirm {mailout} --list",
    RemedyKind.RESEND: "dispatch resend {mailout} --authority {authority}{to} --because TEXT",
    RemedyKind.RESEND_AGAIN: (
        "dispatch resend {mailout} --authority {authority} --again --because TEXT"
    ),
    RemedyKind.REISSUE: "dispatch mailout reissue {mailout} --authority {authority} --because TEXT",
    RemedyKind.READDRESS: (
        "dispatch resend {mailout} --authority {authority} --readdress --because TEXT"
    ),
    RemedyKind.DELIVERY: "dispatch delivery show {delivery}",
    RemedyKind.DOUBTS: "dispatch delivery doubtful {mailout}",
    RemedyKind.SETTLE: "dispatch delivery settle {delivery} accepted|not-sent --because TEXT",
    RemedyKind.CONTACTS_SET: (
        "dispatch contacts set {authority} ROLE --address ADDRESS --because TEXT"
    ),
    RemedyKind.POSTAL_ADDRESS: (
        "dispatch contacts set {authority} {role} --same-person --postal-address TEXT "
        "--because TEXT"
    ),
    RemedyKind.POST: "dispatch mailout post {mailout} --out DIR",
    RemedyKind.POSTED: "dispatch mailout posted {mailout} --on DATE",
    RemedyKind.IMPORT_AUTHORITIES: "dispatch import authorities FILE",
    RemedyKind.IMPORT_FIGURES: "dispatch import figures FILE",
    RemedyKind.SUPPRESSIONS: "dispatch suppression list",
    RemedyKind.LIFT_SUPPRESSION: "dispatch suppression lift {address} --because TEXT",
    RemedyKind.VERIFY: "dispatch audit verify",
    RemedyKind.DB_UPGRADE: "dispatch db upgrade",
    RemedyKind.RUN: "dispatch run",
    RemedyKind.CLOCK: "dispatch clock --right --because TEXT",
    RemedyKind.ACCOUNTS: "dispatch user list",
    RemedyKind.NAME_USER: "dispatch user change NAME --also {person}",
    RemedyKind.NEW_CODE: "dispatch user new-code {person}",
}
"""What is shown for each kind. Capitals stand where a person must fill something in."""


def in_words(remedy: Remedy) -> str:
    """Return the command that carries a remedy out, or a sentence if there is nothing to do."""
    return WORDS[remedy.kind].format(
        mailout=remedy.mailout,
        authority=remedy.authority or "CODE",
        delivery=str(remedy.delivery_id)[:8],
        notice=str(remedy.mail_id)[:8],
        address=remedy.address,
        role=(remedy.role or "ROLE").replace(" ", "-"),
        person=quote(remedy.person or "NAME"),
        to=" --to ADDRESS" if remedy.needs_address else "",
        until=moment_in_words(remedy.until) if remedy.until else "",
        state=remedy.state,
    )


def said(error: DispatchError) -> str:
    """Return the message of an error, with what to do at its end where that is not a command."""
    if error.remedy and not error.remedy.is_act:
        return f"{error}; {in_words(error.remedy)}"
    return str(error)


def command(error: DispatchError) -> str | None:
    """Return the command that carries out what helps against an error, if there is one."""
    return in_words(error.remedy) if error.remedy and error.remedy.is_act else None


SHORT: Final = 66
"""Characters beside a label in a terminal of 80 columns."""


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that a person must look at; its words end with the command, if there is one."""

    text: str
    remedy: Remedy | None = None
    joint: str = ": see"
    """What stands between the two."""

    def __str__(self) -> str:
        return f"{self.text}{self.joint} `{in_words(self.remedy)}`" if self.remedy else self.text

    @property
    def lines(self) -> str:
        """The words as a terminal shows them: a command that would be torn has its own line."""
        if self.remedy is None or len(str(self)) <= SHORT:
            return str(self)
        return f"{self.text}\n{self.joint.strip('; :')}: {in_words(self.remedy)}"


def cautions(concerns: Iterable[Concern]) -> Iterator[Caution]:
    """Yield what will not happen on its date unless somebody acts, each with the next command."""
    return (Caution(each.text, each.remedy, "; next:") for each in concerns)
