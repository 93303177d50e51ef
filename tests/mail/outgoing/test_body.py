from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage, Message

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.mail.outgoing.body import MAX_FILE_NAME, File, body, file_name

PDF = File("Annual Review letter 2020 - Oxford City Council.pdf", "application/pdf", b"%PDF-1.7\n")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

names = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('ab,;<>()[]"\\@.:é=?_ \r\n\t'),
    max_size=150,
)


def read(content: bytes) -> Message:
    """Parse as a mail program does that has no opinion about what it reads."""
    return message_from_bytes(content)


def lines_of(content: bytes) -> list[bytes]:
    """Split into lines, having made sure that each ends in CRLF."""
    assert content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n")
    assert content.endswith(b"\r\n")
    return content.split(b"\r\n")


def test_the_note_comes_in_two_forms_and_the_files_under_their_names() -> None:
    sheet = File("Decisions Nŵr ac Ŷ.xlsx", XLSX, bytes(range(256)) * 50)
    content = body("Dear Siân,\n", "<p>Dear Siân,</p>\n", [PDF, sheet])

    parsed = message_from_bytes(content, policy=policy.default)

    assert isinstance(parsed, EmailMessage)
    assert parsed.get_content_type() == "multipart/mixed"
    note, *files = parsed.iter_parts()
    assert note.get_content_type() == "multipart/alternative"
    assert [part.get_content() for part in note.iter_parts()] == [
        "Dear Siân,\r\n",
        "<p>Dear Siân,</p>\r\n",
    ]
    assert [File(f.get_filename() or "", f.get_content_type(), f.get_content()) for f in files] == [
        PDF,
        sheet,
    ]
    assert all(part.get_content_disposition() == "attachment" for part in files)


def test_a_note_without_files_is_just_its_two_forms() -> None:
    parsed = read(body("Hello", "<p>Hello</p>", []))

    assert parsed.get_content_type() == "multipart/alternative"


def test_the_same_letter_gives_the_same_bytes_and_another_letter_other_boundaries() -> None:
    first, again = (body("Hello", "<p>Hello</p>", [PDF]) for _ in range(2))
    other = read(body("Hello!", "<p>Hello</p>", [PDF]))

    assert first == again
    assert other.get_boundary() != read(first).get_boundary()


@given(
    text=names,
    html=st.text(st.characters(exclude_categories=["Cs"])),
    content=st.binary(max_size=2000),
)
@example(text="--=_mixed_", html="From me\n.\n" + "x" * 2000, content=b"\r\n.\r\n")
def test_any_body_is_short_lines_of_seven_bits_from_which_the_file_comes_back(
    text: str, html: str, content: bytes
) -> None:
    made = body(text, html, [File("letter.pdf", "application/pdf", content)])

    assert made.isascii()
    assert max(map(len, lines_of(made))) <= 78
    *_, attached = read(made).walk()
    assert attached.get_payload(decode=True) == content


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        (PDF.name, PDF.name),
        ("St. Helens / Knowsley\\2020.pdf", "St. Helens - Knowsley-2020.pdf"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("letter\r\nX-Header: 1.pdf", "letter X-Header- 1.pdf"),
        ("invoice\u202efdp.exe", "invoice fdp.exe"),
        ("  .hidden. ", "hidden"),
        ("", "attachment"),
    ],
)
def test_a_file_name_is_one_that_any_computer_takes(name: str, tidy: str) -> None:
    assert file_name(name) == tidy


@given(name=names)
@example("Ŵ" * 200 + ".pdf")
@example("x" * 119 + ".y.pdf")
def test_a_file_name_is_bounded_and_survives_the_message(name: str) -> None:
    tidy = file_name(name)

    assert 0 < len(tidy.encode()) <= MAX_FILE_NAME
    assert file_name(tidy) == tidy
    made = body("", "", [File(name, "text/csv", b"a,b\n")])
    *_, attached = message_from_bytes(made, policy=policy.default).walk()
    assert attached.get_filename() == tidy


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Llythyr Ynys Môn, Ŵyr a Ŷd.pdf", "Llythyr Ynys Mon, Wyr a Yd.pdf"),
        ("Bwrdeistref \u2013 Castell-nedd.pdf", "Bwrdeistref - Castell-nedd.pdf"),
        ("King\u2019s Lynn \u201c2020\u201d.pdf", "King's Lynn '2020'.pdf"),
        ("Straße Łódź Æther.csv", "Strasse Lodz AEther.csv"),
        ("Letter 😀 2020.pdf", "Letter _ 2020.pdf"),
        ("😀.pdf", "attachment.pdf"),
        ("信.xlsx", "attachment.xlsx"),
        ('The "best" 100 %.pdf', "The -best- 100 %.pdf"),
        ("Ŵ" * 200 + ".pdf", "W" * 58 + ".pdf"),
        ("x" * 130 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_file_has_a_name_in_ascii_beside_the_whole_one(name: str, plain: str) -> None:
    head, _, _ = body("", "", [File(name, "text/csv", b"a,b\n")]).partition(b"YSxiCg==")

    part = head.decode("ascii")[head.rindex(b"Content-Type: text/csv") :]
    assert f'Content-Type: text/csv;\r\n name="{plain}"\r\n' in part
    assert f' filename="{plain}"\r\n' in part
    assert ("filename*" in part) is (file_name(name) != plain)
    encoded = [line for line in part.split("\r\n") if line.startswith(" filename*")]
    assert max(map(len, encoded), default=0) <= 78


def test_a_long_file_name_keeps_its_suffix() -> None:
    assert file_name("Ŵ" * 200 + ".xlsx") == "Ŵ" * 57 + ".xlsx"
