from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.domain.letter import Draft, Table
from dispatch.domain.letters.drafting import Register, draw_up
from dispatch.domain.letters.versions import (
    difference,
    figure_changes,
    is_reissued,
    readdressed,
    reissued,
)
from tests.factories import a_contact, a_plan, an_authority, some_figures


def draft(**counts: int) -> Draft:
    register = Register(
        authorities={"OXO": an_authority()},
        contacts={("OXO", "chief executive"): a_contact()},
        figures={"OXO": some_figures("OXO", **counts)},
    )
    [found] = draw_up(a_plan(), register).drafts
    return found


def test_a_letter_with_other_figures_becomes_the_next_version() -> None:
    new = reissued(draft(), draft(upheld=3))
    assert new
    assert new.content.version == 2
    assert is_reissued(draft(), new)
    third = reissued(new, draft(upheld=4))
    assert third
    assert third.content.version == 3


def test_a_letter_that_would_be_the_same_has_no_next_version() -> None:
    assert reissued(draft(), draft()) is None
    second = reissued(draft(), draft(upheld=3))
    assert second
    assert reissued(second, draft(upheld=3)) is None


def test_a_readdressed_letter_differs_in_the_addressee_alone() -> None:
    contact = a_contact(surname="Okafor", address="new@oxo.example")
    new = readdressed(draft(), contact)
    assert new
    assert replace(new.content, addressee=draft().content.addressee) == draft().content
    [recipient] = new.recipients
    assert (recipient.address, recipient.name) == ("new@oxo.example", "Ms Okafor")
    assert not is_reissued(draft(), new)
    assert readdressed(new, contact) is None


def test_a_difference_is_the_lines_that_are_in_one_text_alone() -> None:
    assert difference("a\n\nb\nc\n", "a\n\n\nB\nc\nd\n") == ("-b", "+B", "+d")
    assert difference("a\n-- x\n++ y\n", "a\n-- z\n++ y\n") == ("--- x", "+-- z")
    assert difference("a", "a") == ()


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, ()),
        ({"upheld": 4}, ("Complaints upheld: 2 of 4 becomes 4 of 4",)),
        ({"complied": 2}, ("2 of 3",)),
    ],
)
def test_shifts_say_what_became_what(counts: dict[str, int], said: tuple[str, ...]) -> None:
    found = "\n".join(figure_changes(draft().content, draft(**counts).content))
    assert bool(found) == bool(said)
    assert all(each in found for each in said)


def test_shifts_name_averages_rates_and_tables() -> None:
    old = draft().content
    box = old.boxes[0]
    table = Table(key="received", rows=(("planning", 3), ("highways", 2)), total=5)
    old = replace(old, tables=(table,))
    new = replace(
        old,
        boxes=(
            replace(box, average=(box.average or 0) + 1, rate="1.2", rate_average="2.5"),
            *old.boxes[1:],
        ),
        tables=(replace(table, rows=(("planning", 4), ("benefits", 2))),),
    )
    title = box.title
    assert figure_changes(old, new) == (
        f"{title}: the average {box.average}% becomes {(box.average or 0) + 1}%",
        f"{title}: the rate none becomes 1.2",
        f"{title}: the average rate none becomes 2.5",
        "planning: 3 becomes 4",
        "highways: 2 becomes 0",
        "benefits: 0 becomes 2",
    )
    alone = replace(new, boxes=(replace(box, average=None),))
    assert f"{title}: the average {box.average}% becomes none" in figure_changes(old, alone)
    assert figure_changes(replace(old, boxes=()), old) == ("other measures",)
    assert figure_changes(old, replace(old, tables=())) == ("other tables",)
