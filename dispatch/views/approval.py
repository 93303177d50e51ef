"""What is approved, in numbers and sentences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from dispatch.domain.calendar import day_in_words
from dispatch.domain.jobs.job import Job, JobState
from dispatch.domain.letters.numbers import GroupNumbers, Numbers
from dispatch.domain.mailout import Plan
from dispatch.domain.register.figures import percent
from dispatch.domain.wording.counts import counted
from dispatch.domain.wording.sentences import capitalised
from dispatch.letters.changed import Changed
from dispatch.letters.store.oddest import Row
from dispatch.views.mailouts import departure
from dispatch.views.oddities import reasons


def sentence(plan: Plan, numbers: Numbers, now: datetime) -> str:
    """Say what goes to how many, when, and when it is public."""
    letters = counted(numbers.letters, "letter", "letters")
    addresses = counted(numbers.recipients, "address", "addresses")
    verb = "leaves" if numbers.letters == 1 else "leave"
    return (
        f"{letters} to {addresses} {verb} {departure(plan, now)}, and all is public on "
        f"{day_in_words(plan.upload_date)}."
    )


def will_happen(plan: Plan, now: datetime) -> str:
    """Say what an approval leads to, and until when it can be stopped."""
    return (
        f"Once you or somebody else has scheduled them, the clock releases the letters "
        f"{departure(plan, now)}. You can pause until the last one has left. A letter that has "
        f"left cannot be called back."
    )


def group_rows(numbers: Numbers) -> list[tuple[str, str, str, str]]:
    """Return a row for each group: its letters, and its first measure now and before."""
    return [
        (
            each.name or "No group",
            f"{each.letters:,}",
            _share(each.count, each.base),
            _before(each),
        )
        for each in numbers.groups
    ]


def _before(group: GroupNumbers) -> str:
    known = group.count_before or group.base_before
    return _share(group.count_before, group.base_before) if known else "not known"


def _share(count: int, base: int) -> str:
    return f"{count:,} of {base:,} ({percent(count, base)}%)" if base else "none"


def facts(numbers: Numbers) -> list[tuple[str, str]]:
    """Return what else the letters are in numbers: a label and a value for each line."""
    wrong = numbers.not_adding_up
    return [
        ("Nothing to report", _letters(numbers.without_cases)),
        ("Own paragraph", _letters(numbers.own_paragraphs)),
        ("Attachments", _letters(numbers.attached)),
        ("Made-up figures", _letters(numbers.made_up)),
        ("Figures that do not add up", f"{len(wrong)}: {', '.join(wrong)}" if wrong else "none"),
        ("Letters that could not be made", "none"),
    ]


def _letters(count: int) -> str:
    return counted(count, "letter", "letters") if count else "none"


RULES: Final = "PDF/UA-1"


def check_said(check: Job | None) -> str:
    """Say how far the check of the PDFs is, and what came out."""
    later = "those that are not checked yet are checked when you approve"
    if check is None:
        return f"No worker has checked the PDFs: {later}."
    match check.state:
        case JobState.WAITING:
            return f"A worker will check the PDFs soon: {later}."
        case JobState.RUNNING:
            return f"{check.done:,} of {check.of:,} PDFs are checked: {later}."
        case JobState.FAILED:
            return f"The check of the PDFs failed: {later}."
    result = check.result or {}
    letters, wrong = result.get("letters", 0), result.get("failures", [])
    if wrong:
        return f"The PDFs break {counted(len(wrong), 'rule', 'rules')} of {RULES}."
    return f"All {letters:,} PDFs pass {RULES}, the rules of accessible PDF."


def failures(check: Job | None) -> list[str]:
    """Return each rule that a PDF breaks, with the code of its letter."""
    return list((check.result or {}).get("failures", [])) if check else []


def looked_said(looked_at: int, count: int) -> str:
    """Say how many letters the person has looked at."""
    if not count:
        return "There is nothing odd, and no letter to draw."
    return f"You have looked at {looked_at} of {count}. The record of the approval will say so."


def reasons_of(row: Row) -> str:
    """Say what is odd about a letter of the list."""
    return capitalised("; ".join(reasons(row.oddities))) or "Nothing odd"


def what_changed(changed: Changed) -> str:
    """Say what differs from the letter that was approved."""
    return "; ".join(changed.what) if changed.what else "new: it was not among those approved"


def in_fours(digest: str) -> str:
    """Return a digest in groups of four, to be read over the telephone."""
    return " ".join(_fours(digest))


def _fours(digest: str) -> Iterator[str]:
    for first in range(0, len(digest), 4):
        yield digest[first : first + 4]
