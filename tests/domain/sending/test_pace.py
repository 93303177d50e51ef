from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.reply import Reply
from dispatch.domain.sending.pace import (
    LONGEST_LINE,
    LONGEST_REST,
    MEMORY,
    MOST_STRIKES,
    UNKNOWN_GROUP,
    Pace,
    Rates,
    Strikes,
    is_too_many,
    reserve,
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
        intervals.append(strikes.slowed(SECOND / 2))
        at = strikes.rested_at
    assert rests[:7] == [minutes * MINUTE for minutes in (1, 2, 4, 8, 16, 32, 60)]
    assert max(rests) == LONGEST_REST
    assert intervals[:3] == [SECOND, 2 * SECOND, 4 * SECOND]
    assert intervals[-1] == intervals[-2]


def test_strikes_for_letters_already_on_their_way_count_as_one() -> None:
    once = Strikes().another(NOW)
    assert once.another(NOW + 59 * SECOND) == once
    assert once.another(NOW + 60 * SECOND).count == 2


def test_strikes_are_forgotten_an_hour_after_the_rest() -> None:
    once = Strikes().another(NOW)
    assert once.remembered(NOW + MINUTE + MEMORY - SECOND) == once
    assert once.remembered(NOW + MINUTE + MEMORY) == Strikes()
    assert once.another(NOW + MINUTE + MEMORY).count == 1


def test_only_a_domain_with_strikes_gets_a_rate_that_it_did_not_have() -> None:
    assert Strikes().slowed(None) is None
    assert Strikes().another(NOW).slowed(None) == 2 * SECOND


TOO_MANY = [
    (421, "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume"),
    (421, "[IPTS04] Messages from 192.0.2.1 temporarily deferred due to user complaints"),
    (421, "4.7.28 [192.0.2.1] Our system has detected an unusual rate of\n4.7.28 unsolicited mail"),
    (450, "4.7.28 Something new"),
    (421, "4.7.0 mail sent from your IP address has been temporarily\n4.7.0 rate limited."),
    (421, "4.7.0 You are sending too\n4.7.0 many messages"),
    (421, "RP-001 Unfortunately, some messages weren't sent. We have limits for how many"),
    (421, "4.7.0 mx.example Error: too many connections from 192.0.2.1"),
    (421, "#4.4.5 Too many connections from your host"),
    (421, "Too many SMTP sessions for this host"),
    (421, "Trop de connexions, veuillez verifier votre configuration"),
    (450, "4.7.1 Error: too many recipients from 192.0.2.1"),
    (450, "4.7.1 Error: too much mail from 192.0.2.1"),
    (450, "Too many emails from this sender, please try again later"),
    (450, "mail sending limit exceeded"),
    (451, "4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77714)"),
    (451, "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited"),
    (451, "4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections."),
    (451, "Sender rate overlimit - 120 / 1h"),
    (451, "4.7.1 Client is being throttled"),
    (451, "4.7.1 Message frequency limited"),
    (452, "Too many recipients received this hour"),
    (452, "4.4.2 Message submission rate for this client has exceeded the configured limit"),
    (454, "4.7.1 please try again slower"),
]


@pytest.mark.parametrize(("code", "text"), TOO_MANY)
def test_a_server_that_says_too_many_is_understood(code: int, text: str) -> None:
    assert all(is_too_many(Reply(verb, code, text)) for verb in ("RCPT", "DATA", "."))


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL"])
def test_what_is_said_to_our_session_slows_no_domain(verb: str) -> None:
    assert not is_too_many(Reply(verb, 421, "4.7.0 too many connections"))


SOMETHING_ELSE = [
    (451, "4.7.1 Greylisted, please try again later"),
    (451, "4.7.1 Greylisting in action, please come back later"),
    (450, "4.2.0 <a@adur.example>: Recipient address rejected: Greylisted for 60 seconds"),
    (450, "4.7.1 Grey-listed: your rate of new senders is unknown"),
    (450, "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents"),
    (452, "4.2.2 The recipient's mailbox is over its storage quota, too many messages"),
    (450, "4.1.1 <a@adur.example>: too many unverified senders"),
    (452, "4.3.1 Insufficient system storage"),
    (452, "4.3.4 Message size exceeds fixed limit"),
    (452, "Requested action not taken: mailbox over quota"),
    (421, "4.7.0 mx.example Error: too many errors"),
    (421, "4.7.0 too many bad commands"),
    (421, "#4.x.2 Too many messages for this session"),
    (421, "Max message per connection reached, closing transmission channel"),
    (421, "4.7.653 exceeded the maximum number of messages per connection"),
    (421, "4.3.2 Service not available, closing transmission channel"),
    (451, "4.3.0 Temporary lookup failure; generated by a separate process"),
    (451, "4.3.0 Requested action aborted: local error in processing"),
    (454, "4.3.0 too many of them"),
    (550, "5.7.1 Too many messages, rate limit exceeded"),
    (250, "2.0.0 accepted at a high rate"),
]


@pytest.mark.parametrize(("code", "text"), SOMETHING_ELSE)
def test_another_answer_is_not_taken_for_it(code: int, text: str) -> None:
    assert not is_too_many(Reply("RCPT", code, text))


@given(st.sampled_from([421, 450, 451, 452]), st.text())
def test_no_answer_is_beyond_reading(code: int, text: str) -> None:
    assert is_too_many(Reply("RCPT", code, f"too many {text}")) in {True, False}
