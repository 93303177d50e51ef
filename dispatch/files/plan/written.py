"""Write a plan as its TOML file, with the files beside it: read again, they give the same plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import tomli_w

from dispatch.domain import calendar
from dispatch.domain.mailout import SIMILAR, Averaging, Plan, Signatory
from dispatch.domain.publishing.spreadsheet import to_csv
from dispatch.domain.register.figure_set import FigureSet
from dispatch.domain.register.figures import Measure

HEAD: Final = """\
# The plan of {name}, as dispatch has it; `dispatch mailout new` reads it.
# What each key means is in config/mailouts/annual-review-2020.toml. Times are London's.
"""

AVERAGES: Final = "averages.csv"


def table_of(plan: Plan) -> dict[str, Any]:
    """Return the keys of a plan's file, with their values."""
    beside = {
        "bespoke": f"{plan.name}/bespoke" if plan.bespoke else None,
        "attachments": f"{plan.name}/attachments" if plan.attachments else None,
    }
    return {
        "name": plan.name,
        "title": plan.title,
        "template": plan.template,
        "year": plan.year,
        "year_end": plan.year_end,
        "groups": list(plan.groups),
        **_said(beside),
        "auto_submitted": plan.is_auto_submitted,
        **_said({"map": plan.map or None}),
        "dates": _dates(plan),
        **_said({"reminders": _reminders(plan)}),
        "recipients": {
            "to": list(plan.to_roles),
            "cc": list(plan.cc_roles),
            **({"own_roles": list(plan.own_roles)} if plan.own_roles else {}),
        },
        "inclusion": {
            "kinds": list(plan.inclusion.kinds),
            "minimum": dict(plan.inclusion.minimum),
            "without": sorted(plan.inclusion.without),
            **({"below": "letter"} if plan.inclusion.writes_below else {}),
        },
        **_said({"figures": _figures(plan.figures) if plan.figures else None}),
        "averages": {
            **averages_of(plan.name, plan.averaging),
            **({"with_previous": True} if plan.with_previous else {}),
            **({"called": plan.averages_called} if plan.averages_called != SIMILAR else {}),
        },
        "measures": [_measure(each) for each in plan.measures],
        **({"names": names} if (names := _names(plan)) else {}),
        **_languages(plan),
        "signatory": _signatories(plan),
        "constants": dict(plan.constants),
    }


def averages_of(name: str, averaging: Averaging) -> dict[str, str]:
    """Return the table `averages` of a plan's file."""
    is_given = averaging is Averaging.GIVEN
    file = f"{name}/{AVERAGES}" if is_given else None
    return _said({"method": averaging.value, "file": file})


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys that have a value: TOML has no word for none."""
    return {key: value for key, value in values.items() if value is not None}


def _figures(figures: FigureSet) -> dict[str, Any]:
    return {
        "counts": dict(figures.counts),
        "tables": [
            {"key": each.key, "title": each.title, "rows": dict(each.rows)}
            for each in figures.tables
        ],
        "sums": {name: list(parts) for name, parts in figures.sums.items()},
        "shown": list(figures.shown),
        "not_above": [list(pair) for pair in figures.not_above],
    }


def _languages(plan: Plan) -> dict[str, Any]:
    if not plan.languages:
        return {}
    return {
        "languages": {
            "order": list(plan.languages),
            "by_contact": plan.language_choice.value,
            "pdf": "one" if plan.is_one_pdf else "each",
        },
        "translations": {
            language: {"words": dict(given.words), "constants": dict(given.constants)}
            for language, given in plan.translations.items()
        },
    }


def bespoke_of(plan: Plan) -> dict[str, str]:
    """Return the paragraphs for single authorities by code, those in a translation by `CODE.cy`."""
    return dict(plan.bespoke) | {
        f"{code}.{language}": text
        for language, given in plan.translations.items()
        for code, text in given.bespoke.items()
    }


def _names(plan: Plan) -> dict[str, str]:
    return _said({"pdf": plan.pdf_name or None, "public": plan.public_name or None})


def _dates(plan: Plan) -> dict[str, Any]:
    hours = plan.sending_hours
    return _said(
        {
            "letter": plan.letter_date,
            "send_at": plan.send_at,
            "sending_hours": str(hours) if hours else None,
            "sending_days": plan.sending_days.value,
            "extra_holidays": list(plan.extra_holidays),
            "first_letters_minutes": plan.first_letters_minutes,
            "confirm_days": plan.confirm_days,
            "not_after": calendar.local(plan.not_after).replace(tzinfo=None, fold=0),
            "upload": plan.upload_date,
        }
    )


def _reminders(plan: Plan) -> dict[str, Any] | None:
    if plan.reminders is None:
        return None
    return {
        "hours": [f"{hour:%H:%M}" for hour in plan.reminders.hours],
        "working_days_only": plan.reminders.is_working_days_only,
    }


def _measure(measure: Measure) -> dict[str, Any]:
    return {
        "key": measure.key,
        "title": measure.title,
        "count": measure.count,
        "base": measure.base,
        "by_residents": measure.is_by_residents,
    }


def _signatories(plan: Plan) -> dict[str, Any]:
    substitutes = {code: _signatory(each) for code, each in plan.substitutes.items()}
    return {**_signatory(plan.signatory), **_said({"substitutes": substitutes or None})}


def _signatory(signatory: Signatory) -> dict[str, Any]:
    picture = {"signature": signatory.signature}
    return {"name": signatory.name, "lines": list(signatory.lines), **_said(picture)}


def toml(plan: Plan) -> bytes:
    """Return a plan's TOML file."""
    table = table_of(plan)
    text = tomli_w.dumps(table, multiline_strings=not _has_returns(table))
    return (HEAD.format(name=plan.name) + "\n" + text).encode()


def _has_returns(value: object) -> bool:
    """Whether a text has a carriage return: a string over several lines would lose it."""
    match value:
        case str():
            return "\r" in value
        case Mapping():
            return any(map(_has_returns, value.values()))
        case list():
            return any(map(_has_returns, value))
        case _:
            return False


def averages_csv(plan: Plan) -> tuple[str, bytes] | None:
    """Return the file of a plan's published averages, by name and bytes; None if it has none."""
    if not plan.given_averages:
        return None
    rows = [
        {
            "year": plan.year,
            "group": group,
            "measure": key,
            "percent": "" if average.percent is None else str(average.percent),
            "per_100k": average.rate or "",
        }
        for group, averages in plan.given_averages.items()
        for key, average in averages.items()
    ]
    return AVERAGES, to_csv(("year", "group", "measure", "percent", "per_100k"), rows)


def files_of(plan: Plan, documents: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the bytes of a plan's file and of each file beside it.

    `documents` has the attachments' bytes by their SHA-256.
    """
    yield f"{plan.name}.toml", toml(plan)
    for code, paragraphs in sorted(bespoke_of(plan).items()):
        yield f"{plan.name}/bespoke/{code}.md", f"{paragraphs}\n".encode()
    for code, attachments in sorted(plan.attachments.items()):
        for each in attachments:
            yield f"{plan.name}/attachments/{code}/{each.name}", documents[each.sha256]
    if averages := averages_csv(plan):
        name, content = averages
        yield f"{plan.name}/{name}", content
