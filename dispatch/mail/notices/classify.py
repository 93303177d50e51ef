"""Classify a message that came back.

The surest sign decides: a report in a standard form (RFC 3464, RFC 5965, RFC 8098), then the
words of a mail system, then those of a machine that answers for a person. What remains was
written by a person.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from email.utils import parsedate_to_datetime

from dispatch.domain.notice import Action, Answer, Category, Fate, Notice, Successor, Typed
from dispatch.mail.notices import complaints, holds, kinds
from dispatch.mail.notices.autoreplies import answers, challenges, machines
from dispatch.mail.notices.autoreplies.absences import away_until
from dispatch.mail.notices.autoreplies.successors import successor
from dispatch.mail.notices.autoreplies.typed import typed
from dispatch.mail.notices.clues import clues, message_id
from dispatch.mail.notices.failures import fates
from dispatch.mail.notices.fields import address_in, blocks
from dispatch.mail.notices.parsed import Parsed, parse


def read(mail: bytes) -> Notice:
    """Return what a message says. Raises `BadInput` if it is too large, and nothing else."""
    parsed = parse(mail)
    found = clues(parsed)
    category, given, about = _understood(parsed)
    answer = answers.answer(parsed) if category is Category.AUTOREPLY else None
    return Notice(
        category=category,
        answer=answer,
        fates=given,
        about=about,
        successor=_successor(parsed, answer),
        typed=_typed(parsed) if category is Category.HUMAN else None,
        away_until=_until(parsed, answer),
        clues=found,
        message_id=message_id(parsed, found),
    )


def _understood(mail: Parsed) -> tuple[Category, tuple[Fate, ...], tuple[str, ...]]:
    """Return the category, each recipient's fate, and who else the message is from."""
    if complaints.is_complaint(mail):
        return Category.COMPLAINT, (), complaints.complainants(mail)
    kind, announced, complainants = complaints.announced(mail)
    if kind == "complaint":
        return Category.COMPLAINT, (), complainants
    if announced:
        return _category(announced), announced, ()
    if mail.has_disposition and not kinds.is_refusal(mail):
        return Category.RECEIPT, (), tuple(complaints.readers(mail))
    reported = _reported(mail) if _is_report(mail) else None
    if reported:
        return *reported, ()
    return _written(mail), (), mail.addresses("From")[:1]


def _reported(mail: Parsed) -> tuple[Category, tuple[Fate, ...]] | None:
    """Return what a report says; None if it is one in its form alone, as some challenges are."""
    given = fates(mail)
    category = _category(given)
    if not (given or mail.has_status or kinds.is_by_machine(mail)):
        return None
    if category is Category.DELAYED and challenges.is_challenge(mail):
        return None
    if category is Category.DELAYED and holds.is_hold(mail):
        return Category.HELD, given
    return category, given


def _is_report(mail: Parsed) -> bool:
    return not _is_quoted(mail) and (
        mail.has_status
        or mail.has_disposition
        or any(map(address_in, blocks(mail.text)))
        or kinds.is_failure(mail)
    )


def _is_quoted(mail: Parsed) -> bool:
    """Whether a report is quoted, word for word, by a machine that answers for a person."""
    is_autoreply = kinds.is_automatic(mail) and machines.has_subject_of_autoreply(mail)
    return is_autoreply and not mail.has_status and not kinds.is_daemon(mail)


def _category(given: tuple[Fate, ...]) -> Category:
    """Return the category of a notice with these fates: one failure makes it a bounce."""
    actions = {each.action for each in given}
    if Action.FAILED in actions or not actions:
        return Category.BOUNCE
    return Category.DELAYED if Action.DELAYED in actions else Category.DELIVERED


def _written(mail: Parsed) -> Category:
    """Return the category of a message that is not a report."""
    if challenges.is_challenge(mail):
        return Category.CHALLENGE
    if challenges.is_portal(mail):
        return Category.SECURE_PORTAL
    if holds.is_hold(mail):
        return Category.HELD
    if kinds.is_automatic(mail) or machines.is_autoreply(mail):
        return Category.AUTOREPLY
    return Category.HUMAN


def _successor(mail: Parsed, answer: Answer | None) -> Successor | None:
    if answer not in {Answer.HAS_LEFT, Answer.MAILBOX_RETIRED}:
        return None
    sender, ours = _people(mail)
    return successor(mail.text, sender=sender, ours=ours)


def _typed(mail: Parsed) -> Typed | None:
    sender, ours = _people(mail)
    found = typed(mail.text, apart=(sender, *ours))
    return found if found != Typed() else None


def _people(mail: Parsed) -> tuple[str, tuple[str, ...]]:
    """Return who wrote a message, and the addresses that it went to or that are theirs."""
    sender = next(iter(mail.addresses("From")), "")
    return sender, mail.addresses("To", "Cc", "Delivered-To", "Reply-To", "Return-Path")


def _until(mail: Parsed, answer: Answer | None) -> date | None:
    if answer is not Answer.OUT_OF_OFFICE:
        return None
    return away_until(f"{mail.header('Subject')}\n{mail.text}", written=_written_on(mail))


def _written_on(mail: Parsed) -> date | None:
    with suppress(ValueError, OverflowError, TypeError):
        return parsedate_to_datetime(mail.header("Date")).date()
    return None
