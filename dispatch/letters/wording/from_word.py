"""A document of Word as a letter's Markdown, with our values in the places of its merge fields.

Whatever has no counterpart in Markdown is named with its place, and stands as a remark in the
Markdown where it was, which is printed nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from dispatch.domain.mailout import Plan
from dispatch.files.word.document import (
    MARK,
    Block,
    Document,
    Par,
    Rows,
    WordField,
    Words,
    merged,
    whole,
    without_style,
)
from dispatch.letters.wording import merge_fields
from dispatch.letters.wording.escaping import (
    at_start,
    in_remark,
    is_broken,
    joined,
    kept_apart,
)
from dispatch.letters.wording.merge_fields import Vocabulary
from dispatch.letters.wording.word_fields import BREAK, CHEVRONS, NEAR, Fields, Report


@dataclass(frozen=True, slots=True)
class Taken:
    """The letter that a document becomes."""

    markdown: str
    report: Report


def taken(document: Document, plan: Plan, name: str) -> Taken:
    """Return a document of Word as `letter.md`; `name` is the file's."""
    writer = _Writer(document, Vocabulary(plan))
    markdown = writer.letter(document.blocks, name)
    writer.report.lost += document.aside
    writer.report.to_do += _to_do(markdown)
    return Taken(markdown, writer.report)


MUST_SAY: Final = (
    ("addressee.addressee", "the name of the person that it goes to"),
    ("addressed_to.official_name", "the name of the authority that it goes to"),
    ("letter_date | day", "the date of the letter"),
    ("upload_date | day", "the day on which it becomes public"),
)
"""What every letter must say, or it cannot be made; the statistics say the rest."""


def _to_do(markdown: str) -> Iterator[str]:
    for value, what in MUST_SAY:
        same = value.replace("addressed_to.", "authority.")
        if value not in markdown and same not in markdown:
            yield f"the letter must say {what}: write {{{{ {value} }}}} where it belongs"


DEAR: Final = re.compile(r"(?i:dear)\s+(\{\{ addressee\.salutation \}\})")
"""The value has the word already."""
GREETING: Final = re.compile(r"\s*(?:dear\b|\{\{ addressee\.salutation)", re.IGNORECASE)
CLOSING: Final = re.compile(
    r"\s*(?:yours (?:sincerely|faithfully|truly)"
    r"|(?:with )?(?:kind|best) (?:regards|wishes)|regards)",
    re.IGNORECASE,
)
FIRST_BLOCKS: Final = 30
"""Blocks among which a letter greets its reader."""

HEAD: Final = """\
![Emblem of the {{ ombudsman }}](logo.svg)

**{{ ombudsman }}**"""
OWN_HEAD: Final = f"""\
{HEAD}

{{{{ letter_date | day }}}}

{{{{ addressee.addressee }}}}\\
{{{{ addressee.title }}}}\\
{{{{ addressed_to.official_name }}}}

{{{{ addressee.salutation }}}}"""
SIGNED: Final = """\
{% if signatory.signature %}
![Signature of {{ signatory.name }}](<{{ signatory.signature }}>)

{% endif %}"""


class _Writer:
    """Writes one document, and notes what becomes of it."""

    def __init__(self, document: Document, vocabulary: Vocabulary) -> None:
        self._fields = Fields(document, vocabulary)
        self._lose = self._fields.lose
        self._heading = 0
        self._lists: set[str] = set()

    @property
    def report(self) -> Report:
        return self._fields.report

    def letter(self, blocks: Sequence[Block], name: str) -> str:
        """Return the parts of a letter: its head up to the greeting, its body, its signature."""
        start = next((n for n, each in enumerate(blocks[:FIRST_BLOCKS]) if self._greets(each)), -1)
        ends = [n for n, each in enumerate(blocks) if n > start and _closes(each)]
        end = ends[-1] if ends else len(blocks)
        head, body, signature = blocks[: start + 1], blocks[start + 1 : end], blocks[end:]
        heading = "" if self._has_title(body) else "# {{ title }}\n\n"
        parts = [
            f"{{# From {in_remark(name)}, by `dispatch template import`. #}}",
            "::: head",
            self._head(head),
            "::: body",
            heading + self._written(body),
            "::: signature",
            self._signature(signature),
        ]
        return joined(parts) + "\n"

    def _head(self, blocks: Sequence[Block]) -> str:
        if not blocks:
            self._fields.report.to_do.append(
                "no greeting (Dear …) was found: the head of the letter is the usual one"
            )
            return OWN_HEAD
        return f"{HEAD}\n\n{self._written(blocks)}"

    def _signature(self, blocks: Sequence[Block]) -> str:
        if not blocks:
            self._fields.report.to_do.append(
                "no ending (Yours sincerely) was found: write one at the end"
            )
            return f"{SIGNED}\n**{{{{ signatory.name }}}}**"
        first, rest = self._written(blocks[:1]), self._written(blocks[1:])
        return joined([first, SIGNED + (f"\n{rest}" if rest else "")])

    def _greets(self, block: Block) -> bool:
        if not isinstance(block, Par):
            return False
        named = (
            self._fields.fields[int(n)]
            for n in MARK.findall(block.text)
            if int(n) in self._fields.fields
        )
        is_greeted = any(self._is_salutation(each) for each in named)
        return is_greeted or bool(GREETING.match(MARK.sub("", block.text)))

    def _is_salutation(self, each: WordField) -> bool:
        code = merge_fields.read(each.code)
        known = self._fields.vocabulary.find(code.name)
        return code.kind == "GREETINGLINE" or bool(known and known.name == "addressee.salutation")

    def _has_title(self, blocks: Sequence[Block]) -> bool:
        first = next((each for each in blocks if isinstance(each, Par) and each.heading), None)
        return first is not None and first.heading == 1

    def _written(self, blocks: Sequence[Block]) -> str:
        found = []
        for is_list, several in groupby(blocks, key=_is_item):
            if is_list:
                found.append(self._list([each for each in several if isinstance(each, Par)]))
            else:
                found += [self._block(each) for each in several]
        return joined(found)

    def _block(self, block: Block) -> str:
        if isinstance(block, Rows):
            return self._table(block)
        words = self._line(block)
        if block.heading:
            # A heading that skips a level cannot be read out, so the PDF refuses it.
            self._heading = level = min(block.heading, (self._heading or 1) + 1)
            return f"{'#' * level} {words.replace(BREAK, ' ')}"
        if block.is_quotation:
            return "\n".join(f"> {line}" for line in words.split("\n"))
        return words

    def _list(self, items: Sequence[Par]) -> str:
        lines: list[str] = []
        indents: list[tuple[str, int]] = []  # for each level: how far in, and the last number
        kinds: dict[int, tuple[bool, str]] = {}
        for item in items:
            level = min(item.level, len(indents))
            del indents[level + 1 :]
            if level == len(indents):
                before = indents[-1] if indents else None
                indents.append((self._indent(before, lines), 0))
            indent, number = indents[level]
            kind = (item.is_numbered, item.list_id)
            number = number if kinds.get(level) == kind else 0
            kinds[level] = kind
            indents[level] = (indent, number + 1)
            self._note_list(item, is_first=number == 0 and level == 0)
            mark = f"{number + 1}. " if item.is_numbered else "- "
            words = self._line(item).replace("\n", f"\n{indent}{' ' * len(mark)}")
            lines.append(f"{indent}{mark}{words}")
        return "\n".join(kept_apart(lines))

    @staticmethod
    def _indent(before: tuple[str, int] | None, lines: Sequence[str]) -> str:
        if before is None or not lines:
            return ""
        indent = before[0]
        mark = re.match(r"\s*(?:- |\d+\. )", lines[-1])
        return " " * len(mark[0]) if mark else indent

    def _note_list(self, item: Par, *, is_first: bool) -> None:
        if is_first and item.is_numbered and item.list_id and item.list_id in self._lists:
            self._lose("numbers that went on after other words: they begin with 1 again", item)
        self._lists.add(item.list_id)

    def _table(self, table: Rows) -> str:
        rows = [*self._rows(table)]
        width = max(map(len, rows), default=0)
        if width <= 1:
            self._lose("a table of one column, whose cells are paragraphs now")
            return joined(cell for row in rows for cell in row)
        lines = [[*row, *[""] * (width - len(row))] for row in rows]
        if any(len(row) < width for row in rows):
            self._lose("rows of a table that are shorter than others")
        rule = ["--"] * width
        return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))

    def _rows(self, table: Rows) -> Iterator[list[str]]:
        """Yield the cells of each row; a merged cell stands in the first of its places."""
        held: dict[int, int] = {}  # how many rows more a column is taken
        for row in table.rows:
            cells: list[str] = []
            for cell in row:
                while held.get(len(cells), 0):
                    held[len(cells)] -= 1
                    cells.append("")
                if cell.columns > 1 or cell.rows > 1:
                    self._lose("merged cells, whose words stand in the first of them")
                if sum(bool(par.text.strip()) for par in cell.pars) > 1:
                    self._lose("paragraphs in a cell, which are one line now")
                columns = min(cell.columns, MOST_COLUMNS)
                for column in range(columns):
                    held[len(cells) + column] = cell.rows - 1
                words = (self._line(par).replace(BREAK, " ") for par in cell.pars)
                cells += [" ".join(filter(None, words)), *[""] * (columns - 1)]
            yield cells

    def _line(self, par: Par) -> str:
        """Return the words of a paragraph with their style, links and values."""
        self._fields.near = MARK.sub("", par.text).strip()[:NEAR] or self._fields.near
        if par.heading:
            return self._styled(without_style(par.words))
        before = self._fields.report.copy()
        styled = self._styled(par.words)
        if not is_broken(styled):
            return styled
        self._fields.report = before
        self._lose("bold or italic that cannot begin or end there", par)
        return self._styled(without_style(par.words))

    def _styled(self, words: Sequence[Words]) -> str:
        line = at_start(
            "".join(self._piece(each) for each in merged(whole(words, CHEVRONS))).strip()
        )
        return DEAR.sub(r"\1", line)

    def _piece(self, words: Words) -> str:
        inner = "".join(self._fields.said(words.text))
        if inner == "\n":
            return BREAK
        core = inner.strip()
        if not core:
            return inner
        left = inner[: len(inner) - len(inner.lstrip())]
        right = inner[len(inner.rstrip()) :]
        stars = "*" * (2 * words.is_bold + words.is_italic)
        if MARK.sub("", words.text).strip() or "{{" in core:
            core = f"{stars}{core}{stars}"
        return f"{left}{self._linked(core, words.link)}{right}"

    def _linked(self, words: str, link: str) -> str:
        if not link:
            return words
        if not link.startswith(("https://", "mailto:")) or re.search(r"[\s<>{}]", link):
            self._lose(f"a link to {link}: letters link to https and mailto alone", words=words)
            return words
        return f"[{words}](<{link}>)"


MOST_COLUMNS: Final = 50
"""Columns that one cell may reach over."""


def _is_item(block: Block) -> bool:
    return isinstance(block, Par) and block.level >= 0


def _closes(block: Block) -> bool:
    return isinstance(block, Par) and bool(CLOSING.match(MARK.sub("", block.text)))
