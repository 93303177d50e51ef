"""The sample's contacts: a chief executive and a link officer for each council, all invented.

Some addresses begin with a word that tells the mail catcher how to behave, so that the demo shows
more than success.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Final

Row = dict[str, str]
Name = tuple[str, str, str]
"""Honorific, given name, surname; each may be missing."""

CHIEF: Final = "chief executive"
LINK: Final = "link officer"

MEN: Final = (
    "Ahmed", "Andrew", "Anil", "Daniel", "David", "Dewi", "Emeka", "Hassan", "Ian", "James",
    "Jaswinder", "Kwame", "Li", "Mark", "Michael", "Mohammed", "Paul", "Rajesh", "Stephen",
    "Tomasz",
)  # fmt: skip
WOMEN: Final = (
    "Aisha", "Amanda", "Bronwen", "Catherine", "Fatima", "Gillian", "Grace", "Helen", "Joanna",
    "Karen", "Mei", "Nneka", "Olivia", "Priya", "Rachel", "Ruth", "Siân", "Sunita", "Yasmin", "Zoë",
)  # fmt: skip
SURNAMES: Final = (
    "Adeyemi", "Ahmed", "Begum", "Brown", "Chaudhry", "Clarke", "Davies", "Evans", "Green", "Hall",
    "Hughes", "Hussain", "Jackson", "Johnson", "Jones", "Kaur", "Khan", "Kowalski", "Lee", "Lewis",
    "Lloyd-Jones", "MacDonald", "Martin", "Mensah", "Moore", "Nguyen", "O'Brien", "Okafor", "Patel",
    "Roberts", "Robinson", "Shah", "Singh", "Smith", "Taylor", "Thomas", "Walker", "White",
    "Williams", "Wilson", "Wright", "Zając",
)  # fmt: skip
GIVEN_NAMES: Final = {"Mr": MEN, "Sir": MEN, "Ms": WOMEN, "Mrs": WOMEN, "Dame": WOMEN}
"""Which names go with an honorific; any go with the others."""

NAMELESS: Final = "nameless"
HONORIFICS: Final = ("Mr", "Mr", "Mr", "Ms", "Ms", "Mrs")
RARE_HONORIFICS: Final = {"Dr": 12, "Mx": 4, "Sir": 2, "Dame": 2, "": 6, NAMELESS: 8}
CHIEF_TITLES: Final = ("Chief Executive",)
RARE_CHIEF_TITLES: Final = {
    "Interim Chief Executive": 9,
    "Managing Director": 7,
    "Chief Executive and Head of Paid Service": 6,
    "Acting Chief Executive": 3,
    "Town Clerk & Chief Executive": 2,
}
LINK_TITLES: Final = ("Link Officer", "Complaints Manager", "Customer Relations Manager")

BEHAVIOURS: Final = {"refuse": 3, "defer": 6, "slow": 3, "drop": 2}
"""How many mailboxes the catcher treats in a special way, by the word that their address begins
with. The first of each is a chief executive's."""

SPARED: Final = frozenset({"OXO", "ADU", "WOT", "BIR", "BUC", "SWT"})
"""Councils with ordinary mailboxes: those in the documentation, or that get several letters."""

OXFORD: Final[tuple[Name, str]] = ("Mr", "", "Mitchell"), "Interim Chief Executive"
"""The addressee of the real letter of 22 July 2020."""

SHARED: Final = "adur-worthing"
"""The one mailbox of two councils' one chief executive, who gets a letter for each."""


def contacts(seed: int, councils: Mapping[str, Row]) -> list[Row]:
    """Return two contacts for each council, given its code and a row with its `slug`."""
    rng = Random(seed)  # noqa: S311 - reproducible, not secret
    chiefs = _chiefs(rng, councils)
    links = {code: _link(rng, code, council["slug"]) for code, council in councils.items()}
    for word, (code, role) in _behaviours(rng, councils):
        row = chiefs[code] if role == CHIEF else links[code]
        row["address"] = f"{word}.{row['address']}"
    return [row for code in councils for row in (chiefs[code], links[code])]


def _chiefs(rng: Random, councils: Mapping[str, Row]) -> dict[str, Row]:
    honorifics = _shuffled(rng, len(councils), RARE_HONORIFICS, HONORIFICS)
    titles = _shuffled(rng, len(councils), RARE_CHIEF_TITLES, CHIEF_TITLES)
    people = {
        code: (_name(rng, honorific), title)
        for code, honorific, title in zip(councils, honorifics, titles, strict=True)
    }
    people["OXO"] = OXFORD
    people["WOT"] = people["ADU"]
    mailboxes = {code: council["slug"] for code, council in councils.items()}
    mailboxes["ADU"] = mailboxes["WOT"] = SHARED
    return {
        code: _row(code, CHIEF, f"chief.executive@{mailboxes[code]}.example", *people[code])
        for code in councils
    }


def _link(rng: Random, code: str, slug: str) -> Row:
    name = _name(rng, rng.choice(HONORIFICS))
    return _row(code, LINK, f"link.officer@{slug}.example", name, rng.choice(LINK_TITLES))


def _behaviours(rng: Random, councils: Mapping[str, Row]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield which mailbox, by code and role, begins with which word; none with two."""
    codes = iter(rng.sample(sorted(councils.keys() - SPARED), sum(BEHAVIOURS.values())))
    for word, number in BEHAVIOURS.items():
        roles = (CHIEF, *rng.choices((CHIEF, LINK), k=number - 1))
        yield from ((word, (next(codes), role)) for role in roles)


def _shuffled(rng: Random, size: int, rare: Mapping[str, int], common: Sequence[str]) -> list[str]:
    """Return `size` words in random order: each rare one as often as it says."""
    words = [word for word, number in rare.items() for _ in range(number)]
    words += rng.choices(common, k=size - len(words))
    rng.shuffle(words)
    return words


def _name(rng: Random, honorific: str) -> Name:
    if honorific == NAMELESS:
        return "", "", ""
    given_name = rng.choice(GIVEN_NAMES.get(honorific, MEN + WOMEN))
    return honorific, given_name, rng.choice(SURNAMES)


def _row(code: str, role: str, address: str, name: Name, job_title: str) -> Row:
    honorific, given_name, surname = name
    return {
        "authority": code,
        "role": role,
        "address": address,
        "honorific": honorific,
        "given_name": given_name,
        "surname": surname,
        "job_title": job_title,
    }
