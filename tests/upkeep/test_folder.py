from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.app import environment
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput
from dispatch.domain.upkeep.given import Standing
from dispatch.settings import Settings
from dispatch.upkeep import folder
from dispatch.upkeep.folder import Laid, Step, lay_out

LETTER = "templates/annual-review/letter.md"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return tmp_path / "office"


def give(monkeypatch: pytest.MonkeyPatch, version: str, **files: bytes) -> None:
    """Have another version give other files."""
    monkeypatch.setattr(folder, "given", lambda: files)
    monkeypatch.setattr(folder, "own_version", lambda: version)


def steps(laid: Laid) -> dict[str, tuple[Standing, Step]]:
    return {each.path: (each.stands, each.step) for each in laid.files}


def all_in(office: Path) -> dict[str, bytes]:
    return {str(path.relative_to(office)): path.read_bytes() for path in office.rglob("*.*")}


def test_an_office_gets_all_that_is_its_to_change(office: Path) -> None:
    laid = lay_out(office)
    assert {each.step for each in laid.files} == {Step.WRITTEN}
    for name in (LETTER, "templates/notice/mail.html", "README.md", "dispatch.env.example"):
        assert (office / name).is_file()
    assert not (office / "templates" / "web").exists()
    assert list((office / "mailouts").glob("*.toml"))
    assert json.loads((office / "given.json").read_text())["files"].keys() == {
        each.path for each in laid.files
    }


def test_its_settings_are_secret_and_can_be_used(
    office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lay_out(office).has_new_key
    assert (office / ".env").stat().st_mode & 0o777 == 0o600
    assert (office / LETTER).stat().st_mode & 0o777 == 0o644
    monkeypatch.chdir(office)
    settings = Settings.read(environment())
    assert len(settings.secret_key.get_secret_value()) >= 32
    assert (settings.templates / "annual-review").is_dir()
    assert settings.in_mode.startswith("rehearsal: letters go to the mail catcher")


def test_no_two_offices_have_the_same_key(tmp_path: Path) -> None:
    keys = set()
    for name in ("one", "other"):
        lay_out(tmp_path / name)
        keys.add((tmp_path / name / ".env").read_text())
    assert len(keys) == 2


@pytest.mark.parametrize("home", folder.HOMES)
def test_a_home_that_has_a_key_keeps_it(office: Path, home: str) -> None:
    (office / home).mkdir(parents=True)
    (office / home / "secret.key").write_text("made before")
    laid = lay_out(office)
    assert (laid.has_new_settings, laid.has_new_key) == (True, False)
    assert "DISPATCH_SECRET_KEY=\n" in (office / ".env").read_text()


def test_settings_that_are_there_stay(office: Path) -> None:
    office.mkdir()
    (office / ".env").write_text("DISPATCH_SECRET_KEY=mine")
    assert not lay_out(office).has_new_settings
    assert (office / ".env").read_text() == "DISPATCH_SECRET_KEY=mine"


def test_a_second_run_changes_nothing(office: Path) -> None:
    lay_out(office)
    before = all_in(office)
    laid = lay_out(office, is_update=True)
    assert set(steps(laid).values()) == {(Standing.SAME, Step.NOTHING)}
    assert all_in(office) == before


def test_what_was_there_before_is_never_overwritten(office: Path) -> None:
    office.mkdir()
    (office / "README.md").write_text("of another project")
    found = steps(lay_out(office))
    assert found["README.md"] == (Standing.BOTH, Step.NOTHING)
    assert (office / "README.md").read_text() == "of another project"


def test_one_that_was_interrupted_goes_on(office: Path) -> None:
    lay_out(office)
    (office / "given.json").unlink()
    (office / LETTER).unlink()
    found = steps(lay_out(office))
    assert found.pop(LETTER) == (Standing.NEW, Step.WRITTEN)
    assert set(found.values()) == {(Standing.SAME, Step.NOTHING)}


@pytest.fixture
def upgraded(office: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of version 1 that the office has worked in, seen by version 2."""
    names = ("same", "ours", "yours", "both", "removed", "dropped")
    give(monkeypatch, "1", **dict.fromkeys(names, b"1\n"))
    lay_out(office)
    for name in ("yours", "both"):
        (office / name).write_bytes(b"yours\n")
    (office / "removed").unlink()
    files = {"same": b"1\n", "ours": b"2\n", "yours": b"1\n", "both": b"2\n"}
    give(monkeypatch, "2", **files, removed=b"2\n", new=b"2\n")
    return office


def test_after_an_upgrade_it_says_who_has_changed_what(upgraded: Path) -> None:
    laid = lay_out(upgraded)
    assert (laid.before, laid.version) == ("1", "2")
    assert steps(laid) == {
        "same": (Standing.SAME, Step.NOTHING),
        "ours": (Standing.OURS, Step.NOTHING),
        "yours": (Standing.YOURS, Step.NOTHING),
        "both": (Standing.BOTH, Step.NOTHING),
        "removed": (Standing.REMOVED, Step.NOTHING),
        "dropped": (Standing.DROPPED, Step.NOTHING),
        "new": (Standing.NEW, Step.WRITTEN),
    }
    assert steps(lay_out(upgraded))["ours"] == (Standing.OURS, Step.NOTHING)  # until it is taken
    (both,) = (each for each in laid.files if each.path == "both")
    assert folder.difference(upgraded, both)[-2:] == ["-yours", "+2"]


def test_an_update_takes_what_is_unchanged_and_loses_nothing(upgraded: Path) -> None:
    found = steps(lay_out(upgraded, is_update=True))
    assert found["ours"] == (Standing.OURS, Step.WRITTEN)
    assert found["both"] == (Standing.BOTH, Step.WRITTEN_BESIDE)
    assert (upgraded / "ours").read_text() == "2\n"
    assert (upgraded / "yours").read_text() == (upgraded / "both").read_text() == "yours\n"
    assert (upgraded / "both.new").read_text() == "2\n"
    assert (upgraded / "dropped").read_text() == "1\n"
    assert not (upgraded / "removed").exists()
    again = steps(lay_out(upgraded))
    assert again["both"] == (Standing.YOURS, Step.NOTHING)  # once it was given
    assert "dropped" not in again


def test_a_merge_that_somebody_works_on_is_left_alone(upgraded: Path) -> None:
    (upgraded / "both.new").write_text("half merged")
    found = steps(lay_out(upgraded, is_update=True))
    assert found["both"] == (Standing.BOTH, Step.IN_THE_WAY)
    assert (upgraded / "both.new").read_text() == "half merged"
    (upgraded / "both.new").unlink()
    assert steps(lay_out(upgraded))["both"] == (Standing.BOTH, Step.NOTHING)  # told until settled


def test_line_ends_of_another_system_are_not_a_change(office: Path) -> None:
    lay_out(office)
    letter = office / LETTER
    letter.write_bytes(letter.read_bytes().replace(b"\n", b"\r\n"))
    assert steps(lay_out(office))[LETTER] == (Standing.SAME, Step.NOTHING)


def test_a_folder_that_others_may_change_is_refused(office: Path) -> None:
    office.mkdir()
    office.chmod(0o777)
    with pytest.raises(BadInput, match="chmod go-w"):
        lay_out(office)
    assert list(office.iterdir()) == []


@pytest.mark.parametrize("content", ["", "[]", '{"files": {"README.md": "../../x"}}'])
def test_a_list_that_is_spoilt_is_said_to_be(office: Path, content: str) -> None:
    office.mkdir()
    (office / "given.json").write_text(content)
    with pytest.raises(BadInput, match=r"given\.json is not as dispatch wrote it"):
        lay_out(office)


def test_what_cannot_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="cannot be laid out"):
        lay_out(tmp_path / "file" / "office")
    (tmp_path / "office" / LETTER).mkdir(parents=True)
    with pytest.raises(BadInput, match="cannot be laid out: Is a directory"):
        lay_out(tmp_path / "office")


def test_what_this_version_gives_otherwise_is_found_without_changing_anything(
    tmp_path: Path,
) -> None:
    assert folder.behind(tmp_path) == []
    folder.lay_out(tmp_path)
    assert folder.behind(tmp_path) == []
    (tmp_path / "templates/annual-review/letter.md").write_text("ours alone")
    assert folder.behind(tmp_path) == []
    before = folder.Given.model_validate_json((tmp_path / folder.LIST).read_bytes())
    (tmp_path / "README.md").write_text("as it was")
    old = {**before.files, "README.md": sha256(b"as it was")}
    (tmp_path / folder.LIST).write_text(folder.Given(dispatch="0", files=old).model_dump_json())
    assert folder.behind(tmp_path) == ["README.md"]
    assert folder.Given.model_validate_json((tmp_path / folder.LIST).read_bytes()).files == old
