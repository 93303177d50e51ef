"""What is odd about a letter, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from dispatch.domain.letters.oddity import WEIGHTS, Oddity, OddityKind

_K = OddityKind

WORDS: Final[Mapping[OddityKind, str]] = {
    _K.FAILED: "could not be made: {0}",
    _K.MADE_UP: "has made-up figures",
    _K.RARE_BRANCH: "only {3} letters read so: {0}, line {1}",
    _K.MOVED: "{0}: {2}%, and {1}% the year before",
    _K.FAR_FROM_GROUP: "{0}: {1} cases, where its group has {2} on average",
    _K.NO_REMEDIES: "{0} upheld, and none had been put right before",
    _K.NOT_ALL_COMPLIED: "complied with {0}% of recommendations",
    _K.OWN_PARAGRAPH: "has a paragraph of its own",
    _K.SUCCESSOR: "goes to the successor of {0}",
    _K.SHARED_MAILBOX: "its mailbox also gets the letter of {0}",
    _K.TINY_BASE: "{0}: the percentage is of only {1}",
    _K.NO_GROUP: "has no comparison group",
    _K.NO_NAME: "names nobody whom it is addressed to",
    _K.INTERIM: "is addressed to somebody there for a time: {0}",
    _K.FIRST_EVER: "is the authority's first letter",
    _K.NOT_INVESTIGATED: "no complaint was investigated",
    _K.MANY_PAGES: "has {0} pages",
    _K.LONGEST_NAME: "has the longest name, {0} characters",
    _K.LONGEST_LINE: "has the longest line in an address, {0} characters",
}
"""With the values of the kind, in their order."""

SIDES: Final[Mapping[str, str]] = {
    "yes": "where the condition holds",
    "no": "where it does not hold",
    "some": "with something to list",
    "none": "with nothing to list",
}


def in_words(oddity: Oddity) -> str:
    """Say what is odd."""
    values = list(oddity.values)
    if oddity.kind is _K.RARE_BRANCH:
        return _rare(*values)
    if oddity.kind is _K.SHARED_MAILBOX:
        values = [" and ".join(map(str, values))]
    return WORDS[oddity.kind].format(*values)


def _rare(file: object, line: object, side: object, count: object, *said: object) -> str:
    """Say which words hardly any other letter has, or leaves out, and where they stand."""
    is_one = count == 1
    few = "no other letter" if is_one else f"only {count} letters"
    words, without = said or ("", "")
    if words:
        what = f'{"says" if is_one else "say"} "{words}"'
    elif without:
        what = f'{"leaves" if is_one else "leave"} out "{without}"'
    else:
        what = f"{'reads' if is_one else 'read'} so: {SIDES.get(str(side), '')}"
    return f"{few} {what} ({file}, line {line})"


MOST_BRANCHES: Final = 3
"""Rare turns of the template that are named for one letter: often one reason brings several."""


def reasons(oddities: Iterable[Oddity]) -> tuple[str, ...]:
    """Say all that is odd about a letter, what counts most first."""
    ordered = sorted(oddities, key=lambda each: -WEIGHTS[each.kind])
    rare = [each for each in ordered if each.kind is _K.RARE_BRANCH]
    left = rare[MOST_BRANCHES:]
    said = [in_words(each) for each in ordered if each not in left]
    if left:
        last = max(n for n, each in enumerate(e for e in ordered if e not in left) if each in rare)
        said[last] += f", and {len(left)} more such places"
    return tuple(said)
