"""The forms of a plan, one for each group of the keys of its TOML file.

A field is named as its key is, with two underscores for the full stop: `dates__letter`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any, ClassVar, Final

from wtforms import (
    BooleanField,
    Field,
    FileField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined] # old stubs
from wtforms.fields.core import UnboundField

from dispatch.domain.register.authority import ROLES
from dispatch.domain.wording.sentences import capitalised
from dispatch.files.tables.faults import Fault, shorten
from dispatch.web.forms import Confirmation
from dispatch.web.plans.fields import Day, Days, Hour, Hours, Lines, Moment, Prose, Text, Whole

DOT: Final = "__"
"""Stands in a field's name for the full stop of its key."""

Table = Mapping[str, Any]
"""The keys of a plan's file, with their values."""


class PlanForm(Confirmation):
    """A form for some keys of a plan. Its digest is of the plan that it was filled from."""

    agreed = HiddenField()
    """The digest of the proposal that the person has seen; empty before there is one."""

    BESIDE: ClassVar[frozenset[str]] = frozenset({"digest", "agreed", "csrf_token"})
    """Fields that do not stand for a key."""
    OPTIONAL: ClassVar[frozenset[str]] = frozenset()
    """Keys that are left out if their field is empty."""
    PLACES: ClassVar[Mapping[str, str]] = {}
    """The field at which a fault of another key is shown."""

    @classmethod
    def filled_from(cls, table: Table) -> dict[str, Any]:
        """Return what the fields hold at first."""
        fields = [name for name in dir(cls) if isinstance(getattr(cls, name), UnboundField)]
        names = [name for name in fields if name not in cls.BESIDE]
        return {name: _value(table, name.replace(DOT, ".")) for name in names}

    def keys(self) -> dict[str, Any]:
        """Return what the form makes of each of its keys; None leaves it out."""
        values = {field.name.replace(DOT, "."): field.data for field in self._of_keys()}
        return {
            key: None if key in self.OPTIONAL and not value else value
            for key, value in values.items()
        }

    def blame(self, faults: Iterable[Fault]) -> list[str]:
        """Show each fault at its field; return those that belong to none of them."""
        left = []
        for fault in faults:
            field = self._field_of(fault.column or "")
            if field is None:
                left.append(f"{fault.column}{_said(fault)}")
            else:
                field.errors = [*field.errors, f"{field.label.text}{_said(fault)}"]
        return left

    def _named(self, name: str) -> Field:
        field: Field = self[name]
        return field

    def _of_keys(self) -> Iterator[Field]:
        return (field for field in self if field.name not in self.BESIDE)

    def _field_of(self, column: str) -> Field | None:
        for field in self._of_keys():
            key = field.name.replace(DOT, ".")
            if column == key or column.startswith((f"{key}.", f"{key}[")):
                return field
        for place, name in self.PLACES.items():
            if column.startswith(place):
                return self._named(name)
        inside = (field for field in self._of_keys() if field.name.startswith(column + DOT))
        return next(inside, None) if column else None


def _value(table: Table, key: str) -> Any:  # noqa: ANN401 - whatever the file may have there
    found: Any = table
    for part in key.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _said(fault: Fault) -> str:
    """Return what is wrong, to read on from the name of the field."""
    return f" {fault.rule}" if fault.value is None else f": “{shorten(fault.value)}” {fault.rule}"


class About(PlanForm):
    """What the mailout is called, and which year it is about."""

    title = Text("Title", description="What the letter and its email are called.")
    year = Text("Year of the figures", description="For example, 2019-20.")
    year_end = Day("The day on which that year ended")
    template = SelectField(
        "Wording", description="The folder of templates that the letters are made from."
    )
    map = SelectField(
        "Map on the public pages", description="Without one there is a list of authorities alone."
    )

    OPTIONAL: ClassVar = frozenset({"map"})


class Dates(PlanForm):
    """When the letters go, and when all is public."""

    dates__letter = Day("Letter date")
    dates__send_at = Hour("Time at which they go", description="London's time.")
    dates__not_after = Moment(
        "Stop trying at",
        description="What no mail server has taken by then is not sent. At the latest on the day "
        "of the upload.",
    )
    dates__upload = Day(
        "Upload date", description="The letters and figures become public; the letter names it."
    )


class Sending(PlanForm):
    """At which hours and on which days letters leave."""

    opens = Hour("Letters leave from", description="Leave both empty for any hour.")
    closes = Hour("Until")
    dates__sending_days = RadioField(
        "Days",
        choices=[
            SelectChoice("working", "Working days in England"),
            SelectChoice("any", "Any day, weekends and bank holidays too"),
        ],
    )
    dates__extra_holidays = Days(
        "Other days on which none leaves",
        description="One on each line, such as a bank holiday that was announced late: 24/12/2020.",
    )
    dates__first_letters_minutes = Whole(
        "Minutes that the others wait after the first letters",
        description="One letter goes to each receiving system first. 0: all leave together.",
    )

    BESIDE: ClassVar = PlanForm.BESIDE | {"opens", "closes"}
    PLACES: ClassVar = {"dates.sending_hours": "opens", "dates.send_at": "opens"}

    @classmethod
    def filled_from(cls, table: Table) -> dict[str, Any]:
        """Return what the fields hold at first: the two hours apart."""
        hours = (_value(table, "dates.sending_hours") or "").split("-")
        opens, closes = map(time.fromisoformat, hours) if len(hours) > 1 else (None, None)
        return super().filled_from(table) | {"opens": opens, "closes": closes}

    def keys(self) -> dict[str, Any]:
        """Return the keys: the two hours as one."""
        opens, closes = self.opens.data, self.closes.data
        said = f"{_minutes(opens)}-{_minutes(closes)}" if opens or closes else None
        return super().keys() | {"dates.sending_hours": said}


def _minutes(at: time | None) -> str:
    return f"{at:%H:%M}" if at else ""


ROLES_AS_CHOICES: Final = [SelectChoice(each, each) for each in ROLES]


class Recipients(PlanForm):
    """Who the letters go to at each authority."""

    recipients__to = SelectMultipleField("To", choices=ROLES_AS_CHOICES)
    recipients__cc = SelectMultipleField("Copied to (Cc)", choices=ROLES_AS_CHOICES)
    auto_submitted = BooleanField(
        "The letters say that a machine sent them",
        description="Automatic replies are then mostly not sent: nobody says who has left.",
    )


class Included(PlanForm):
    """Which authorities get a letter."""

    inclusion__kinds = Lines("Kinds of authority", description="One on each line: council.")
    minimum = Lines(
        "Counts below which there is no letter", description="One on each line: received 5."
    )
    inclusion__without = Lines(
        "Authorities that get none all the same", description="The code of each, one on each line."
    )

    BESIDE: ClassVar = PlanForm.BESIDE | {"minimum"}
    PLACES: ClassVar = {"inclusion.minimum": "minimum"}

    @classmethod
    def filled_from(cls, table: Table) -> dict[str, Any]:
        """Return what the fields hold at first: each count with its least number."""
        least = _value(table, "inclusion.minimum") or {}
        return super().filled_from(table) | {
            "minimum": [f"{key} {number}" for key, number in least.items()]
        }

    def keys(self) -> dict[str, Any]:
        """Return the keys: the least numbers by count."""
        pairs = [line.rpartition(" ") for line in self.minimum.data or ()]
        least = {
            (key or number).strip(): int(number) if number.isdecimal() else number
            for key, _, number in pairs
        }
        return super().keys() | {"inclusion.minimum": least}


class Averages(PlanForm):
    """How the averages of similar authorities are worked out."""

    averages__method = RadioField(
        "Averages",
        choices=[
            SelectChoice("pooled", "Pooled: the sum of the counts over the sum of the bases"),
            SelectChoice("mean", "Mean: the mean of the authorities' rates"),
            SelectChoice("given", "Given: as published, from a file"),
        ],
    )
    file = FileField(
        "File of published averages",
        description="A spreadsheet with the columns group, measure and percent. Only if given.",
    )
    groups = Lines("Comparison groups", description="One on each line.")
    csv = HiddenField()
    """The averages of the file, once they have been read: a file cannot be sent a second time."""

    BESIDE: ClassVar = PlanForm.BESIDE | {"file", "csv"}
    PLACES: ClassVar = {"averages": "averages__method"}

    def given(self) -> tuple[str, bytes] | None:
        """Return the name and bytes of the file, or of what was read from it before."""
        sent = self.file.data
        if sent and getattr(sent, "filename", ""):
            return sent.filename, sent.read()
        return ("averages.csv", self.csv.data.encode()) if self.csv.data else None


class Signing(PlanForm):
    """Who signs."""

    signatory__name = Text("Name")
    signatory__lines = Lines("Lines under the name", description="Office and title, a line each.")
    signatory__signature = Text(
        "Picture of the signature", description="A file in the folder of the wording, if any."
    )
    substitutes = Lines(
        "Who signs instead, for one authority",
        description="One on each line, with semicolons: EAL; Jo Example; Deputy Ombudsman.",
    )

    BESIDE: ClassVar = PlanForm.BESIDE | {"substitutes"}
    OPTIONAL: ClassVar = frozenset({"signatory.signature"})
    PLACES: ClassVar = {"signatory.substitutes": "substitutes"}

    @classmethod
    def filled_from(cls, table: Table) -> dict[str, Any]:
        """Return what the fields hold at first: a line for each substitute."""
        others = _value(table, "signatory.substitutes") or {}
        lines = ["; ".join([code, each["name"], *each["lines"]]) for code, each in others.items()]
        return super().filled_from(table) | {"substitutes": lines}

    def keys(self) -> dict[str, Any]:
        """Return the keys: the substitutes by code. The picture is the signatory's own."""
        split = [[part.strip() for part in line.split(";")] for line in self.substitutes.data]
        others = {code: {"name": (rest or [""])[0], "lines": rest[1:]} for code, *rest in split}
        return super().keys() | {"signatory.substitutes": others or None}


class Reminders(PlanForm):
    """When the office is reminded."""

    hours = Hours(
        "Hours at which we email who is not reached yet",
        description="For example, 09:00, 14:00. Empty: never.",
    )
    working_days_only = BooleanField("On working days only")
    dates__confirm_days = Whole(
        "Days before the letter date on which we remind you to ask the contacts",
        description="Whether each is still the right person. 0: never.",
    )

    BESIDE: ClassVar = PlanForm.BESIDE | {"hours", "working_days_only"}
    PLACES: ClassVar = {"reminders": "hours"}

    @classmethod
    def filled_from(cls, table: Table) -> dict[str, Any]:
        """Return what the fields hold at first."""
        found = table.get("reminders") or {"hours": [], "working_days_only": True}
        return super().filled_from(table) | found

    def keys(self) -> dict[str, Any]:
        """Return the keys: no reminders without an hour."""
        told = {"hours": self.hours.data, "working_days_only": self.working_days_only.data}
        return super().keys() | {"reminders": told if self.hours.data else None}


class Facts(PlanForm):
    """The year's own facts, which the letters print."""

    def keys(self) -> dict[str, Any]:
        """Return the keys; what is empty is left out."""
        return {
            key: None if value in ("", None, []) else value for key, value in super().keys().items()
        }


CONSTANT: Final = f"constants{DOT}"
LONG: Final = 80
"""Characters of a fact that has more than one line on the page."""


def facts_form(constants: Table, needed: Iterable[str]) -> type[PlanForm]:
    """Return the form for a plan's facts: its own, and those that the wording asks for."""
    lacking = {key: "" for key in sorted(needed) if key not in constants}
    fields = {
        f"{CONSTANT}{key}": _field(key, value) for key, value in {**constants, **lacking}.items()
    }
    return type("FactsOfThis", (Facts,), {name: field for name, field in fields.items() if field})


def _field(key: str, value: object) -> object | None:
    """Return the field for a fact; None for one that only the file can change."""
    label = capitalised(key.replace("_", " "))
    match value:
        case bool():
            return BooleanField(label)
        case int():
            return Whole(label)
        case str() if len(value) > LONG or "\n" in value:
            return Prose(label)
        case str():
            return Text(label)
        case list() if all(isinstance(each, str) for each in value):
            return Lines(label, description="One on each line.")
        case _:
            return None


@dataclass(frozen=True, slots=True)
class Group:
    """A group of keys: its page's address and heading, and its form."""

    slug: str
    title: str
    form: type[PlanForm]


GROUPS: Final = {
    each.slug: each
    for each in (
        Group("about", "What the mailout is about", About),
        Group("dates", "Dates", Dates),
        Group("sending", "Hours and days of sending", Sending),
        Group("recipients", "Recipients", Recipients),
        Group("included", "Who gets a letter", Included),
        Group("averages", "Averages", Averages),
        Group("signatory", "Who signs", Signing),
        Group("reminders", "Reminders", Reminders),
        Group("facts", "The year's facts", Facts),
    )
}
