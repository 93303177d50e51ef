"""What a public bundle consists of: its tables, the letters' files, and the path of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from dispatch.domain.digest import sha256
from dispatch.domain.letter import PDF, Content
from dispatch.domain.letters.file_names import public_name
from dispatch.domain.letters.languages import pdf_languages
from dispatch.domain.publishing.spreadsheet import Row
from dispatch.domain.register.authority import slugified


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a public table, by the types of Table Schema."""

    name: str
    type: str
    description: str
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Sheet:
    """A public table: its file, title and columns; `key` names those that identify a row."""

    file: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


LETTERS: Final = Sheet(
    "letters.csv",
    "Letters, one row each",
    (
        Column("mailout", "string", "The year's letters that it belongs to, by a short name."),
        Column("title", "string", "What the letter is called."),
        Column("year", "string", "The year of its figures, such as 2019-20."),
        Column("letter_date", "date", "The day printed on the letter."),
        Column("upload_date", "date", "The day from which it is public."),
        Column("authority_code", "string", "The authority that the letter is about: a short code."),
        Column("authority_name", "string", "Its short name."),
        Column("authority_official_name", "string", "Its full name."),
        Column("authority_kind", "string", "What kind of body it is."),
        Column(
            "comparison_group",
            "string",
            "The similar authorities it is compared with.",
            is_required=False,
        ),
        Column("region", "string", "Its region.", is_required=False),
        Column(
            "authority_last_day", "date", "Its last day, if it was abolished.", is_required=False
        ),
        Column("addressed_to", "string", "Whom the letter went to: itself, or its successor."),
        Column("version", "integer", "1, or more where the letter was issued again, corrected."),
        Column("is_synthetic", "boolean", "Whether any figure in it is made up, for a trial."),
        Column("file", "string", "The letter itself (PDF), from the folder of this file."),
        Column("bytes", "integer", "The size of that file."),
        Column("sha256", "string", "The SHA-256 of that file."),
    ),
    ("mailout", "authority_code", "addressed_to"),
)

FIGURES: Final = Sheet(
    "figures.csv",
    "Figures in the letters, one row for each authority and figure",
    (
        Column("mailout", "string", "The year's letters that it stands in."),
        Column("year", "string", "The year of the figure, such as 2019-20."),
        Column("authority_code", "string", "The authority that it is about."),
        Column("authority_official_name", "string", "Its full name."),
        Column("figure", "string", "What is counted or measured, by a short name."),
        Column("label", "string", "The same in words."),
        Column("unit", "string", "count, percent, or per 100,000 residents."),
        Column("value", "number", "The figure, as the letter shows it."),
        Column("is_synthetic", "boolean", "Whether it is made up, for a trial."),
        Column(
            "source",
            "string",
            "Where it was taken from, if it was published before.",
            is_required=False,
        ),
        Column(
            "count",
            "integer",
            "For a percentage or a rate of this authority: how many cases it counts.",
            is_required=False,
        ),
        Column(
            "base",
            "integer",
            "For a percentage of this authority: of how many cases.",
            is_required=False,
        ),
    ),
    ("mailout", "authority_code", "figure"),
)


EARLIER: Final = Sheet(
    "earlier-versions.csv",
    "Versions of letters that were replaced, one row each",
    (
        Column("mailout", "string", "The year's letters that it belonged to."),
        Column("authority_code", "string", "The authority that it is about: a short code."),
        Column("addressed_to", "string", "Whom it went to."),
        Column("letter_date", "date", "The day printed on it."),
        Column("version", "integer", "1 for the first."),
        Column("replaced_on", "date", "The day on which the next version was approved."),
        Column("sha256", "string", "The SHA-256 of its PDF, which is not public any more."),
    ),
    ("mailout", "sha256"),
)

PLACES: Final = Sheet(
    "map.csv",
    "Where each authority is drawn on the map, one row each",
    (
        Column("mailout", "string", "The year's letters whose map it is."),
        Column("map", "string", "The map's short name: maps/NAME.txt says whom it is by."),
        Column("panel", "string", "The part of the map, by its heading."),
        Column("authority_code", "string", "The authority: a short code."),
        Column("authority_name", "string", "Its short name."),
        Column("q", "integer", "Its column; odd rows are shifted right by half a hexagon."),
        Column("r", "integer", "Its row, which grows to the north."),
    ),
    ("mailout", "panel", "authority_code"),
)


LANGUAGES: Final = Sheet(
    "languages.csv",
    "The files of letters in several languages, one row each",
    (
        Column("mailout", "string", "The letters that it belongs to, by a short name."),
        Column("authority_code", "string", "The authority that it is about: a short code."),
        Column("addressed_to", "string", "Whom it went to."),
        Column("language", "string", "Its language, or the first of those in it: cy, en."),
        Column("file", "string", "The letter in it (PDF), from the folder of this file."),
        Column("bytes", "integer", "The size of that file."),
        Column("sha256", "string", "The SHA-256 of that file."),
    ),
    ("mailout", "authority_code", "addressed_to", "language"),
)


def pdf_paths(content: Content, path: str, forms: Iterable[str]) -> dict[str, str]:
    """Return the path of each PDF of a letter, by its form; `path` is that of the first."""
    stem = path.removesuffix(".pdf")
    return {
        form: path if form == PDF else f"{stem}-{language}.pdf"
        for form, language in pdf_languages(content, forms).items()
    }


def folder(mailout: str) -> str:
    """Return the folder of a mailout's letters."""
    return f"letters/{mailout}"


def notice(name: str) -> str:
    """Return the path of the notice that says whom a map is by."""
    return f"maps/{name}.txt"


def checkpoint(mailout: str) -> str:
    """Return the path of the ledger's checkpoint that a mailout was uploaded with."""
    return f"checkpoints/{mailout}.txt"


def pages(codes: Iterable[str]) -> dict[str, str]:
    """Return the path of each authority's page by its code, which stays when its name changes."""
    stems = {code: slugified(code) for code in codes}
    times = Counter(stems.values())
    return {
        code: f"authorities/{stem if stem and times[stem] == 1 else sha256(code.encode())}.html"
        for code, stem in stems.items()
    }


def path(content: Content, taken: set[str]) -> str:
    """Return the path of a letter among those of its mailout, and add its name to those taken."""
    names = (public_name(content, stem) for stem in _stems(content) if stem)
    name = next(each for each in names if each not in taken)
    taken.add(name)
    return f"{folder(content.mailout)}/{name}"


def paths(letters: Iterable[Content]) -> dict[str, str]:
    """Return the path of each letter of one mailout by its code; no two are the same."""
    taken: set[str] = set()
    return {content.code: path(content, taken) for content in letters}


def _stems(content: Content) -> Iterator[str]:
    """Yield names for a letter's file; the last is unique even if name and code are not."""
    name, code = slugified(content.authority.official_name), slugified(content.code)
    to = slugified(content.addressed_to.official_name)
    yield f"{name}-to-{to}" if content.also_to and name and to else name
    yield f"{name}-{code}".strip("-")
    yield sha256(content.code.encode())


def key(row: Row) -> tuple[str, str]:
    """Return what tells a letter of one mailout from the others: whom it is about, and went to."""
    return row["authority_code"], row["addressed_to"]


def key_of(content: Content) -> tuple[str, str]:
    """Return the same of a letter's content."""
    return content.authority.code, content.addressed_to.official_name
