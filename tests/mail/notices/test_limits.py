from __future__ import annotations

import pytest

from dispatch.domain.errors import BadInput
from dispatch.mail.notices.limits import (
    MAX_LINES,
    MAX_MAIL,
    MAX_PARAMETERS,
    MAX_PARTS,
    MAX_READ,
    readable,
)


def test_a_mail_of_common_size_is_read_whole_with_plain_line_ends() -> None:
    assert readable(b"Subject: x\r\n\r\nDear\rMadam\n") == b"Subject: x\n\nDear\nMadam\n"


def test_a_large_mail_is_read_to_the_bound() -> None:
    assert len(readable(b"x" * (2 * MAX_READ))) == MAX_READ


def test_lines_are_read_to_the_bound() -> None:
    assert readable(b"\n" * (MAX_LINES + 50)).count(b"\n") < MAX_LINES + 1


def test_parts_are_counted_before_anything_parses_them() -> None:
    mail = b"Content-Type : multipart/mixed\n--b\n" * (MAX_PARTS + 500)
    assert readable(mail).count(b"Content-Type") == MAX_PARTS


def test_a_mail_beyond_all_measure_is_refused_with_both_numbers() -> None:
    with pytest.raises(BadInput, match=rf"{MAX_MAIL + 1} bytes: more than {MAX_MAIL}"):
        readable(b"x" * (MAX_MAIL + 1))


@pytest.mark.parametrize("name", [b"Content-Type: ", b"content-disposition:\n ", b"Content-Type :"])
def test_a_header_with_parameters_is_read_to_the_bound(name: bytes) -> None:
    header = name + b"text/plain; x=" + b";\n " * 10_000
    read = readable(header + b"\nSubject: x\n\n" + b"y" * 10_000)
    assert read.endswith(b"\nSubject: x\n\n" + b"y" * 10_000)
    assert read.index(b"Subject") < 2 * MAX_PARAMETERS
    assert readable(name + b"text/plain; x=y\n z\n\n") == name + b"text/plain; x=y\n z\n\n"


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n \r\n\r\n", b"\n\n", b"\t\n", b""])
def test_a_message_begins_with_its_first_header(before: bytes) -> None:
    assert readable(before + b"From: a@b.example\n\nx\n") == b"From: a@b.example\n\nx\n"
