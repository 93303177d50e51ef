"""Guides whose commands are run as they stand, and whose quotes are what the program shows."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from click.testing import CliRunner, Result

from dispatch.app import App
from dispatch.cli import main

DOCS: Final = Path(__file__).parents[1] / "docs"
QUOTE: Final = re.compile(r" *> ?(.+)")
FENCE: Final = re.compile(r" *```(.*)")
ELLIPSIS: Final = "…"
ERROR: Final = re.compile(r"^Error: ", re.MULTILINE)

OF_THE_SYSTEM: Final = frozenset({"chmod", "cp", "du", "install", "ls", "mkdir", "rm"})
"""Programs that a guide's commands may start in a test: they touch only what they name."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What the guide says that the program shows; `…` stands for anything."""

    words: str

    def is_in(self, shown: str) -> bool:
        """Whether it was shown; where a line was broken makes no difference."""
        parts = (re.escape(" ".join(part.split())) for part in self.words.split(ELLIPSIS))
        return re.search(".*?".join(parts), " ".join(shown.split())) is not None


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code: commands to give, a line each, unless it is in a language."""

    lines: tuple[str, ...]
    language: str = ""

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)


@dataclass(frozen=True, slots=True)
class Section:
    """What a guide says about one thing, from its heading on."""

    title: str
    text: str
    parts: tuple[Quote | Block, ...]

    @property
    def lines(self) -> list[str]:
        """Every command."""
        return [line for block in self.blocks("") for line in block.lines]

    def blocks(self, language: str) -> list[Block]:
        """Return the blocks in a language; those of commands have none."""
        found = (part for part in self.parts if isinstance(part, Block))
        return [block for block in found if block.language == language]


def sections(page: Path) -> list[Section]:
    """Return the sections of a page; what is before the first heading is not one."""
    _, *found = re.split(r"^## ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    parted = (each.partition("\n") for each in found)
    return [
        Section(title, text, tuple(_parts(iter(text.splitlines())))) for title, _, text in parted
    ]


def _parts(lines: Iterator[str]) -> Iterator[Quote | Block]:
    for line in lines:
        if quoted := QUOTE.fullmatch(line):
            yield Quote(quoted[1])
        elif fence := FENCE.fullmatch(line):
            yield Block(tuple(_block(lines)), fence[1])


def _block(lines: Iterator[str]) -> Iterator[str]:
    """Yield the lines of a code block, with continued ones joined."""
    begun = ""
    for line in lines:
        if FENCE.fullmatch(line):
            return
        begun += line.strip()
        if begun.endswith("\\"):
            begun = begun[:-1]
        else:
            yield begun
            begun = ""


def _nothing() -> None:
    pass


@dataclass
class Terminal:
    """Where a test gives the commands of a guide, as somebody who says yes."""

    folder: Path
    app: App | None = None
    """What commands work on; without it, what `environ` describes."""
    environ: dict[str, str] = field(default_factory=dict)
    fill: dict[str, object] = field(default_factory=dict)
    """What stands in the guide as an example, and what it is in this test."""
    by_hand: dict[str, Callable[[], object]] = field(default_factory=dict)
    """Commands that start, stop or mend something of a machine, and what they do to this one."""
    may_fail: frozenset[str] = frozenset()
    """Commands that are to end with an error, as they stand in the guide."""
    meanwhile: Callable[[], object] = _nothing
    """What the services do by themselves after each command."""
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    """What goes on while a command runs."""

    def give(self, line: str) -> str:
        """Give a command as it stands in a guide; return what it shows."""
        if line in self.by_hand:
            shown = str(self.by_hand[line]() or "")
        else:
            shown = self._run(self.filled(line))
        assert line in self.may_fail or not ERROR.search(shown), f"{line}\n\n{shown}"
        self.meanwhile()
        return shown

    def filled(self, line: str) -> str:
        """Return a command with what its examples stand for here."""
        for example, value in self.fill.items():
            line = line.replace(example, str(value))
        return line

    def _run(self, line: str) -> str:
        program, *words = shlex.split(line, comments=True)
        if program == "dispatch":
            with self.around():
                return self.dispatch(*words).output
        assert program in OF_THE_SYSTEM, f"a test must say what this does: {line}"
        done = subprocess.run(  # noqa: S603 - a line of our own documentation
            [program, *words], cwd=self.folder, capture_output=True, text=True, check=True
        )
        return done.stdout

    def dispatch(self, *words: object) -> Result:
        """Run one command of ours in this process."""
        runner = CliRunner(env={"COLUMNS": "80", **self.environ})
        done = runner.invoke(main, [str(word) for word in words], obj=self.app, input="y\n" * 5)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done


def walk(section: Section, terminal: Terminal, shown: str) -> None:
    """Go through a section: each of its quotes was shown last, and each command is given.

    `shown` is what a person sees before they look the section up.
    """
    for part in section.parts:
        if isinstance(part, Quote):
            assert part.is_in(shown), f"not shown: {part.words}\n\n{shown}"
        elif not part.language:
            shown = "\n".join(map(terminal.give, part.lines))
