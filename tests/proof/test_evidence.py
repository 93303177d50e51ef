from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from email import message_from_bytes
from pathlib import Path
from typing import Final

import pytest
from pypdf import PdfReader
from sqlalchemy import select, text, update

from dispatch.app import App
from dispatch.corrections import send_again
from dispatch.corrections.posted import Said
from dispatch.database import Session
from dispatch.database.tables import ContactRow, Delivery, Document, Letter, Posting
from dispatch.domain.digest import digest, sha256
from dispatch.domain.errors import NotApproved, NotFound, RuleBroken
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.proof import merkle
from dispatch.domain.proof.ledger import Event
from dispatch.domain.word import Word
from dispatch.files.packs import write
from dispatch.ledger import journal
from dispatch.proof.verify import audit
from dispatch.upkeep.store import erase
from tests import packs, rfc9162, steps
from tests.corrections import postings, versions
from tests.factories import some_figures
from tests.fakes import FakeClock, FakeTransport
from tests.notices import a_dsn


def said_in(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def lived(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    packs.lived_through(app, clock, transport)
    return app


def test_the_messages_are_byte_for_byte_what_the_server_was_given(
    lived: App, transport: FakeTransport
) -> None:
    files = packs.packed(lived)
    held = {path: content for path, content in files.items() if path.startswith("messages/")}
    given = {
        f"messages/{message_from_bytes(content)['X-Dispatch-Delivery']}.eml": content
        for envelope, content in transport.sent
        if envelope.rcpt_to.endswith("@oxo.example")
    }
    assert held == given
    assert len(held) == 2


def test_everything_that_bears_on_the_letter_is_there(lived: App) -> None:
    files = packs.packed(lived)
    letter = steps.letters_of(lived)["OXO"]
    assert files["letters/1/letter.pdf"].startswith(b"%PDF-")
    assert b"Dear Ms Adeyemi" in files["letters/1/letter.txt"]
    kinds = {path.split("/")[1].partition("-")[0] for path in files if path.startswith("records/")}
    assert kinds == {
        "arrival",
        "attempt",
        "contact",
        "delivery",
        "letter",
        "mail",
        "release",
        "suppression",
    }
    [notice] = [files[path] for path in files if path.startswith("notices/")]
    assert notice == a_dsn(lived, packs.chief(lived))
    told = [json.loads(each["entry"]) for each in json.loads(files["events.json"])["entries"]]
    actions = {event["action"] for event in told if "action" in event}
    assert {
        "mailout.approved",
        "letter.rendered",
        "delivery.accepted",
        "delivery.bounced",
        "mail.received",
        "authority.changed",
    } <= actions
    assert f"letter:{letter.id}" in {event.get("record") for event in told}


def test_nothing_tells_of_another_authority(lived: App) -> None:
    files = packs.packed(lived)
    others = {
        str(each.id) for each in steps.deliveries_of(lived).values() if each.authority_code == "ADU"
    }
    said = b"".join(files[path] for path in files if path not in packs.FIXED_FILES).decode(
        errors="replace"
    )
    assert not [id_ for id_ in others if id_ in said]
    assert "@adu.example" not in said


def test_each_entry_leads_to_the_root_that_was_signed(lived: App) -> None:
    files = packs.packed(lived)
    told = json.loads(files["events.json"])
    root = files["checkpoint.txt"].decode().splitlines()[2]
    for each in told["entries"]:
        leaf = merkle.leaf_hash(each["entry"].encode())
        proof = [bytes.fromhex(hash_) for hash_ in each["proof"]]
        assert rfc9162.is_included(leaf, each["place"], told["size"], proof, packs.root(root))


def test_what_is_not_sealed_yet_is_waited_for(lived: App, clock: FakeClock) -> None:
    subject = f"delivery:{packs.chief(lived).id}"
    with lived.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "delivery.settled", subject))
    with pytest.raises(RuleBroken, match="an event about it is not sealed yet"):
        packs.packed(lived)
    assert packs.packed(lived, "ADU")


def test_before_a_letter_has_gone_there_is_nothing_to_prove(app: App) -> None:
    steps.scheduled(app)
    packs.seal_all(app)
    with pytest.raises(NotFound, match="no letter of OXO has gone in annual-review-2020"):
        packs.packed(app)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE attempt SET text = 'read by all'",
            "attempt . of delivery .* of OXO in \\S+ was changed",
        ),
        ("UPDATE delivery SET name = 'Mr Smith'", "delivery .* of OXO .* was changed after seal 2"),
        ("UPDATE contact SET surname = 'Smith'", "the .* of OXO from 2020-01-01 on was changed"),
        (
            "UPDATE event SET actor = 'sam'",
            r"event . .letter.rendered of .* is not as this",
        ),
        ("UPDATE event SET hash = substr(hash, 3) || 'ff'", "the ledger is not what was signed"),
        ("DELETE FROM event WHERE place = 1", "an entry of the ledger is gone"),
        ("DELETE FROM imprint WHERE place = 9", "an entry of the ledger is gone"),
    ],
)
def test_what_was_changed_is_not_vouched_for(lived: App, statement: str, said: str) -> None:
    with lived.sessions.begin() as session:
        session.execute(text(statement))
    with pytest.raises(NotApproved, match=said):
        packs.packed(lived)


def test_a_letter_whose_bytes_were_changed_is_not_vouched_for(lived: App) -> None:
    pdf = steps.letters_of(lived)["OXO"].parts["pdf"]
    with lived.sessions.begin() as session:
        _change(session, pdf)
    with pytest.raises(NotApproved, match=f"the stored document {pdf[:12]} is not what it was"):
        packs.packed(lived)


def _change(session: Session, digest: str) -> None:
    session.execute(update(Document).where(Document.sha256 == digest).values(content=b"%PDF-"))


def test_what_never_left_has_no_message(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, cc_roles=())
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    packs.seal_all(app)
    files = packs.packed(app)
    [waiting] = steps.deliveries_of(app).values()
    assert f"records/delivery-{waiting.id}.json" in files
    assert not [path for path in files if re.match("messages/|notices/|records/attempt", path)]
    assert isinstance(waiting, Delivery)


NEW = "new@oxo.example"


def sent_twice_more(app: App) -> None:
    """Have a second version sent, and then that one again to whoever is in post by now."""
    steps.send_due(app)
    steps.tick(app)
    steps.figures_corrected(app, some_figures("OXO", upheld=4))
    versions.proposed(app, versions.corrected(app, "OXO").redrafts)
    assert versions.approved(app)
    steps.send_due(app)
    steps.tick(app)
    steps.appointed(app, "OXO", NEW)
    wish = ResendRequest(choice=Choice.CHANGED)
    word = Word(person="alex", keyboard="sam", because="new in post", at=app.clock())
    proposal = send_again.prepare(app.sessions, app.templates, steps.NAME, wish, now=app.clock())
    assert send_again.resend((app.sessions, app.templates), proposal, word)
    steps.send_due(app)


def test_a_message_is_from_whom_it_was_sent_whatever_the_settings_say_later(
    app: App, clock: FakeClock, transport: FakeTransport, tmp_path: Path
) -> None:
    steps.released(app, clock, cc_roles=())
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    steps.send_due(app)
    packs.seal_all(app)
    other = replace(app.sender, name="Mayor", address="m@mayor.example", reply_to="r@mayor.example")

    files = packs.packed(replace(app, sender=other))

    [message] = [content for path, content in files.items() if path.startswith("messages/")]
    assert message == transport.sent[0][1]
    write(tmp_path / "pack", files)
    words = [sys.executable, "-I", str(packs.VERIFIER), str(tmp_path / "pack")]
    assert subprocess.run(words, check=False).returncode == 3  # noqa: S603 - ours; its own key alone


def test_a_message_that_we_signed_is_in_the_pack_as_it_was_signed(
    app: App, clock: FakeClock, transport: FakeTransport, tmp_path: Path
) -> None:
    steps.released(app, clock, cc_roles=())
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    transport.outcomes.extend([packs.BUSY])
    first = replace(app.sender, sign=lambda *_: "v=1; s=first;\r\n b=AAAA")
    steps.send_due(replace(app, sender=first))
    clock.advance(hours=1)
    then = replace(app.sender, sign=lambda *_: "v=1; s=then;\r\n b=BBBB")
    steps.send_due(replace(app, sender=then))
    packs.seal_all(app)

    files = packs.packed(app)  # nothing is signed any more

    [path] = [path for path in files if path.startswith("messages/")]
    assert files[path] == transport.sent[-1][1]
    assert files[path].startswith(b"DKIM-Signature: v=1; s=then;\r\n b=BBBB\r\nFrom: ")
    assert told(tmp_path / "one", files)[0] == 3  # its own key alone
    changed = files | {path: files[path].replace(b"BBBB", b"CCCC")}
    signed = packs.signed_anew(changed, packs.signer(app))
    assert "its signature is not the one that it was sent with" in told(tmp_path / "two", signed)[1]


def told(folder: Path, files: dict[str, bytes]) -> tuple[int, str]:
    write(folder, files)
    words = [sys.executable, "-I", str(packs.VERIFIER), str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    return done.returncode, done.stdout + done.stderr


def test_later_versions_and_letters_sent_again_are_proven_like_the_first(
    app: App, clock: FakeClock, transport: FakeTransport, tmp_path: Path
) -> None:
    steps.released(app, clock, cc_roles=())
    with app.sessions.begin() as session:
        journal.append(session, Event(clock(), "sam", "authority.changed", "authority:OXO"))
    sent_twice_more(app)
    packs.seal_all(app)
    files = packs.packed(app)
    held = {content for path, content in files.items() if path.startswith("messages/")}
    assert held == {content for _, content in transport.sent}
    assert len(held) == 3
    assert files["letters/1/letter.pdf"] != files["letters/2/letter.pdf"]
    write(tmp_path / "pack", files)
    words = [sys.executable, "-I", str(packs.VERIFIER), str(tmp_path / "pack")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert (done.returncode, done.stderr) == (3, "")  # its own key alone
    assert done.stdout.count("The message holds the letter's PDF, byte for byte.") == 3
    assert done.stdout.count("  Approved by alex on ") == 2
    assert f"To Dr Okafor <{NEW}>, chief executive:" in done.stdout


def test_a_redacted_pack_names_nobody(lived: App) -> None:
    with lived.sessions.begin() as session:
        late = {"because": "a late reply: 250 <x@oxo.example> queued"}
        at, subject = lived.clock(), f"delivery:{packs.chief(lived).id}"
        journal.append(session, Event(at, "worker", "contact.declined", subject, late))
    packs.seal_all(lived)
    whole, redacted = packs.packed(lived), packs.packed(lived, is_redacted=True)
    assert {path.partition("/")[0] for path in whole.keys() - redacted.keys()} == {
        "people",
        "letters",
        "messages",
        "notices",
    }
    said = b"".join(redacted[path] for path in redacted if path not in packs.FIXED_FILES).decode(
        errors="replace"
    )
    for name in ("Adeyemi", "@oxo.example", "alex", "sam", "no such mailbox", "2.0.0 queued"):
        assert name not in said
    page = said_in(redacted["summary.pdf"])
    assert "chief executive, name and address withheld" in page
    assert "Adeyemi" not in page
    assert "oxo.example" not in page
    assert "alex" not in page


SHA256: Final = re.compile(r"\b[0-9a-f]{64}\b")


def test_no_digest_in_a_redacted_pack_can_be_tried_with_names(lived: App) -> None:
    """As somebody can who has the pack and the templates, and a list of names and addresses."""
    files = packs.packed(lived, is_redacted=True)
    said = b"\n".join(files[path] for path in files if path.endswith(".json")).decode()
    with lived.sessions.read() as session:
        [letter] = session.scalars(select(Letter).where(Letter.authority_code == "OXO"))
        contacts = session.scalars(select(ContactRow)).all()
    words = {word for row in contacts for word in (row.address, row.surname, row.given_name)}
    words |= {row.address.partition("@")[0] for row in contacts}
    words |= {each.name for each in letter.draft.recipients}
    made_of = letter.draft, lived.templates.digest("annual-review")
    people = letter.draft.recipients, letter.draft.content.addressee
    guesses = [*words, *made_of, made_of, list(made_of), *people, people, *letter.draft.recipients]
    tried = {digest(each) for each in guesses} | {sha256(each.encode()) for each in words if each}
    assert letter.fingerprint in tried
    assert not tried & set(SHA256.findall(said))
    assert not [word for word in words if word and re.search(rf"\b{re.escape(word)}\b", said)]


def test_once_names_were_taken_away_only_a_redacted_pack_can_be_made(
    lived: App, clock: FakeClock
) -> None:
    delivery = packs.chief(lived)
    with lived.sessions.begin() as session:
        erase.blank(session, "delivery", [delivery.id])
        gone = Event(clock(), "sam", "delivery.purged", f"delivery:{delivery.id}")
        journal.append(session, gone)
    packs.seal_all(lived)
    with pytest.raises(RuleBroken, match=r"some of it was purged: .* --redact"):
        packs.packed(lived)
    assert packs.packed(lived, is_redacted=True)


def by_post(app: App) -> None:
    """Have the letter that came back posted, as somebody says."""
    with app.sessions.begin() as session:
        [row] = session.scalars(
            select(ContactRow).where(
                ContactRow.authority_code == "OXO", ContactRow.role == "chief executive"
            )
        )
        row.postal_address = "Town Hall, Anytown, AB1 2CD"
        for each in ("OXO", "ADU"):
            event = Event(app.clock(), "sam", "authority.changed", f"authority:{each}")
            journal.append(session, event)
    postings.made(app, "OXO")
    postings.say(app, postings.asked(app, Said.POSTED, "OXO"))
    packs.seal_all(app)


def test_a_letter_by_post_is_told_as_the_word_of_the_office(lived: App, tmp_path: Path) -> None:
    by_post(lived)
    files = packs.packed(lived)
    status, words = told(tmp_path / "pack", files)
    assert status == 3  # its own key alone
    assert "By post to Ms Adeyemi, Chief Executive, " in words
    assert "kim said: it was posted on 2020-07-22." in words
    assert "does not prove that the letter arrived" in words
    assert "as the office says; that does not prove that" in said_in(files["summary.pdf"])
    redacted = packs.packed(lived, is_redacted=True)
    status, words = told(tmp_path / "redacted", redacted)
    assert status == 3
    assert "By post to (address withheld), version 1:" in words
    assert "(name withheld) said: it was posted (day withheld)." in words
    said = b"".join(redacted[path] for path in redacted if path not in packs.FIXED_FILES)
    assert b"Anytown" not in said
    assert "Anytown" not in said_in(redacted["summary.pdf"])


def test_where_a_letter_went_by_post_is_deleted_with_the_addresses(lived: App) -> None:
    by_post(lived)
    with lived.sessions.begin() as session:
        rows = session.scalars(select(Posting)).all()
        held = session.scalars(
            select(ContactRow).where(ContactRow.postal_address.is_not(None))
        ).all()
        told = [*erase.postings(session, [each.id for each in rows])]
        told += erase.contacts(session, [each.id for each in held])
        word = Word(person="sam", keyboard="sam", at=lived.clock())
        journal.append_all(session, [each.event(word) for each in told])
    packs.seal_all(lived)
    with lived.sessions.read() as session:
        [row] = session.scalars(select(Posting))
        assert (row.name, row.address, row.mac) == ("", "", None)
        assert not session.scalars(
            select(ContactRow).where(ContactRow.postal_address.like("%Anytown%"))
        ).all()
    with lived.sessions.read() as session:
        wrong = [each for each in audit(session).wrong if "post" in each]
    assert wrong == []
    assert b"Anytown" not in b"".join(packs.packed(lived, is_redacted=True).values())
