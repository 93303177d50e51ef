from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.smtp import SmtpConnection
from dispatch.mail.outgoing.transport import Connection, SmtpTransport
from tests.mail.servers import CA_FILE, Answer, Deed, ScriptedServer

AUTH = ["AUTH PLAIN"]
LOGIN = {"username": "me", "password": "pw"}


def at(server: ScriptedServer, **settings: object) -> SmtpServer:
    """The settings for a scripted server: in the clear, and quick to give up."""
    settings = {"host": "localhost", "security": "none", "timeout": 5.0, **settings}
    return SmtpServer(port=server.port, ca_file=CA_FILE, **settings)  # type: ignore[arg-type]


def failure(settings: SmtpServer) -> Outcome:
    """Why there is no line; it is always deferred, since no recipient is to blame."""
    outcome = SmtpTransport(settings).connect()
    assert isinstance(outcome, Outcome)
    assert outcome.verdict is Verdict.DEFERRED
    return outcome


def test_a_line_knows_where_it_leads() -> None:
    with ScriptedServer() as server:
        line: Connection = server.connect()

        assert line.server == f"localhost:{server.port} (fake.example)"
        assert line.tls is None
        assert line.is_usable
        line.close()

    assert server.heard[-1] == "quit"


def test_a_server_may_be_wordless() -> None:
    with ScriptedServer({"EHLO": "250"}) as server:
        line = server.connect()
        line.close()

    assert line.server == f"localhost:{server.port}"


def test_we_introduce_ourselves_by_the_name_we_are_given() -> None:
    with ScriptedServer() as server:
        for settings in ({"own_name": "letters.ombudsman.example"}, {}):
            line = server.try_to_connect(at(server, **settings))
            assert isinstance(line, SmtpConnection)
            line.close()

    introductions = [said for said in server.heard if said.startswith("ehlo")]
    assert introductions[0] == "ehlo letters.ombudsman.example"
    assert len(introductions[1]) > len("ehlo ")


@pytest.mark.parametrize(
    ("script", "reply"),
    [
        ({"CONNECT": "554 5.7.1 go away"}, Reply("CONNECT", 554, "5.7.1 go away")),
        ({"CONNECT": "421 too busy"}, Reply("CONNECT", 421, "too busy")),
        ({"CONNECT": "250 hello?"}, Reply("CONNECT", 250, "hello?")),
        ({"EHLO": "502 what?", "HELO": "550 nor you"}, Reply("EHLO", 550, "nor you")),
        ({"EHLO": "421-too\r\n421 busy"}, Reply("EHLO", 421, "too\nbusy")),
    ],
)
def test_a_server_that_turns_us_away_is_quoted(script: dict[str, Answer], reply: Reply) -> None:
    with ScriptedServer(script) as server:
        assert failure(at(server)).reply == reply


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        ({"CONNECT": "hello"}, "CONNECT was answered with"),
        ({"CONNECT": Deed.HANG_UP}, "CONNECT to localhost:"),
        ({"CONNECT": Deed.STAY_SILENT}, "timed out"),
        ({"CONNECT": b"220 fake.exam"}, "CONNECT to localhost:"),
        ({"CONNECT": Deed.TALK_ON}, "a reply without an end"),
        ({"CONNECT": Deed.DRIP}, "timed out"),
        ({"EHLO": Deed.HANG_UP}, "EHLO to localhost:"),
        ({"EHLO": Deed.STAY_SILENT}, "timed out"),
    ],
)
def test_a_server_that_makes_no_sense_or_sound_means_later(
    script: dict[str, Answer], trouble: str
) -> None:
    with ScriptedServer(script) as server:
        outcome = failure(at(server, timeout=0.5))

    assert trouble in str(outcome)


def test_a_server_that_is_down_means_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    assert "refused" in str(failure(SmtpServer("127.0.0.1", port, "none")))


def test_a_host_name_that_cannot_be_looked_up_means_later() -> None:
    assert "CONNECT to" in str(failure(SmtpServer(f"{'a' * 64}.example", 25)))


def test_starttls_makes_the_line_safe() -> None:
    with ScriptedServer(tls="starttls") as server:
        line = server.connect(security="starttls")
        line.close()

    assert line.tls
    assert line.tls.startswith("TLSv1.")
    assert [said.split()[0] for said in server.heard] == ["ehlo", "STARTTLS", "ehlo", "quit"]


def test_tls_from_the_first_byte_makes_the_line_safe() -> None:
    with ScriptedServer(tls="tls") as server:
        line = server.connect(security="tls")

        assert line.tls
        assert line.is_usable
        line.close()


def test_lines_in_several_threads_do_not_get_into_each_others_way() -> None:
    with ScriptedServer(tls="tls") as server:

        def send_some(number: int) -> list[Verdict]:
            line = server.connect(security="tls")
            contents = [b"%d %d\r\n" % (number, each) for each in range(3)]
            outcomes = [
                line.offer(Envelope("", "a@b.example", "1"), content, before_dot=lambda: True)
                for content in contents
            ]
            line.close()
            return [outcome.verdict for outcome in outcomes]

        with ThreadPoolExecutor(4) as threads:
            verdicts = list(threads.map(send_some, range(4)))

    assert verdicts == [[Verdict.ACCEPTED] * 3] * 4
    assert sorted(server.messages) == [
        b"%d %d\r\n" % (number, each) for number in range(4) for each in range(3)
    ]


def test_a_server_without_starttls_gets_nothing_and_the_setting_is_named() -> None:
    with ScriptedServer(extensions=AUTH) as server:
        outcome = failure(at(server, security="starttls", **LOGIN))

    assert "DISPATCH_SMTP_PLAINTEXT_HOST=localhost" in str(outcome)
    assert [said.split()[0] for said in server.heard] == ["ehlo"]


def test_starttls_offered_and_refused_means_later() -> None:
    script: dict[str, Answer] = {"STARTTLS": "454 4.7.0 not today"}
    with ScriptedServer(script, extensions=["STARTTLS"]) as server:
        outcome = failure(at(server, security="starttls"))

    assert outcome.reply == Reply("STARTTLS", 454, "4.7.0 not today")


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("settings", [{"ca_file": None}, {"host": "127.0.0.1"}])
def test_a_certificate_of_nobody_we_know_or_of_another_host_is_not_accepted(
    security: str, settings: dict[str, object]
) -> None:
    with ScriptedServer(tls="tls" if security == "tls" else "starttls") as server:
        wanted = replace(at(server, security=security), **settings)  # type: ignore[arg-type]
        outcome = failure(wanted)

    assert "certificate verify failed" in str(outcome)


def test_a_missing_file_of_authorities_means_later() -> None:
    with ScriptedServer(tls="starttls") as server:
        missing = replace(at(server, security="starttls"), ca_file=Path("nowhere.pem"))
        outcome = failure(missing)

    assert "STARTTLS to localhost:" in str(outcome)


def test_what_is_said_before_the_line_is_safe_does_not_count() -> None:
    """An answer slipped in behind the 220 would otherwise be taken for the server's own."""
    script: dict[str, Answer] = {"STARTTLS": "220 go ahead\r\n250 EHLO is fine by me"}
    with ScriptedServer(script, tls="starttls") as server:
        line = server.connect(security="starttls")
        line.close()

    assert line.server.endswith("(fake.example)")


def test_we_log_in_on_a_safe_line() -> None:
    with ScriptedServer(extensions=AUTH, tls="starttls") as server:
        settings = at(server, security="starttls", **LOGIN)
        line = server.try_to_connect(settings)
        assert isinstance(line, SmtpConnection)
        line.close()

    assert "AUTH PLAIN AG1lAHB3" in server.heard


@pytest.mark.parametrize(
    ("code", "text"), [(535, "5.7.8 who?"), (454, "4.7.0 later"), (421, "bye"), (530, "no")]
)
def test_a_failed_login_is_our_trouble_and_no_refusal(code: int, text: str) -> None:
    with ScriptedServer({"AUTH": f"{code} {text}"}, extensions=AUTH) as server:
        outcome = failure(at(server, **LOGIN))

    assert outcome.reply == Reply("AUTH", code, text)
    assert "pw" not in repr(outcome)


@pytest.mark.parametrize("code", [500, 502, 504])
def test_a_server_that_knows_helo_alone_takes_messages_all_the_same(code: int) -> None:
    with ScriptedServer({"EHLO": f"{code} what?"}) as server:
        line = server.try_to_connect(at(server))
        assert isinstance(line, SmtpConnection)
        line.close()
    assert [said.partition(" ")[0] for said in server.heard] == ["ehlo", "helo", "quit"]


@pytest.mark.parametrize(
    ("settings", "missing"), [(LOGIN, "login"), ({"security": "starttls"}, "STARTTLS")]
)
def test_a_server_without_ehlo_cannot_do_what_the_settings_ask_for(
    settings: dict[str, str], missing: str
) -> None:
    with ScriptedServer({"EHLO": "502 what?"}) as server:
        outcome = failure(at(server, **settings))
    assert f"(502 what?), and without it there is no {missing}" in str(outcome)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            '5.5.1 unrecognized: "AUTH PLAIN AG1lAHMzY3JldC13b3Jk"',
            '5.5.1 unrecognized: "AUTH PLAIN ...',
        ),
        ("5.7.8 no: ag1lahmzy3jldc13b3jk", "5.7.8 no: ..."),
        ("5.7.8 no: AG1lAHMzY3Jl", "5.7.8 no: ..."),
        ("5.7.8 no: czNjcmV0LXdvcmQ=", "5.7.8 no: ..."),
        ("5.7.8 s3cret-word is not the password of me", "5.7.8 ... is not the password of me"),
    ],
)
def test_what_a_server_repeats_of_a_login_is_not_kept(said: str, kept: str) -> None:
    with ScriptedServer({"AUTH": f"535 {said}"}, extensions=AUTH) as server:
        outcome = failure(at(server, username="me", password="s3cret-word"))  # noqa: S106 - made up
    assert outcome.reply == Reply("AUTH", 535, kept)


@pytest.mark.parametrize("extensions", [[], ["AUTH XOAUTH2"]])
def test_a_server_that_takes_no_login_of_ours_means_later(extensions: list[str]) -> None:
    with ScriptedServer(extensions=extensions) as server:
        outcome = failure(at(server, **LOGIN))

    assert "AUTH to localhost:" in str(outcome)


def test_a_challenge_that_is_no_base64_means_later() -> None:
    with ScriptedServer({"AUTH": "334 x"}, extensions=["AUTH CRAM-MD5"]) as server:
        outcome = failure(at(server, **LOGIN))

    assert "AUTH to localhost:" in str(outcome)
