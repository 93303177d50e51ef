"""Docstrings, comments, messages, help and documents are in plain English.

Each turn below made a reader stop, and has a plainer one. The list finds what was found before; it
does not prove a sentence good.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tests.sources import ROOT, tree

MAIL_THINGS: Final = (
    "address|agent|box|catcher|client|delivery|domain|exchanger|filter|flow|folder|gateway|host|"
    "list|log|loop|merge|name|program|provider|relay|server|store|system|transaction|transport"
)

BANNED: Final = {
    r"(?<!there )\b(is|are|was|were|be) no (?!(longer|more than|less than)\b)": "is not a",
    r"\bwhoever\b": "the person who",
    r"\bwhatever there (is|was)\b": "all",
    r"\bwhat (came|comes|became|becomes|(has|had) become) of\b": "the outcome of",
    r"\bwhat there (is|was) to\b": "what must be, or name it",
    r"\bby another hand\b": "by somebody else",
    r"\bby now\b": "now, already",
    r"\bfor good\b": "permanently",
    rf"\b(a|one|each|every|another) mail\b(?! ({MAIL_THINGS}))": "a message",
    r"\bmails\b": "messages",
    r"\bkeeper\b": "administrator",
    r"\blest\b": "so that … not",
    r"\bin hand\b": "waiting",
    r"\b(put|puts|putting) down\b": "schedule, record",
    r"\bnot any more\b|(?<!there are )(?<!there is )\bno more\b(?! than)": "no longer",
    r"\bnevertheless\b": "still, even so",
    r"\bthereby\b|\b(where|here|there)of\b|\bthere(to|in)\b|\bhenceforth\b": "by this, of it",
    r"\b(brought|brings|bring) about\b": "caused",
    r"\bbears? (witness|out|on)\b|\bborne out\b": "confirms, concerns",
    r"\bvouch(es|ed)?\b": "confirm",
    r"\b(draw|draws|drawn) up\b": "write, make",
    r"(?<!help )\bdesk\b|\b(crew|tray|mailbag|keepsake|parcel|notary)\b": "the ordinary word",
    r"\bthe line (fell|falls|drops|dropped)\b": "the connection was lost",
    r"\bspoke out of turn\b": "unexpected reply",
    r"\bso many\b": "this many",
    r"\b(take|takes|taken|took) away\b": "delete, remove",
}
"""Turns of phrase, each with a plainer one."""

FORMER: Final = (
    "the statements that keep a letter single",
    "is signed and kept outside the database",
    "has no say",
    "is not to be written to, on a person's word",
    "needs a person's word, and gets it",
    "packed so that anybody can check it",
    "what waits together is written together",
    "what left between its backup and its restoring",
    "and changes no state: delays",
    "must be in by what the events about it say",
    "no longer what would be drawn up",
    "What it came to that",
    "is, read anew, no reason for",
    "Whether nothing more is to begin",
    "imaplib bears",
    "that somebody stands in it",
    "All is as it was written",
    "prove less until then",
    "Public already, and every byte the same",
    "How far the ledger went is public",
    "Take it away",
    "Believe that this is about",
    "Nothing changes by it",
    "on its way at this moment may still leave",
    "none of these is sent again",
    "is not what was shown any more",
    "how is it known",
    "the line fell at",
)
"""Sentences that a review found hard to read."""

STORED: Final = {"mails that came in"}
"""What a purge and its events have been called in JSON from the start; it stays."""

FILES: Final = sorted(
    path.relative_to(ROOT)
    for folder, pattern in (
        ("dispatch", "**/*.py"),
        ("docs", "**/*.md"),
        ("templates/evidence", "*"),
        ("templates/notice", "*.md"),
        ("config", "*.example"),
        (".", "README.md"),
        (".", "CONTRIBUTING.md"),
    )
    for path in (ROOT / folder).glob(pattern)
    if "wording" not in path.parts and path.suffix not in {".typ", ".pyc"} and path.is_file()
)
"""All but the words that other people's servers write: `mail/notices/wording`."""


def passages(path: Path) -> Iterator[tuple[int, str]]:
    """Yield each docstring, comment, message and help text of a file, with its line."""
    text = path.read_text()
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for node in ast.walk(tree(path)):
        # Patterns for other people's words have a group; ours have none.
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and "(?:" not in node.value
        ):
            yield node.lineno, " ".join(node.value.split())
    for number, line in enumerate(text.splitlines(), 1):
        yield from ((number, comment) for comment in COMMENT.findall(line))


COMMENT: Final = re.compile(r"(?:^|\s)# .*")


@cache
def passages_of(path: Path) -> list[tuple[int, str]]:
    return list(passages(ROOT / path))


ANY: Final = re.compile("|".join(BANNED), re.IGNORECASE)
"""Any banned turn: most passages have none, and are looked through once."""


def turns(passage: str) -> Iterator[str]:
    """Yield each banned turn in a passage, and what to say instead."""
    if passage in STORED or not ANY.search(passage):
        return
    for turn, better in BANNED.items():
        if found := re.search(turn, passage, re.IGNORECASE):
            yield f"{found[0]!r}: say {better!r}"


def test_no_turn_is_used_that_made_readers_stop() -> None:
    found = [
        f"{path}:{line}: {turn}"
        for path in FILES
        for line, passage in passages_of(path)
        for turn in turns(passage)
    ]
    assert found == []


def test_no_sentence_is_used_that_had_to_be_read_twice() -> None:
    former = re.compile("|".join(map(re.escape, FORMER)))
    found = [
        f"{path}:{line}: {sentence[0]}"
        for path in FILES
        if path.suffix == ".py"
        for line, passage in passages_of(path)
        if (sentence := former.search(passage))
    ]
    assert found == []


def test_a_banned_turn_is_found_in_each_kind_of_passage(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""Whoever reads it."""\n\nraise ValueError("it is no use")  # for good\n')
    assert [turn.partition(":")[0] for _, each in passages(module) for turn in turns(each)] == [
        "'Whoever'",
        "'is no '",
        "'for good'",
    ]
