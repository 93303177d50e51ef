"""What an autoreply says."""

from __future__ import annotations

import re
from typing import Final

from dispatch.domain.notice import Answer
from dispatch.mail.notices.autoreplies import wording
from dispatch.mail.notices.autoreplies.wording import one_of
from dispatch.mail.notices.parsed import Parsed
from dispatch.mail.notices.prose import own_words, squeezed

_LEFT: Final = one_of(wording.LEFT)
_RETIRED: Final = one_of(wording.RETIRED)
_AWAY: Final = one_of(wording.AWAY)
_FORM: Final = one_of(wording.FORMS)
_NOT_BY_MAIL: Final = one_of(wording.NOT_BY_MAIL)
_WILL_ANSWER: Final = re.compile(
    r"aim to (?:respond|reply)|(?:respond|reply|response) within|will (?:respond|reply|get back)"
    r"|get back to you|working days|reference number"
)
_RECEIPT: Final = one_of(wording.RECEIVED, wording.REFERENCES)
_NO_REPLIES: Final = re.compile(r"do not reply|don't reply|not to reply|peidiwch ag ymateb")
_NOBODY: Final = re.compile(
    r"(?:no|do-?not|dont|un)[._-]?(?:reply|respond|monitored)|notification|mailer|automat",
    re.IGNORECASE,
)


def answer(mail: Parsed) -> Answer:
    """Return what an autoreply says. What lasts longest counts first, a mere receipt last."""
    said = said_by(mail)
    if _LEFT.search(said):
        return Answer.HAS_LEFT
    if _wants_a_form(said):
        return Answer.USE_A_FORM
    if _AWAY.search(squeezed(own_words(mail.text)[:8000])):
        return Answer.OUT_OF_OFFICE
    if _RETIRED.search(said) and not _is_about_itself(mail, said):
        return Answer.MAILBOX_RETIRED
    if _FORM.search(said) and not _WILL_ANSWER.search(said):
        return Answer.USE_A_FORM
    is_away = _AWAY.search(said)  # last: a program begins each subject in the same way
    return Answer.OUT_OF_OFFICE if is_away else Answer.ACKNOWLEDGEMENT


def said_by(mail: Parsed) -> str:
    """Return the subject and the text of a message, without what it answers, to search in."""
    return squeezed(f"{mail.header('Subject')} \n {own_words(mail.text)[:8000]}")


def _wants_a_form(said: str) -> bool:
    return bool(_NOT_BY_MAIL.search(said) and _FORM.search(said))


def _is_about_itself(mail: Parsed, said: str) -> bool:
    """Whether a receipt says of the address that it comes from that nobody reads it.

    That is not the mailbox that we wrote to.
    """
    names = [each.partition("@")[0] for each in mail.addresses("From")]
    is_nobodys = any(map(_NOBODY.match, names)) or bool(_NO_REPLIES.search(said))
    return bool(_RECEIPT.search(said)) and is_nobodys
