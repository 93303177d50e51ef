from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from dispatch.domain.errors import Unavailable
from dispatch.domain.incoming.message import Arrival
from dispatch.mail.incoming import imap
from dispatch.mail.incoming.imap import ImapInbox
from tests.mail.dovecot import Dovecot, dovecot, needs_dovecot

pytestmark = pytest.mark.heavy


class Store:
    """What is stored, and so known."""

    def __init__(self) -> None:
        self.kept: list[tuple[bytes, Arrival]] = []
        self.fails = False

    def known(self, folder: str, uidvalidity: int) -> set[int]:
        at = (folder, uidvalidity)
        return {
            arrival.uid
            for _, arrival in self.kept
            if (arrival.folder, arrival.uidvalidity) == at and arrival.uid is not None
        }

    def keep(self, mail: bytes, arrival: Arrival) -> None:
        if self.fails:
            raise LookupError
        self.kept.append((mail, arrival))

    @property
    def mails(self) -> list[bytes]:
        return [mail for mail, _ in self.kept]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture(scope="module")
def running() -> Iterator[Dovecot]:
    with dovecot() as server:
        yield server


@pytest.fixture
def server(running: Dovecot) -> Dovecot:
    """The server, with an empty mailbox."""
    with logged_in(running) as client:
        for folder in ("INBOX", "Taken"):
            if client.folder_exists(folder):
                client.select_folder(folder)
                if uids := client.search("ALL"):
                    client.delete_messages(uids)
                    client.expunge()
    return running


def logged_in(server: Dovecot) -> IMAPClient:
    client = IMAPClient("127.0.0.1", server.port, ssl=False)
    client.login("office", server.password)
    return client


def flags_in(server: Dovecot, folder: str) -> list[bool]:
    """Return of each message in a folder whether it is seen."""
    with logged_in(server) as client:
        client.select_folder(folder, readonly=True)
        uids = client.search("ALL")
        return [b"\\Seen" in found for found in client.get_flags(uids).values()] if uids else []


@needs_dovecot
def test_what_is_there_is_kept_as_it_is_and_then_seen(server: Dovecot, store: Store) -> None:
    mails = [b"Subject: %d\r\n\r\n\xff\x00.\r\n" % number for number in range(3)]
    for number, mail in enumerate(mails):
        server.deliver(f"{number}", mail)
    box = ImapInbox.from_url(server.url())
    box.collect(store.known, store.keep)
    assert [mail.replace(b"\x80", b"\x00") for mail in store.mails] == mails
    arrivals = [arrival for _, arrival in store.kept]
    assert {arrival.folder for arrival in arrivals} == {
        f"imap://office@127.0.0.1:{server.port}/INBOX"
    }
    assert len({arrival.uid for arrival in arrivals}) == 3
    assert flags_in(server, "INBOX") == [True, True, True]
    box.collect(store.known, store.keep)
    assert len(store.kept) == 3


@needs_dovecot
def test_what_somebody_has_seen_is_taken_all_the_same(server: Dovecot, store: Store) -> None:
    server.deliver("a", b"a\r\n\r\n")
    with logged_in(server) as client:
        client.select_folder("INBOX")
        client.add_flags(client.search("ALL"), [b"\\Seen"])
    ImapInbox.from_url(server.url()).collect(store.known, store.keep)
    assert store.mails == [b"a\r\n\r\n"]


@needs_dovecot
@pytest.mark.parametrize("has_move", [True, False])
def test_what_is_kept_is_moved_where_that_is_wanted(
    server: Dovecot, store: Store, monkeypatch: pytest.MonkeyPatch, *, has_move: bool
) -> None:
    if not has_move:
        asked = IMAPClient.has_capability
        monkeypatch.setattr(
            IMAPClient, "has_capability", lambda self, name: name != "MOVE" and asked(self, name)
        )
    server.deliver("a", b"a\r\n\r\n")
    ImapInbox.from_url(server.url("?done=Taken")).collect(store.known, store.keep)
    assert flags_in(server, "INBOX") == []
    assert len(flags_in(server, "Taken")) == 1


@needs_dovecot
def test_what_could_not_be_kept_stays_unseen_and_comes_again(server: Dovecot, store: Store) -> None:
    server.deliver("a", b"a\r\n\r\n")
    box = ImapInbox.from_url(server.url("?done=Taken"))
    store.fails = True
    with pytest.raises(LookupError):
        box.collect(store.known, store.keep)
    assert flags_in(server, "INBOX") == [False]
    store.fails = False
    box.collect(store.known, store.keep)
    assert store.mails == [b"a\r\n\r\n"]


@needs_dovecot
def test_what_was_kept_but_not_marked_before_a_crash_is_marked_and_not_fetched_again(
    server: Dovecot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.deliver("a", b"a\r\n\r\n")
    box = ImapInbox.from_url(server.url("?done=Taken"))
    with monkeypatch.context() as patch:
        patch.setattr(ImapInbox, "_mark", lambda *_: None)
        box.collect(store.known, store.keep)
    assert flags_in(server, "INBOX") == [False]
    box.collect(store.known, store.keep)
    assert flags_in(server, "INBOX") == []
    assert len(store.kept) == 1


@needs_dovecot
def test_a_flood_is_taken_in_by_several_looks(
    server: Dovecot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, most in (("MOST_AT_A_LOOK", 2), ("WINDOW", 2), ("AT_ONCE", 1)):
        monkeypatch.setattr(imap, name, most)
    for number in range(5):
        server.deliver(f"{number}", b"Subject: %d\r\n\r\n" % number)
    box = ImapInbox.from_url(server.url())
    box.collect(store.known, store.keep)
    assert (len(store.kept), flags_in(server, "INBOX").count(True)) == (2, 2)
    box.follow(store.known, store.keep, seconds=0.1)
    assert len(set(store.mails)) == len(store.kept) == 5
    assert flags_in(server, "INBOX") == [True] * 5


@needs_dovecot
def test_where_what_is_deleted_stays_it_is_copied_once(
    server: Dovecot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = IMAPClient.has_capability
    monkeypatch.setattr(
        IMAPClient,
        "has_capability",
        lambda self, name: name not in {"MOVE", "UIDPLUS"} and asked(self, name),
    )
    server.deliver("a", b"a\r\n\r\n")
    box = ImapInbox.from_url(server.url("?done=Taken"))
    box.collect(store.known, store.keep)
    box.collect(store.known, store.keep)
    assert len(flags_in(server, "Taken")) == len(store.kept) == 1


@needs_dovecot
def test_a_message_that_the_server_cannot_give_holds_no_other_up(
    server: Dovecot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch, asked = IMAPClient.fetch, []

    def give(client: IMAPClient, uids: list[int], data: list[str]) -> object:
        asked.append(uids)
        if len(asked) == 1:
            raise IMAPClientError("[SERVERBUG] internal error")
        return fetch(client, uids, data)

    for name in ("a", "b"):
        server.deliver(name, f"{name}\r\n\r\n".encode())
    monkeypatch.setattr(IMAPClient, "fetch", give)
    box = ImapInbox.from_url(server.url())
    with pytest.raises(Unavailable, match="cannot give 1 of its messages"):
        box.collect(store.known, store.keep)
    assert len(store.kept) == 1
    assert sorted(flags_in(server, "INBOX")) == [False, True]
    box.collect(store.known, store.keep)
    assert len(set(store.mails)) == 2


@needs_dovecot
def test_of_a_mail_that_is_too_long_one_byte_more_is_taken(
    server: Dovecot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "BODY", "BODY.PEEK[]<0.11>")
    server.deliver("a", b"a: b\r\n\r\n" + b"x" * 100)
    ImapInbox.from_url(server.url()).collect(store.known, store.keep)
    assert store.mails == [b"a: b\r\n\r\nxxx"]


@needs_dovecot
def test_the_server_tells_when_there_is_news(server: Dovecot, store: Store) -> None:
    box = ImapInbox.from_url(server.url())
    arriving = threading.Timer(0.5, server.deliver, ("a", b"a\r\n\r\n"))
    arriving.start()
    while not store.kept:
        assert box.follow(store.known, store.keep, seconds=20)
    arriving.join()
    assert store.mails == [b"a\r\n\r\n"]


@needs_dovecot
def test_a_server_that_does_not_tell_is_only_asked(
    server: Dovecot, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(IMAPClient, "has_capability", lambda *_: False)
    server.deliver("a", b"a\r\n\r\n")
    assert not ImapInbox.from_url(server.url()).follow(store.known, store.keep)
    assert len(store.kept) == 1


@needs_dovecot
def test_the_line_is_encrypted_and_the_server_is_who_it_says(server: Dovecot, store: Store) -> None:
    server.deliver("a", b"a\r\n\r\n")
    box = ImapInbox.from_url(server.tls_url())
    box.collect(store.known, store.keep)
    assert len(store.kept) == 1
    starttls = replace(box.at, security="starttls", port=server.port)
    ImapInbox(starttls).collect(store.known, store.keep)
    for stranger in (
        replace(box.at, ca_file=None),
        replace(box.at, host="127.0.0.1"),
        replace(starttls, ca_file=None),
    ):
        with pytest.raises(Unavailable, match="SSLCertVerificationError"):
            ImapInbox(stranger).collect(store.known, store.keep)


@needs_dovecot
def test_a_wrong_password_is_not_repeated(server: Dovecot, store: Store) -> None:
    at = replace(ImapInbox.from_url(server.url()).at, password="not this one")  # noqa: S106 - a wrong one
    box = ImapInbox(at)
    with pytest.raises(Unavailable) as caught:
        box.collect(store.known, store.keep)
    said = "it does not accept our user and password (LoginError)"
    assert str(caught.value) == f"the IMAP server 127.0.0.1:{server.port}: {said}"
    assert "not this one" not in repr(box)


def test_a_server_that_is_not_there_is_not_available(store: Store) -> None:
    with pytest.raises(Unavailable, match="nothing listens there"):
        ImapInbox.from_url("imap://a:b@127.0.0.1:1").collect(store.known, store.keep)
