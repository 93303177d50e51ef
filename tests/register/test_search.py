from __future__ import annotations

from datetime import date

from dispatch.app import App
from dispatch.database import Session
from dispatch.domain.register.authority import Authority
from dispatch.domain.register.comparison import Comparison
from dispatch.register.imports import KINDS
from dispatch.register.search import Found, search
from dispatch.register.store import authorities
from tests.factories import a_source_file, an_authority, register


def write(session: Session, *coming: Authority) -> Comparison[Authority]:
    kind = KINDS["authorities"]
    comparison = kind.compare(kind.present(session), coming)
    authorities.write(session, comparison, a_source_file(session))
    return comparison


def found(app: App, typed: str) -> Found:
    with app.sessions.read() as session:
        return search(session, typed)


def codes(found: Found) -> list[str]:
    return [hit.authority.code for hit in found.hits]


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
