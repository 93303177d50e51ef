"""What an approval covers, and which letters have changed since they were made.

A person approves one digest, over the plan, the release moment and the root of a Merkle tree with a
leaf for each letter. So one letter can be held to the approval without all the others: its leaf and
its path lead to the root. A leaf names no people: it has a digest of the recipients, with a salt
that nobody can guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Self

from dispatch.domain.digest import canonical_json, canonical_texts, digest, plain, sha256
from dispatch.domain.letter import Content, Draft, Recipient
from dispatch.domain.mailout import Plan
from dispatch.domain.proof.ledger import moment
from dispatch.domain.proof.merkle import Shown, Tree, leaf_hash


@dataclass(frozen=True, slots=True)
class Leaf:
    """One letter as it was approved."""

    authority: str
    version: int
    letter: str
    """Its digest."""
    recipients: str
    """The salted digest of its recipients: see `recipients_digest`."""

    @property
    def text(self) -> bytes:
        """How the tree spells it: canonical JSON (RFC 8785) of these four names."""
        return canonical_texts(
            {
                "authority": self.authority,
                "version": self.version,
                "letter": self.letter,
                "recipients": self.recipients,
            }
        )

    @property
    def hash(self) -> bytes:
        return leaf_hash(self.text)


def recipients_digest(recipients: object, salt: str) -> str:
    """Return the salted digest of recipients, as a tuple of values or as the list that JSON has."""
    spelled = recipients if isinstance(recipients, list) else plain(recipients)
    return sha256(canonical_texts({"recipients": spelled, "salt": salt}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """All that one approval is of. Every value is a text, as its event has it."""

    plan: str
    """The digest of the plan."""
    release_at: str
    """The moment in UTC before which none of the letters may leave."""
    letters: str
    """How many leaves the tree has."""
    root: str
    """The tree's root, in hexadecimal."""
    sender: str = ""
    """Who the letters are from and where replies go; empty in approvals of before, of all else."""

    @classmethod
    def of(cls, details: Mapping[str, str]) -> Self | None:
        """Return what an event says was approved.

        None if it has a digest alone: before there was a tree, that was over all letters at once.
        """
        if "root" not in details:
            return None
        return cls(**{name: details.get(name, "") for name in cls.__dataclass_fields__})

    @property
    def details(self) -> dict[str, str]:
        """What the event of the approval says, and its digest."""
        return {**self.said, "digest": self.digest}

    @property
    def digest(self) -> str:
        """What a person approves: a change to any part of it changes the digest."""
        return sha256(canonical_json(self.said))

    @property
    def said(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value or name != "sender"}

    def covers(self, proof: Proof) -> bool:
        """Whether a letter is one of those that were approved."""
        return self.shown().holds(proof.leaf.hash, proof.index, proof.path)

    def shown(self) -> Shown:
        """Return what finds out the same of many letters, in less time."""
        size = int(self.letters) if self.letters.isdecimal() else 0
        return Shown(bytes.fromhex(self.root), size)


@dataclass(frozen=True, slots=True)
class Proof:
    """A letter's leaf, its number among the leaves, and its path to the root (RFC 9162 2.1.3)."""

    leaf: Leaf
    index: int
    path: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Covered:
    """What an approval of some letters would be of, and the proof of each in the order given."""

    terms: Terms
    proofs: tuple[Proof, ...]


def covering(plan: Plan, leaves: Sequence[Leaf], *, sender: str = "") -> Covered:
    """Work out what an approval of these letters, from this sender, would be of.

    In the tree they are in the order of their authorities, then of their versions.
    """
    ordered = sorted(leaves, key=lambda leaf: (leaf.authority, leaf.version))
    tree = Tree.of([leaf.hash for leaf in ordered])
    terms = Terms(
        plan=digest(plan),
        release_at=moment(plan.release_at),
        letters=str(len(ordered)),
        root=tree.root.hex(),
        sender=sender,
    )
    indexes = {leaf: index for index, leaf in enumerate(ordered)}
    found = ((leaf, indexes[leaf]) for leaf in leaves)
    return Covered(terms, tuple(Proof(leaf, at, tree.inclusion_proof(at)) for leaf, at in found))


@dataclass(frozen=True, slots=True)
class Flat:
    """A letter as the digest of an approval without a tree has it."""

    authority: str
    version: int
    fingerprint: str
    letter_digest: str
    recipients: tuple[Recipient, ...]


def flat_digest(plan: Plan, letters: Iterable[Flat]) -> str:
    """Return the digest that was approved before there was a tree, to hold such letters to it."""
    ordered = sorted(letters, key=lambda letter: (letter.authority, letter.version))
    return digest([plan, plan.release_at, ordered])


SAID_AS: Final = {
    "authority": "authority",
    "addressed_to": "authority",
    "also_to": "authority",
    "addressee": "addressee",
    "boxes": "figures",
    "tables": "figures",
    "is_synthetic": "figures",
}
"""What people call a field of the content; every other field is the plan's."""


def changes(
    made: Mapping[str, tuple[Draft, str]], drafts: Iterable[Draft], template_digest: str
) -> list[str]:
    """Return one line for each letter that would now differ from the one that was made.

    `made` holds, by the code of each letter, what each letter was made from, and its fingerprint.
    """
    now = {draft.content.code: draft for draft in drafts}
    lines = [
        f"{code}: its letter is due and has not been made" for code in sorted(now.keys() - made)
    ]
    lines += [f"{code}: its letter is no longer due" for code in sorted(made.keys() - now)]
    for code in sorted(now.keys() & made.keys()):
        old, fingerprint = made[code]
        if now[code].fingerprint(template_digest) != fingerprint:
            lines.append(f"{code}: {' and '.join(differences(old, now[code]))} changed")
    return lines


def differences(old: Draft, new: Draft) -> list[str]:
    """Return what differs between two drafts of a letter, in words that people use."""
    words = [
        SAID_AS.get(name, "plan")
        for name in Content.__dataclass_fields__
        if getattr(old.content, name) != getattr(new.content, name)
    ]
    if old.recipients != new.recipients:
        words.append("recipients")
    if old.attachments != new.attachments:
        words.append("attachments")
    return list(dict.fromkeys(words)) or ["template"]
