from __future__ import annotations

from decimal import Decimal

import pytest

from dispatch.domain.publishing.bands import band_of, of_percentages, of_rates


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (0, "0 to 19"),
        (19, "0 to 19"),
        (20, "20 to 39"),
        (79, "60 to 79"),
        (80, "80 to 99"),
        (99, "80 to 99"),
        (100, "100"),
    ],
)
def test_percentages_have_the_same_bands_in_every_year(percent: int, words: str) -> None:
    bands = of_percentages()
    assert bands[band_of(bands, Decimal(percent))].words == words


@pytest.mark.parametrize(
    ("most", "last"),
    [
        ("0", "0.4 to under 0.5"),
        ("0.7", "0.8 to under 1.0"),
        ("4.2", "4 to under 5"),
        ("5", "8 to under 10"),
        ("61.3", "80 to under 100"),
        ("120", "200 to under 250"),
    ],
)
def test_rates_have_five_bands_in_round_numbers(most: str, last: str) -> None:
    bands = of_rates([Decimal(0), Decimal(most)])
    assert len(bands) == 5
    assert bands[-1].words == last
    assert 0 <= band_of(bands, Decimal(most)) < 5
