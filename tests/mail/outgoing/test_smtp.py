from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.smtp import CHUNK, SmtpConnection, dot_stuffed
from tests.mail.servers import After, Answer, Deed, ScriptedServer

TO_CHIEF = Envelope("bounces+x1@ombudsman.example", "chief@adur.example", "attempt=1")
MESSAGE = b"Subject: Annual Review letter 2020\r\n\r\nDear Ms Adur,\r\n.\r\n"

bodies = st.one_of(
    st.binary(max_size=300),
    st.lists(st.sampled_from([b"\r\n", b".", b"\r", b"\n", b"a", b"\xff"])).map(b"".join),
)


def yes() -> bool:
    return True


def offer(
    line: SmtpConnection, content: bytes = MESSAGE, before_dot: Callable[[], bool] = yes
) -> Outcome:
    return line.offer(TO_CHIEF, content, before_dot=before_dot)


def offered_to(script: dict[str, Answer | list[Answer]], **limits: float) -> Outcome:
    """What becomes of a message that a server with this script is offered."""
    with ScriptedServer(script) as server:
        line = server.connect(**limits)  # type: ignore[arg-type]
        outcome = offer(line)
        line.close()
    assert not server.messages or "." in script
    return outcome


def test_a_message_is_accepted_as_it_is_and_the_line_can_be_used_again() -> None:
    with ScriptedServer({".": "250 2.0.0 queued as 7F3A"}) as server:
        line = server.connect()
        outcome = offer(line)

        assert outcome == Outcome(Verdict.ACCEPTED, Reply(".", 250, "2.0.0 queued as 7F3A"))
        assert line.is_usable
        line.close()

    assert server.messages == [MESSAGE]


def test_several_messages_go_over_one_line() -> None:
    with ScriptedServer() as server:
        line = server.connect()
        outcomes = [offer(line, b"%d\r\n" % number) for number in range(3)]
        line.close()

    assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED] * 3
    assert server.messages == [b"0\r\n", b"1\r\n", b"2\r\n"]
    assert server.lines == 1


def test_a_line_is_used_up_after_its_share_of_messages() -> None:
    with ScriptedServer() as server:
        line = server.try_to_connect(
            SmtpServer("127.0.0.1", server.port, "none", timeout=5, max_per_line=2)
        )
        assert isinstance(line, SmtpConnection)
        is_usable = []
        for _ in range(2):
            offer(line)
            is_usable.append(line.is_usable)
        line.close()

    assert is_usable == [True, False]


def test_the_offer_is_announced_with_all_that_the_server_understands() -> None:
    with ScriptedServer(extensions=["SIZE 10240000", "8BITMIME", "SMTPUTF8", "DSN"]) as server:
        line = server.connect()
        line.offer(
            Envelope("bounces+x1@ombudsman.example", "siân@sir-gâr.example", "1"),
            "To: siân@sir-gâr.example\r\n\r\n".encode(),
            before_dot=yes,
            needs_smtputf8=True,
        )
        offer(line)
        line.close()

    assert server.heard[1:7] == [
        "MAIL FROM:<bounces+x1@ombudsman.example> SIZE=30 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=1",
        "RCPT TO:<siân@sir-gâr.example> NOTIFY=SUCCESS,FAILURE,DELAY",
        "DATA",
        "MAIL FROM:<bounces+x1@ombudsman.example> SIZE=56 RET=HDRS ENVID=attempt+3D1",
        "RCPT TO:<chief@adur.example> NOTIFY=SUCCESS,FAILURE,DELAY ORCPT=rfc822;chief@adur.example",
        "DATA",
    ]


def test_a_message_that_the_server_cannot_take_is_refused_before_a_word_is_said() -> None:
    with ScriptedServer() as server:
        line = server.connect()
        outcome = line.offer(TO_CHIEF, MESSAGE, before_dot=yes, needs_smtputf8=True)

        assert outcome.verdict is Verdict.REFUSED
        assert outcome.trouble == "the server cannot take this message without SMTPUTF8"
        assert line.is_usable
        line.close()

    assert [said.split()[0] for said in server.heard] == ["ehlo", "quit"]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(
    ("code", "verdict"),
    [(450, Verdict.DEFERRED), (452, Verdict.DEFERRED), (550, Verdict.REFUSED)],
)
def test_a_refusal_is_quoted_and_the_next_message_is_none_the_worse(
    verb: str, code: int, verdict: Verdict
) -> None:
    with ScriptedServer({verb: [f"{code}-5.1.1 not\r\n{code} 5.1.1 so"]}) as server:
        line = server.connect()
        refused, accepted = offer(line), offer(line)
        line.close()

    if verb == "MAIL":
        verdict = Verdict.DEFERRED  # it is about our return path, not about a recipient
    assert refused == Outcome(verdict, Reply(verb, code, "5.1.1 not\n5.1.1 so"))
    assert accepted.verdict is Verdict.ACCEPTED
    assert "rset" in server.heard
    assert server.lines == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
def test_a_server_that_shuts_down_ends_the_line(verb: str) -> None:
    with ScriptedServer({verb: "421 4.3.2 shutting down"}) as server:
        line = server.connect()
        outcome = offer(line)

        assert outcome == Outcome(Verdict.DEFERRED, Reply(verb, 421, "4.3.2 shutting down"))
        assert not line.is_usable
        line.close()


@pytest.mark.parametrize("answer", [Deed.HANG_UP, "500 what?"])
def test_a_line_that_cannot_be_reset_is_not_used_again(answer: Answer) -> None:
    with ScriptedServer({"RCPT": "550 5.1.1 no", "RSET": answer}) as server:
        line = server.connect()

        assert offer(line).verdict is Verdict.REFUSED
        assert not line.is_usable
        line.close()


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", [Deed.HANG_UP, Deed.STAY_SILENT, b"25", b"250-and"])
def test_a_line_that_falls_before_the_dot_means_that_nothing_was_sent(
    verb: str, answer: Answer
) -> None:
    outcome = offered_to({verb: answer}, timeout=0.5)

    assert outcome.verdict is Verdict.DEFERRED
    assert outcome.reply is None
    assert verb in str(outcome)


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("MAIL", "354 go ahead"),
        ("RCPT", "hello"),
        ("RCPT", "650 what"),
        ("DATA", "250 OK"),
        ("DATA", "999"),
    ],
)
def test_an_answer_out_of_place_before_the_dot_means_that_nothing_was_sent(
    verb: str, answer: str
) -> None:
    with ScriptedServer({verb: answer}) as server:
        line = server.connect()
        outcome = offer(line)

        assert outcome.verdict is Verdict.DEFERRED
        assert f"{verb} was answered with" in str(outcome)
        assert not line.is_usable
        line.close()

    assert server.messages == []


@pytest.mark.parametrize(
    "answer",
    [Deed.HANG_UP, Deed.STAY_SILENT, b"2", b"25", b"250-and", "hello", "354 more?"],
)
def test_no_answer_to_the_dot_that_can_be_read_is_doubt(answer: Answer) -> None:
    with ScriptedServer({".": answer}) as server:
        line = server.connect(timeout=0.5)
        outcome = offer(line)

        assert outcome.verdict is Verdict.IN_DOUBT
        assert outcome.reply is None
        assert "the final dot" in str(outcome)
        assert not line.is_usable
        line.close()

    assert server.messages == [MESSAGE]


def test_the_reply_to_the_dot_may_take_longer_than_any_other() -> None:
    with ScriptedServer({".": Deed.STAY_SILENT}) as server:
        settings = SmtpServer("127.0.0.1", server.port, "none", timeout=5, dot_timeout=0.1)
        line = server.try_to_connect(settings)
        assert isinstance(line, SmtpConnection)

        assert "timed out" in str(offer(line))
        line.close()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("552 5.3.4 too big", Verdict.REFUSED),
        ("452 4.3.1 disk full", Verdict.DEFERRED),
        ("250 2.0.0 got it already", Verdict.DEFERRED),
    ],
)
def test_a_server_that_answers_before_the_dot_has_not_got_the_message(
    answer: str, verdict: Verdict
) -> None:
    asked: list[bool] = []
    with ScriptedServer({"DATA": f"354 go ahead\r\n{answer}"}) as server:
        line = server.connect()
        outcome = offer(line, before_dot=lambda: asked.append(True) or True)  # type: ignore[func-returns-value]

        assert outcome.verdict is verdict
        assert answer in str(outcome)
        assert not line.is_usable
        line.close()

    assert asked == []
    assert server.messages == []


@pytest.mark.parametrize("tls", [None, "tls"])
@pytest.mark.parametrize("rudely", [False, True])
def test_a_server_that_hangs_up_just_before_the_dot_has_not_got_the_message(
    tls: Literal["tls"] | None, *, rudely: bool
) -> None:
    with ScriptedServer(tls=tls) as server:
        line = server.connect(security=tls or "none")
        outcome = offer(line, before_dot=lambda: server.hang_up(rudely=rudely))
        line.close()

    assert outcome.verdict is Verdict.DEFERRED
    assert "connection lost during DATA" in str(outcome)


def test_a_server_that_goes_in_the_middle_of_a_large_message_has_not_got_it() -> None:
    with ScriptedServer({"DATA": b"354 go ahead\r\n"}) as server:
        line = server.connect()
        outcome = offer(line, b"x" * 100 * CHUNK)
        line.close()

    assert outcome.verdict is Verdict.DEFERRED


def test_a_message_that_is_withdrawn_before_the_dot_is_never_sent() -> None:
    with ScriptedServer() as server:
        line = server.connect()
        outcome = offer(line, before_dot=lambda: False)

        assert outcome.verdict is Verdict.WITHDRAWN
        assert not line.is_usable
        line.close()

    assert server.heard[-1] == "DATA"
    assert server.messages == []


@pytest.mark.parametrize("error", [RuntimeError, ConnectionError, KeyboardInterrupt])
def test_a_message_is_never_sent_once_something_went_wrong_before_the_dot(
    error: type[BaseException],
) -> None:
    def fail() -> bool:
        raise error

    with ScriptedServer() as server:
        line = server.connect()
        with pytest.raises(error):
            offer(line, before_dot=fail)

        assert not line.is_usable
        line.close()

    assert server.messages == []


def test_an_offer_on_a_line_that_is_closed_is_surely_not_sent() -> None:
    with ScriptedServer() as server:
        line = server.connect()
        line.close()

        assert offer(line).verdict is Verdict.DEFERRED
        assert not line.is_usable


@pytest.mark.parametrize("tls", [None, "starttls"])
@pytest.mark.parametrize("rudely", [False, True])
def test_a_line_whose_server_went_away_meanwhile_is_not_usable(
    tls: Literal["starttls"] | None, *, rudely: bool
) -> None:
    with ScriptedServer(tls=tls) as server:
        line = server.connect(security=tls or "none")
        was_usable = line.is_usable
        server.hang_up(rudely=rudely)

        assert (was_usable, line.is_usable) == (True, False)
        line.close()


def test_a_line_whose_server_speaks_out_of_turn_is_not_usable() -> None:
    with ScriptedServer({".": "250 OK\r\n421 enough for today"}) as server:
        line = server.connect()

        assert offer(line).verdict is Verdict.ACCEPTED
        assert not line.is_usable
        line.close()


def test_messages_go_over_a_safe_line_too() -> None:
    with ScriptedServer(tls="tls") as server:
        line = server.connect(security="tls")
        outcomes = [offer(line), offer(line, b"x\r\n" * CHUNK)]
        line.close()

    assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED] * 2
    assert server.messages == [MESSAGE, b"x\r\n" * CHUNK]


@pytest.mark.parametrize("answer", ["500 no", Deed.HANG_UP, b"2"])
def test_a_bad_goodbye_changes_nothing(answer: Answer) -> None:
    """`with smtplib.SMTP()` raises here, when the message has long been accepted."""
    with ScriptedServer({"QUIT": answer}) as server:
        line = server.connect()
        outcome = offer(line)
        line.close()
        line.close()

    assert outcome.verdict is Verdict.ACCEPTED


def test_a_reply_in_no_known_encoding_is_still_a_reply() -> None:
    assert offered_to({".": b"550 5.1.1 b\xf6se\r\n"}).reply == Reply(".", 550, "5.1.1 b\ufffdse")


def test_a_server_that_takes_them_hears_mail_rcpt_and_data_in_one_breath() -> None:
    heard_first = {"MAIL": After(b"DATA\r\n", "250 2.1.0 OK")}
    with ScriptedServer(heard_first, extensions=["PIPELINING"]) as server:
        line = server.connect()
        outcomes = [offer(line), offer(line)]
        line.close()

    assert [outcome.verdict for outcome in outcomes] == [Verdict.ACCEPTED] * 2
    assert server.messages == [MESSAGE] * 2


def test_a_server_that_does_not_say_so_hears_one_command_at_a_time() -> None:
    with ScriptedServer({"MAIL": After(b"\r\n", "250 2.1.0 OK")}) as server:
        line = server.connect(timeout=0.2)
        outcome = offer(line)
        line.close()

    assert "connection lost during MAIL: timed out" in str(outcome)
    assert [said.split()[0] for said in server.heard] == ["ehlo", "MAIL"]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_every_answer_in_one_breath_is_read_and_the_next_message_is_none_the_worse(
    verb: str,
) -> None:
    with ScriptedServer({verb: ["550 5.1.1 no"]}, extensions=["PIPELINING"]) as server:
        line = server.connect()
        refused, accepted = offer(line), offer(line)
        line.close()

    assert refused.reply == Reply(verb, 550, "5.1.1 no")
    assert accepted.verdict is Verdict.ACCEPTED
    assert server.messages == [MESSAGE]
    assert server.lines == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT"])
def test_a_server_that_waits_for_a_message_that_it_turned_down_never_sees_a_dot(verb: str) -> None:
    script: dict[str, Answer | list[Answer]] = {"RCPT": "250 OK", "DATA": "354 go ahead"}
    script[verb] = "550 5.1.1 no"
    with ScriptedServer(script, extensions=["PIPELINING"]) as server:
        line = server.connect()
        outcome = offer(line)

        assert outcome.reply == Reply(verb, 550, "5.1.1 no")
        assert not line.is_usable
        line.close()

    assert server.heard[-1] == "DATA"
    assert server.messages == []


@pytest.mark.parametrize(
    "then", ["421 4.3.2 bye", Deed.HANG_UP, Deed.STAY_SILENT, "hello", "250 OK"]
)
def test_the_first_that_is_turned_down_decides_whatever_comes_after(then: Answer) -> None:
    script: dict[str, Answer | list[Answer]] = {"RCPT": "550 5.1.1 no", "DATA": then}
    with ScriptedServer(script, extensions=["PIPELINING"]) as server:
        line = server.connect(timeout=0.2)

        assert offer(line) == Outcome(Verdict.REFUSED, Reply("RCPT", 550, "5.1.1 no"))
        assert not line.is_usable
        line.close()


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT"])
def test_what_a_server_says_unasked_is_not_taken_for_an_answer(verb: str) -> None:
    """Or its word about one recipient would be taken for its word about another."""
    with ScriptedServer({verb: "250 OK\r\n550 5.1.1 no"}) as server:
        line = server.connect()
        outcome = offer(line)
        line.close()

    assert outcome.verdict is Verdict.DEFERRED
    assert "unexpected reply from the server: 550 5.1.1 no" in str(outcome)
    assert server.messages == []


def test_the_dot_is_not_held_back_until_the_body_is_acknowledged() -> None:
    with ScriptedServer() as server:
        line = server.connect()
        sock = line._smtp.sock  # noqa: SLF001 - nothing else shows it but the clock
        assert sock
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        line.close()


@pytest.fixture(scope="module")
def eight_bit_server() -> Iterator[ScriptedServer]:
    with ScriptedServer(extensions=["8BITMIME"]) as server:
        yield server


@pytest.fixture(scope="module")
def line(eight_bit_server: ScriptedServer) -> Iterator[SmtpConnection]:
    line = eight_bit_server.connect()
    yield line
    line.close()


@given(content=bodies)
@example(content=b".")
@example(content=b"\r\n.\r\n")
@example(content=b"..\r\n.\r\n..\r\n")
def test_any_bytes_arrive_as_they_are_and_end_their_last_line(
    content: bytes, line: SmtpConnection, eight_bit_server: ScriptedServer
) -> None:
    assert offer(line, content).verdict is Verdict.ACCEPTED

    line_end = b"" if content.endswith(b"\r\n") else b"\r\n"
    assert eight_bit_server.messages.pop() == content + line_end


@given(bodies)
def test_a_stuffed_message_cannot_end_early(content: bytes) -> None:
    assert b"\r\n.\r\n" not in b"\r\n" + dot_stuffed(content)
