from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from dispatch.demo.register import sample_register
from dispatch.documents import pdf
from dispatch.documents.sandbox import BUILT_IN, FILTERS
from dispatch.documents.template import OWN
from dispatch.domain.letters.oddity import Before
from dispatch.domain.letters.resending import as_first_sent
from dispatch.files.plan.plan import read_plan
from dispatch.files.shipped import shipped
from dispatch.letters.wording import preview
from dispatch.letters.wording.values import (
    FILTERING,
    LAID_OUT,
    MEANINGS,
    Group,
    Value,
    derived,
    in_short,
    own,
    shown,
)
from dispatch.views.wording import as_page
from tests.documents.contents import a_content, boxes, flat

PAGE: Final = Path(__file__).parents[3] / "docs/using/values.md"


def of_sample() -> list[Value]:
    plan = read_plan(shipped("config") / "mailouts/annual-review-2020.toml").plan
    return preview.values_of(preview.basis_of(plan, sample_register(), Before(), ""))


def test_each_value_of_a_letter_has_a_meaning_and_no_other_has() -> None:
    assert {each.name for each in derived()} == MEANINGS.keys()
    assert FILTERING.keys() == {*FILTERS, *BUILT_IN}


def test_what_templates_are_given_is_listed() -> None:
    names = {each.name for each in own() if "." not in each.name and "[" not in each.name}
    assert names >= OWN
    sheet = pdf.Sheet(
        title="", heading="", author="", letter_date=a_content().letter_date, parts=()
    )
    assert pdf.order({"letter.typ": ""}, sheet)["sys_inputs"]["letter"]
    assert LAID_OUT.keys() == {"title", "heading", "author", "date", "parts", "versions"}


def test_examples_are_what_a_letter_prints() -> None:
    content = a_content(boxes=boxes((1, 2, 3)))
    found = {each.name: each for each in shown(content, as_first_sent(content), 0)}
    examples = {name: found[name].example for name in found}
    assert examples["addressee.salutation"] == "Dear Mr Mitchell"
    assert examples["boxes[].percent"] == "50"
    assert examples["upload_date"] == "29 July 2020"
    assert examples["seminar_places"] == "London, Bristol, Leeds, Birmingham"
    assert (examples["bespoke"], examples["group"]) == ("(empty)", "District Council")
    assert found["courses"].group is Group.FACTS
    assert found["group"].is_optional
    assert len(in_short("word " * 100)) <= 60
    assert flat(in_short([True, {"a": 1}])) == "yes, a"


def test_the_page_of_values_is_what_the_program_says() -> None:
    said = as_page(of_sample())
    if os.environ.get("RENEW_FROZEN"):  # noqa: TID251 - asked for on the command line
        PAGE.write_text(said, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == said, "RENEW_FROZEN=values pytest this file"
