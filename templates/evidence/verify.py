# ruff: noqa: INP001 - it goes into packs by itself
"""Verify an evidence pack: `python verify.py [PACK] [--key KEY]`.

    python verify.py [PACK] [--key KEY] [--checkpoint FILE]... [--letter PDF]

PACK is a folder or a ZIP archive; if left out, the folder of this file. KEY is the office's public
key, from a source other than the pack. FILE is a checkpoint of the office's ledger that you had
earlier, from elsewhere: the ledger must have grown out of it. PDF is a letter from elsewhere, such
as the one that was published, to be compared with the one that was sent. This file needs Python 3.9
or newer and the package `cryptography`, and neither a database nor a network.

It exits with 0 if all is proven, with 1 and the first thing that is wrong, with 2 if it was called
wrongly, and with 3 if nothing is wrong but something that you asked for could not be proven: no KEY
was given, so that anybody could have made the pack, or the pack has no proof for a checkpoint.
"""

from __future__ import annotations

import sys

if __name__ == "__main__" and not getattr(sys.flags, "safe_path", sys.flags.isolated):
    del sys.path[0]  # this file's folder: a pack may hold a module in place of one of Python's

import argparse
import base64
import hashlib
import json
import os
import re
import stat
import struct
import textwrap
import zipfile
import zlib
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any

try:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except ImportError:
    sys.exit("verify.py needs the package cryptography: python -m pip install cryptography")

FORMATS = ("dispatch-evidence-1", "dispatch-evidence-2", "dispatch-evidence-3")
FIRST = FORMATS[0]
CHECKPOINT = re.compile(
    r"(?P<origin>[^\n+ ]+)\n"
    r"(?P<size>[1-9][0-9]{0,17})\n"
    r"(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"seal (?P<seal>[0-9]{1,18}) [0-9a-f]{64}\n"
    r"at (?P<at>[0-9:T.-]{26}Z)\n"
)
KEY = re.compile(r"(?P<name>[^+\s]+)\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]{44})")
HASH = re.compile("[0-9a-f]{64}")
SIGNATURE = re.compile("\u2014 (\\S+) ([A-Za-z0-9+/=]+)\n")
SIGNATURES = re.compile(f"(?:{SIGNATURE.pattern})+")
FILE = re.compile(
    r"(?:README\.txt|verify\.py|summary\.pdf|key\.txt|checkpoint\.txt|events\.json"
    r"|consistency\.json|manifest\.json|manifest\.sig"
    r"|letters/[1-9][0-9]{0,5}/letter(?:_[a-z]{2})?\.(?:pdf|txt)"
    r"|approvals/[1-9][0-9]{0,5}\.json"
    r"|(?:records|people)/[a-z]+-[0-9A-Za-z-]{1,64}\.json"
    r"|(?:messages|notices)/[0-9A-Za-z-]{1,64}\.eml)"
)
"""The paths that a file of a pack can have."""

WORDS = frozenset({"README.txt", "verify.py", "summary.pdf"})
"""Files that are the office's own words: signed by it, but nothing in the ledger proves them."""

LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}
"""Files that desktops leave in folders when people open them."""

LARGEST = 1_000_000_000
"""Bytes that a pack may unpack to."""

LONGEST = 100_000_000
"""Bytes of one file of JSON."""

MOST = 100_000
"""Files in a pack."""

HEADERS = (
    *("DKIM-Signature", "From", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID"),
    *("Auto-Submitted", "X-Dispatch-Delivery", "X-Dispatch-Signed"),
)
"""What stands before the body of a message, in this order; some of it may be left out."""

HEADER = re.compile(rb"([A-Za-z-]+): [^\0-\x1f\x7f]*(?:\r\n +[^\0- \x7f][^\0-\x1f\x7f]*)*\r\n")

DIGITS = 18
"""The most that a whole number may have: enough for any place or size."""

TOLERANCE = 3600.0
"""Seconds by which an entry may be sealed late, or a clock be wrong, without a remark."""

TROUBLE = Exception
"""What reading a malformed pack may raise: it is told in one line, whatever it is."""

Files = dict[str, bytes]
Record = dict[str, Any]
Steps = list[tuple[str, Any]]
"""What was done, and the place of its event in the ledger; None if it was not."""


class Wrong(Exception):
    """Something in the pack is wrong; the message says what."""


class Unproven(Exception):
    """Nothing is wrong, but something cannot be proven; the message says what."""


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
        self.public_text = text.strip()

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


def own_text(pack: Pack, path: str, key: Key) -> str:
    """Return the text of a note in a pack, which the office signed and nobody else."""
    note = pack[path].decode()
    if len(SIGNATURE.findall(note)) > 1:
        raise Wrong(f"{path} has a second signature, which the office did not make")
    return key.text_of(path, note)


class Seal:
    """A seal of the ledger: its number, when it was made, and where its own entry is."""

    def __init__(self, place: int, said: Record) -> None:
        """Take what its entry says."""
        self.place = place
        self.number: int = said["seal"]
        self.at: str = said["sealed_at"]
        self.is_caught_up: bool = said["is_caught_up"]


class Pack:
    """What a pack holds, as far as it has been checked."""

    def __init__(self, files: Files) -> None:
        """Take the files by path; none of them is trusted yet."""
        self.files = files
        self.about = ("", "")
        """The authority and the mailout that it is about, as its manifest says."""
        self.is_first = False
        """Whether it is of the first format, which has neither seals nor approvals."""
        self.events: list[Record] = []
        self.imprints: dict[str, str] = {}
        self.records: dict[str, Record] = {}
        self.seals: list[Seal] = []
        """By place."""
        self.told: list[str] = []
        self.remarks = 0
        self.unled = {path for path in files if path not in WORDS}
        """Files that nothing which was checked has led to yet."""
        self.is_redacted = False
        """Whether it has no personal data, as its signed manifest says."""

    def __getitem__(self, path: str) -> bytes:
        if path not in self.files:
            raise Wrong(f"{path} is missing")
        self.unled.discard(path)
        return self.files[path]

    def of_kind(self, kind: str) -> dict[str, Record]:
        """Return the records of a kind, by their ids."""
        named = (name.split(":", 1) for name in self.records)
        return {id_: self.records[f"{kind}:{id_}"] for of, id_ in named if of == kind}

    def events_of(self, subject: str) -> list[Record]:
        """Return the events about a subject, in the order of the ledger."""
        return [event for event in self.events if event["subject"] == subject]

    def place_of(self, action: str, subject: str, **detail: str) -> int | None:
        """Return the place of the last event that says this; None if there is none.

        One whose details are withheld counts if the rest fits.
        """
        found = [
            event["place"]
            for event in self.events_of(subject)
            if event["action"] == action
            and (
                event["detail"] is None
                or all(event["detail"].get(name) == value for name, value in detail.items())
            )
        ]
        return found[-1] if found else None

    def is_without(self, path: str) -> bool:
        """Whether a file is missing because the pack is redacted."""
        return self.is_redacted and path not in self.files

    def people(self, name: str, digest: str) -> Record | None:
        """Return the personal data that has this digest in the ledger; None if withheld."""
        path = f"people/{name.replace(':', '-')}.json"
        if self.is_without(path):
            return None
        if sha256(self[path]) != digest:
            raise Wrong(f"{path} is not what the ledger has of it")
        return opened(path, self[path])

    def tell(self, line: str) -> None:
        """Note a finding."""
        self.told.append(plain(line))

    def remark(self, margin: str, line: str) -> None:
        """Note what a reader must look at, though nothing is wrong for certain."""
        self.remarks += 1
        self.tell(f"{margin}REMARK: {line}.")


def plain(text: str) -> str:
    """Return a text with the code points of all that would command a terminal or not be seen."""
    return "".join(char if char.isprintable() else f"[U+{ord(char):04X}]" for char in text)


def loaded(path: str, content: bytes) -> Any:  # noqa: ANN401 - as JSON has it
    """Return the value of a file of JSON in which every name is there once."""
    if len(content) > LONGEST:
        raise Wrong(f"{path} is too large to be read")
    try:
        return json.loads(content.decode(), object_pairs_hook=once, parse_int=whole)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{path} cannot be read: {error}") from None


def exactly(path: str, value: Any, *names: str) -> Record:  # noqa: ANN401 - as JSON has it
    """Return an object of JSON, if it has these names and no others."""
    if not isinstance(value, dict) or not value.keys() <= set(names):
        raise Wrong(f"{path} has something else in it than a pack of this format has")
    return value


def counted(value: object) -> int:
    """Return a whole number of JSON, and nothing that only counts as one."""
    if type(value) is not int:
        raise ValueError(f"{value!r} is not a whole number")
    return value


def hashes(found: list[str]) -> list[bytes]:
    """Return the hashes of a proof; refuse any that is spelled in another way."""
    if not all(HASH.fullmatch(each) for each in found):
        raise ValueError("a hash of a proof is not spelled as one")
    return [bytes.fromhex(each) for each in found]


def once(pairs: list[tuple[str, Any]]) -> Record:
    """Return an object of JSON; refuse one that has a name twice, of which readers take either."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)


def whole(digits: str) -> int:
    """Return a whole number of JSON; refuse one that is longer than any of ours."""
    if len(digits) > DIGITS:
        raise ValueError("a number in it is too long")
    return int(digits)


def bounded(path: Path) -> bytes:
    """Return the bytes of a file, if they are not too many."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise Wrong(f"{path} cannot be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise Wrong(f"{path} is too large to be a file of a pack")
    return content


def read(path: Path) -> Files:
    """Return the files of a pack by their paths in it."""
    if path.is_dir():
        return read_folder(path)
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise Wrong(f"{path} is neither a folder nor a ZIP archive")
    content = bounded(path)
    with zipfile.ZipFile(path) as archive:
        return read_archive(path, content, archive.infolist())


def read_folder(path: Path) -> Files:
    """Return the files in a folder by their paths in it."""
    found: list[Path] = []
    for each in path.rglob("*"):
        if each.is_symlink() or not (each.is_file() or each.is_dir()):
            raise Wrong(f"{each} is not a plain file")
        if each.is_dir() and not any(each.iterdir()):
            raise Wrong(f"{each} was added: it is an empty folder")
        if each.is_file():
            found.append(each)
        if len(found) > MOST:
            raise Wrong(f"{path} has more files than a pack can have")
    if sum(each.stat().st_size for each in found) > LARGEST:
        raise Wrong(f"{path} is larger than a pack can be")
    return {each.relative_to(path).as_posix(): bounded(each) for each in sorted(found)}


def read_archive(path: Path, content: bytes, entries: list[zipfile.ZipInfo]) -> Files:
    """Return the files in an archive by their paths in it, if it holds them and nothing else."""
    names = [each.filename for each in entries]
    files = {}
    if (
        len(names) <= MOST
        and len({name.lower() for name in names}) == len(names)
        and sum(each.file_size for each in entries) <= LARGEST
        and not any(name.endswith("/") or "\\" in name for name in names)
        and not any(is_odd(each) for each in entries)
        and is_without_gaps(content, entries)
    ):
        files = {each.filename: unpacked(content, each) for each in entries}
    if not files or None in files.values():
        raise Wrong(f"{path} is not as the office made it: unpack it, and verify the folder")
    return {name: found for name, found in files.items() if found is not None}


def is_odd(entry: zipfile.ZipInfo) -> bool:
    """Whether an entry of an archive is a link, or has more than a name and a content."""
    kind = stat.S_IFMT(entry.external_attr >> 16)
    is_file = kind in (0, stat.S_IFREG)
    return not is_file or bool(entry.comment or entry.extra or entry.flag_bits & ~0x800)


def is_without_gaps(content: bytes, entries: list[zipfile.ZipInfo]) -> bool:
    """Whether an archive's entries follow one another from its first byte to its directory."""
    end = 0
    for each in sorted(entries, key=lambda entry: entry.header_offset):
        if each.header_offset != end:
            return False
        length, extra = struct.unpack_from("<HH", content, end + 26)
        if extra or content[end + 30 : end + 30 + length] != each.filename.encode():
            return False
        end += 30 + length + each.compress_size
    ends = content.rfind(b"PK\5\6")
    size, start = struct.unpack_from("<LL", content, ends + 12)
    return start == end and start + size == ends and ends + 22 == len(content)


def unpacked(content: bytes, entry: zipfile.ZipInfo) -> bytes | None:
    """Return the content of an entry; None if it is not exactly what the archive says it is."""
    (length,) = struct.unpack_from("<H", content, entry.header_offset + 26)
    start = entry.header_offset + 30 + length
    found = content[start : start + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        stream = zlib.decompressobj(-15)
        found = stream.decompress(found, entry.file_size + 1)
        if not stream.eof or stream.unused_data:
            return None
    elif entry.compress_type != zipfile.ZIP_STORED:
        return None
    is_as_said = len(found) == entry.file_size and zlib.crc32(found) == entry.CRC
    return found if is_as_said else None


def verify(
    files: Files,
    given: str | None,
    letter: bytes | None = None,
    held: dict[str, bytes] | None = None,
) -> list[str]:
    """Verify a pack; return in words what was proven.

    `held` are checkpoints that the asker had from elsewhere, by the names of their files. Raises
    `Wrong`; and `Unproven` if the pack has no proof for one of these.
    """
    pack = Pack(files)
    key = Key(given or pack["key.txt"].decode())
    check_manifest(pack, key)
    checkpoint = check_checkpoint(pack, key)
    proofs = check_growth(pack, checkpoint)
    check_entries(pack, checkpoint)
    check_records(pack)
    check_letters(pack)
    check_messages(pack)
    check_postings(pack)
    check_notices(pack)
    for path in sorted(pack.unled):
        raise Wrong(f"{path}: nothing in the ledger leads to it")
    if letter is not None:
        check_given(pack, letter)
    tell_when_sealed(pack, checkpoint)
    for name, content in sorted((held or {}).items()):
        pack.tell(check_held(key, checkpoint, proofs, name, content))
    if WORDS & files.keys():
        named = ", ".join(sorted(WORDS & files.keys()))
        pack.tell(f"Signed by the office, and proven by nothing else: {named}.")
    pack.tell(f"The key {key} was {'given' if given else 'taken from the pack itself'}.")
    if pack.remarks:
        which = "is 1 remark" if pack.remarks == 1 else f"are {pack.remarks} remarks"
        pack.tell(f"There {which} above, for you to judge.")
    return pack.told


def check_manifest(pack: Pack, key: Key) -> None:
    """Check that the pack is the one that the office signed, file by file."""
    content = pack["manifest.json"]
    statement = own_text(pack, "manifest.sig", key)
    form = check_format(statement.partition("\n")[0])
    if statement != f"{form}\n{sha256(content)}\n":
        raise Wrong("manifest.json was changed: it is not the one that manifest.sig signs")
    names = ("format", "mailout", "authority", "redacted", "files")
    manifest = exactly("manifest.json", loaded("manifest.json", content), *names)
    if manifest["format"] != form:
        raise Wrong("manifest.json says another format than manifest.sig")
    listed = manifest["files"]
    if len({each["path"].lower() for each in listed}) != len(listed):
        raise Wrong("manifest.json lists a file twice")
    pack.tell(f"The letter of {manifest['authority']} in {manifest['mailout']}.")
    check_files(pack, listed)
    if Key(pack["key.txt"].decode()).public_text != key.public_text:
        raise Wrong("key.txt is not the key that this pack is signed with")
    pack.is_first, pack.is_redacted = form == FIRST, manifest["redacted"] is True
    pack.about = (manifest["authority"], manifest["mailout"])
    check_redaction(pack)
    if pack.is_redacted:
        pack.tell("Names, addresses, letters and messages are left out; their digests are here.")
    if pack.is_first:
        pack.tell(
            "The pack is of the first format. It cannot prove when each entry was sealed, which "
            "rests on the office's word, nor that the approval was of this very letter."
        )


def check_format(form: str) -> str:
    """Return the format of a pack, if this program knows it."""
    if form in FORMATS:
        return form
    if re.fullmatch(r"dispatch-evidence-[0-9]{1,9}", form):
        raise Wrong(
            f"this pack is of the format {form}, and this program knows none after {FORMATS[-1]}: "
            f"take a newer verify.py, from where the office publishes its key"
        )
    raise Wrong("manifest.sig does not sign the manifest of a pack")


def check_redaction(pack: Pack) -> None:
    """Check that a pack that says that it is redacted is without any of what is left out then."""
    folders = ("people/", "letters/", "messages/", "notices/")
    for path in sorted(pack.files):
        if pack.is_redacted and path.startswith(folders) and path.rpartition("/")[2] not in LITTER:
            raise Wrong(f"{path} is in a pack that says that it has no such files")


def check_files(pack: Pack, listed: list[Record]) -> None:
    """Check that a pack has the files that its manifest lists, and no others."""
    expected = {each["path"]: each["sha256"] for each in listed}
    there = pack.files.keys() - {"manifest.json", "manifest.sig"}
    for path in sorted(expected.keys() | there):
        if path not in expected and path.rpartition("/")[2] in LITTER:
            pack.tell(f"{path} is not part of the pack: a desktop leaves files of that name.")
            pack.unled.discard(path)
            continue
        if path not in expected:
            raise Wrong(f"{path} was added: it is not part of the pack")
        if path not in pack.files:
            raise Wrong(f"{path} is missing")
        if sha256(pack.files[path]) != expected[path]:
            raise Wrong(f"{path} was changed: it is not the file that was packed")
        if not FILE.fullmatch(path):
            raise Wrong(f"{path} is not a file that a pack can have")
    check_list(pack, listed)
    count = len(expected)
    pack.tell(f"No file was changed, added or removed since it was packed: {count} files.")


def check_list(pack: Pack, listed: list[Record]) -> None:
    """Check that a manifest says of each file what it is, and nothing else."""
    for each in listed:
        exactly("manifest.json", each, "path", "size", "sha256")
        if each["size"] != len(pack.files[each["path"]]):
            raise Wrong("manifest.json has another size for a file than the file has")


class Checkpoint:
    """How far the ledger went, as it was signed."""

    def __init__(self, found: re.Match[str]) -> None:
        """Take the lines of a checkpoint."""
        self.size = int(found["size"])
        self.root = base64.b64decode(found["root"])
        self.seal = int(found["seal"])
        self.at = found["at"]


def check_checkpoint(pack: Pack, key: Key) -> Checkpoint:
    """Return how far the ledger went, as it was signed."""
    found = CHECKPOINT.fullmatch(own_text(pack, "checkpoint.txt", key))
    if not found or found["origin"] != key.name:
        raise Wrong("checkpoint.txt is not a checkpoint of the ledger that this key belongs to")
    pack.tell(
        f"The checkpoint is signed: on {when(found['at'])} the ledger had {found['size']} entries."
    )
    return Checkpoint(found)


def check_growth(pack: Pack, now: Checkpoint) -> dict[int, list[bytes]]:
    """Return the proofs that the ledger grew, by the sizes that it grew from.

    Each must lead to the root that was signed; to which root it had before, only a checkpoint of
    that size can tell.
    """
    if pack.is_first:
        return {}
    proofs: dict[int, list[bytes]] = {}
    path = "consistency.json"
    told = exactly(path, loaded(path, pack[path]), "size", "proofs")
    if told["size"] != now.size:
        raise Wrong(f"{path} is not of the ledger that was signed")
    for each in told["proofs"]:
        size, proof = counted(exactly(path, each, "size", "proof")["size"]), hashes(each["proof"])
        if size in proofs:
            raise Wrong(f"consistency.json has two proofs for {size} entries")
        roots = grown(size, now.size, proof, b"")
        if roots is None or (size & (size - 1) and roots[1] != now.root):
            raise Wrong(f"consistency.json: the proof for {size} entries does not lead to the root")
        proofs[size] = proof
    return proofs


def check_held(
    key: Key, now: Checkpoint, proofs: dict[int, list[bytes]], name: str, content: bytes
) -> str:
    """Check that the ledger grew out of a checkpoint that the asker had; return that in words."""
    before = read_held(name, content, key)
    if before.size > now.size:
        raise Unproven(
            f"{name} is later than this pack: it covers {before.size} entries, and the pack's own "
            f"{now.size}; ask the office for a pack made after {when(before.at)}"
        )
    if before.size not in proofs and before.size != now.size:
        raise Unproven(
            f"{name}: this pack has no proof for a checkpoint of {before.size} entries; ask the "
            f"office for one, made with dispatch audit evidence ... --checkpoint FILE"
        )
    roots = (before.root, now.root)
    if before.size == now.size:
        has_grown = before.root == now.root
    else:
        has_grown = grown(before.size, now.size, proofs[before.size], before.root) == roots
    if not has_grown:
        raise Wrong(
            f"{name}: the ledger of this pack did not grow out of the one that was signed on "
            f"{when(before.at)}: it was rewritten since, or this is another ledger"
        )
    return (
        f"{name} is signed with the same key: nothing of the {before.size} entries that the ledger "
        f"had on {when(before.at)} was changed or removed since."
    )


def read_held(name: str, content: bytes, key: Key) -> Checkpoint:
    """Read a checkpoint that the asker had; say why it is not one of this ledger."""
    try:
        note = content.decode()
        signed_by = [(of, base64.b64decode(code)[:4]) for of, code in SIGNATURE.findall(note)]
    except ValueError:
        note, signed_by = "", []
    found = CHECKPOINT.fullmatch(note.partition("\n\n")[0] + "\n")
    if not found or not signed_by:
        raise Wrong(f"{name} is not a checkpoint, or it was damaged")
    if found["origin"] != key.name:
        raise Wrong(
            f"{name} is a checkpoint of another ledger, {found['origin']}: this pack is of "
            f"{key.name}"
        )
    if (key.name, key.id) not in signed_by:
        others = ", ".join(f"{of}+{id_.hex()}" for of, id_ in signed_by)
        raise Wrong(f"{name} is signed with another key, {others}: this pack with {key}")
    try:
        key.text_of(name, note)
    except Wrong:
        raise Wrong(f"{name} was changed after it was signed") from None
    return Checkpoint(found)


def grown(size: int, end: int, proof: list[bytes], root: bytes) -> tuple[bytes, bytes] | None:
    """Return both roots to which a proof of consistency leads (RFC 9162 2.1.4.2).

    They are of a tree of `size` leaves, and of the one of `end` leaves that grew out of it. `root`
    is the first of them, which the proof leaves out where the size is a power of two. None if the
    proof has another length.
    """
    path = proof if size & (size - 1) else [root, *proof]
    if not 0 < size < end or not path:
        return None
    place, last = size - 1, end - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for each in path[1:]:
        if not last:
            return None
        if place & 1 or place == last:
            old, new = node(each, old), node(each, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node(new, each)
        place, last = place >> 1, last >> 1
    return None if last else (old, new)


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


def check_entries(pack: Pack, checkpoint: Checkpoint) -> None:
    """Check that each entry in the pack is in the ledger that the checkpoint covers."""
    path = "events.json"
    found = exactly(path, loaded(path, pack[path]), "size", "entries")
    told = [exactly(path, each, "place", "entry", "said", "proof") for each in found["entries"]]
    if found["size"] != checkpoint.size:
        raise Wrong(f"{path} is not of the ledger that was signed")
    for each in told:
        check_entry(pack, checkpoint, each)
    if any(other["place"] <= one["place"] for one, other in pairs(told)):
        raise Wrong("events.json: its entries are not in the order of the ledger")
    others = f"{len(pack.events)} events, {len(pack.imprints)} digests of records"
    pack.tell(
        f"{len(told)} entries of the ledger are here, and each is proven to be in it: {others}"
        + (f" and {len(pack.seals)} seals." if pack.seals else ".")
    )


def check_entry(pack: Pack, checkpoint: Checkpoint, told: Record) -> None:
    """Check that one entry is in the ledger, and take what it says."""
    entry, place = told["entry"], counted(told["place"])
    proof = hashes(told["proof"])
    leaf = hashlib.sha256(b"\0" + entry.encode()).digest()
    if root_of(leaf, place, checkpoint.size, proof) != checkpoint.root:
        raise Wrong(f"events.json: entry {place} is not in the ledger that was signed")
    said = loaded(f"events.json: entry {place}", entry.encode())
    if "seal" in said:
        pack.seals.append(Seal(place, said))
    elif "record" not in said:
        pack.events.append({**said, **said_by(pack, said, told.get("said")), "place": place})
    elif pack.imprints.setdefault(said["record"], said["sha256"]) != said["sha256"]:
        raise Wrong(f"events.json: the ledger has two digests of the record {said['record']}")


def said_by(pack: Pack, event: Record, said: str | None) -> Record:
    """Return the actor and the details of an event, of which its entry has the digest."""
    digest = event["said"]
    if said is None:
        return pack.people(f"event:{event['id']}", digest) or {"actor": None, "detail": None}
    if sha256(said.encode()) != digest:
        raise Wrong(f"events.json: what event {event['id']} says is not what the ledger has of it")
    return opened("events.json", said.encode())


def opened(path: str, content: bytes) -> Record:
    """Return the values that a salted digest was made of."""
    values: Record = loaded(path, content)
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
            found = node(beside, found) if place % 2 else node(found, beside)
        place, last = place // 2, last // 2
    return None if rest else found


def tell_when_sealed(pack: Pack, checkpoint: Checkpoint) -> None:
    """Tell for each event when it was sealed, and remark on what was sealed late."""
    if pack.is_first:
        return
    check_seals(pack, checkpoint)
    pack.tell("What happened, and when each entry was sealed:")
    for event in pack.events:
        before, after = around(pack, event["place"])
        is_shown = after is not None and (before is not None or after.number == 1)
        sealed = f"sealed {when(after.at)}" if after and is_shown else "sealed by an older release"
        pack.tell(f"  {when(event['at'])}  {event['action']}, {sealed}")
        if after and is_shown:
            remark_on_time(pack, event, before, after)


def check_seals(pack: Pack, checkpoint: Checkpoint) -> None:
    """Check that seals stand in the order in which they were made, and before the checkpoint."""
    for each in pack.seals[-1:]:
        if each.number > checkpoint.seal:
            raise Wrong(f"checkpoint.txt names seal {checkpoint.seal}, but covers {each.number}")
        if parsed(each.at) > parsed(checkpoint.at) + TOLERANCE:
            pack.remark("", f"the checkpoint is dated before seal {each.number}, which it covers")
    for one, other in pairs(pack.seals):
        if other.number <= one.number:
            raise Wrong(f"events.json: seal {other.number} stands behind seal {one.number}")
        if parsed(other.at) < parsed(one.at) - TOLERANCE:
            pack.remark("", f"seal {other.number} is dated before seal {one.number}")


def around(pack: Pack, place: int) -> tuple[Seal | None, Seal | None]:
    """Return the seals on both sides of a place, neighbours in the ledger."""
    before = [each for each in pack.seals if each.place < place]
    after = [each for each in pack.seals if each.place > place]
    one, other = before[-1] if before else None, after[0] if after else None
    if one and (not other or other.number != one.number + 1):
        raise Wrong(f"events.json: entry {place} has not the seals on both of its sides")
    return one, other


def remark_on_time(pack: Pack, event: Record, before: Seal | None, after: Seal) -> None:
    """Remark on an event whose time its seals do not confirm."""
    at, sealed = parsed(event["at"]), parsed(after.at)
    if at > sealed + TOLERANCE:
        pack.remark("    ", "it is dated after its seal")
    elif before and before.is_caught_up and at < parsed(before.at) - TOLERANCE:
        pack.remark("    ", f"all that there was had been sealed {when(before.at)}: it came later")
    elif sealed > at + TOLERANCE:
        pack.remark("    ", f"sealed {lasted(sealed - at)} later; it could be changed until then")


def pairs(items: list[Any]) -> list[tuple[Any, Any]]:
    """Return each item with the one after it: Python 3.9 has no `pairwise`."""
    return list(zip(items, items[1:]))  # noqa: B905, RUF007 - for Python 3.9


def lasted(seconds: float) -> str:
    """Return how long something lasted, as people say it."""
    hours = int(seconds // 3600)
    days = hours // 24
    return f"{days} days" if days > 1 else f"{hours} hours" if hours > 1 else "an hour"


def check_records(pack: Pack) -> None:
    """Check that each record whose digest is in the ledger is here, unchanged."""
    for name, digest in pack.imprints.items():
        path = f"records/{name.replace(':', '-')}.json"
        if sha256(pack[path]) != digest:
            raise Wrong(f"{path} is not what the ledger has of it")
        record = loaded(path, pack[path])
        if of_people := record.pop("people", None):
            record.update(pack.people(name, of_people) or {})
        pack.records[name] = record
    pack.tell(f"{len(pack.records)} records are as they were written.")


def pdf_files(letter: Record) -> list[tuple[str, str]]:
    """Return the file of each PDF of a letter, one for each of its languages, and its part."""
    parts = sorted(part for part in letter["parts"] if part == "pdf" or part.startswith("pdf_"))
    return [(f"letter{part[len('pdf') :]}.pdf", part) for part in parts]


def check_letters(pack: Pack) -> None:
    """Check each version: the PDF is the one that was rendered, and somebody approved it."""
    letters = pack.of_kind("letter")
    if not letters:
        raise Wrong("the pack holds no letter that is in the ledger")
    for id_, letter in sorted(letters.items(), key=lambda item: item[1]["version"]):
        check_subject(pack, letter)
        folder = f"letters/{letter['version']}"
        for name, part in (*pdf_files(letter), ("letter.txt", "text")):
            path = f"{folder}/{name}"
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


def check_subject(pack: Pack, letter: Record) -> None:
    """Check that a letter is the one of the authority and the mailout that the manifest names."""
    release = pack.records.get(f"release:{letter['mailout_id']}", {})
    about = (letter["authority_code"], release.get("name"))
    if release and about != pack.about:
        raise Wrong(
            f"manifest.json names {pack.about[0]} in {pack.about[1]}, but the letter is that of "
            f"{about[0]} in {about[1]}"
        )


def check_approval(pack: Pack, id_: str, letter: Record) -> None:
    """Check that an event confirms the approval that the records name, and that the order is right.

    A letter is made before it is approved, and approved before it is released.
    """
    own = pack.records.get(f"approval:{id_}")
    release = pack.records.get(f"release:{letter['mailout_id']}")
    if release is None:
        raise Wrong("the record of the mailout's release is missing")
    by, which = own or release, f"version {letter['version']}"
    if own:
        steps = letter_steps(pack, id_, letter, own)
        moments = [letter["rendered_at"], own["approved_at"]]
    else:
        steps = mailout_steps(pack, id_, letter, release)
        moments = [letter["rendered_at"], release["approved_at"], release["released_at"]]
    check_order(which, steps)
    remark_on_order(pack, which, moments)
    pack.tell(f"  Approved by {named(by.get('approved_by'))} on {when(by['approved_at'])}.")
    check_leaf(pack, id_, letter, by["approved_digest"])


def letter_steps(pack: Pack, id_: str, letter: Record, own: Record) -> Steps:
    """Return where the ledger has the steps of a version with an approval of its own."""
    subject, which = f"letter:{id_}", f"version {letter['version']}"
    approved = pack.place_of(
        "letter.approved", subject, digest=own["approved_digest"], letter=letter["digest"]
    )
    if approved is None:
        raise Wrong(f"no event confirms the approval of {which}")
    return [
        ("was made", pack.place_of("letter.proposed", subject)),
        ("was approved", approved),
        ("was queued", first_queued(pack, id_)),
    ]


def mailout_steps(pack: Pack, id_: str, letter: Record, release: Record) -> Steps:
    """Return where the ledger has the steps of a letter that was approved with its mailout."""
    subject, which = f"mailout:{release['name']}", f"version {letter['version']}"
    rendered = pack.place_of("letter.rendered", f"letter:{id_}", digest=letter["digest"])
    if rendered is None:
        raise Wrong(f"no event says that {which} was rendered")
    approved = pack.place_of("mailout.approved", subject, digest=release["approved_digest"])
    if approved is None:
        raise Wrong(f"no event confirms the approval of {which}")
    released = first_after(pack, subject, "mailout.releasing", approved)
    if released is None:
        raise Wrong(f"no event says that {which} was released after its approval")
    return [
        ("was made", rendered),
        ("was approved", approved),
        ("was released", released),
        ("was queued", first_queued(pack, id_)),
    ]


def first_after(pack: Pack, subject: str, action: str, place: int) -> int | None:
    """Return the place of the first such event after a place."""
    found = (each["place"] for each in pack.events_of(subject) if each["action"] == action)
    return next((each for each in found if each > place), None)


def first_queued(pack: Pack, letter: str) -> int | None:
    """Return the place of the first event about any delivery of a letter."""
    rows = pack.of_kind("delivery")
    of_letter = {f"delivery:{id_}" for id_, row in rows.items() if row["letter_id"] == letter}
    found = (event["place"] for event in pack.events if event["subject"] in of_letter)
    return next(found, None)


def check_order(which: str, steps: Steps) -> None:
    """Check that the ledger has steps in the order in which they are told."""
    known = [(said, place) for said, place in steps if place is not None]
    for (one, before), (other, after) in pairs(known):
        if after < before:
            raise Wrong(f"by the ledger, {which} {other} before it {one}")


def remark_on_order(pack: Pack, which: str, moments: list[str | None]) -> None:
    """Remark on moments that records tell of and that go back."""
    told = [each for each in moments if each]
    for one, other in pairs(told):
        if parsed(other) < parsed(one) - TOLERANCE:
            pack.remark("  ", f"the dates of {which} go back, from {when(one)} to {when(other)}")


def check_leaf(pack: Pack, id_: str, letter: Record, approved: str) -> None:
    """Check that the approval was of this very letter, for these recipients.

    A leaf of a Merkle tree has the digests of both, and what was approved has the root.
    """
    path = f"approvals/{letter['version']}.json"
    events = [each for each in pack.events if each["action"].endswith(".approved")]
    details = [each["detail"] or {} for each in events]
    has_tree = any("root" in each and each.get("digest") == approved for each in details)
    if not has_tree and path not in pack.files:
        pack.tell(
            "  The approval covers the whole mailout: the pack alone cannot tie it to this letter."
        )
        return
    proof = exactly(path, loaded(path, pack[path]), "terms", "leaf", "index", "path")
    leaf, terms = proof["leaf"], proof["terms"]
    if sha256(spelled(terms)) != approved:
        raise Wrong(f"{path} is not of what was approved")
    steps = hashes(proof["path"])
    hash_ = hashlib.sha256(b"\0" + spelled(leaf)).digest()
    root = root_of(hash_, proof["index"], int(terms["letters"]), steps)
    if root is None or root.hex() != terms["root"]:
        raise Wrong(f"{path}: this letter is not one of those that were approved")
    of_letter = (leaf["authority"], leaf["version"], leaf["letter"])
    if of_letter != (letter["authority_code"], letter["version"], letter["digest"]):
        raise Wrong(f"{path}: the approval was of another letter")
    check_approved_for(pack, id_, leaf["recipients"])


def check_approved_for(pack: Pack, id_: str, digest: str) -> None:
    """Check a letter's recipients against the digest that was approved, if the pack has them."""
    path = f"people/recipients-{id_}.json"
    if path not in pack.files:
        pack.tell("  The approval was of this letter, and of recipients whose digest is here.")
        if not pack.is_redacted:
            pack.remark("  ", "nobody can tell from the pack who these recipients were")
        return
    recipients = pack.people(f"recipients:{id_}", digest) or {"recipients": []}
    check_recipients(pack, id_, {each["address"] for each in recipients["recipients"]})
    pack.tell("  The approval was of this very letter, for the recipients that are listed below.")


def check_recipients(pack: Pack, letter: str, approved: set[str]) -> None:
    """Check that a letter went to nobody for whom it was not approved, unless it was sent again.

    Remark on those for whom it was approved and of whom there is no delivery.
    """
    left = set(approved)
    for id_, row in pack.of_kind("delivery").items():
        first = next(iter(pack.events_of(f"delivery:{id_}")), {"action": ""})
        is_resent = first["action"] == "delivery.resent"
        if row["letter_id"] == letter:
            left.discard(row["address"])
        if row["letter_id"] == letter and row["address"] not in approved and not is_resent:
            raise Wrong(f"{row['role']}: the letter was not approved for the address it went to")
    for address in sorted(left):
        pack.remark("  ", f"it was approved for <{address}>, and of that no delivery is here")


def check_given(pack: Pack, content: bytes) -> None:
    """Check that a PDF from elsewhere is a version of the letter."""
    for letter in pack.of_kind("letter").values():
        if letter["parts"]["pdf"] == sha256(content):
            pack.tell(f"The PDF that was given is version {letter['version']}, byte for byte.")
            return
    raise Wrong("the PDF that was given is not a version of this letter: its SHA-256 is different")


def check_messages(pack: Pack) -> None:
    """Check that each message that was sent holds the letter, and list what servers replied."""
    deliveries = pack.of_kind("delivery")
    for path in (path for path in pack.files if path.startswith("messages/")):
        if path[len("messages/") : -len(".eml")] not in deliveries:
            raise Wrong(f"{path} does not belong to a delivery in the ledger")
    for id_, row in sorted(deliveries.items(), key=by_time):
        address = f"<{row['address']}>" if row["address"] else "(address withheld)"
        pack.tell(f"To {named(row['name'])} {address}, {row['role']}:")
        tries = check_attempts(pack, id_)
        path = f"messages/{id_}.eml"
        was_offered = any("offered_at" in each for each in tries)
        if (was_offered or path in pack.files) and not pack.is_without(path):
            check_message(pack, path, id_, row)
            check_signature(pack, path, tries)
            pack.tell("  The message holds the letter's PDF, byte for byte.")
        for each in tries:
            answer = f"{each.get('code', '')} {each.get('text', '')}".strip()
            pack.tell(f"  {when(each['started_at'])}, {each['server'] or 'no server'}: {answer}")
        last = check_steps(pack, id_)
        pack.tell(f"  The last event: {last['action']} on {when(last['at'])}.")


def check_attempts(pack: Pack, id_: str) -> list[Record]:
    """Return the attempts of a delivery; they are numbered, so that none can be left out between.

    Their times follow one another, and that of the delivery.
    """
    found = [each for each in pack.of_kind("attempt").values() if each["delivery_id"] == id_]
    found.sort(key=lambda each: each["number"])
    numbers = [each["number"] for each in found]
    if numbers != list(range(1, len(found) + 1)):
        raise Wrong(f"an attempt of delivery {id_} is left out, or is here twice: {numbers}")
    moments = [pack.records[f"delivery:{id_}"]["created_at"]]
    for each in found:
        moments += [each["started_at"], each.get("offered_at"), each.get("ended_at")]
    remark_on_order(pack, f"delivery {id_}", moments)
    return found


def check_steps(pack: Pack, id_: str) -> Record:
    """Return the last event of a delivery, once each step of its life may follow the one before."""
    events = pack.events_of(f"delivery:{id_}")
    if not events:
        raise Wrong(f"no event is about delivery {id_}")
    state = ""
    for each in events:
        after = states_after(each)
        if not after:
            continue
        if not set(after) & set(STEPS[state]):
            raise Wrong(
                f"delivery {id_}: {each['action']} cannot follow {state or 'nothing'}: an event "
                f"between them is left out, or this one was made up"
            )
        state = next(name for name in after if name in STEPS[state])
    return events[-1]


def states_after(event: Record) -> tuple[str, ...]:
    """Return the states that an event may lead a delivery into; empty if it tells of none."""
    if event["action"] != "delivery.settled":
        return LEADS_TO.get(event["action"], ())
    said = (event["detail"] or {}).get("as")
    return ("accepted",) if said == "accepted" else ("queued", "accepted")[: 1 if said else 2]


def by_time(item: tuple[str, Record]) -> tuple[str, bool]:
    """Return what to sort deliveries by: of those made at the same time, To comes before Cc."""
    return item[1]["created_at"], item[1]["kind"] != "to"


def check_message(pack: Pack, path: str, id_: str, row: Record) -> None:
    """Check one message against its delivery and its letter."""
    letter = pack.records.get(f"letter:{row['letter_id']}")
    if letter is None:
        raise Wrong(f"{path}: its letter is missing")
    content = pack[path]
    head, _, body = content.partition(b"\r\nMIME-Version: 1.0\r\n")
    if sha256(body) != (row.get("mail") or letter["parts"]["mail"]):
        raise Wrong(f"{path}: the message is not the one that the ledger has the digest of")
    message = message_from_bytes(content)
    is_ours = is_head(head + b"\r\n") and printed(message["Subject"]) == printed(letter["subject"])
    is_ours = is_ours and is_sent_as(message, row.get("sent_as"))
    if not is_ours or not is_addressed(message, id_, row, letter["draft"]["recipients"]):
        raise Wrong(f"{path}: its headers are not those of this delivery")
    pdfs = (part for part in message.walk() if part.get_content_type() == "application/pdf")
    contents = (part.get_payload(decode=True) for part in pdfs)
    held = [content for content in contents if isinstance(content, bytes)]
    ours = [pack[f"letters/{letter['version']}/{name}"] for name, _ in pdf_files(letter)]
    if sorted(held) != sorted(ours):
        raise Wrong(f"{path}: the message does not hold the letter's PDF")


def check_signature(pack: Pack, path: str, tries: list[Record]) -> None:
    """Check that the signature on a message (DKIM) is the one that it was offered with."""
    found = HEADER.match(pack[path])
    if not found or found[1] != b"DKIM-Signature":
        return
    value = found[0].decode().partition(": ")[2][:-2]
    if value not in [each.get("signature") for each in tries]:
        raise Wrong(f"{path}: its signature is not the one that it was sent with")
    pack.tell("  The message has the signature (DKIM) that it was sent with.")


def is_head(head: bytes) -> bool:
    """Whether these are the headers of a message of ours: each that is there once, and no other.

    A header that begins a body of its own would show other words before the letter.
    """
    names = [name.decode() for name in HEADER.findall(head)]
    is_nothing_else = not HEADER.sub(b"", head)
    return is_nothing_else and names == [name for name in HEADERS if name in names]


def printed(value: object) -> str:
    """Return a header, decoded (RFC 2047) and on one line; or the text that it was made of."""
    text = str(make_header(decode_header(str(value or ""))))
    return " ".join(re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+", " ", text).split())


def is_addressed(message: Message, id_: str, row: Record, recipients: list[Record]) -> bool:
    """Whether the headers fit a delivery: its id, its time and its address.

    They may name others only if the letter was meant for them, too.
    """
    headers = [*message.get_all("To", []), *message.get_all("Cc", [])]
    people = {(bare(printed(name)), at) for name, at in getaddresses(map(str, headers))}
    named = {address for _, address in people}
    meant = {(bare(each["name"]), each["address"]) for each in (row, *recipients)}
    known = {address for _, address in meant}
    at = parsedate_to_datetime(str(message["Date"])).timestamp()
    return (
        message["X-Dispatch-Delivery"] == id_
        and str(message["X-Dispatch-Signed"] or f"{id_}.").startswith(f"{id_}.")
        and str(message["Message-ID"]).startswith((f"<{id_}.", f"<{id_}@"))
        and at == int(parsed(row["created_at"]))
        and (row["address"] in named or not row["address"].isascii())
        and (people <= meant or not all(map(str.isascii, known)))
    )


def is_sent_as(message: Message, said: str | None) -> bool:
    """Whether a message says that it is from whom its delivery was queued as.

    A delivery of a release before that has no such words: only the office says who it was from.
    """
    if said is None:
        return True
    sent = loaded("sent_as", said.encode())
    [(name, address)] = getaddresses([str(message["From"])])
    replies = [at for _, at in getaddresses(map(str, message.get_all("Reply-To", [])))]
    return (
        bare(printed(name)) == bare(sent["name"])
        and same_address(address, sent["address"])
        and len(replies) == bool(sent["reply_to"])
        and all(same_address(each, sent["reply_to"]) for each in replies)
        and (message["Auto-Submitted"] is not None) == sent["is_auto_submitted"]
    )


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are the same; one outside ASCII has its domain spelled otherwise."""
    return one == other or not other.isascii()


def bare(name: str | None) -> str:
    """Return the letters and digits of a name: headers quote the rest in several ways."""
    return "".join(filter(str.isalnum, name or ""))


def check_postings(pack: Pack) -> None:
    """Check that what was printed for the post is the letter, and tell what the office says of it.

    That it was posted is the word of the office: no server and no post says so.
    """
    for id_, row in sorted(pack.of_kind("posting").items(), key=lambda item: item[1]["made_at"]):
        letter = pack.records.get(f"letter:{row['letter_id']}")
        if letter is None:
            raise Wrong(f"records/posting-{id_}.json: its letter is missing")
        if row["documents"] != [letter["parts"][part] for _, part in pdf_files(letter)]:
            raise Wrong(f"records/posting-{id_}.json: another letter was printed for the post")
        where = row["address"].replace("\n", ", ") if row["address"] else "(address withheld)"
        pack.tell(f"By post to {where}, version {letter['version']}:")
        for each in posting_steps(pack, id_):
            on = (each["detail"] or {}).get("on")
            day = f" on {on}" if on else "" if each["detail"] else " (day withheld)"
            said = POSTED[each["action"]].format(day if each["action"] in DATED else "")
            pack.tell(f"  {when(each['at'])}, {named(each['actor'])} said: {said}.")
        pack.tell("  That is the word of the office. It does not prove that the letter arrived.")


def posting_steps(pack: Pack, id_: str) -> list[Record]:
    """Return the events of a letter by post, once each may follow the one before."""
    events = [each for each in pack.events_of(f"posting:{id_}") if each["action"] in POSTED]
    before = ""
    for each in events:
        if before not in FOLLOWS[each["action"]]:
            raise Wrong(
                f"posting {id_}: {each['action']} cannot follow {before or 'nothing'}: an event "
                f"between them is left out, or this one was made up"
            )
        before = each["action"]
    if not events:
        raise Wrong(f"no event is about posting {id_}")
    return events


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
    here = {each["sha256"] for each in messages.values()}
    for event in pack.events:
        rests_on = (event["detail"] or {}).get("mail", "")
        if event["action"] == "delivery.noticed" and rests_on and rests_on not in here:
            pack.remark("", f"what came back on {when(event['at'])} is not here: {rests_on}")


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
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    given = arguments()
    try:
        told = verify(
            read(given.pack),
            given.key,
            bounded(given.letter) if given.letter else None,
            {each.name: bounded(each) for each in given.checkpoint},
        )
    except Wrong as error:
        sys.stderr.write(f"WRONG: {plain(str(error))}\n")
        return 1
    except Unproven as error:
        sys.stderr.write(f"NOT PROVEN: {plain(str(error))}\n")
        return UNPROVEN
    except TROUBLE as error:
        said = plain(f"{type(error).__name__}: {error}")
        sys.stderr.write(f"WRONG: something here cannot be read: {said}\n")
        return 1
    for line in told:
        sys.stdout.write(f"{filled(line)}\n")
    sys.stdout.write(f"{verdict(given.key, len(given.checkpoint))}\n")
    return 0 if given.key else UNPROVEN


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description="Verify an evidence pack.")
    parser.add_argument("pack", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", help="the office's public key, from another source than the pack")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        help="a checkpoint that you had earlier, from elsewhere; may be repeated",
    )
    parser.add_argument("--letter", type=Path, help="a PDF from elsewhere: was it this letter?")
    given = parser.parse_args()
    if given.key is not None and not given.key.strip():
        parser.error("--key is empty: give the office's public key, NAME+ID+OCTETS")
    return given


def filled(line: str) -> str:
    """Return a line broken to fit 80 columns; nothing in it is cut."""
    beyond = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.fill(
        line, 79, subsequent_indent=beyond, break_long_words=False, break_on_hyphens=False
    )


def verdict(key: str | None, checkpoints: int) -> str:
    """Return what the pack proves in the end, and what that rests on."""
    if not key:
        return (
            "The pack agrees with itself, and that proves nothing yet: its key came with\n"
            "it, and so anybody could have made it.\n"
            "Ask the office for its key, and give it with --key."
        )
    held = {0: "", 1: "on the checkpoint that you had, "}.get(
        checkpoints, "on the checkpoints that you had, "
    )
    own = sha256(Path(__file__).read_bytes())
    return (
        "All of this is proven, and nothing is wrong.\n"
        f"It rests on the key that you gave, {held}and on this program.\n"
        f"The program's SHA-256, which the office tells you with its key:\n{own}"
    )


ENDED = ("suppressed", "cancelled", "expired")
WAITING = ("queued", "deferred", "accepted", "refused", "in_doubt", *ENDED)
STEPS = {
    "": ("queued", "suppressed"),
    "queued": WAITING,
    "deferred": WAITING,
    "in_doubt": ("accepted", "delivered", "bounced", "queued"),
    "accepted": ("delivered", "bounced"),
    "delivered": ("bounced",),
    "refused": ("queued",),
    "bounced": (),
    **dict.fromkeys(ENDED, ()),
}
"""Which states of a delivery events can tell of after another; it starts from none."""

LEADS_TO = {
    **{f"delivery.{state}": (state,) for state in STEPS if state},
    "delivery.resent": ("queued",),
    "delivery.given_back": ("queued",),
}
"""The states that events lead a delivery into, by their actions."""

POSTED = {
    "posting.printed": "its print file is made",
    "posting.posted": "it was posted{}",
    "posting.not_posted": "it was not posted after all",
    "posting.returned": "it came back{}",
    "posting.withdrawn": "it is not to be posted",
}
"""What the office says of a letter by post, by the actions of events."""

DATED = frozenset({"posting.posted", "posting.returned"})

FOLLOWS = {
    "posting.printed": ("", "posting.printed"),
    "posting.posted": tuple(POSTED)[:4],
    "posting.not_posted": ("posting.posted",),
    "posting.returned": ("posting.posted",),
    "posting.withdrawn": ("posting.printed", "posting.not_posted"),
}
"""After which of them each may come; a posting begins with its print file."""

UNPROVEN = 3

if __name__ == "__main__":
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    sys.exit(status)
