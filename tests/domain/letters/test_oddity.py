from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dispatch.domain.letter import Content, Draft, Recipient, RecipientKind
from dispatch.domain.letters.oddity import (
    WEIGHTS,
    Before,
    Oddity,
    OddityKind,
    many_pages,
    oddities,
    rare,
    score,
)
from dispatch.domain.mailout import Signatory
from dispatch.domain.register.figures import Box
from tests.factories import MEASURES, a_contact, an_authority, some_figures

K = OddityKind
PLAIN = ((20, 10), (10, 10), (10, 4))
"""Base and count of each measure in a letter with nothing odd."""


def a_draft(
    code: str = "OXO", measured: tuple[tuple[int, int], ...] = PLAIN, **changes: Any
) -> Draft:
    address = changes.pop("address", f"{code.lower()}@council.example")
    boxes = tuple(
        Box(key=each.key, title=each.title, count=count, base=base, average=50)
        for each, (base, count) in zip(MEASURES, measured, strict=True)
    )
    authority = an_authority(code)
    content = Content(
        mailout="m",
        title="Letter",
        template="annual-review",
        year="2019-20",
        year_end=date(2020, 3, 31),
        letter_date=date(2020, 7, 22),
        upload_date=date(2020, 7, 29),
        authority=authority,
        addressed_to=authority,
        addressee=a_contact(code, surname="Smith", job_title="Chief Executive"),
        group="District Council",
        boxes=boxes,
        signatory=Signatory(name="Michael King", lines=()),
    )
    to = Recipient(kind=RecipientKind.TO, role="chief executive", address=address, name="")
    return Draft(content=replace(content, **changes), recipients=(to,))


def found(draft: Draft, *others: Draft, before: Before | None = None) -> list[Oddity]:
    return [*oddities([draft, *others], MEASURES, before or Before())[draft.content.code]]


def test_a_letter_like_the_others_has_nothing_odd() -> None:
    assert found(a_draft(), a_draft("ADU")) == []


INTERIM = a_contact("OXO", surname="Smith", job_title="Interim Chief Executive")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"is_synthetic": True}, Oddity(K.MADE_UP)),
        ({"measured": ((0, 0), (10, 10), (10, 4))}, Oddity(K.NOT_INVESTIGATED)),
        ({"measured": ((20, 10), (10, 9), (10, 4))}, Oddity(K.NOT_ALL_COMPLIED, (90,))),
        ({"measured": ((20, 10), (10, 10), (10, 0))}, Oddity(K.NO_REMEDIES, (10,))),
        (
            {"measured": ((2, 1), (10, 10), (10, 4))},
            Oddity(K.TINY_BASE, (MEASURES[0].title, 2)),
        ),
        ({"bespoke": "You did well."}, Oddity(K.OWN_PARAGRAPH)),
        ({"group": None}, Oddity(K.NO_GROUP)),
        ({"addressee": a_contact("OXO", surname=None)}, Oddity(K.NO_NAME)),
        ({"addressee": INTERIM}, Oddity(K.INTERIM, ("Interim Chief Executive",))),
        (
            {"addressed_to": an_authority("BUC")},
            Oddity(K.SUCCESSOR, (an_authority("OXO").official_name,)),
        ),
    ],
)
def test_what_is_odd_about_a_letter_by_itself(changes: Mapping[str, Any], expected: Oddity) -> None:
    kinds = {each.kind: each for each in found(a_draft(**changes))}
    assert kinds[expected.kind] == expected


def test_two_letters_to_one_mailbox_name_each_other() -> None:
    one, other = a_draft(), a_draft("ADU", address="OXO@council.example")
    assert found(one, other) == [Oddity(K.SHARED_MAILBOX, ("ADU",))]


def test_the_longest_name_and_line_of_many_letters_are_odd_unless_several_are_as_long() -> None:
    others = [a_draft(f"A{n:02}") for n in range(20)]
    long = a_draft(authority=replace(an_authority(), official_name="Council of " + "Llanfair" * 9))
    assert Oddity(K.LONGEST_NAME, (83,)) in found(long, *others)
    titled = a_draft(addressee=replace(INTERIM, job_title="Head of " + "Paid " * 9 + "Service"))
    assert Oddity(K.LONGEST_LINE, (60,)) in found(titled, *others)
    as_long = a_draft("BAR", authority=replace(long.content.authority, code="BAR"))
    assert K.LONGEST_NAME not in {each.kind for each in found(long, *others, as_long)}


@pytest.mark.parametrize(
    ("count", "is_odd"), [(10, False), (15, False), (16, True), (4, True), (5, False)]
)
def test_a_percentage_far_from_last_years_is_odd(count: int, is_odd: bool) -> None:
    earlier = some_figures("OXO", investigated=20, upheld=10, remedied=4)
    draft = a_draft(measured=((20, count), (10, 10), (10, 4)))
    kinds = [each.kind for each in found(draft, before=Before(figures={"OXO": earlier}))]
    assert (K.MOVED in kinds) == is_odd


def test_a_count_three_deviations_from_its_groups_mean_is_odd() -> None:
    others = [a_draft(f"A{n:02}", ((20 + n % 3, 10), (10, 10), (10, 4))) for n in range(20)]
    far = a_draft(measured=((90, 45), (10, 10), (10, 4)))
    odd = [each for each in found(far, *others) if each.kind is K.FAR_FROM_GROUP]
    assert odd == [
        Oddity(K.FAR_FROM_GROUP, (MEASURES[0].title, 45, 12)),
        Oddity(K.FAR_FROM_GROUP, (MEASURES[0].title, 90, 24)),
    ]
    alone = replace(far, content=replace(far.content, group="London Borough"))
    assert K.FAR_FROM_GROUP not in {each.kind for each in found(alone, *others)}


def test_an_authority_without_a_letter_before_is_odd_once_there_was_a_mailout() -> None:
    assert found(a_draft(), before=Before(had_letters=frozenset({"ADU"}))) == [Oddity(K.FIRST_EVER)]
    assert found(a_draft(), before=Before(had_letters=frozenset({"OXO"}))) == []


@pytest.mark.parametrize(("pages", "kinds"), [(3, []), (4, [Oddity(K.MANY_PAGES, (4,))])])
def test_a_letter_of_four_pages_is_odd(pages: int, kinds: list[Oddity]) -> None:
    assert list(many_pages(pages)) == kinds


def test_a_branch_that_fewer_than_five_letters_take_is_odd() -> None:
    usual, few = "letter.md:3:no", "letter.md:3:yes measures.md:9:none.2"
    assert rare({usual: 40, few: 4}) == {
        few: (
            Oddity(K.RARE_BRANCH, ("letter.md", 3, "yes", 4)),
            Oddity(K.RARE_BRANCH, ("measures.md", 9, "none", 4)),
        )
    }
    assert rare({usual: 40, few: 5}) == {}
    assert rare({usual: 15, few: 4}) == {}, "in a small mailout every branch is rare"


def test_a_kind_counts_once_and_every_kind_counts() -> None:
    twice = [Oddity(K.TINY_BASE, ("a", 1)), Oddity(K.TINY_BASE, ("b", 2)), Oddity(K.NO_GROUP)]
    assert score(twice) == WEIGHTS[K.TINY_BASE] + WEIGHTS[K.NO_GROUP]
    assert WEIGHTS.keys() == set(OddityKind)


def test_an_oddity_is_read_as_it_is_stored() -> None:
    odd = Oddity(K.MOVED, ("Upheld", 20, 80))
    assert Oddity.of(odd.stored) == odd
