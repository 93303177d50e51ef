"""Email addresses: which are one mailbox, and what in one of them nobody can have meant.

A letter of another alphabet or a curly apostrophe gives an address that does not exist, or one
that belongs to somebody else. People cannot see the difference, so it is refused where an address
comes in, with the character named. That an address is written as RFC 5322 has it is judged by a
library, in `files.contacts`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

from dispatch.domain.wording.characters import code_point
from dispatch.domain.wording.lookalikes import LOOKS_LIKE, is_invisible


def folded(address: str) -> str:
    """Return an address in the form that is compared: lower case, its domain in ASCII.

    RFC 5321 lets a server tell local parts apart by case. No server of a public body is known to,
    and a second letter because of a capital letter would do more harm.
    """
    local_part, _, domain = address.rpartition("@")
    return f"{local_part.casefold()}@{domain_of(domain)}"


def domain_of(address: str) -> str:
    """Return the domain of an address, or a bare domain, in the form that is compared."""
    domain = address.rpartition("@")[2].casefold()
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain


def needs_smtputf8(address: str) -> bool:
    """Whether only servers with SMTPUTF8 (RFC 6531) can take an address.

    A domain outside ASCII has a spelling in ASCII; a local part has none.
    """
    return not address.rpartition("@")[0].isascii()


def oddity(address: str) -> str | None:
    """Say what a person should look at in an address, in words that read on from it, or None."""
    if wrong := misspelling(address):
        return wrong
    if not needs_smtputf8(address):
        return None
    first = next(each for each in address.rpartition("@")[0] if not each.isascii())
    return (
        f"holds {_named(first)} before the @, and most mail servers cannot take that: it needs "
        f"SMTPUTF8 (RFC 6531)"
    )


def misspelling(address: str) -> str | None:
    """Say what nobody can have meant in an address, in words that read on from it, or None.

    It may still not be an address at all: this looks at single characters.
    """
    if address.isascii() and address.isprintable():
        return None
    local_part, at, domain = address.rpartition("@")
    if not at:
        local_part, domain = address, ""
    said = (
        *_invisible(address),
        *_wrong_characters(local_part),
        *mixed_scripts(local_part),
        *_looks_latin(local_part),
        *_wrong_labels(domain),
    )
    return next(iter(said), None)


def _named(character: str) -> str:
    """Return a character with its number and its name in Unicode."""
    return f"{character} ({code_point(character)} {unicodedata.name(character, 'without a name')})"


def _invisible(address: str) -> Iterator[str]:
    for each in filter(is_invisible, address):
        name = unicodedata.name(each, "a control character")
        yield f"holds the invisible character {code_point(each)} ({name}); type it again without it"


def _wrong_characters(part: str) -> Iterator[str]:
    """Say which characters are not letters or digits, or only another form of one."""
    for each in part:
        is_spelling = unicodedata.category(each)[0] in "LMN" and not _is_form(each)
        if not each.isascii() and not is_spelling:
            yield f"holds {_named(each)}; {_meant(each)}"


def _is_form(character: str) -> bool:
    """Whether a character is only a form of another: full width, mathematical, phonetic."""
    is_compatible = unicodedata.normalize("NFKC", character) != character
    is_modifier = unicodedata.name(character, "").startswith("MODIFIER LETTER")
    return (
        is_compatible or is_modifier or (_script(character) == LATIN and _is_look_alike(character))
    )


MEANT_BY_NAME: Final = (
    (
        ("APOSTROPHE", "SINGLE", "PRIME", "ACUTE ACCENT", "GRAVE ACCENT"),
        "a straight apostrophe (')",
    ),
    (("DASH", "HYPHEN", "MINUS"), "a hyphen (-)"),
    (("FULL STOP", "MIDDLE DOT", "BULLET", "LEADER"), "a full stop (.)"),
    (("LOW LINE",), "an underscore (_)"),
)
"""Words in the names of characters, and the character of an address that may be meant."""


def _meant(character: str) -> str:
    name = unicodedata.name(character, "")
    for words, meant in MEANT_BY_NAME:
        if any(word in name for word in words):
            return f"{meant} may be meant"
    plain = unicodedata.normalize("NFKC", character.translate(LOOKS_LIKE))
    is_other = plain != character and (plain.isalnum() or plain == "@")
    return f"{plain} may be meant" if is_other else "type it again without it"


def _is_look_alike(character: str) -> bool:
    return character.translate(LOOKS_LIKE) != character


LATIN: Final = "LATIN"

EAST_ASIAN: Final = frozenset({"BOPOMOFO", "CJK", "HANGUL", "HIRAGANA", "KATAKANA"})
"""Scripts that are written together, and with Latin (UTS 39, "highly restrictive")."""


def _script(character: str) -> str | None:
    """Return the script of a letter or digit; None for ASCII digits, and what is neither."""
    category = unicodedata.category(character)[0]
    if category not in "LN" or (character.isascii() and category == "N"):
        return None
    return unicodedata.name(character, "").replace("-", " ").partition(" ")[0]


def mixed_scripts(part: str) -> Iterator[str]:
    """Say which letter of a part is of another script than those beside it."""
    scripts = {each: script for each in part if (script := _script(each))}
    around = LATIN if LATIN in scripts.values() else next(iter(scripts.values()), LATIN)
    for each, script in scripts.items():
        if script not in {around, *(EAST_ASIAN if around in {LATIN, *EAST_ASIAN} else ())}:
            meant = f"{each.translate(LOOKS_LIKE)} may be meant"
            hint = meant if _is_look_alike(each) else "write it in one alphabet"
            yield f"holds {_named(each)} among {around.capitalize()} letters; {hint}"


def _looks_latin(part: str) -> Iterator[str]:
    """Say that no letter of a part is Latin and each looks it."""
    letters = [each for each in part if _script(each)]
    if letters and all(map(_is_look_alike, letters)):
        yield (
            f"has only letters that look Latin and are not, such as {_named(letters[0])}; "
            f"{part.translate(LOOKS_LIKE)} may be meant"
        )


def _wrong_labels(domain: str) -> Iterator[str]:
    """Say what is wrong with the labels of a domain, of which each may be in another script."""
    labels = domain.split(".")
    for label in labels:
        yield from mixed_scripts(label)
        if labels[-1].isascii():  # letters that look Latin are right below a top level like them
            yield from _looks_latin(label)
