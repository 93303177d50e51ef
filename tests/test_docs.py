"""The documents keep their promises: links, commands, settings and paths in them are there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import pytest

from dispatch.cli import main
from dispatch.cli.reference.outline import HELP

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = sorted((ROOT / "docs").rglob("*.md"))
DOCUMENTS: Final = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *PAGES]
FOR_DEVELOPERS: Final = [ROOT / "CONTRIBUTING.md", ROOT / "docs/changing.md"]

FENCE: Final = re.compile(r"^ *```.*?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
SPAN: Final = re.compile(r"`([^`\n]+)`")
LINK: Final = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
SETTING: Final = re.compile(r"\bDISPATCH_[A-Z_]+\b")
TEST: Final = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
PATH: Final = re.compile(r"(?:dispatch|tests|docs|config|templates|benchmarks|\.ci)/[\w./*-]*")


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=name)
each_page = pytest.mark.parametrize("page", PAGES, ids=name)


def blocks(text: str) -> Iterator[str]:
    """Yield the lines of each code block, with continued lines joined."""
    for block in FENCE.findall(text):
        yield from (line.strip() for line in block.replace("\\\n", " ").splitlines())


def spans(text: str) -> list[str]:
    """Return what stands between backticks, outside code blocks."""
    return SPAN.findall(FENCE.sub("", text))


def anchors(text: str) -> set[str]:
    """Return the anchors that a page's headings make."""
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in HEADING.findall(text))
    return {re.sub(r"\s", "-", heading.strip()) for heading in plain}


def words_of(line: str) -> list[str]:
    """Return the words of a command line after `dispatch`, or none if it is another program's."""
    program, *words = shlex.split(line, comments=True) or [""]
    return words if program in {"dispatch", ".venv/bin/dispatch"} else []


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that these words name, and what is left for it to parse."""
    command: click.Command = main
    rest = list(words)
    while isinstance(command, click.Group) and rest:
        group, context = command, click.Context(command)
        found = group.get_command(context, rest[0])
        if found is None and group.name == "upload" and not rest[0].startswith("-"):
            found = group.get_command(context, "bundle")
        elif found is not None:
            rest.pop(0)
        if found is None:
            break
        command = found
    return command, rest


def troubles(line: str, *, is_whole: bool) -> Iterator[str]:
    """Yield what is wrong with a command line; one in running text may lack what it requires."""
    command, rest = command_of(words_of(line))
    if rest in (["--help"], ["-h"]):
        return
    if isinstance(command, click.Group):
        yield from (f"{command.name} has no command {word}" for word in rest[:1])
        return
    try:
        # click keeps the option of help as it was first asked for, for all that follows.
        parser = command.make_parser(click.Context(command, help_option_names=HELP))
        given, _, _ = parser.parse_args(list(rest))
    except click.UsageError as error:
        yield error.format_message()
        return
    for parameter in command.params:
        yield from unfit(parameter, given, is_whole=is_whole)


def unfit(parameter: click.Parameter, given: dict[str, Any], *, is_whole: bool) -> Iterator[str]:
    """Yield what is wrong with the value that a command line gives to a parameter."""
    value = given.get(str(parameter.name))
    if parameter.name not in given or parameter.value_is_missing(value):
        if is_whole and parameter.required:
            yield f"{parameter.name} is missing"
    elif isinstance(parameter.type, click.Choice):
        chosen = value if isinstance(value, list | tuple) else [value]
        yield from (
            f"{each} cannot be chosen" for each in chosen if each not in parameter.type.choices
        )


def commands(group: click.Group = main, path: tuple[str, ...] = ("dispatch",)) -> Iterator[str]:
    """Yield every command as a person types it."""
    context = click.Context(group)
    for word in group.list_commands(context):
        command = group.get_command(context, word)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, word))
        else:
            yield " ".join((*path, word))


def test_the_front_page_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 120


@each_page
def test_a_page_stands_on_its_own(page: Path) -> None:
    title, blank, first = page.read_text().splitlines()[:3]
    assert title.startswith("# ")
    assert blank == ""
    assert first.startswith(("This page ", "dispatch "))


def test_the_index_lists_every_page() -> None:
    index = ROOT / "docs/README.md"
    linked = {(index.parent / link).resolve() for link in LINK.findall(index.read_text())}
    assert [name(page) for page in PAGES if page not in {index, *linked}] == []


@each_document
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    for link in LINK.findall(FENCE.sub("", text)):
        if link.startswith(("https:", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        path = (document.parent / target).resolve() if target else document
        assert path.exists(), link
        assert not anchor or anchor in anchors(path.read_text()), link


@each_document
def test_a_command_line_that_is_shown_can_be_given(document: Path) -> None:
    text = document.read_text()
    wrong = [
        f"{line}: {trouble}"
        for lines, is_whole in ((blocks(text), True), (spans(text), False))
        for line in lines
        if line.startswith(("dispatch ", ".venv/bin/dispatch "))
        for trouble in troubles(line, is_whole=is_whole)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        ("dispatch mailout rendr x", "mailout has no command rendr"),
        ("dispatch mailout render x --colour", "No such option '--colour'"),
        ("dispatch delivery settle x", "word is missing"),
        ("dispatch delivery settle x lost --because y", "lost cannot be chosen"),
        ("dispatch upload x", "out is missing"),
    ],
)
def test_a_command_line_that_cannot_be_given_is_found(line: str, trouble: str) -> None:
    assert trouble in " ".join(troubles(line, is_whole=True))


def test_every_command_is_listed() -> None:
    listed = spans((ROOT / "docs/using/commands.md").read_text())
    assert [command for command in commands() if command not in listed] == []


@each_document
def test_a_setting_that_is_named_exists(document: Path) -> None:
    known = set(SETTING.findall((ROOT / "config/dispatch.env.example").read_text()))
    assert set(SETTING.findall(document.read_text())) - {"DISPATCH_"} <= known


def test_every_setting_is_listed() -> None:
    known = set(SETTING.findall((ROOT / "config/dispatch.env.example").read_text()))
    assert known <= set(SETTING.findall((ROOT / "docs/running/settings.md").read_text()))


@each_document
def test_a_target_of_make_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = document.read_text()
    lines = [line for line in (*blocks(text), *spans(text)) if line.startswith("make ")]
    words = {word for line in lines for word in shlex.split(line, comments=True)[1:]}
    assert {word for word in words if "=" not in word} <= targets


@pytest.mark.parametrize("document", FOR_DEVELOPERS, ids=name)
def test_a_path_that_is_named_exists(document: Path) -> None:
    named = [path for span in spans(document.read_text()) for path in PATH.findall(span)]
    assert [path for path in named if not any(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.skipif(not shutil.which("postconf"), reason="needs the Debian package postfix")
def test_what_postfix_is_told_is_known_to_postfix(tmp_path: Path) -> None:
    text = (ROOT / "docs/running/relay.md").read_text()
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", text))
    lines = [line for line in blocks(text) if re.fullmatch(r"[a-z_]+ =.*", line)]
    assert lines
    (tmp_path / "main.cf").write_text("\n".join([*lines, *(f"{each} =" for each in named)]))
    (tmp_path / "master.cf").touch()
    said = subprocess.run(  # noqa: S603 - Postfix's own
        [shutil.which("postconf") or "", "-c", tmp_path, "-n"],
        capture_output=True,
        check=True,
        text=True,
    )
    assert "unused parameter" not in said.stderr, said.stderr


def test_what_is_said_of_security_is_shown_by_a_test() -> None:
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    named = TEST.findall(text)
    assert named
    absent = [
        f"{path}::{test}"
        for path, test in named
        if not re.search(rf"^def {test}\(", read(path), re.MULTILINE)
    ]
    assert absent == []
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row for row in rows if not TEST.search(row) and "shown by" not in row] == []


def read(path: str) -> str:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def test_the_import_rule_is_shown_as_it_is_enforced() -> None:
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(each["layers"] for each in rules["contracts"] if each["type"] == "layers")
    assert "\n".join(layers) in (ROOT / "docs/changing.md").read_text()


def test_every_package_is_shown() -> None:
    tree = next(FENCE.finditer((ROOT / "docs/changing.md").read_text()))[1]
    shown = set(re.findall(r"(?:^|  )(\w+)/", tree, re.MULTILINE))
    packages = {path.parent.name for path in (ROOT / "dispatch").glob("*/__init__.py")}
    assert packages - shown == set()
