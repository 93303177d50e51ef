"""The fields and marks of a document of Word, written as values and remarks of a template."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from dispatch.documents import font
from dispatch.files.word.document import MARK, Document, Loss, Par, WordField
from dispatch.letters.wording import merge_fields
from dispatch.letters.wording.escaping import comment, escaped
from dispatch.letters.wording.merge_fields import Code, Known, Vocabulary, identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A field of Word, and what stands in its place."""

    field: str
    """Its name in Word."""
    written: str
    near: str
    """The beginning of its paragraph."""
    meant: tuple[str, ...] = ()
    """Of one that nobody knows: the values with the nearest names."""


@dataclass(slots=True)
class Report:
    """What became of a document."""

    known: list[Used] = field(default_factory=list)
    unknown: list[Used] = field(default_factory=list)
    lost: list[Loss] = field(default_factory=list)
    to_do: list[str] = field(default_factory=list)

    def copy(self) -> Report:
        """Return the same report, which goes on by itself."""
        return Report([*self.known], [*self.unknown], [*self.lost], [*self.to_do])


class Fields:
    """Writes what stands in the places of marks, and notes what becomes of each."""

    def __init__(self, document: Document, vocabulary: Vocabulary) -> None:
        self.fields = document.fields
        self._losses = document.losses
        self.vocabulary = vocabulary
        self.near = ""
        """The beginning of the paragraph that is written."""
        self.report = Report()

    def lose(self, what: str, par: Par | None = None, words: str = "") -> None:
        """Note that something is lost: in a paragraph, or in the one that is written."""
        near = MARK.sub("", par.text)[:NEAR] if par else self.near
        self.report.lost.append(Loss(what=what, words=words, near=near))

    def said(self, text: str) -> Iterator[str]:
        """Yield the words of a text, escaped, and what its marks stand for."""
        last = 0
        for found in MARK.finditer(text):
            yield from self._chevrons(text[last : found.start()])
            yield self._marked(int(found[1]))
            last = found.end()
        yield from self._chevrons(text[last:])

    def _chevrons(self, text: str) -> Iterator[str]:
        """Yield words in which «Name» was typed, or left, in the place of a field."""
        last = 0
        for found in CHEVRONS.finditer(text):
            yield escaped(text[last : found.start()])
            name = (found[1] or found[2]).strip()
            yield self._value(Code(kind="MERGEFIELD", words=(name,), switches={}), found[0])
            last = found.end()
        rest = text[last:]
        if lacking := font.undrawable(rest.replace("\n", " ").replace("\u2011", "-")):
            self.lose(f"characters that the letters' font lacks: {font.drawn(lacking)}")
        yield escaped(rest)

    def _marked(self, number: int) -> str:
        if number in self._losses:
            loss = self._losses[number]
            self.report.lost.append(loss)
            return comment(f"{loss.what}: {loss.words}" if loss.words else loss.what)
        if number in self.fields:
            return self._field(self.fields[number])
        return ""

    def _field(self, found: WordField) -> str:
        code = merge_fields.read(found.code)
        kind = code.kind
        if kind in ALWAYS:
            return self._use(kind, ALWAYS[kind])
        if kind == "IF":
            return self._condition(found)
        if kind == "MERGEFIELD":
            return self._value(code, found.result)
        if kind in NAMED or kind in {"TITLE", "SUBJECT"}:
            return self._property(code, found)
        return self._lost_field(kind, found)

    def _property(self, code: Code, found: WordField) -> str:
        """Return a property of the document or a content control: a value, or what it says."""
        named = code if code.kind in NAMED else replace(code, words=(code.kind.capitalize(),))
        is_known = self.vocabulary.find(named.name) or "placeholder" in code.switches
        if is_known or not found.result:
            return self._value(named, found.result)
        self.lose(f"the field {code.kind} {named.name}, of which the words stay".replace("  ", " "))
        return "".join(self.said(found.result))

    def _lost_field(self, kind: str, found: WordField) -> str:
        why = LAYOUT if kind in PAGES else "for which letters have nothing"
        loss = Loss(what=f"the field {kind}, {why}", words=found.result, near=found.near)
        self.report.lost.append(loss)
        return comment(f"field {MARK.sub('…', found.code)}: {MARK.sub('…', found.result)}")

    def _value(self, code: Code, shown: str) -> str:
        """Return what stands in the place of a merge field."""
        known = self.vocabulary.find(code.name)
        if known:
            written = self._use(code.name, known, _cased(code))
            name = known.compared
        else:
            name = identifier(MARK.sub("", code.name))
            written = f"{{{{ {name} }}}}"
            used = Used(
                field=code.name or shown,
                written=written,
                near=self.near,
                meant=self.vocabulary.near(code.name),
            )
            self.report.unknown.append(used)
        before, after = code.switches.get("b", ""), code.switches.get("f", "")
        if name and (before or after):
            around = ("".join(self.said(each)) for each in (before, after))
            return f"{{% if {name} %}}{written.join(around)}{{% endif %}}"
        return written

    def _use(self, name: str, known: Known, case: str = "") -> str:
        printed = known.printed
        if case and printed == f"{{{{ {known.name} }}}}":
            printed = f"{{{{ {known.name} | {case} }}}}"
        used = Used(field=name, written=printed, near=self.near)
        self.report.known.append(used)
        return printed

    def _condition(self, found: WordField) -> str:
        told = merge_fields.condition(found.code)
        left = self._compared(told.left) if told else ""
        if told is None or not left or MARK.search(told.right) or re.search(r"[*?]", told.right):
            self.lose("a condition (IF), which somebody has to write", words=_shown(found.code))
            words = (told.then, told.otherwise) if told else (found.result,)
            said = " / ".join("".join(self.said(each)) for each in words if each)
            return f"{comment(f'condition {_shown(found.code)}')}{said}"
        then, otherwise = ("".join(self.said(each)) for each in (told.then, told.otherwise))
        right = told.right.strip()
        number = right.replace(",", "").removesuffix("%")
        value = (
            number if number.isdecimal() else '"' + right.replace("\\", "").replace('"', "'") + '"'
        )
        test = f"{left} {told.operator} {value}"
        if not right:
            test = left if told.operator == "!=" else f"not {left}"
        other = f"{{% else %}}{otherwise}" if otherwise else ""
        return f"{{% if {test} %}}{then}{other}{{% endif %}}"

    def _compared(self, left: str) -> str:
        """Return the value that a condition looks at; nothing if it cannot be compared."""
        if not (found := MARK.fullmatch(left)) or int(found[1]) not in self.fields:
            return ""
        code = merge_fields.read(self.fields[int(found[1])].code)
        known = self.vocabulary.find(code.name)
        if known:
            if known.compared:
                self._use(code.name, known)
            return known.compared
        name = identifier(code.name)
        meant = self.vocabulary.near(code.name)
        used = Used(field=code.name, written=f"{{% if {name} … %}}", near=self.near, meant=meant)
        self.report.unknown.append(used)
        return name


NEAR: Final = 60
BREAK: Final = "\\\n"
"""A line break within a paragraph."""
CHEVRONS: Final = re.compile(r"«([^«»\n]{1,60})»|<<([^<>\n]{1,60})>>")
NAMED: Final = {"DOCPROPERTY", "DOCVARIABLE", "CONTROL"}
PAGES: Final = {"PAGE", "NUMPAGES", "SECTIONPAGES"}
LAYOUT: Final = "which letter.typ prints at the foot of each page"
ADDRESS: Final = (
    f"{{{{ addressee.addressee }}}}{BREAK}{{{{ addressee.title }}}}{BREAK}"
    "{{ addressed_to.official_name }}"
)
ALWAYS: Final = {
    **dict.fromkeys(
        ("DATE", "TIME", "CREATEDATE", "SAVEDATE", "PRINTDATE"),
        Known("letter_date", "{{ letter_date | day }}"),
    ),
    "ADDRESSBLOCK": Known("addressee", ADDRESS),
    "GREETINGLINE": Known("addressee.salutation", "{{ addressee.salutation }}"),
}
"""Fields that mean the same in every letter."""
CASES: Final = {"upper": "upper", "lower": "lower", "firstcap": "capitalize"}


def _cased(code: Code) -> str:
    return CASES.get(code.switches.get("*", "").casefold(), "")


def _shown(code: str) -> str:
    return MARK.sub("…", code)
