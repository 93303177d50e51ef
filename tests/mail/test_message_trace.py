from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from dispatch.domain.errors import BadInput
from dispatch.domain.sending.acceptance import LogReading, Sought, Trace
from dispatch.domain.sending.envelope import Sender, return_path
from dispatch.mail.message_trace import read
from dispatch.mail.outgoing.headers import message_id

ONE = UUID("1f0e5bd4-6c1b-8c66-9f3f-7f0a5ad1c001")
OTHER = UUID("1f0e5bd4-6c1b-8c66-9f3f-7f0a5ad1c002")
SENDER = Sender(
    name="Ombudsman",
    address="annual.review@ombudsman.example",
    reply_to="",
    return_path="bounces@ombudsman.example",
    key=b"k" * 32,
)
ADDRESS = "chief.executive@oxo.example"
SOUGHT = Sought(delivery_id=ONE, address=ADDRESS)
NINE = datetime(2027, 7, 21, 9, 0, tzinfo=UTC)

POWERSHELL = (
    '"Received","SenderAddress","RecipientAddress","Subject","Status","MessageTraceId","MessageId"'
)


def line(
    status: str = "Delivered",
    *,
    id_: UUID = ONE,
    at: str = "2027-07-21T09:00:00.0000000Z",
    sender: str = SENDER.address,
    recipient: str = ADDRESS,
    named: str = "",
) -> str:
    named = named or message_id(id_, SENDER)
    return f'"{at}","{sender}","{recipient}","Annual letter","{status}","8d","{named}"'


def reading(path: Path, *lines: str, heading: str = POWERSHELL) -> LogReading:
    path.write_text("\n".join([heading, *lines]))
    return read([path], [SOUGHT], sender=SENDER)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "trace.csv"


@pytest.mark.parametrize(
    "status",
    [
        "Delivered",
        "Pending",
        "Quarantined",
        "FilteredAsSpam",
        "Expanded",
        "GettingStatus",
        "Resolved",
    ],
)
def test_what_is_in_the_trace_was_taken(path: Path, status: str) -> None:
    found = reading(path, line(status))
    [acceptance] = found.acceptances
    assert (acceptance.delivery_id, acceptance.at) == (ONE, NINE)
    assert str(acceptance) == f"message trace: 2027-07-21 09:00:00 UTC {status}"
    assert not found.returned


def test_what_failed_was_taken_and_came_back(path: Path) -> None:
    found = reading(path, line("Failed"))
    assert [each.delivery_id for each in found.acceptances] == [ONE]
    assert found.returned == {ONE: "2027-07-21 09:00:00 UTC Failed"}


def test_what_was_delivered_after_a_failure_did_not_come_back(path: Path) -> None:
    assert not reading(path, line("Failed"), line("Delivered")).returned


@pytest.mark.parametrize(
    "given",
    [
        {"sender": "mallory@attacker.example"},
        {"sender": return_path(SENDER.return_path, OTHER, SENDER.key)},
        {"recipient": "office@ombudsman.example"},
        {"named": f"<{ONE}@ombudsman.example>"},
        {"named": message_id(ONE, SENDER).replace("@", "a@")},
        {"named": "<CAF=abc@mail.example>"},
        {"id_": OTHER},
    ],
    ids=[
        "another sender",
        "the return path of another letter",
        "another recipient",
        "no code",
        "another code",
        "another message",
        "another letter",
    ],
)
def test_a_row_about_anything_else_proves_nothing(path: Path, given: Mapping[str, str]) -> None:
    assert not reading(path, line(**given)).acceptances  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "sender",
    [
        SENDER.return_path,
        SENDER.address.upper(),
        return_path(SENDER.return_path, ONE, SENDER.key),
        return_path(SENDER.return_path, ONE, SENDER.key).upper(),
    ],
)
def test_we_are_known_by_our_address_and_by_our_return_path(path: Path, sender: str) -> None:
    assert reading(path, line(sender=sender, recipient=ADDRESS.upper())).acceptances


@pytest.mark.parametrize(
    ("first", "last", "trace"),
    [
        ("2027-07-21T08:00:00Z", "2027-07-21T10:00:00Z", Trace.NO_TRACE),
        ("2027-07-21T09:00:00Z", "2027-07-21T10:00:00Z", Trace.NOT_COVERED),
        ("2027-07-21T08:00:00Z", "2027-07-21T09:04:00Z", Trace.NOT_COVERED),
    ],
)
def test_a_trace_covers_what_lies_well_within_it(
    path: Path, first: str, last: str, trace: Trace
) -> None:
    found = reading(path, line(id_=OTHER, at=first), line(id_=OTHER, at=last))
    assert found.trace_of(ONE, NINE, NINE) is trace


def test_a_trace_without_any_letter_of_ours_covers_nothing(path: Path) -> None:
    others = (line(named="<1@x.example>", at=f"2027-07-21T{hour}:00:00Z") for hour in ("08", "10"))
    assert reading(path, *others).trace_of(ONE, NINE, NINE) is Trace.NOT_COVERED


@pytest.mark.parametrize(
    ("times", "at"),
    [
        (["2027-07-21 09:00:00"], NINE),
        (["2027-07-21T10:00:00+01:00"], NINE),
        (["21/07/2027 09:00:00"], NINE),
        (["7/21/2027 9:00:00 AM"], NINE),
        (["7/21/2027 9:00 PM"], NINE + timedelta(hours=12)),
        (["7/21/2027 12:00:00 AM"], NINE - timedelta(hours=9)),
        (["01/07/2027 09:00:00", "21/07/2027 09:00:00"], NINE - timedelta(days=20)),
        (["7/1/2027 9:00:00 AM", "7/21/2027 9:00:00 AM"], NINE - timedelta(days=20)),
        (["07/07/2027 09:00:00"], NINE - timedelta(days=14)),
    ],
)
def test_times_are_read_as_each_machine_writes_them(
    path: Path, times: list[str], at: datetime
) -> None:
    lines = [line(at=times[0]), *(line(id_=OTHER, at=each) for each in times[1:])]
    [acceptance] = reading(path, *lines).acceptances
    assert acceptance.at == at


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (line(at="01/07/2027 09:00:00"), "may have the day or the month first.*ToString"),
        (line(at="31/31/2027 09:00:00"), "the time of message 1 of the trace, '31/31/2027"),
        (line(at="on Wednesday"), "the time of message 1 of the trace, 'on Wednesday'"),
        (line(at=""), "message 1 of the trace has no time"),
        (line(status=""), "message 1 of the trace has no status"),
        (line(recipient=""), "message 1 of the trace has no recipient"),
    ],
)
def test_what_cannot_be_read_is_said_by_file_and_message(path: Path, given: str, why: str) -> None:
    with pytest.raises(BadInput, match=f"^{path}: .*{why}"):
        reading(path, given)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", None),
        (b"name,age\nx,1\n", "message 1 of the trace has no Message-ID"),
        (b"\xff\xfe\x00", "cannot be read as a message trace"),
        (b"\x80\x81", "cannot be read as a message trace"),
        (b"{", "cannot be read as a message trace"),
        (b'{"value": 1}', "it has no list of messages"),
        (b'{"value": [1]}', "it has no list of messages"),
        (b'"' + b"x" * 2_000_000, "cannot be read as a message trace"),
    ],
)
def test_a_file_that_is_no_trace_is_refused(path: Path, content: bytes, why: str | None) -> None:
    path.write_bytes(content)
    if why is None:
        assert not read([path], [SOUGHT], sender=SENDER).acceptances
        return
    with pytest.raises(BadInput, match=why):
        read([path], [SOUGHT], sender=SENDER)


def test_a_file_that_is_not_there_is_refused(path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read as a message trace"):
        read([path], [SOUGHT], sender=SENDER)


def test_a_message_without_an_id_is_passed_over(path: Path) -> None:
    without = line(named="-").replace('"-"', '""')
    assert reading(path, without, line()).acceptances


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_each_encoding_of_an_export_is_read(path: Path, encoding: str) -> None:
    path.write_bytes(f"#TYPE Trace\r\n{POWERSHELL}\r\n{line()}".encode(encoding))
    assert read([path], [SOUGHT], sender=SENDER).acceptances


@pytest.mark.parametrize(
    ("recipients", "is_returned"),
    [
        (f"{ADDRESS}##Receive, Send, Deliver", False),
        (f"{ADDRESS}##Receive, Fail", True),
        (f"clerk@oxo.example##Receive, Fail;{ADDRESS}##Receive, Send", False),
    ],
)
def test_the_report_of_the_admin_centre_has_all_recipients_in_one_cell(
    path: Path, recipients: str, *, is_returned: bool
) -> None:
    heading = "origin_timestamp_utc,sender_address,recipient_status,message_subject,message_id"
    row = f'2027-07-21T09:00:00Z,{SENDER.address},"{recipients}",x,{message_id(ONE, SENDER)}'
    found = reading(path, row, heading=heading)
    assert [each.delivery_id for each in found.acceptances] == [ONE]
    assert bool(found.returned) is is_returned


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_an_answer_of_graph_is_read_from_a_file(path: Path, *, is_wrapped: bool) -> None:
    message = {
        "senderAddress": SENDER.address,
        "recipientAddress": ADDRESS,
        "receivedDateTime": "2027-07-21T09:00:00Z",
        "status": "delivered",
        "messageId": message_id(ONE, SENDER),
        "subject": None,
    }
    path.write_text(json.dumps({"value": [message]} if is_wrapped else [message]))
    assert read([path], [SOUGHT], sender=SENDER).acceptances


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000,
        f"{POWERSHELL}\n{line(at='0001-01-01T00:00:00+23:59')}",
        f"{POWERSHELL}\n{line(at='x' * 100_000)}",
        f"{POWERSHELL}\n{line(status='x' * 2_000_000)}",
    ],
)
def test_what_nobody_can_read_is_said_in_a_line(path: Path, content: str) -> None:
    path.write_text(content)
    with pytest.raises(BadInput) as caught:
        read([path], [SOUGHT], sender=SENDER)
    assert len(str(caught.value)) < 500
