from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import product
from random import Random

import pytest

from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.mail_domains import Domains, Entry, Judgement

NAMES = (
    *("Adur", "Allerdale", "Amber Valley", "Arun", "Ashfield", "Ashford", "Barking and Dagenham"),
    *("Barnet", "Bath and North East Somerset", "Blaby", "Bury", "Canterbury", "Cumberland"),
    *("Derbyshire", "Derbyshire Dales", "Kent", "North Somerset", "Somerset", "Worthing", "York"),
)
AUTHORITIES = {
    name[:3].upper() + str(number): Authority(
        code=name[:3].upper() + str(number), name=name, official_name=f"{name} Council"
    )
    for number, name in enumerate(NAMES)
}
AUTHORITIES["ALL1"] = Authority(
    code="ALL1", name="Allerdale", official_name="Allerdale Council", successors=("CUM12",)
)
ROLES = ("chief executive", "link officer")
NO_DOMAINS: Mapping[str, Collection[str]] = {}


def domain(code: str) -> str:
    """Return the domain of an authority: of its name, but of one that two of them share."""
    name = AUTHORITIES[code].name
    if name in {"Adur", "Worthing"}:
        return "adur-worthing.example"
    return f"{name.casefold().replace(' ', '')}.gov.example"


TRUE = [f"{role[:4]}@{domain(code)}" for code, role in product(AUTHORITIES, ROLES)]
"""The addresses of a file whose rows are right, in its order."""
KNOWN = {domain(code): {code} for code in AUTHORITIES} | {"adur-worthing.example": {"ADU0"}}


def judged(addresses: Sequence[str], used: Mapping[str, Collection[str]] = NO_DOMAINS) -> Judgement:
    rows = enumerate(zip(product(AUTHORITIES, ROLES), addresses, strict=True), 2)
    entries = [
        Entry(row, Contact(authority=code, role=role, address=address))
        for row, ((code, role), address) in rows
    ]
    return Domains(AUTHORITIES, used).judge(entries)


@pytest.mark.parametrize("used", [NO_DOMAINS, KNOWN], ids=["first file", "last year is known"])
def test_a_column_that_was_moved_is_refused_whole_and_in_part(
    used: Mapping[str, Collection[str]],
) -> None:
    assert judged(TRUE, used) == Judgement()
    moved = [TRUE[rows:] + TRUE[:rows] for rows in range(1, len(TRUE))]
    blocks = [TRUE[:at] + TRUE[at + 1 : at + 5] + [TRUE[at]] + TRUE[at + 5 :] for at in (0, 7, 20)]
    filled = [TRUE[: at + 1] + TRUE[at:-1] for at in (1, 9, 30)]  # the last is lost
    for each in (*moved, *blocks, *filled, TRUE[::-1], sorted(TRUE)):
        verdict = judged(each, used)
        assert verdict.is_refused, each
        assert verdict.is_mixed_up, each


@pytest.mark.parametrize("swaps", [1, 10])
def test_rows_that_were_swapped_are_refused(swaps: int) -> None:
    rng = Random(swaps)  # noqa: S311 - reproducible, not secret
    for _ in range(50):
        addresses = list(TRUE)
        for _ in range(swaps):
            one, other = rng.sample(range(len(addresses)), 2)
            addresses[one], addresses[other] = addresses[other], addresses[one]
        same = [each.rpartition("@")[2] for each in addresses] == [
            each.rpartition("@")[2] for each in TRUE
        ]
        assert judged(addresses).is_refused is not same


def test_a_swap_is_seen_by_its_other_half_where_one_domain_is_like_no_name() -> None:
    addresses = list(TRUE)
    codes = list(AUTHORITIES)
    barnet, blaby = 2 * codes.index("BAR7"), 2 * codes.index("BLA9")
    addresses[barnet], addresses[blaby] = addresses[blaby], "chie@3dx.example"
    assert judged(addresses).is_mixed_up
    assert [each.owners for each in judged(addresses).odd] == [("BLA9",)]


def put(changes: Mapping[tuple[str, str], str]) -> list[str]:
    keys = list(product(AUTHORITIES, ROLES))
    return [changes.get(key, address) for key, address in zip(keys, TRUE, strict=True)]


CHIEF, LINK = ROLES


@pytest.mark.parametrize(
    ("changes", "used", "odd", "is_refused"),
    [
        pytest.param({("BAR7", CHIEF): "jo@blaby.gov.example"}, {}, 1, False, id="one"),
        pytest.param(
            {("BAR7", CHIEF): "jo@blaby.gov.example", ("BAR7", LINK): "al@blaby.gov.example"},
            *({}, 2, False),
            id="one arrangement",
        ),
        pytest.param(
            {("BAR7", CHIEF): "jo@blaby.gov.example", ("BUR10", CHIEF): "al@kent.gov.example"},
            *({}, 2, True),
            id="two of them",
        ),
        pytest.param(
            {("BAR7", CHIEF): "jo@blaby.gov.example", ("BUR10", CHIEF): "al@kent.gov.example"},
            {"blaby.gov.example": {"BLA9", "BAR7"}, "kent.gov.example": {"KEN15", "BUR10"}},
            *(0, False),
            id="as last year",
        ),
        pytest.param(
            {(code, LINK): f"{code}@kent.gov.example" for code in ("ASH5", "BAR7", "CAN11")},
            *({}, 3, False),
            id="a county's shared service",
        ),
        pytest.param(
            {(code, LINK): "link@kent.gov.example" for code in ("ASH5", "BAR7", "CAN11")},
            *({}, 3, True),
            id="one address filled down",
        ),
        pytest.param(
            {("CUM12", CHIEF): "jo@allerdale.gov.example"}, {}, 0, False, id="of a merged council"
        ),
        pytest.param({("BAR7", CHIEF): "jo@somewhere.example"}, {}, 0, False, id="of nobody"),
        pytest.param({("ASH4", CHIEF): "jo@bury.gov.example"}, KNOWN, 1, False, id="known"),
        pytest.param(
            {("SOM17", CHIEF): "jo@northsomerset.gov.example"}, {}, 1, False, id="a longer name"
        ),
    ],
)
def test_what_may_be_right_is_for_a_person(
    changes: Mapping[tuple[str, str], str],
    used: Mapping[str, Collection[str]],
    odd: int,
    *,
    is_refused: bool,
) -> None:
    verdict = judged(put(changes), used)
    assert (len(verdict.odd), verdict.is_refused) == (odd, is_refused)


def test_who_has_most_rows_of_a_domain_has_it() -> None:
    entries = [
        Entry(row, Contact(authority=code, role=role, address=address))
        for row, (code, role, address) in enumerate(
            [
                *(("BAR7", role, f"{role[:1]}@3dx.example") for role in ("leader", CHIEF)),
                *(("BLA9", role, f"{role[:1]}@9fq.example") for role in ("leader", CHIEF)),
                ("BLA9", LINK, "l@3dx.example"),
            ],
            2,
        )
    ]
    [odd] = Domains(AUTHORITIES, {}).judge(entries).odd
    assert (odd.row, odd.owners, odd.domain) == (6, ("BAR7",), "3dx.example")


def test_owners_are_named() -> None:
    domains = Domains(AUTHORITIES, {})
    assert domains.called(["ADU0", "XXX"]) == "ADU0 (Adur) and XXX"
    assert domains.called([]) == ""
