from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from dispatch.database import Session, Sessions
from dispatch.database.tables import FiguresRow
from dispatch.domain.register.comparison import Comparison
from dispatch.domain.register.figures import Figures
from dispatch.register.file_kinds import KINDS
from dispatch.register.store import figures
from tests import factories
from tests.factories import some_figures, written


@pytest.fixture
def session(sessions: Sessions) -> Iterator[Session]:
    """A database with two authorities and no figures."""
    with sessions.begin() as session:
        factories.register(session, "OXO", "ADU")
        session.query(FiguresRow).delete()
        yield session


def write(session: Session, *coming: Figures) -> Comparison[Figures]:
    kind = KINDS["figures"]
    comparison = kind.compare(kind.present(session), coming)
    written(session, kind, comparison)
    return comparison


def test_a_comparison_by_itself_writes_nothing(session: Session) -> None:
    kind = KINDS["figures"]
    kind.compare(kind.present(session), [some_figures("OXO")])

    assert not figures.current(session, "2019-20")


def test_corrected_figures_replace_those_before_which_stay_on_record(session: Session) -> None:
    write(session, some_figures("OXO"), some_figures("ADU"))
    after = some_figures("OXO", upheld=3)

    comparison = write(session, after, some_figures("ADU"))

    assert comparison.unchanged == 1
    session.expire_all()
    rows = session.scalars(select(FiguresRow).where(FiguresRow.authority_code == "OXO"))
    by_state = {row.is_current: row for row in rows}
    assert by_state[True].replaces_id == by_state[False].id
    assert figures.current(session, "2019-20") == {
        "OXO": after,
        "ADU": some_figures("ADU"),
    }


def test_figures_of_another_year_are_new(session: Session) -> None:
    write(session, some_figures("OXO"))
    later = replace(some_figures("OXO"), year="2020-21")

    assert write(session, later).new == (later,)
    assert figures.current(session, "2019-20") == {"OXO": some_figures("OXO")}
    assert figures.current(session, "2020-21") == {"OXO": later}


def test_all_that_figures_hold_comes_out_as_it_went_in(session: Session) -> None:
    whole = replace(
        some_figures("OXO"), percentages={"upheld_pct": 50}, synthetic=("upheld",), source="x"
    )

    write(session, whole)

    assert figures.current(session, "2019-20") == {"OXO": whole}
