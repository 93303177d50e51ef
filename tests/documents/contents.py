"""Letters' content with everything filled in, so that a test names only what it is about."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from dispatch.documents import Templates
from dispatch.domain.letter import Content, Table
from dispatch.domain.mailout import Signatory
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.figures import Box

FOLDER: Final = Path(__file__).parents[2] / "templates"
TEMPLATES: Final = Templates(FOLDER)

OXFORD: Final = Authority(
    code="OXO", name="Oxford", official_name="Oxford City Council", group="District Council"
)
MITCHELL: Final = Contact(
    authority="OXO",
    role="chief executive",
    address="chief.executive@oxford.example",
    honorific="Mr",
    surname="Mitchell",
    job_title="Interim Chief Executive",
)
KING: Final = Signatory(
    name="Michael King",
    lines=(
        "Local Government and Social Care Ombudsman",
        "Chair, Commission for Local Administration in England",
    ),
    signature="signature.svg",
)
CONSTANTS: Final[dict[str, Any]] = {
    "ombudsman": "Local Government and Social Care Ombudsman",
    "context": (
        "Councils have worked under *exceptional* pressure in recent months, and we considered "
        "with care whether to send this letter at all. We believe that what people tell us about "
        "the services they rely on matters now more than ever, and we hope that this account of "
        "it will help you as you deal with the present and plan for what follows."
    ),
    "map_name": "Your council's performance",
    "map_url": "https://www.lgo.example/your-councils-performance",
    "map_launched": "last year",
    "website_url": "https://www.lgo.example/statistics",
    "review_name": "Review of Local Government Complaints",
    "seminar_places": ["London", "Bristol", "Leeds", "Birmingham"],
    "seminar_delegates": 178,
    "seminar_authorities": 143,
    "courses": 118,
    "people_trained": 1400,
    "courses_more": 47,
    "training_url": "https://www.lgo.example/training",
    "contact_name": "Annual Review team",
    "contact_address": "annual.letters@lgo.example",
    "group_names": [
        "County Councils",
        "District Councils",
        "Metropolitan Boroughs",
        "Unitary Councils",
        "London Boroughs",
    ],
}
TITLES: Final = {
    "upheld": "Complaints upheld",
    "compliance": "Compliance with Ombudsman recommendations",
    "remedies": "Satisfactory remedies provided by the authority",
}

Measured = tuple[int, int, int | None]
"""Count, base, and the average of similar authorities."""


def boxes(
    upheld: Measured = (0, 0, None),
    compliance: Measured = (0, 0, None),
    remedies: Measured = (0, 0, None),
) -> tuple[Box, ...]:
    measured = {"upheld": upheld, "compliance": compliance, "remedies": remedies}
    return tuple(
        Box(key=key, title=TITLES[key], count=count, base=base, average=average)
        for key, (count, base, average) in measured.items()
    )


def a_content(**changes: Any) -> Content:
    """Return Oxford's letter of 2020, which has nothing to report, with `changes`."""
    oxford = Content(
        mailout="annual-2020",
        title="Annual Review letter 2020",
        template="annual-review",
        year="2019-20",
        year_end=date(2020, 3, 31),
        letter_date=date(2020, 7, 22),
        upload_date=date(2020, 7, 29),
        authority=OXFORD,
        addressed_to=OXFORD,
        addressee=MITCHELL,
        group="District Council",
        boxes=boxes(),
        signatory=KING,
        constants=CONSTANTS,
    )
    return replace(oxford, **changes)


def about(name: str, group: str | None = "District Council", **changes: Any) -> Content:
    """Return a letter to an authority by its official name, with `changes`."""
    authority = Authority(code="ABC", name=name, official_name=name, group=group)
    changes.setdefault("authority", authority)
    changes.setdefault("addressed_to", authority)
    return a_content(group=group, **changes)


def flat(text: str) -> str:
    """Return text on one line, so that a test need not know where lines are broken."""
    return " ".join(text.split())


RECEIVED: Final = Table(
    key="received",
    rows=(
        ("adult_care", 51),
        ("benefits_tax", 97),
        ("corporate_other", 18),
        ("education_children", 49),
        ("environment", 93),
        ("highways_transport", 29),
        ("housing", 102),
        ("planning", 13),
        ("other", 3),
    ),
    total=455,
)
DECIDED: Final = Table(
    key="decided",
    rows=(
        ("invalid_incomplete", 21),
        ("advice_given", 34),
        ("referred_back", 221),
        ("closed_after_initial", 93),
        ("not_upheld", 29),
        ("upheld", 43),
    ),
    total=441,
)


def templates_with(tmp_path: Path, **changed: str) -> Templates:
    """Return templates of which one differs: `letter_md="..."` replaces `letter.md`."""
    shutil.copytree(FOLDER / "annual-review", tmp_path / "annual-review", dirs_exist_ok=True)
    for name, text in changed.items():
        path = tmp_path / "annual-review" / name.replace("_", ".")
        path.write_text(text, encoding="utf-8")
    return Templates(tmp_path)


def source(name: str) -> str:
    """Return the text of one of the template's files."""
    return (FOLDER / "annual-review" / name).read_text(encoding="utf-8")
