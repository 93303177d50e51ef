"""What an approval covers, and which letters have changed since they were made.

A person approves one digest, over the plan, the release moment and the root of a Merkle tree with a
leaf for each letter. So one letter can be held to the approval without all the others: its leaf and
its path lead to the root. A leaf names no people: it has a digest of the recipients, with a salt
that nobody can guess.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class LetterTree:
    """The tree over some letters: of each it keeps a hash and its place, and not its leaf."""

    tree: Tree
    places: Mapping[tuple[str, int], int]
    """By authority and version, in whose order the leaves are."""

    @classmethod
    def of(cls, leaves: Iterable[Leaf]) -> Self:
        """Build the tree over some leaves, each of which is looked at once."""
        hashed = sorted((leaf.authority, leaf.version, leaf.hash) for leaf in leaves)
        places = {(code, version): place for place, (code, version, _) in enumerate(hashed)}
        return cls(Tree.of([each for _, _, each in hashed]), places)

    def terms(self, plan: Plan, *, sender: str = "") -> Terms:
        """Return what an approval of these letters, from this sender, would be of."""
        return Terms(
            plan=digest(plan),
            release_at=moment(plan.release_at),
            letters=str(len(self.places)),
            root=self.tree.root.hex(),
            sender=sender,
        )

    def proof(self, leaf: Leaf) -> Proof | None:
        """Return the proof of a letter; None if it is not one of these, or not as it was."""
        place = self.places.get((leaf.authority, leaf.version))
        if place is None or self.tree.levels[0][place] != leaf.hash:
            return None
        return Proof(leaf, place, self.tree.inclusion_proof(place))


def covering(plan: Plan, leaves: Sequence[Leaf], *, sender: str = "") -> Covered:
    """Work out what an approval of these letters, from this sender, would be of.

    In the tree they are in the order of their authorities, then of their versions.
    """
    tree = LetterTree.of(leaves)
    proofs = tuple(proof for leaf in leaves if (proof := tree.proof(leaf)))
    return Covered(tree.terms(plan, sender=sender), proofs)


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
    made: Mapping[str, str],
    drafts: Iterable[Draft],
    template_digest: str,
    made_from: Callable[[Collection[str]], Mapping[str, Draft]],
) -> Iterator[str]:
    """Yield one line for each letter that would now differ from the one that was made.

    `made` holds the fingerprint of each letter, by its code. What it was `made_from` is asked only
    for letters that differ.
    """
    now = {draft.content.code: draft for draft in drafts}
    for code in sorted(now.keys() - made):
        yield f"{code}: its letter is due and has not been made"
    for code in sorted(made.keys() - now):
        yield f"{code}: its letter is no longer due"
    common = sorted(now.keys() & made.keys())
    if different := [
        each for each in common if now[each].fingerprint(template_digest) != made[each]
    ]:
        old = made_from(different)
        for code in different:
            yield f"{code}: {' and '.join(differences(old[code], now[code]))} changed"


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
