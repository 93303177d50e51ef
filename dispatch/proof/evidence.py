"""Vouch: all that is known of one authority's letter, packed so that anybody can check it.

Each thing in the pack is an entry of the ledger, or has its digest in one, and each such entry
comes with the proof that it is under a signed checkpoint. Whoever has the pack needs neither the
database nor us. What tells of people lies in files of its own: a pack without these can be
published, and all else is proven still.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Delivery, Letter, Mailout
from dispatch.documents.summary import Summary
from dispatch.domain.attempt import Claim
from dispatch.domain.calendar import local, moment_in_words
from dispatch.domain.checkpoint import Checkpoint, PublicKey, Sign
from dispatch.domain.digest import sha256
from dispatch.domain.envelope import Sender
from dispatch.domain.errors import NotApproved, RuleBroken
from dispatch.domain.ledger import SERVICE, Event
from dispatch.domain.manifest import NAME as MANIFEST
from dispatch.domain.manifest import Entry
from dispatch.domain.merkle import Tree, leaf_hash
from dispatch.letters.store import documents
from dispatch.mail.outgoing.headers import message
from dispatch.mail.outgoing.letter import letter_headers
from dispatch.proof.store import evidence
from dispatch.proof.store.entries import Placed
from dispatch.proof.store.evidence import VERIFY, Case, Record
from dispatch.proof.store.filters import Wanted
from dispatch.proof.store.report import RESENT, Account, account

FORMAT: Final = "dispatch-evidence-1"
CHECKPOINT: Final = "checkpoint.txt"
KEY: Final = "key.txt"
SUMMARY: Final = "summary.pdf"
EVENTS: Final = "events.json"
SIGNATURE: Final = "manifest.sig"
PEOPLE: Final = "people"
"""The folder of what tells of people."""

IMPERSONAL: Final = {"delivery", "letter", "mailout"}
"""What events of the service are about that say nothing of people."""

REASONS: Final = frozenset({"because", "why"})
"""Details in words: a late reply may have an address in it."""

WITHHELD: Final = "somebody whose name is withheld"

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


def vouch(
    session: Session, mailout: Mailout, code: str, office: Office, *, is_redacted: bool = False
) -> dict[str, bytes]:
    """Return the files of the pack about one authority's letter, by their paths.

    A redacted one has nothing that tells of people, but the digests of all of it. Raises `NotFound`
    if no letter has gone, `RuleBroken` if some of what happened is not sealed yet or cannot be
    told as it is asked, and `NotApproved` if what is stored is not what was sealed.
    """
    case = evidence.case(session, mailout, code)
    tree = _signed_tree(session, office.checkpoint)
    events = evidence.events(session, case, office.checkpoint.size)
    records = evidence.records(session, case, office.checkpoint.size)
    is_whole = evidence.is_whole(session, case, records)
    _refuse(events, records, is_whole=is_whole, is_redacted=is_redacted)
    page = Page(office, len(events) + len(records), is_redacted=is_redacted)
    files = {
        **office.paper,
        SUMMARY: page.of(session, case),
        CHECKPOINT: office.signed_checkpoint.encode(),
        KEY: f"{office.key}\n".encode(),
        EVENTS: _told(tree, events, records),
        **{_path("records", record): record.text for record in records},
    }
    if not is_redacted:
        files |= _people(events, records)
        files |= _letters(session, case)
        files |= _messages(session, case, office.sender)
        files |= {f"notices/{id_}.eml": content for id_, content in case.mails.items()}
    about = {"mailout": mailout.name, "authority": code, "redacted": is_redacted}
    manifest = _manifest(about, files)
    note = office.key.note(f"{FORMAT}\n{sha256(manifest)}\n", office.sign)
    return {**files, MANIFEST: manifest, SIGNATURE: note.encode()}


def _refuse(
    events: Iterable[Placed], records: Iterable[Record], *, is_whole: bool, is_redacted: bool
) -> None:
    """Refuse to tell what is gone, and to redact what has names and all else in one."""
    if not is_whole and not is_redacted:
        raise RuleBroken(
            "some of it was taken away since (`dispatch audit purge`): a pack without names, "
            "letters and mails can be made, by --redact"
        )
    if is_redacted and not all([*(e.salt for e in events), *(r.is_apart for r in records)]):
        raise RuleBroken(
            "some of it was sealed by an older version, which did not keep names apart: it can "
            "be told, but not redacted"
        )


def _signed_tree(session: Session, checkpoint: Checkpoint) -> Tree:
    tree = Tree.of(evidence.leaves(session, checkpoint.size))
    if tree.root.hex() != checkpoint.root:
        raise NotApproved(f"the ledger is not what was signed: {VERIFY}")
    return tree


def _told(tree: Tree, events: Iterable[Placed], records: Iterable[Record]) -> bytes:
    """Spell the entries of the ledger, each with its proof; who did it only where nobody did."""
    entries = [(each.place, each.entry, _said(each)) for each in events]
    entries += [(each.place, each.entry, {}) for each in records]
    told = []
    for place, entry, said in sorted(entries, key=itemgetter(0)):
        if leaf_hash(entry) != tree.levels[0][place]:
            raise NotApproved(f"entry {place} of the ledger is not what was sealed: {VERIFY}")
        proof = [each.hex() for each in tree.proof(place)]
        told.append({"place": place, "entry": entry.decode(), **said, "proof": proof})
    return _json({"size": len(tree.levels[0]), "entries": told})


def _said(placed: Placed) -> dict[str, str]:
    said = placed.event.said(placed.salt).decode() if placed.salt else ""
    return {"said": said} if said and not _names_somebody(placed.event) else {}


def _names_somebody(event: Event) -> bool:
    """Whether an event may: a person did it, or it has words that a person or server chose."""
    kind = event.subject.partition(":")[0]
    is_impersonal = event.actor in SERVICE and kind in IMPERSONAL
    return not is_impersonal or not REASONS.isdisjoint(event.detail)


def _people(events: Iterable[Placed], records: Iterable[Record]) -> Iterator[File]:
    """Yield what tells of people: what events say of them, and what records do."""
    for each in events:
        if each.salt and _names_somebody(each.event):
            yield f"{PEOPLE}/event-{each.id}.json", each.event.said(each.salt)
    for record in records:
        if record.people:
            yield _path(PEOPLE, record), record.people


def _path(folder: str, record: Record) -> str:
    return f"{folder}/{record.name.replace(':', '-')}.json"


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
    offered = evidence.was_offered(session, case)
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


@dataclass(frozen=True, slots=True)
class Page:
    """The page that says in words what a pack proves."""

    office: Office
    told: int
    """How many entries of the ledger the pack tells."""
    is_redacted: bool = field(kw_only=True)

    def of(self, session: Session, case: Case) -> bytes:
        content = case.letters[-1].draft.content
        accounts = account(session, Wanted(authority=content.authority.code))
        of_case = {each.id for each in case.deliveries}
        values = {
            "authority": content.authority.official_name,
            "title": content.title,
            "office": self.office.sender.name,
            "letters": [self._version(letter, case.mailout) for letter in case.letters],
            "deliveries": [
                self._delivery(each) for each in accounts if each.delivery.id in of_case
            ],
            "signed": _when(self.office.checkpoint.at),
            "entries": str(self.office.checkpoint.size),
            "told": str(self.told),
            "key": self.office.key.id.hex(),
            "is_redacted": self.is_redacted,
        }
        day = local(self.office.checkpoint.at).date()
        return self.office.summary.pdf(values, author=self.office.sender.name, day=day)

    def _named(self, name: str | None, otherwise: str = "nobody") -> str:
        return WITHHELD if name and self.is_redacted else name or otherwise

    def _version(self, letter: Letter, mailout: Mailout) -> dict[str, str]:
        return {
            "version": str(letter.version),
            "made": _when(letter.rendered_at),
            "approved_by": self._named(letter.approved_by or mailout.approved_by),
            "approved": _when(letter.approved_at or mailout.approved_at),
            "sha256": letter.parts["pdf"],
        }

    def _delivery(self, each: Account) -> dict[str, object]:
        row = each.delivery
        return {
            "name": self._named(row.name, ""),
            "role": row.role,
            "address": self._named(row.address, ""),
            "version": str(each.version),
            "state": row.state.value,
            "lines": list(self._lines(each)),
        }

    def _lines(self, each: Account) -> Iterator[str]:
        for attempt in each.attempts:
            text = "" if self.is_redacted else attempt.text or ""
            answer = f"{attempt.server or 'no server'}: {attempt.code or ''} {text}".rstrip(": ")
            yield f"{_when(attempt.started_at)}: {answer}"
        for notice, mail in each.notices:
            category = notice.category.value.replace("_", " ")
            yield f"{_when(mail.received_at)}: a mail came back ({category})"
        for event in each.events:
            done = "sent again" if event.action == RESENT else "settled"
            reason = self._named(event.detail.get("because"), "no reason given")
            said = "" if self.is_redacted else f" by {event.actor}: {reason}"
            yield f"{_when(event.at)}: {done}{said}"


def _when(at: datetime | None) -> str:
    return moment_in_words(at) if at else "no day that is known"


def _manifest(about: Mapping[str, object], files: Mapping[str, bytes]) -> bytes:
    listed: Iterable[Entry] = sorted(Entry.of(path, content) for path, content in files.items())
    return _json({"format": FORMAT, **about, "files": [asdict(each) for each in listed]})


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
