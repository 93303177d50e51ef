from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.domain.sending.providers import (
    BY_NAME,
    GMAIL,
    GOOGLE_RELAY,
    MICROSOFT_365,
    MICROSOFT_CONNECTOR,
    OWN_RELAY,
    USUAL_RATE,
    Limits,
    Provider,
    in_words,
    limits,
    provider_of,
)

MINUTE = timedelta(minutes=1)
NO_LIMIT = timedelta(0)


@pytest.mark.parametrize(
    ("host", "provider"),
    [
        ("smtp.office365.com", MICROSOFT_365),
        ("SMTP.Office365.com.", MICROSOFT_365),
        ("smtp.office365.us", MICROSOFT_365),
        ("outlook.office365.com", MICROSOFT_365),
        ("smtp-legacy.office365.com", MICROSOFT_365),
        ("smtp-mail.outlook.com", MICROSOFT_365),
        ("smtp.partner.outlook.cn", MICROSOFT_365),
        ("office-example.mail.protection.outlook.com", MICROSOFT_CONNECTOR),
        ("office-example.p-v1.mx.microsoft", MICROSOFT_CONNECTOR),
        ("office-example.mail.protection.office365.us", MICROSOFT_CONNECTOR),
        ("smtp.gmail.com", GMAIL),
        ("smtp.googlemail.com", GMAIL),
        ("smtp-relay.gmail.com", GOOGLE_RELAY),
        ("relay.office.example", OWN_RELAY),
        ("smtp.office365.com.example", OWN_RELAY),
        ("notoffice365.com", OWN_RELAY),
        ("127.0.0.1", OWN_RELAY),
    ],
)
def test_a_host_name_chooses_the_profile(host: str, provider: Provider) -> None:
    assert provider_of(host) is provider
    assert BY_NAME[provider.name] is provider


def test_a_login_at_microsoft_keeps_below_its_limits() -> None:
    found = limits(MICROSOFT_365, None, None)
    assert (found.connections, found.interval) == (3, MINUTE / 25)
    assert list(found.excesses()) == []


@pytest.mark.parametrize("provider", [OWN_RELAY, GMAIL, GOOGLE_RELAY, MICROSOFT_CONNECTOR])
def test_any_other_way_out_has_a_decent_pace(provider: Provider) -> None:
    found = limits(provider, None, None)
    assert (found.connections, found.interval) == (None, USUAL_RATE)
    assert USUAL_RATE == MINUTE / 60


def test_a_setting_comes_first_and_zero_asks_for_no_limit() -> None:
    found = limits(MICROSOFT_365, MINUTE / 10, 2)
    assert (found.connections, found.interval) == (2, MINUTE / 10)
    assert list(found.excesses()) == []
    found = limits(OWN_RELAY, NO_LIMIT, 0)
    assert (found.connections, found.interval) == (None, None)
    assert list(found.excesses()) == []


@pytest.mark.parametrize(
    ("interval", "connections", "said"),
    [
        (MINUTE / 30, None, []),
        (MINUTE / 60, 3, ["DISPATCH_RATE is 60 a minute"]),
        (NO_LIMIT, None, ["DISPATCH_RATE is unlimited"]),
        (None, 4, ["DISPATCH_ALL_CONNECTIONS is 4"]),
        (MINUTE / 31, 0, ["DISPATCH_RATE is 31 a min", "DISPATCH_ALL_CONNECTIONS is unlimited"]),
    ],
)
def test_what_is_faster_than_the_provider_allows_is_said(
    interval: timedelta | None, connections: int | None, said: list[str]
) -> None:
    found = list(limits(MICROSOFT_365, interval, connections).excesses())
    assert len(found) == len(said)
    assert all(words in sentence for words, sentence in zip(said, found, strict=True))


def test_the_mail_catcher_has_no_limits() -> None:
    assert list(Limits().excesses()) == []


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        (MINUTE / 25, "25 a minute"),
        (timedelta(microseconds=333_334), "180 a minute"),
        (MINUTE * 2, "0.5 a minute"),
        (timedelta(milliseconds=40), "1,500 a minute"),
        (None, "unlimited"),
    ],
)
def test_a_rate_is_said_by_the_minute(interval: timedelta | None, words: str) -> None:
    assert in_words(interval) == words
