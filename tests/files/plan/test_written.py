from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.digest import digest, sha256
from dispatch.domain.errors import BadInput
from dispatch.domain.hours import ReminderHours, SendingDays, SendingHours
from dispatch.domain.mailout import Attachment, Averaging, Inclusion, Plan, Signatory
from dispatch.domain.register.figure_set import Breakdown, FigureSet
from dispatch.domain.register.figures import Average, Measure
from dispatch.files.plan.bundle import read_bundle, zipped
from dispatch.files.plan.plan import Beside, plan_of, read_plan
from dispatch.files.plan.written import averages_csv, files_of, table_of
from dispatch.files.tables.faults import Faults
from tests.factories import a_plan

REAL = Path(__file__).parents[3] / "config/mailouts/annual-review-2020.toml"
SHEET = b"authority,received\r\nOXO,3\r\n"
ATTACHED = Attachment(name="cases.csv", media_type="text/csv", sha256=sha256(SHEET))

OWN: dict[str, Any] = {
    "year": "2026-27 Q2",
    "year_end": date(2026, 9, 30),
    "letter_date": date(2026, 10, 21),
    "not_after": datetime(2026, 10, 27, 17, tzinfo=UTC),
    "upload_date": date(2026, 10, 28),
    "sending_days": SendingDays.WORKING,
    "cc_roles": ("complaints lead",),
    "own_roles": ("complaints lead",),
    "inclusion": Inclusion(kinds=("landlord",), minimum={"findings": 5}, writes_below=True),
    "measures": (Measure(key="upheld", title="Upheld", count="upheld", base="findings"),),
    "figures": FigureSet(
        counts={"orders": "Orders", "kept": "Orders kept"},
        tables=(
            Breakdown(key="findings", title="Findings", rows={"severe": "Severe", "none": "None"}),
            Breakdown(key="received", title="Received"),
        ),
        sums={"upheld": ("findings_severe", "orders")},
        shown=("orders",),
        not_above=(("kept", "orders"),),
        percentages={"upheld_pct": ("upheld", "findings")},
        periods=frozenset({"quarter"}),
    ),
    "averages_called": "average of similar landlords",
    "with_previous": True,
    "pdf_name": "{title} {authority}",
    "public_name": "{authority}-{year}",
}

FULL: dict[str, Any] = {
    "sending_hours": SendingHours(time(8), time(18, 30)),
    "sending_days": SendingDays.ANY,
    "extra_holidays": (date(2020, 7, 24), date(2020, 12, 24)),
    "first_letters_minutes": 15,
    "confirm_days": 30,
    "reminders": ReminderHours((time(9), time(14, 30)), is_working_days_only=False),
    "is_auto_submitted": True,
    "cc_roles": (),
    "inclusion": Inclusion(kinds=("council",), minimum={"received": 5}, without=frozenset({"ADU"})),
    "averaging": Averaging.GIVEN,
    "given_averages": {
        group: {key: Average(percent=51) for key in ("upheld", "compliance", "remedies")}
        for group in ("District Council", "London Borough")
    },
    "substitutes": {"EAL": Signatory(name="Another", lines=())},
    "constants": {
        "courses": 118,
        "share": 1.5,
        "is_first": True,
        "text": 'She said "no" \\ twice\nand\tleft\n',
        "returns": "one\r\ntwo",
        "nested": {"places": ["London", "Leeds"], "empty": ""},
    },
    "bespoke": {"BIR": "One **service**.\n\nTwo.", "sussex-fire-authority": "Three."},
    "attachments": {"OXO": [ATTACHED]},
}


def again(plan: Plan, folder: Path) -> Plan:
    """Write a plan with the files beside it, and read them."""
    for name, content in files_of(plan, {sha256(SHEET): SHEET}):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return read_plan(folder / f"{plan.name}.toml").plan


@pytest.mark.parametrize(
    "plan",
    [
        a_plan(sending_days=SendingDays.WORKING),
        a_plan(**FULL),
        a_plan(**OWN),
        read_plan(REAL).plan,
        a_plan(not_after=datetime(2020, 7, 29, 23, 0, tzinfo=UTC)),
        *(a_plan(**{key: value}) for key, value in FULL.items() if "avera" not in key),
    ],
)
def test_a_plan_that_is_written_and_read_again_is_the_same(plan: Plan, tmp_path: Path) -> None:
    found = again(plan, tmp_path)
    assert found == plan
    assert digest(found) == digest(plan)


def test_a_form_a_file_and_an_archive_give_the_same_plan() -> None:
    plan = a_plan(**FULL)
    beside = Beside(plan.bespoke, plan.attachments, averages_csv(plan))
    form = plan_of(table_of(plan), beside, Faults("form"))
    assert form.plan == plan
    files = zipped(files_of(form.plan, {sha256(SHEET): SHEET}))
    archive = read_bundle("plan.zip", files)
    assert archive.plan == plan
    assert archive.content == form.content
    assert archive.documents == {sha256(SHEET): ("text/csv", SHEET)}


@given(text=st.text(st.characters(codec="utf-8"), max_size=40), key=st.sampled_from("ab"))
def test_any_constant_is_read_as_it_was_written(text: str, key: str) -> None:
    plan = replace(
        a_plan(sending_days=SendingDays.WORKING), constants={key: text, "list": [text, 1]}
    )
    found = read_bundle("plan.toml", dict(files_of(plan, {}))[f"{plan.name}.toml"])
    assert found.plan == plan


def test_a_form_is_refused_by_the_rules_of_the_file_each_fault_with_its_key() -> None:
    table = table_of(a_plan())
    table["dates"] |= {"upload": date(2020, 7, 22), "sending_days": "working"}
    table["title"] = ""
    faults = Faults("the plan")
    with pytest.raises(BadInput, match='title: "" is empty'):
        plan_of(table, Beside(), faults)
    assert [each.column for each in faults.found] == ["title"]

    table["title"] = "x"
    faults = Faults("the plan")
    texts = {"OXO": " ", "ADU": "x" * 20_001, "O X": "x"}
    with pytest.raises(BadInput, match="is not after the letter date"):
        plan_of(table, Beside(bespoke=texts), faults, known={"OXO", "ADU"})
    assert [(each.column, each.value) for each in faults.found] == [
        ("bespoke", "OXO"),
        ("bespoke", "ADU"),
        ("bespoke", "O X"),
        ("dates.upload", "2020-07-22"),
        ("dates.not_after", "2020-07-28 17:00:00"),
    ]
