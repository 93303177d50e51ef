"""The verifier of evidence packs, on its own: it finds whatever was done to one."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

import pytest

from dispatch.domain.delivery import LIFE, DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.posting import posting
from dispatch.domain.proof import merkle
from dispatch.domain.proof.ledger import Event
from dispatch.files import packs as disk
from dispatch.files.keys import SigningKey
from dispatch.ledger import posting_events
from dispatch.ledger.catalogue import CATALOGUE, may_follow
from dispatch.proof.checkpoints import Signer
from tests import packs, rfc9162
from tests.factories import RELEASE_AT
from tests.patience import HANG_SECONDS

Files = dict[str, bytes]
MADE: Final[list[tuple[Files, Signer]]] = []
"""The pack and who signed it: made once."""


@pytest.fixture
def made(request: pytest.FixtureRequest) -> tuple[Files, Signer]:
    if not MADE:
        app, clock, transport = map(request.getfixturevalue, ("app", "clock", "transport"))
        packs.lived_through(app, clock, transport)
        MADE.append((packs.packed(app), packs.signer(app)))
    files, who = MADE[0]
    return dict(files), who


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    spec = spec_from_file_location("verify", packs.VERIFIER)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the verifier with nothing but Python's own packages and `cryptography`."""
    return subprocess.run(
        [sys.executable, "-I", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
        encoding="utf-8",
    )


def test_a_pack_is_verified_by_the_file_that_lies_in_it(
    made: tuple[Files, Signer], tmp_path: Path
) -> None:
    files, who = made
    disk.write(tmp_path / "pack", files)
    done = run(tmp_path / "pack" / "verify.py", "--key", who.public)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The letter of OXO in annual-review-2020." in done.stdout
    assert "Version 1: the PDF is the one that was rendered on 2020-07-20" in done.stdout
    assert "  Approved by alex on 2020-07-20 09:00:00 UTC." in done.stdout
    assert "  The approval was of this very letter, for the recipients that" in done.stdout
    assert "To Ms Adeyemi <chief.executive@oxo.example>, chief executive:" in done.stdout
    assert done.stdout.count("  The message holds the letter's PDF, byte for byte.") == 2
    assert "mail.test:25: 250 2.0.0 queued" in done.stdout
    assert "  The last event: delivery.bounced on 2020-07-22 09:00:00 UTC." in done.stdout
    assert "A message came back on 2020-07-22 09:00:00 UTC" in done.stdout
    assert done.stdout.endswith(
        "All of this is proven, and nothing is wrong.\n"
        "It rests on the key that you gave, and on this program.\n"
        "The program's SHA-256, which the office tells you with its key:\n"
        f"{sha256(packs.VERIFIER.read_bytes())}\n"
    )
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert str(who.public) == files["key.txt"].decode().strip()


def test_a_pack_with_the_key_that_came_in_it_is_not_called_proven(
    made: tuple[Files, Signer], tmp_path: Path
) -> None:
    disk.write(tmp_path / "pack", made[0])
    done = run(packs.VERIFIER, tmp_path / "pack")
    assert (done.returncode, done.stderr) == (3, "")
    assert "taken from the pack itself." in done.stdout
    assert "All of this is proven" not in done.stdout
    assert done.stdout.endswith("Ask the office for its key, and give it with --key.\n")


@pytest.mark.parametrize("key", ["", " ", "\n"])
def test_an_empty_key_is_a_mistake_in_the_call(
    made: tuple[Files, Signer], tmp_path: Path, key: str
) -> None:
    disk.write(tmp_path / "pack", made[0])
    done = run(packs.VERIFIER, tmp_path / "pack", "--key", key)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--key is empty" in done.stderr


def test_it_imports_nothing_that_lies_beside_it(tmp_path: Path) -> None:
    """Else a pack could hold the right verifier, and a module that speaks in its place."""
    program = tmp_path / "verify.py"
    program.write_bytes(packs.VERIFIER.read_bytes())
    for name in ("argparse", "zipfile", "cryptography", "hashlib"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('All of this is proven')")
    done = subprocess.run(  # without -I, as people start it
        [sys.executable, program.name, "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=HANG_SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Verify an evidence pack." in done.stdout


def test_an_archive_is_verified_with_a_key_from_elsewhere(
    made: tuple[Files, Signer], tmp_path: Path
) -> None:
    files, who = made
    disk.write(tmp_path / "pack.zip", files)
    done = run(packs.VERIFIER, tmp_path / "pack.zip", "--key", who.public)
    assert done.returncode == 0
    assert " was given." in done.stdout


def test_what_is_wrong_is_named_first_and_ends_with_one(
    made: tuple[Files, Signer], tmp_path: Path
) -> None:
    files, _ = made
    disk.write(tmp_path / "pack", {**files, "letters/1/letter.pdf": b"%PDF-"})
    done = run(packs.VERIFIER, tmp_path / "pack")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "WRONG: letters/1/letter.pdf was changed: it is not the file that was packed\n"
    )
    done = run(packs.VERIFIER, tmp_path / "nothing")
    assert done.returncode == 1
    assert "is neither a folder nor a ZIP archive" in done.stderr


def test_a_link_in_a_pack_is_no_part_of_it(
    made: tuple[Files, Signer], tmp_path: Path, verifier: ModuleType
) -> None:
    disk.write(tmp_path / "pack", made[0])
    (tmp_path / "pack" / "more").symlink_to("/etc/hosts")
    with pytest.raises(verifier.Wrong, match="more is not a plain file"):
        verifier.read(tmp_path / "pack")


def test_what_a_desktop_leaves_in_a_folder_is_told(
    made: tuple[Files, Signer], tmp_path: Path
) -> None:
    files, who = made
    disk.write(tmp_path / "pack", files)
    (tmp_path / "pack" / "letters" / ".DS_Store").write_bytes(b"Bud1")
    done = run(packs.VERIFIER, tmp_path / "pack", "--key", who.public)
    assert done.returncode == 0
    assert "letters/.DS_Store is not part of the pack: a desktop leaves" in done.stdout


def test_a_folder_that_was_added_is_told(
    made: tuple[Files, Signer], tmp_path: Path, verifier: ModuleType
) -> None:
    disk.write(tmp_path / "pack", made[0])
    (tmp_path / "pack" / "this letter was withdrawn").mkdir()
    with pytest.raises(verifier.Wrong, match="withdrawn was added: it is an empty folder"):
        verifier.read(tmp_path / "pack")


@pytest.mark.parametrize("path", ["manifest.sig", "checkpoint.txt"])
@pytest.mark.parametrize("words", ["This letter was withdrawn.\n", "\n", " "])
def test_words_behind_a_signature_are_told(
    made: tuple[Files, Signer], verifier: ModuleType, path: str, words: str
) -> None:
    files = {**made[0], path: made[0][path] + words.encode()}
    if path == "checkpoint.txt":
        files = packs.signed_anew(files, made[1])
    with pytest.raises(verifier.Wrong, match=f"{path} has words after its text"):
        verifier.verify(files, str(made[1].public))


def test_an_archive_that_holds_more_than_its_files_is_not_as_the_office_made_it(
    made: tuple[Files, Signer], tmp_path: Path, verifier: ModuleType
) -> None:
    path = tmp_path / "pack.zip"
    disk.write(path, made[0])
    assert verifier.read(path) == made[0]
    plain = path.read_bytes()
    link = zipfile.ZipInfo("more")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    for entry, content in ((zipfile.ZipInfo("letters/2/"), b"another"), (link, b"/etc/hosts")):
        path.write_bytes(plain)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(entry, content)
        with pytest.raises(verifier.Wrong, match="is not as the office made it"):
            verifier.read(path)
    for content in (b"withdrawn\n" + plain, plain + b"withdrawn\n"):
        path.write_bytes(content)
        with pytest.raises(verifier.Wrong, match="is not as the office made it"):
            verifier.read(path)


def test_it_climbs_trees_as_the_ledger_builds_them(verifier: ModuleType) -> None:
    for size in range(1, 20):
        leaves = [merkle.leaf_hash(bytes([number])) for number in range(size)]
        root = rfc9162.root(leaves)
        for place, leaf in enumerate(leaves):
            proof = rfc9162.inclusion_proof(leaves, place)
            assert verifier.root_of(leaf, place, size, proof) == root
            assert verifier.root_of(leaf, place, size, [*proof, root]) is None
            assert not proof or verifier.root_of(leaf, place, size, proof[:-1]) is None
        assert verifier.root_of(leaves[0], size, size, []) is None


def test_it_knows_the_steps_of_a_delivery_of_which_events_tell(verifier: ModuleType) -> None:
    assert verifier.STEPS.keys() == {"", *(state.value for state in DeliveryState)} - UNSEEN
    for one, steps in verifier.STEPS.items():
        before = DeliveryState(one) if one else None
        assert (
            set(steps)
            == {state.value for state in DeliveryState if LIFE.tells(before, state)} - UNSEEN
        ), one


def test_it_knows_the_steps_of_a_letter_by_post(verifier: ModuleType) -> None:
    assert verifier.POSTED.keys() == posting_events.MOVES_POSTING
    for action, before in verifier.FOLLOWS.items():
        for one in before:
            state = CATALOGUE[one].leads_to if one else None
            event = Event(RELEASE_AT, "sam", action, "posting:1")
            assert may_follow(posting.LIFE, state, event), (one, action)


UNSEEN: Final = {"claimed", "offered"}


def found(verifier: ModuleType, files: Files, key: str | None = None) -> str:
    """Return what is wrong with a pack, or nothing."""
    try:
        verifier.verify(files, key)
    except verifier.Wrong as error:
        return str(error)
    except verifier.TROUBLE as error:
        return f"cannot be read: {error}"
    return ""


def test_each_file_counts(made: tuple[Files, Signer], verifier: ModuleType) -> None:
    """One octet changed, a file taken out: each is found, whichever file it is."""
    files, _ = made
    assert found(verifier, files) == ""
    for path, content in files.items():
        flipped = content[:-9] + bytes([content[-9] ^ 1]) + content[-8:]
        assert found(verifier, {**files, path: flipped}) != "", path
        without = {name: files[name] for name in files if name != path}
        assert found(verifier, without) == f"{path} is missing", path
    assert found(verifier, {**files, "more.txt": b""}) == (
        "more.txt was added: it is not part of the pack"
    )


def test_a_pack_that_somebody_else_signed_needs_the_office_s_key_to_be_found_out(
    made: tuple[Files, Signer], verifier: ModuleType, tmp_path: Path
) -> None:
    files, who = made
    forger = Signer(who.name, SigningKey.kept(tmp_path / "key.pem"))
    text = files["checkpoint.txt"].decode().partition("\n\n")[0] + "\n"
    forged = {
        **files,
        "key.txt": str(forger.public).encode(),
        "checkpoint.txt": packs.note(text, forger),
    }
    forged = packs.signed_anew(forged, forger)
    assert found(verifier, forged) == ""
    assert "manifest.sig is not signed with the key" in found(verifier, forged, str(who.public))
    assert found(verifier, {**files, "manifest.sig": forged["manifest.sig"]}) != ""


def test_a_key_that_was_copied_wrong_is_said(
    made: tuple[Files, Signer], verifier: ModuleType
) -> None:
    files, who = made
    key = str(who.public)
    assert "NAME+ID+OCTETS" in found(verifier, files, "a key")
    assert "copied wrong" in found(verifier, files, key[:-4] + "AAAA")
    assert "copied wrong" in found(verifier, files, f"x{key}")


class Tampering(NamedTuple):
    what: str
    done: Callable[[Files], None]
    named: str


def one(files: Files, beginning: str, holding: bytes = b"") -> str:
    """Return the first path that begins so, of a file that holds this."""
    return next(
        path for path in sorted(files) if path.startswith(beginning) and holding in files[path]
    )


def edited(beginning: str, old: bytes, new: bytes) -> Callable[[Files], None]:
    def edit(files: Files) -> None:
        path = one(files, beginning, old)
        files[path] = files[path].replace(old, new)

    return edit


def misaddressed(files: Files) -> None:
    """Name somebody else in every message."""
    for path in [path for path in files if path.startswith("messages/")]:
        files[path] = files[path].replace(b"chief.executive@oxo.example", b"mallory@oxo.example")


def misnamed(files: Files) -> None:
    """Name somebody beside whom it went to."""
    path = one(files, "messages/", b"To: ")
    files[path] = re.sub(rb"(?m)^To: ", b"To: mallory@oxo.example, ", files[path], count=1)


def gone(beginning: str, holding: bytes = b"") -> Callable[[Files], None]:
    def leave_out(files: Files) -> None:
        del files[one(files, beginning, holding)]

    return leave_out


def put(path: str, content: bytes) -> Callable[[Files], None]:
    return lambda files: files.update({path: content})


def swapped(beginning: str) -> Callable[[Files], None]:
    def swap(files: Files) -> None:
        [one, other, *_] = [path for path in sorted(files) if path.startswith(beginning)]
        files[one], files[other] = files[other], files[one]

    return swap


def told(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Files], None]:
    """Change the entries of the ledger as they are told."""

    def tell(files: Files) -> None:
        events = json.loads(files["events.json"])
        change(events["entries"])
        files["events.json"] = json.dumps(events).encode()

    return tell


def without(action: str) -> Callable[[Files], None]:
    """Leave out the events of an action: the rest is still in the ledger."""

    def leave_out(entries: list[dict[str, Any]]) -> None:
        entries[:] = [each for each in entries if f'"action":"{action}"' not in each["entry"]]

    return told(leave_out)


def with_another_pdf(files: Files) -> None:
    """Put another PDF into the message."""
    path = one(files, "messages/")
    head, _, body = files[path].partition(b"application/pdf")
    files[path] = head + b"application/pdf" + body.replace(b"JVBERi", b"JVBERj", 1)


DEEP: Final = (
    Tampering(
        "the PDF",
        put("letters/1/letter.pdf", b"%PDF-1.7 another"),
        r"letters/1/letter\.pdf is not the letter that the ledger has the digest of",
    ),
    Tampering(
        "the letter's text",
        edited("letters/1/letter.txt", b"Adeyemi", b"Smith"),
        r"letters/1/letter\.txt is not the letter",
    ),
    Tampering("the PDF is gone", gone("letters/1/letter.pdf"), r"letter\.pdf is missing"),
    Tampering(
        "a server's answer",
        edited("records/attempt", b'"code":250', b'"code":550'),
        r"records/attempt-\S+\.json is not what the ledger has of it",
    ),
    Tampering(
        "an attempt is left out",
        gone("records/attempt", b'"code":250'),
        r"records/attempt-\S+\.json is missing",
    ),
    Tampering(
        "who it went to",
        edited("people/delivery", b"Adeyemi", b"Smith"),
        r"people/delivery-\S+ is not what the ledger has",
    ),
    Tampering(
        "who was in post",
        edited("people/contact", b"Adeyemi", b"Smith"),
        r"people/contact-\S+ is not what the ledger has",
    ),
    Tampering(
        "who approved it",
        edited("people/release", b"alex", b"sam"),
        r"people/release-\S+ is not what the ledger has",
    ),
    Tampering(
        "a record is made up",
        put("records/attempt-0.json", b"{}"),
        r"records/attempt-0\.json: nothing in the ledger leads to it",
    ),
    Tampering("two records change places", swapped("records/delivery"), "is not what the ledger"),
    Tampering("two messages change places", swapped("messages/"), "its headers are not those"),
    Tampering("a message is left out", gone("messages/"), r"messages/\S+\.eml is missing"),
    Tampering(
        "a message is made up",
        put("messages/1.eml", b""),
        r"messages/1\.eml does not belong to a delivery in the ledger",
    ),
    Tampering("another PDF in a message", with_another_pdf, "the message is not the one that"),
    Tampering(
        "the words of a message",
        edited("messages/", b"Content-Type: text/plain", b"Content-Type: text/plane"),
        "the message is not the one that the ledger has the digest of",
    ),
    Tampering(
        "a message's recipient",
        misaddressed,
        "its headers are not those of this delivery",
    ),
    Tampering("another recipient of a message", misnamed, "its headers are not those of this del"),
    Tampering(
        "a message's date",
        edited("messages/", b"22 Jul 2020", b"21 Jul 2020"),
        "its headers are not those of this delivery",
    ),
    Tampering(
        "a message's id",
        edited("messages/", b"Message-ID: <", b"Message-ID: <0"),
        "its headers are not those of this delivery",
    ),
    Tampering(
        "what came back",
        edited("notices/", b"no such mailbox", b"it is in the box"),
        r"notices/\S+\.eml is not the message that came in",
    ),
    Tampering("what came back is left out", gone("notices/"), r"notices/\S+\.eml is missing"),
    Tampering(
        "a notice is made up",
        put("notices/1.eml", b""),
        r"notices/1\.eml is not a message that is in the ledger",
    ),
    Tampering(
        "the person of an event",
        edited("people/event", b'"actor":"alex"', b'"actor":"sam"'),
        r"people/event-\d+\.json is not what the ledger has of it",
    ),
    Tampering(
        "the person of an event is left out",
        gone("people/event", b'"actor":"alex"'),
        r"people/event-\d+\.json is missing",
    ),
    Tampering(
        "what the service did",
        edited("events.json", b'\\"role\\":\\"chief executive', b'\\"role\\":\\"mayor'),
        r"events\.json: what event \d+ says is not what the ledger has of it",
    ),
    Tampering(
        "what tells of people is made up",
        put("people/contact-0.json", b"{}"),
        r"people/contact-0\.json: nothing in the ledger leads to it",
    ),
    Tampering(
        "the time of an event",
        edited("events.json", b"2020-07-22T08", b"2020-07-21T08"),
        r"entry \d+ is not in the ledger",
    ),
    Tampering(
        "the place of an entry",
        told(lambda entries: entries[3].update(place=entries[3]["place"] + 1)),
        r"entry \d+ is not in the ledger",
    ),
    Tampering(
        "a place beyond the end",
        told(lambda entries: entries[3].update(place=10**9)),
        "entry 1000000000 is not in the ledger",
    ),
    Tampering(
        "a proof is cut short",
        told(lambda entries: entries[3]["proof"].pop()),
        r"entry \d+ is not in the ledger",
    ),
    Tampering(
        "a proof is too long",
        told(lambda entries: entries[3]["proof"].append("00" * 32)),
        r"entry \d+ is not in the ledger",
    ),
    Tampering(
        "two entries change their words",
        told(
            lambda entries: [
                entries[3].update(entry=entries[4]["entry"]),
            ]
        ),
        r"entry \d+ is not in the ledger",
    ),
    Tampering(
        "an entry is made up",
        told(lambda entries: entries.append({"place": 0, "entry": "{}", "proof": []})),
        "entry 0 is not in the ledger",
    ),
    Tampering(
        "the digest of a record",
        edited("events.json", b'\\"sha256\\":\\"', b'\\"sha256\\":\\"0'),
        r"entry \d+ is not in the ledger",
    ),
    Tampering(
        "the approval is left out",
        without("mailout.approved"),
        "no event confirms the approval of version 1",
    ),
    Tampering(
        "the rendering is left out",
        without("letter.rendered"),
        "no event says that version 1 was rendered",
    ),
    Tampering(
        "the checkpoint's size",
        edited("checkpoint.txt", b"\nseal ", b"\nseal 9"),
        r"checkpoint\.txt is not signed with the key",
    ),
    Tampering(
        "the checkpoint is none",
        put("checkpoint.txt", b"x\n\n\xe2\x80\x94 x AAAA\n"),
        r"checkpoint\.txt is not signed with the key",
    ),
    Tampering("the events are no JSON", put("events.json", b"["), "cannot be read: "),
    Tampering("the events are none", put("events.json", b"[]"), "has something else in it"),
)


@pytest.mark.parametrize("tampering", DEEP, ids=lambda tampering: tampering.what)
def test_not_even_the_office_itself_can_change(
    tampering: Tampering, made: tuple[Files, Signer], verifier: ModuleType
) -> None:
    """The pack is signed anew each time: what is found is that it is not what was sealed."""
    files, who = made
    tampering.done(files)
    assert re.search(tampering.named, found(verifier, packs.signed_anew(files, who)))


def test_the_key_does_not_sign_a_checkpoint_by_signing_a_pack(
    made: tuple[Files, Signer], verifier: ModuleType
) -> None:
    files, who = made
    files["checkpoint.txt"] = files["manifest.sig"]
    assert "checkpoint.txt is not a checkpoint" in found(verifier, packs.signed_anew(files, who))


@pytest.fixture
def redacted(request: pytest.FixtureRequest) -> tuple[Files, Signer]:
    if not REDACTED:
        app, clock, transport = map(request.getfixturevalue, ("app", "clock", "transport"))
        packs.lived_through(app, clock, transport)
        whole = packs.packed(app)
        REDACTED.append((packs.packed(app, is_redacted=True), packs.signer(app), whole))
    files, who, whole = REDACTED[0]
    return {**files, LETTER: whole[LETTER]}, who


REDACTED: Final[list[tuple[Files, Signer, Files]]] = []
"""A redacted pack, who signed it, and the whole one that it was made beside."""

LETTER: Final = "letters/1/letter.pdf"


def test_a_redacted_pack_is_verified_and_says_what_it_withholds(
    redacted: tuple[Files, Signer], tmp_path: Path
) -> None:
    files, who = redacted
    (tmp_path / "public.pdf").write_bytes(files.pop(LETTER))
    disk.write(tmp_path / "pack.zip", files)
    done = run(
        packs.VERIFIER,
        tmp_path / "pack.zip",
        *("--key", who.public, "--letter", tmp_path / "public.pdf"),
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Names, addresses, letters and messages are left out" in done.stdout
    assert "Version 1: a PDF was rendered on 2020-07-20" in done.stdout
    assert "  Approved by (name withheld) on 2020-07-20 09:00:00 UTC." in done.stdout
    assert "  The approval was of this letter, and of recipients whose digest is" in done.stdout
    assert "To (name withheld) (address withheld), chief executive:" in done.stdout
    assert "mail.test:25: 250" in done.stdout
    assert "The PDF that was given is version 1, byte for byte." in done.stdout
    assert "Adeyemi" not in done.stdout


def test_another_pdf_is_not_the_letter(
    redacted: tuple[Files, Signer], verifier: ModuleType
) -> None:
    files, _ = redacted
    del files[LETTER]
    with pytest.raises(verifier.Wrong, match="the PDF that was given is not a version of"):
        verifier.verify(files, None, b"%PDF-1.7 another")


def unredacted(files: Files) -> None:
    """Claim that nothing is left out."""
    files["manifest.json"] = files["manifest.json"].replace(
        b'"redacted": true', b'"redacted": false'
    )


@pytest.mark.parametrize(
    "tampering",
    [
        Tampering(
            "a server's answer",
            edited("records/attempt", b'"code":250', b'"code":550'),
            r"records/attempt-\S+\.json is not what the ledger has of it",
        ),
        Tampering(
            "the digest of who it went to",
            edited("records/delivery", b'"people":"', b'"people":"0'),
            r"records/delivery-\S+ is not what the ledger has",
        ),
        Tampering(
            "the digest of who approved it",
            edited("events.json", b'\\"said\\":\\"', b'\\"said\\":\\"0'),
            r"events\.json: entry \d+ is not in the ledger that was signed",
        ),
        Tampering(
            "the time of the approval",
            edited("events.json", b"2020-07-20T09", b"2020-07-21T09"),
            r"events\.json: entry \d+ is not in the ledger that was signed",
        ),
        Tampering(
            "the digest of the letter",
            edited("records/letter", b'"pdf":"', b'"pdf":"0'),
            r"records/letter-\S+ is not what the ledger has",
        ),
        Tampering(
            "the approval is left out", without("mailout.approved"), "no event confirms the a"
        ),
        Tampering(
            "a name is put in",
            put("people/contact-0.json", b"{}"),
            r"people/contact-0\.json is in a pack that says that it has no such files",
        ),
        Tampering(
            "a letter is put in", put(LETTER, b"%PDF-"), "in a pack that says that it has no"
        ),
        Tampering("it is called whole", unredacted, r"people/\S+ is missing"),
    ],
    ids=lambda each: each.what,
)
def test_not_even_the_office_can_change_what_it_published(
    redacted: tuple[Files, Signer], verifier: ModuleType, tampering: Tampering
) -> None:
    files, who = redacted
    del files[LETTER]
    tampering.done(files)
    said = found(verifier, packs.signed_anew(files, who))
    assert re.search(tampering.named, said), said


def test_whoever_has_no_key_cannot_change_what_was_published(
    redacted: tuple[Files, Signer], verifier: ModuleType
) -> None:
    files, _ = redacted
    del files[LETTER]
    assert found(verifier, files) == ""
    for path in sorted(files.keys() - {"manifest.sig", "manifest.json"}):
        assert f"{path} was changed" in found(verifier, {**files, path: files[path] + b" "})
    unredacted(files)
    assert "manifest.json was changed" in found(verifier, files)
