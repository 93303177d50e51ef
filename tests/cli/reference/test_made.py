from __future__ import annotations

from dispatch.cli.reference import made


def test_the_reference_says_what_the_commands_say() -> None:
    stale = [
        str(path.relative_to(made.ROOT))
        for path, text in made.files().items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert (stale, made.stale()) == ([], []), "run `make reference`, and look at the difference"


def test_no_manual_page_is_longer_than_its_lines_allow_or_has_a_command_of_its_own() -> None:
    pages = {path.name: text for path, text in made.files().items() if path.suffix == ".1"}
    assert "dispatch.1" in pages
    requests = {
        line.split()[0] for text in pages.values() for line in text.splitlines() if line[:1] == "."
    }
    assert requests <= {".TH", ".SH", ".B", ".BR", ".PP", ".TP"}
