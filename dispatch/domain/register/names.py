"""Judge a contact's name: what is not a name, or is written as no letter should show it.

Files of contacts hold "null", "TBC", "MR SMITH" and "=1+1" where a name should be, and a letter
would greet "Dear Ms null". Nothing is refused, as real names are more various than any rule: a
person is asked to look.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from dispatch.domain.address import mixed_scripts
from dispatch.domain.person import (
    GREETED_BY_GIVEN_NAME,
    HONORIFICS,
    OTHER_HONORIFICS,
    words_of,
)
from dispatch.domain.register.authority import ROLES, Contact

Rule = Callable[[str], str | None]
"""Says what is odd about a text, in words that read on from it; None if nothing is."""


def oddities(contact: Contact) -> tuple[str, ...]:
    """Return what a person should look at in a contact's name and job title, each in plain words.

    Each begins with the part of the name: 'surname "null" stands for one that is missing'.
    """
    return tuple(map(str, judged(contact)))


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is odd about one part of a contact's name: the rule reads on from the value."""

    part: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f'{self.part} "{self.value}" {self.rule}'


def judged(contact: Contact) -> Iterator[Oddity]:
    """Yield what a person should look at in a contact's name and job title."""
    yield from _parts(contact)
    yield from _together(contact)


def _parts(contact: Contact) -> Iterator[Oddity]:
    """Say what is odd about each part by itself, one thing for each part."""
    for field in RULES:
        value: str | None = getattr(contact, field)
        if value and (first := _first_said(field, value)):
            yield Oddity(field.replace("_", " "), value, first)


@lru_cache(maxsize=2**16)
def _first_said(field: str, value: str) -> str | None:
    """Return what the first rule says that has anything to say; kept, as most names are many's."""
    return next(filter(None, (rule(value) for rule in RULES[field])), None)


def _together(contact: Contact) -> Iterator[Oddity]:
    """Say what is odd about the parts beside each other."""
    given, surname = contact.given_name or "", contact.surname or ""
    honorific = words_of(contact.honorific or "")
    if given and surname and words_of(surname)[:1] == words_of(given):
        yield Oddity("surname", surname, "holds the given name as well")
    if given and surname and is_role(f"{given} {surname}") and not is_role(surname):
        yield Oddity("name", f"{given} {surname}", "is a role and not a name")
    if surname and not given and not GREETED_BY_GIVEN_NAME.isdisjoint(honorific):
        rule = "goes with a given name, and none is known"
        yield Oddity("honorific", contact.honorific or "", rule)


NO_NAMES: Final = frozenset(
    words_of(
        """
        null none nil n/a n.a undefined unknown unnamed anonymous nobody blank empty missing
        tbc tba tbd tbn t.b.c t.b.a vacant vacancy pending awaited awaiting interim acting temporary
        test tester testing dummy sample example placeholder xxx xxxx true false yes no
        name surname forename firstname lastname given_name address email honorific
        madam sir/madam postholder post-holder incumbent
        #n/a #ref! #name? #value! #null! #num! #div/0!
        """
    )
) | frozenset(
    {"to be confirmed", "to be announced", "to be appointed", "to be advised", "to be decided"}
    | {"to be notified", "to be determined", "not known", "not applicable", "not available"}
    | {"not appointed", "not given", "not set", "not in post", "no name", "no longer here"}
    | {"vacant post", "post vacant", "currently vacant", "position vacant", "vacant position"}
    | {"post holder", "the post holder", "office holder", "role holder", "under recruitment"}
    | {"first name", "last name", "family name", "given name", "full name", "job title"}
    | {"sir or madam", "sir / madam", "dear sir", "to whom it may concern"}
    | {"test test", "test user", "a n other", "a.n. other", "an other"}
)
"""What people and programs write where a name is not known, folded."""

NO_NAMES_AS_WRITTEN: Final = frozenset({"NA", "na", "NaN", "nan", "NAN", "NK", "nk", "X", "x"})
"""The same where another case is a name: Na, Nan."""


def no_name(value: str) -> str | None:
    """Find what stands for a name that is missing."""
    folded = " ".join(value.strip("()[]{}<>*?!\"'.,;: ").casefold().split())
    letters = sum(each.isalnum() for each in value)
    if not letters or value in NO_NAMES_AS_WRITTEN or NO_NAMES & {folded, value.casefold()}:
        return "stands for one that is missing"
    return None


FORMULA: Final = re.compile(r"[=@|%]|[+-](?=[\d(=+-])|\+")
ENTITY: Final = re.compile(r"&#?\w+;")
MARKUP: Final = frozenset("<>[]{}|\\^~`*_=$%#@\u00ab\u00bb")


def markup(value: str) -> str | None:
    """Find a formula, or markup or braces: a letter would print them as they are."""
    if FORMULA.match(value):
        return "is a formula, or was one"
    if ENTITY.search(value):
        return "holds markup"
    if found := [each for each in value if each in MARKUP]:
        return f"holds markup or a symbol: {found[0]}"
    return None


def other_than_letters(value: str) -> str | None:
    """Find digits, and any sign that does not belong in a name."""
    for each in value:
        if unicodedata.category(each)[0] == "N":
            return "holds a digit"
        if unicodedata.category(each)[0] not in "LMZ" and each not in IN_NAMES:
            return f"holds a sign that does not belong in a name: {each}"
    return None


IN_NAMES: Final = frozenset("'\u2019\u02bc-\u2010\u2011.")
"""What stands between the letters of names: apostrophes, hyphens, the full stop of an initial."""


def other_script(value: str) -> str | None:
    """Find a letter of another alphabet that only looks right: a search does not find the name."""
    return next(mixed_scripts(value), None)


def one_case(value: str) -> str | None:
    """Find a name in capitals or small letters alone: "SMITH", "smith", "sMITH".

    Not "van der Berg", "d'Arcy" or "McDonald"; nor "ffoulkes", which is written like that.
    """
    cased = [each for each in value if each.isupper() or each.islower()]
    if len(cased) < 2:  # noqa: PLR2004 - one letter has one case
        return None
    if all(each.isupper() for each in cased):
        return "is all in capitals"
    if all(each.islower() for each in cased):
        return None if value.startswith("ff") else "is all in small letters"
    if cased[0].islower() and all(each.isupper() for each in cased[1:]):
        return "has its capitals the wrong way round"
    return None


def given_in_one_case(value: str) -> str | None:
    """Find a given name in one case; "J", "JP" and "J. P." may be initials."""
    words = [word.strip(".") for word in re.split(r"[\s.]+", value)]
    are_initials = value.isupper() and all(len(word) <= INITIALS for word in words)
    return None if are_initials else one_case(value)


INITIALS: Final = 2
"""How many capitals in a row may be initials."""


def title_in_one_case(value: str) -> str | None:
    """Find a job title in one case; a short one in capitals is an abbreviation, such as CEO."""
    is_short = value.isupper() and all(len(word) <= ABBREVIATION for word in value.split())
    return None if is_short else one_case(value)


ABBREVIATION: Final = 4
"""How many letters an abbreviation in a job title has at the most."""


def honorific_in_name(value: str) -> str | None:
    """Find an honorific that was written into a name: "Mr Smith", "Cllr Jones"."""
    first, *more = words_of(value)
    if first in HONORIFICS and (more or first not in SURNAMES_TOO):
        return "begins with an honorific, which has a column of its own"
    return None


SURNAMES_TOO: Final = frozenset({"lord", "lady", "baroness", "countess", "alderman"})


POST_NOMINALS: Final = frozenset(
    words_of(
        """
        gbe kbe dbe cbe obe mbe bem kcb dcb cb kcmg dcmg cmg kcvo dcvo cvo lvo mvo qc kc jp dl mp ms
        phd ma ba bsc msc mba cipfa fca fcca aca frics mrics mrtpi frtpi qpm qfsm esq esquire
        """
    )
)


def post_nominals(value: str) -> str | None:
    """Find letters after a name, which a greeting does not have: "Smith OBE"."""
    _, *more = value.replace(",", " ").split()
    letters = [each for each in more if each.strip(".").casefold() in POST_NOMINALS]
    is_written_so = any(len(each) > INITIALS or each.isupper() for each in letters)
    return (
        f"ends with {' '.join(letters)}, which a greeting does not have" if is_written_so else None
    )


ROLE_WORDS: Final = frozenset(
    words_of(
        """
        executive officer director manager secretary team department directorate council office
        service services chair chairman chairperson ceo administrator assistant support enquiries
        complaints correspondence
        """
    )
)
"""Words of roles and offices that are not usual surnames, as Clerk and Head are."""

ROLE_PHRASES: Final = ("town clerk", "chief clerk", "head of", "leader of", "deputy leader")


def is_role(value: str) -> bool:
    """Whether a text is the name of a role or an office and not of a person."""
    words = words_of(value)
    text = " ".join(words)
    return text in ROLES or bool(ROLE_WORDS & set(words)) or text.startswith(ROLE_PHRASES)


def role_as_name(value: str) -> str | None:
    """Find a role or an office where a person's name should be."""
    return "is a role and not a name" if is_role(value) else None


def unknown_honorific(value: str) -> str | None:
    """Find what is not a usual honorific: each word of "Professor Dame" is."""
    known = HONORIFICS | OTHER_HONORIFICS
    return None if known.issuperset(words_of(value)) else "is not a usual honorific"


RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "honorific": (no_name, markup, one_case, unknown_honorific),
    "given_name": (
        *(no_name, markup, other_than_letters, other_script, honorific_in_name, role_as_name),
        given_in_one_case,
    ),
    "surname": (
        *(
            no_name,
            markup,
            post_nominals,
            other_than_letters,
            other_script,
            honorific_in_name,
            role_as_name,
        ),
        one_case,
    ),
    "job_title": (no_name, markup, title_in_one_case),
}
"""What is looked at in each part, the plainest first."""
