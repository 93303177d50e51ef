# ruff: noqa: INP001 - it goes into packs by itself
"""Verify an evidence pack: `python verify.py [PACK] [--key KEY] [--letter PDF]`.

PACK is a folder or a ZIP archive; if left out, the folder of this file. KEY is the office's public
key, from a source other than the pack. PDF is a letter from elsewhere, such as the one that was
published, to be compared with the one that was sent. This file needs Python 3.9 or newer and the
package `cryptography`, and neither a database nor a network.

It exits with 0 if all is proven, with 1 and the first thing that is wrong, with 2 if it was called
wrongly, and with 3 if nothing is wrong but no KEY was given: then the pack agrees with itself, and
anybody could have made it.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import stat
import struct
import sys
import zipfile
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.exit("verify.py needs the package cryptography: python -m pip install cryptography")

FORMAT = "dispatch-evidence-1"
CHECKPOINT = re.compile(
    r"(?P<origin>[^\n+ ]+)\n"
    r"(?P<size>[1-9][0-9]{0,17})\n"
    r"(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"seal (?P<seal>[0-9]{1,18}) [0-9a-f]{64}\n"
    r"at (?P<at>[0-9:T.-]{26}Z)\n"
)
KEY = re.compile(r"(?P<name>[^+\s]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]{44})")
SIGNATURE = re.compile("\u2014 (\\S+) ([A-Za-z0-9+/=]+)\n")
SIGNATURES = re.compile(f"(?:{SIGNATURE.pattern})+")
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that desktops leave in folders when people open them."""

LARGEST = 1_000_000_000
"""Bytes that an archive may unpack to."""

TROUBLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
)
"""What reading a malformed pack may raise."""

Files = dict[str, bytes]
Record = dict[str, Any]


class Wrong(Exception):
    """Something in the pack is wrong; the message says what."""


class Key:
    """The office's public key."""

    def __init__(self, text: str) -> None:
        """Read a key as `NAME+ID+OCTETS`."""
        found = KEY.fullmatch(text.strip())
        octets = base64.b64decode(found["key"]) if found else b""
        if not found or octets[:1] != b"\1":
            raise Wrong("this is not a public key: one reads NAME+ID+OCTETS, on one line")
        self.name = found["name"]
        self.id = hashlib.sha256(f"{self.name}\n".encode() + octets).digest()[:4]
        if self.id.hex() != found["id"]:
            raise Wrong("the key was copied wrongly: its name and its octets do not match")
        self.public = Ed25519PublicKey.from_public_bytes(octets[1:])

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}"

    def text_of(self, path: str, note: str) -> str:
        """Return the text of a signed note (c2sp.org/signed-note), if this key signed it."""
        text, _, signatures = note.partition("\n\n")
        if not SIGNATURES.fullmatch(signatures):
            raise Wrong(f"{path} has words after its text that are not signatures")
        for name, encoded in SIGNATURE.findall(signatures):
            octets = base64.b64decode(encoded)
            if name != self.name or octets[:4] != self.id:
                continue
            try:
                self.public.verify(octets[4:], f"{text}\n".encode())
            except InvalidSignature:
                continue
            return f"{text}\n"
        raise Wrong(f"{path} is not signed with the key {self}")


class Pack:
    """What a pack holds, as far as it has been checked."""

    def __init__(self, files: Files) -> None:
        """Take the files by path; none of them is trusted yet."""
        self.files = files
        self.events: list[Record] = []
        self.imprints: dict[str, str] = {}
        self.records: dict[str, Record] = {}
        self.told: list[str] = []
        self.of_people = {path for path in files if path.startswith("people/")}
        """Files of personal data that no checked entry of the ledger has led to yet."""
        self.is_redacted = False
        """Whether it has no personal data, as its signed manifest says."""

    def __getitem__(self, path: str) -> bytes:
        if path not in self.files:
            raise Wrong(f"{path} is missing")
        return self.files[path]

    def of_kind(self, kind: str) -> dict[str, Record]:
        """Return the records of a kind, by their ids."""
        named = (name.split(":", 1) for name in self.records)
        return {id_: self.records[f"{kind}:{id_}"] for of, id_ in named if of == kind}

    def happened(self, action: str, subject: str, **detail: str) -> bool:
        """Whether an event says this; one whose details are withheld counts if the rest fits."""
        return any(
            event["action"] == action
            and event["subject"] == subject
            and (
                event["detail"] is None
                or all(event["detail"].get(name) == value for name, value in detail.items())
            )
            for event in self.events
        )

    def is_without(self, path: str) -> bool:
        """Whether a file is missing because the pack is redacted."""
        return self.is_redacted and path not in self.files

    def people(self, name: str, digest: str) -> Record | None:
        """Return the personal data that has this digest in the ledger; None if withheld."""
        path = f"people/{name.replace(':', '-')}.json"
        if self.is_without(path):
            return None
        self.of_people.discard(path)
        if sha256(self[path]) != digest:
            raise Wrong(f"{path} is not what the ledger has of it")
        return opened(self[path])

    def tell(self, line: str) -> None:
        """Note a finding, without characters that control a terminal."""
        self.told.append("".join(char if char.isprintable() else " " for char in line))


def read(path: Path) -> Files:
    """Return the files of a pack by their paths in it."""
    if path.is_dir():
        return read_folder(path)
    if not zipfile.is_zipfile(path):
        raise Wrong(f"{path} is neither a folder nor a ZIP archive")
    with zipfile.ZipFile(path) as archive:
        return read_archive(path, archive)


def read_folder(path: Path) -> Files:
    """Return the files in a folder by their paths in it."""
    found = sorted(path.rglob("*"))
    if odd := [
        each for each in found if each.is_symlink() or not (each.is_file() or each.is_dir())
    ]:
        raise Wrong(f"{odd[0]} is not a plain file")
    if odd := [each for each in found if each.is_dir() and not any(each.iterdir())]:
        raise Wrong(f"{odd[0]} was added: it is an empty folder")
    files = [each for each in found if each.is_file()]
    return {each.relative_to(path).as_posix(): each.read_bytes() for each in files}


def read_archive(path: Path, archive: zipfile.ZipFile) -> Files:
    """Return the files in an archive by their paths in it, if it holds them and nothing else."""
    entries = archive.infolist()
    names = [each.filename for each in entries]
    if (
        len(set(names)) != len(names)
        or sum(each.file_size for each in entries) > LARGEST
        or any(name.endswith("/") or "\\" in name for name in names)
        or any(stat.S_ISLNK(each.external_attr >> 16) for each in entries)
        or not is_without_gaps(path.read_bytes(), entries)
    ):
        raise Wrong(f"{path} is not as the office made it: unpack it, and verify the folder")
    return {name: archive.read(name) for name in names}


def is_without_gaps(content: bytes, entries: list[zipfile.ZipInfo]) -> bool:
    """Whether an archive's entries follow one another from its first byte to its directory."""
    end = 0
    for each in sorted(entries, key=lambda entry: entry.header_offset):
        if each.header_offset != end:
            return False
        lengths = struct.unpack_from("<HH", content, end + 26)
        end += 30 + sum(lengths) + each.compress_size
    ends = content.rfind(b"PK\5\6")
    size, start = struct.unpack_from("<LL", content, ends + 12)
    return start == end and start + size == ends and ends + 22 == len(content)


def verify(files: Files, given: str | None, letter: bytes | None = None) -> list[str]:
    """Verify a pack; return in words what was proven. Raises `Wrong`."""
    pack = Pack(files)
    key = Key(given or pack["key.txt"].decode())
    check_manifest(pack, key)
    check_entries(pack, *check_checkpoint(pack, key))
    check_records(pack)
    check_letters(pack)
    check_messages(pack)
    check_notices(pack)
    for path in sorted(pack.of_people):
        raise Wrong(f"{path}: nothing in the ledger leads to it")
    if letter is not None:
        check_given(pack, letter)
    pack.tell(f"The key {key} was {'given' if given else 'taken from the pack itself'}.")
    return pack.told


def check_manifest(pack: Pack, key: Key) -> None:
    """Check that the pack is the one that the office signed, file by file."""
    content = pack["manifest.json"]
    statement = key.text_of("manifest.sig", pack["manifest.sig"].decode())
    if statement != f"{FORMAT}\n{sha256(content)}\n":
        raise Wrong("manifest.json was changed: it is not the one that manifest.sig signs")
    manifest = json.loads(content)
    expected = {each["path"]: each["sha256"] for each in manifest["files"]}
    there = pack.files.keys() - {"manifest.json", "manifest.sig"}
    for path in sorted(expected.keys() | there):
        if path not in expected and path.rpartition("/")[2] in LITTER:
            pack.tell(f"{path} is not part of the pack: a desktop leaves files of that name.")
            continue
        if path not in expected:
            raise Wrong(f"{path} was added: it is not part of the pack")
        if sha256(pack[path]) != expected[path]:
            raise Wrong(f"{path} was changed: it is not the file that was packed")
    pack.is_redacted = manifest["redacted"]
    pack.tell(f"The letter of {manifest['authority']} in {manifest['mailout']}.")
    if pack.is_redacted:
        pack.tell("Names, addresses, letters and messages are left out; their digests are here.")
    pack.tell(f"No file was changed, added or removed since it was packed: {len(expected)} files.")


def check_checkpoint(pack: Pack, key: Key) -> tuple[int, bytes]:
    """Return the size of the ledger and its root, as they were signed."""
    found = CHECKPOINT.fullmatch(key.text_of("checkpoint.txt", pack["checkpoint.txt"].decode()))
    if not found or found["origin"] != key.name:
        raise Wrong("checkpoint.txt is not a checkpoint of the ledger that this key belongs to")
    pack.tell(
        f"The checkpoint is signed: on {when(found['at'])} the ledger had {found['size']} entries."
    )
    return int(found["size"]), base64.b64decode(found["root"])


def check_entries(pack: Pack, size: int, root: bytes) -> None:
    """Check that each entry in the pack is in the ledger that the checkpoint covers."""
    told = json.loads(pack["events.json"])["entries"]
    for each in told:
        entry, place = each["entry"], each["place"]
        proof = [bytes.fromhex(hash_) for hash_ in each["proof"]]
        leaf = hashlib.sha256(b"\0" + entry.encode()).digest()
        if root_of(leaf, place, size, proof) != root:
            raise Wrong(f"events.json: entry {place} is not in the ledger that was signed")
        said = json.loads(entry)
        if "record" in said:
            pack.imprints[said["record"]] = said["sha256"]
        else:
            pack.events.append({**said, **said_by(pack, said, each.get("said"))})
    pack.tell(
        f"{len(told)} entries of the ledger are here, and each is proven to be in it: "
        f"{len(pack.events)} events and {len(pack.imprints)} digests of records."
    )


def said_by(pack: Pack, event: Record, said: str | None) -> Record:
    """Return the actor and the details of an event, of which its entry has the digest."""
    digest = event["said"]
    if said is None:
        return pack.people(f"event:{event['id']}", digest) or {"actor": None, "detail": None}
    if sha256(said.encode()) != digest:
        raise Wrong(f"events.json: what event {event['id']} says is not what the ledger has of it")
    return opened(said.encode())


def opened(content: bytes) -> Record:
    """Return the values that a salted digest was made of."""
    values: Record = json.loads(content)
    del values["salt"]
    return values


def root_of(leaf: bytes, place: int, size: int, proof: list[bytes]) -> bytes | None:
    """Return the root that a proof leads to (RFC 9162 2.1.3.2); None if its length is wrong."""
    if not 0 <= place < size:
        return None
    found, last, rest = leaf, size - 1, list(proof)
    while last:
        if place % 2 or place < last:
            if not rest:
                return None
            beside = rest.pop(0)
            pair = beside + found if place % 2 else found + beside
            found = hashlib.sha256(b"\1" + pair).digest()
        place, last = place // 2, last // 2
    return None if rest else found


def check_records(pack: Pack) -> None:
    """Check that each record whose digest is in the ledger is here, unchanged."""
    paths = {f"records/{name.replace(':', '-')}.json": name for name in pack.imprints}
    for path in sorted(path for path in pack.files if path.startswith("records/")):
        if path not in paths:
            raise Wrong(f"{path}: nothing in the ledger leads to it")
    for path, name in paths.items():
        if sha256(pack[path]) != pack.imprints[name]:
            raise Wrong(f"{path} is not what the ledger has of it")
        record = json.loads(pack[path])
        if digest := record.pop("people", None):
            record.update(pack.people(name, digest) or {})
        pack.records[name] = record
    pack.tell(f"{len(pack.records)} records are as they were written.")


def check_letters(pack: Pack) -> None:
    """Check each version: the PDF is the one that was rendered, and somebody approved it."""
    letters = pack.of_kind("letter")
    if not letters:
        raise Wrong("the pack holds no letter that is in the ledger")
    for id_, letter in sorted(letters.items(), key=lambda item: item[1]["version"]):
        folder = f"letters/{letter['version']}"
        for path, part in ((f"{folder}/letter.pdf", "pdf"), (f"{folder}/letter.txt", "text")):
            if not pack.is_without(path) and sha256(pack[path]) != letter["parts"][part]:
                raise Wrong(f"{path} is not the letter that the ledger has the digest of")
        frozen = [letter["subject"], letter["parts"], letter["draft"]["attachments"]]
        if sha256(spelled(frozen)) != letter["digest"]:
            raise Wrong(f"{folder}: the letter does not match its own digest")
        at = when(letter["rendered_at"])
        which = "a PDF" if pack.is_redacted else "the PDF is the one that"
        pack.tell(f"Version {letter['version']}: {which} was rendered on {at}.")
        pack.tell(f"  SHA-256 {letter['parts']['pdf']}")
        check_approval(pack, id_, letter)


def check_approval(pack: Pack, id_: str, letter: Record) -> None:
    """Check that an event in the ledger confirms the approval that the records name."""
    own = pack.records.get(f"approval:{id_}")
    release = pack.records.get(f"release:{letter['mailout_id']}")
    if release is None:
        raise Wrong("the record of the mailout's release is missing")
    by = own or release
    if own:
        action, subject, letters = "letter.approved", f"letter:{id_}", {"letter": letter["digest"]}
    else:
        action, subject, letters = "mailout.approved", f"mailout:{release['name']}", {}
        if not pack.happened("letter.rendered", f"letter:{id_}", digest=letter["digest"]):
            raise Wrong(f"no event says that version {letter['version']} was rendered")
    if not pack.happened(action, subject, digest=by["approved_digest"], **letters):
        raise Wrong(f"no event confirms the approval of version {letter['version']}")
    pack.tell(f"  Approved by {named(by.get('approved_by'))} on {when(by['approved_at'])}.")


def check_given(pack: Pack, content: bytes) -> None:
    """Check that a PDF from elsewhere is a version of the letter."""
    for letter in pack.of_kind("letter").values():
        if letter["parts"]["pdf"] == sha256(content):
            pack.tell(f"The PDF that was given is version {letter['version']}, byte for byte.")
            return
    raise Wrong("the PDF that was given is not a version of this letter: its SHA-256 is different")


def check_messages(pack: Pack) -> None:
    """Check that each message that was sent holds the letter, and list what servers replied."""
    attempts = sorted(pack.of_kind("attempt").values(), key=lambda each: each["started_at"])
    deliveries = pack.of_kind("delivery")
    for path in (path for path in pack.files if path.startswith("messages/")):
        if path[len("messages/") : -len(".eml")] not in deliveries:
            raise Wrong(f"{path} does not belong to a delivery in the ledger")
    for id_, row in sorted(deliveries.items(), key=by_time):
        tries = [each for each in attempts if each["delivery_id"] == id_]
        path = f"messages/{id_}.eml"
        address = f"<{row['address']}>" if row["address"] else "(address withheld)"
        pack.tell(f"To {named(row['name'])} {address}, {row['role']}:")
        was_offered = any("offered_at" in each for each in tries)
        if (was_offered or path in pack.files) and not pack.is_without(path):
            check_message(pack, path, id_, row)
            pack.tell("  The message holds the letter's PDF, byte for byte.")
        for each in tries:
            answer = f"{each.get('code', '')} {each.get('text', '')}".strip()
            pack.tell(f"  {when(each['started_at'])}, {each['server'] or 'no server'}: {answer}")
        states = [event for event in pack.events if event["subject"] == f"delivery:{id_}"]
        if not states:
            raise Wrong(f"no event is about delivery {id_}")
        pack.tell(f"  The last event: {states[-1]['action']} on {when(states[-1]['at'])}.")


def by_time(item: tuple[str, Record]) -> tuple[str, bool]:
    """Return what to sort deliveries by: of those made at the same time, To comes before Cc."""
    return item[1]["created_at"], item[1]["kind"] != "to"


def check_message(pack: Pack, path: str, id_: str, row: Record) -> None:
    """Check one message against its delivery and its letter."""
    letter = pack.records.get(f"letter:{row['letter_id']}")
    if letter is None:
        raise Wrong(f"{path}: its letter is missing")
    content = pack[path]
    body = content.partition(b"\r\nMIME-Version: 1.0\r\n")[2]
    if sha256(body) != (row.get("mail") or letter["parts"]["mail"]):
        raise Wrong(f"{path}: the message is not the one that the ledger has the digest of")
    message = message_from_bytes(content)
    if not is_addressed(message, id_, row, letter["draft"]["recipients"]):
        raise Wrong(f"{path}: its headers are not those of this delivery")
    pdfs = (part for part in message.walk() if part.get_content_type() == "application/pdf")
    held = [part.get_payload(decode=True) for part in pdfs]
    if held != [pack[f"letters/{letter['version']}/letter.pdf"]]:
        raise Wrong(f"{path}: the message does not hold the letter's PDF")


def is_addressed(message: Message, id_: str, row: Record, recipients: list[Record]) -> bool:
    """Whether the headers fit a delivery: its id, its time and its address.

    They may name others only if the letter was meant for them, too.
    """
    headers = [*message.get_all("To", []), *message.get_all("Cc", [])]
    named = {address for _, address in getaddresses(map(str, headers))}
    known = {row["address"], *(each["address"] for each in recipients)}
    at = parsedate_to_datetime(str(message["Date"])).timestamp()
    return (
        message["X-Dispatch-Delivery"] == id_
        and str(message["Message-ID"]).startswith((f"<{id_}.", f"<{id_}@"))
        and at == int(parsed(row["created_at"]))
        and (row["address"] in named or not row["address"].isascii())
        and (named <= known or not all(map(str.isascii, known)))
    )


def check_notices(pack: Pack) -> None:
    """Check that the messages that came back are here as they came."""
    messages = pack.of_kind("mail")
    for path in (path for path in pack.files if path.startswith("notices/")):
        if path[len("notices/") : -len(".eml")] not in messages:
            raise Wrong(f"{path} is not a message that is in the ledger")
    for id_, message in sorted(messages.items(), key=lambda item: item[1]["received_at"]):
        at, path = when(message["received_at"]), f"notices/{id_}.eml"
        if pack.is_without(path):
            pack.tell(f"A message came back on {at}. SHA-256 {message['sha256']}")
            continue
        if sha256(pack[path]) != message["sha256"]:
            raise Wrong(f"{path} is not the message that came in")
        pack.tell(f"A message came back on {at}: {path}.")


def named(name: object) -> str:
    """Return a name, or that it is withheld."""
    return str(name) if name else "(name withheld)"


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def spelled(value: object) -> bytes:
    """Return a value as the digests of letters spell it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def parsed(at: str) -> float:
    """Return a moment of the ledger in seconds since 1970."""
    return datetime.strptime(at, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def when(at: str) -> str:
    """Return a moment of the ledger as people read it, to the second."""
    return f"{at[:10]} {at[11:19]} UTC"


def main() -> int:
    """Verify the pack that the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description="Verify an evidence pack.")
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", help="the office's public key, from another source than the pack")
    parser.add_argument("--letter", type=Path, help="a PDF from elsewhere: was it this letter?")
    given = parser.parse_args()
    if given.key is not None and not given.key.strip():
        parser.error("--key is empty: give the office's public key, NAME+ID+OCTETS")
    try:
        letter = given.letter.read_bytes() if given.letter else None
        told = verify(read(given.pack), given.key, letter)
    except Wrong as error:
        sys.stderr.write(f"WRONG: {error}\n")
        return 1
    except TROUBLE as error:
        sys.stderr.write(f"WRONG: something here cannot be read: {type(error).__name__}: {error}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in told))
    sys.stdout.write(f"{VERDICTS[bool(given.key)]}\n")
    return 0 if given.key else UNPROVEN


UNPROVEN = 3
VERDICTS = {
    True: "All of this is proven, and nothing is wrong.\n"
    "It rests on the key that you gave, and on this program.",
    False: "The pack agrees with itself, and that proves nothing yet: its key came with it,\n"
    "and so anybody could have made it. Ask the office for its key, and give it with --key.",
}


if __name__ == "__main__":
    sys.exit(main())
