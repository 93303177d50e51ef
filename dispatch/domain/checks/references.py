"""Judge what a plan and the register call each other by: groups, kinds, codes, constants.

A name that differs in letter case, plural, spaces or dashes alone is taken as the other (see
`register.spelling`); what is only near it is a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dispatch.domain.letters.drafting import Register
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import Plan
from dispatch.domain.register.authority import Authority
from dispatch.domain.register.spelling import CODE_SLIP, did_you_mean, folded, near
from dispatch.domain.remedy import Remedy, RemedyKind

REPLAN: Final = Remedy(kind=RemedyKind.PLAN)
IMPORT_AUTHORITIES: Final = Remedy(kind=RemedyKind.IMPORT_AUTHORITIES)


def findings(plan: Plan, register: Register) -> Iterator[Finding]:
    """Yield the references between a plan and the register that lead nowhere, or nearly so."""
    covered = [each for each in register.authorities.values() if plan.inclusion.covers(each)]
    yield from _groups(plan, covered)
    yield from _kinds(plan, register.authorities.values())
    yield from _codes(plan, register, {each.code for each in covered})
    yield from _successors(plan, register, covered)


def _groups(plan: Plan, covered: Collection[Authority]) -> Iterator[Finding]:
    """Yield the authorities whose group is not one of the plan's, word for word.

    One that differs in letter case and dashes alone needs no look: the letter is right.
    """
    if not plan.groups:
        return
    grouped = Counter(each.kind for each in covered if each.group)
    kinds = Counter(each.kind for each in covered)
    for authority in covered:
        group = authority.group
        if group is None:
            if 2 * grouped[authority.kind] > kinds[authority.kind]:
                yield _without_group(authority)
        elif plan.group_of(authority) is None:
            yield _unknown_group(plan, authority.code, group)
        elif _plain(group) not in map(_plain, plan.groups):
            yield _taken_for(authority.code, group, plan.group_of(authority) or "")


def _plain(name: str) -> str:
    """Return a name without letter case, spaces and dashes: the plural still counts."""
    return "".join(each for each in name.casefold() if each.isalnum())


def _without_group(authority: Authority) -> Finding:
    return Finding(
        authority=authority.code,
        place="group",
        message=(
            f"has no comparison group, though most of the kind {authority.kind} have one: the "
            f"letter would say that it belongs to none of the groups, and show no average"
        ),
        remedy=IMPORT_AUTHORITIES,
    )


def _unknown_group(plan: Plan, code: str, group: str) -> Finding:
    return Finding(
        authority=code,
        place="group",
        message=(
            f'no group of the plan is called "{group}"{_meant(group, plan.groups)} The letter '
            f"would say that it belongs to none of the groups, and their averages leave it out"
        ),
        remedy=IMPORT_AUTHORITIES,
    )


def _meant(value: str, known: Iterable[str]) -> str:
    return did_you_mean(value, known) or "."


def _taken_for(code: str, group: str, taken: str) -> Finding:
    return Finding(
        authority=code,
        place="group",
        message=(
            f'no group of the plan is called "{group}"; did you mean {taken}? The letter and the '
            f"averages take it for that"
        ),
        remedy=IMPORT_AUTHORITIES,
    )


def _kinds(plan: Plan, known: Collection[Authority]) -> Iterator[Finding]:
    """Yield kinds of the plan that no authority has, and kinds that are nearly the plan's.

    An authority gets no letter if its kind is not one of the plan's, and nothing else says so.
    """
    planned = {folded(kind): kind for kind in plan.inclusion.kinds}
    found = {folded(each.kind): each.kind for each in known}
    for kind in planned.keys() - found.keys() if known else ():
        said = f'no authority is of the kind "{planned[kind]}"'
        yield Finding(
            place="inclusion.kinds",
            message=said + did_you_mean(kind, found.values()),
            remedy=REPLAN,
        )
    left_out = {
        kind: close[0]
        for kind in found.keys() - planned.keys()
        if (close := near(kind, [each for each in planned if _is_part(kind, each)]))
    }
    for authority in known:
        if nearly := left_out.get(folded(authority.kind)):
            yield Finding(
                authority=authority.code,
                place="kind",
                message=(
                    f'gets no letter, as the kind "{authority.kind}" is not one of the plan\'s; '
                    f"did you mean {planned[nearly]}?"
                ),
                remedy=IMPORT_AUTHORITIES,
            )


def _is_part(kind: str, other: str) -> bool:
    one, two = set(kind.split()), set(other.split())
    return one <= two or two <= one


def _codes(plan: Plan, register: Register, covered: Collection[str]) -> Iterator[Finding]:
    """Yield codes in the plan that no authority has, or only one that gets no letter."""
    if not register.authorities:
        return
    named: Mapping[str, Iterable[str]] = {
        "bespoke": plan.bespoke,
        "attachments": plan.attachments,
        "signatory.substitutes": plan.substitutes,
    }
    for place, codes in named.items():
        for code in codes:
            if code not in register.authorities:
                yield _unknown_code(place, code, register.authorities)
            elif code not in covered:
                message = f"{place} names an authority that gets no letter of this mailout"
                yield Finding(authority=code, place=place, message=message, remedy=REPLAN)
    for code in sorted(plan.inclusion.without - register.authorities.keys()):
        yield _unknown_code("inclusion.without", code, register.authorities)


def _unknown_code(place: str, code: str, known: Iterable[str]) -> Finding:
    message = f'"{code}" is not the code of an authority{_code_meant(code, known)}'
    return Finding(place=place, message=message, remedy=REPLAN)


def _code_meant(code: str, known: Iterable[str]) -> str:
    return did_you_mean(code, known, likeness=CODE_SLIP)


def _successors(plan: Plan, register: Register, covered: Iterable[Authority]) -> Iterator[Finding]:
    """Yield successors that are not registered, of bodies that no longer exist."""
    for authority in covered:
        if authority.exists_on(plan.letter_date) or authority.code not in register.figures:
            continue
        for code in authority.successors:
            if code not in register.authorities:
                yield Finding(
                    authority=authority.code,
                    place="successors",
                    message=(
                        f'the successor "{code}" is not the code of an authority'
                        f"{_code_meant(code, register.authorities)}"
                    ),
                    remedy=IMPORT_AUTHORITIES,
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateNames:
    """What a template refers to in the plan."""

    needed: frozenset[str]
    """Constants that it prints."""
    optional: frozenset[str]
    """Constants that it prints only where a plan has them."""
    pictures: frozenset[str]
    """Its files that can be a signature."""


def of_template(plan: Plan, names: TemplateNames) -> Iterator[Finding]:
    """Yield constants that the plan or its template lacks, and signatures that are not there."""
    used = names.needed | names.optional
    unused = sorted(plan.constants.keys() - used)
    lacking = names.needed - plan.constants.keys()
    for key in unused:
        message = "the template has no use for this constant"
        meant = did_you_mean(key, used - plan.constants.keys())
        yield Finding(place=f"constants.{key}", message=message + meant, remedy=REPLAN)
    for key in sorted(lacking):
        message = "the template prints this constant, and the plan does not give it: letters fail"
        meant = did_you_mean(key, unused)
        yield Finding(place=f"constants.{key}", message=message + meant, remedy=REPLAN)
    for signatory in (plan.signatory, *plan.substitutes.values()):
        picture = signatory.signature
        if picture and picture not in names.pictures:
            message = f"there is no picture {picture} in the folder of the template {plan.template}"
            meant = did_you_mean(picture, names.pictures)
            yield Finding(place="signatory.signature", message=message + meant, remedy=REPLAN)
