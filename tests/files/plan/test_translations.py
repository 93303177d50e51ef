from __future__ import annotations

import re
from pathlib import Path

import pytest

from dispatch.domain.digest import digest
from dispatch.domain.mailout import LanguageChoice
from dispatch.files.plan.plan import read_plan
from dispatch.files.plan.written import files_of
from tests.files.tables.written import problems_of

REAL = Path(__file__).parents[3] / "config/mailouts/welsh-letters-2026.toml"


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    text = REAL.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_has_its_letters_in_two_languages(tmp_path: Path) -> None:
    first = ('by_contact = "nothing"', 'by_contact = "first"')
    plan = read_plan(changed(tmp_path, first, ('pdf = "each"', 'pdf = "one"'))).plan

    assert plan.languages == ("cy", "en")
    assert plan.language_choice is LanguageChoice.FIRST
    assert plan.is_one_pdf
    assert plan.translations["cy"].words["Gwynedd Council"] == "Cyngor Gwynedd"
    assert plan.constants["actions"] != plan.translations["cy"].constants["actions"]


def test_such_a_plan_is_written_and_read_again(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/GWN.md").write_text("Well **done**.")
    (tmp_path / "own/GWN.cy.md").write_text("**Da** iawn.")
    own = ('year = "2025-26"', 'bespoke = "own"\nyear = "2025-26"')
    plan = read_plan(changed(tmp_path, own)).plan
    assert plan.translations["cy"].bespoke == {"GWN": "**Da** iawn."}
    for name, content in files_of(plan, {}):
        path = tmp_path / "again" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    again = read_plan(tmp_path / f"again/{plan.name}.toml").plan
    assert digest(again) == digest(plan)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            'order = ["cy", "en"]',
            'order = ["ga", "en"]',
            "translations.cy: is a language that languages.order does not have",
        ),
        (
            'order = ["cy", "en"]',
            'order = ["cy", "fr"]',
            'languages.order[2]: "fr" is not a language that letters have',
        ),
        (
            'context = """\nMae cwynion',
            'other = """\nMae cwynion',
            "translations.cy.constants.context: is missing: constants has it, and it has words",
        ),
        (
            "i'r pwyllgor craffu\"\nby = 2026-10-30",
            "i'r pwyllgor craffu\"\nby = 2026-10-31",
            "translations.cy.constants.actions: ",
        ),
    ],
)
def test_what_one_language_lacks_is_refused(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    found = problems_of(lambda: read_plan(changed(tmp_path, (old, new))))
    assert any(each.startswith(f"plan.toml, {problem}") for each in found), found


def test_paragraphs_for_one_authority_are_in_each_language(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/GWN.md").write_text("Well done.")
    (tmp_path / "own/AGY.cy.md").write_text("Da iawn.")
    own = ('year = "2025-26"', 'bespoke = "own"\nyear = "2025-26"')
    found = problems_of(lambda: read_plan(changed(tmp_path, own)))
    assert [re.sub(r".*bespoke: ", "", each) for each in found] == [
        '"GWN.md" has no translation: write GWN.cy.md as well',
        '"AGY.cy.md" translates nothing: write AGY.md as well',
    ]
