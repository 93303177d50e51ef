from __future__ import annotations

from types import ModuleType

import pytest

from dispatch.domain.notice import Reason
from dispatch.mail.notices import reasons
from dispatch.mail.notices.reasons import (
    DEAD,
    NOTHING,
    US,
    Cause,
    Said,
    in_order,
    reply_in,
    status_in,
)
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


@pytest.mark.parametrize(
    ("said", "reason", "is_hard"),
    [
        ("550-5.7.1 There is no 550-5.7.1 such user 550 5.7.1 here", Reason.BAD_ADDRESS, True),
        ("553-unknown\n553 user", Reason.BAD_ADDRESS, True),
        ("552-5.2.2 The mailbox 552-5.2.2 is 552 5.2.2 full", Reason.MAILBOX_FULL, False),
        ("550-mail from 550-you is 550 rejected: policy", Reason.POLICY, False),
    ],
)
def test_the_codes_of_a_long_reply_do_not_part_its_words(
    said: str, reason: Reason, *, is_hard: bool
) -> None:
    cause = judged([said])
    assert (cause.reason, cause.is_hard) == (reason, is_hard)


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("450 4.1.1 user unknown in local recipient table", "4.1.1"),
        ("451 mailbox not found in cache", ""),
        ("recipient address rejected: unverified address: verification in progress", "4.1.1"),
        ("host mx.example said: 450 no such user", "5.0.0"),
        ("550 5.4.7 delivery expired: 452 4.2.1 mailbox unavailable", "4.2.1"),
    ],
)
def test_what_was_said_for_now_is_never_hard(said: str, status: str) -> None:
    cause = judged([said], status=status)
    assert (cause.reason, cause.is_hard) == (Reason.SYSTEM, False)


def test_what_was_said_for_now_of_a_full_mailbox_is_that_it_is_full() -> None:
    assert judged(["no such mailbox here"], status="4.2.2") == Cause(Reason.MAILBOX_FULL)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("550 mailbox unavailable: rejected by our policy", Reason.POLICY),
        ("550 recipient rejected: over quota", Reason.MAILBOX_FULL),
        ("553 mailbox name not allowed: account is suspended", Reason.DISABLED),
        ("550 recipient name is ambiguous in the directory", Reason.SYSTEM),
        ("550 rejected recipient: the account is awaiting approval", Reason.DISABLED),
        ("550 mailbox unavailable: detected as spam", Reason.SPAM_VIRUS),
    ],
)
def test_words_that_only_say_it_is_not_available_give_way_to_a_reason(
    said: str, reason: Reason
) -> None:
    cause = judged([said])
    assert (cause.reason, cause.is_hard) == (reason, False)


def test_what_is_not_available_for_no_other_reason_is_dead() -> None:
    assert judged(["550 Requested action not taken: mailbox unavailable"]).is_hard


@pytest.mark.parametrize(
    "said",
    [
        "It was rejected by the recipient domain. The other server returned: 550 no such user",
        "spam filters may apply. host mx.example said: 550 host b.example said: 550 user unknown",
        "our policy is to try twice. Remote host said: 550 no mailbox here by that name",
    ],
)
def test_the_innermost_reply_counts_before_the_words_around_it(said: str) -> None:
    assert judged([said]) == Cause(Reason.BAD_ADDRESS, is_hard=True)


@pytest.mark.parametrize(
    ("around", "status", "reason"),
    [
        ("This was scanned for viruses and spam.", "5.1.1", Reason.BAD_ADDRESS),
        ("See our email policy.", "5.2.2", Reason.MAILBOX_FULL),
        ("The user is unknown.", "5.0.0", Reason.BAD_ADDRESS),
        ("The user is unknown.", "5.7.1", Reason.BAD_ADDRESS),
    ],
)
def test_words_elsewhere_count_where_no_code_says_exactly_what_it_was(
    around: str, status: str, reason: Reason
) -> None:
    assert reasons.judged([Said("")], status=status, around=Said(around)).reason is reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("permission denied", Reason.SYSTEM),
        ("filter: connection refused by daemon", Reason.SYSTEM),
        ("126", Reason.SYSTEM),
        ("user unknown", Reason.BAD_ADDRESS),
        ("disk quota exceeded", Reason.MAILBOX_FULL),
    ],
)
def test_a_program_that_failed_is_their_system(said: str, reason: Reason) -> None:
    assert reasons.judged([Said(said)], is_program=True).reason is reason


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("<robert.spam-jones@oxo.example>: 550 5.1.1 user unknown", Reason.BAD_ADDRESS),
        ("<policy.team@oxo.example>: 552 5.2.2 over quota", Reason.MAILBOX_FULL),
        ("to virus.info@oxo.example: connection timed out", Reason.NETWORK),
    ],
)
def test_what_stands_before_an_at_sign_gives_no_reason(said: str, reason: Reason) -> None:
    assert judged([said]).reason is reason


def test_what_qmail_adds_to_a_reply_gives_no_reason() -> None:
    said = "Remote host said: 451 4.3.5 Server configuration problem\nGiving up on 192.0.2.20."
    assert judged([said]).reason is Reason.SYSTEM
    assert judged(["Connected to 192.0.2.20.\nGiving up on 192.0.2.20."]).reason is Reason.NETWORK


@pytest.mark.parametrize(
    "said",
    [
        "(jo@oxo.example:450-4.1.1 <jo@oxo.example>: user unknown)",
        "4.1.1 user unknown in the directory",
    ],
)
def test_a_temporary_code_is_known_wherever_it_stands(said: str) -> None:
    assert not judged([said]).is_hard


def test_a_server_that_is_busy_with_us_speaks_of_our_pace() -> None:
    said = "451 4.7.500 Server busy. Please try again later from [192.0.2.25]. (S77719)"
    assert judged([said]) == US
    assert judged(["451 server busy"]).reason is Reason.SYSTEM
