from __future__ import annotations

import os
from pathlib import Path

import pytest

from dispatch.domain.errors import BadInput, Unavailable
from dispatch.domain.incoming.message import Arrival
from dispatch.mail.incoming import maildir
from dispatch.mail.incoming.maildir import Maildir, from_file, messages_in


@pytest.fixture
def box(tmp_path: Path) -> Path:
    for folder in ("tmp", "new", "cur"):
        (tmp_path / folder).mkdir()
    return tmp_path


def nothing_known(folder: str, uidvalidity: int) -> set[int]:
    return set()


def there(box: Path) -> tuple[list[str], list[str]]:
    new, cur = (sorted(file.name for file in (box / name).iterdir()) for name in ("new", "cur"))
    return new, cur


def test_each_mail_is_given_and_moves_once_it_is_kept(box: Path) -> None:
    for name in ("2.b", "1.a:2,", ".hidden"):
        (box / "new" / name).write_bytes(name.encode())
    (box / "new" / "folder").mkdir()
    given: list[tuple[bytes, Arrival]] = []

    def keep(mail: bytes, arrival: Arrival) -> None:
        assert mail.decode() in there(box)[0]
        given.append((mail, arrival))

    Maildir(box).collect(nothing_known, keep)
    arrival = Arrival(source="maildir", folder=str(box))
    assert given == [(b"1.a:2,", arrival), (b"2.b", arrival)]
    assert there(box) == ([".hidden", "folder"], ["1.a:2,", "2.b:2,S"])


def test_what_could_not_be_kept_stays_and_so_does_what_comes_after(box: Path) -> None:
    for name in ("1", "2"):
        (box / "new" / name).write_bytes(b"mail")

    def fail(mail: bytes, arrival: Arrival) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        Maildir(box).collect(nothing_known, fail)
    assert there(box) == (["1", "2"], [])


def test_another_may_take_a_mail_before_or_after_it_is_read(box: Path) -> None:
    for name in ("1", "2"):
        (box / "new" / name).write_bytes(b"mail")
    given: list[bytes] = []

    def keep(mail: bytes, arrival: Arrival) -> None:
        given.append(mail)
        for file in (box / "new").iterdir():
            file.unlink()

    Maildir(box).collect(nothing_known, keep)
    assert given == [b"mail"]


def test_what_cannot_be_read_or_moved_holds_no_other_up(box: Path) -> None:
    (box / "new" / "1").symlink_to(box / "secret.key")
    (box / "cur" / "2:2,S").mkdir()
    for name in ("2", "3"):
        (box / "new" / name).write_bytes(name.encode())
    (box / "secret.key").write_bytes(b"not a message")
    given: list[bytes] = []
    with pytest.raises(Unavailable, match="2 messages cannot be taken: read: 1 is a link"):
        Maildir(box).collect(nothing_known, lambda mail, _: given.append(mail))
    assert given == [b"2", b"3"]
    assert there(box) == (["1", "2"], ["2:2,S", "3:2,S"])


def test_a_flood_is_taken_in_by_several_looks(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maildir, "MOST_AT_A_LOOK", 1)
    for name in ("1", "2"):
        (box / "new" / name).write_bytes(name.encode())
    given: list[bytes] = []
    for _ in range(2):
        Maildir(box).collect(nothing_known, lambda mail, _: given.append(mail))
        assert given[-1:] == [str(len(given)).encode()]
    assert given == [b"1", b"2"]


def test_a_folder_that_may_not_be_looked_into_is_not_available(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(Unavailable):
        Maildir(tmp_path / "loop").collect(nothing_known, lambda _, __: None)


def test_a_folder_that_is_no_maildir_is_not_available(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="is not a Maildir"):
        Maildir(tmp_path).collect(nothing_known, lambda _, __: None)


def test_of_a_mail_that_is_too_long_one_byte_more_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maildir, "LARGEST", 10)
    file = tmp_path / "a.eml"
    file.write_bytes(bytes(50))
    assert from_file(file) == [(bytes(11), Arrival(source="file", folder="a.eml"))]


def test_a_file_whose_name_is_no_text_is_taken_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / os.fsdecode(b"a\xff.eml")
    file.write_bytes(b"a")
    assert from_file(file) == [(b"a", Arrival(source="file", folder="a?.eml"))]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"none\.eml: cannot be read: No such file"):
        from_file(tmp_path / "none.eml")


LINE = b"From jo@oxo.example Tue Nov 25 09:15:00 2025\n"
ONE = LINE + b"From: jo@oxo.example\nSubject: one\n\nFrom here on, a letter.\n\nFrom 2025\n"
TWO = LINE + b"Subject: two\n\nhello\n"
PARTS = LINE + b"Subject: parts\n\n--b\n\nhello\n\n--b--\n"
QUOTING = LINE + b"Subject: bounce\n\nYour message was rejected.\n\nbounced e-mail:\n\n"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (ONE + b"\n" + TWO, [ONE, TWO]),
        (PARTS + b"\n" + TWO + b"\n" + PARTS, [PARTS, TWO, PARTS]),
        (
            (ONE + b"\n" + TWO).replace(b"\n", b"\r\n"),
            [m.replace(b"\n", b"\r\n") for m in (ONE, TWO)],
        ),
        (QUOTING + TWO, [QUOTING + TWO]),
        (b"Subject: x\n\nhello\n\n" + TWO, [b"Subject: x\n\nhello\n\n" + TWO]),
        (TWO, [TWO]),
        (b"", [b""]),
    ],
)
def test_a_mailbox_file_holds_several_messages(file: bytes, expected: list[bytes]) -> None:
    assert messages_in(file) == expected


def test_a_mailbox_that_is_too_large_to_read_to_its_end_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "box"
    file.write_bytes(ONE + b"\n" + TWO)
    os.truncate(file, 50 * 1024 * 1024 + 5)
    with pytest.raises(BadInput, match="give its messages in parts"):
        from_file(file)
