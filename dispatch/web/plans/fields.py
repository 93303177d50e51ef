"""Fields of a plan's forms: each holds the value that the plan's TOML file would have.

Days and times are text: what a browser makes of them depends on its language, and 07/08 is August
in one and July in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from wtforms import (
    DateField,
    DateTimeLocalField,
    IntegerField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.widgets import TextInput

from dispatch.files.tables.faults import shorten


class Day(DateField):
    """A day, as a browser or a person writes it."""

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - the field's own
        super().__init__(label, format=["%d/%m/%Y", "%Y-%m-%d"], widget=TextInput(), **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a day, or say how to write one."""
        with _said("is not a day; write it as 22/07/2020", valuelist):
            super().process_formdata(valuelist)


class Hour(TimeField):
    """A time of the day."""

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - the field's own
        super().__init__(label, format=["%H:%M", "%H:%M:%S"], widget=TextInput(), **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a time, or say how to write one."""
        with _said("is not a time; write it as 09:00", valuelist):
            super().process_formdata(valuelist)


class Moment(DateTimeLocalField):
    """A day and a time in London."""

    def __init__(self, label: str, **options: Any) -> None:  # noqa: ANN401 - the field's own
        formats = ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]
        super().__init__(label, format=formats, widget=TextInput(), **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a moment, or say how to write one."""
        with _said("is not a day and a time; write it as 28/07/2020 17:00", valuelist):
            super().process_formdata(valuelist)


class Whole(IntegerField):
    """A whole number."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a number, or say how to write one."""
        with _said("is not a whole number; write it as 15", valuelist):
            super().process_formdata(valuelist)


class Lines(TextAreaField):
    """A list: an item on each line."""

    data: Any  # a list, and not the text that the field's own class has

    def _value(self) -> str:
        return "\n".join(map(str, self.data or ()))

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the lines that have text."""
        lines = "\n".join(valuelist).splitlines()
        self.data = [line.strip() for line in lines if line.strip()]


class Days(Lines):
    """A list of days."""

    def _value(self) -> str:
        return "\n".join(_day_written(each) for each in self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the days, or say how to write one; what was typed stays in the field."""
        super().process_formdata(valuelist)
        wrong = [each for each in self.data if not _day(each)]
        self.data = [_day(each) or each for each in self.data]
        if wrong:
            raise ValueError(f"“{shorten(wrong[0])}” is not a day; write it as 22/07/2020")


class Hours(StringField):
    """Hours of the day, with commas or spaces between them."""

    data: Any  # a list, and not the text that the field's own class has

    def _value(self) -> str:
        return ", ".join(self.data or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the hours."""
        self.data = " ".join(valuelist).replace(",", " ").split()


class Text(StringField):
    """One line of text."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a line with single spaces."""
        self.data = " ".join(" ".join(valuelist).split())


class Prose(TextAreaField):
    """Text of several lines, as it was typed."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a text with the ends of lines that files have."""
        text = "\n".join(valuelist).replace("\r\n", "\n").replace("\r", "\n").strip("\n")
        self.data = text if text.strip() else ""


@contextmanager
def _said(rule: str, values: Sequence[str]) -> Iterator[None]:
    """Say how to write a value that a field cannot read; an empty one is for the plan's rules."""
    try:
        yield
    except ValueError:
        if not "".join(values).strip():
            return
        raise ValueError(f"“{shorten(' '.join(values))}” {rule}") from None


def _day(text: str) -> date | None:
    for each in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text, each).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _day_written(day: object) -> str:
    return f"{day:%d/%m/%Y}" if isinstance(day, date) else str(day)
