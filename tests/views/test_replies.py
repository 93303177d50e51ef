from __future__ import annotations

import pytest

from dispatch.domain.errors import BadInput
from dispatch.domain.replies.meanings import Whose
from dispatch.domain.reply import Reply
from dispatch.views.replies import VERBS, explanation_rows, reply_of, reply_view

LOG = (
    "Nov 30 10:00:00 relay postfix/smtp[12]: 4F1: to=<ce@oxo.example>, relay=mx[192.0.2.1]:25, "
    "status=bounced (host mx[192.0.2.1] said: 550 5.7.606 Access denied (in reply to RCPT TO "
    "command))"
)


@pytest.mark.parametrize(
    ("pasted", "verb", "code", "whose"),
    [
        ("554 5.2.252 SendAsDenied", ".", 554, Whose.US),
        ("5.7.60 no permissions", ".", 550, Whose.US),
        ("550-5.7.26 one\r\n550 5.7.26 two", ".", 550, Whose.US),
        ("smtp; 550 5.1.1 User unknown", ".", 550, Whose.COUNCIL),
        (LOG, "RCPT", 550, Whose.US),
        ("550 x (in reply to end of DATA command)", ".", 550, None),
        ("535 5.7.8 no", "AUTH", 535, Whose.US),
        ("535 5.7.139 Authentication unsuccessful", "AUTH", 535, Whose.US),
        ("451 4.7.500 Server busy", ".", 451, Whose.PACE),
        ("551 user not local; try x@other.example", ".", 551, Whose.COUNCIL),
        ("550 mumble", "RCPT", 550, None),
        ("401 invalid_client: AADSTS7000222: expired", "TOKEN", 401, Whose.US),
        ("AADSTS700016: Application not found", "TOKEN", 0, Whose.US),
        ("AADSTS7000215", "TOKEN", 0, Whose.US),
        ("AADSTS7000218", "TOKEN", 0, Whose.US),
        ("AADSTS53003: blocked", "TOKEN", 0, Whose.US),
        ("a1 BAD User is authenticated but not connected.", "SELECT", 0, Whose.US),
        ("NO [AUTHENTICATIONFAILED] no", "AUTHENTICATE", 0, Whose.US),
    ],
)
def test_what_people_paste_is_read_as_the_reply_in_it(
    pasted: str, verb: str, code: int, whose: Whose | None
) -> None:
    found = reply_of(pasted)
    assert (found.verb, found.code) == (verb, code)
    assert reply_view(found).whose is whose


def test_a_person_may_say_what_was_answered() -> None:
    assert {reply_of("550 5.0.0 x", each).verb for each in VERBS} == set(VERBS.values())
    assert reply_view(reply_of("550 mumble", "MAIL")).whose is Whose.US


@pytest.mark.parametrize("pasted", ["", "  ", "hello", "12 monkeys"])
def test_what_is_not_a_reply_is_refused_in_words(pasted: str) -> None:
    with pytest.raises(BadInput, match="no reply"):
        reply_of(pasted)


def test_a_person_is_shown_sentences() -> None:
    shown = dict(explanation_rows(Reply(".", 250, "2.0.0 queued")))
    assert shown["Whose"] == "nobody's: it is a yes."
    assert shown["Means"] == "The server did what it was asked."
