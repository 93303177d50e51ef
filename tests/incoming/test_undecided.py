"""What comes back to a plain return path, from a Maildir to what people are shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path

import pytest

from dispatch.app import App, processor
from dispatch.database.tables import Delivery, NoticeRow
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.errors import RuleBroken
from dispatch.domain.incoming.message import Trust
from dispatch.domain.incoming.undecided import Prospect
from dispatch.domain.notice import Clue
from dispatch.domain.reply import Outcome, Reply
from dispatch.domain.sending.envelope import ReturnPathStyle
from dispatch.domain.tracking.unreached import Course
from dispatch.incoming.confirm import confirm_and_conclude, dismiss
from dispatch.incoming.process import poll
from dispatch.incoming.store import notices
from dispatch.incoming.undecided import undecided
from dispatch.mail.incoming.maildir import Maildir
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import suppressions
from dispatch.tracking.standing import standing
from dispatch.tracking.status import Status, status_of
from dispatch.tracking.unreached import find_unreached
from dispatch.views.remedies import in_words
from dispatch.views.status import facts, status_view
from tests import steps
from tests.exchange import PATTERNS, Pattern, ndr, returned
from tests.factories import a_word
from tests.fakes import FakeClock, FakeTransport

CODES = [f"A{letter}{letter}" for letter in "ABCDEFGHIJ"]
TOLD = "<LO2P265MB0001A8F03A83505296890D11A9950@LO2P265MB0001.GBRP265.PROD.OUTLOOK.EXAMPLE>"
WHOLE, BARE = PATTERNS[0], PATTERNS[10]


@pytest.fixture
def plain(app: App) -> App:
    """An app whose letters leave under the sender's mailbox itself."""
    sender = replace(app.sender, style=ReturnPathStyle.PLAIN, return_path=app.sender.address)
    return replace(app, sender=sender)


@pytest.fixture
def letters(plain: App, clock: FakeClock, transport: FakeTransport) -> dict[str, bytes]:
    """Letters to ten authorities, each to two people: the messages, by recipient."""
    transport.outcomes.append(Outcome.answered(Reply(".", 250, f"2.0.0 OK {TOLD} [Hostname=x]")))
    steps.released(plain, clock, *CODES)
    steps.send_due(plain)
    return {envelope.rcpt_to: message for envelope, message in transport.sent}


def came_back(app: App, folder: Path, mails: Iterable[bytes]) -> list[NoticeRow]:
    """Put mails into a Maildir, have it emptied, and return what was read, in that order."""
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    made = list(mails)
    for number, mail in enumerate(made):
        (folder / "new" / f"{number:03}").write_bytes(mail)
    poll(processor(app), [Maildir(folder)])
    with app.sessions.read() as session:
        rows = {mail.sha256: row for row, mail, _ in notices.listed(session)}
    return [rows[sha256(mail)] for mail in made]


def status(app: App) -> Status:
    with app.sessions.read() as session:
        return status_of(session, mailout_named(session, steps.NAME), now=app.clock())


def deliveries(app: App) -> dict[str, Delivery]:
    return steps.deliveries_of(app)


def test_twenty_notices_of_exchange_are_tied_and_what_nothing_proves_waits(
    plain: App, letters: dict[str, bytes], tmp_path: Path
) -> None:
    to = plain.sender.return_path
    mails = [
        ndr(message, pattern, address, to=to)
        for (address, message), pattern in zip(letters.items(), PATTERNS, strict=True)
    ]
    rows = came_back(plain, tmp_path / "mail", mails)
    known = deliveries(plain)
    assert [row.delivery_id for row in rows] == [known[each].id for each in letters]
    proven = [bool(each.third) for each in PATTERNS]
    assert [row.trust is Trust.VERIFIED for row in rows] == proven
    assert Counter(row.trust for row in rows) == {
        Trust.VERIFIED: 10,
        Trust.PROBABLE: 9,
        Trust.UNVERIFIED: 1,  # it names the recipient and nothing else
    }
    states = [known[each].state for each in letters]
    assert [state is DeliveryState.BOUNCED for state in states] == proven
    with plain.sessions.read() as session:
        keys = [known[each].address_key for each in letters]
        dead = [bool(suppressions.suppression_of(session, key)) for key in keys]
    assert dead == proven
    _is_shown(plain, dict(zip(letters, PATTERNS, strict=True)))


def _is_shown(app: App, notices_of: dict[str, Pattern]) -> None:
    """Make sure that every chief executive whose letter came back, or perhaps did, is told of."""
    now = status(app)
    assert now.waiting.undecided == {Prospect.BOUNCED: 10}
    assert now.waiting.forged == 0
    chiefs = {each: pattern for each, pattern in notices_of.items() if each.startswith("chief")}
    surely = {each for each, pattern in chiefs.items() if pattern == PATTERNS[-1]}
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        counted = standing(session, mailout).not_surely_reached
        found = {each.address: each for each in find_unreached(session, mailout)}
    assert found.keys() == chiefs.keys() - surely
    assert counted == {each.code for each in found.values()} == now.unreached.keys()
    expected = {
        address: "bounced" if pattern.third else "perhaps bounced"
        for address, pattern in chiefs.items()
        if address not in surely
    }
    assert {address: each.why for address, each in found.items()} == expected
    lines = [str(each) for each in status_view(now).warnings]
    remedy = f"dispatch notice list {steps.NAME} --undecided"
    assert f"10 notices came back that nothing proves (10 bounced): see `{remedy}`" in lines


def test_a_person_decides_and_may_think_better_of_it(
    plain: App, letters: dict[str, bytes], tmp_path: Path
) -> None:
    address = next(each for each in letters if each.startswith("chief"))
    mail = ndr(letters[address], BARE, address, to=plain.sender.return_path)
    [row] = came_back(plain, tmp_path / "mail", [mail])
    with plain.sessions.read() as session:
        [found] = find_unreached(session, mailout_named(session, steps.NAME))
    assert found.why == "perhaps bounced"
    assert found.perhaps
    code = found.code
    now = status(plain)
    course = Course(now.name, now.state, now.release_at, now.at)
    assert in_words(found.remedy(course)) == f"dispatch notice show {str(row.mail_id)[:8]}"
    with plain.sessions.begin() as session:
        dismiss(session, row.mail_id, a_word(plain.clock()))
    assert code not in status(plain).unreached
    assert not status(plain).waiting.undecided
    with plain.sessions.begin() as session, pytest.raises(RuleBroken, match="dismissed already"):
        dismiss(session, row.mail_id, a_word(plain.clock()))
    assert confirm_and_conclude(processor(plain), row.mail_id, a_word(plain.clock()))
    assert deliveries(plain)[address].state is DeliveryState.BOUNCED
    with plain.sessions.begin() as session, pytest.raises(RuleBroken, match="believed already"):
        dismiss(session, row.mail_id, a_word(plain.clock()))


def test_a_dismissal_by_who_has_the_database_alone_hides_nothing(
    plain: App, letters: dict[str, bytes], tmp_path: Path
) -> None:
    address = next(each for each in letters if each.startswith("chief"))
    mail = ndr(letters[address], BARE, address, to=plain.sender.return_path)
    [row] = came_back(plain, tmp_path / "mail", [mail])
    with plain.sessions.begin() as session:
        session.get_one(NoticeRow, row.mail_id).dismissed_by = "nobody"
    with plain.sessions.read() as session:
        assert len(undecided(session, None)) == 1
    assert len(status(plain).unreached) == 1


def test_the_id_that_a_server_told_us_names_the_delivery(
    plain: App, letters: dict[str, bytes], tmp_path: Path
) -> None:
    address, message = next(iter(letters.items()))
    to = plain.sender.return_path
    renamed = ndr(message, BARE, address, to=to, message_id=TOLD)
    unknown = renamed.replace(TOLD.encode(), TOLD.upper().replace("A8F", "A8E").encode())
    first, second = came_back(plain, tmp_path / "mail", [renamed, unknown])
    assert (first.delivery_id, first.clue) == (deliveries(plain)[address].id, Clue.TOLD_ID)
    assert first.trust is Trust.PROBABLE
    assert (second.delivery_id, second.clue) == (first.delivery_id, Clue.RECIPIENT)


@pytest.mark.parametrize(
    "name", ["X-Microsoft-Original-Message-ID", "X-Google-Original-Message-ID"]
)
def test_our_own_id_counts_where_a_server_keeps_it_beside_its_own(
    plain: App, letters: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    address, message = next(iter(letters.items()))
    unsigned = re.sub(rb"X-Dispatch-Signed: .*\r\n", b"", message)
    new = b"\r\nMessage-ID: <new@outlook.example>\r\n"
    kept = unsigned.replace(b"\r\nMessage-ID:", new + f"{name}:".encode())
    pattern = replace(WHOLE, is_answer=False)
    mail = ndr(kept, pattern, address, to=plain.sender.return_path)
    [row] = came_back(plain, tmp_path / "mail", [mail])
    assert (row.delivery_id, row.clue, row.trust) == (
        deliveries(plain)[address].id,
        Clue.RETURNED_MESSAGE_ID,
        Trust.PROBABLE,
    )


ONE, OTHER = (f"chief.executive@{code.lower()}.example" for code in CODES[:2])

Forge = Callable[[bytes, bytes, str], bytes]
"""Makes a forgery of the messages to `ONE` and to `OTHER`, for our mailbox."""


def header_of(message: bytes) -> bytes:
    return f"X-Dispatch-Signed: {message_from_bytes(message)['X-Dispatch-Signed']}".encode()


def of_another(one: bytes, other: bytes, to: str) -> bytes:
    return ndr(one, WHOLE, ONE, to=to).replace(header_of(one), header_of(other))


def flipped(one: bytes, _: bytes, to: str) -> bytes:
    wrong = header_of(one)[:-1] + (b"a" if header_of(one)[-1:] != b"a" else b"b")
    return ndr(one, WHOLE, ONE, to=to).replace(header_of(one), wrong)


def in_its_own_head(one: bytes, _: bytes, to: str) -> bytes:
    bare = ndr(one, replace(BARE, is_answer=False), ONE, to=to)
    return header_of(one) + b"\r\n" + bare


def replayed(one: bytes, _: bytes, to: str) -> bytes:
    return ndr(one, WHOLE, OTHER, to=to)


def _written(subject: str, text: str, part: str, head: str = "") -> bytes:
    return f"""\
From: Jo Bloggs <jo@elsewhere.example>
To: office@ombudsman.example
Subject: {subject}
Message-ID: <{subject.split(maxsplit=1)[0]}@elsewhere.example>
{head}MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="m"

--m
Content-Type: text/plain

{text}

--m
Content-Type: message/rfc822

{part}

--m--
""".replace("\n", "\r\n").encode()


def quoted_by_a_person(one: bytes, _: bytes, __: str) -> bytes:
    return _written("Re: your letter", "Thank you, we have it.", returned(one))


def forwarded(one: bytes, _: bytes, to: str) -> bytes:
    notice = ndr(one, replace(WHOLE, is_answer=False), ONE, to=to).decode().replace("\r\n", "\n")
    return _written("Fw: Undeliverable", "What is this?", notice)


def answered_by_a_machine(one: bytes, _: bytes, to: str) -> bytes:
    notice = ndr(one, WHOLE, ONE, to=to)
    text = notice.partition(b"\r\n\r\n")[2].decode().replace("\r\n", "\n")
    head = "Auto-Submitted: auto-replied\n"
    return _written(
        "Automatic reply: out of office", f"I am away.\n\n> {text}", returned(one), head
    )


FORGERIES: tuple[tuple[Forge, Trust], ...] = (
    (of_another, Trust.WRONG_TOKEN),
    (flipped, Trust.WRONG_TOKEN),
    (in_its_own_head, Trust.UNVERIFIED),
    (replayed, Trust.WRONG_TOKEN),
    (quoted_by_a_person, Trust.PROBABLE),
    (forwarded, Trust.PROBABLE),
    (answered_by_a_machine, Trust.PROBABLE),
)


def test_forgeries_change_nothing(plain: App, letters: dict[str, bytes], tmp_path: Path) -> None:
    one, other = letters[ONE], letters[OTHER]
    before = {each: row.state for each, row in deliveries(plain).items()}
    made = [forge(one, other, plain.sender.return_path) for forge, _ in FORGERIES]
    rows = came_back(plain, tmp_path / "mail", made)
    assert [row.trust for row in rows] == [trust for _, trust in FORGERIES]
    assert not any(row.is_believed for row in rows)
    assert {each: row.state for each, row in deliveries(plain).items()} == before
    with plain.sessions.read() as session:
        assert not any(suppressions.suppression_of(session, each) for each in before)
    now = status(plain)
    assert now.reached == len(CODES)
    assert now.waiting.forged == 3
    # What names its recipient alone, and what somebody forwards, may be genuine.
    assert now.waiting.undecided == {Prospect.BOUNCED: 2}


def test_a_bounce_that_names_no_letter_is_counted(
    plain: App, letters: dict[str, bytes], tmp_path: Path
) -> None:
    stranger = replace(BARE, is_answer=False)
    mail = ndr(letters[ONE], stranger, "nobody@elsewhere.example", to=plain.sender.return_path)
    [row] = came_back(plain, tmp_path / "mail", [mail])
    assert row.delivery_id is None
    now = status(plain)
    assert now.waiting.untied == 1
    shown = dict(facts(status_view(now), has_staff=True))
    assert shown["not tied"] == (
        "1 bounce names no letter: see `dispatch notice list --category bounce`"
    )
