"""Judge what a plan and the register call each other by: groups, kinds, codes, constants.

A name that differs in letter case, plural, spaces or dashes alone is taken as the other (see
`register.spelling`); what is only near it is a finding.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from dispatch.domain.letters.drafting import Register
from dispatch.domain.letters.finding import Finding
from dispatch.domain.mailout import Plan
from dispatch.domain.register.authority import Authority
from dispatch.domain.register.spelling import CODE_SLIP, by_folded, did_you_mean, folded, near
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
    yield from _minimum(plan, register, covered)


def _groups(plan: Plan, covered: Collection[Authority]) -> Iterator[Finding]:
    """Yield the authorities whose group is not one of the plan's, word for word.

    One that differs in letter case and dashes alone needs no look: the letter is right.
    """
    if not plan.groups:
        return
    yield from _without_group(covered)
    spelt = {_plain(each) for each in plan.groups}
    messages: dict[str, str] = {}
    for authority in covered:
        if authority.group and _plain(authority.group) not in spelt:
            if authority.group not in messages and len(messages) < SUGGESTED:
                messages[authority.group] = _about_group(plan, authority)
            yield Finding(
                authority=authority.code,
                place="group",
                value=authority.group,
                message=messages.get(authority.group) or NO_GROUP,
                remedy=IMPORT_AUTHORITIES,
            )


SUGGESTED: Final = 20
"""How many wrong names are compared with the right ones: it takes time, and nobody reads more."""

NO_GROUP: Final = (
    "no group of the plan is called that: the letter would say that it belongs to none of the "
    "groups, and their averages leave it out"
)


def _about_group(plan: Plan, authority: Authority) -> str:
    meant = did_you_mean(authority.group or "", plan.groups)
    if plan.group_of(authority):
        return f"no group of the plan is called that{meant} The letter takes it for that"
    return NO_GROUP.replace(": the", f"{meant} The") if meant else NO_GROUP


def _plain(name: str) -> str:
    """Return a name without letter case, spaces and dashes: the plural still counts."""
    return "".join(each for each in name.casefold() if each.isalnum())


def _without_group(covered: Collection[Authority]) -> Iterator[Finding]:
    """Yield the authorities that have no group, although most of their kind have one."""
    grouped = Counter(each.kind for each in covered if each.group)
    kinds = Counter(each.kind for each in covered)
    for authority in covered:
        kind = authority.kind
        if not authority.group and 2 * grouped[kind] > kinds[kind]:
            message = (
                f"has no comparison group, though most of the kind {kind} have one: the letter "
                f"would say that it belongs to none of the groups, and show no average"
            )
            yield Finding(
                authority=authority.code,
                place="group",
                message=message,
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
            if code in register.authorities and code not in covered:
                message = f"{place} names an authority that gets no letter of this mailout"
                yield Finding(authority=code, place=place, message=message, remedy=REPLAN)
    named = {**named, "inclusion.without": sorted(plan.inclusion.without)}
    unknown = [
        Finding(place=place, value=code, message=NO_CODE, remedy=REPLAN)
        for place, codes in named.items()
        for code in codes
        if code not in register.authorities
    ]
    yield from _with_suggestions(unknown, register)


NO_CODE: Final = "no authority has this code"


def _successors(plan: Plan, register: Register, covered: Iterable[Authority]) -> Iterator[Finding]:
    """Yield successors that are not registered, of bodies that no longer exist."""
    unknown = [
        Finding(
            authority=authority.code,
            place="successors",
            value=code,
            message="no authority has the code of this successor",
            remedy=IMPORT_AUTHORITIES,
        )
        for authority in covered
        if authority.code in register.figures and not authority.exists_on(plan.letter_date)
        for code in authority.successors
        if code not in register.authorities
    ]
    yield from _with_suggestions(unknown, register)


def _minimum(plan: Plan, register: Register, covered: Iterable[Authority]) -> Iterator[Finding]:
    """Yield authorities that get no letter because a count that the plan asks for is not known."""
    asked_for = {name for name, least in plan.inclusion.minimum.items() if least}
    for authority in covered:
        figures = register.figures.get(authority.code)
        lacking = [] if figures is None else asked_for - figures.counts.keys()
        if lacking:
            short = plan.inclusion.writes_below
            gets = "the letter of those below the minimum" if short else "no letter"
            message = (
                f"gets {gets}: the figures lack {', '.join(sorted(lacking))}, of which the plan "
                f"asks for a minimum"
            )
            yield Finding(
                authority=authority.code,
                place="inclusion.minimum",
                message=message,
                remedy=Remedy(kind=RemedyKind.IMPORT_FIGURES),
            )


def _with_suggestions(unknown: list[Finding], register: Register) -> Iterator[Finding]:
    """Yield findings about unknown codes, the first ones with the codes that may be meant."""
    known = by_folded(register.authorities) if unknown else ()
    for finding in unknown[:SUGGESTED]:
        meant = did_you_mean(finding.value or "", known, likeness=CODE_SLIP)
        yield replace(finding, message=finding.message + meant)
    yield from unknown[SUGGESTED:]


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
        message = (
            "the template prints this constant, and the plan does not give it: letters that print "
            "it cannot be made"
        )
        meant = did_you_mean(key, unused)
        yield Finding(place=f"constants.{key}", message=message + meant, remedy=REPLAN)
    for signatory in (plan.signatory, *plan.substitutes.values()):
        picture = signatory.signature
        if picture and picture not in names.pictures:
            message = (
                f"there is no picture {picture} in the folder of the template {plan.template}: "
                f"letters with this signature cannot be made"
            )
            meant = did_you_mean(picture, names.pictures)
            yield Finding(place="signatory.signature", message=message + meant, remedy=REPLAN)
