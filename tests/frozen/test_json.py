"""What every command with --json prints for programs, through a whole year in the office."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from dispatch.cli.output.asked import FormatOption
from tests.commands import every_command
from tests.frozen import golden
from tests.frozen.office import Office, elsewhere, opened
from tests.frozen.story import told

pytestmark = pytest.mark.database

KEEP: Final = "mail=2y addresses=7y letters=10y"

STARTS_SERVICES: Final = {
    ("catcher", "list"),
    ("demo",),
    ("doctor",),
    ("init",),
    ("keys", "dkim"),
    ("rehearse",),
    ("template", "import"),
    ("settings",),
    ("template", "list"),
    ("template", "values"),
}
"""Their JSON tells of the machine, of the time, of a key or of files: see the tests of each in
`tests/cli`, and `tests/journeys/test_demo.py`."""

LIVED: Final[list[Office]] = []
"""The office at the end of its year: lived through once, even if the year breaks off."""

FILES: Final = sorted(path.stem for path in (golden.HERE / "json").glob("*.json"))


@pytest.fixture
def office(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Office:
    if not LIVED:
        elsewhere(tmp_path, monkeypatch)
        LIVED.append(opened(*map(request.getfixturevalue, ("app", "clock")), keep=KEEP))
        told(LIVED[0])
    return LIVED[0]


def test_every_command_with_json_is_frozen(office: Office) -> None:
    frozen = {words[: len(path)] for words in office.words.values() for path in with_json()}
    assert set(with_json()) - frozen == STARTS_SERVICES


def with_json() -> Iterator[tuple[str, ...]]:
    """Yield the words of each command that prints JSON."""
    for words, command in every_command():
        if any(isinstance(option, FormatOption) for option in command.params):
            yield words


def test_what_is_frozen_is_shown_in_the_story(office: Office) -> None:
    new = sorted(office.shown.keys() - set(FILES))
    golden.renew({f"json/{name}": printed(office, name) for name in new})
    assert office.shown.keys() == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_programs_are_given_the_same_as_before(office: Office, name: str) -> None:
    golden.check(f"json/{name}", printed(office, name))


def printed(office: Office, name: str) -> golden.Json:
    """Return what was printed. A manifest's digest goes over the checkpoint in the upload."""
    also = {"digest"} if name.startswith("upload") else set[str]()
    return golden.masked(office.shown[name], also=also)
