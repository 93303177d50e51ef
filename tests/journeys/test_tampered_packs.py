"""What somebody might do to an evidence pack, and the one line in which its verifier names it.

`DEEP` of `test_verifier` has what is done to one file of a pack. Here are packs that are put
together out of others, files that are spelled in another way, and archives.
"""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dispatch.domain.digest import sha256
from dispatch.domain.proof import checkpoint as checkpoints
from dispatch.domain.proof.merkle import Tree, leaf_hash
from dispatch.files.keys import SigningKey, is_signed
from dispatch.files.packs import write
from dispatch.ledger import journal, upkeep_events
from dispatch.proof.checkpoints import Signer
from dispatch.proof.evidence import FORMAT
from tests import packs, rfc9162
from tests.fakes import FakeClock, FakeTransport
from tests.journeys.test_verifier import found, one, put, verifier
from tests.journeys.test_verifier import told as entries_told

__all__ = ["verifier"]

Files = dict[str, bytes]


class World(NamedTuple):
    """Packs of one ledger."""

    early: Files
    """Of Oxford, before the ledger grew."""
    late: Files
    """Of Oxford, with the proof that it grew."""
    other: Files
    """Of Adur."""
    who: Signer
    """Whose ledger it is."""


MADE: Final[list[World]] = []


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    if not MADE:
        app = request.getfixturevalue("app")
        clock: FakeClock = request.getfixturevalue("clock")
        transport: FakeTransport = request.getfixturevalue("transport")
        packs.lived_through(app, clock, transport)
        who = packs.signer(app)
        early = packs.packed(app)
        clock.advance(hours=2)
        with app.sessions.begin() as session:
            asked = upkeep_events.CHECKPOINT_OFFERED.event(clock(), "worker", 1, addresses="1")
            journal.append(session, asked)
        packs.seal_all(app)
        held = [read(early["checkpoint.txt"], who)]
        late, other = packs.packed(app, held=held), packs.packed(app, "ADU")
        MADE.append(World(early, late, other, who))
    early, late, other, who = MADE[0]
    return World(dict(early), dict(late), dict(other), who)


def read(content: bytes, who: Signer) -> checkpoints.Checkpoint:
    octets = who.public.octets
    return checkpoints.read("held", content, who.public, partial(is_signed, octets))


Change = Callable[[Files, World], object]


class Tampering(NamedTuple):
    what: str
    done: Change
    named: str


def taken(path: str, *, early: bool = False) -> Change:
    """Take a file from the pack of another authority, or from an earlier one."""

    def take(files: Files, world: World) -> None:
        source = world.early if early else world.other
        files[path] = source[path]

    return take


def at(change: Callable[[Files], object]) -> Change:
    """Change the files without a look at other packs."""
    return lambda files, _: change(files)


def listed(path: object) -> Change:
    """List one more file in the manifest, and have it there."""

    def list_it(files: Files, _: World) -> None:
        files[str(path)] = b"withdrawn"

    return list_it


def spelled(path: str, old: str, new: str) -> Change:
    def spell(files: Files, _: World) -> None:
        assert old.encode() in files[path]
        files[path] = files[path].replace(old.encode(), new.encode(), 1)

    return spell


def of_entries(change: Callable[[list[dict[str, Any]]], object]) -> Change:
    return at(entries_told(change))


def without(*words: str) -> Change:
    """Leave out the entries that have one of these words, and the files that they lead to."""

    return lambda files, _: drop(files, lambda entry: any(word in entry for word in words))


def drop(files: Files, is_to_go: Callable[[str], bool]) -> None:
    """Leave out some entries, and the files that they lead to."""
    told = json.loads(files["events.json"])
    for each in [*told["entries"]]:
        said = json.loads(each["entry"])
        if is_to_go(each["entry"]):
            told["entries"].remove(each)
            name = said.get("record", f"event:{said.get('id')}").replace(":", "-")
            files.pop(f"people/{name}.json", None)
            files.pop(f"records/{name}.json", None)
    files["events.json"] = json.dumps(told).encode()


def without_attempt(files: Files, world: World) -> None:
    """Leave out the first of two attempts, with its event and its record."""
    if not any(b'"code":451' in content for content in files.values()):
        files.clear()  # the other authority's letter was the one that waited
        files.update(world.other)
    path = one(files, "records/attempt", b'"code":451')
    id_ = path.removeprefix("records/attempt-").removesuffix(".json")
    without("delivery.deferred", id_)(files, world)


def another_ledger(files: Files, world: World) -> None:
    """Sign another ledger with the same key."""
    root = Tree.of([leaf_hash(bytes([number])) for number in range(9)]).root
    mine = read(files["checkpoint.txt"], world.who)
    forged = checkpoints.Checkpoint(mine.origin, 9, root.hex(), 1, "0" * 64, mine.at)
    files["checkpoint.txt"] = packs.note(forged.text, world.who)


def swapped_people(files: Files) -> None:
    one_, other = [path for path in sorted(files) if path.startswith("people/delivery")]
    files[one_], files[other] = files[other], files[one_]


def approval(change: Callable[[dict[str, Any]], object]) -> Change:
    """Change what was approved, or the way to it."""

    def approve(files: Files, _: World) -> None:
        told = json.loads(files["approvals/1.json"])
        change(told)
        files["approvals/1.json"] = json.dumps(told).encode()

    return approve


def shuffled(entries: list[dict[str, Any]]) -> None:
    entries[1], entries[2] = entries[2], entries[1]


def deep(files: Files) -> None:
    files["events.json"] = b"[" * 100_000


def swap_seals(entries: list[dict[str, Any]]) -> None:
    one_, other, *_ = [each for each in entries if each["entry"].startswith('{"is_caught_up"')]
    one_["entry"], other["entry"] = other["entry"], one_["entry"]


def headed(old: bytes, new: bytes) -> Change:
    """Change the headers of the first message."""

    def change(files: Files, _: World) -> None:
        path = one(files, "messages/")
        files[path], count = re.subn(old, lambda _: new, files[path], count=1)
        assert count

    return change


HEADERS: Final = r"messages/\S+\.eml: its headers are not those of this delivery"
BEFORE: Final = (
    b'Mime-version: 1.0\r\nContent-Type: multipart/mixed; boundary="a"\r\n\r\n--a\r\n\r\nWithdrawn.'
    b"\r\n--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: a\r\n"
)
"""Words of a message around the one that was sent."""
SECOND: Final = "\u2014 the-letter-was-withdrawn AAAA\n".encode()


def dated(**said: object) -> Change:
    """Sign a checkpoint of the same ledger that says something else of itself."""

    def date_it(files: Files, world: World) -> None:
        mine = read(files["checkpoint.txt"], world.who)
        files["checkpoint.txt"] = packs.note(replace(mine, **said).text, world.who)  # type: ignore[arg-type]

    return date_it


SIGNED_ANEW: Final = (
    Tampering(
        "the entries of another authority", taken("events.json"), r"(records|people)/\S+ is missing"
    ),
    Tampering("an earlier checkpoint", taken("checkpoint.txt", early=True), "that was signed"),
    Tampering("earlier entries", taken("events.json", early=True), "that was signed"),
    Tampering("another ledger of the same key", another_ledger, "that was signed"),
    Tampering(
        "the letter of another authority", taken("letters/1/letter.pdf"), "is not the letter"
    ),
    Tampering("the text of another authority", taken("letters/1/letter.txt"), "is not the letter"),
    Tampering(
        "the proofs of an earlier pack",
        taken("consistency.json", early=True),
        r"consistency\.json is not of the ledger that was signed",
    ),
    Tampering(
        "another authority's name",
        at(lambda files: files.update(ABOUT=b"ADU")),
        r"manifest\.json names ADU in annual-review-2020, but the letter is that of OXO",
    ),
    Tampering(
        "another mailout's name",
        at(lambda files: files.update(MAILOUT=b"annual-review-2019")),
        "manifest.json names OXO in annual-review-2019, but the letter is that of OXO in annual-re",
    ),
    Tampering("a second version", listed("letters/2/letter.pdf"), "nothing in the ledger leads"),
    Tampering("a record of no kind", listed("records/odd-1.json"), "nothing in the ledger leads"),
    Tampering("an approval too many", listed("approvals/7.json"), "nothing in the ledger leads"),
    Tampering("a file beside the others", listed("WITHDRAWN.txt"), "is not a file that a pack"),
    Tampering("a hidden file", listed("letters/1/.htaccess"), "is not a file that a pack can"),
    Tampering("a path that goes up", listed("../verify.py"), "is not a file that a pack can have"),
    Tampering("a path from the root", listed("/etc/passwd"), "is not a file that a pack can have"),
    Tampering("a drive", listed("C:letters/1/letter.pdf"), "is not a file that a pack can have"),
    Tampering("a backslash", listed("letters\\1\\letter.pdf"), "is not a file that a pack can"),
    Tampering(
        "a Cyrillic letter", listed("l\u0435tters/1/letter.pdf"), "is not a file that a pack"
    ),
    Tampering("a mark that turns text", listed("letters/1/\u202efdp.exe"), "is not a file that a"),
    Tampering("a name that ends in a blank", listed("README.txt "), "is not a file that a pack"),
    Tampering("a nought before", listed("letters/01/letter.pdf"), "is not a file that a pack can"),
    Tampering("two paths that differ in case", listed("readme.TXT"), "lists a file twice"),
    Tampering(
        "the entries are not in order", of_entries(shuffled), "not in the order of the ledger"
    ),
    Tampering(
        "an entry is there twice",
        of_entries(lambda entries: entries.insert(3, entries[3])),
        "not in the order of the ledger|two digests",
    ),
    Tampering(
        "a note beside an entry",
        of_entries(lambda entries: entries[3].update(note="withdrawn")),
        "has something else in it than a pack of this format has",
    ),
    Tampering(
        "a place that is true",
        of_entries(lambda entries: entries[0].update(place=False)),
        "is not a whole number",
    ),
    Tampering(
        "a place with a point",
        spelled("events.json", '"place": 0,', '"place": 0.0,'),
        "is not a whole number",
    ),
    Tampering(
        "a place of a hundred digits",
        spelled("events.json", '"place": 0,', f'"place": {"9" * 100},'),
        "a number in it is too long",
    ),
    Tampering(
        "a place below nought", of_entries(lambda e: e[0].update(place=-1)), "that was signed"
    ),
    Tampering(
        "a hash in capitals",
        of_entries(lambda entries: entries[3]["proof"].__setitem__(0, "AB" * 32)),
        "not spelled as one",
    ),
    Tampering(
        "a name twice",
        spelled("events.json", '"place": 0,', '"place": 1, "place": 0,'),
        "a name stands there twice",
    ),
    Tampering("JSON that is nested deep", at(deep), r"events\.json cannot be read"),
    Tampering("half a surrogate", spelled("events.json", "worker", "\\ud800"), "cannot|not what"),
    Tampering(
        "a seal is left out",
        without('"seal":2'),
        r"entry \d+ has not the seals on both of its sides",
    ),
    Tampering(
        "two seals change places",
        of_entries(swap_seals),
        "is not in the ledger that was signed",
    ),
    Tampering(
        "the acceptance is left out",
        without("delivery.accepted"),
        "cannot follow (queued|deferred)",
    ),
    Tampering("the queuing is left out", without("delivery.queued"), "cannot follow nothing"),
    Tampering(
        "the release is left out", without("mailout.releasing"), "released after its approval"
    ),
    Tampering("an attempt is left out with its event", without_attempt, "attempt .* is left out"),
    Tampering("people's files are swapped", at(swapped_people), "is not what the ledger has of it"),
    Tampering(
        "a proof of growth is cut",
        spelled("consistency.json", '"proof": [', '"proof": ["00",'),
        "s",
    ),
    Tampering(
        "a proof of growth is changed",
        at(lambda files: growth(files, lambda proof: proof.__setitem__(-1, "00" * 32))),
        r"consistency\.json: the proof for \d+ entries does not lead to the root",
    ),
    Tampering(
        "a proof of growth is padded",
        at(lambda files: growth(files, lambda proof: proof.append("00" * 32))),
        r"consistency\.json: the proof for \d+ entries does not lead to the root",
    ),
    Tampering(
        "it is called of the first format",
        at(lambda files: files.update(FORMAT=b"dispatch-evidence-1")),
        "nothing in the ledger leads to it",
    ),
    Tampering(
        "it is called of a later format",
        at(lambda files: files.update(FORMAT=b"dispatch-evidence-9")),
        "this program knows none after dispatch-evidence-3: take a newer verify.py",
    ),
    Tampering(
        "it is called of no format",
        at(lambda files: files.update(FORMAT=b"withdrawn")),
        r"manifest\.sig does not sign the manifest of a pack",
    ),
    Tampering(
        "the manifest says more",
        at(lambda files: files.update(NOTE=b"withdrawn")),
        r"manifest\.json has something else in it",
    ),
    Tampering(
        "it is called redacted",
        at(lambda files: files.update(REDACTED=b"yes")),
        "is in a pack that says that it has no such files",
    ),
    Tampering("another subject", headed(rb"Subject: [^\r]*", b"Subject: Dismissed"), HEADERS),
    Tampering("a second date", headed(rb"(?=X-Dispatch)", b"Date: Wed, 1 Jan 2020\r\n"), HEADERS),
    Tampering("a blind copy", headed(rb"(?=Subject)", b"Bcc: press@a.example\r\n"), HEADERS),
    Tampering("a stamp of a server", headed(rb"\A", b"Received: from b.example\r\n"), HEADERS),
    Tampering("another name for a recipient", headed(rb"To: [^<]*<", b'To: "Sam" <'), HEADERS),
    Tampering("a line that ends otherwise", headed(rb"(?=Subject)", b"Cc: a\n"), HEADERS),
    Tampering("other words before the letter", headed(rb"(?=MIME-Version)", BEFORE), HEADERS),
    Tampering(
        "a second signature",
        at(lambda files: files.update({"checkpoint.txt": files["checkpoint.txt"] + SECOND})),
        r"checkpoint\.txt has a second signature, which the office did not make",
    ),
    Tampering(
        "a checkpoint of an earlier seal",
        dated(seal=1),
        r"checkpoint\.txt names seal 1, but covers \d",
    ),
    Tampering("another key lies in it", at(put("key.txt", b"x+00000000+AAAA")), "not a public key"),
)


def growth(files: Files, change: Callable[[list[str]], object]) -> None:
    told = json.loads(files["consistency.json"])
    change(told["proofs"][0]["proof"])
    files["consistency.json"] = json.dumps(told).encode()


NAMES: Final = {"ABOUT": "authority", "MAILOUT": "mailout", "NOTE": "note", "REDACTED": "redacted"}
"""What a manifest is to say, in place of what it says."""


def signed(files: Files, who: Signer) -> Files:
    """Sign a pack anew, with what it is to say in its manifest."""
    said = {NAMES[name]: files.pop(name).decode() for name in NAMES if name in files}
    form = files.pop("FORMAT", FORMAT.encode()).decode()
    manifest = json.loads(files["manifest.json"]) | said | {"format": form}
    manifest["redacted"] = manifest["redacted"] in {True, "yes"}
    return packs.signed_anew({**files, "manifest.json": json.dumps(manifest).encode()}, who, form)


@pytest.mark.parametrize("tampering", SIGNED_ANEW, ids=lambda each: each.what)
def test_what_the_office_itself_might_do_is_named_in_one_line(
    tampering: Tampering, world: World, verifier: ModuleType
) -> None:
    files = world.late
    tampering.done(files, world)
    said = found(verifier, signed(files, world.who), str(world.who.public))
    assert re.search(tampering.named, said), said
    assert "\n" not in said


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        (lambda files, _: files.pop(one(files, "people/recipients")), "who these recipients were"),
        (lambda files, _: without_delivery(files), "and of that no delivery is here"),
        (lambda files, _: without_records("mail", files), "is not here: [0-9a-f]{64}"),
        (
            lambda files, world: dated(
                at=read(files["checkpoint.txt"], world.who).at - timedelta(days=30)
            )(files, world),
            "the checkpoint is dated before seal",
        ),
    ],
    ids=["recipients", "a delivery", "what came back", "an early checkpoint"],
)
def test_what_the_office_leaves_out_or_dates_back_is_remarked_on(
    change: Change, remark: str, world: World, verifier: ModuleType
) -> None:
    files = dict(world.late)
    before = verifier.verify(files, str(world.who.public))
    change(files, world)
    told = verifier.verify(signed(files, world.who), str(world.who.public))
    assert any(re.search(f"REMARK: .*{remark}", line) for line in told)
    assert not any(re.search(f"REMARK: .*{remark}", line) for line in before)


def without_delivery(files: Files) -> None:
    """Leave out all about the delivery of the copy."""
    path = one(files, "people/delivery", b"link.officer")
    id_ = path.removeprefix("people/delivery-").removesuffix(".json")
    tries = [
        each for each in files if each.startswith("records/att") and id_.encode() in files[each]
    ]
    names = [each.removeprefix("records/attempt-").removesuffix(".json") for each in tries]
    drop(files, lambda entry: any(name in entry for name in (id_, *names)))
    files.pop(f"messages/{id_}.eml")


def without_records(kind: str, files: Files) -> None:
    for path in [each for each in files if each.startswith("notices/")]:
        del files[path]
    drop(files, lambda entry: f'"record":"{kind}:' in entry)


def test_each_file_of_another_pack_is_named(world: World, verifier: ModuleType) -> None:
    """Nobody has signed the pack anew: it is the manifest that does not fit."""
    mine = world.late
    for path in mine.keys() & world.other.keys():
        for source in (world.other, world.early):
            if source.get(path, mine[path]) != mine[path]:
                said = found(verifier, {**mine, path: source[path]})
                assert path in said or "manifest.json was changed" in said, path


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"note": "withdrawn"}, r"manifest\.json has something else in it"),
        ({"size": 1}, r"manifest\.json has another size for a file than the file has"),
    ],
    ids=["a note beside a file", "another size"],
)
def test_a_manifest_says_nothing_else_of_a_file(
    said: dict[str, object], named: str, world: World, verifier: ModuleType
) -> None:
    manifest = json.loads(world.late["manifest.json"])
    manifest["files"][0] |= said
    content = json.dumps(manifest).encode()
    text = f"{FORMAT}\n{sha256(content)}\n"
    files = {**world.late, "manifest.json": content, "manifest.sig": packs.note(text, world.who)}
    with pytest.raises(verifier.Wrong, match=named):
        verifier.verify(files, str(world.who.public))


def test_the_last_event_of_a_delivery_can_be_left_out_by_the_office(
    world: World, verifier: ModuleType
) -> None:
    """A whole life remains: the ledger proves what is in it, and not what is not."""
    files = world.late
    without("delivery.bounced")(files, world)
    assert found(verifier, signed(files, world.who), str(world.who.public)) == ""


class Held(NamedTuple):
    what: str
    made: Callable[[World], bytes]
    named: str


def noted(world: World, **changed: object) -> bytes:
    """Return the earlier checkpoint, changed, and signed with the ledger's key."""
    before = read(world.early["checkpoint.txt"], world.who)
    values = {name: getattr(before, name) for name in before.__dataclass_fields__} | changed
    return packs.note(checkpoints.Checkpoint(**values).text, world.who)


def by_another(world: World, name: str) -> bytes:
    """Return the earlier checkpoint of a ledger of this name, signed with another key."""
    before = read(world.early["checkpoint.txt"], world.who)
    values = {each: getattr(before, each) for each in before.__dataclass_fields__}
    forged = checkpoints.Checkpoint(**{**values, "origin": name})
    return packs.note(forged.text, Signer(name, OTHER_KEY))


OTHER_KEY: Final = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(32)))


HELD: Final = (
    Held("it fits", lambda world: world.early["checkpoint.txt"], "^$"),
    Held("the pack's own", lambda world: world.late["checkpoint.txt"], "^$"),
    Held("a later one", lambda world: noted(world, size=10**6), "held is later than this pack"),
    Held(
        "of a size without a proof", lambda world: noted(world, size=5), "has no proof for a checkp"
    ),
    Held(
        "another ledger of the same key and size",
        lambda world: noted(world, root="00" * 32),
        "did not grow out of the one that was signed on 2020-07-22",
    ),
    Held(
        "another root of the pack's own size",
        lambda world: noted(world, size=read(world.late["checkpoint.txt"], world.who).size),
        "did not grow out of the one that was signed",
    ),
    Held(
        "another ledger",
        lambda world: by_another(world, "other.example/dispatch"),
        "held is a checkpoint of another ledger, other.example/dispatch",
    ),
    Held(
        "another key",
        lambda world: by_another(world, world.who.name),
        "held is signed with another key, ",
    ),
    Held(
        "a date changed",
        lambda world: world.early["checkpoint.txt"].replace(b"at 2020", b"at 2019"),
        "held was changed after it was signed",
    ),
    Held(
        "words behind it",
        lambda world: world.early["checkpoint.txt"] + b"withdrawn\n",
        "held was changed after it was signed",
    ),
    Held("nothing", lambda _: b"", "held is not a checkpoint, or it was damaged"),
    Held("octets", lambda _: b"\xff\xfe\x00", "held is not a checkpoint, or it was damaged"),
    Held(
        "half of it",
        lambda world: world.early["checkpoint.txt"][:90],
        "held is not a checkpoint, or it was damaged",
    ),
)


@pytest.mark.parametrize("held", HELD, ids=lambda each: each.what)
def test_a_checkpoint_that_somebody_had_has_words_of_its_own(
    held: Held, world: World, verifier: ModuleType
) -> None:
    try:
        told = verifier.verify(world.late, str(world.who.public), None, {"held": held.made(world)})
        said = ""
        assert any(line.startswith("held is signed with the same key: nothing of") for line in told)
    except (verifier.Wrong, verifier.Unproven) as error:
        said = str(error)
    assert re.search(held.named, said), said


def test_it_follows_proofs_of_growth_as_the_ledger_makes_them(verifier: ModuleType) -> None:
    for size in range(1, 20):
        leaves = [leaf_hash(bytes([number])) for number in range(size)]
        root = rfc9162.root(leaves)
        for first in range(1, size):
            before, proof = rfc9162.root(leaves[:first]), rfc9162.consistency_proof(leaves, first)
            assert verifier.grown(first, size, proof, before) == (before, root)
            assert verifier.grown(first, size, [*proof, root], before) is None
            assert verifier.grown(first, size, proof[:-1], before) != (before, root)
            assert verifier.grown(first, size, proof, root) != (root, root)
        assert verifier.grown(size, size, [], root) is None
        assert verifier.grown(0, size, [], root) is None


def zipped(change: Callable[[zipfile.ZipFile], object], files: Files) -> bytes:
    """Return an archive of a pack, with something more in it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in files.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), each)
        change(archive)
    return content.getvalue()


def more(
    name: str, content: bytes = b"withdrawn", **values: Any
) -> Callable[[bytes, Files], bytes]:
    info = zipfile.ZipInfo(name)
    for each, value in values.items():
        setattr(info, each, value)
    return lambda _, files: zipped(lambda archive: archive.writestr(info, content), files)


def twice(_: bytes, files: Files) -> bytes:
    content = zipped(lambda archive: archive.writestr("README.tx_", b"withdrawn"), files)
    return content.replace(b"README.tx_", b"README.txt")


def commented(_: bytes, files: Files) -> bytes:
    return zipped(lambda archive: setattr(archive, "comment", b"withdrawn"), files)


def flagged(plain: bytes, _: Files) -> bytes:
    """Call the first entry encrypted."""
    changed = bytearray(plain)
    changed[6] |= 1
    start = plain.index(b"PK\1\2")
    changed[start + 8] |= 1
    return bytes(changed)


def behind_the_stream(_: bytes, files: Files) -> bytes:
    """Hide some octets behind the end of a compressed stream, inside its entry."""
    [(name, content)] = [(path, files[path]) for path in files if path == "README.txt"]
    plain = zipped(lambda _: None, {name: content})
    start = plain.index(b"PK\1\2")
    size = struct.unpack_from("<L", plain, 18)[0] + 9
    head = bytearray(plain[:start] + b"withdrawn" + plain[start:])
    struct.pack_into("<L", head, 18, size)
    struct.pack_into("<L", head, start + 9 + 20, size)
    struct.pack_into("<L", head, len(head) - 6, start + 9)
    return bytes(head)


def bomb(_: bytes, files: Files) -> bytes:
    """Say that an entry is small that unpacks to much more."""
    plain = bytearray(zipped(lambda _: None, {"README.txt": bytes(10**7)}))
    struct.pack_into("<L", plain, 22, 9)
    struct.pack_into("<L", plain, plain.index(b"PK\1\2") + 24, 9)
    return bytes(plain)


def renamed(plain: bytes, _: Files) -> bytes:
    """Name the first file one way before its content, and another way in the directory."""
    return plain.replace(b"README.txt", b"README.TXT", 1)


def huge(plain: bytes, _: Files) -> bytes:
    changed = bytearray(plain)
    struct.pack_into("<L", changed, plain.index(b"PK\1\2") + 24, 2**32 - 2)
    return bytes(changed)


ARCHIVES: Final[tuple[tuple[str, Callable[[bytes, Files], bytes]], ...]] = (
    ("a name twice", twice),
    ("a name in another case", more("readme.txt")),
    ("a folder with a content", more("letters/2/")),
    ("a link", more("more", external_attr=0o120777 << 16)),
    ("a device", more("more", external_attr=0o060666 << 16)),
    ("a comment on a file", more("more.txt", comment=b"withdrawn")),
    ("a field beside a file", more("more.txt", extra=b"\x77\x77\x04\x00gone")),
    ("a comment on the archive", commented),
    ("words before it", lambda plain, _: b"withdrawn" + plain),
    ("words after it", lambda plain, _: plain + b"withdrawn"),
    ("words behind a stream", behind_the_stream),
    ("another way to compress", more("more.txt", compress_type=zipfile.ZIP_BZIP2)),
    ("it is called encrypted", flagged),
    ("a small file that is large", bomb),
    ("a file of four gigabytes", huge),
    ("two names of one file", renamed),
    ("half an archive", lambda plain, _: plain[: len(plain) // 2]),
    ("a text", lambda _, __: b"PK\3\4 withdrawn"),
)


@pytest.mark.parametrize(("what", "done"), ARCHIVES, ids=[what for what, _ in ARCHIVES])
def test_what_is_hidden_in_an_archive_is_named(
    what: str,
    done: Callable[[bytes, Files], bytes],
    world: World,
    verifier: ModuleType,
    tmp_path: Path,
) -> None:
    path = tmp_path / "pack.zip"
    write(path, world.late)
    path.write_bytes(done(path.read_bytes(), world.late))
    with pytest.raises(verifier.Wrong, match=r"is not as the office made it|neither a folder nor"):
        verifier.read(path)
