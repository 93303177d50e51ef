from __future__ import annotations

import re

import pytest

from dispatch.files import authorities, contacts, figures
from dispatch.files.tables.faults import Faulty
from tests.factories import an_authority

KNOWN = {"OXO": an_authority("OXO"), "ADU": an_authority("ADU")}


def said_of(kind: str, text: str) -> str:
    """Return what is wrong in a file, but for its name; nothing if nothing is."""
    content = text.encode()
    try:
        match kind:
            case "authorities":
                authorities.read("a.csv", content)
            case "contacts":
                contacts.read("a.csv", content, known=KNOWN)
            case _:
                figures.read("a.csv", content, known=KNOWN)
    except Faulty as error:
        return "; ".join(f"row {each.row}: {each.rule}" for each in error.faults)
    return ""


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (
            "contacts",
            "authority,role,Email,surname\nOXO,leader,Smith,a@oxo.example\nXXX,cheif,Ng,b@x.example",
            r'the columns "Email" and "surname" look swapped: surname holds email addresses, and',
        ),
        (
            "contacts",
            "role,authority,address\nOXO,chief executive,a@oxo.example\n",
            r'the columns "role" and "authority" look swapped: authority holds roles',
        ),
        (
            "contacts",
            "authority,role,address,title,surname\nOXO,leader,a@oxo.example,Smith,Ms",
            r'the columns "title" and "surname" look swapped: surname holds honorifics',
        ),
        (
            "authorities",
            "code,name,official_name\nOxford,OXO,Oxford City Council\nAdur,ADU,Adur Council",
            r'the columns "code" and "name" look swapped: name holds codes',
        ),
        (
            "authorities",
            "name,official_name\nOxford City Council,Oxford\nAdur Council,Adur",
            r"look swapped: name holds what official_name should in 2 of 2 rows",
        ),
        (
            "authorities",
            (
                "name,official_name,start_date,last_day\nA,A b,2020-01-01,2001-01-01\n"
                "B,B b,2020-01-01,2001-01-01"
            ),
            r'the columns "start_date" and "last_day" look swapped',
        ),
        (
            "figures",
            "authority,year,upheld,investigated\n2019-20,OXO,1,2\n2019-20,ADU,1,2",
            r'the columns "authority" and "year" look swapped',
        ),
    ],
)
def test_two_columns_under_each_others_headings_are_said_alone(
    kind: str, text: str, expected: str
) -> None:
    said = said_of(kind, text)
    assert re.search(expected, said)
    assert re.findall(r"row \d+", said) == ["row 1"]


@pytest.mark.parametrize(
    "text",
    [
        "authority,role,address,surname\nOXO,leader,a@oxo.example,Smith",
        "authority,role,address,surname,job_title\nOXO,leader,a@oxo.example,,leader",
        "authority,role,address,honorific,surname\nOXO,leader,a@oxo.example,,Sir",
    ],
)
def test_columns_in_their_places_are_left_alone(text: str) -> None:
    assert said_of("contacts", text) == ""
