"""The letters that the templates must be able to write, by the numbers of the domain's list.

Names and figures are those of the published cases; where a figure of a box was not published,
one that fits the others stands in. The people besides the seed's are invented.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from dispatch.domain.letter import Content, Table
from dispatch.domain.mailout import Signatory
from dispatch.domain.register.authority import Authority, Contact
from tests.documents.contents import MITCHELL, a_content, about, boxes

LATER_YEARS: Final = {
    2018: (date(2018, 7, 18), date(2018, 7, 25)),
    2019: (date(2019, 7, 24), date(2019, 7, 31)),
    2021: (date(2021, 7, 21), date(2021, 7, 28)),
    2022: (date(2022, 7, 20), date(2022, 7, 27)),
    2023: (date(2023, 7, 19), date(2023, 7, 26)),
    2025: (date(2025, 5, 21), date(2025, 5, 28)),
}


def of_year(year: int, content: Content) -> Content:
    """Return the letter as if it had been written in another year."""
    letter_date, upload_date = LATER_YEARS[year]
    return replace(
        content,
        title=f"Annual Review letter {year}",
        year=f"{year - 1}-{year % 100}",
        year_end=date(year, 3, 31),
        letter_date=letter_date,
        upload_date=upload_date,
    )


def a_council(name: str, code: str = "ABC", **changes: date | tuple[str, ...]) -> Authority:
    return Authority(code=code, name=name, official_name=name, **changes)  # type: ignore[arg-type]


OKAFOR: Final = Contact(
    authority="ABC",
    role="chief executive",
    address="chief.executive@buckinghamshire.example",
    honorific="Ms",
    given_name="Ada",
    surname="Okafor",
    job_title="Chief Executive",
)
LONDON: Final = "London Borough"
DISTRICT: Final = "District Council"
BUCKINGHAMSHIRE: Final = a_council("Buckinghamshire Council", "BUC")
SOMERSET_WEST: Final = a_council("Somerset West and Taunton Council", "SWT")
WEST_NORTHANTS: Final = a_council("West Northamptonshire Council", "WNT")
ABOLISHED_2019: Final = date(2019, 3, 31)
ABOLISHED_2020: Final = date(2020, 3, 31)
ABOLISHED_2021: Final = date(2021, 3, 31)
SOME_UPHELD: Final = boxes((14, 20, 77), (13, 13, 99), (2, 14, 15))
PEAK: Final = Authority(
    code="peak-district",
    name="Peak District",
    official_name="Peak District National Park Authority",
    kind="national park authority",
)

BESPOKE: Final = {
    "V7": "It is disappointing that in 5 of 16 cases your Council complied with our "
    "recommendations late, for the second year running.",
    "V8": "Your Council left 2 of our enquiries unanswered and answered 7 of them late.",
    "V9": "Last year I criticised how long your Council took to reply. I am glad to see that its "
    "replies have since been prompt.",
    "V10": "In several cases payments that your Council had agreed to make were made late.",
    "V11": "During the year we issued a [public report](https://www.lgo.example/report-22) on your "
    "Council's housing service.",
    "V12": "One service stood out: *waste collection* gave rise to more complaints than any other.",
    "V13": "I have no concerns about how your Council works with us.",
    "V18": "The figures for your Council include 1 complaint about its housing company.",
}

VARIANTS: Final[dict[str, Content]] = {
    "V1": a_content(),
    "V2": of_year(
        2022,
        about(
            "Northampton Borough Council",
            authority=a_council(
                "Northampton Borough Council",
                "NOR",
                last_day=ABOLISHED_2021,
                successors=("WNT",),
            ),
            addressed_to=WEST_NORTHANTS,
            boxes=boxes((2, 4, 51), (0, 0, 100), (0, 2, 20)),
        ),
    ),
    "V3": of_year(
        2023,
        about(
            "London Borough of Camden", LONDON, boxes=boxes((14, 20, 77), (13, 13, 99), (0, 14, 15))
        ),
    ),
    "V4": of_year(
        2025,
        about(
            "Cambridge City Council",
            tables=(Table(key="received", rows=(("housing", 9), ("planning", 6)), total=15),),
        ),
    ),
    "V5": of_year(2019, about("Hyndburn Borough Council", boxes=boxes((0, 4, 43)))),
    "V6": of_year(
        2021,
        about(
            "Bristol City Council",
            "Unitary Council",
            boxes=boxes((25, 30, 63), (18, 20, 99), (4, 25, 10)),
        ),
    ),
    "V7": of_year(2025, about("London Borough of Waltham Forest", LONDON, boxes=SOME_UPHELD)),
    "V8": of_year(2023, about("London Borough of Ealing", LONDON, boxes=SOME_UPHELD)),
    "V9": of_year(2023, about("Epsom and Ewell Borough Council", boxes=SOME_UPHELD)),
    "V10": of_year(2025, about("London Borough of Waltham Forest", LONDON, boxes=SOME_UPHELD)),
    "V11": of_year(2023, about("London Borough of Ealing", LONDON, boxes=SOME_UPHELD)),
    "V12": about(
        "Birmingham City Council",
        "Metropolitan Borough",
        boxes=boxes((119, 153, 67), (90, 90, 99), (8, 119, 11)),
    ),
    "V13": about("Adur District Council"),
    "V14": a_content(),
    "V15": of_year(
        2019,
        about(
            "Taunton Deane Borough Council",
            authority=a_council(
                "Taunton Deane Borough Council",
                "TAU",
                last_day=ABOLISHED_2019,
                successors=("SWT",),
            ),
            addressed_to=SOMERSET_WEST,
            addressee=replace(OKAFOR, authority="SWT"),
            boxes=boxes((3, 5, 43), (2, 2, 99), (0, 3, 8)),
        ),
    ),
    "V16": about(
        "Chiltern District Council",
        authority=a_council(
            "Chiltern District Council", "CHN", last_day=ABOLISHED_2020, successors=("BUC",)
        ),
        addressed_to=BUCKINGHAMSHIRE,
        addressee=OKAFOR,
        boxes=boxes((1, 2, 45), (0, 0, 99), (1, 1, 11)),
    ),
    "V17": about(
        PEAK.official_name,
        None,
        authority=PEAK,
        addressed_to=PEAK,
        boxes=boxes((1, 2, None), (1, 1, None), (0, 1, None)),
    ),
    "V18": of_year(
        2022,
        about(
            "North East Derbyshire District Council",
            boxes=boxes((1, 2, 51), (1, 1, 100), (0, 1, 20)),
        ),
    ),
    "V19": of_year(
        2022,
        about("West Devon Borough Council", boxes=boxes((1, 1, 51), (1, 1, 100), (1, 1, 20))),
    ),
    "V20": about(PEAK.official_name, None, authority=PEAK, addressed_to=PEAK),
    "V21": a_content(version=2),
    "V22": of_year(
        2023,
        about(
            "London Borough of Ealing",
            LONDON,
            boxes=SOME_UPHELD,
            addressee=MITCHELL,
            signatory=Signatory(
                name="Nigel Ellis-Brown", lines=("Director, for the Ombudsman",), signature=None
            ),
        ),
    ),
}
for _number, _paragraph in BESPOKE.items():
    VARIANTS[_number] = replace(VARIANTS[_number], bespoke=_paragraph)
