"""Read a document of Word in a child process, whose memory and time are limited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from pydantic import TypeAdapter

from dispatch.child import MEBIBYTE, Child, Failed
from dispatch.domain.errors import BadInput
from dispatch.files.word import structure
from dispatch.files.word.document import Document, Par
from dispatch.files.word.marked import Marker
from dispatch.files.word.package import LARGEST, MAIN, UNREADABLE, Package
from dispatch.files.word.styles import Styles

SECONDS: Final = 60.0
ANSWER_BYTES: Final = 64 * MEBIBYTE

_DOCUMENT: Final = TypeAdapter(Document)


__all__ = ["LARGEST", "answer", "document", "read", "taken"]


def read(name: str, content: bytes) -> Document:
    """Return what a document of Word says. Raises `BadInput` in one sentence for any other."""
    with Child(f"{__name__}:answer", seconds=SECONDS, largest_answer=ANSWER_BYTES) as child:
        said = child.ask(content)
    return taken(name, said)


def taken(name: str, said: list[Any] | Failed) -> Document:
    """Return the document that a child has read. Raises `BadInput`."""
    match said:
        case [{"refused": str(why)}]:
            raise BadInput(f"{name}: {why}")
        case [dict(found)]:
            return _DOCUMENT.validate_python(found)
        case _:
            raise BadInput(f"{name}: {UNREADABLE}")


def document(content: bytes) -> Document:
    """Return what a document says. Raises `BadInput`; any other error means that it is damaged."""
    package = Package(content)
    root = package.part(MAIN)
    if root is None:
        raise BadInput(UNREADABLE)
    styles = Styles(package.part("word/styles.xml"))
    marker = Marker(package, styles)
    marker.mark(root)
    found, more = structure.blocks(package, root, styles)
    blocks = tuple(each for each in found if not isinstance(each, Par) or each.text.strip())
    if not blocks:
        raise BadInput("the document has no words in it")
    return Document(
        blocks=blocks,
        fields=marker.marks.fields,
        losses=marker.marks.losses,
        aside=(*marker.marks.aside, *more),
    )


def answer(content: bytes) -> Iterator[dict[str, Any]]:
    """Yield what a document says, or why it is refused. Called in the child."""
    try:
        yield asdict(document(content))
    except BadInput as error:
        yield {"refused": str(error)}
    except Exception:  # noqa: BLE001 - what a damaged file does to its readers has no end
        yield {"refused": UNREADABLE}
