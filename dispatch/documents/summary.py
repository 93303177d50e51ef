"""The first page of an evidence pack, for readers who open nothing else in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from dispatch.documents.font import drawn
from dispatch.documents.pages import Pages, as_title
from dispatch.documents.pdf import Sheet, refuse_reaching_out, typeset

SUMMARY: Final = "summary.md"


class Summary:
    """The template of the page, ready for values to be filled in."""

    def __init__(self, folder: Path) -> None:
        """Read and compile the template. Raises `CannotRender` if it cannot be used."""
        self._pages = Pages.of_folder(folder)
        refuse_reaching_out(self._pages.sources)

    def pdf(self, values: Mapping[str, Any], *, author: str, day: date) -> bytes:
        """Return the page with these values; its first part is its title.

        What people and servers wrote may be in any letters. None may keep evidence from being made,
        so those that the font lacks are shown by their code points.
        """
        title, *rest = self._pages.parts(SUMMARY, _drawn(values))
        sheet = Sheet(
            title=as_title(title),
            heading=as_title(title),
            author=drawn(author),
            letter_date=day,
            parts=[title, *rest],
        )
        return typeset(self._pages.sources, sheet)


def _drawn(value: Any) -> Any:  # noqa: ANN401 - the values of a template, nested
    match value:
        case str():
            return drawn(value)
        case list():
            return [_drawn(each) for each in value]
        case Mapping():
            return {key: _drawn(each) for key, each in value.items()}
        case _:
            return value
