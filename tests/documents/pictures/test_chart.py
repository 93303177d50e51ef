from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from dispatch.documents.pictures.chart import CIRCUMFERENCE, charted, doughnut


@given(st.integers(1, 100))
def test_the_dark_part_is_the_percentage_of_the_ring(percent: int) -> None:
    dark, girth = re.findall(r'stroke-dasharray="([\d.]+) ([\d.]+)"', doughnut(percent))[0]
    assert abs(float(dark) / float(girth) - percent / 100) < 1e-5
    assert abs(float(girth) - CIRCUMFERENCE) < 1e-3


@given(st.integers(0, 100))
def test_a_chart_is_well_formed_and_named_by_its_percentage(percent: int) -> None:
    assert ET.fromstring(doughnut(percent)).tag.endswith("svg")  # noqa: S314 - our own
    assert charted(f"chart:{percent}") == percent


def test_nothing_is_no_dot() -> None:
    assert "dasharray" not in doughnut(0)


def test_other_pictures_are_no_charts() -> None:
    assert [charted(source) for source in ("logo.svg", "chart:101", "chart:", "chart:-1")] == [
        None
    ] * 4
