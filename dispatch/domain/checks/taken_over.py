"""Name what a plan took over word for word from the plan before, and a title of another year.

A plan is written by changing a copy of the last one. What nobody changed is listed once, so that a
person reads it again: last year's seminars must not go out over this year's figures. What stays the
same from year to year, such as the address of a website, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import Plan, Signatory
from dispatch.domain.register.spelling import folded
from dispatch.domain.remedy import Remedy, RemedyKind

REPLAN: Final = Remedy(kind=RemedyKind.PLAN)


def findings(
    plan: Plan, planned: Iterable[Plan], examples: Iterable[Plan] = ()
) -> Iterator[Finding]:
    """Yield what is the same as in earlier plans, and the years that do not fit in the title.

    A person began from the newest of those `planned`, or from one of the `examples`. A thing that
    is the same in several is named once.
    """
    yield from _years_in_title(plan)
    named: set[str] = set()
    for before in (*earlier(plan, planned)[:1], *earlier(plan, examples)):
        same = {
            name: value for name, value in _taken_over(plan, before).items() if name not in named
        }
        named |= same.keys()
        if same:
            yield Finding(place="plan", message=_in_words(before, same), remedy=REPLAN)


def earlier(plan: Plan, others: Iterable[Plan]) -> Sequence[Plan]:
    """Return the plans for earlier years that use the same template, newest first."""
    found = [
        each for each in others if each.template == plan.template and each.year_end < plan.year_end
    ]
    return sorted(found, key=lambda each: (each.year_end, each.letter_date), reverse=True)


RANGE: Final = re.compile(
    r"(?<!\d)(?:(?P<century>(?:19|20)\d\d)|(?P<short>\d\d))\s?(?:[-/\u2010-\u2015]|to|and)\s?"
    r"(?P<second>(?:19|20)?\d\d)(?!\d)"
)
SINGLE: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def _years_in_title(plan: Plan) -> Iterator[Finding]:
    wrong = [
        found
        for found in _years(plan.title)
        if found not in {plan.year, str(plan.year_end.year), str(plan.letter_date.year)}
    ]
    if wrong:
        ours = " or ".join(dict.fromkeys([str(plan.year_end.year), str(plan.letter_date.year)]))
        message = (
            f'the title, "{plan.title}", names {" and ".join(wrong)}: the figures are of '
            f"{plan.year}, and the letters of {ours}"
        )
        yield Finding(place="title", message=message, remedy=REPLAN)


def _years(title: str) -> list[str]:
    """Return the years that a title names, and years of data as a plan spells them: 2019-20."""
    found = []
    for match in RANGE.finditer(title):
        first = match["century"] or f"20{match['short']}"
        if int(match["second"][-2:]) == (int(first) + 1) % 100:
            found.append(f"{first}-{match['second'][-2:]}")
        else:
            found += SINGLE.findall(match[0])
    return found + SINGLE.findall(RANGE.sub(" ", title))


def _taken_over(plan: Plan, before: Plan) -> dict[str, object]:
    """Return what both plans have and what goes out of date, by what it is called."""
    same: dict[str, object] = {
        f"{CONSTANT}{key}": value
        for key, value in plan.constants.items()
        if before.constants.get(key) == value and _goes_out_of_date(value, plan)
    }
    for code, text in plan.bespoke.items():
        if before.bespoke.get(code) == text:
            same[f"the paragraphs of {code}"] = text
    for code, signatory in plan.substitutes.items():
        earlier = before.substitutes.get(code)
        if earlier and _signs_as(earlier) == _signs_as(signatory):
            same[f"the substitute for {code}"] = signatory.name
    if _signs_as(plan.signatory) == _signs_as(before.signatory):
        same["the signatory"] = plan.signatory.name
    return same


def _signs_as(signatory: Signatory) -> tuple[str, tuple[str, ...]]:
    """Return the words with which somebody signs: the picture may be another."""
    return signatory.name, signatory.lines


def _goes_out_of_date(value: object, plan: Plan) -> bool:
    """Whether a value says something of its year: a number, a list, a sentence, a time."""
    match value:
        case bool():
            return False
        case int() | float():
            return True
        case str():
            return not ADDRESS.fullmatch(value) and bool(OF_ITS_TIME.search(value))
        case list() | tuple():
            return {folded(str(each)) for each in value} != {folded(each) for each in plan.groups}
        case Mapping():
            return any(_goes_out_of_date(each, plan) for each in value.values())
    return True


ADDRESS: Final = re.compile(r"\S*(://|@)\S*")
OF_ITS_TIME: Final = re.compile(
    r"\d|[.!?](\s|$)|\b(this|last|next|spring|summer|autumn|winter|year|month|week|recent\w*)\b",
    re.IGNORECASE,
)
"""Digits, the end of a sentence, or a word for a time."""


CONSTANT: Final = "constants."
"""Stands before the name of a constant, to tell it from what else was taken over."""


def _in_words(before: Plan, same: Mapping[str, object]) -> str:
    shown = {name: f"{name.removeprefix(CONSTANT)} ({_shown(same[name])})" for name in same}
    constants = "; ".join(shown[name] for name in same if name.startswith(CONSTANT))
    others = [shown[name] for name in same if not name.startswith(CONSTANT)]
    listed = "; ".join([f"the constants {constants}", *others] if constants else others)
    return (
        f"these are word for word those of {before.name}, for {before.year}: {listed}. Are they "
        f"still so?"
    )


SHOWN: Final = 40
"""How many characters of a value are shown: enough to know it by."""


def _shown(value: object) -> str:
    """Return a value as a person knows it by: its beginning, on one line."""
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    elif isinstance(value, Mapping):
        value = ", ".join(f"{name}: {each}" for name, each in value.items())
    text = " ".join(str(value).split())
    if len(text) <= SHOWN:
        return text
    return f"{text[:SHOWN].rpartition(' ')[0]} …"
