from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.mail.notices.autoreplies.absences import away_until

WRITTEN = date(2026, 7, 22)
AUGUST = date(2026, 8, 3)


@pytest.mark.parametrize(
    "text",
    [
        "I am on annual leave until 3 August 2026.",
        "I am away until Monday 3rd August",
        "I will be out from Monday 20 July, returning on Monday 3rd August. Ring me.",
        "I shall be back in the office on the 3rd of August.",
        "Out of office until August 3rd, 2026",
        "away till 03/08/2026",
        "away until 3/8",
        "away until 2026-08-03",
        "Ich bin bis zum 3. August im Urlaub.",
        "bis Montag, den 3. August 2026",
        "Je suis absent jusqu'au 3 août 2026",
        "de vacaciones hasta el 3 de agosto de 2026",
        "8月3日まで休暇をいただいております",
    ],
)
def test_the_day_is_read_in_many_words(text: str) -> None:
    assert away_until(text, written=WRITTEN) == AUGUST


@pytest.mark.parametrize(
    "text", ["I am away.", "until 31 February", "until further notice", "until 3 August 2019", ""]
)
def test_no_day_is_made_up(text: str) -> None:
    assert away_until(text, written=WRITTEN) is None


def test_a_day_without_a_year_may_be_in_the_next() -> None:
    assert away_until("until 4 January", written=date(2026, 12, 23)) == date(2027, 1, 4)


def test_a_day_without_a_year_means_nothing_where_the_mail_has_no_date() -> None:
    assert away_until("until 3 August", written=None) is None
    assert away_until("until 3 August 2026", written=None) == AUGUST


def test_the_last_day_named_counts() -> None:
    assert away_until("until 24 July; back on 3 August", written=WRITTEN) == AUGUST


@given(st.text(alphabet="until 0123456789/.-augst,\n", max_size=200))
def test_no_text_whatever_raises_anything(text: str) -> None:
    day = away_until(text, written=WRITTEN)
    assert day is None or day >= WRITTEN
