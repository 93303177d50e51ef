from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from dispatch.database import Session, Sessions
from dispatch.domain.errors import NotFound
from dispatch.domain.register.authority import Authority
from dispatch.domain.register.comparison import Comparison
from dispatch.register.file_kinds import KINDS
from dispatch.register.store import authorities
from tests.factories import an_authority, written


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    with sessions.begin() as session:
        write(session, an_authority("OXO"), an_authority("ADU"))
        yield session


def write(session: Session, *coming: Authority) -> Comparison[Authority]:
    kind = KINDS["authorities"]
    comparison = kind.compare(kind.present(session), coming)
    written(session, kind, comparison)
    return comparison


def test_an_authority_comes_out_as_it_went_in(session: Session) -> None:
    whole = an_authority(
        "BKM",
        region="South East",
        start_date=date(1889, 4, 1),
        last_day=date(2020, 3, 31),
        successors=("BUC",),
        source="the register",
    )

    write(session, whole)

    assert authorities.by_code(session)["BKM"] == whole


def test_a_changed_authority_is_updated_in_place(session: Session) -> None:
    changed = an_authority("OXO", official_name="Oxford City", successors=("ADU",))

    comparison = write(session, changed, an_authority("ADU"), an_authority("WOT"))

    assert [each.code for each in comparison.new] == ["WOT"]
    assert [each.fields for each in comparison.changed] == [("official_name", "successors")]
    assert comparison.unchanged == 1
    session.expire_all()
    assert authorities.by_code(session)["OXO"] == changed


def test_a_comparison_by_itself_writes_nothing(session: Session) -> None:
    kind = KINDS["authorities"]
    kind.compare(kind.present(session), [an_authority("WOT")])

    assert set(authorities.by_code(session)) == {"OXO", "ADU"}


def test_a_code_may_be_given_in_any_letter_case(session: Session) -> None:
    assert authorities.authority_code(session, "oXo") == "OXO"
    with pytest.raises(NotFound, match="no authority has the code 'OXX'"):
        authorities.authority_code(session, "OXX")


def test_whom_an_authority_came_after_is_found_at_any_remove(session: Session) -> None:
    write(
        session,
        an_authority("OLD", last_day=date(2018, 3, 31), successors=("MID",)),
        an_authority("MID", last_day=date(2019, 3, 31), successors=("NEW", "ADU")),
        an_authority("NEW"),
        an_authority("ADU"),
        an_authority("OXO"),
    )
    assert set(authorities.ancestors(session, {"NEW", "OXO"})) == {("OLD", "NEW"), ("MID", "NEW")}


def test_authorities_in_a_circle_come_after_each_other_once(session: Session) -> None:
    write(
        session,
        an_authority("ADU", last_day=date(2018, 3, 31), successors=("OXO",)),
        an_authority("OXO", last_day=date(2019, 3, 31), successors=("ADU",)),
    )
    found = sorted(authorities.ancestors(session, {"ADU"}))
    assert found == [("ADU", "ADU"), ("OXO", "ADU")]
