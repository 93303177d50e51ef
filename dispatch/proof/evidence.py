"""Build an evidence pack for one authority's letter that anyone can verify independently.

Each thing in a pack is an entry of the ledger, or has its digest in one, and each such entry comes
with the proof that a signed checkpoint covers it. So a pack can be checked without the database and
without trusting the office that made it. Personal data lies in files of its own: a pack without
them can be published, and everything else is still proven.

`make` goes through all of it: it seals what happened, signs a checkpoint, collects the files, and
records the export before anybody is handed them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import permutations
from operator import itemgetter
from pathlib import Path
from typing import Final, Self

from dispatch.database import Session, Sessions
from dispatch.database.tables import Letter, Mailout
from dispatch.documents.summary import Summary
from dispatch.domain.digest import canonical_json, plain, sha256
from dispatch.domain.errors import NotApproved, NotFound, RuleBroken
from dispatch.domain.letter import PDF, Recipient, is_pdf
from dispatch.domain.proof.checkpoint import Checkpoint, PublicKey, Sign
from dispatch.domain.proof.ledger import Imprint, Written
from dispatch.domain.proof.manifest import NAME as MANIFEST
from dispatch.domain.proof.manifest import Entry
from dispatch.domain.proof.merkle import Tree, leaf_hash
from dispatch.domain.proposal import Proposal
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.sending.envelope import Sender
from dispatch.domain.word import Word
from dispatch.files import packs
from dispatch.ledger.catalogue import tells_of_people
from dispatch.letters import on_record
from dispatch.letters.store import documents
from dispatch.letters.store.letters import code_named
from dispatch.mail.outgoing.letter import as_offered, delivery_headers
from dispatch.mailouts.store import mailout_named
from dispatch.proof import checkpoints, export, names, precheck
from dispatch.proof.checkpoints import SignedCheckpoint, Signer
from dispatch.proof.page import Page
from dispatch.proof.precheck import Part
from dispatch.proof.seal import catch_up
from dispatch.proof.store import case as store
from dispatch.proof.store import entries, seals, witnesses
from dispatch.proof.store.case import Case
from dispatch.proof.store.entries import Placed
from dispatch.proof.store.seals import SealEntry
from dispatch.sending.store.claims import claim_of

FORMAT: Final = "dispatch-evidence-3"
CHECKPOINT: Final = "checkpoint.txt"
KEY: Final = "key.txt"
SUMMARY: Final = "summary.pdf"
EVENTS: Final = "events.json"
CONSISTENCY: Final = "consistency.json"
SIGNATURE: Final = "manifest.sig"
MOST_OTHERS: Final = 6
"""How many recipients beside those of the draft are tried in each order."""

PEOPLE: Final = "people"
"""The folder of personal data."""

_VERIFY: Final = Remedy(kind=RemedyKind.VERIFY)

File = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who issues a pack: under which signed checkpoint, with which key and which templates."""

    sender: Sender
    checkpoint: Checkpoint
    signed_checkpoint: str
    """Its text with the signature."""
    key: PublicKey
    sign: Sign
    fixed_files: Mapping[str, bytes]
    """The files that are the same in every pack."""
    summary: Summary
    """The page on top."""
    known: Mapping[str, Checkpoint] = field(default_factory=dict)
    """Checkpoints that the ledger must agree with, by the names of their files."""
    held: Sequence[Checkpoint] = ()
    """Those of them that somebody has, from which the pack proves that the ledger grew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackMeans:
    """What packs are made with."""

    sessions: Sessions
    clock: Callable[[], datetime]
    signer: Signer
    sender: Sender
    templates: Path
    """The folder of the fixed files and of the summary's template."""
    stored: Mapping[str, Checkpoint] = field(default_factory=dict)
    """The checkpoints that are kept outside the database, by the names of their files."""
    held: Mapping[str, Checkpoint] = field(default_factory=dict)
    """Those that somebody has who asks for a pack, by the names of their files."""


@dataclass(frozen=True, slots=True)
class Pack:
    """The files of a pack, by their paths, and the checkpoint that covers it."""

    files: dict[str, bytes]
    checkpoint: Checkpoint

    @property
    def manifest_digest(self) -> str:
        """The SHA-256 of the manifest, by which the whole pack is known."""
        return sha256(self.files[MANIFEST])


@dataclass(frozen=True, slots=True, kw_only=True)
class PackProposal(Proposal):
    """What a pack would hold, as far as that is known before it is audited and made."""

    mailout: str
    authority: str
    versions: int
    """Versions of the letter."""
    deliveries: tuple[tuple[str, str, str], ...]
    """The role, address and state of each, in order."""
    came_back: int
    """Messages that came back."""
    is_purged: bool
    """Whether some of it is deleted, so that only a redacted pack can be made."""


def propose(session: Session, mailout: Mailout, code: str) -> PackProposal:
    """Return what a pack would hold. Raises `NotFound` if no letter has gone."""
    known = code_named(session, mailout, code)
    case = _case(session, mailout, known)
    is_purged = not store.has_all_contents(session, case)
    return PackProposal(
        mailout=mailout.name,
        authority=known,
        versions=len(case.letters),
        deliveries=tuple((each.role, each.address, each.state.value) for each in case.deliveries),
        came_back=len(case.messages),
        is_purged=is_purged or "" in case.addresses,
    )


def _case(session: Session, mailout: Mailout, code: str) -> Case:
    """Return the case of an authority; raise `NotFound` if no letter has gone."""
    case = store.case(session, mailout, code)
    if not case.letters or mailout.released_at is None:
        raise NotFound(f"no letter of {code} has gone in {mailout.name}: there is nothing to prove")
    return case


def make(
    means: PackMeans, mailout: str, code: str, word: Word, *, is_redacted: bool = False
) -> Pack:
    """Make the pack about the letter of an authority, and record that somebody exports it.

    Owns its transactions: the export is committed before the pack is returned. Raises as `files`
    does, and `NotFound` for an unknown mailout or authority.
    """
    catch_up(means.sessions, means.clock)
    fixed, summary = packs.fixed_files(means.templates), Summary(means.templates)
    with means.sessions.read() as session:
        seals.hold_still(session)
        signed = checkpoints.sign(session, means.signer, now=means.clock())
        issuer = _issuer(means, signed, fixed, summary)
        of_mailout = mailout_named(session, mailout)
        known = code_named(session, of_mailout, code)
        made = files(session, of_mailout, known, issuer, is_redacted=is_redacted)
    pack = Pack(made, signed.checkpoint)
    with means.sessions.begin() as session:
        export.record_pack(
            session,
            word,
            mailout=mailout,
            authority=known,
            manifest=pack.manifest_digest,
            is_redacted=is_redacted,
        )
    return pack


def _issuer(
    means: PackMeans, signed: SignedCheckpoint, fixed: Mapping[str, bytes], summary: Summary
) -> Issuer:
    return Issuer(
        known={**means.stored, **means.held},
        held=tuple(means.held.values()),
        sender=means.sender,
        checkpoint=signed.checkpoint,
        signed_checkpoint=signed.text,
        key=means.signer.public,
        sign=means.signer.key.sign,
        fixed_files=fixed,
        summary=summary,
    )


def files(
    session: Session, mailout: Mailout, code: str, issuer: Issuer, *, is_redacted: bool = False
) -> dict[str, bytes]:
    """Return the files of the pack about one authority's letter, by their paths.

    A redacted pack has no personal data, but the digests of all of it. Raises `NotFound` if no
    letter has gone; `RuleBroken` if something that concerns it is not sealed yet, or cannot be
    shown in the way that was asked for; `NotApproved` if something stored is not what was sealed.
    """
    case = _case(session, mailout, code)
    if any(each.is_rehearsal for each in case.deliveries):
        raise RuleBroken(f"{mailout.name} was a rehearsal: no recipient had a letter to prove")
    tree = _signed_tree(session, issuer.checkpoint)
    events = proven_events(session, case, issuer.checkpoint.size)
    known = frozenset(store.subjects(session, case))
    part = Part.about(known, issuer.known)
    precheck.refuse_altered(session, part, lambda start, end: tree.levels[0][start:end])
    records = proven_records(session, case, issuer.checkpoint.size)
    _refuse(session, case, records, is_redacted=is_redacted)
    page = Page(
        issuer.summary,
        issuer.sender.name,
        issuer.key,
        issuer.checkpoint,
        count=len(events) + len(records),
        is_redacted=is_redacted,
    )
    made = {
        **issuer.fixed_files,
        SUMMARY: page.of(session, case),
        CHECKPOINT: issuer.signed_checkpoint.encode(),
        KEY: f"{issuer.key}\n".encode(),
        EVENTS: _proven_entries(tree, events, records, _seals(session, tree, events, records)),
        CONSISTENCY: _growth(session, tree, issuer.held),
        **{_path("records", record): record.text for record in records},
        **dict(_approvals(session, case)),
    }
    if not is_redacted:
        made |= _approved_recipients(case)
        made |= _people(events, records)
        made |= _letters(session, case)
        made |= _messages(session, case, issuer.sender)
        made |= {f"notices/{id_}.eml": content for id_, content in case.messages.items()}
    about = {"mailout": mailout.name, "authority": code, "redacted": is_redacted}
    manifest = _manifest(about, made)
    note = issuer.key.note(f"{FORMAT}\n{sha256(manifest)}\n", issuer.sign)
    return {**made, MANIFEST: manifest, SIGNATURE: note.encode()}


def _refuse(session: Session, case: Case, records: Sequence[Record], *, is_redacted: bool) -> None:
    """Raise `RuleBroken` if a pack of these records would lack what it must have, or give it away.

    A pack with names has all that a purge deletes. From the digests of an earlier release names can
    be guessed, so these are never published.
    """
    has_all = store.has_all_contents(session, case)
    is_purged = not has_all or any(each.is_purged for each in records)
    guessable = next((each for each in records if each.is_guessable), None)
    if guessable and (is_redacted or is_purged):
        whole = "make the whole pack, without --redact, for somebody who may see the names"
        purged = "some of it was purged since, so that the whole pack cannot be made either"
        raise RuleBroken(
            f"{names.record(session, guessable.name)} was sealed by an earlier release, with a "
            f"digest from which the names in it can be guessed, and cannot be in a pack that is "
            f"published: {purged if is_purged else whole}"
        )
    if is_purged and not is_redacted:
        raise RuleBroken(
            "some of it was purged: a pack without names, letters and messages can be made with "
            "--redact"
        )


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is stored, spelled as the ledger has the digest of."""

    name: str
    """Its kind and its id."""
    text: bytes
    people: bytes | None
    """Its personal data, whose digest is in the text; None if that is not kept apart."""
    place: int
    """Of its imprint."""
    entry: bytes
    """Its imprint, as it was sealed."""
    is_purged: bool
    """Whether its personal data was deleted."""
    is_guessable: bool
    """Whether its text has a digest from which names can be guessed, as earlier releases did."""

    @classmethod
    def of(cls, record: Written, place: int, imprint: Imprint) -> Self:
        """Take a record with its imprint, which it must fit."""
        salt, written = imprint.salt, record.as_sealed(imprint) or record
        people = written.people_text(salt) if salt else None
        digest = sha256(people) if people else imprint.people
        return cls(
            written.record,
            written.text(digest),
            people,
            place,
            imprint.entry(),
            is_purged=imprint.people is not None,
            is_guessable=written is not record,
        )


def _signed_tree(session: Session, checkpoint: Checkpoint) -> Tree:
    tree = precheck.tree_of(session, checkpoint.size)
    if tree.root.hex() != checkpoint.root:
        raise NotApproved("the ledger is not what was signed", remedy=_VERIFY)
    return tree


def proven_events(session: Session, case: Case, size: int) -> list[Placed]:
    """Return what happened to a case, in the order of the ledger.

    Raises `RuleBroken` if some of it is not sealed yet, and so cannot be proven.
    """
    found = store.events(session, case)
    if unsealed := sum(each.place is None or each.place >= size for each in found):
        some = "an event about it is" if unsealed == 1 else f"{unsealed} events about it are"
        raise RuleBroken(
            f"{some} not sealed yet and so cannot be proven: let the clock run, and ask again",
            remedy=Remedy(kind=RemedyKind.RUN),
        )
    return found


def proven_records(session: Session, case: Case, size: int) -> list[Record]:
    """Return the records of a case, in the order of the ledger.

    Raises `NotApproved` if one is not in the ledger, or is not what was sealed.
    """
    written = {each.record: each for each in store.records(session, case)}
    found = entries.last_imprints(session, written)
    for name, each in written.items():
        if name not in found or found[name][0] >= size or not each.is_as(found[name][1]):
            called = names.record(session, name)
            raise NotApproved(f"{called} is not what the ledger has of it", remedy=_VERIFY)
    made = (Record.of(each, *found[name]) for name, each in written.items())
    return sorted(made, key=lambda record: record.place)


def _seals(
    session: Session, tree: Tree, events: Iterable[Placed], records: Iterable[Record]
) -> list[SealEntry]:
    """Return the seals on both sides of each entry, which show when it was sealed."""
    places = [*(each.place for each in events), *(each.place for each in records)]
    found = seals.around(session, places, len(tree.levels[0])).values()
    return [each for sides in found for each in sides if each is not None]


def _growth(session: Session, tree: Tree, held: Iterable[Checkpoint]) -> bytes:
    """Spell the proofs that the ledger grew out of those that checkpoints were signed for.

    These are the checkpoints that were mailed to witnesses, and those that somebody holds who asks.
    """
    size = len(tree.levels[0])
    sizes = {*witnesses.mailed_sizes(session), *(each.size for each in held)}
    proofs = [
        {"size": each, "proof": [hash_.hex() for hash_ in tree.consistency_proof(each)]}
        for each in sorted(sizes)
        if each < size
    ]
    return _json({"size": size, "proofs": proofs})


def _proven_entries(
    tree: Tree, events: Iterable[Placed], records: Iterable[Record], own: Iterable[SealEntry]
) -> bytes:
    """Spell the entries of the ledger, each with its proof.

    An event's actor and details are here only if they name nobody.
    """
    rows = [(each.place, each.entry, _said(each)) for each in events]
    rows += [(each.place, each.entry, {}) for each in records]
    rows += [(each.place, each.entry, {}) for each in {each.place: each for each in own}.values()]
    proven = []
    for place, entry, said in sorted(rows, key=itemgetter(0)):
        if leaf_hash(entry) != tree.levels[0][place]:
            raise NotApproved(f"entry {place} of the ledger is not what was sealed", remedy=_VERIFY)
        proof = [each.hex() for each in tree.inclusion_proof(place)]
        proven.append({"place": place, "entry": entry.decode(), **said, "proof": proof})
    return _json({"size": len(tree.levels[0]), "entries": proven})


def _said(placed: Placed) -> dict[str, str]:
    if tells_of_people(placed.event):
        return {}
    return {"said": placed.event.said(placed.salt).decode()}


def _people(events: Iterable[Placed], records: Iterable[Record]) -> Iterator[File]:
    """Yield the personal data of events and of records."""
    for each in events:
        if tells_of_people(each.event):
            yield f"{PEOPLE}/event-{each.id}.json", each.event.said(each.salt)
    for record in records:
        if record.people:
            yield _path(PEOPLE, record), record.people


def _path(folder: str, record: Record) -> str:
    return f"{folder}/{record.name.replace(':', '-')}.json"


def _approvals(session: Session, case: Case) -> Iterator[File]:
    """Yield what was approved of each version, and how its leaf leads to that.

    Nothing for a version that was approved before there was a tree. Raises `NotApproved` for one
    that is not as it was approved.
    """
    for letter in case.letters:
        if found := on_record.proven(session, case.mailout, letter):
            terms, proof = found
            said = {
                "terms": terms.said,
                "leaf": asdict(proof.leaf),
                "index": proof.index,
                "path": [each.hex() for each in proof.path],
            }
            yield f"approvals/{letter.version}.json", _json(said)


def _approved_recipients(case: Case) -> Iterator[File]:
    """Yield the recipients that each version was approved for, with the salt of their digest."""
    for letter in case.letters:
        for recipients in _recipients(case, letter):
            found = {"recipients": plain(recipients), "salt": letter.approval_salt or ""}
            text = canonical_json(found)
            if sha256(text) == letter.approval_recipients:
                yield f"{PEOPLE}/recipients-{letter.id}.json", text
                break


def _recipients(case: Case, letter: Letter) -> Iterator[list[Recipient]]:
    """Yield whom a version may have been approved for, until one has the digest.

    These are the recipients that its draft names. A later version goes to others before them as
    well, who had an earlier one, and the rows of their deliveries do not have their order.
    """
    named = list(letter.draft.recipients)
    known = {each.address for each in named}
    others = [
        Recipient(kind=each.kind, role=each.role, address=each.address, name=each.name)
        for each in case.deliveries
        if each.letter_id == letter.id and each.address not in known
    ]
    for ordered in permutations(others) if len(others) <= MOST_OTHERS else ():
        yield [*ordered, *named]
    yield named


def _letters(session: Session, case: Case) -> Iterator[File]:
    """Yield each version of the letter, as PDF and as text; one PDF for each language."""
    for letter in case.letters:
        names = {
            form: f"letter{form.removeprefix(PDF)}.pdf"
            for form in sorted(letter.parts)
            if is_pdf(form)
        }
        names["text"] = "letter.txt"
        loaded = documents.load(session, [letter.parts[form] for form in names])
        for form, name in names.items():
            yield f"letters/{letter.version}/{name}", loaded[letter.parts[form]]


def _messages(session: Session, case: Case, sender: Sender) -> Iterator[File]:
    """Yield the message of each delivery that a server may have, byte for byte as offered."""
    letters = {letter.id: letter for letter in case.letters}
    offered = store.offered(session, case)
    sent = [each for each in case.deliveries if each.id in offered]
    bodies = {each.id: each.mail or letters[each.letter_id].parts["mail"] for each in sent}
    loaded = documents.load(session, sorted(set(bodies.values())))
    for each in sent:
        body = loaded[bodies[each.id]]
        letter = letters[each.letter_id]
        recipients, subject = letter.draft.recipients, letter.subject or ""
        headers = delivery_headers(sender, claim_of(each), recipients, subject)
        yield f"messages/{each.id}.eml", as_offered(headers, body, offered[each.id])


def _manifest(about: Mapping[str, object], made: Mapping[str, bytes]) -> bytes:
    listed: Iterable[Entry] = sorted(Entry.of(path, content) for path, content in made.items())
    return _json({"format": FORMAT, **about, "files": [asdict(each) for each in listed]})


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
