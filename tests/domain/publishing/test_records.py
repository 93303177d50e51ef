from __future__ import annotations

import json
from dataclasses import replace

from dispatch.domain.publishing.published import figure_rows, letter_row
from dispatch.domain.publishing.records import json_lines
from tests.documents.contents import OXFORD, a_content, boxes
from tests.factories import a_plan

KEY = (a_content().mailout, OXFORD.code)


def test_each_letter_is_one_record_with_its_figures_by_name() -> None:
    content = a_content(boxes=boxes((1, 2, 40)), is_synthetic=True)
    letter = letter_row(content, "letters/a.pdf", b"%")
    figures = list(figure_rows(content, a_plan(), None, ()))
    (found,) = json.loads(b"".join(json_lines([letter], {KEY: figures})))["letters"]
    assert found["authority_code"] == OXFORD.code
    assert (found["version"], found["bytes"], found["is_synthetic"]) == (1, 1, True)
    assert found["region"] is None
    assert found["figures"]["upheld_percent"] == 50
    assert "upheld_percent" in found["made_up"]


def test_a_rate_stays_a_number_with_its_decimal() -> None:
    content = a_content()
    rate = replace(boxes((1, 2, 40))[0], rate="4.2")
    figures = list(figure_rows(replace(content, boxes=(rate,)), a_plan(), None, ()))
    letter = letter_row(content, "a.pdf", b"%")
    (found,) = json.loads(b"".join(json_lines([letter], {KEY: figures})))["letters"]
    assert found["figures"]["upheld_rate"] == 4.2
    assert found["made_up"] == []
