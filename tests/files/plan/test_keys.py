from __future__ import annotations

import tomllib

import pytest

from dispatch.files.plan.keys import PlanKeys, keys_of
from dispatch.files.tables.faults import Faults
from tests.files.plan.test_plan import TEXT
from tests.files.tables.written import problems_of


def keys(*changes: tuple[str, str]) -> PlanKeys:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return keys_of(tomllib.loads(text), Faults("plan.toml"))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('title = "Annual Review letter 2020"', "", "title: is missing"),
        (
            "[dates]",
            "tittle = 1\n[dates]",
            "tittle: is not a known key here; did you mean title?",
        ),
        ('"Annual Review letter 2020"', '""', 'title: "" is empty, and must not be'),
        (
            '"Annual Review letter 2020"',
            '"Annual\\tReview"',
            (
                'title: "Annual\\x09Review" holds the invisible character U+0009; '
                "type it again without it"
            ),
        ),
        ('"Annual Review letter 2020"', "5", 'title: "5" is not text; put it in quotation marks'),
        (
            'name = "annual-review-2020"',
            'name = "Annual Review"',
            'name: "Annual Review" is not a slug: small letters and digits, joined by hyphens',
        ),
        (
            'template = "annual-review"',
            'template = "../secrets"',
            'template: "../secrets" is not a slug: small letters and digits, joined by hyphens',
        ),
        (
            '"2019-20"',
            '"2019-21"',
            'year: "2019-21" is not a year of data: 2019 is followed by the next year',
        ),
        (
            "letter = 2020-07-22",
            'letter = "22 July"',
            'dates.letter: "22 July" is not a day; write it as 2020-07-22, without quotation marks',
        ),
        *(
            (
                "send_at = 09:00:00",
                f"send_at = 09:00:00\nfirst_letters_minutes = {given}",
                f"dates.first_letters_minutes: {said}",
            )
            for given, said in (
                ("-2", '"-2" is below 0, which is the limit'),
                ("1.5", '"1.5" is not a whole number; write it as 15, without quotation marks'),
                ('"two"', '"two" is not a whole number; write it as 15, without quotation marks'),
            )
        ),
        (
            "send_at = 09:00:00",
            "send_at = 9",
            'dates.send_at: "9" is not a time; write it as 09:00:00, without quotation marks',
        ),
        *(
            (
                "send_at = 09:00:00",
                f"send_at = 09:00:00\nsending_hours = {written}",
                (
                    f'dates.sending_hours: "{shown}" is not hours of the day; '
                    'write them as "08:00-18:00", with quotation marks'
                ),
            )
            for written, shown in (
                ('"8-18"', "8-18"),
                ('"08:00-24:00"', "08:00-24:00"),
                ("08:00:00", "08:00:00"),
            )
        ),
        *(
            (
                "send_at = 09:00:00",
                f'send_at = 09:00:00\nsending_hours = "{span}"',
                (f'dates.sending_hours: "{span}" must end later than it begins, on the same day'),
            )
            for span in ("18:00-08:00", "08:00-08:00")
        ),
        (
            "2020-07-28T17:00:00",
            "2020-07-28",
            (
                'dates.not_after: "2020-07-28" is not a moment; write it as 2020-07-28T17:00:00, '
                "without quotation marks"
            ),
        ),
        (
            "2020-07-28T17:00:00",
            "2020-07-28T17:00:00Z",
            (
                'dates.not_after: "2020-07-28 17:00:00+00:00" has an offset; leave it out, '
                "since London's time is meant"
            ),
        ),
        *(
            ("[recipients]", f"[reminders]\n{written}\n[recipients]", f"reminders.{problem}")
            for written, problem in (
                ("working_days_only = true", "hours: is missing"),
                ("hours = []", "hours: is empty, and must not be"),
                ('hours = "09:00"', 'hours: "09:00" is not a list; put it in square brackets'),
                *(
                    (
                        f"hours = [{hour}]",
                        (
                            f'hours[1]: "{shown}" is not an hour of the day; '
                            'write it as "09:00", with quotation marks'
                        ),
                    )
                    for hour, shown in (
                        ('"9:00"', "9:00"),
                        ('"24:00"', "24:00"),
                        ('"09:00:00"', "09:00:00"),
                        ("09:00:00", "09:00:00"),
                    )
                ),
                (
                    'hours = ["09:00"]\nworking_days_only = "yes"',
                    'working_days_only: "yes" is neither true nor false',
                ),
                (
                    'hours = ["09:00"]\nworkdays_only = true',
                    "workdays_only: is not a known key here; did you mean working_days_only?",
                ),
            )
        ),
        ('to = ["Chief Executive"]', "to = []", "recipients.to: is empty, and must not be"),
        ('kinds = ["Council"]', "kinds = []", "inclusion.kinds: is empty, and must not be"),
        (
            'kinds = ["Council"]',
            'kinds = "Council"',
            'inclusion.kinds: "Council" is not a list; put it in square brackets',
        ),
        (
            "received = 5",
            "received = -5",
            'inclusion.minimum.received: "-5" is below 0, which is the limit',
        ),
        (
            'without = ["ADU"]',
            'without = ["Adur"]',
            (
                'inclusion.without[1]: "Adur" is not the code of an authority: '
                "three capital letters, or a slug"
            ),
        ),
        (
            '"pooled"',
            '"median"',
            "averages.method: \"median\" input should be 'pooled', 'mean' or 'given'",
        ),
        (
            'key = "upheld"',
            'key = "up held"',
            (
                'measures[1].key: "up held" is not a key: use small letters, digits and '
                "underscores, a letter first"
            ),
        ),
        (
            '"signature.svg"',
            '"../signature.svg"',
            (
                'signatory.signature: "../signature.svg" is not the plain name of a file: it has / '
                "in it; rename it"
            ),
        ),
        (
            "substitutes.EAL",
            "substitutes.Ealing",
            (
                'signatory.substitutes.Ealing: "Ealing" is not the code of an authority: '
                "three capital letters, or a slug"
            ),
        ),
        (
            "courses = 118",
            "Courses = 118",
            (
                'constants.Courses: "Courses" is not a key: use small letters, digits and '
                "underscores, a letter first"
            ),
        ),
    ],
)
def test_a_key_that_is_wrong_by_itself_is_refused(old: str, new: str, problem: str) -> None:
    assert problems_of(lambda: keys((old, new))) == (f"plan.toml, {problem}",)


def test_a_measure_may_be_of_any_row_of_a_table() -> None:
    found = keys(('base = "investigated"', 'base = "decided_upheld"'))

    assert found.measures[0].base == "decided_upheld"


def test_every_wrong_key_is_told_at_once() -> None:
    problems = problems_of(lambda: keys(('"2019-20"', "1"), ("to = [", "two = [")))

    assert {line.split(":")[0] for line in problems} == {
        "plan.toml, year",
        "plan.toml, recipients.to",
        "plan.toml, recipients.two",
    }
