"""Ask each contact, some weeks before the letters go, whether they are still the right person.

The question leaves as a letter does, with the same signatures, at the same pace, and never to a
suppressed address. It is not the letter, and so has no delivery. Events with codes say who was
asked and what the server said; what came back is read from the notices that name the question. So
nothing that somebody adds to the database has anybody asked twice, or answers for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from dispatch.database import Session, Sessions
from dispatch.database.tables import Mailout, NoticeRow
from dispatch.documents import Templates
from dispatch.domain.address import domain_of, folded
from dispatch.domain.calendar import local
from dispatch.domain.errors import RuleBroken, Unavailable
from dispatch.domain.incoming.message import PROVES_ACCEPTANCE
from dispatch.domain.incoming.notice_effects import effect_on, leads
from dispatch.domain.letters.drafting import Register, due, in_post, succession_of
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import CLOSED, MailoutState, Plan
from dispatch.domain.notice import Category, Notice
from dispatch.domain.proof.ledger import Event
from dispatch.domain.register.authority import Contact
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.reply import Outcome, Verdict
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.sending.pace import Rates
from dispatch.domain.tracking.confirmations import RANK, TO_ASK, Round, Standing
from dispatch.domain.tracking.watch import ASK_SHOWN
from dispatch.domain.word import Word
from dispatch.incoming.asked import named_in, question_id
from dispatch.incoming.store import messages
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Subject
from dispatch.mail.outgoing.staff import Line, StaffMessage, staff_message
from dispatch.mail.outgoing.transport import Transport
from dispatch.mailouts.store import mailout_named
from dispatch.register import register
from dispatch.register.store import contacts, suppressions
from dispatch.sending.store import rates
from dispatch.tracking.store import confirmations as store

TEMPLATE: Final = ("confirmation", "ask")
"""The folder and the file of its wording."""

OFFERED: Final = "offered"
"""What the ledger says before the server hears of it. If nothing follows, nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One contact of a mailout, and where the question to them stands."""

    contact: Contact
    authority: str
    """The official name of the contact's authority."""
    id: UUID
    """Of the message, the same in every attempt at it."""
    row_id: UUID
    standing: Standing = Standing.NOT_ASKED
    asked_at: datetime | None = None
    """When the first attempt to ask began."""
    tried_at: datetime | None = None
    """When the ledger last heard of one."""
    mail_id: UUID | None = None
    """The message that answers it, or that it came back with."""
    suggested: str = ""
    """Whom an answer names instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingMeans:
    """What asking needs."""

    sessions: Sessions
    transport: Transport
    sender: Sender
    templates: Templates
    rates: Rates
    clock: Callable[[], datetime]
    sleep: Callable[[float], object]


def questions(session: Session, mailout: Mailout, sender: Sender) -> list[Question]:
    """Return where the question to each contact of a mailout stands, by authority and role."""
    known = register.for_plan(session, mailout.plan)
    asked = _asked(session, mailout, list(_contacts(mailout, known)))
    return _with_answers(session, asked, sender)


@dataclass(slots=True)
class Asked:
    """Where the questions to the contacts of a mailout stand, from pages of the register.

    Only those that were put are held, and how many were not.
    """

    session: Session
    mailout: Mailout
    tried: list[Question] = field(default_factory=list)
    unasked: Counter[Standing] = field(default_factory=Counter)
    seen: set[str] = field(default_factory=set)
    """Authorities that were on a page: one that came after others may be on several."""

    def add(self, page: Register) -> None:
        """Add the contacts whom the letters about a page's own authorities would go to."""
        found = [
            each
            for each in _contacts(self.mailout, page)
            if each.contact.authority not in self.seen
        ]
        self.seen.update(each.contact.authority for each in found)
        for each in _asked(self.session, self.mailout, found):
            if each.asked_at:
                self.tried.append(each)
            else:
                self.unasked[each.standing] += 1

    def answered(self, sender: Sender) -> None:
        """Look at what came back, once all pages are added."""
        self.tried = _with_answers(self.session, self.tried, sender)

    @property
    def round(self) -> Round:
        return Round.of([*self.unasked.elements(), *(each.standing for each in self.tried)])


def _with_answers(session: Session, asked: list[Question], sender: Sender) -> list[Question]:
    moments = [each.asked_at for each in asked if each.asked_at]
    if not moments:
        return asked
    answers = _answers(session, store.notices_since(session, min(moments)), sender)
    return [_answered(each, answers.get(each.id, ())) for each in asked]


def _contacts(mailout: Mailout, known: Register) -> Iterator[Question]:
    """Yield whom the letters of a mailout would go to, each once."""
    plan = mailout.plan
    found = {
        contact.role_at: contact
        for authority in due(plan, known)
        for heir in succession_of(plan, known, authority).heirs
        for _, contact in in_post(plan, known, heir)
    }
    for _, contact in sorted(found.items(), key=itemgetter(0)):
        row_id = known.contact_ids[contact.role_at]
        is_suppressed = folded(contact.address) in known.suppressed
        yield Question(
            contact=contact,
            authority=known.authorities[contact.authority].official_name,
            id=question_id(mailout.id, row_id),
            row_id=row_id,
            standing=Standing.SUPPRESSED if is_suppressed else Standing.NOT_ASKED,
        )


def _asked(session: Session, mailout: Mailout, found: Sequence[Question]) -> list[Question]:
    """Return questions with what the ledger says of them."""
    subjects = {Subject.AUTHORITY.of(each.contact.authority) for each in found}
    told = journal.all_of_ours(session, subjects, {events.CONTACT_ASKED.action})
    return [
        _as_told(each, told[Subject.AUTHORITY.of(each.contact.authority)], mailout)
        for each in found
    ]


def _as_told(question: Question, told: Sequence[Event] | None, mailout: Mailout) -> Question:
    if told is None:  # somebody else wrote of it: nobody is asked, perhaps twice
        return replace(question, standing=Standing.IN_DOUBT)
    of = {"mailout": mailout.name, "of": str(question.row_id)}
    ours = [each for each in told if of.items() <= each.detail.items()]
    if not ours:
        return question
    standing = STANDINGS[ours[-1].detail["verdict"]]
    return replace(question, standing=standing, asked_at=ours[0].at, tried_at=ours[-1].at)


STANDINGS: Final[Mapping[str, Standing]] = {
    OFFERED: Standing.IN_DOUBT,
    Verdict.ACCEPTED.value: Standing.ASKED,
    Verdict.DEFERRED.value: Standing.DEFERRED,
    Verdict.REFUSED.value: Standing.REFUSED,
    Verdict.IN_DOUBT.value: Standing.IN_DOUBT,
    Verdict.WITHDRAWN.value: Standing.DEFERRED,
}


def _answers(
    session: Session, rows: Sequence[NoticeRow], sender: Sender
) -> dict[UUID, list[NoticeRow]]:
    """Return what came back by the id of the message that it surely names."""
    found: dict[UUID, list[NoticeRow]] = {}
    for row in rows:
        recipients = messages.recipients(session, row.mail_id)
        for lead in leads(row.notice, recipients, sender):
            if lead.proves in PROVES_ACCEPTANCE:
                found.setdefault(lead.delivery_id, []).append(row)
                break
    return found


def _answered(question: Question, rows: Sequence[NoticeRow]) -> Question:
    """Return a question with what came back: the last that a person wrote, before a machine's."""
    for row in rows:
        standing = _standing(question.contact.address, row.notice)
        if standing and RANK[standing] >= RANK[question.standing]:
            successor = named_in(row.notice)
            named = f"{successor.name} <{successor.address}>".strip() if successor else ""
            question = replace(question, standing=standing, mail_id=row.mail_id, suggested=named)
    return question


def _standing(address: str, notice: Notice) -> Standing | None:
    """Return what a message means for the question to an address; None if nothing."""
    if notice.category is Category.HUMAN:
        is_yes = notice.typed is not None and notice.typed.is_yes
        return Standing.ANSWERED if is_yes else Standing.UNCLEAR
    if notice.category is Category.AUTOREPLY:
        return Standing.AUTOREPLY
    effect = effect_on(address, notice)
    is_dead = effect and effect.counts_against_address and effect.fate.is_hard
    return Standing.DEAD if is_dead else None


def round_of(session: Session, mailout: Mailout, sender: Sender, *, now: datetime) -> Round | None:
    """Return how the question to the contacts of a mailout stands, while that is of interest.

    None once its letters have left, and while nobody has asked and it is too early to.
    """
    if mailout.released_at or mailout.state in CLOSED:
        return None
    if not asked_at(session, mailout) and not is_time(mailout.plan, now):
        return None
    return Round.of(each.standing for each in questions(session, mailout, sender))


def is_time(plan: Plan, now: datetime) -> bool:
    """Whether the plan wants the contacts asked, and the day is near or past."""
    days = timedelta(days=plan.confirm_days + ASK_SHOWN)
    return bool(plan.confirm_days) and local(now).date() >= plan.letter_date - days


def asked_at(session: Session, mailout: Mailout) -> datetime | None:
    """Return when somebody last began to ask; None if nobody has, by our own events."""
    subject = Subject.MAILOUT.of(mailout.name)
    event = journal.last_of_ours(session, subject, {events.MAILOUT_ASKED.action})
    return event.at if event else None


def findings(mailout: Mailout, asked: Sequence[Question], now: datetime) -> Iterator[Finding]:
    """Yield the contacts to whom the question came back: the letter would come back, too.

    And that nobody has asked, where it is time to.
    """
    is_open = mailout.released_at is None and mailout.state not in CLOSED
    if is_open and is_time(mailout.plan, now) and not any(each.asked_at for each in asked):
        yield Finding(
            place="dates.confirm_days",
            value=str(mailout.plan.confirm_days),
            message="nobody has asked the contacts yet whether they are the right person",
            remedy=Remedy(kind=RemedyKind.ASK, mailout=mailout.name),
        )
    for each in asked:
        if each.standing is Standing.DEAD:
            contact = each.contact
            yield Finding(
                authority=contact.authority,
                place="contacts",
                value=contact.address,
                message=f"the question to the {contact.role} came back: the address is dead",
                remedy=Remedy(kind=RemedyKind.CONTACTS_SET, authority=contact.authority),
            )


def ask(means: AskingMeans, name: str, word: Word) -> Iterator[tuple[Question, Outcome]]:
    """Ask every contact of a mailout who has not been asked; yield each with the server's answer.

    Owns its transactions. Stops with `Unavailable` at a reply that is about ourselves, and when the
    server refuses `MOST_REFUSED` in a row: that, too, is about ourselves, and nobody is blamed.
    They are asked again by the next round. Raises `RuleBroken` once the letters have left.
    """
    line = Line(means.transport)
    refused = 0
    try:
        for question, message, leaves_at in _begun(means, name, word):
            line.wait((leaves_at - means.clock()).total_seconds(), means.sleep)
            outcome = line.offer(message)
            refused = refused + 1 if outcome.verdict is Verdict.REFUSED else 0
            is_about_us = outcome.whose is Whose.US or refused >= MOST_REFUSED
            _record(means, question, name, word, _blameless(outcome, is_about_us=is_about_us))
            yield question, outcome
            if is_about_us or line.connection is None:
                said = str(outcome)
                raise Unavailable(
                    f"the round stopped, since this is about ourselves: {said}", theirs=said
                )
    finally:
        line.close()


MOST_REFUSED: Final = 5
"""Refusals in a row, each at another address, that are the mail server's word about ourselves."""


def _blameless(outcome: Outcome, *, is_about_us: bool) -> Verdict:
    """Return the verdict that counts: what is about ourselves only defers the question."""
    return (
        Verdict.DEFERRED if is_about_us and outcome.verdict is Verdict.REFUSED else outcome.verdict
    )


Begun = tuple[Question, StaffMessage, datetime]
"""A question that is about to be put, its message, and when that may leave."""


def _begun(means: AskingMeans, name: str, word: Word) -> Iterator[Begun]:
    """Yield each question as it is about to be put, until nobody is left to ask.

    All contacts are worked out once, and again at the end for who has come meanwhile. Somebody who
    is deferred in this round waits for the next one.
    """
    is_going_on = True
    while is_going_on:
        is_going_on = False
        digest, left = _left(means, name, word)
        for question in left:
            if begun := _begin(means, name, word, question, digest):
                is_going_on = True
                yield begun


def _left(means: AskingMeans, name: str, word: Word) -> tuple[str, list[Question]]:
    """Return whom this round has not asked yet, and the digest of the plan that says so."""
    with means.sessions.read() as session:
        mailout = refuse_late(mailout_named(session, name))
        known = register.for_plan(session, mailout.plan)
        asked = _asked(session, mailout, list(_contacts(mailout, known)))
        return mailout.plan_digest, [each for each in asked if _is_next(each, word.at)]


def _begin(
    means: AskingMeans, name: str, word: Word, question: Question, digest: str
) -> Begun | None:
    """Record that a contact is about to be asked; None if that is not to be any more.

    The lock on the mailout makes two rounds take turns, so that nobody is asked by both, and keeps
    the contact as it is.
    """
    with means.sessions.begin() as session:
        mailout = refuse_late(mailout_named(session, name, is_locked=True))
        if mailout.plan_digest != digest or not _is_still_next(session, mailout, question, word):
            return None
        now = means.clock()
        message = _written(means, mailout, question, now)
        domain = domain_of(question.contact.address)
        moments = rates.book(
            session, [(question.id, domain)], means.rates, now=now, until=now + LONGEST_WAIT
        )
        event = events.CONTACT_ASKED.by(word, question.contact.authority, **_of(question, name))
        journal.append(session, replace(event, at=now))
        return question, message, moments[question.id]


def _is_still_next(session: Session, mailout: Mailout, question: Question, word: Word) -> bool:
    """Whether a contact is still in post and to be asked, by what is recorded of them now."""
    contact = question.contact
    present = contacts.holder(session, contact.authority, contact.role)
    if present is None or (present.id, present.to_contact()) != (question.row_id, contact):
        return False
    if suppressions.suppression_of(session, folded(contact.address)):
        return False
    unasked = replace(question, standing=Standing.NOT_ASKED, asked_at=None, tried_at=None)
    [now] = _asked(session, mailout, [unasked])
    return _is_next(now, word.at)


LONGEST_WAIT: Final = timedelta(hours=1)


def _is_next(question: Question, began_at: datetime) -> bool:
    was_tried = question.tried_at is not None and question.tried_at >= began_at
    return question.standing in TO_ASK and not was_tried


def refuse_late(mailout: Mailout) -> Mailout:
    """Return a mailout whose letters have not left. Raises `RuleBroken`."""
    if mailout.released_at or mailout.state is MailoutState.CANCELLED:
        raise RuleBroken(
            f"{mailout.name} is {mailout.state.value}: it is too late to ask who its letters go to"
        )
    return mailout


def _of(question: Question, name: str, verdict: str = OFFERED) -> dict[str, str]:
    return {
        "mailout": name,
        "role": question.contact.role,
        "of": str(question.row_id),
        "verdict": verdict,
    }


def _written(
    means: AskingMeans, mailout: Mailout, question: Question, now: datetime
) -> StaffMessage:
    """Return the message to a contact. Raises `CannotRender`."""
    contact, sender = question.contact, means.sender
    values: dict[str, Any] = {
        "salutation": contact.salutation,
        "letter_date": mailout.plan.letter_date,
        "authority": question.authority,
        "role": contact.role,
        "sender": sender.name,
    }
    written = means.templates.mail(*TEMPLATE, values)
    asking = replace(sender, is_auto_submitted=False)  # so that "has left" comes back
    message = staff_message(asking, contact.address, written, at=now, id_=question.id)
    envelope = replace(message.envelope, mail_from=sender.mail_from(question.id))
    return replace(message, envelope=envelope)


def _record(
    means: AskingMeans, question: Question, name: str, word: Word, verdict: Verdict
) -> None:
    with means.sessions.begin() as session:
        detail = _of(question, name, verdict.value)
        event = events.CONTACT_ASKED.by(word, question.contact.authority, **detail)
        journal.append(session, replace(event, at=means.clock()))
        began_at = asked_at(session, mailout_named(session, name))
        if verdict is Verdict.ACCEPTED and (began_at is None or began_at < word.at):
            journal.append(session, events.MAILOUT_ASKED.by(word, name))
