from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.register.names import oddities
from tests.factories import a_contact

MISSING = "stands for one that is missing"


def of(**parts: str | None) -> tuple[str, ...]:
    usual: dict[str, Any] = {"honorific": "Ms", "given_name": "Jo", "surname": "Smith"}
    return oddities(a_contact(**{**usual, **parts}))


@pytest.mark.parametrize(
    ("surname", "said"),
    [
        *((each, MISSING) for each in ("null", "None", "N/A", "NA", "nan", "TBC", "t.b.a.")),
        *((each, MISSING) for each in ("vacant", "(Vacant)", "to be  confirmed", "Post Holder")),
        *((each, MISSING) for each in ("-", "?", "...", "\u2014", "Test", "Interim", "#REF!")),
        *((each, "is a formula") for each in ("=1+1", "@SUM(A1)", "+44", "-1", "%s")),
        ("Smith&amp;", "holds markup"),
        ("{{family}}", "holds markup or a symbol: {"),
        ("[Jo](http://x.example)", "holds markup or a symbol: ["),
        ("\u00abSurname\u00bb", "holds markup or a symbol"),
        ("jo@x.example", "holds markup or a symbol: @"),
        ("Sm1th", "holds a digit"),
        ("Smith (interim)", "a sign that does not belong in a name: ("),
        ("Smith/Jones", "a sign that does not belong in a name: /"),
        ("Smith, Jo", "a sign that does not belong in a name: ,"),
        ("Si\u2030n", "a sign that does not belong in a name: \u2030"),
        ("Sm\u0456th", "CYRILLIC"),
        ("SMITH", "is all in capitals"),
        ("O\u2019BRIEN-JONES", "is all in capitals"),
        ("smith", "is all in small letters"),
        ("sMITH", "has its capitals the wrong way round"),
        ("Mrs Smith", "begins with an honorific"),
        ("Dame", "begins with an honorific"),
        ("Smith OBE", "ends with OBE, which a greeting does not have"),
        ("Jo Smith", "holds the given name as well"),
        ("Executive", "is a role and not a name"),
        ("Monitoring Officer", "is a role and not a name"),
        ("Town Clerk", "is a role and not a name"),
    ],
)
def test_what_is_not_a_name_or_is_written_wrongly_is_said(surname: str, said: str) -> None:
    [found] = of(surname=surname)
    assert found.startswith(f'surname "{surname}" ')
    assert said in found


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"given_name": "JANE"}, 'given name "JANE" is all in capitals'),
        ({"given_name": "<b>Jo</b>"}, 'given name "<b>Jo</b>" holds markup or a symbol: <'),
        ({"given_name": "Cllr Jo"}, 'given name "Cllr Jo" begins with an honorific'),
        ({"given_name": "Head of", "surname": "Service"}, "is a role and not a name"),
        ({"given_name": "Town", "surname": "Clerk"}, 'name "Town Clerk" is a role and not a name'),
        ({"honorific": "MR"}, 'honorific "MR" is all in capitals'),
        ({"honorific": "Mrr"}, 'honorific "Mrr" is not a usual honorific'),
        ({"honorific": "Chief Executive"}, 'honorific "Chief Executive" is not a usual honorific'),
        ({"honorific": "Sir", "given_name": None}, 'honorific "Sir" goes with a given name'),
        ({"job_title": "TBC"}, f'job title "TBC" {MISSING}'),
        ({"job_title": "CHIEF EXECUTIVE"}, 'job title "CHIEF EXECUTIVE" is all in capitals'),
        ({"job_title": "chief executive"}, "is all in small letters"),
    ],
)
def test_each_part_of_a_name_is_judged(parts: dict[str, str | None], said: str) -> None:
    assert said in " ".join(of(**parts))


@pytest.mark.parametrize(
    "surname",
    [
        *("van der Berg", "d'Arcy", "D\u2019Arcy", "McDonald", "MacLeod", "O'Brien", "ap Rhys"),
        *("\u00d3 S\u00failleabh\u00e1in", "M\u00fcller-Lee", "St. John", "ffoulkes", "Ng"),
        *("Na", "Head", "Major", "Lord", "Bishop", "Clerk", "Leader-Smith"),
    ],
)
def test_names_of_many_kinds_have_nothing_odd(surname: str) -> None:
    assert of(surname=surname) == ()


@pytest.mark.parametrize(
    "parts",
    [
        {"given_name": "J. P."},
        {"given_name": "JP"},
        {"given_name": "Dean"},
        {"honorific": None, "given_name": None, "surname": None},
        *(
            {"honorific": each}
            for each in ("Prof.", "Cllr Dr", "Professor Dame", "The Rt Hon", "Lt Col", "Baroness")
        ),
        {"job_title": "CEO"},
        {"job_title": "Town Clerk & Chief Executive"},
    ],
)
def test_parts_of_many_kinds_have_nothing_odd(parts: dict[str, str | None]) -> None:
    assert of(**parts) == ()
