"""The layout keeps its own promises."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from dispatch import stages

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    path.relative_to(ROOT)
    for path in (ROOT / "dispatch").rglob("*.py")
    if "versions" not in path.parts
)
NAMED = [
    path for path in MODULES if not path.name.startswith("__") and "migrations" not in path.parts
]
MAP = re.compile(r"^(\w+)  +\w")


def length(module: Path) -> int:
    return len((ROOT / module).read_text().splitlines())


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_no_module_is_long(module: Path) -> None:
    assert length(module) <= 500


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_no_function_is_long(module: Path) -> None:
    functions = (
        node
        for node in ast.walk(ast.parse((ROOT / module).read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    long = {node.name: (node.end_lineno or 0) - node.lineno for node in functions}
    assert {name: lines for name, lines in long.items() if lines >= 50} == {}


def test_the_map_of_the_stages_is_true() -> None:
    told = [found[1] for line in (stages.__doc__ or "").splitlines() if (found := MAP.match(line))]
    there = {path.stem for path in (ROOT / "dispatch/stages").glob("[a-z]*.py")}
    assert sorted(told) == sorted(there)


TESTED_THROUGH = {
    "dispatch/app.py": "tests/test_app.py",
    "dispatch/stages/trace.py": "tests/cli/test_unreached.py",
    "dispatch/cli/replace.py": "tests/cli/test_reissue.py",
    "dispatch/db/versions.py": "tests/stages/test_replace.py",
    "dispatch/cli/proposal.py": "tests/cli/test_resend.py",
    "dispatch/cli/ages.py": "tests/cli/test_status.py",
    "dispatch/cli/demo.py": "tests/journeys/test_demo.py",
    "dispatch/cli/mailroom.py": "tests/cli/test_receive.py",
    "dispatch/cli/returns.py": "tests/cli/test_incoming.py",
    "dispatch/db/deliveries.py": "tests/stages/test_sweep.py",
    "dispatch/db/inbox.py": "tests/cli/test_incoming.py",
    "dispatch/db/incoming.py": "tests/stages/test_receive.py",
    "dispatch/db/metadata.py": "tests/db/test_schema.py",
    "dispatch/db/models/deliveries.py": "tests/db/test_claims.py",
    "dispatch/db/models/incoming.py": "tests/stages/test_receive.py",
    "dispatch/db/models/known.py": "tests/db/test_register.py",
    "dispatch/db/models/letters.py": "tests/stages/test_render.py",
    "dispatch/db/models/notices.py": "tests/stages/test_conclude.py",
    "dispatch/db/models/reminders.py": "tests/db/test_reminders.py",
    "dispatch/db/models/rates.py": "tests/db/test_rates.py",
    "dispatch/db/models/trail.py": "tests/db/test_journal.py",
    "dispatch/db/notices.py": "tests/stages/test_conclude.py",
    "dispatch/db/readings.py": "tests/stages/test_receive.py",
    "dispatch/db/sealing.py": "tests/stages/test_approve.py",
    "dispatch/db/standing.py": "tests/cli/test_history.py",
    "dispatch/db/suggestions.py": "tests/stages/test_decide.py",
    "dispatch/db/suppressions.py": "tests/stages/test_conclude.py",
    "dispatch/db/ties.py": "tests/stages/test_conclude.py",
    "dispatch/db/contents.py": "tests/stages/test_audit.py",
    "dispatch/db/due.py": "tests/stages/test_purge.py",
    "dispatch/db/entries.py": "tests/db/test_seals.py",
    "dispatch/db/erase.py": "tests/stages/test_purge.py",
    "dispatch/db/names.py": "tests/stages/test_audit.py",
    "dispatch/db/records.py": "tests/db/test_facts.py",
    "dispatch/db/states.py": "tests/stages/test_audit.py",
    "dispatch/db/trail.py": "tests/stages/test_audit.py",
    "dispatch/db/types.py": "tests/db/test_engine.py",
    "dispatch/db/upsert.py": "tests/db/test_documents.py",
    "dispatch/documents/blocks.py": "tests/documents/test_markdown.py",
    "dispatch/domain/errors.py": "tests/cli/test_main.py",
    "dispatch/domain/incoming.py": "tests/stages/test_conclude.py",
    "dispatch/domain/notice.py": "tests/mail/test_notice.py",
    "dispatch/cli/quarantine.py": "tests/cli/test_incoming.py",
    "dispatch/cli/suggestions.py": "tests/cli/test_suggestion.py",
    "dispatch/domain/unreached.py": "tests/cli/test_unreached.py",
    "dispatch/mail/memo.py": "tests/stages/test_remind.py",
    "dispatch/mail/parcel.py": "tests/stages/test_send.py",
    "dispatch/mail/reading.py": "tests/mail/test_reader.py",
    "dispatch/settings.py": "tests/test_settings.py",
    "dispatch/sources/limits.py": "tests/sources/test_sheets.py",
    "dispatch/worker/means.py": "tests/worker/test_tasks.py",
    "dispatch/worker/celery.py": "tests/journeys/test_procfile.py",
}
"""Modules whose behaviour shows only through others, and the tests in which it does."""


@pytest.mark.parametrize("module", NAMED, ids=str)
def test_each_module_has_its_tests_on_the_same_path(module: Path) -> None:
    mirrored = Path("tests", *module.parts[1:-1], f"test_{module.name}").as_posix()
    assert (ROOT / TESTED_THROUGH.get(module.as_posix(), mirrored)).exists()
