from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.mail.notices.fields import MAX_RECIPIENTS
from dispatch.mail.notices.recipients import named

CHIEF = "chief@oxo.example"


def who(text: str, *ours: str) -> tuple[str, ...]:
    return tuple(each.address for each in named(text, ours=ours))


@pytest.mark.parametrize(
    "line",
    [
        f"<{CHIEF}>:",
        f"<{CHIEF}>: host mx.oxo.example said: 550 unknown",
        f"  {CHIEF}",
        f"> {CHIEF}",
        f"   * {CHIEF}",
        f'"{CHIEF}":',
        f"{CHIEF}... User unknown",
        f"{CHIEF} [Connection timed out]",
        f"{CHIEF} - no such user here.",
        f"{CHIEF} on Fri, 20 Jul 2001 11:08:59 -0700",
        f"{CHIEF}<mailto:{CHIEF}>",
        f"smtp:{CHIEF}",
        f"    (generated from {CHIEF})",
        f"c=US;a= ;p=Oxo;o=Nexus;dda:SMTP={CHIEF}; on Fri",
        f"Recipient: <{CHIEF}>",
        f"  Recipient address: {CHIEF}",
        f"Unknown user: {CHIEF}",
        f"target mail address: {CHIEF}",
        f"[Status: Error, Address: <{CHIEF}>, ResponseCode 421]",
        f"There was an error delivering your mail to <{CHIEF}>.",
        f"The following message, addressed to '{CHIEF}',",
        f"undeliverable to {CHIEF}",
        f"User's mailbox is full: <{CHIEF}>",
        f"SMTP Server <mx.oxo.example> rejected recipient <{CHIEF}> (Error following RCPT)",
        f"554 <{CHIEF}>... Remote protocol error",
        f">>> RCPT To:<{CHIEF}>",
        f" In:  RCPT TO:<{CHIEF}> ORCPT=rfc822;{CHIEF}",
    ],
)
def test_a_recipient_is_named_in_many_forms(line: str) -> None:
    assert who(f"Your message:\n\n{line}\n\nwas not delivered.") == (CHIEF,)


@pytest.mark.parametrize(
    "text",
    [
        "For further assistance, please contact <postmaster@relay.example>",
        "If you need help, send mail to\n    helpdesk@relay.example\n",
        "The message of jo@oxo.example was long.",
        "guide: send it to the address\n\tguide@relay.example\n",
        "",
    ],
)
def test_addresses_to_turn_to_are_no_recipients(text: str) -> None:
    assert who(text) == ()


def test_our_own_address_is_meant_only_if_it_heads_the_list() -> None:
    ours = "letters@ombudsman.example"
    assert who(f"Mail of {ours} could not be sent to {CHIEF}.\n", ours) == (CHIEF,)
    assert who(f"<{ours}>:\nover quota", ours) == (ours,)


def test_each_recipient_has_the_words_down_to_the_next() -> None:
    text = "<a@oxo.example>:\nno such user\n\n<b@oxo.example>:\nmailbox full\n"
    assert [(each.address, each.words.split("\n")[1]) for each in named(text)] == [
        ("a@oxo.example", "no such user"),
        ("b@oxo.example", "mailbox full"),
    ]


def test_what_is_said_twice_of_one_recipient_is_put_together() -> None:
    [one] = named("<a@oxo.example>: first\n<A@oxo.example>: second\n")
    assert one.words.split() == ["first", "second"]


def test_a_transcript_gives_each_refusal_what_led_to_it() -> None:
    text = (
        ">>> MAIL From:<us@ombudsman.example>\n<<< 550 Insecure Mail Relay\n"
        "554 <a@oxo.example>... Remote protocol error\n"
        "554 <b@oxo.example>... 550 Host unknown\n"
    )
    first, second = named(text)
    assert "Insecure Mail Relay" in first.words
    assert "Insecure" not in second.words


def test_recipients_are_read_to_the_bound() -> None:
    text = "\n".join(f"<u{n}@oxo.example>: gone" for n in range(2000))
    assert len(who(text)) <= MAX_RECIPIENTS


@given(st.text(alphabet="a@.<>: \n-5", max_size=300))
def test_no_text_whatever_raises_anything(text: str) -> None:
    assert all("@" in each for each in who(text))
