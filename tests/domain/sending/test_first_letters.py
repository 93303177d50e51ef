from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.sending.first_letters import (
    MOST,
    Candidate,
    Course,
    Fared,
    Incoming,
    Progress,
    choose,
)

NINE = datetime(2020, 7, 22, 8, 0, tzinfo=UTC)
_S = DeliveryState
READ = Incoming(looked_at={"imap": NINE + timedelta(hours=9)})

HOSTS: Mapping[str, tuple[str, ...]] = {
    "ms-one.example": ("ms-one.mail.protection.outlook.com",),
    "ms-two.example": ("ms-two.c-v1.mx.microsoft",),
    "own-one.example": ("mx1.own.example", "mx2.own.example"),
    "own-two.example": ("mx2.own.example",),
    "adur.gov.uk": ("adur.gov.uk",),
    "oxo.gov.uk": ("mx.oxo.gov.uk",),
}


def letters(*domains: str, is_copy: bool = False) -> list[Candidate]:
    return [
        Candidate(f"C{number:03}", f"ce{number}@{domain}", domain, is_copy)
        for number, domain in enumerate(domains)
    ]


def test_one_letter_goes_to_each_receiving_system_the_largest_first() -> None:
    domains = ["ms-one.example"] * 3 + ["ms-two.example"] * 2 + ["own-one.example"]
    chosen = choose(letters(*domains, "own-two.example", "unknown.example"), HOSTS, "m")
    assert [(each.system, each.letters) for each in chosen] == [
        ("microsoft", 5),
        ("own.example", 2),
        ("unknown.example", 1),
    ]


def test_domains_that_receive_their_own_mail_are_systems_of_their_own() -> None:
    domains = ["adur.gov.uk"] * 3 + ["oxo.gov.uk"] * 2
    assert [each.system for each in choose(letters(*domains), HOSTS, "m")] == [
        "adur.gov.uk",
        "oxo.gov.uk",
    ]


def test_the_choice_is_the_same_each_time_and_another_for_another_mailout() -> None:
    found = letters(*["ms-one.example"] * 40)
    assert choose(found, HOSTS, "m") == choose(reversed(found), HOSTS, "m")
    assert len({choose(found, HOSTS, f"mailout-{n}")[0].code for n in range(20)}) > 5


def test_a_copy_goes_first_only_where_there_is_nothing_else() -> None:
    copies = letters(*["ms-one.example"] * 20, is_copy=True)
    addressed = Candidate("TOO", "ce@ms-two.example", "ms-two.example", is_copy=False)
    assert [each.code for each in choose([*copies, addressed], HOSTS, "m")] == ["TOO"]
    assert len(choose(copies, HOSTS, "m")) == 1


@pytest.mark.parametrize("systems", [MOST, MOST + 1, 400])
def test_there_are_never_more_than_the_most(systems: int) -> None:
    chosen = choose(letters(*(f"d{n}.example" for n in range(systems)), "d0.example"), {}, "m")
    assert len(chosen) == MOST
    assert chosen[0].system == "d0.example"


@pytest.mark.parametrize("count", [0, 1, 4, MOST])
def test_where_all_would_go_first_none_does(count: int) -> None:
    assert choose(letters(*(f"d{n}.example" for n in range(count))), {}, "m") == ()


def some_fared(*states: DeliveryState, **first: object) -> tuple[Fared, ...]:
    made = [
        Fared(code=f"C{number}", state=state, tried_at=NINE + timedelta(minutes=1))
        for number, state in enumerate(states)
    ]
    if first:
        made[0] = Fared(**{"code": "C0", "state": states[0], "tried_at": NINE, **first})  # type: ignore[arg-type]
    return tuple(made)


def decided(
    fared: Sequence[Fared],
    minute: float,
    incoming: Incoming = READ,
    open_since: datetime | None = NINE,
) -> tuple[Course, str]:
    progress = Progress(
        now=NINE + timedelta(minutes=minute),
        since=NINE,
        open_since=open_since,
        wait=timedelta(minutes=15),
        letters=tuple(fared),
    )
    decision = progress.decide(incoming)
    return decision.course, decision.why


ALL = (_S.ACCEPTED,) * 9
OLD = Incoming(looked_at={"imap": NINE + timedelta(minutes=15)})
BEHIND = Incoming(looked_at={"imap": NINE + timedelta(minutes=20)}, unread=2)
DAMAGED = Incoming(looked_at={"imap": NINE + timedelta(minutes=20)}, unreadable=1)


@pytest.mark.parametrize(
    ("fared", "minute", "incoming", "course", "words"),
    [
        pytest.param(some_fared(*ALL), 15, READ, Course.WAIT, "", id="within the wait"),
        pytest.param(some_fared(*ALL), 16, READ, Course.GO, "", id="all is well"),
        pytest.param(
            some_fared(_S.DELIVERED, *ALL[1:]), 16, READ, Course.GO, "", id="one is delivered"
        ),
        pytest.param(some_fared(*ALL), 20, OLD, Course.WAIT, "no mail was taken in", id="old"),
        pytest.param(some_fared(*ALL), 31, OLD, Course.STOP, "no mail was taken in", id="down"),
        pytest.param(
            some_fared(*ALL),
            16,
            Incoming(looked_at={"a": NINE + timedelta(hours=1), "b": None}),
            Course.WAIT,
            "from b yet",
            id="one of two inboxes was never read",
        ),
        pytest.param(some_fared(*ALL), 20, BEHIND, Course.WAIT, "2 messages", id="mail unread"),
        pytest.param(some_fared(*ALL), 31, BEHIND, Course.STOP, "2 messages", id="unread for long"),
        pytest.param(some_fared(*ALL), 20, DAMAGED, Course.STOP, "1 message", id="unreadable mail"),
        pytest.param(
            some_fared(*ALL), 16, Incoming(looked_at={}), Course.STOP, "nothing takes in", id="none"
        ),
        pytest.param(
            some_fared(*ALL, state=_S.QUEUED), 59, READ, Course.WAIT, "", id="one is queued"
        ),
        pytest.param(
            some_fared(_S.DEFERRED, *ALL[1:]),
            60,
            READ,
            Course.STOP,
            "1 of 9 first letters not accepted within 60 minutes: C0",
            id="one is deferred for too long",
        ),
        pytest.param(
            some_fared(_S.IN_DOUBT, *ALL[1:]), 61, READ, Course.STOP, "not accepted", id="in doubt"
        ),
        pytest.param(
            some_fared(_S.REFUSED, *ALL[1:]), 16, READ, Course.GO, "", id="one is refused"
        ),
        pytest.param(
            some_fared(_S.REFUSED, _S.BOUNCED, *ALL[2:]),
            2,
            READ,
            Course.STOP,
            "2 of 9 first letters came back or were refused: C0, C1",
            id="two fail",
        ),
        pytest.param(
            some_fared(_S.REFUSED, _S.BOUNCED, *(_S.ACCEPTED,) * 13),
            16,
            READ,
            Course.GO,
            "",
            id="two of fifteen fail",
        ),
        pytest.param(
            some_fared(_S.REFUSED), 1, READ, Course.STOP, "1 of 1 first letter", id="the only one"
        ),
        pytest.param(
            some_fared(*ALL, about_us="550 5.7.705 the tenant is blocked"),
            2,
            READ,
            Course.STOP,
            "the first letter to C0: 550 5.7.705 the tenant is blocked",
            id="about us",
        ),
        pytest.param(
            (
                *some_fared(_S.ACCEPTED, came_back=True),
                *some_fared(_S.REFUSED),
            ),
            2,
            READ,
            Course.STOP,
            "2 of 2",
            id="one probably bounced",
        ),
        pytest.param(
            some_fared(_S.CANCELLED, _S.SUPPRESSED),
            2,
            READ,
            Course.STOP,
            "none of 2 first letters was accepted",
            id="none went",
        ),
    ],
)
def test_the_others_follow_only_if_nothing_speaks_against_it(
    fared: Sequence[Fared], minute: float, incoming: Incoming, course: Course, words: str
) -> None:
    found, why = decided(fared, minute, incoming)
    assert found is course
    assert words in why
    assert bool(why) == bool(words)


def test_the_limit_counts_only_while_letters_may_leave() -> None:
    fared = some_fared(_S.DEFERRED, _S.ACCEPTED)
    assert decided(fared, 600, open_since=None)[0] is Course.WAIT
    assert decided(fared, 600, open_since=NINE + timedelta(minutes=590))[0] is Course.WAIT
    assert decided(fared, 660, open_since=NINE + timedelta(minutes=590))[0] is Course.STOP
