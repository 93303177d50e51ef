"""Copies in a Sent folder: on a real server, and on servers that can do little."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Thread

import pytest
from imapclient import IMAPClient

from dispatch.domain.errors import BadInput, Unavailable
from dispatch.mail.incoming.imap import Mailbox
from dispatch.mail.sent_folder import NoRoom, NotTaken, Place, SentFolder
from tests.mail.dovecot import QUOTA_KIB, SENT, SENT_AND_QUOTA, Dovecot, dovecot, needs_dovecot
from tests.patience import HANG_SECONDS

pytestmark = pytest.mark.heavy

AT = datetime(2020, 7, 22, 22, 30, 5, tzinfo=UTC)
ID = "<d7.k9@ombudsman.example>"
MESSAGE = f"From: a@ombudsman.example\r\nMessage-ID: {ID}\r\n\r\nGr\xfc\xdfe\r\n.\r\n".encode()


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot(parts=SENT_AND_QUOTA) as running:
        yield running


def lies_in(server: Dovecot, folder: str) -> list[tuple[bytes, datetime, bool]]:
    """Return of each message in a folder its bytes, its date and whether it is seen."""
    with IMAPClient("127.0.0.1", server.port, ssl=False) as client:
        client.login("office", server.password)
        client.normalise_times = False
        client.select_folder(folder, readonly=True)
        found = client.fetch(client.search("ALL"), ["BODY.PEEK[]", "INTERNALDATE", "FLAGS"])
        return [
            (each[b"BODY[]"], each[b"INTERNALDATE"], b"\\Seen" in each[b"FLAGS"])
            for each in found.values()
        ]


@needs_dovecot
@pytest.mark.parametrize(
    ("named", "folder"),
    [("", SENT), ("Jahresbriefe/Gr\xfc\xdfe & mehr", "Jahresbriefe/Gr\xfc\xdfe & mehr")],
)
def test_a_copy_lies_there_as_it_was_sent_and_is_found_again(
    server: Dovecot, named: str, folder: str
) -> None:
    sent = SentFolder.from_url(server.url(folder=named))
    with sent.opened() as opened:
        assert not opened.has(ID, AT)
        place = opened.put(MESSAGE, AT)
        assert opened.has(ID, AT)
        assert not opened.has(ID.replace("d7", "d8"), AT)
    assert place.uid == 1
    assert place.uidvalidity
    assert lies_in(server, folder) == [(MESSAGE, AT, True)]
    with sent.opened() as opened:
        assert opened.has(ID, AT)


@needs_dovecot
def test_a_full_mailbox_is_said(server: Dovecot) -> None:
    with (
        pytest.raises(NoRoom, match=r"^the mailbox at 127.0.0.1 is full: delete"),
        SentFolder.from_url(server.url(folder="")).opened() as opened,
    ):
        opened.put(MESSAGE + b"x" * QUOTA_KIB * 1024, AT)
    assert lies_in(server, SENT) == [(MESSAGE, AT, True)]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("imaps://a@mail.example/Sent", "lacks a user or a password"),
        ("imaps://a:secret@mail.example/Sent?done=Taken", "has an option other than ca"),
        ("mail.example", "imaps://USER:PASSWORD@HOST/FOLDER, or without FOLDER"),
    ],
)
def test_a_url_that_cannot_be_used_says_why(url: str, why: str) -> None:
    with pytest.raises(BadInput) as caught:
        SentFolder.from_url(url)
    assert why in str(caught.value)
    assert "secret" not in str(caught.value)


@dataclass
class Plain:
    """A server without any extension, with one folder, that answers some commands as told."""

    folders: tuple[str, ...] = ("INBOX", "Sent Items")
    says: dict[str, str] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    def serve(self, listening: socket.socket) -> None:
        connected, _ = listening.accept()
        with connected, connected.makefile("rwb", buffering=0) as line:
            line.write(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
            while heard := line.readline().decode():
                if heard.endswith("}\r\n"):
                    line.write(b"+ go on\r\n")
                    line.read(int(heard.rpartition("{")[2][:-3]))
                    line.readline()
                self.heard.append(heard)
                line.write(self.answer(heard.split()).encode())

    def answer(self, heard: list[str]) -> str:
        tag, verb = heard[0], heard[2 if heard[1] == "UID" else 1].upper()
        names = [each for each in self.folders if f'"{each}"' in " ".join(heard)]
        there = {
            "CAPABILITY": "* CAPABILITY IMAP4rev1\r\n",
            "LIST": "".join(f'* LIST () "/" "{each}"\r\n' for each in names),
            "EXAMINE": "* 0 EXISTS\r\n",
            "SEARCH": "* SEARCH\r\n",
        }
        return f"{there.get(verb, '')}{tag} {self.says.get(verb, 'OK done')}\r\n"


Opening = Callable[[Plain, str], SentFolder]


@pytest.fixture
def at() -> Iterator[Opening]:
    threads: list[Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def served(server: Plain, folder: str) -> SentFolder:
            threads.append(Thread(target=server.serve, args=[listening]))
            threads[-1].start()
            port = listening.getsockname()[1]
            return SentFolder(Mailbox("127.0.0.1", port, "a", "b", folder=folder, security="none"))

        yield served
        for each in threads:
            each.join(HANG_SECONDS)


def test_a_server_that_tells_nothing_takes_a_copy_all_the_same(at: Opening) -> None:
    server = Plain()
    with at(server, "").opened() as opened:
        assert not opened.has(ID, AT)
        assert opened.put(MESSAGE, AT) == Place()
    [put] = [each for each in server.heard if "APPEND" in each]
    assert '"Sent Items" (\\Seen) "22-Jul-2020 22:30:05 +0000" {' in put
    [search] = [each for each in server.heard if "SEARCH" in each]
    assert f"SINCE 20-Jul-2020 HEADER Message-ID {ID}" in search


@pytest.mark.parametrize(
    ("says", "folder", "error", "said"),
    [
        ({"APPEND": "NO [OVERQUOTA] no"}, "", NoRoom, "is full"),
        ({"APPEND": "NO Mailbox is full"}, "", NoRoom, "is full"),
        ({"APPEND": "NO [TOOBIG] 30 MB at most"}, "", NotTaken, r"^\[TOOBIG\] 30 MB at most$"),
        ({"APPEND": "BAD no 8-bit"}, "", NotTaken, "no 8-bit"),
        ({"CREATE": "NO no"}, "Briefe", Unavailable, "no folder Briefe, and we may not make it"),
        ({"LOGIN": "NO wrong"}, "", Unavailable, "the IMAP server 127.0.0.1:[0-9]+: .*LoginError"),
    ],
)
def test_what_does_not_go_is_said(
    at: Opening, says: dict[str, str], folder: str, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said), at(Plain(says=says), folder).opened() as opened:
        opened.put(MESSAGE, AT)


def test_a_folder_is_made_once_and_shown_to_mail_programs(at: Opening) -> None:
    server = Plain(folders=("INBOX",))
    with at(server, "").opened():
        pass
    verbs = [each.split()[1] for each in server.heard]
    assert verbs[verbs.index("CREATE") :] == ["CREATE", "SUBSCRIBE", "EXAMINE", "LOGOUT"]
