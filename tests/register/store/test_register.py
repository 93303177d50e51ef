from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from dispatch.database import Session, Sessions
from dispatch.database.tables import FiguresRow, SourceFile
from dispatch.domain.authority import Authority
from dispatch.domain.figures import Figures
from dispatch.domain.mailout import Inclusion
from dispatch.register.store import register
from tests.factories import a_contact, a_mailout, an_authority, contact_row, some_figures

IMPORTED_AT = datetime(2020, 7, 1, 23, 30, tzinfo=UTC)
"""Half past midnight on the second of July by London's clocks."""


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    with sessions.begin() as session:
        write_authorities(session, an_authority("OXO"), an_authority("ADU"))
        yield session


def a_source(session: Session) -> SourceFile:
    source = SourceFile(
        kind="x",
        name="x.csv",
        sha256="0" * 64,
        content=b"x",
        imported_at=IMPORTED_AT,
        imported_by="sam",
    )
    session.add(source)
    session.flush()
    return source


def write_authorities(session: Session, *coming: Authority) -> register.Comparison[Authority]:
    comparison = register.compare_authorities(session, coming)
    register.write_authorities(session, comparison, a_source(session))
    return comparison


def write_figures(session: Session, *coming: Figures) -> register.Comparison[Figures]:
    comparison = register.compare_figures(session, coming)
    register.write_figures(session, comparison, a_source(session))
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

    write_authorities(session, whole)

    assert register.authorities(session)["BKM"] == whole


def test_a_changed_authority_is_updated_in_place(session: Session) -> None:
    changed = an_authority("OXO", official_name="Oxford City", successors=("ADU",))

    comparison = write_authorities(session, changed, an_authority("ADU"), an_authority("WOT"))

    assert [each.code for each in comparison.new] == ["WOT"]
    assert [each.fields for each in comparison.changed] == [("official_name", "successors")]
    assert comparison.unchanged == 1
    session.expire_all()
    assert register.authorities(session)["OXO"] == changed


def test_a_comparison_by_itself_writes_nothing(session: Session) -> None:
    register.compare_authorities(session, [an_authority("WOT")])
    register.compare_figures(session, [some_figures("OXO")])

    assert set(register.authorities(session)) == {"OXO", "ADU"}
    assert not register.current_figures(session, "2019-20")


def test_contacts_can_be_asked_for_by_role(session: Session) -> None:
    session.add_all(contact_row(a_contact("OXO", role)) for role in ("chief executive", "leader"))

    assert set(register.contacts_in_post(session, ["leader"])) == {("OXO", "leader")}
    assert len(register.contacts_in_post(session)) == 2


def test_corrected_figures_replace_those_before_which_stay_on_record(session: Session) -> None:
    write_figures(session, some_figures("OXO"), some_figures("ADU"))
    after = some_figures("OXO", upheld=3)

    comparison = write_figures(session, after, some_figures("ADU"))

    assert comparison.unchanged == 1
    session.expire_all()
    rows = session.scalars(select(FiguresRow).where(FiguresRow.authority_code == "OXO"))
    by_state = {row.is_current: row for row in rows}
    assert by_state[True].replaces_id == by_state[False].id
    assert register.current_figures(session, "2019-20") == {
        "OXO": after,
        "ADU": some_figures("ADU"),
    }


def test_figures_of_another_year_are_new(session: Session) -> None:
    write_figures(session, some_figures("OXO"))
    later = replace(some_figures("OXO"), year="2020-21")

    assert write_figures(session, later).new == (later,)
    assert register.current_figures(session, "2019-20") == {"OXO": some_figures("OXO")}
    assert register.current_figures(session, "2020-21") == {"OXO": later}


def test_all_that_figures_hold_comes_out_as_it_went_in(session: Session) -> None:
    figures = replace(
        some_figures("OXO"), percentages={"upheld_pct": 50}, synthetic=("upheld",), source="x"
    )

    write_figures(session, figures)

    assert register.current_figures(session, "2019-20") == {"OXO": figures}


WITHOUT_ADUR = Inclusion(kinds=("council",), without=frozenset({"ADU"}))


def test_a_mailout_is_concerned_by_the_posts_that_it_writes_to(session: Session) -> None:
    mailout = a_mailout(session, inclusion=WITHOUT_ADUR)

    assert register.concerned(session, [mailout], "OXO", "link officer") == [mailout]
    assert not register.concerned(session, [mailout], "OXO", "leader")
    assert not register.concerned(session, [mailout], "ADU", "chief executive")


def test_a_mailout_is_concerned_by_the_posts_of_successors(session: Session) -> None:
    mailout = a_mailout(session, inclusion=WITHOUT_ADUR)
    write_authorities(session, an_authority("OXO", successors=("ADU",)))
    session.expire_all()

    assert register.concerned(session, [mailout], "ADU", "chief executive") == [mailout]
