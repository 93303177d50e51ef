"""The contact that an autoreply names in place of one who has left.

This only makes a suggestion, which a person decides on. Even so there is none if the text speaks
of absence: people on leave come back, and "if it is urgent" does not name a successor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from dispatch.domain.address import domain_of, folded
from dispatch.domain.notice import Successor
from dispatch.mail.notices.prose import found, sentences, squeezed

MAX_SENTENCE: Final = 1000
"""Characters of a sentence that may name a successor; a list without full stops is longer."""

ABSENT: Final = re.compile(
    r"annual leave|on leave|sick leave|maternity|paternity|parental leave|sabbatical|on holiday"
    r"|on vacation|out of (?:the )?office|away from (?:the|my) (?:office|desk)"
    r"|return(?:ing)? (?:on|to (?:the office|work))|back (?:on|in the office)|until my return"
    r"|in my absence|limited access|non-working"
    r"|i (?:do not|don't) work (?:on )?(?:mon|tue|wed|thu|fri)"
    r"|im urlaub|en vacances|de vacaciones",
    re.IGNORECASE,
)
MEANWHILE: Final = re.compile(
    r"urgent|emergenc|immediate|dringend|out of hours|while i", re.IGNORECASE
)
_BY_PHONE: Final = re.compile(
    r"[,;]?\s(?:or|and)\s[^,;@]{0,60}\b(?:urgent|emergenc|immediate)[^@]{0,80}"
    r"\b(?:telephone|phone|call|ring)\b[^@]*$",
    re.IGNORECASE,
)
"""Words that may follow an address without being about it."""

_POINTS: Final = re.compile(
    r"contact|(?:please|to) e-?mail|e-?mails? (?:should|to|for)|write|direct|send|forward|speak"
    r"|get in touch|address(?:ed)?\b|replaced"
    r"|replacement|successor|taken (?:over|up|on)|takes (?:over|the place)|new chief|instead|role"
    r"|correspondence|enquir"
    r"|quer(?:y|ies)|please use|e-?mail(?: address)? is|reached (?:at|on|by)|in (?:the )?place of"
    r"|resend|pass(?:es)? to|goes? to|in future|interim|acting|deputy|now the"
    r"|anfonwch|cysylltwch|e-?bostiwch|defnyddiwch|ysgrifennwch"
    r"|schrijf|neem contact|contact op|stuur|gebruik|scriv|escrev|escrib|utili[sz]|prosimy"
    r"|pisa[ćc]|kontakt|lautet|verwend|schreib|[ée]cri[rv]|courriel"
    r"|wenden|ansprech|nachfolg|contacte[rz]|remplac|adress|contacta|dirig|sustitu",
    re.IGNORECASE,
)
CLOSED: Final = re.compile(
    r"no longer|not (?:being )?monitored|unmonitored|not in use|closed|nicht mehr", re.IGNORECASE
)
"""Words that follow an address which is itself closed, rather than the new one."""

_FOLLOWS: Final = re.compile(
    r"successor|replace|taken (?:over|up|on)|takes over|is the new|appointed|interim|nachfolg"
    r"|remplac|sustitu",
    re.IGNORECASE,
)
_WORD: Final = r"[^\W\d_a-zß-ÿ][\w'\u2019.-]{0,30}"
_NAME: Final = re.compile(
    rf"((?:(?:Dr|Mr|Mrs|Ms|Miss|Mx|Prof|Sir|Dame|Cllr|Councillor)\.?\s+)?"
    rf"{_WORD}(?:\s+(?:(?:de|van|von|der|den|la|le|al|bin)\s+){{0,2}}{_WORD}){{1,3}})"
)
_TITLE: Final = re.compile(
    r"\b(?:chief|executive|interim|acting|deputy|managing|director|officer|manager|assistant|clerk"
    r"|leader|head|team|office|council)\b",
    re.IGNORECASE,
)
"""Words with capitals, as names have, that are not part of a name."""

_NO_NAME: Final = re.compile(
    r"^(?:please|contact|e-?mail|thank|dear|if|for|the|your|our|all|any|kind|i|my)\b",
    re.IGNORECASE,
)


def successor(text: str, *, sender: str, ours: Iterable[str] = ()) -> Successor | None:
    """Return the contact that a text names in place of a leaver; the same organisation first.

    `sender` is the address the text is from, `ours` are those it was sent to: neither is meant.
    """
    if ABSENT.search(squeezed(text)):
        return None
    apart = {folded(sender), *map(folded, ours)}
    given = tuple(_named(text, apart))
    near = (each for each in given if _is_near(each.address, sender))
    return next(near, next(iter(given), None))


def _named(text: str, apart: set[str]) -> Iterator[Successor]:
    before = ""
    for sentence in sentences(text):
        if len(sentence) <= MAX_SENTENCE and _is_advice(sentence, before):
            yield from _in_sentence(sentence, before, apart)
        before = sentence


def _is_advice(sentence: str, before: str) -> bool:
    """Whether a sentence says whom to contact permanently, not only in the meantime."""
    points = _POINTS.search(sentence) or _POINTS.search(before[-200:])
    return bool(points) and not MEANWHILE.search(_BY_PHONE.sub("", sentence))


def _in_sentence(sentence: str, before: str, apart: set[str]) -> Iterator[Successor]:
    for each in found(sentence):
        is_closed = CLOSED.search(sentence[each.end : each.end + 80])
        if folded(each.address) not in apart and not is_closed:
            name = name_before(sentence[: each.start]) or _successor_in(before)
            yield Successor(address=each.address, name=name, sentence=sentence)


def _successor_in(sentence: str) -> str:
    """Return the name in the previous sentence, if that says who succeeds."""
    return name_before(sentence[:MAX_SENTENCE]) if _FOLLOWS.search(sentence) else ""


def name_before(words: str) -> str:
    """Return the name nearest before an address, if there is one."""
    for match in reversed(list(_NAME.finditer(_TITLE.sub(".", words[-200:])))):
        name = match[1].strip(" .,")
        while _NO_NAME.match(name) and " " in name:
            name = name.partition(" ")[2]
        if " " in name and not _NO_NAME.match(name):
            return name
    return ""


def _is_near(address: str, sender: str) -> bool:
    one, other = domain_of(address), domain_of(sender)
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
