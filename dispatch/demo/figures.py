"""The sample's figures: published ones as they are, the others drawn at random to fit them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from dispatch.domain.register.figures import FULL, PERCENTAGES, percent

YEAR: Final = "2019-20"

SUBJECTS: Final = (
    "received_adult_care",
    "received_benefits_tax",
    "received_corporate_other",
    "received_education_children",
    "received_environment",
    "received_highways_transport",
    "received_housing",
    "received_planning",
    "received_other",
)

CLOSED_EARLY: Final = {
    "decided_invalid_incomplete": 7,
    "decided_advice_given": 5,
    "decided_referred_back": 52,
    "decided_closed_after_initial": 36,
}
"""How complaints end without an investigation, and out of a hundred how often."""

COUNTS: Final = (
    "received",
    "decided",
    "investigated",
    "upheld",
    "compliance_outcomes",
    "complied",
    "complied_late",
    "remedied",
)
COLUMNS: Final = (
    "authority",
    "year",
    *COUNTS,
    *PERCENTAGES,
    *SUBJECTS,
    *CLOSED_EARLY,
    "decided_not_upheld",
    "decided_upheld",
    "source",
    "note",
    "synthetic",
)
COUNT_COLUMNS: Final = (
    *COUNTS,
    *(name for name in COLUMNS if name.startswith(("received_", "decided_"))),
)
MEASURED: Final = frozenset(
    {"investigated", "upheld", "compliance_outcomes", "complied", "remedied"}
)
"""What a letter of that year needs: figures that hold all of it are left as they are."""

ALL: Final = "all"
INVESTIGATED: Final = 0.27
COMPLIED: Final = 0.993
LATE: Final = 0.03
SPREAD: Final = 0.5
"""Sigma of the log-normal sizes: one authority in six gets over 1.6 times the usual number."""

Row = dict[str, str]
Known = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Profile:
    """What is usual for the authorities of one group."""

    received: int
    upheld: float
    remedied: float
    subjects: tuple[int, ...]
    """How often each of `SUBJECTS`, out of a hundred."""


PROFILES: Final = {
    "District Council": Profile(14, 0.45, 0.18, (0, 19, 12, 0, 19, 3, 18, 27, 2)),
    "County Council": Profile(85, 0.68, 0.08, (32, 0, 5, 42, 3, 14, 0, 2, 2)),
    "Unitary Council": Profile(62, 0.60, 0.11, (18, 12, 8, 20, 12, 11, 7, 11, 1)),
    "Metropolitan Borough": Profile(90, 0.67, 0.11, (17, 13, 8, 22, 14, 10, 8, 7, 1)),
    "London Borough": Profile(125, 0.70, 0.14, (11, 14, 7, 15, 10, 14, 22, 6, 1)),
}
NO_GROUP: Final = Profile(60, 0.60, 0.11, (0, 0, 10, 0, 5, 80, 0, 0, 5))

CASES: Final[tuple[tuple[str, Known], ...]] = (
    # Nothing to report.
    ("District Council", {"investigated": 0, "compliance_outcomes": 0}),
    # Some upheld, and no recommendations due.
    ("District Council", {"investigated": 4, "upheld": 2, "compliance_outcomes": 0}),
    # Some upheld, and none of them put right before.
    ("District Council", {"investigated": 5, "upheld": 3, "remedied": 0}),
    # Received, and none investigated.
    ("District Council", {"received": 8, "investigated": 0, "compliance_outcomes": 2}),
    # Investigated, and none upheld.
    ("District Council", {"investigated": 3, "upheld": 0}),
    # One of one is 100 %.
    ("District Council", {"investigated": 1, "upheld": 1, "compliance_outcomes": 1}),
    # Compliance below 100 %.
    ("Unitary Council", {"compliance_outcomes": 10, "complied": 9}),
    # Complied, but late.
    ("London Borough", {"compliance_outcomes": 16, "complied": 16, "complied_late": 5}),
)
"""Figures that a letter must cope with, given to random councils of a group, with any seed."""

OUTSIDE_THE_YEAR: Final[dict[str, tuple[Known, str]]] = {
    "BUC": (
        dict.fromkeys(("received", "decided", "investigated", "compliance_outcomes"), 0),
        "Began on 1 April 2020, after the year's end",
    ),
    "TAU": ({"received": 2}, "Abolished on 31 March 2019: complaints still open then"),
    "WSO": ({"received": 1}, "Abolished on 31 March 2019: complaints still open then"),
}
"""Councils that did not exist during the year, and why they have figures all the same."""


def figures(seed: int, groups: Mapping[str, str], published: Mapping[str, Row]) -> list[Row]:
    """Return a row for each code in `groups`, which names its group, and in `published`."""
    rng = Random(seed)  # noqa: S311 - reproducible, not secret
    cases = _cases(rng, groups, published)
    rows = []
    for code in dict.fromkeys((*groups, *published)):
        profile = PROFILES.get(groups.get(code, ""), NO_GROUP)
        if code in published:
            rows.append(_published(rng, profile, published[code]))
        else:
            rows.append(_invented(rng, profile, code, *cases.get(code, ({}, ""))))
    return rows


def _cases(
    rng: Random, groups: Mapping[str, str], published: Mapping[str, Row]
) -> dict[str, tuple[Known, str]]:
    cases = dict(OUTSIDE_THE_YEAR)
    for group, known in CASES:
        taken = cases.keys() | published.keys()
        free = [code for code in groups if groups[code] == group and code not in taken]
        cases[rng.choice(free)] = known, ""
    return cases


def _published(rng: Random, profile: Profile, real: Row) -> Row:
    known = {name: int(real[name]) for name in COUNT_COLUMNS if real[name]}
    shown = {name: int(real[name]) for name in PERCENTAGES if real[name]}
    counts = known if known.keys() >= MEASURED else _complete(rng, profile, known, shown)
    made_up = [name for name in COUNT_COLUMNS if name in counts and name not in known]
    return _row(counts, dict(real, synthetic=" ".join(made_up)))


def _invented(rng: Random, profile: Profile, code: str, known: Known, note: str) -> Row:
    counts = _complete(rng, profile, known, {})
    words = {"authority": code, "year": YEAR, "source": "dispatch sample", "note": note}
    return _row(counts, dict(words, synthetic=ALL))


def _row(counts: Known, words: Row) -> Row:
    cells = words | {name: str(count) for name, count in counts.items()}
    return {name: cells.get(name, "") for name in COLUMNS}


def _complete(rng: Random, profile: Profile, known: Known, shown: Known) -> dict[str, int]:
    """Return the known counts and all others, which add up and give the percentages `shown`."""
    counts = dict(known)
    counts.setdefault("received", round(profile.received * rng.lognormvariate(0, SPREAD)))
    counts |= _investigations(rng, profile, counts, shown)
    counts |= _compliance(rng, counts, shown)
    counts.setdefault("complied_late", _share(rng, counts["complied"], LATE))
    counts["decided_upheld"] = counts["upheld"]
    counts["decided_not_upheld"] = counts["investigated"] - counts["upheld"]
    least = sum(count for name, count in counts.items() if name.startswith("decided_"))
    counts.setdefault("decided", max(least, round(counts["received"] * rng.uniform(0.9, 1.1))))
    early = counts["decided"] - counts["investigated"]
    counts |= _spread(rng, early, CLOSED_EARLY, known)
    counts |= _spread(
        rng, counts["received"], dict(zip(SUBJECTS, profile.subjects, strict=True)), known
    )
    return counts


def _investigations(rng: Random, profile: Profile, known: Known, shown: Known) -> dict[str, int]:
    """Return how many were investigated, upheld, and already remedied."""
    if "upheld" in known:
        not_upheld = round(known["upheld"] * (1 / profile.upheld - 1))
        usual = known["upheld"] + known.get("decided_not_upheld", not_upheld)
    else:
        usual = _share(rng, known["received"], INVESTIGATED)
    return next(
        {"investigated": investigated, "upheld": upheld, "remedied": remedied}
        for investigated in _near(usual, known.get("investigated"))
        for upheld in _near(_share(rng, investigated, profile.upheld), known.get("upheld"))
        if _fits(upheld, investigated, shown.get("upheld_pct"))
        for remedied in _near(_share(rng, upheld, profile.remedied), known.get("remedied"))
        if _fits(remedied, upheld, shown.get("remedied_pct"))
    )


def _compliance(rng: Random, known: Known, shown: Known) -> dict[str, int]:
    """Return the year's compliance outcomes, which may be more than it upheld, and those met."""
    usual = _share(rng, known["upheld"], 0.9) + _share(rng, 1, 0.1)
    return next(
        {"compliance_outcomes": outcomes, "complied": complied}
        for outcomes in _near(usual, known.get("compliance_outcomes"))
        for complied in _near(_share(rng, outcomes, COMPLIED), known.get("complied"))
        if _fits(complied, outcomes, shown.get("compliance_pct"))
    )


def _near(usual: int, known: int | None) -> Iterable[int]:
    """Return the known count alone, or enough counts to give any percentage, the usual first."""
    if known is not None:
        return (known,)
    return sorted(range(2 * usual + FULL + 1), key=lambda count: abs(count - usual))


def _fits(count: int, base: int, shown: int | None) -> bool:
    """Whether one count is part of the other, and gives the percentage that was published."""
    if shown is None or count > base:
        return count <= base
    return base > 0 and percent(count, base) == shown


def _share(rng: Random, number: int, probability: float) -> int:
    return sum(rng.random() < probability for _ in range(number))


def _spread(rng: Random, total: int, weights: Known, known: Known) -> dict[str, int]:
    """Return `total` over the rows of a table, of which some may be known."""
    fixed = {row: known[row] for row in weights if row in known}
    rest = {row: weight for row, weight in weights.items() if row not in known}
    drawn = Counter(rng.choices(list(rest), list(rest.values()), k=total - sum(fixed.values())))
    return {row: fixed.get(row, drawn[row]) for row in weights}
