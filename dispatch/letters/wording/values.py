"""Every value that a template may use: derived from the types whose values a template is given.

What a value means is written here, once for each; a test compares the two, so that a field that is
added to a letter's content cannot be left out.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from inspect import isfunction, signature
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from dispatch.documents.sandbox import BUILT_IN, FILTERS
from dispatch.domain.calendar import day_in_words
from dispatch.domain.letter import Content
from dispatch.domain.letters.resending import CoveringNote


class Group(Enum):
    """Where a value can be used. The value is its heading."""

    LETTER = "In the letter, its statistics and both covering notes"
    RESENT = "In the covering note of a letter that is sent again (resend.md) as well"
    FRAME = "In the HTML around the letter and the email (letter.html, email.html)"
    LAYOUT = "In the layout of the PDF (letter.typ), as `json(bytes(sys.inputs.letter))`"
    FACTS = "The mailout's own facts, from `[constants]` of its plan"
    FILTERS = "Filters, which stand after a value and a bar: `{{ upload_date | day }}`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value that a template may use."""

    group: Group
    name: str
    """As it is written in a template; `[]` stands for one of a list."""
    kind: str
    """Its type in words."""
    meaning: str
    example: str = ""
    is_optional: bool = False
    """Whether it may be missing, so that a template has to ask before it prints it."""


KINDS: Final[Mapping[object, str]] = {
    str: "text",
    int: "number",
    bool: "yes or no",
    date: "day",
    float: "number",
}

MEANINGS: Final[Mapping[str, str]] = {
    "mailout": "the mailout's name in the plan",
    "title": "what the letter and its email are called",
    "template": "the name of the template's folder",
    "year": "the year of the figures, as the plan has it",
    "year_end": "the last day of that year",
    "letter_date": "the day on which the letters go, which is the date of the letter",
    "upload_date": "the day on which letters and figures become public",
    "version": "1, and one more each time that the letter is corrected after it was sent",
    "authority": "the authority that the letter is about",
    "authority.code": "its code",
    "authority.name": "its short name",
    "authority.official_name": "its name in full",
    "authority.kind": "its kind, such as council",
    "authority.group": "its comparison group, as the register spells it",
    "authority.region": "its region",
    "authority.start_date": "the day on which it began",
    "authority.last_day": "the last day on which it existed",
    "authority.successors": "the codes of the bodies that came after it",
    "authority.successors[]": "one of these codes",
    "authority.source": "where its entry in the register is from",
    "authority.noun": "Council for a council, and Authority for any other body",
    "authority.exists_on(day)": "whether it existed on a day",
    "addressed_to": "the authority that the letter goes to: the same, or the one that came after "
    "it; it has the same values as authority",
    "also_to": "the other bodies that came after it, each of which gets a letter of its own",
    "also_to[]": "one of them, with the same values as authority",
    "addressee": "the person that the letter is addressed to",
    "addressee.authority": "the code of the person's authority",
    "addressee.role": "the role for which the letter goes there, such as chief executive",
    "addressee.address": "the email address",
    "addressee.honorific": "Mr, Dr, Cllr, and the like",
    "addressee.given_name": "the given name",
    "addressee.surname": "the surname",
    "addressee.job_title": "the job title, if it is known",
    "addressee.language": "the language that the person asked to be written to in, such as cy",
    "addressee.greeted_as": "what follows Dear: the name or, without one, the role",
    "addressee.role_at": "the code of the authority, and the role",
    "addressee.role_at[]": "one of these two",
    "addressee.title": "the job title or, if it is not known, the role",
    "addressee.addressee": "the first line of the address: the name or, without one, the title",
    "addressee.salutation": "Dear, and how the person is greeted",
    "addressee.is_greeted_by_name": "whether the letter ends with sincerely, and not faithfully",
    "addressee.full_name": "the name with honorific and given name",
    "group": "the comparison group, as the plan spells it; none if it is in none of them",
    "boxes": "what the letter measures, in the order of the plan",
    "boxes[].key": "the key of the measure in the plan",
    "boxes[].title": "the title of the measure",
    "boxes[].count": "how many cases the measure counts",
    "boxes[].base": "of how many cases",
    "boxes[].average": "the average of similar authorities in per cent, if there is one",
    "boxes[].rate": "the count for each 100,000 residents, if the plan asks for it",
    "boxes[].rate_average": "the average of that",
    "boxes[].before": "the same in the period before, if the plan compares with it and it is known",
    "boxes[].before.count": "how many cases the measure counted then",
    "boxes[].before.base": "of how many cases",
    "boxes[].before.average": "the average of similar authorities then, if there was one",
    "boxes[].before.percent": "the percentage then; none if there was nothing to measure",
    "boxes[].percent": "the percentage; none if there was nothing to measure",
    "tables": "the counts by subject and by outcome, if the figures have all of them",
    "tables[].key": "received or decided",
    "tables[].rows": "its rows: the name of each and its count",
    "tables[].rows[]": "one row: a name and a count",
    "tables[].rows[][]": "a name or a count",
    "tables[].total": "the sum of all rows",
    "tables[].title": "what the plan calls it, if its scheme has tables of its own",
    "tables[].called": "what the plan calls each row, by its name",
    "signatory": "who signs",
    "signatory.name": "the name",
    "signatory.lines": "what stands below the name",
    "signatory.lines[]": "one line of it",
    "signatory.signature": "the file of the picture of the signature",
    "constants": "all facts of the plan by their names; each is a value of its own as well",
    "bespoke": "the paragraphs for this authority alone; printed by `{{ bespoke | markdown }}`",
    "is_synthetic": "whether any of its figures was made up for a demonstration",
    "is_below_minimum": "whether its figures are below the plan's minimum: then it has none",
    "year_before": "the period that the letter compares with, if the plan asks for it",
    "counts": "the counts that the plan shows as they are, by their names: counts.orders",
    "pdf_name": "the plan's pattern for the name of the PDF",
    "public_name": "the plan's pattern for the name of the public file",
    "languages": "the languages that the letter is in, if its plan has several",
    "languages[]": "one of them, such as cy",
    "translations": "what the plan calls things in other languages; a template does not need it",
    "is_one_pdf": "whether all languages are in one PDF",
    "language": "the language that is being written, if the plan has several",
    "attachment_count": "how many spreadsheets go along",
    "has_attachments": "whether any spreadsheet goes along",
    "recipient": "the person who gets the letter now, with the same values as addressee",
    "sent_to": "the job title or role that the letter was meant for before",
    "due_date": "the day on which the letter was first to go there",
    "sent_date": "the day on which a mail server first took the letter; none if none ever did",
    "outcome": "what happened to it then: accepted, returned, in doubt, failed or unsent",
    "is_before_upload": "whether the upload is still to come",
}
"""What each value means."""

FRAMED: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("text", "the title of the page: the email's subject"),
    "parts": ("list", "the parts of the letter: the name of each, and its HTML"),
    "language": ("text", "the first language of the letter; en-GB if the plan has but one"),
    "verbatim": ("text", "what follows an email to staff unchanged; empty in letters"),
}

LAID_OUT: Final[Mapping[str, tuple[str, str]]] = {
    "title": ("text", "the email's subject, which is the title of the PDF"),
    "heading": ("text", "the mailout's title, for the foot of each page"),
    "author": ("text", "who signs"),
    "date": ("year, month, day", "the letter date"),
    "parts": ("list", "the parts of the letter: the name of each, and its blocks"),
    "versions": (
        "list",
        "in several languages: the language, the heading and the parts of each in this PDF",
    ),
}

SAME: Final = {"addressed_to", "also_to[]", "recipient"}
"""Values whose own values are listed with another of the same type."""


def derived() -> Iterator[Value]:
    """Yield every value of letters and covering notes, as their types have them."""
    yield from _of_type(Group.LETTER, Content)
    yield from _counted()
    yield from _of_type(Group.RESENT, CoveringNote)


def _counted() -> Iterator[Value]:
    for name, kind in (("attachment_count", "number"), ("has_attachments", "yes or no")):
        yield Value(group=Group.LETTER, name=name, kind=kind, meaning=MEANINGS[name])


def _of_type(group: Group, kind: type[Any], prefix: str = "") -> Iterator[Value]:
    hints = get_type_hints(kind)
    for each in (each for each in fields(kind) if each.metadata.get("in_letters", True)):
        yield from _of_hint(group, prefix + each.name, hints[each.name])
    if prefix:  # of Content itself only the fields are given
        yield from _properties(group, kind, prefix)


def _properties(group: Group, kind: type[Any], prefix: str) -> Iterator[Value]:
    for name, found in vars(kind).items():
        if name.startswith("_"):
            continue
        if isinstance(found, property) and found.fget:
            yield from _of_hint(group, prefix + name, get_type_hints(found.fget)["return"])
        elif isfunction(found):
            given = ", ".join([*signature(found).parameters][1:])
            returned = get_type_hints(found)["return"]
            yield from _of_hint(group, f"{prefix}{name}({given})", returned)


def _of_hint(group: Group, name: str, hint: object) -> Iterator[Value]:
    kind, is_optional = _without_none(hint)
    inner = [each for each in get_args(kind) if each is not Ellipsis]
    listed = get_origin(kind) is tuple
    yield Value(
        group=group,
        name=name,
        kind=_in_words(kind),
        meaning=MEANINGS.get(name, ""),
        is_optional=is_optional,
    )
    if name in SAME:
        return
    if listed and len({*inner}) == 1 and is_dataclass(inner[0]) and f"{name}[]" not in SAME:
        yield from _of_type(group, _class(inner[0]), f"{name}[].")
    elif listed:
        yield from _of_hint(group, f"{name}[]", inner[0] if len({*inner}) == 1 else str)
    elif is_dataclass(kind):
        yield from _of_type(group, _class(kind), f"{name}.")


def _class(kind: object) -> type[Any]:
    assert isinstance(kind, type)  # noqa: S101 - for the type checker
    return kind


def _without_none(hint: object) -> tuple[object, bool]:
    if get_origin(hint) in {Union, types.UnionType}:
        kinds = [each for each in get_args(hint) if each is not type(None)]
        return kinds[0], True
    return hint, False


def _in_words(kind: object) -> str:
    if get_origin(kind) is tuple:
        return "list"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "text"
    if is_dataclass(kind):
        return "several values"
    return KINDS.get(kind, "values by name")


def own() -> list[Value]:
    """Return every value that templates have whatever the plan is, in groups."""
    return [
        *derived(),
        *_told(Group.FRAME, FRAMED),
        *_told(Group.LAYOUT, LAID_OUT),
        *_filters(),
    ]


def _told(group: Group, told: Mapping[str, tuple[str, str]]) -> Iterator[Value]:
    for name, (kind, meaning) in told.items():
        yield Value(group=group, name=name, kind=kind, meaning=meaning)


def _filters() -> Iterator[Value]:
    for name in sorted({*BUILT_IN, *FILTERS}):
        meaning, example = FILTERING.get(name, ("", ""))
        yield Value(group=Group.FILTERS, name=name, kind="filter", meaning=meaning, example=example)


FILTERING: Final[Mapping[str, tuple[str, str]]] = {
    "capitalize": ("a capital at the beginning, and small letters after it", "group | capitalize"),
    "day": ("a day in words, such as 22 July 2020", "upload_date | day"),
    "default": ("another value in place of one that is not there", 'remark | default("none")'),
    "first": ("the first of a list", "seminar_places | first"),
    "humanise": ("the name of a column as words: Not upheld for not_upheld", "key | humanise"),
    "in_words": ("a number up to ten as a word", "boxes | length | in_words"),
    "join_words": ("a list as London, Bristol and Leeds", "seminar_places | join_words"),
    "last": ("the last of a list", "seminar_places | last"),
    "length": ("how many there are", "boxes | length"),
    "lower": ("in small letters", "group | lower"),
    "markdown": ("a text of the plan, with its own bold and links", "context | markdown"),
    "number": ("a number with its commas, such as 1,400", "people_trained | number"),
    "ordinal": ("a number as 1st, 2nd, 3rd", "version | ordinal"),
    "plural": (
        "one word for 1, another for other numbers",
        'courses | plural("course", "courses")',
    ),
    "upper": ("in capitals", "title | upper"),
}
"""What each filter does, with an example."""


def shown(content: Content, note: CoveringNote | None, attachments: int) -> list[Value]:
    """Return every value with an example from one letter, and the plan's own facts among them."""
    given: dict[str, Any] = {each.name: getattr(content, each.name) for each in fields(content)}
    given |= {"attachment_count": attachments, "has_attachments": attachments > 0}
    if note:
        given |= {each.name: getattr(note, each.name) for each in fields(note)}
    found = [_with_example(each, given) for each in own()]
    facts = [
        Value(
            group=Group.FACTS,
            name=name,
            kind=_kind_of(value),
            meaning="",
            example=in_short(value),
        )
        for name, value in content.constants.items()
    ]
    order = list(Group)
    return sorted([*found, *facts], key=lambda each: order.index(each.group))


def _with_example(value: Value, given: Mapping[str, Any]) -> Value:
    if value.group not in {Group.LETTER, Group.RESENT} or value.name.endswith(")"):
        return value
    found: Any = given
    for step in value.name.replace("[]", ".[]").split("."):
        found = _step(found, step)
    return Value(
        group=value.group,
        name=value.name,
        kind=value.kind,
        meaning=value.meaning,
        example=in_short(found),
        is_optional=value.is_optional,
    )


def _step(found: Any, step: str) -> Any:  # noqa: ANN401 - a letter's values are of every kind
    match found:
        case None | ():
            return None
        case Mapping():
            return found.get(step)
        case [first, *_] if step == "[]":
            return first
        case _:
            return getattr(found, step)


def _kind_of(value: object) -> str:
    return "list" if isinstance(value, list | tuple) else KINDS.get(type(value), "text")


LONGEST: Final = 60


def in_short(value: object) -> str:
    """Return a value as an example: what it prints, or the beginning of that."""
    match value:
        case None:
            return "(none)"
        case bool():
            return "yes" if value else "no"
        case date():
            return day_in_words(value)
        case Enum():
            return str(value.value)
        case Mapping():
            said = ", ".join(map(str, value))
        case list() | tuple():
            said = ", ".join(filter(None, map(in_short, value))) or ("" if value else "(none)")
        case _ if is_dataclass(value):
            return ""
        case _:
            said = str(value) or "(empty)"
    said = " ".join(said.split())
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
