from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.sending.pace import (
    LONGEST_LINE,
    LONGEST_REST,
    MOST_STRIKES,
    RECOVERY,
    SERVICE,
    UNKNOWN_GROUP,
    Pace,
    Rates,
    Strikes,
    fewer_by,
    limits_what,
    reserve,
    slowed_by,
)

NOW = datetime(2020, 7, 22, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
UNTIL = NOW + 5 * SECOND


def pace(interval: timedelta, tat: datetime = NOW) -> Pace:
    return Pace(interval, tat, NOW)


def test_a_domain_without_rates_is_held_back_by_nothing() -> None:
    assert Rates().keys_for("adur.example", ["mx.adur.example"]) == {}


def test_the_widest_rate_comes_first_and_the_domains_own_last() -> None:
    rates = Rates(service=SECOND / 40, domain=SECOND, groups={"*.mx.example": SECOND / 5})
    assert list(rates.keys_for("adur.example", ["a.mx.example"]).items()) == [
        ("smtp", SECOND / 40),
        ("mx:*.mx.example", SECOND / 5),
        ("domain:adur.example", SECOND),
    ]


def test_a_domain_may_have_a_rate_of_its_own() -> None:
    rates = Rates(domain=SECOND, domains={"adur.example": MINUTE})
    assert rates.keys_for("adur.example") == {"domain:adur.example": MINUTE}
    assert rates.keys_for("worthing.example") == {"domain:worthing.example": SECOND}


def test_a_domain_belongs_to_every_group_that_one_of_its_exchangers_matches() -> None:
    rates = Rates(groups={"*.mx.example": SECOND, "b.*": MINUTE, "mx.example": SECOND})
    hosts = ["a.north.mx.example", "b.other.example"]
    assert rates.keys_for("adur.example", hosts) == {"mx:*.mx.example": SECOND, "mx:b.*": MINUTE}
    assert rates.keys_for("adur.example", ["mail.adur.example"]) == {}


def test_domains_whose_exchangers_are_not_known_share_the_slowest_groups_rate() -> None:
    rates = Rates(groups={"*.mx.example": SECOND, "*.slow.example": MINUTE})
    assert rates.keys_for("adur.example") == {UNKNOWN_GROUP: MINUTE}


def test_all_names_of_a_receiving_system_share_one_rate() -> None:
    old, new = "*.mail.protection.outlook.com", "*.mx.microsoft"
    for groups in ({old: SECOND}, {"microsoft": SECOND}, {old: SECOND / 2, new: SECOND}):
        rates = Rates(groups=groups)
        for host in ("adur-gov-uk.mail.protection.outlook.com", "adur-gov-uk.p-v1.mx.microsoft"):
            assert rates.keys_for("adur.example", [host]) == {"mx:microsoft": SECOND}


def test_an_answer_counts_against_the_service_and_what_receives_for_the_domain() -> None:
    rates = Rates(groups={"*.mx.example": SECOND})
    assert rates.keys_struck([]) == {SERVICE}
    assert rates.keys_struck(["a.mx.example"]) == {SERVICE, "mx:*.mx.example"}
    assert Rates().keys_struck(["aspmx.l.google.com"]) == {SERVICE, "mx:google"}


@pytest.mark.parametrize(
    ("key", "what"),
    [
        (SERVICE, "all letters"),
        (UNKNOWN_GROUP, "domains that are not looked up yet"),
        ("mx:microsoft", "Microsoft 365"),
        ("mx:*.mx.example", "*.mx.example"),
        ("domain:adur.example", "adur.example"),
    ],
)
def test_a_rate_is_told_by_what_it_is_for(key: str, what: str) -> None:
    assert limits_what(key) == what


def test_what_has_strikes_is_slower_and_has_a_rate() -> None:
    struck = {SERVICE: 1, "mx:google": 2}
    assert Rates().keys_for("adur.example", ["aspmx.l.google.com"], struck) == {
        SERVICE: 2 * SECOND,
        "mx:google": 4 * SECOND,
    }
    assert Rates(service=MINUTE).keys_for("adur.example", ["mx.example"], struck) == {
        SERVICE: 2 * MINUTE
    }


def test_a_letter_that_gets_no_slot_takes_none_and_stands_in_line() -> None:
    service, domain = pace(SECOND), pace(4 * SECOND)
    moments = [reserve([service, domain], NOW, UNTIL) - NOW for _ in range(5)]
    assert moments == [seconds * SECOND for seconds in (0, 4, 8, 12, 16)]
    assert (service.tat, domain.tat) == (NOW + 2 * SECOND, NOW + 8 * SECOND)


def test_what_rests_keeps_no_slot_of_the_service_from_others() -> None:
    service, resting, other = pace(SECOND), pace(SECOND, NOW + MINUTE), pace(SECOND)
    assert reserve([service, resting], NOW, UNTIL) == NOW + MINUTE
    assert reserve([service, other], NOW, UNTIL) == NOW


def test_a_long_line_goes_round() -> None:
    one = pace(MINUTE, UNTIL)
    moments = [reserve([one], NOW, UNTIL) for _ in range(12)]
    assert max(moments) <= NOW + LONGEST_LINE
    assert moments[10] == moments[0] == UNTIL


def test_a_rate_that_is_slower_than_the_line_is_long_is_still_waited_for() -> None:
    one = pace(24 * 60 * MINUTE, NOW + 60 * MINUTE)
    assert {reserve([one], NOW, UNTIL) for _ in range(3)} == {NOW + 60 * MINUTE}


seconds = st.integers(1, 20_000_000).map(lambda us: timedelta(microseconds=us))
paces = st.lists(
    st.builds(pace, seconds, st.integers(-90, 90).map(lambda s: NOW + s * SECOND)), max_size=4
)


@given(paces, st.integers(0, 60))
def test_no_two_letters_are_closer_than_the_narrowest_interval(given: list[Pace], n: int) -> None:
    booked = [at for _ in range(n) if (at := reserve(given, NOW, UNTIL)) < UNTIL]
    assert all(at >= NOW for at in booked)
    if given:
        gaps = [after - before for before, after in pairwise(booked)]
        assert all(gap >= given[-1].interval for gap in gaps)


@given(paces, st.integers(1, 60))
def test_each_pace_gives_a_slot_to_every_letter_or_none_does(given: list[Pace], n: int) -> None:
    for _ in range(n):
        before = [(each.tat, each.interval) for each in given]
        at = reserve(given, NOW, UNTIL)
        steps = [each.tat - max(tat, NOW) for each, (tat, _) in zip(given, before, strict=True)]
        if at < UNTIL:
            assert all(step >= each.interval for step, each in zip(steps, given, strict=True))
        else:
            assert [each.tat for each in given] == [tat for tat, _ in before]


def test_rests_double_up_to_an_hour_and_each_strike_halves_the_rate() -> None:
    strikes, at, rests, intervals = Strikes(), NOW, [], []
    for _ in range(MOST_STRIKES + 1):
        strikes = strikes.another(at)
        assert strikes.rested_at
        rests.append(strikes.rested_at - at)
        intervals.append(slowed_by(strikes.count, SECOND / 2))
        at = strikes.rested_at
    assert rests[:7] == [minutes * MINUTE for minutes in (1, 2, 4, 8, 16, 32, 60)]
    assert max(rests) == LONGEST_REST
    assert intervals[:3] == [SECOND, 2 * SECOND, 4 * SECOND]
    assert intervals[-1] == intervals[-2]


def test_strikes_for_letters_already_on_their_way_count_as_one() -> None:
    once = Strikes().another(NOW)
    assert once.another(NOW + 59 * SECOND) == once
    assert once.another(NOW + 60 * SECOND).count == 2


def test_strikes_are_forgotten_one_after_the_other() -> None:
    once = Strikes().another(NOW)
    twice = once.another(NOW + MINUTE)
    rested_at = NOW + 3 * MINUTE
    assert twice.rested_at == rested_at
    ages = (-MINUTE, RECOVERY - SECOND, RECOVERY, 2 * RECOVERY - SECOND, 2 * RECOVERY, 9 * RECOVERY)
    assert [twice.left(rested_at + age) for age in ages] == [2, 2, 1, 1, 0, 0]
    assert twice.another(rested_at + RECOVERY).count == 2
    assert Strikes().left(NOW) == 0


def test_only_a_service_with_strikes_gets_a_rate_that_it_did_not_have() -> None:
    assert slowed_by(0, None) is None
    assert slowed_by(1, None) == 2 * SECOND


def test_each_strike_halves_the_connections_down_to_one() -> None:
    assert [fewer_by(strikes, 8) for strikes in range(6)] == [8, 4, 2, 1, 1, 1]
    assert [fewer_by(strikes, 3) for strikes in range(3)] == [3, 1, 1]
