"""One letter as its page shows it: who gets it, its figures, its message, and its history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from typing import Final

from dispatch.database.tables import Letter
from dispatch.domain.digest import sha256
from dispatch.domain.letter import Content, Recipient
from dispatch.domain.register.figures import Box
from dispatch.views.names import address_shown

KINDS: Final = {"to": "To", "cc": "Cc"}


def addressee(content: Content) -> tuple[str, ...]:
    """Return the lines of the address block."""
    to = content.addressee
    lines = (to.addressee, to.title, content.addressed_to.official_name)
    return tuple(dict.fromkeys(lines))


def recipients(found: Sequence[Recipient]) -> list[str]:
    """Return who gets the letter, a line for each address."""
    return [
        f"{KINDS[each.kind.value]}: {each.name}, {each.role}, {address_shown(each.address)}"
        for each in found
    ]


def figures(content: Content) -> list[tuple[str, str, str]]:
    """Return a row for each measure: its title, what the letter says, and the average."""
    return [(box.title, _said(box), _average(box)) for box in content.boxes]


def _said(box: Box) -> str:
    return f"{box.count:,} of {box.base:,} ({box.percent}%)" if box.base else "nothing to measure"


def _average(box: Box) -> str:
    return "none" if box.average is None else f"{box.average}%"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message."""

    kind: str
    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message: its headers as they stand, and its parts."""

    headers: str
    parts: tuple[Part, ...]
    size: int


def message_view(content: bytes) -> MessageView:
    """Return the view of one of our own messages."""
    head, _, _ = content.partition(b"\r\n\r\n")
    parts = tuple(_parts(message_from_bytes(content, policy=compat32)))
    return MessageView(head.decode("utf-8", "replace").replace("\r\n", "\n"), parts, len(content))


def _parts(message: Message) -> Iterator[Part]:
    for each in message.walk():
        if each.is_multipart():
            continue
        payload = each.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        name = each.get_filename() or ""
        yield Part(each.get_content_type(), name, len(content), sha256(content))


def deleted_said(letter: Letter, form: str) -> str:
    """Say that the bytes of a form are not there any more, and which they were."""
    return (
        f"These bytes were deleted when their time was over. Their SHA-256 was "
        f"{letter.parts.get(form, 'not kept')}."
    )
