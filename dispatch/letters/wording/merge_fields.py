"""Merge fields of Word as values of a template.

A field is known by its name, whatever its spaces and capitals, or by another name that offices use
for the same. Of a field that is not known nothing is guessed: it becomes a value that does not
exist, so that no letter can be made until somebody has decided what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.domain.mailout import Plan
from dispatch.domain.register.figures import TABLES
from dispatch.domain.register.spelling import near
from dispatch.letters.wording.values import derived

DAY: Final = "day"
NUMBER: Final = "number"
MOST_NEAR: Final = 3
LIKENESS: Final = 0.5

OTHER_NAMES: Final[Mapping[str, str]] = {
    "authority.official_name": "council council_name authority authority_name local_authority "
    "la_name organisation organisation_name body body_name company company_name",
    "authority.code": "code council_code authority_code la_code",
    "addressed_to.official_name": "addressed_to successor successor_name",
    "addressee.addressee": "addressee ceo ceo_name chief_executive chief_executive_name contact "
    "contact_name full_name recipient recipient_name addressee_name chief_exec",
    "addressee.salutation": "salutation greeting dear greeting_line",
    "addressee.title": "job_title position post role_title",
    "addressee.given_name": "first_name given_name forename",
    "addressee.surname": "last_name surname family_name",
    "addressee.honorific": "honorific courtesy_title mr_ms",
    "addressee.address": "email email_address e_mail",
    "letter_date": "date_of_letter letter_date todays_date",
    "upload_date": "publication_date publish_date upload_date date_of_publication",
    "year_end": "year_ended year_ending end_of_year",
    "year": "financial_year year",
    "group": "council_type authority_type comparison_group",
    "signatory.name": "signatory signatory_name ombudsman_name signed_by",
}
"""Names that offices use for a value."""

TWO_MEANINGS: Final = frozenset({"title", "name", "date", "address"})
"""Names that mean one thing here and often another in Word: nobody guesses which."""

OF_MEASURE: Final[Mapping[str, str]] = {
    "percent": "percent",
    "pct": "percent",
    "percentage": "percent",
    "rate": "percent",
    "count": "count",
    "number": "count",
    "base": "base",
    "total": "base",
    "average": "average",
    "avg": "average",
}
"""What stands behind the key of a measure in a field's name, and the value that it means."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value that a field stands for."""

    name: str
    printed: str
    """How a template prints it."""
    compared: str = ""
    """How a template compares it; empty if it cannot."""


class Vocabulary:
    """Every value of the letters of a plan, by the names that a field may have."""

    def __init__(self, plan: Plan) -> None:
        """Take in the values of every letter, the plan's facts and its measures."""
        self._by_name: dict[str, Known] = {}
        found = {each.name: each.kind for each in derived() if _is_plain(each.name)}
        heirs = {name.replace("authority.", "addressed_to."): kind for name, kind in found.items()}
        found = heirs | found
        for name, kind in found.items():
            if kind in FILTERS:
                self._add(name, Known(name, _printed(name, kind), name))
        for name, value in plan.constants.items():
            kind = NUMBER if type(value) is int else "list" if isinstance(value, list) else "text"
            self._add(name, Known(name, _printed(name, kind), name))
        for name, others in OTHER_NAMES.items():
            for other in others.split():
                self._add(other, Known(name, _printed(name, found[name]), name))
        self._add_measures(plan)
        for each in TWO_MEANINGS:
            self._by_name.pop(each, None)

    def _add(self, name: str, known: Known) -> None:
        self._by_name.setdefault(normal(name), known)

    def _add_measures(self, plan: Plan) -> None:
        for measure in plan.measures:
            for ending, attribute in OF_MEASURE.items():
                where = f'box.key == "{measure.key}" and box.{attribute} is not none'
                printed = (
                    f"{{% for box in boxes if {where} %}}{{{{ box.{attribute} }}}}{{% endfor %}}"
                )
                self._add(f"{measure.key}_{ending}", Known(f"boxes[].{attribute}", printed))
        for table in TABLES:
            printed = (
                f'{{% for table in tables if table.key == "{table}" %}}'
                f"{{{{ table.total | number }}}}{{% endfor %}}"
            )
            for name in (table, f"complaints_{table}", f"total_{table}"):
                self._add(name, Known("tables[].total", printed))

    def find(self, name: str) -> Known | None:
        """Return the value that a field's name stands for; None if nobody knows."""
        return self._by_name.get(normal(name))

    def near(self, name: str) -> tuple[str, ...]:
        """Return the values whose names are nearest to a field's."""
        if normal(name) in TWO_MEANINGS:
            return TWO[normal(name)]
        close = near(normal(name), self._by_name, likeness=LIKENESS)
        return tuple(dict.fromkeys(self._by_name[each].name for each in close))[:MOST_NEAR]


TWO: Final[Mapping[str, tuple[str, ...]]] = {
    "title": ("title", "addressee.honorific", "addressee.title"),
    "name": ("addressee.addressee", "authority.name", "signatory.name"),
    "date": ("letter_date", "upload_date", "year_end"),
    "address": ("addressee.addressee", "addressee.address"),
}

FILTERS: Final[Mapping[str, str]] = {
    "text": "",
    "yes or no": "",
    DAY: " | day",
    NUMBER: " | number",
    "list": " | join_words",
}


def _is_plain(name: str) -> bool:
    return "[" not in name and "(" not in name


def _printed(name: str, kind: str) -> str:
    if name == "bespoke":
        return "{{ bespoke | markdown }}"
    return f"{{{{ {name}{FILTERS.get(kind, '')} }}}}"


def normal(name: str) -> str:
    """Return a name without spaces, capitals and marks: two that are alike so are the same."""
    return "".join(filter(str.isalnum, name)).casefold()


RESERVED: Final = frozenset(
    {
        *("and", "block", "call", "else", "elif", "endfor", "endif", "false", "filter", "for"),
        *("from", "if", "import", "in", "include", "is", "loop", "macro", "none", "not", "or"),
        *("recursive", "set", "true", "with", "without", "context", "parts", "verbatim"),
    }
)


def identifier(name: str) -> str:
    """Return a name as a template can write it: `Ward_Name` for "Ward Name"."""
    plain = re.sub(r"\W+", "_", name.strip(), flags=re.ASCII).strip("_").lower() or "field"
    plain = f"field_{plain}" if plain[0].isdigit() else plain
    return f"{plain}_" if plain in RESERVED else plain


_TOKEN: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|“([^”]*)”|(\S+)')


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a field's code."""

    text: str
    is_quoted: bool


def tokens(code: str) -> list[Token]:
    """Return the words of a field's code."""
    return [
        Token(
            (found[1] if found[1] is not None else found[2] or found[3] or "").replace('\\"', '"'),
            found[3] is None,
        )
        for found in _TOKEN.finditer(code)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A field's code, taken apart."""

    kind: str
    words: tuple[str, ...]
    switches: Mapping[str, str]
    """What follows each switch, by its letter."""

    @property
    def name(self) -> str:
        """Return the first word after the kind: the name of a merge field."""
        return self.words[0] if self.words else ""


def read(code: str) -> Code:
    """Take a field's code apart."""
    found = tokens(code)
    return Code(
        kind=found[0].text.upper() if found else "",
        words=tuple(_plain_words(found[1:])),
        switches=dict(_switches(found[1:])),
    )


TAKING: Final = {"*", "@", "#", "b", "f"}
"""Switches with something behind them."""


def _plain_words(found: Sequence[Token]) -> Iterator[str]:
    is_taken = False
    for each in found:
        if is_taken:
            is_taken = False
        elif each.text.startswith("\\") and not each.is_quoted:
            is_taken = each.text[1:2] in TAKING and len(each.text) <= len("\\*")
        else:
            yield each.text


def _switches(found: Sequence[Token]) -> Iterator[tuple[str, str]]:
    for number, each in enumerate(found):
        if each.text.startswith("\\") and not each.is_quoted:
            follows = found[number + 1].text if number + 1 < len(found) else ""
            yield each.text[1:].casefold(), follows


OPERATORS: Final = {"=": "==", "<>": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """An IF field: what is compared, how, with what, and what it says in each case."""

    left: str
    operator: str
    right: str
    then: str
    otherwise: str


def condition(code: str) -> Condition | None:
    """Return an IF field taken apart; None if it is not like others."""
    spaced = re.sub(r"(<>|<=|>=|=|<|>)(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", r" \1 ", code)
    found = [each for each in tokens(spaced)[1:] if each.is_quoted or each.text[:1] != "\\"]
    texts = [each.text for each in found]
    if len(texts) > LEAST and texts[1] in {"<", ">"} and texts[2] in {"=", ">"}:
        texts[1:3] = [texts[1] + texts[2]]
    if len(texts) < LEAST or texts[1] not in OPERATORS:
        return None
    left, operator, right, then, *rest = texts
    return Condition(
        left=left,
        operator=OPERATORS[operator],
        right=right,
        then=then,
        otherwise=rest[0] if rest else "",
    )


LEAST: Final = 4
"""Words of an IF field without what it says otherwise."""
