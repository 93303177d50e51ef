"""The rows of the public tables: one for each letter of a mailout, and one for each of its figures.

Rows say what the letters say, but nothing about people: no name and no address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from dispatch.domain.digest import sha256
from dispatch.domain.letter import Content
from dispatch.domain.letters.languages import pdf_languages
from dispatch.domain.mailout import Averaging, Plan
from dispatch.domain.publishing.bundle import pdf_paths
from dispatch.domain.publishing.spreadsheet import Row
from dispatch.domain.register.figures import Box, Figures

COUNT: Final = "count"
PERCENT: Final = "percent"
RATE: Final = "per 100,000 residents"
AVERAGE: Final = "_average"

ADDRESS: Final = re.compile(r"\S@\S+\.\S")


def letter_row(content: Content, file: str, pdf: bytes) -> Row:
    """Return the row of one letter, whose bytes are in `file`."""
    authority = content.authority
    return {
        "mailout": content.mailout,
        "title": content.title,
        "year": content.year,
        "letter_date": content.letter_date.isoformat(),
        "upload_date": content.upload_date.isoformat(),
        "authority_code": authority.code,
        "authority_name": authority.name,
        "authority_official_name": authority.official_name,
        "authority_kind": authority.kind,
        "comparison_group": content.group or "",
        "region": authority.region or "",
        "authority_last_day": authority.last_day.isoformat() if authority.last_day else "",
        "addressed_to": content.addressed_to.official_name,
        "version": str(content.version),
        "is_synthetic": _flag(content.is_synthetic),
        "file": file,
        "bytes": str(len(pdf)),
        "sha256": sha256(pdf),
    }


def language_rows(content: Content, file: str, pdfs: Mapping[str, bytes]) -> Iterator[Row]:
    """Yield a row for each PDF of a letter in several languages; none for one in English alone."""
    paths = pdf_paths(content, file, pdfs)
    for form, language in pdf_languages(content, pdfs).items():
        if language:
            yield {
                "mailout": content.mailout,
                "authority_code": content.authority.code,
                "addressed_to": content.addressed_to.official_name,
                "language": language,
                "file": paths[form],
                "bytes": str(len(pdfs[form])),
                "sha256": sha256(pdfs[form]),
            }


def earlier_row(content: Content, sha256: str, replaced_on: date) -> Row:
    """Return the row of a version that was replaced on that day, by the SHA-256 of its PDF."""
    return {
        "mailout": content.mailout,
        "authority_code": content.authority.code,
        "addressed_to": content.addressed_to.official_name,
        "letter_date": content.letter_date.isoformat(),
        "version": str(content.version),
        "replaced_on": replaced_on.isoformat(),
        "sha256": sha256,
    }


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as a letter shows it; `made_of` has the counts that it was worked out from."""

    name: str
    label: str
    unit: str
    value: str
    made_of: Mapping[str, int]
    count: int | None = None
    """How many cases a percentage or a rate counts."""
    base: int | None = None
    """Of how many."""


def figure_rows(
    content: Content, plan: Plan, known: Figures | None, made_up_groups: Iterable[str | None]
) -> Iterator[Row]:
    """Yield a row for each figure of one letter.

    A figure is marked as made up unless `known` has that very count and says that it is real: one
    mark too many does less harm than one too few. An average is marked if it was worked out from
    a group in which any letter has made-up figures.
    """
    is_average_made_up = plan.averaging is not Averaging.GIVEN and content.group in frozenset(
        made_up_groups
    )
    shown = {figure.name: figure for figure in _figures(content, plan)}
    for figure in shown.values():
        is_real = _is_real(figure.made_of, known)
        is_made_up = (
            is_average_made_up if AVERAGE in figure.name else content.is_synthetic and not is_real
        )
        yield {
            "mailout": content.mailout,
            "year": content.year,
            "authority_code": content.authority.code,
            "authority_official_name": content.authority.official_name,
            "figure": figure.name,
            "label": figure.label,
            "unit": figure.unit,
            "value": figure.value,
            "is_synthetic": _flag(is_made_up),
            "source": _source(known) if is_real and figure.made_of else "",
            "count": "" if figure.count is None else str(figure.count),
            "base": "" if figure.base is None else str(figure.base),
        }


def made_up_groups(letters: Iterable[Content]) -> frozenset[str | None]:
    """Return the comparison groups in which any letter has made-up figures."""
    return frozenset(content.group for content in letters if content.is_synthetic)


def _figures(content: Content, plan: Plan) -> Iterator[Figure]:
    counted = {measure.key: (measure.count, measure.base) for measure in plan.measures}
    label = plan.figure_set.label
    for name, value in content.counts.items():
        yield _count(name, value, label(name))
    for table in content.tables:
        yield _count(table.key, table.total, label(table.key))
        for name, value in table.rows:
            column = f"{table.key}_{name}"
            yield _count(column, value, label(column) or _as_words(f"{table.key}: {name}"))
    for box in content.boxes:
        count, base = counted[box.key]
        yield _count(base, box.base, label(base))
        yield _count(count, box.count, label(count))
        made_of = {base: box.base, count: box.count}
        yield from _shown(box, made_of, plan.averages_called)


def _count(name: str, value: int, label: str) -> Figure:
    return Figure(name, label or _as_words(name), COUNT, str(value), {name: value})


def _as_words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _shown(box: Box, made_of: Mapping[str, int], averages: str) -> Iterator[Figure]:
    """Yield what the letter shows of a measure: nothing if there was nothing to measure."""
    if box.percent is None:
        return
    similar = f"{box.title}: {averages}"
    counted, base = box.count, box.base
    name = f"{box.key}_percent"
    yield Figure(name, box.title, PERCENT, str(box.percent), made_of, counted, base)
    if box.average is not None:
        yield Figure(f"{box.key}{AVERAGE}_percent", similar, PERCENT, str(box.average), {})
    if box.rate is not None:
        yield Figure(f"{box.key}_rate", box.title, RATE, box.rate, made_of, counted)
    if box.rate_average is not None:
        yield Figure(f"{box.key}{AVERAGE}_rate", similar, RATE, box.rate_average, {})


def _is_real(made_of: Mapping[str, int], known: Figures | None) -> bool:
    return known is not None and all(
        known.counts.get(name) == count and name not in known.synthetic
        for name, count in made_of.items()
    )


def _source(known: Figures | None) -> str:
    """Return where figures were taken from; empty if that has an email address in it."""
    source = known.source if known else None
    return source if source and not ADDRESS.search(source) else ""


def _flag(value: bool) -> str:  # noqa: FBT001 - the value to spell
    return "true" if value else "false"
