from __future__ import annotations

from datetime import date

import pytest

from dispatch.app import App
from dispatch.database import Session
from dispatch.domain.register.authority import Authority
from dispatch.domain.register.comparison import Comparison
from dispatch.domain.register.search import Match, Sought
from dispatch.register.file_kinds import KINDS
from dispatch.register.search import Found, search
from dispatch.register.store import authorities
from tests.factories import an_authority, register, written


def write(session: Session, *coming: Authority) -> Comparison[Authority]:
    kind = KINDS["authorities"]
    comparison = kind.compare(kind.present(session), coming)
    written(session, kind, comparison)
    return comparison


def found(app: App, typed: str) -> Found:
    with app.sessions.read() as session:
        return search(session, typed)


def codes(found: Found) -> list[str]:
    return [hit.authority.code for hit in found.hits]


NAMES = (
    an_authority(
        "YNM",
        name="Ynys Môn",
        official_name="Isle of Anglesey County Council / Cyngor Sir Ynys Môn",
    ),
    an_authority(
        "BAS",
        name="Bath & North East Somerset",
        official_name="Bath and North East Somerset Council",
    ),
    an_authority("SAL", name="St Albans", official_name="St. Albans City & District Council"),
    an_authority(
        "KIN",
        name="King's Lynn and West Norfolk",
        official_name="Borough Council of King\u2019s Lynn & West Norfolk",
    ),
    an_authority(
        "peak-district", name="Peak District", official_name="Peak District National Park Authority"
    ),
)


@pytest.fixture
def register_(app: App) -> App:
    """A register in which one authority had another name before."""
    former = an_authority("peak-district", name="Peak Park Joint Planning Board")
    with app.sessions.begin() as session:
        write(session, former)
        write(session, *NAMES)
    return app


@pytest.mark.parametrize(
    ("typed", "code", "how"),
    [
        ("ynm", "YNM", Match.CODE),
        ("YN", "YNM", Match.CODE_BEGINS),
        ("ynys mon", "YNM", Match.NAME_BEGINS),
        ("Ynys Mo\u0302n", "YNM", Match.NAME_BEGINS),
        ("anglesey", "YNM", Match.NAME),
        ("cyngor sir", "YNM", Match.NAME),
        ("sir ynys cyngor", "YNM", Match.NAME),
        ("y ynys cy", "YNM", Match.NAME_BEGINS),
        ("bath and n", "BAS", Match.NAME_BEGINS),
        ("Bath & North", "BAS", Match.NAME_BEGINS),
        ("north east som", "BAS", Match.NAME),
        ("saint alb", "SAL", Match.NAME_BEGINS),
        ("st. albans", "SAL", Match.NAME_BEGINS),
        ("kings lynn", "KIN", Match.NAME_BEGINS),
        ("king\u2019s lynn & west", "KIN", Match.NAME_BEGINS),
        ("Peak-D", "peak-district", Match.CODE_BEGINS),
        ("joint planning", "peak-district", Match.FORMER_NAME),
    ],
)
def test_what_is_typed_finds_the_name_as_people_spell_it(
    register_: App, typed: str, code: str, how: Match
) -> None:
    with register_.sessions.read() as session:
        [(authority, found_how)] = authorities.found(session, Sought.of(typed), limit=5)
    assert (authority.code, found_how) == (code, how)


@pytest.mark.parametrize(
    "typed", ["", "   ", "oxford", "mon mon mon", "%", "_", "\x00", "and", "|", "=", "alb alb alb"]
)
def test_what_is_typed_finds_nothing_else(register_: App, typed: str) -> None:
    with register_.sessions.read() as session:
        assert authorities.found(session, Sought.of(typed), limit=5) == []
        assert authorities.count_found(session, Sought.of(typed)) == 0


def test_an_authority_is_found_by_the_name_that_it_had(app: App) -> None:
    with app.sessions.begin() as session:
        write(session, an_authority("OXO", name="Oxenford", official_name="City of Oxenford"))
        write(session, an_authority("OXO", name="Oxford", official_name="City of Oxenford"))
        write(session, an_authority("OXO"))
        write(session, an_authority("OXO"))
    [hit] = found(app, "oxenf").hits
    assert (hit.former, hit.authority.name) == ("Oxenford", "Oxford")
    assert hit.authority.former_names == ("Oxenford", "City of Oxenford")


def test_the_code_comes_first_and_the_abolished_after_those_that_exist(app: App) -> None:
    with app.sessions.begin() as session:
        gone = an_authority("AYL", name="Somerset West", last_day=date(2019, 3, 31))
        write(session, gone, an_authority("SOM", name="Somerset"), an_authority("SO", name="Xyz"))
    assert codes(found(app, "so")) == ["SO", "SOM", "AYL"]


def test_a_slip_finds_what_is_spelt_nearly_so(app: App) -> None:
    with app.sessions.begin() as session:
        register(session, "OXO", "ADU")
    near = found(app, "Oxfrod")
    assert (codes(near), near.is_near) == (["OXO"], True)
    assert found(app, "").hits == ()


def test_only_the_first_are_shown_and_the_others_counted(app: App) -> None:
    with app.sessions.begin() as session:
        write(session, *(an_authority(f"X{number:02}", name="Test") for number in range(30)))
    many = found(app, "test")
    assert (len(many.hits), many.count) == (20, 30)


def test_authorities_are_listed_by_name_a_page_at_a_time(app: App) -> None:
    with app.sessions.begin() as session:
        register(session, "OXO", "ADU", "WOT")
        write(session, an_authority("CMD", last_day=date(2020, 1, 1)), an_authority("BIR"))
        first = authorities.page(session, after=None, limit=3)
        rest = authorities.page(session, after=first[-1].code, limit=3)
        vacant = authorities.without_contact(session, "chief executive", date(2020, 7, 1))
    assert [each.code for each in (*first, *rest)] == ["ADU", "BIR", "CMD", "OXO", "WOT"]
    assert [each.code for each in vacant] == ["BIR"]
