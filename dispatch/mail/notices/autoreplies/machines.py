"""How to tell a message that a machine wrote from one that a person wrote.

A person is the default. A machine says so in a header of an autoresponder (`kinds.is_automatic`),
in the subject, or in its first sentence; an acknowledgement shows two of the signs that such have.
"""

from __future__ import annotations

import re
from typing import Final

from dispatch.mail.notices.autoreplies import wording
from dispatch.mail.notices.autoreplies.wording import one_of
from dispatch.mail.notices.parsed import Parsed
from dispatch.mail.notices.prose import own_words, squeezed

_BEGINNING: Final = 600
"""Characters in which a machine says that it is one."""

_ANSWERING: Final = re.compile(r"^\W*(?:(?:re|aw|sv|fw|fwd|wg|tr|odp|vs|antw|atb)\s?:\s*)*")
_SUBJECT: Final = one_of(wording.SUBJECTS)
_IN_BRACKETS: Final = re.compile(r"[\[(](?:out of office|auto(?:matic)?[ -]?reply|ooo)[\])]")
_SAYS_SO: Final = one_of(wording.SAYS_SO)
_GREETING: Final = re.compile(
    r"(?:(?:dear|hello|hi|good (?:morning|afternoon|day)|helo|annwyl|guten tag|hallo|bonjour"
    r"|hola|beste|geachte|olá|ciao|buongiorno|dzień dobry|sehr geehrte)\b[^.,!\n]{0,60}[,.!]?\s*"
    r"|thank(?:s| you)(?: very much)? for (?:your (?:recent )?(?:e-?mail|message|enquiry)"
    r"|contacting (?:me|us)|getting in touch)[^.!]{0,40}[.!]\s*"
    r"|(?:diolch (?:yn fawr )?am|(?:vielen dank|danke|besten dank) für|merci (?:de|pour)"
    r"|(?:hartelijk )?dank(?: u)? voor|bedankt voor|dziękuj[ęe] za|(?:muchas )?gracias por"
    r"|(?:muito )?obrigad[oa] pel|grazie per) ?[^.!]{0,60}[.!]\s*"
    r"|please note(?: that)?:?\s*)*"
)
_ABSENT: Final = one_of(wording.ABSENT_IN_PERSON)
_LASTS: Final = one_of(wording.LASTS)
_READ_IT: Final = re.compile(
    r"\b(?:your|the) (?:annual |review )?(?:letter|figures|table|statistics|report)\b"
    r"|\bi have (?:read|asked|passed|sent|copied|forwarded)\b|,? (?:but|so) (?:i |have |will )"
    r"|(?<!please )\b(?:could|can|shall|may|might) (?:we|i)\b"
    r"|\b(?:could|would|can|will) you\b[^.?]{0,120}\?"
)
"""What somebody says who has read what we wrote, or who asks us something."""

_RECEIPT_SIGNS: Final = tuple(
    map(one_of, (wording.RECEIVED, wording.REFERENCES, wording.PROMISES, wording.DO_NOT_REPLY))
)
_RECEIPT_SUBJECT: Final = one_of(wording.RECEIPT_SUBJECTS)
_THANKS: Final = re.compile(
    r"(?:(?:dear|hello|hi|good \w+)\b[^.!]{0,60}?[,.]? )?"
    r"thank(?:s| you) for (?:your (?:e-?mail|message|enquiry|complaint|request)|contacting)"
)
_DO_NOT_REPLY: Final = one_of(wording.DO_NOT_REPLY)
_PERSONAL: Final = one_of(wording.PERSONAL)
_SIGNED: Final = re.compile(
    r"^[ \t]{0,8}(?i:(?:(?:kind|best|warm|many)[ \t]{1,3})?regards|yours (?:sincerely|faithfully)"
    r"|best wishes|thanks|cofion(?: gorau)?|yn gywir)[,.]?[ \t]{0,8}\n\s{0,20}"
    r"(?:(?:Dr|Mr|Mrs|Ms|Cllr)\.? )?[A-Z][\w'-]{1,40} "
    r"(?:[A-Z]\.? |(?:de|van|von|Mc|O') ?)?[A-Z][\w'-]{1,40}[ \t]*$",
    re.MULTILINE,
)
_TEAM: Final = re.compile(
    r"\b(?:team|services?|council|cyngor|office|department|support|desk|unit|centre)\b",
    re.IGNORECASE,
)


def has_subject_of_autoreply(mail: Parsed) -> bool:
    """Whether the subject says that a machine answers for a person."""
    subject = squeezed(mail.header("Subject"))
    rest = _ANSWERING.sub("", subject, count=1)
    return bool(_SUBJECT.match(rest) or _IN_BRACKETS.search(rest))


def is_autoreply(mail: Parsed) -> bool:
    """Whether the subject or the beginning of the text says that a machine answers."""
    subject = squeezed(mail.header("Subject"))
    own = own_words(mail.text)
    beginning = squeezed(own[:_BEGINNING])
    return bool(
        has_subject_of_autoreply(mail)
        or _SAYS_SO.search(squeezed(f"{mail.header('From')}. {beginning}"))
        or _tells_of_absence(beginning)
        or _acknowledges(subject, own)
    )


def _tells_of_absence(beginning: str) -> bool:
    """Whether the first sentence says that its writer is away, and it is not a person's answer."""
    text = _GREETING.sub("", beginning, count=1)
    absent = _ABSENT.match(text)
    if absent is None or _READ_IT.search(text):
        return False
    return bool(_LASTS.search(text)) or not text[absent.end() :].strip(" .!")


def _acknowledges(subject: str, own: str) -> bool:
    """Whether it has two signs of an acknowledgement, and none of a person who writes."""
    said = squeezed(own[:2000])
    signs = [bool(each.search(f"{subject} {said}")) for each in _RECEIPT_SIGNS]
    is_receipt = signs[0] or bool(_RECEIPT_SUBJECT.search(subject) or _THANKS.match(said))
    if not is_receipt or sum([*signs, bool(_RECEIPT_SUBJECT.search(subject))]) < 2:  # noqa: PLR2004
        return False
    return bool(_DO_NOT_REPLY.search(said)) or not (_PERSONAL.search(said) or _is_signed(own))


def _is_signed(own: str) -> bool:
    """Whether it ends with the name of a person, and not of a team."""
    return any(not _TEAM.search(each[0]) for each in _SIGNED.finditer(own))
