from __future__ import annotations

import pytest

from dispatch.domain.errors import BadInput
from dispatch.mail.incoming.imap import Mailbox


def test_a_url_says_all() -> None:
    box = Mailbox.from_url("imaps://a%40b:p%3Aw@Mail.example/Post/In%20box?done=Post/Old")
    assert (box.host, box.port, box.security) == ("mail.example", 993, "tls")
    assert (box.username, box.password) == ("a@b", "p:w")
    assert (box.folder, box.done) == ("Post/In box", "Post/Old")
    assert box.name == "imap://a%40b@mail.example:993/Post/In%20box"


@pytest.mark.parametrize(
    ("url", "security"),
    [
        ("imap://a:b@mail.example", "starttls"),
        ("imap://a:b@localhost", "none"),
        ("imaps://a:b@localhost", "tls"),
    ],
)
def test_only_to_this_machine_may_a_line_be_in_the_clear(url: str, security: str) -> None:
    assert Mailbox.from_url(url).security == security


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("mail.example", "cannot be read"),
        ("imaps://a:secret@[mail.example", "cannot be read"),
        ("pop3://a:secret@mail.example", "cannot be read"),
        ("imaps://mail.example", "lacks a user or a password"),
        ("imaps://a@mail.example", "lacks a user or a password"),
        ("imaps://a:secret@", "names no host"),
        ("imaps://a:secret@mail.example:99999", "has a port that is not a number"),
        ("imaps://a:secret@mail.example?keep=x", "has an option other than done and ca"),
        ("imaps://a:secret@mail.example?ca=/no/such", "names a file of certificate authorities"),
    ],
)
def test_a_url_that_cannot_be_used_says_why_and_not_what_it_is(url: str, why: str) -> None:
    with pytest.raises(BadInput) as caught:
        Mailbox.from_url(url)
    assert why in str(caught.value)
    assert "secret" not in str(caught.value)
