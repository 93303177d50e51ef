"""What a person types in answer to "are you the right person?", as far as it is plain.

A yes is plain if nothing but a greeting and a signature stands beside it. Somebody else is named
plainly if there is one address, and the sentence says whom to write to. Anything else is for a
person to read: nothing is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import dropwhile
from typing import Final

from dispatch.domain.address import folded
from dispatch.domain.notice import Successor, Typed
from dispatch.mail.notices.autoreplies.successors import ABSENT, CLOSED, MEANWHILE, name_before
from dispatch.mail.notices.prose import Found, found, own_words, sentences, squeezed

MAX_WORDS: Final = 2000
"""Characters of an answer that may be plain."""

_GREETING: Final = re.compile(
    r"\A\s*(?:hi|hello|hiya|hey|dear|good (?:morning|afternoon|evening|day)|morning|afternoon"
    r"|thanks|thank you)\b[^\n.!?,@:\u2013-]{0,60}(?:[,.!:\u2013-]+\s*|\n)",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"^[ \t]*(?:(?:with |many |best |kind(?:est)? |warm(?:est)? )*(?:regards?|wishes|thanks)"
    r"|thank(?:s| you)|yours\b|cheers|sincerely|faithfully|cofion|diolch|sent from my|get outlook"
    r"|-- ?$|[_*=-]{5,})",
    re.IGNORECASE | re.MULTILINE,
)
_POSTSCRIPT: Final = re.compile(r"^[ \t]*p\.?\s?s\b", re.IGNORECASE | re.MULTILINE)

_YES: Final = re.compile(
    r"(?:yes|yep|yup|yeah|correct|confirmed|indeed|i (?:can )?confirm|happy to confirm"
    r"|that(?:'s| is)(?: all| still)? (?:right|correct)|(?:all|still) (?:right|correct)"
    r"|i am (?:still )?the (?:right|correct) person|i'm (?:still )?the (?:right|correct) person)\b"
)
_OF_YES: Final = re.compile(
    r"yes|yep|yup|yeah|correct|confirmed|confirm|indeed|absolutely|certainly|right|still|all|is|it"
    r"|it's|its|that|that's|this|these|the|a|person|one|contact|address|email|details|are|am|i|i'm"
    r"|can|happy|to|you|me|my|your|for|of|and|as|chief|executive|link|officer|leader|scrutiny|chair"
    r"|monitoring|remains?|thanks?|so|do|have|has|annual|letters?|unchanged|same|best|here|we|our"
    r"|council"
)
"""The words of which a plain yes is made: none of them takes anything back."""

_PLAIN: Final = re.compile(r"[^\w\s']+")

_SIGNED: Final = re.compile(r"[A-Z0-9+(|*\[<]")
_SIGNED_LENGTH: Final = 60
_SAYS: Final = re.compile(
    r"\b(?:is|are|was|were|be|been|will|would|should|could|can|cannot|has|have|had|do|does|did|not"
    r"|no|but|however|although|though|until|till|from|new|leav\w*|left|retir\w*|instead|also|copy"
    r"|copied|except|only|please|change\w*|mov\w+|after|before|unless|if|next)\b",
    re.IGNORECASE,
)
"""What makes a line say something, so that it is not only a greeting or a signature."""

_INSTEAD: Final = re.compile(
    r"\A\W*(?:no|nope|not me|wrong person)\b|\b(?:is|it's|it is) now\b|\bnow is\b|no longer"
    r"|\b(?:left|retire[ds]|moved on)\b|took over|taken over|takes over|successor|succeed|replac"
    r"|\bnew\b|should (?:be|go|now)"
    r"|(?:please|can you) (?:update|change|amend|use|send|write|contact)"
    r"|write to|instead|the right person|the correct (?:person|address)|\bit is\b|\bit's\b",
    re.IGNORECASE,
)
_OLD: Final = re.compile(
    r"\b(?:not|never|instead of|rather than|no longer|don't|do not)\W+(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)
"""What stands before an address that is not to be written to."""

_BESIDE: Final = re.compile(
    r"\b(?:my|his|her|their|our) (?:\w+ )?(?:pa|ea|assistant|secretary|office|diary|team)\b"
    r"|\b(?:cc|copy|copied|copying|as well|also|too|in addition|both)\b",
    re.IGNORECASE,
)
"""What names somebody beside the contact, and not in their place."""


def typed(text: str, *, apart: Iterable[str]) -> Typed:
    """Return what is plain in an answer. `apart` are the writer's address and ours."""
    words = _said(text)
    if words is None:
        return Typed()
    if _is_yes(words):
        return Typed(is_yes=True)
    return Typed(successor=_named(words, {folded(each) for each in apart if each}))


def _said(text: str) -> str | None:
    """Return an answer without greeting, closing words and what follows them."""
    own = own_words(text).replace("\u2019", "'").strip()
    greeting = _GREETING.match(own)
    if greeting and not _SAYS.search(greeting[0]):
        own = own[greeting.end() :].strip()
    closing = _CLOSING.search(own, len(own.partition("\n")[0]))
    words, below = (own[: closing.start()], own[closing.start() :]) if closing else (own, "")
    is_plain = words and len(words) <= MAX_WORDS and not _POSTSCRIPT.search(below)
    return words.strip() if is_plain else None


def _is_yes(words: str) -> bool:
    """Whether the lines say yes, up to those that look like a signature."""
    lines = [line.strip() for line in words.split("\n") if line.strip()]
    begins = _YES.match(squeezed(words).strip(" *_\"'"))
    rest = tuple(dropwhile(_is_of_yes, lines))
    return bool(begins) and len(rest) < len(lines) and all(map(_is_signature, rest))


def _is_of_yes(line: str) -> bool:
    words = _PLAIN.sub(" ", line.lower()).split()
    return "?" not in line and all(map(_OF_YES.fullmatch, words))


def _is_signature(line: str) -> bool:
    is_short = len(line) <= _SIGNED_LENGTH and not line.endswith((".", "?", "!"))
    return is_short and bool(_SIGNED.match(line)) and not _SAYS.search(line)


def _named(words: str, apart: set[str]) -> Successor | None:
    """Return the only contact that an answer names in the place of its writer."""
    if ABSENT.search(squeezed(words)) or _YES.match(squeezed(words)):
        return None
    said = sentences(words)
    named = [
        (number, each)
        for number, sentence in enumerate(said)
        for each in found(sentence)
        if folded(each.address) not in apart and not _is_old(sentence, each)
    ]
    if len({folded(each.address) for _, each in named}) != 1:
        return None
    number, one = named[0]
    return _as_said(said, number, one)


def _is_old(sentence: str, each: Found) -> bool:
    before, after = sentence[: each.start], sentence[each.end : each.end + 80]
    return bool(_OLD.search(before) or CLOSED.search(after))


def _as_said(said: Sequence[str], number: int, one: Found) -> Successor | None:
    """Return a contact with the sentence that names it, and the one before if that is needed."""
    sentence = said[number]
    both = " ".join(said[max(number - 1, 0) : number + 1])
    if not _INSTEAD.search(both) or _BESIDE.search(both) or MEANWHILE.search(both):
        return None
    name = name_before(sentence[: one.start]) or name_before(both[: -len(sentence)])
    said_so = sentence if _INSTEAD.search(sentence) else both
    return Successor(address=one.address, name=name, sentence=said_so)
