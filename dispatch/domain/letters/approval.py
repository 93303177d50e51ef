"""What an approval covers, and which letters have changed since they were made.

An approval is one digest over every letter's bytes, every recipient and the dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from dispatch.domain.digest import digest
from dispatch.domain.letter import Content, Draft, Recipient
from dispatch.domain.mailout import Plan


@dataclass(frozen=True, slots=True)
class CoveredLetter:
    """One letter as it would leave: its authority, version, source, bytes and recipients."""

    authority: str
    version: int
    fingerprint: str
    letter_digest: str
    recipients: tuple[Recipient, ...]


def approval_digest(plan: Plan, letters: Iterable[CoveredLetter]) -> str:
    """Return the digest that a person approves: a change to any part of it changes the digest."""
    ordered = sorted(letters, key=lambda letter: (letter.authority, letter.version))
    return digest([plan, plan.release_at, ordered])


SAID_AS: Final = {
    "authority": "authority",
    "addressed_to": "authority",
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

    `made` holds, by authority code, what each letter was made from, and its fingerprint.
    """
    now = {draft.content.authority.code: draft for draft in drafts}
    lines = [
        f"{code}: its letter is due and has not been made" for code in sorted(now.keys() - made)
    ]
    lines += [f"{code}: its letter is no longer due" for code in sorted(made.keys() - now)]
    for code in sorted(now.keys() & made.keys()):
        old, fingerprint = made[code]
        if now[code].fingerprint(template_digest) != fingerprint:
            lines.append(f"{code}: {' and '.join(_differences(old, now[code]))} changed")
    return lines


def _differences(old: Draft, new: Draft) -> list[str]:
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
