from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.app import App
from dispatch.cli.listen import news
from dispatch.domain.errors import Unavailable
from dispatch.domain.incoming.message import Arrival
from dispatch.incoming import receive
from dispatch.incoming.store import messages
from dispatch.mail.incoming.imap import ImapInbox
from dispatch.mail.incoming.inbox import Known, Store
from tests.cli.conftest import Dispatch


def test_a_place_that_cannot_be_listened_at_is_said(app: App, dispatch: Dispatch) -> None:
    settings = app.settings.model_copy(update={"lmtp_listen": "/no/such/folder/lmtp"})
    done = dispatch("listen", obj=replace(app, settings=settings))
    assert done.exit_code == 1
    assert "DISPATCH_LMTP_LISTEN cannot be used: No such file" in done.output


def test_a_mailbox_that_is_away_is_tried_again_later(app: App) -> None:
    assert not news(app, ImapInbox.from_url("imap://a:b@127.0.0.1:1"))
    with pytest.raises(Unavailable):
        receive.collect(app.sessions, ImapInbox.from_url("imap://a:b@127.0.0.1:1"), app.clock)


class TwoMails:
    """A folder in which the second mail comes up between two looks."""

    name = "two mails"

    def __init__(self) -> None:
        self.there = {1: b"one"}

    def collect(self, known: Known, store: Store) -> None:
        for uid, mail in self.there.items():
            if uid not in known("imap://a@b", 7):
                store(mail, Arrival(source="imap", folder="imap://a@b", uidvalidity=7, uid=uid))


def test_what_is_stored_of_a_folder_is_known_at_the_next_look(app: App) -> None:
    folder = TwoMails()
    assert receive.collect(app.sessions, folder, app.clock) == 1
    folder.there[4_294_967_295] = b"two"  # the last that there can be
    assert receive.collect(app.sessions, folder, app.clock) == 1
    with app.sessions.read() as session:
        assert messages.known_uids(session, "imap://a@b", 7) == {1, 4_294_967_295}
        assert messages.known_uids(session, "imap://a@b", 8) == set()
