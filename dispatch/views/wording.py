"""Every value that a template may use, as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from dispatch.letters.wording.values import Group, Value

HEAD: Final = """\
# Every value that a template may use

This page lists each value that may stand in double braces in a letter, what it means, and what it
says in a letter of the sample year.

It is made from the program. `dispatch template values` prints the same, and
`dispatch template values NAME` takes the examples from a mailout of your own. How to write them
into a letter is in [Change the wording of the letters](wording.md).

`[]` stands for one of a list, which a template goes through:
`{% for box in boxes %}{{ box.title }}{% endfor %}`. A value that may be none has to be asked for
before it is printed: `{% if group %}{{ group }}{% endif %}`.
"""


def as_page(values: Iterable[Value]) -> str:
    """Return the values as Markdown, a table for each group."""
    found = list(values)
    return "\n".join([HEAD, *(line for group in Group for line in _table(group, found))])


def _table(group: Group, values: Iterable[Value]) -> Iterator[str]:
    yield f"## {group.value}\n"
    yield "| value | what it is | example |"
    yield "|---|---|---|"
    for each in values:
        if each.group is group:
            kind = "" if group is Group.FILTERS else each.kind
            what = ": ".join(filter(None, (f"{kind}{' or none' * each.is_optional}", each.meaning)))
            yield f"| `{_cell(each.name)}` | {_cell(what)} | {_cell(each.example)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")
