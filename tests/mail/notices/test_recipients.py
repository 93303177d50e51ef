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


@pytest.mark.parametrize(
    "text",
    [
        "Your mail could not be delivered to these recipients:\n\n\tj.roe\n",
        "The following users could not be reached:\n\n    j.roe\n\nReason: no such user.\n",
        "** Nobody found for these names:\n\n  j.roe    No match in the directory\n",
        "These recipients take no mail\nfrom letters@ombudsman.example:\n\n  j.roe\n",
    ],
)
def test_a_bare_name_is_at_the_domain_that_reports(text: str) -> None:
    [each] = named(text, domain="oxo.example")
    assert each.address == "j.roe@oxo.example"


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, this failed.\n\n    Regards\n",
        "The following recipients failed:\n\n    <a@oxo.example>\n",
        "What to do:\n\n   wait\n",
    ],
)
def test_other_words_on_a_line_of_their_own_are_not_names(text: str) -> None:
    found = {each.address for each in named(text, domain="oxo.example")}
    assert found <= {"a@oxo.example"}


def test_what_we_wrote_to_is_named_and_not_what_it_was_expanded_to() -> None:
    text = "<a@mailstore.example>\n    (expanded from: <chief@oxo.example>)\n"
    assert who(text) == ("chief@oxo.example",)


@pytest.mark.parametrize(
    "example",
    [
        "firstname.lastname@oxo.example",
        "first.last@oxo.example",
        "NAME@oxo.example",
        "your.name@oxo.example",
        "username@oxo.example",
    ],
)
def test_an_example_of_an_address_is_not_a_recipient(example: str) -> None:
    text = f"It could not be delivered to chief@oxo.example. Try {example}"
    assert who(text) == ("chief@oxo.example",)


def test_an_address_after_from_is_not_a_recipient() -> None:
    text = "It could not be delivered to chief@oxo.example, who takes no mail from a@b.example"
    assert who(text) == ("chief@oxo.example",)
