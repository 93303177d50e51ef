from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.errors import BadInput
from dispatch.domain.sending.acceptance import Acceptance, LogReading, Span, Trace
from dispatch.domain.sending.envelope import Sender, message_local_part, return_path
from dispatch.mail.postfix import MAX_LINE, read

ONE = UUID("1f0e5bd4-6c1b-8c66-9f3f-7f0a5ad1c001")
OTHER = UUID("1f0e5bd4-6c1b-4c66-9f3f-7f0a5ad1c002")
SENDER = Sender(
    name="Ombudsman",
    address="annual.review@ombudsman.example",
    reply_to="",
    return_path="b@ombudsman.example",
    key=b"k" * 32,
)
NOW = datetime(2020, 7, 22, 12, 0, tzinfo=UTC)
NINE = datetime(2020, 7, 22, 8, 0, tzinfo=UTC)
"""Nine o'clock in London."""

DAY = """\
Jul 22 06:25:01 relay postfix/anvil[7]: statistics: max cache size 1 at Jul 22 06:21:40
{}
Jul 22 11:59:59 relay postfix/qmgr[3]: 25761210045: removed
"""


def begun(delivery_id: UUID = ONE, *, queue_id: str = "3D256210045", head: str = "") -> str:
    head = head or "Jul 22 09:00:00 relay postfix"
    local_part = message_local_part(delivery_id, SENDER.key)
    return f"{head}/cleanup[12]: {queue_id}: message-id=<{local_part}@ombudsman.example>"


def active(
    delivery_id: UUID = ONE,
    *,
    queue_id: str = "3D256210045",
    head: str = "",
    key: bytes = SENDER.key,
) -> str:
    head = head or "Jul 22 09:00:00 relay postfix"
    sender = return_path(SENDER.return_path, delivery_id, key)
    return f"{head}/qmgr[3]: {queue_id}: from=<{sender}>, size=4, nrcpt=1 (queue active)"


def passed(status: str, *, queue_id: str = "3D256210045") -> str:
    return (
        f"Jul 22 09:00:01 relay postfix/smtp[4]: {queue_id}: to=<chief@oxo.example>, "
        f"relay=mx.oxo.example[192.0.2.1]:25, delay=0.1, delays=0/0/0/0.1, {status}"
    )


def reading(
    folder: Path,
    *lines: str,
    text: str = DAY,
    now: datetime = NOW,
    zone: ZoneInfo | None = None,
) -> LogReading:
    path = folder / "mail.log"
    path.write_text(text.format("\n".join(lines)))
    return reading_of(path, now=now, zone=zone)


def reading_of(*paths: Path, now: datetime = NOW, zone: ZoneInfo | None = None) -> LogReading:
    return read(
        paths,
        {ONE},
        sender=SENDER,
        now=now,
        zone=zone,
    )


def proofs(folder: Path, *lines: str) -> list[Acceptance]:
    return list(reading(folder, *lines).acceptances)


def trace(found: LogReading, *, since: datetime = NINE, until: datetime = NINE) -> Trace:
    return found.trace_of(ONE, since, until)


def test_what_came_into_the_queue_was_taken(tmp_path: Path) -> None:
    [evidence] = proofs(tmp_path, begun(), active())
    assert evidence == Acceptance(
        delivery_id=ONE,
        source="postfix log",
        at=NINE,
        quote="relay 3D256210045: size=4, nrcpt=1 (queue active)",
    )


@pytest.mark.parametrize(
    "status",
    [
        "dsn=2.0.0, status=sent (250 2.0.0 OK)",
        "dsn=4.4.1, status=deferred (connect to mx.oxo.example: Connection timed out)",
        "dsn=5.1.1, status=bounced (host mx.oxo.example said: 550 5.1.1 no such user)",
    ],
)
def test_whatever_became_of_it_afterwards_it_was_taken(tmp_path: Path, status: str) -> None:
    [evidence] = proofs(tmp_path, begun(), active(), passed(status))
    assert evidence.quote == "relay 3D256210045: size=4, nrcpt=1 (queue active)"


@pytest.mark.parametrize(
    "line",
    [
        re.sub("from=<[^>]*>", "from=<mallory@attacker.example>", active()),
        re.sub("from=<[^>]*>", "from=<>", active()),
        active(OTHER),
        active(key=b"another"),
    ],
    ids=["a stranger", "nobody", "another of our letters", "another key"],
)
def test_a_message_that_we_did_not_sign_for_proves_nothing(tmp_path: Path, line: str) -> None:
    """Anybody who has read the Message-ID can send a message with it by the same server."""
    found = reading(tmp_path, begun(), line, passed("dsn=2.0.0, status=sent (250 OK)"))
    assert found.acceptances == ()
    assert trace(found) is Trace.BEGUN


@pytest.mark.parametrize(
    "after",
    [
        [],
        ["Jul 22 09:00:00 relay postfix/smtpd[1]: lost connection after DATA (187 bytes) from me"],
        ["Jul 22 09:00:00 relay postfix/cleanup[12]: 3D256210045: milter-reject: END-OF-MESSAGE"],
        ["Jul 22 09:00:00 relay postfix/cleanup[12]: warning: 3D256210045: message rejected: hops"],
        [passed("dsn=2.0.0, status=sent (250 2.0.0 OK)")],
    ],
    ids=["nothing", "the client died", "turned away", "looping", "sent by whom"],
)
def test_a_message_whose_end_nobody_saw_was_begun_and_proves_nothing(
    tmp_path: Path, after: list[str]
) -> None:
    found = reading(tmp_path, begun(), *after, active(queue_id="25761210045"))
    assert found.acceptances == ()
    assert trace(found) is Trace.BEGUN


def test_a_queue_id_that_is_used_again_stands_for_the_later_message(tmp_path: Path) -> None:
    another = begun().replace(str(ONE), "somebody's")
    assert proofs(tmp_path, begun(), another, active()) == []


def test_a_queue_id_is_its_hosts_and_its_instances(tmp_path: Path) -> None:
    heads = ["Jul 22 09:00:00 other postfix", "Jul 22 09:00:00 relay postfix-out"]
    assert proofs(tmp_path, begun(), *(active(head=head) for head in heads)) == []


@pytest.mark.parametrize("name", ["postfix-out", "postfix/submission", "mail-out/slow"])
def test_the_name_in_the_log_may_be_any(tmp_path: Path, name: str) -> None:
    head = f"Jul 22 09:00:00 relay {name}"
    assert len(proofs(tmp_path, begun(head=head), active(head=head))) == 1


def test_long_queue_ids_are_understood(tmp_path: Path) -> None:
    queue_id = "4jY9p91QHszJHW6"
    assert len(proofs(tmp_path, begun(queue_id=queue_id), active(queue_id=queue_id))) == 1


@pytest.mark.parametrize(
    "stamp",
    [
        "2020-07-22T09:00:00.123456+01:00",
        "2020-07-22T08:00:00.123456Z",
        "2020-07-22T03:00:00.123456-0500",
    ],
)
def test_times_may_be_written_as_in_rfc_3339(tmp_path: Path, stamp: str) -> None:
    head = f"{stamp} relay postfix"
    [evidence] = proofs(tmp_path, begun(head=head), active(head=head))
    assert evidence.at == NINE + timedelta(microseconds=123456)


def test_another_zone_may_be_said(tmp_path: Path) -> None:
    for head in ("Jul 22 03:00:00 relay postfix", "2020-07-22T03:00:00 relay postfix"):
        lines = [begun(head=head), active(head=head)]
        [evidence] = reading(tmp_path, *lines, zone=ZoneInfo("America/Lima")).acceptances
        assert evidence.at == NINE


@pytest.mark.parametrize(
    ("now", "stamp", "at"),
    [
        (
            datetime(2020, 7, 22, tzinfo=UTC),
            "Jul 23 00:30:00",
            datetime(2020, 7, 22, 23, 30, tzinfo=UTC),
        ),
        (
            datetime(2020, 7, 22, tzinfo=UTC),
            "Jul 24 12:00:00",
            datetime(2019, 7, 24, 11, 0, tzinfo=UTC),
        ),
        (
            datetime(2021, 1, 2, tzinfo=UTC),
            "Dec 31 23:00:00",
            datetime(2020, 12, 31, 23, 0, tzinfo=UTC),
        ),
        (
            datetime(2023, 2, 1, tzinfo=UTC),
            "Feb 29 12:00:00",
            datetime(2020, 2, 29, 12, 0, tzinfo=UTC),
        ),
    ],
)
def test_a_day_without_a_year_is_the_last_such_day(
    tmp_path: Path, now: datetime, stamp: str, at: datetime
) -> None:
    head = f"{stamp} relay postfix"
    [evidence] = reading(
        tmp_path, begun(head=head), active(head=head), text="{}", now=now
    ).acceptances
    assert evidence.at == at


def test_only_what_is_wanted_is_kept(tmp_path: Path) -> None:
    found = reading(tmp_path, begun(OTHER), active())
    assert (found.acceptances, found.begun, found.is_ours) == ((), frozenset(), True)


def test_a_message_may_run_on_from_one_log_into_the_next(tmp_path: Path) -> None:
    older, newer = tmp_path / "mail.log.1.gz", tmp_path / "mail.log"
    older.write_bytes(gzip.compress(begun().encode() + b"\n"))
    newer.write_text(active(head="Jul 22 09:00:01 relay postfix"))
    found = reading_of(newer, older)
    assert [each.delivery_id for each in found.acceptances] == [ONE]
    later = NINE + timedelta(seconds=1)
    assert found.spans == (Span(NINE, NINE), Span(later, later))


def test_what_the_server_never_heard_of_leaves_no_trace(tmp_path: Path) -> None:
    assert trace(reading(tmp_path, begun(OTHER), active())) is Trace.NO_TRACE


def test_a_log_speaks_only_of_the_time_that_it_covers(tmp_path: Path) -> None:
    found = reading(tmp_path, begun(OTHER), zone=ZoneInfo("Europe/London"))
    [span] = found.spans
    first, last = span.first_at + timedelta(minutes=5), span.last_at - timedelta(minutes=5)
    second = timedelta(seconds=1)
    assert trace(found, since=first, until=last) is Trace.NO_TRACE
    assert trace(found, since=first - second, until=last) is Trace.NOT_COVERED
    assert trace(found, since=first, until=last + second) is Trace.NOT_COVERED


def test_a_log_whose_zone_is_a_guess_must_reach_an_hour_further(tmp_path: Path) -> None:
    found = reading(tmp_path, begun(OTHER))
    soon = found.spans[0].first_at + timedelta(minutes=30)
    assert trace(found, since=soon) is Trace.NOT_COVERED


def test_nobody_knows_what_is_missing_between_two_logs(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.write_text(begun(OTHER, head="2020-07-21T08:00:00Z relay postfix"))
    after.write_text(begun(OTHER, head="2020-07-23T08:00:00Z relay postfix"))
    assert trace(reading_of(before, after)) is Trace.NOT_COVERED


def test_a_log_without_a_letter_of_ours_is_another_servers(tmp_path: Path) -> None:
    found = reading(tmp_path, active())
    assert (found.is_ours, trace(found)) == (False, Trace.NOT_COVERED)


def test_a_log_may_be_empty_if_another_is_not(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_text(begun())
    assert len(reading_of(tmp_path / "empty", tmp_path / "full").spans) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"nothing of the kind\n", b"Jul 22 09:00:00 relay sshd[1]: hello\n", b"\0" * 99],
)
def test_what_is_no_mail_log_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "syslog"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="syslog: none of their lines is from Postfix"):
        reading_of(path)


def test_a_log_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    cut = tmp_path / "cut.gz"
    cut.write_bytes(gzip.compress(begun().encode() * 99)[:-20])
    for path in (cut, tmp_path, tmp_path / "gone"):
        with pytest.raises(BadInput, match=f"{path.name}: it cannot be read as a mail log"):
            reading_of(path)


def test_a_line_without_end_is_read_no_further_than_its_beginning(tmp_path: Path) -> None:
    long = "x" * MAX_LINE + begun()
    assert reading(tmp_path, long, active()).is_ours is False


def test_a_day_that_there_is_not_is_passed_by(tmp_path: Path) -> None:
    heads = ["Jul 32 09:00:00 relay postfix", "2020-02-30T09:00:00Z relay postfix"]
    assert proofs(tmp_path, *(begun(head=head) for head in heads), active()) == []


LATER = [active(), active(OTHER)]
LINES = st.sampled_from(
    [begun(), begun(OTHER), *LATER, passed("status=sent (OK)"), "Feb 31 00:00:00 a b/c[1]: d"]
)


@given(lines=st.lists(LINES | st.text(max_size=30), max_size=12))
def test_a_message_is_taken_if_the_queue_id_that_it_had_last_says_so(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("log") / "mail.log"
    path.write_text("\n".join([*lines, active(queue_id="0000000")]), encoding="utf-8")
    of_queue_id, taken = None, set()
    for line in lines:
        if line in {begun(), begun(OTHER)}:
            of_queue_id = line
        elif line in LATER and of_queue_id:
            is_signed = (of_queue_id, line) in {(begun(), active()), (begun(OTHER), active(OTHER))}
            taken.update([of_queue_id] if is_signed else [])
            of_queue_id = None
    found = reading_of(path)
    assert bool(found.acceptances) is (begun() in taken)
    assert bool(found.begun) is (begun() in lines and begun() not in taken)
