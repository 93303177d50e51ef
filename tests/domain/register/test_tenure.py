from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dispatch.domain.register.tenure import Origin, Tenure
from tests.factories import a_contact

FIRST, SECOND, THIRD = date(2020, 7, 1), date(2020, 7, 2), date(2020, 7, 3)


def a_tenure(
    valid_until: date | None, *, role: str = "leader", brought: Origin | None = None
) -> Tenure:
    return Tenure(
        contact=a_contact("OXO", role),
        valid_from=SECOND,
        valid_until=valid_until,
        brought=brought,
        replaced_by=None,
        ended=None,
    )


@pytest.mark.parametrize(
    ("valid_until", "holds"),
    [(None, [False, True, True]), (THIRD, [False, True, False]), (SECOND, [False, False, False])],
)
def test_a_contact_holds_from_its_first_day_until_the_first_on_which_it_does_not(
    valid_until: date | None, holds: list[bool]
) -> None:
    tenure = a_tenure(valid_until)
    assert [tenure.holds_on(day) for day in (FIRST, SECOND, THIRD)] == holds


def test_tenures_stand_by_role_and_then_as_they_were_recorded() -> None:
    early, late = (Origin("sam", datetime(2020, 7, 2, hour, tzinfo=UTC)) for hour in (9, 10))
    chief = a_tenure(None, role="chief executive", brought=late)
    first, second = a_tenure(SECOND, brought=early), a_tenure(SECOND, brought=late)
    last = a_tenure(None, brought=late)
    found = [last, second, first, chief]
    assert sorted(found, key=lambda each: each.sort_key) == [chief, first, second, last]
