"""The branches of a template, read from the template itself.

They are both sides of each `if`, whether a loop had anything to go through, and both values of
`a if x else b`. Each has its letter note that it was taken, also where nothing is printed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from jinja2 import nodes

from dispatch.domain.letters.branches import Branch

Scope = str | None
"""The macro that something stands in; None for what stands in none."""

SHORTEST: Final = 3
LONGEST: Final = 100
"""Characters of what a branch says that are shown."""


def through(name: str, node: nodes.Expr | None, line: int) -> nodes.Filter:
    """Return what a filter makes of an expression."""
    return nodes.Filter(node, name, [], [], None, None, lineno=line)


class Recorded:
    """The branches of one file, and what it uses of others."""

    def __init__(self, name: str, source: str, tree: nodes.Template) -> None:
        """Have each branch in `tree` note, by the filters of the sandbox, that it was taken."""
        self._name = name
        self._lines = source.split("\n")
        self._known = Counter[str]()
        self._scopes: dict[int, Scope] = {}
        self.uses: dict[Scope, set[str]] = defaultdict(set)
        """The names that each macro uses, and those that stand outside all."""
        self.macros: set[str] = set()
        self.imported: set[str] = set()
        """The files that it imports or includes."""
        self.branches: list[tuple[Scope, Branch]] = []
        self._read(tree, None)
        self._record(tree)
        self.branches.sort(key=lambda each: each[1].line)

    def _read(self, node: nodes.Node, scope: Scope) -> None:
        if isinstance(node, nodes.Macro):
            scope = node.name
            self.macros.add(scope)
        match node:
            case nodes.Name(name=name):
                self.uses[scope].add(name)
            case nodes.Getattr(attr=name):
                self.uses[scope].add(name)
            case nodes.FromImport() | nodes.Import() | nodes.Include():
                if isinstance(node.template, nodes.Const):
                    self.imported.add(str(node.template.value))
            case nodes.If() | nodes.For() | nodes.CondExpr():
                self._scopes[id(node)] = scope
        for child in node.iter_child_nodes():
            self._read(child, scope)

    def _record(self, tree: nodes.Template) -> None:
        choices = [*tree.find_all(nodes.If)]
        further = {id(each) for choice in choices for each in choice.elif_}
        for choice in choices:
            said = self._words(choice.body, choice)
            left = "" if choice.elif_ else said
            self._note(choice.body, choice, "yes", said)
            if id(choice) not in further:
                otherwise = self._words(choice.else_, choice)
                self._note(choice.else_, choice, "no", otherwise, left)
        for loop in [*tree.find_all(nodes.For)]:
            said, otherwise = (self._words(each, loop) for each in (loop.body, loop.else_))
            self._note(loop.body, loop, "some", said)
            self._note(loop.else_, loop, "none", otherwise, said)
        for either in [*tree.find_all(nodes.CondExpr)]:
            either.expr1 = self._kept(either.expr1, either, "yes")
            if either.expr2 is not None:
                either.expr2 = self._kept(either.expr2, either, "no")

    def _note(
        self, body: list[nodes.Node], node: nodes.Node, side: str, words: str, without: str = ""
    ) -> None:
        place = nodes.Const(self._called(node, side, words, without))
        note = nodes.ExprStmt(through("(took)", place, node.lineno), lineno=node.lineno)
        body.insert(0, note)

    def _kept(self, value: nodes.Expr, node: nodes.Node, side: str) -> nodes.Filter:
        said = value.value if isinstance(value, nodes.Const) else None
        kept = through("(kept)", value, node.lineno)
        words = str(said) if said is not None else self._line(node)
        kept.args.append(nodes.Const(self._called(node, side, words)))
        return kept

    def _called(self, node: nodes.Node, side: str, words: str, without: str = "") -> str:
        place = f"{self._name}:{node.lineno}:{side}"
        self._known[place] += 1
        if self._known[place] > 1:
            place = f"{place}.{self._known[place]}"
        branch = Branch(
            place=place,
            source=self._line(node),
            words=words,
            without="" if words else without,
        )
        self.branches.append((self._scopes.get(id(node)), branch))
        return place

    def _line(self, node: nodes.Node) -> str:
        return self._lines[node.lineno - 1].strip() if node.lineno <= len(self._lines) else ""

    def _words(self, body: Sequence[nodes.Node], node: nodes.Node) -> str:
        """Return what stands in a branch; its line if that is only values; or nothing."""
        said = " ".join("".join(_pieces(body)).split())
        if not said:
            return ""
        words = " ".join(_MARKS.sub(" ", said).split())
        is_said = sum(map(str.isalnum, words)) >= SHORTEST
        return shortened(words) if is_said else shortened(self._line(node))


_MARKS: Final = re.compile(r"::: *\w+|!?\[|\]\([^)]*\)|:?-{2,}:?|[*_#|\\]+")
"""Marks of Markdown, and the lines by which parts begin."""

VALUE: Final = "…"
"""Stands for what a branch prints beside its own words."""


def _pieces(body: Iterable[nodes.Node]) -> Iterator[str]:
    for node in body:
        match node:
            case nodes.Output():
                for each in node.nodes:
                    yield each.data if isinstance(each, nodes.TemplateData) else VALUE
            case nodes.If() | nodes.For() | nodes.CallBlock() | nodes.FilterBlock():
                yield VALUE
            case _:
                pass


def shortened(words: str) -> str:
    """Return the beginning of some words, up to a space."""
    if len(words) <= LONGEST:
        return words
    return f"{words[:LONGEST].rsplit(' ', 1)[0].rstrip(VALUE + ' ')} {VALUE}"


def reachable(files: Mapping[str, Recorded], starts: Iterable[str]) -> tuple[Branch, ...]:
    """Return the branches that letters can take which are made from some files.

    A macro that none of them uses is left out.
    """
    visited: set[tuple[str, Scope]] = set()
    left: list[tuple[str, Scope]] = [(name, None) for name in starts if name in files]
    while left:
        at = left.pop()
        if at in visited:
            continue
        visited.add(at)
        file, scope = files[at[0]], at[1]
        left += [(name, None) for name in file.imported if name in files]
        left += [
            (name, used)
            for used in file.uses[scope]
            for name, other in files.items()
            if used in other.macros
        ]
    order = [*dict.fromkeys([*starts, *files])]
    return tuple(
        branch
        for name in order
        if name in files
        for scope, branch in files[name].branches
        if (name, scope) in visited
    )
