"""Where in a template an error is, and what to do about it, for the person who writes it.

An error of a template is a sentence (`CannotRender`) that names the file and mostly the line. The
column is where the name or the mark stands that the sentence quotes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dispatch.documents.sandbox import BUILT_IN, FILTERS
from dispatch.domain.calendar import day_in_words
from dispatch.domain.letter import Content
from dispatch.domain.register.spelling import did_you_mean
from dispatch.letters.wording.values import MEANINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error, at its place."""

    message: str
    remedy: str
    file: str = ""
    line: int = 0
    """0 if it is not known."""
    column: int = 0
    """Counted from 1; 0 if it is not known."""
    text: str = ""
    """The line itself."""

    @property
    def place(self) -> str:
        """Return file, line and column as people say them."""
        line = f"line {self.line}" if self.line else ""
        column = f"column {self.column}" if self.column else ""
        return ", ".join(each for each in (self.file, line, column) if each)


_PLACE: Final = re.compile(
    r"([\w.-]+\.(?:md|html|typ|svg|toml))[:,]? line (\d+)(?:,? column (\d+))?"
)
_FILE: Final = re.compile(r"([\w.-]+\.(?:md|html|typ|svg|toml)): ")
_QUOTED: Final = re.compile(r"'([^']+)'|\"([^\"]+)\"")


def located(
    message: str,
    sources: Mapping[str, str],
    content: Content | None = None,
    facts: Collection[str] = (),
) -> Fault:
    """Return an error with its place in a template's files, by their names.

    `content` is of the letter that could not be made, and `facts` are the plan's constants.
    """
    # The innermost place comes last; one in another file, such as a paragraph, is not shown.
    places = [*_PLACE.finditer(message)]
    known = [each for each in places if each[1] in sources] or places
    remedy = _remedy(message, content, facts)
    if not known and (found := _STILL.search(message)):
        known = [*_marked(found[1], sources)]
    if not known:
        known = [*_in_plan(message, sources)]
    if not known:
        named = [each[1] for each in _FILE.finditer(message) if each[1] in sources]
        return Fault(message=message, remedy=remedy, file=named[-1] if named else "")
    place = known[-1]
    said = message if place.string != message else message[place.end() :]
    lines = sources.get(place[1], "").split("\n")
    line = int(place[2])
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    column = int(place[3]) if place[3] else _column(text, said)
    return Fault(
        message=said.lstrip(":, ") or message,
        remedy=remedy,
        file=place[1],
        line=line,
        column=column,
        text=text,
    )


def _marked(mark: str, sources: Mapping[str, str]) -> Iterator[re.Match[str]]:
    """Yield the place of a mark that is left in a letter, such as a part's that is misspelt."""
    for name in sorted(name for name in sources if name.endswith(".md")):
        for number, line in enumerate(sources[name].split("\n"), start=1):
            is_left = mark in line and not (mark == ":::" and _PART.fullmatch(line))
            if is_left and (place := _PLACE.fullmatch(f"{name}, line {number}")):
                yield place


def _in_plan(message: str, sources: Mapping[str, str]) -> Iterator[re.Match[str]]:
    """Yield the place of what is wrong in a plan: where TOML says, or the line of the key."""
    for found in _TOML.finditer(message):
        lines = sources.get(found[1], "").split("\n")
        key = re.compile(rf"\s*{re.escape((found[2] or '').rsplit('.', 1)[-1])}\s*=")
        by_key = next((n for n, line in enumerate(lines, 1) if found[2] and key.match(line)), 0)
        at = f"line {found[3]}, column {found[4]}" if found[3] else f"line {by_key}"
        if (found[3] or by_key) and (place := _PLACE.fullmatch(f"{found[1]}, {at}")):
            yield place
            return


_TOML: Final = re.compile(
    r"([\w.-]+\.toml)(?:, ([\w.]+): |: cannot be read .*?line (\d+), column (\d+))"
)
_STILL: Final = re.compile(r"the text still says ([^\s;]+)")
_PART: Final = re.compile(r"::: *\w+ *|.*\{#.*|[^:]*`.*")


def _column(text: str, said: str) -> int:
    """Return where in a line stands what a message quotes; else where the line's words begin."""
    for found in _QUOTED.finditer(said):
        quoted = found[1] or found[2]
        if (at := _at(text, quoted)) >= 0:
            return at + 1
    return len(text) - len(text.lstrip()) + 1 if text.strip() else 0


def _at(text: str, quoted: str) -> int:
    if quoted.isidentifier():
        found = re.search(rf"(?<![\w.]){re.escape(quoted)}(?!\w)", text)
        found = found or re.search(rf"\b{re.escape(quoted)}\b", text)
        return found.start() if found else -1
    return text.find(quoted)


def _remedy(message: str, content: Content | None, facts: Collection[str]) -> str:
    for pattern, remedy in REMEDIES:
        if found := re.search(pattern, message):
            if "{" not in remedy:
                return remedy
            named = found[1] if found.groups() else ""
            return remedy.format(
                name=named,
                meant=_meant(named, facts),
                filters=", ".join(sorted({*BUILT_IN, *FILTERS})),
                way=_way(named, content),
            )
    return AT_LAST


def _meant(name: str, facts: Collection[str]) -> str:
    known = {each.split("[")[0].split("(")[0] for each in MEANINGS} | {*facts}
    last = {each.rsplit(".", 1)[-1] for each in known}
    return did_you_mean(name, sorted(known | last)).removeprefix("; ").capitalize().rstrip() or ""


def _way(said: str, content: Content | None) -> str:
    """Return how a template prints what a letter does not say."""
    for value, way in _ways(content) if content else ():
        if value == said:
            return way
    return "{{ box.percent }}%" if said.endswith("%") else "its value"


def _ways(content: Content) -> Iterator[tuple[str, str]]:
    yield content.addressee.addressee, "{{ addressee.addressee }}"
    yield content.addressed_to.official_name, "{{ addressed_to.official_name }}"
    yield content.authority.official_name, "{{ authority.official_name }}"
    for name in ("year_end", "letter_date", "upload_date"):
        yield day_in_words(getattr(content, name)), f"{{{{ {name} | day }}}}"


AT_LAST: Final = "Correct it and save the file."

REMEDIES: Final = (
    (
        r"'(\w+)' is undefined",
        (
            "There is no value {name}. {meant} `dispatch template values` lists every value, and a "
            "fact of this year goes under [constants] in the plan."
        ),
    ),
    (
        r"has no (?:attribute|element) '?(\w+)'?",
        "There is no value {name} there. {meant} `dispatch template values` lists every value.",
    ),
    (r"[Nn]o filter named '(\w+)'", "The filters are {filters}."),
    (
        r"Unexpected end of template|unknown tag|[Uu]nexpected ['c]|expected token|Missing end of",
        (
            "Each opening pair of braces needs its closing one, each `if` its `endif`, and each "
            "`for` its `endfor`."
        ),
    ),
    (
        r"would print as it is",
        "Write it as the message says; if it shall print, put a backslash in front of it.",
    ),
    (
        r"the (?:text|PDF) does not say ([^;]+)",
        "Every letter must say this. Print it by {way}, in letter.md or measures.md.",
    ),
    (r"font has no|could not be displayed", "Use another character in its place."),
    (
        r"printed here is empty",
        "Not every letter has it. Ask first: write an `if` in front of it and an `endif` behind.",
    ),
    (r"cannot be printed", "Print its parts one by one with `for`, or put `| join_words` behind."),
    (r"there is no picture", "Put the picture, as an SVG file, into the template's folder."),
    (r"must be in a paragraph by itself", "Put a blank line before and after the picture."),
    (r"neither https nor mailto", "Begin the link's address with https:// or mailto:."),
    (r"still says :::", "Begin a part by a line with `::: body` or another name, and no more."),
    (r"has no part", "Put a line `::: body` in front of the words."),
    (r"text before the first part", "Put the line `::: body` (or another part) in front of it."),
    (r"the PDF has \d+ pages", "Shorten the letter."),
    (r"missing$", "Copy the files from the folder of another template."),
)
"""What a message says, and what to do; the first that fits counts."""
