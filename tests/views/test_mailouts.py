from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from dispatch.domain.hours import SendingHours
from dispatch.domain.letters.finding import Finding
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.views.mailouts import departure, finding_lines, remedies, too_late
from tests.factories import a_plan


def about(*codes: str, message: str = "has no figures", value: str | None = None) -> list[Finding]:
    return [
        Finding(authority=each, place="figures", value=value, message=message) for each in codes
    ]


@pytest.mark.parametrize(
    ("findings", "where", "message"),
    [
        (about("ADU"), "ADU", "has no figures"),
        (about("ADU", "OXO"), "ADU and OXO", "have no figures"),
        (about("OXO", value="null"), 'OXO "null"', "has no figures"),
        (about("ADU", "OXO", value="x"), 'ADU and OXO ("x")', "have no figures"),
        (
            [*about("ADU", value="x"), *about("OXO", value="y")],
            'ADU "x" and OXO "y"',
            "have no figures",
        ),
        ([Finding(place="bespoke", value="OXX", message="odd")], 'bespoke "OXX"', "odd"),
        (
            about(*"ABCDEFGH", message="the name is odd"),
            "A, B, C, D, E, F and 2 more",
            "the name is odd",
        ),
        ([Finding(place="dates.upload", message="it is odd")], "dates.upload", "it is odd"),
    ],
)
def test_what_is_true_of_several_is_one_line(
    findings: list[Finding], where: str, message: str
) -> None:
    [line] = finding_lines(findings)
    assert (line.where, line.message, line.is_fatal) == (where, message, False)


def test_a_remedy_is_shown_once_and_with_a_place_to_fill_in_if_there_are_several() -> None:
    entered = [
        Finding(
            authority=code,
            place="contacts",
            message="has none",
            remedy=Remedy(kind=RemedyKind.CONTACTS_SET, authority=code),
        )
        for code in ("ADU", "OXO")
    ]
    replan = Finding(place="title", message="odd", remedy=Remedy(kind=RemedyKind.PLAN))
    set_ = "dispatch contacts set {} ROLE --address ADDRESS --because TEXT"
    assert remedies([*entered, replan, *about("ADU")]) == [
        set_.format("CODE"),
        "dispatch mailout new FILE.toml",
    ]
    assert remedies(entered[:1]) == [set_.format("ADU")]


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2020, 7, 22, 7, 59, tzinfo=UTC), "at Wed 22 July 2020 09:00 BST"),
        (datetime(2020, 7, 22, 8, tzinfo=UTC), "at once"),
        (datetime(2020, 7, 22, 20, tzinfo=UTC), "at Thu 23 July 2020 08:00 BST"),
    ],
)
def test_scheduled_letters_leave_at_their_time_or_at_once(now: datetime, words: str) -> None:
    plan = a_plan(sending_hours=SendingHours(time(8), time(20)))
    assert departure(plan, now) == words
    assert bool(too_late(plan, now)) == (now >= plan.release_at)
