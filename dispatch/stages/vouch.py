"""Vouch: all that is known of one authority's letter, packed so that anybody can check it.

Each thing in the pack is an entry of the ledger, or has its digest in one, and each such entry
comes with the proof that it is under a signed checkpoint. Whoever has the pack needs neither the
database nor us. What tells of people lies in files of its own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from dispatch.db import Delivery, Letter, Mailout, Session, documents, exhibits
from dispatch.db.account import RESENT, Account, Wanted, account
from dispatch.db.exhibits import VERIFY, Case
from dispatch.documents.summary import Summary
from dispatch.domain.attempt import Claim
from dispatch.domain.calendar import local, moment_in_words
from dispatch.domain.checkpoint import Checkpoint, PublicKey, Sign
from dispatch.domain.digest import sha256
from dispatch.domain.envelope import Sender
from dispatch.domain.errors import NotApproved
from dispatch.domain.manifest import NAME as MANIFEST
from dispatch.domain.manifest import Entry
from dispatch.domain.merkle import leaf_hash
from dispatch.domain.tree import Tree
from dispatch.mail.compose import message
from dispatch.mail.parcel import letter_headers

FORMAT: Final = "dispatch-evidence-1"
CHECKPOINT: Final = "checkpoint.txt"
KEY: Final = "key.txt"
SUMMARY: Final = "summary.pdf"
EVENTS: Final = "events.json"
SIGNATURE: Final = "manifest.sig"

File = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who vouches: by which signed checkpoint, with which key, and on what paper."""

    sender: Sender
    checkpoint: Checkpoint
    signed_checkpoint: str
    """Its text with the signature."""
    key: PublicKey
    sign: Sign
    paper: Mapping[str, bytes]
    """The files that are the same in every pack."""
    summary: Summary
    """The page on top."""


def vouch(session: Session, mailout: Mailout, code: str, office: Office) -> dict[str, bytes]:
    """Return the files of the pack about one authority's letter, by their paths.

    Raises `NotFound` if no letter has gone, `RuleBroken` if some of what happened is not sealed
    yet, and `NotApproved` if what is stored is not what was sealed.
    """
    case = exhibits.case(session, mailout, code)
    proven = dict(_proven(session, case, office.checkpoint))
    told = len(json.loads(proven[EVENTS])["entries"])
    files = {
        **office.paper,
        SUMMARY: _on_paper(session, case, office, told),
        CHECKPOINT: office.signed_checkpoint.encode(),
        KEY: f"{office.key}\n".encode(),
        **proven,
        **dict(_letters(session, case)),
        **dict(_messages(session, case, office.sender)),
        **{f"notices/{id_}.eml": content for id_, content in case.mails.items()},
    }
    manifest = _manifest(mailout.name, code, files)
    statement = f"{FORMAT}\n{sha256(manifest)}\n"
    return {**files, MANIFEST: manifest, SIGNATURE: _signed(statement, office).encode()}


def _proven(session: Session, case: Case, checkpoint: Checkpoint) -> Iterator[File]:
    """Yield the records, and the entries of the ledger, each with its proof."""
    leaves = exhibits.leaves(session, checkpoint.size)
    tree = Tree.of(leaves)
    if tree.root.hex() != checkpoint.root:
        raise NotApproved(f"the ledger is not what was signed: {VERIFY}")
    entries = [
        (each.place, each.event.entry(each.id))
        for each in exhibits.events(session, case, checkpoint.size)
    ]
    for record in exhibits.records(session, case, checkpoint.size):
        entries.append((record.place, record.entry))
        yield f"records/{record.name.replace(':', '-')}.json", record.text
    told = []
    for place, entry in sorted(entries):
        if leaf_hash(entry) != leaves[place]:
            raise NotApproved(f"entry {place} of the ledger is not what was sealed: {VERIFY}")
        proof = [each.hex() for each in tree.proof(place)]
        told.append({"place": place, "entry": entry.decode(), "proof": proof})
    yield EVENTS, _json({"size": checkpoint.size, "entries": told})


def _letters(session: Session, case: Case) -> Iterator[File]:
    """Yield each version of the letter, on paper and as text."""
    for letter in case.letters:
        digests = letter.parts["pdf"], letter.parts["text"]
        pdf, text = documents.load(session, digests).values()
        yield f"letters/{letter.version}/letter.pdf", pdf
        yield f"letters/{letter.version}/letter.txt", text


def _messages(session: Session, case: Case, sender: Sender) -> Iterator[File]:
    """Yield the message of each delivery that a server may have, byte for byte as it was offered.

    Nothing in a message is random: it is put together again from what is stored, as every try at
    it was.
    """
    letters = {letter.id: letter for letter in case.letters}
    offered = exhibits.was_offered(session, case)
    sent = [each for each in case.deliveries if each.id in offered]
    bodies = {each.id: each.mail or letters[each.letter_id].parts["mail"] for each in sent}
    loaded = documents.load(session, sorted(set(bodies.values())))
    for each in sent:
        content = _message(each, letters[each.letter_id], loaded[bodies[each.id]], sender)
        yield f"messages/{each.id}.eml", content


def _message(row: Delivery, letter: Letter, body: bytes, sender: Sender) -> bytes:
    claim = Claim(
        delivery_id=row.id,
        mailout_id=row.mailout_id,
        letter_id=row.letter_id,
        token=row.token,
        number=row.attempts,
        created_at=row.created_at,
        address=row.address,
        name=row.name,
        mail=row.mail,
    )
    headers = letter_headers(
        sender,
        claim.named_in(letter.draft.recipients),
        letter.subject or "",
        at=row.created_at,
        id_=row.id,
    )
    return message(headers, body)


def _on_paper(session: Session, case: Case, office: Office, told: int) -> bytes:
    """Return the page that says in words what the pack proves."""
    content = case.letters[-1].draft.content
    accounts = account(session, Wanted(authority=content.authority.code))
    of_case = {each.id for each in case.deliveries}
    found = [each for each in accounts if each.delivery.id in of_case]
    values = {
        "authority": content.authority.official_name,
        "title": content.title,
        "office": office.sender.name,
        "letters": [_version(letter, case.mailout) for letter in case.letters],
        "deliveries": [_told(each) for each in found],
        "signed": _when(office.checkpoint.at),
        "entries": str(office.checkpoint.size),
        "told": str(told),
        "key": office.key.id.hex(),
    }
    day = local(office.checkpoint.at).date()
    return office.summary.pdf(values, author=office.sender.name, day=day)


def _version(letter: Letter, mailout: Mailout) -> dict[str, str]:
    return {
        "version": str(letter.version),
        "made": _when(letter.rendered_at),
        "approved_by": letter.approved_by or mailout.approved_by or "nobody",
        "approved": _when(letter.approved_at or mailout.approved_at),
    }


def _told(each: Account) -> dict[str, object]:
    row = each.delivery
    lines = [
        f"{_when(attempt.started_at)}: {attempt.server or 'no server'}: "
        f"{attempt.code or ''} {attempt.text or ''}"
        for attempt in each.attempts
    ]
    lines += [
        f"{_when(mail.received_at)}: a mail came back ({notice.category.value.replace('_', ' ')})"
        for notice, mail in each.notices
    ]
    lines += [
        f"{_when(event.at)}: {'sent again' if event.action == RESENT else 'settled'} "
        f"by {event.actor}: {event.detail.get('because') or 'no reason given'}"
        for event in each.events
    ]
    return {
        "name": row.name,
        "role": row.role,
        "address": row.address,
        "version": str(each.version),
        "state": row.state.value,
        "lines": lines,
    }


def _when(at: datetime | None) -> str:
    return moment_in_words(at) if at else "no day that is known"


def _manifest(mailout: str, code: str, files: Mapping[str, bytes]) -> bytes:
    listed: Iterable[Entry] = sorted(Entry.of(path, content) for path, content in files.items())
    return _json(
        {
            "format": FORMAT,
            "mailout": mailout,
            "authority": code,
            "files": [asdict(each) for each in listed],
        }
    )


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def _signed(text: str, office: Office) -> str:
    """Return a signed note, as a checkpoint is one (c2sp.org/signed-note)."""
    signature = base64.b64encode(office.key.id + office.sign(text.encode())).decode()
    return f"{text}\n\u2014 {office.key.name} {signature}\n"
