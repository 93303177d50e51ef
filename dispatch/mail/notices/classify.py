"""A mail that came back -> what it says: the entrance to `dispatch.mail.notices`.

The surest sign counts: a report in a standard form (RFC 3464, RFC 5965, RFC 8098), then the
words of a mail system, then those of a machine that answers for a person, then a person.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from email.utils import parsedate_to_datetime

from dispatch.domain.notice import Action, Answer, Category, Fate, Notice, Successor
from dispatch.mail.notices import answers, complaints, kinds
from dispatch.mail.notices.absences import away_until
from dispatch.mail.notices.clues import clues, message_id
from dispatch.mail.notices.failures import fates
from dispatch.mail.notices.fields import address_in, blocks
from dispatch.mail.notices.parsed import Opened, opened
from dispatch.mail.notices.successors import successor


def read(mail: bytes) -> Notice:
    """Return what a mail says. Raises BadInput for one that is too large, and nothing else."""
    letter = opened(mail)
    found = clues(letter)
    category, given, about = _understood(letter)
    answer = answers.answer(letter) if category is Category.AUTOREPLY else None
    return Notice(
        category=category,
        answer=answer,
        fates=given,
        about=about,
        successor=_successor(letter, answer),
        away_until=_until(letter, answer),
        clues=found,
        message_id=message_id(letter, found),
    )


def _understood(mail: Opened) -> tuple[Category, tuple[Fate, ...], tuple[str, ...]]:
    """Return the category, each recipient's fate, and for whom else the mail speaks."""
    if complaints.is_complaint(mail):
        return Category.COMPLAINT, (), complaints.complainants(mail)
    kind, announced, complainants = complaints.announced(mail)
    if kind == "complaint":
        return Category.COMPLAINT, (), complainants
    if announced:
        return _category(announced), announced, ()
    if mail.has_disposition and not kinds.is_refusal(mail):
        return Category.RECEIPT, (), tuple(complaints.readers(mail))
    if _is_report(mail):
        given = fates(mail)
        if given or mail.has_status or kinds.is_by_machine(mail):
            return _category(given), given, ()
    return _written(mail), (), mail.addresses("From")[:1]


def _is_report(mail: Opened) -> bool:
    return (
        mail.has_status
        or mail.has_disposition
        or any(map(address_in, blocks(mail.text)))
        or kinds.is_failure(mail)
    )


def _category(given: tuple[Fate, ...]) -> Category:
    """Return what a notice comes to: one failure makes it a bounce."""
    actions = {each.action for each in given}
    if Action.FAILED in actions or not actions:
        return Category.BOUNCE
    return Category.DELAYED if Action.DELAYED in actions else Category.DELIVERED


def _written(mail: Opened) -> Category:
    """Return the category of a mail that is no report."""
    if answers.is_challenge(mail):
        return Category.CHALLENGE
    if answers.is_portal(mail):
        return Category.SECURE_PORTAL
    if kinds.is_automatic(mail) or answers.is_answer(mail):
        return Category.AUTOREPLY
    return Category.HUMAN


def _successor(mail: Opened, answer: Answer | None) -> Successor | None:
    if answer not in {Answer.HAS_LEFT, Answer.MAILBOX_RETIRED}:
        return None
    sender = next(iter(mail.addresses("From")), "")
    ours = mail.addresses("To", "Cc", "Delivered-To", "Reply-To", "Return-Path")
    return successor(mail.text, sender=sender, ours=ours)


def _until(mail: Opened, answer: Answer | None) -> date | None:
    if answer is not Answer.OUT_OF_OFFICE:
        return None
    return away_until(f"{mail.header('Subject')}\n{mail.text}", written=_written_on(mail))


def _written_on(mail: Opened) -> date | None:
    with suppress(ValueError, OverflowError, TypeError):
        return parsedate_to_datetime(mail.header("Date")).date()
    return None
