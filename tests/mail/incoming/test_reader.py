from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.child import MEBIBYTE
from dispatch.domain.notice import Category, Clue, Notice
from dispatch.mail.incoming.reader import Reader, Unreadable, answer
from tests.mail.classifiers import OBEDIENT
from tests.patience import HANG_SECONDS

pytestmark = pytest.mark.heavy

HUMAN = Notice(category=Category.HUMAN)


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child finds the tests' own classifiers from the folder that the tests run in."""
    monkeypatch.chdir(Path(__file__).parents[3])


def why(reading: Notice | Unreadable) -> str:
    assert isinstance(reading, Unreadable)
    return reading.why


def test_mails_are_read_one_after_the_other() -> None:
    with Reader(OBEDIENT) as reader:
        assert [reader.read(b"hello"), reader.read(b"")] == [HUMAN, HUMAN]


def test_a_real_mail_is_read_by_the_real_rules() -> None:
    mail = b"From: jo@oxo.example\r\nSubject: Thank you\r\n\r\nWe have your letter.\r\n"
    with Reader() as reader:
        read = reader.read(mail)
    assert isinstance(read, Notice)
    assert read.category is Category.HUMAN


@pytest.mark.parametrize(
    ("mail", "reason"),
    [
        (b"die", "ended its reader"),
        (b"eat", "too much memory"),
        (b"fail", "its reader failed: ValueError"),
        (b"name 1001", "it names 1001 recipients, and 1000 are the most"),
    ],
)
def test_what_brings_its_reader_down_is_set_aside_and_the_next_mail_is_read(
    mail: bytes, reason: str
) -> None:
    with Reader(OBEDIENT) as reader:
        assert reason in why(reader.read(mail))
        assert reader.read(b"hello") == HUMAN


def test_what_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with Reader(OBEDIENT, seconds=1) as reader:
        assert why(reader.read(b"hang")) == "reading it took over 1 s"
        # A slow machine takes longer than that to start the next child.
        monkeypatch.setattr(reader._child, "_seconds", HANG_SECONDS)  # noqa: SLF001
        assert reader.read(b"hello") == HUMAN


def test_a_reader_that_the_mails_before_wore_out_gets_another_try(tmp_path: Path) -> None:
    with Reader(OBEDIENT) as reader:
        assert reader.read(b"hello") == HUMAN
        assert reader.read(f"die-once {tmp_path}/marker".encode()) == HUMAN


def test_what_is_too_large_is_not_even_begun() -> None:
    with Reader("no.such:module", largest=MEBIBYTE) as reader:
        found = why(reader.read(bytes(MEBIBYTE + 1)))
    assert found == "it has 1048577 bytes, and 1 MB are the most that is read"


def test_what_no_database_takes_is_left_out() -> None:
    with Reader(OBEDIENT) as reader:
        read = reader.read(b"strange")
    assert isinstance(read, Notice)
    assert read.fates[0].address == "ab\ufffd@x.example"
    assert read.clues == {Clue.ANSWERED: ("<a@b>",)}


def test_a_reading_that_makes_no_sense_is_none() -> None:
    with Reader("tests.mail.classifiers:senseless") as reader:
        assert why(reader.read(b"hello")) == "what it was read as makes no sense"


def test_too_little_memory_ends_the_child() -> None:
    with pytest.raises(MemoryError):
        list(answer(b"", "tests.mail.classifiers:hungry"))
