from __future__ import annotations

from types import ModuleType

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices import reasons
from dispatch.mail.notices.reasons import DEAD, NOTHING, Cause, Said, in_order, reply_in, status_in
from dispatch.mail.notices.wording import (
    abroad,
    closed,
    content,
    domain,
    failure,
    mailbox,
    reputation,
    sender,
    trouble,
    unknown,
)


def judged(texts: list[str], *, status: str = "") -> Cause:
    return reasons.judged([Said(text) for text in texts], status=status)


@pytest.mark.parametrize(
    ("text", "status", "reason", "is_hard"),
    [
        ("550 5.4.1 Recipient address rejected: Access denied", "5.4.1", Reason.BAD_ADDRESS, True),
        ("550 5.1.1 mailbox full", "5.1.1", Reason.MAILBOX_FULL, False),
        ("552 5.2.2 user unknown", "5.2.2", Reason.BAD_ADDRESS, True),
        ("550 5.1.1 blocked using spamhaus", "5.1.1", Reason.POLICY, False),
    ],
)
def test_words_are_believed_before_codes(
    text: str, status: str, reason: Reason, *, is_hard: bool
) -> None:
    cause = judged([text], status=status)
    assert (cause.reason, cause.is_hard) == (reason, is_hard)


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.1.1", Reason.BAD_ADDRESS),
        ("5.1.6", Reason.BAD_ADDRESS),
        ("5.1.8", Reason.POLICY),
        ("5.2.1", Reason.DISABLED),
        ("5.2.2", Reason.MAILBOX_FULL),
        ("4.2.2", Reason.MAILBOX_FULL),
        ("5.3.4", Reason.TOO_LARGE),
        ("5.3.0", Reason.SYSTEM),
        ("4.4.1", Reason.NETWORK),
        ("5.4.4", Reason.BAD_ADDRESS),
        ("5.5.2", Reason.SYSTEM),
        ("5.6.0", Reason.SPAM_VIRUS),
        ("5.7.1", Reason.POLICY),
        ("5.0.0", Reason.UNKNOWN),
        ("4.1.1", Reason.UNKNOWN),
        ("2.0.0", Reason.UNKNOWN),
        ("", Reason.UNKNOWN),
    ],
)
def test_codes_speak_where_words_do_not(status: str, reason: Reason) -> None:
    assert judged(["no more is said"], status=status).reason is reason


def test_the_reply_code_speaks_last() -> None:
    assert judged(["smtp; 504 whatever"]).reason is Reason.SYSTEM
    assert judged(["556 whatever"]) == DEAD
    assert judged(["550 whatever"]) == NOTHING


def test_vague_words_count_where_neither_words_nor_codes_say_more() -> None:
    said = "192.0.2.9 does not like recipient."
    assert judged([said]) == DEAD
    assert judged([said], status="5.7.1").reason is Reason.POLICY


def test_the_first_text_that_says_anything_counts() -> None:
    assert judged(["rejected", "over quota", "user unknown"]).reason is Reason.MAILBOX_FULL


def test_what_is_about_us_never_says_that_an_address_is_dead() -> None:
    for text in ("dmarc policy", "relay access denied", "no PTR record", "sender rejected"):
        cause = judged([text], status="5.7.1")
        assert (cause.is_about_us, cause.is_hard) == (True, False)


def test_a_domain_that_is_not_found_for_now_may_be_a_fault_of_the_dns() -> None:
    assert judged(["host unknown"], status="5.1.2") == DEAD
    assert judged(["host unknown"], status="4.0.0").reason is Reason.NETWORK


def test_a_domain_that_takes_no_mail_for_now_is_not_yet_dead() -> None:
    cause = judged(["null mx"], status="4.0.0")
    assert (cause.reason, cause.is_hard) == (Reason.BAD_ADDRESS, False)
    assert judged(["null mx"], status="5.1.10").is_hard


def test_codes_are_told_from_addresses_and_numbers() -> None:
    assert status_in("host[192.0.2.5] said: 550-5.7.26 no") == "5.7.26"
    assert status_in("4.5.6.7 and 10.5.1.1") == ""
    assert reply_in("host mx[192.0.2.5]:25 said: 552 5.2.2 full") == "552"
    assert reply_in("sent 250kB") == ""


def test_pieces_are_found_one_after_the_other() -> None:
    assert in_order("client host [x] blocked", ("client host ", "blocked"))
    assert not in_order("blocked client host", ("client host ", "blocked"))


@pytest.mark.parametrize(
    "module",
    [abroad, closed, content, domain, failure, mailbox, sender, reputation, trouble, unknown],
    ids=lambda module: module.__name__.rpartition(".")[2],
)
def test_the_tables_hold_each_phrase_once_in_lower_case(module: ModuleType) -> None:
    for name, phrases in vars(module).items():
        if name.isupper():
            assert sorted(set(phrases)) == sorted(phrases)
            assert [each for each in phrases if each != each.lower()] == []
