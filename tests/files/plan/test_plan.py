from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from dispatch.domain.digest import digest, plain, sha256
from dispatch.domain.hours import ReminderHours, SendingDays, SendingHours
from dispatch.domain.mailout import Averaging, Signatory
from dispatch.domain.register.figures import Average, Measure
from dispatch.files.plan import plan as mailouts
from tests.files.tables.written import csv_of, problems_of, refusal_of

REAL = Path(__file__).parents[3] / "config/mailouts/annual-review-2020.toml"

TEXT = """
name = "annual-review-2020"
title = "Annual Review letter 2020"
template = "annual-review"
year = "2019-20"
year_end = 2020-03-31
groups = ["District Council", "London Borough"]

[dates]
letter = 2020-07-22
send_at = 09:00:00
not_after = 2020-07-28T17:00:00
upload = 2020-07-29

[recipients]
to = ["Chief Executive"]
cc = ["link officer"]

[inclusion]
kinds = ["Council"]
minimum = { received = 5 }
without = ["ADU"]

[averages]
method = "pooled"

[[measures]]
key = "upheld"
title = "Complaints upheld"
count = "upheld"
base = "investigated"

[signatory]
name = "Michael King"
lines = ["Ombudsman"]
signature = "signature.svg"

[signatory.substitutes.EAL]
name = "Another"

[constants]
courses = 118
"""


def read(folder: Path, *changes: tuple[str, str], **options: Any) -> mailouts.PlanFile:
    """Read the plan with some of its text replaced."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "plan.toml"
    path.write_text(text, encoding="utf-8")
    return mailouts.read_plan(path, **options)


def test_a_plan_is_read_whole(tmp_path: Path) -> None:
    plan = read(tmp_path).plan

    assert plan.name == "annual-review-2020"
    assert (plan.year, plan.year_end) == ("2019-20", date(2020, 3, 31))
    assert (plan.letter_date, plan.send_at) == (date(2020, 7, 22), time(9, 0))
    assert plan.not_after == datetime(2020, 7, 28, 16, 0, tzinfo=UTC)
    assert plan.release_at == datetime(2020, 7, 22, 8, 0, tzinfo=UTC)
    assert (plan.to_roles, plan.cc_roles) == (("chief executive",), ("link officer",))
    assert plan.inclusion.kinds == ("council",)
    assert plan.inclusion.minimum == {"received": 5}
    assert plan.inclusion.without == {"ADU"}
    assert plan.groups == ("District Council", "London Borough")
    assert plan.measures == (
        Measure(key="upheld", title="Complaints upheld", count="upheld", base="investigated"),
    )
    assert plan.averaging is Averaging.POOLED
    assert plan.signatory_for("OXO").lines == ("Ombudsman",)
    assert plan.signatory_for("EAL") == Signatory(name="Another", lines=())
    assert plan.constants == {"courses": 118}


def test_the_file_is_handed_on_as_it_came(tmp_path: Path) -> None:
    file = read(tmp_path)

    assert file.name == "plan.toml"
    assert file.content == (tmp_path / "plan.toml").read_bytes()


def test_the_same_file_makes_the_same_plan(tmp_path: Path) -> None:
    assert digest(read(tmp_path).plan) == digest(read(tmp_path).plan)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "2020-07-28T17:00:00",
            "2020-07-22T09:00:00",
            'dates.not_after: "2020-07-22 09:00:00" is not after the letters\' release',
        ),
        (
            "2020-07-28T17:00:00",
            "2020-07-30T00:00:01",
            'dates.not_after: "2020-07-30 00:00:01" is after the upload day, 2020-07-29',
        ),
        (
            "send_at = 09:00:00",
            'send_at = 07:59:59\nsending_hours = "08:00-18:00"',
            'dates.send_at: "07:59:59" is outside the sending hours, 08:00-18:00',
        ),
        (
            "send_at = 09:00:00",
            'send_at = 18:00:00\nsending_hours = "08:00-18:00"',
            'dates.send_at: "18:00:00" is outside the sending hours, 08:00-18:00',
        ),
        (
            "letter = 2020-07-22",
            "letter = 2020-07-18",
            (
                'dates.letter: "2020-07-18" is a Saturday, and letters leave on working days only; '
                "the next is Monday 20 July 2020; or, if letters are meant to leave that day, "
                'choose any day (sending_days = "any")'
            ),
        ),
        (
            "letter = 2020-07-22",
            "letter = 2020-05-08",
            (
                'dates.letter: "2020-05-08" is a Friday (May Day), and letters leave on working '
                "days only; the next is Monday 11 May 2020; or, if letters are meant to leave that "
                'day, choose any day (sending_days = "any")'
            ),
        ),
        (
            "letter = 2020-07-22",
            "letter = 2020-07-22\nextra_holidays = [2020-07-22, 2020-07-23]",
            (
                'dates.letter: "2020-07-22" is a Wednesday (one of the extra holidays), and '
                "letters leave on working days only; the next is Friday 24 July 2020; or, if "
                'letters are meant to leave that day, choose any day (sending_days = "any")'
            ),
        ),
        (
            "year_end = 2020-03-31",
            "year_end = 2019-03-31",
            'year_end: "2019-03-31" is not in the second year of 2019-20',
        ),
        (
            "year_end = 2020-03-31",
            "year_end = 2020-12-31",
            'dates.letter: "2020-07-22" is not after the year\'s end, 2020-12-31',
        ),
        (
            "received = 5",
            "recieved = 5",
            (
                'inclusion.minimum.recieved: "recieved" is not the name of a count in the figures; '
                "did you mean received?"
            ),
        ),
        (
            'base = "investigated"',
            'base = "investigations"',
            (
                'measures[1].base: "investigations" is not the name of a count in the figures; '
                "did you mean investigated?"
            ),
        ),
        (
            'cc = ["link officer"]',
            'cc = ["leader", "link oficer"]',
            'recipients.cc[2]: "link oficer" is not a role; did you mean link officer?',
        ),
        (
            'cc = ["link officer"]',
            'cc = ["chief executive"]',
            'recipients: "chief executive" is there twice',
        ),
        (
            "[signatory]",
            (
                '[[measures]]\nkey = "upheld"\ntitle = "x"\ncount = "upheld"\nbase = "decided"\n'
                "[signatory]"
            ),
            'measures: "upheld" is there twice',
        ),
        (
            '"London Borough"',
            '"District Council"',
            'groups: "District Council" is there twice',
        ),
        (
            '"London Borough"',
            '"district-councils"',
            'groups: "district-councils" is there twice',
        ),
        (
            "not_after = 2020-07-28T17:00:00\nupload = 2020-07-29",
            "not_after = 2021-03-28T01:30:00\nupload = 2021-03-29",
            (
                'dates.not_after: "2021-03-28 01:30:00" is not there in London, the clocks go '
                "forward; write 2021-03-28T02:30:00"
            ),
        ),
        (
            "[inclusion]",
            '[reminders]\nhours = ["14:00", "09:00", "14:00"]\n[inclusion]',
            'reminders.hours: "14:00" is there twice',
        ),
        (
            'method = "pooled"',
            'method = "pooled"\nfile = "averages.csv"',
            'averages.method: "pooled" needs a file if it is given, and otherwise none',
        ),
        (
            'method = "pooled"',
            'method = "given"',
            'averages.method: "given" needs a file if it is given, and otherwise none',
        ),
        (
            "courses = 118",
            "courses = 2020-01-01T09:00:00",
            'constants.courses: "2020-01-01 09:00:00" is a time; write it as text',
        ),
        ("courses = 118", "courses = nan", 'constants.courses: "nan" is not a number'),
    ],
)
def test_keys_that_contradict_each_other_are_refused(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    assert problems_of(lambda: read(tmp_path, (old, new))) == (f"plan.toml, {problem}",)


def test_letters_may_be_kept_to_some_hours_of_the_day(tmp_path: Path) -> None:
    hours = 'send_at = 09:00:00\nsending_hours = "09:00-18:30"'

    assert read(tmp_path, ("send_at = 09:00:00", hours)).plan.sending_hours == SendingHours(
        time(9), time(18, 30)
    )
    assert read(tmp_path).plan.sending_hours is None


def test_the_office_may_be_reminded_at_some_hours_in_any_order(tmp_path: Path) -> None:
    table = '[reminders]\nhours = ["14:00", "09:05"]\n{}\n[inclusion]'
    hours = (time(9, 5), time(14))

    found = read(tmp_path, ("[inclusion]", table.format(""))).plan.reminders
    assert found == ReminderHours(hours)
    found = read(
        tmp_path, ("[inclusion]", table.format("working_days_only = false"))
    ).plan.reminders
    assert found == ReminderHours(hours, is_working_days_only=False)


def test_a_not_after_time_before_the_next_working_day_is_refused(tmp_path: Path) -> None:
    changes = ("letter = 2020-07-22", "letter = 2020-07-25"), ("2020-07-28T17", "2020-07-26T17")
    [_, too_early] = problems_of(lambda: read(tmp_path, *changes))
    assert too_early == (
        'plan.toml, dates.not_after: "2020-07-26 17:00:00" is not after the letters\' release, '
        "which the sending days put off to 2020-07-27 00:00"
    )


def test_a_plan_says_on_which_days_letters_leave_and_how_the_first_go(tmp_path: Path) -> None:
    said = read(
        tmp_path,
        (
            "letter = 2020-07-22",
            (
                'letter = 2020-07-25\nsending_days = "any"\n'
                "extra_holidays = [2020-08-01, 2020-08-01]\nfirst_letters_minutes = 10"
            ),
        ),
    ).plan
    assert (said.sending_days, said.extra_holidays) == (SendingDays.ANY, (date(2020, 8, 1),))
    assert said.first_letters_minutes == 10


def test_what_a_plan_leaves_out_is_as_it_is_told(tmp_path: Path) -> None:
    usual = read(tmp_path).plan
    assert (usual.sending_days, usual.first_letters_minutes) == (SendingDays.WORKING, 0)
    told = read(tmp_path, unsaid=lambda _: mailouts.Unsaid(SendingDays.ANY, 15)).plan
    assert (told.sending_days, told.first_letters_minutes) == (SendingDays.ANY, 15)


def test_what_earlier_releases_did_not_have_is_not_in_a_digest_unless_it_is_used(
    tmp_path: Path,
) -> None:
    """A plan that was approved and sealed before has the digest that it had."""
    before = replace(read(tmp_path).plan, sending_days=SendingDays.ANY)
    assert "sending_days" not in plain(before)
    assert len({digest(before), digest(read(tmp_path).plan)}) == 2
    assert digest(before) != digest(replace(before, first_letters_minutes=15))


def test_reminders_are_a_part_of_the_digest_of_a_plan(tmp_path: Path) -> None:
    plan = read(tmp_path).plan
    assert plan.reminders is None
    assert digest(plan) != digest(replace(plan, reminders=ReminderHours((time(9),))))


def test_letters_that_may_leave_only_once_it_is_too_late_are_refused(tmp_path: Path) -> None:
    late = 'send_at = 18:30:00\nsending_hours = "08:00-18:00"'
    changes = ("send_at = 09:00:00", late), ("2020-07-28T17", "2020-07-23T08")

    assert problems_of(lambda: read(tmp_path, *changes)) == (
        'plan.toml, dates.send_at: "18:30:00" is outside the sending hours, 08:00-18:00',
        (
            'plan.toml, dates.not_after: "2020-07-23 08:00:00" is not after the letters\' release, '
            "which the sending hours put off to 2020-07-23 08:00"
        ),
    )


def test_the_upload_is_on_a_later_day_than_the_letters(tmp_path: Path) -> None:
    same_day = ("2020-07-29", "2020-07-22"), ("2020-07-28T17", "2020-07-22T17")

    assert problems_of(lambda: read(tmp_path, *same_day)) == (
        'plan.toml, dates.upload: "2020-07-22" is not after the letter date, 2020-07-22',
    )


def test_a_letter_may_be_taken_until_the_upload_day_is_over(tmp_path: Path) -> None:
    plan = read(tmp_path, ("2020-07-28T17:00:00", "2020-07-30T00:00:00")).plan

    assert plan.not_after == datetime(2020, 7, 29, 23, 0, tzinfo=UTC)


def test_days_among_the_constants_become_words(tmp_path: Path) -> None:
    constants = 'launch = 2019-04-01\nplaces = ["London", 2020-01-02]\ntable = { on = 2020-03-04 }'

    plan = read(tmp_path, ("courses = 118", constants)).plan

    assert plan.constants == {
        "launch": "1 April 2019",
        "places": ["London", "2 January 2020"],
        "table": {"on": "4 March 2020"},
    }


def test_given_averages_are_read_from_their_file(tmp_path: Path) -> None:
    groups = ["District Council", "London Borough"]
    rows = [[group, "upheld", str(percent)] for percent, group in enumerate(groups, 45)]
    (tmp_path / "averages.csv").write_bytes(csv_of(["group", "measure", "percent"], *rows))

    plan = read(tmp_path, ('"pooled"', '"given"\nfile = "averages.csv"')).plan

    assert plan.averaging is Averaging.GIVEN
    assert plan.given_averages == {
        "District Council": {"upheld": Average(percent=45)},
        "London Borough": {"upheld": Average(percent=46)},
    }


def test_what_lies_beside_the_file_comes_with_it(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/BIR.md").write_text("Own words.")
    (tmp_path / "sheets/BIR").mkdir(parents=True)
    (tmp_path / "sheets/BIR/cases.csv").write_bytes(b"case\n1\n")

    file = read(tmp_path, ("[dates]", 'bespoke = "own"\nattachments = "sheets"\n[dates]'))

    assert file.plan.bespoke == {"BIR": "Own words."}
    assert [each.name for each in file.plan.attachments["BIR"]] == ["cases.csv"]
    assert file.documents == {sha256(b"case\n1\n"): ("text/csv", b"case\n1\n")}


def test_codes_that_no_authority_has_are_refused(tmp_path: Path) -> None:
    assert problems_of(lambda: read(tmp_path, known={"ADU", "EAS"})) == (
        (
            'plan.toml, signatory.substitutes: "EAL" is not the code of an authority; '
            "did you mean EAS?"
        ),
    )
    assert read(tmp_path, known={"ADU", "EAL"})


def test_codes_are_found_however_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/bir.md").write_text("Own words.")
    own = ("[dates]", 'bespoke = "own"\n[dates]')
    plan = read(tmp_path, own, ('"ADU"', '"Adu"'), known=CODES).plan
    assert plan.bespoke == {"BIR": "Own words."}
    assert plan.inclusion.without == {"ADU"}

    (tmp_path / "own/BIR.md").write_text("Other words.")
    assert problems_of(lambda: read(tmp_path, own, known=CODES)) == (
        'plan.toml, bespoke: "bir" is BIR, which is there twice',
    )


CODES = {"ADU", "BIR", "EAL"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a = 1\nname = = 2", "Invalid value (at line 2"),
        (b"name = '\xff'", "it is not in UTF-8"),
        (b"name = " + b"[" * 5000, "recursion"),
        (b"\0", "Invalid"),
        (b"year = " + b"9" * 5000, "4300 digits"),
        (b"a." * 60 + b"b = 1", "a key has over 50 parts"),
        (b"'a' . " * 60 + b"b = 1", "a key has over 50 parts"),
        (b'["a\\"."' + b'."a"' * 60 + b"]", "a key has over 50 parts"),
    ],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "plan.toml").write_bytes(content)

    message = refusal_of(lambda: mailouts.read_plan(tmp_path / "plan.toml"))

    assert message.startswith("plan.toml: cannot be read as TOML: ")
    assert reason in message


def test_the_plan_of_the_sample_year_is_read_whole() -> None:
    plan = mailouts.read_plan(REAL, known={"BIR"}).plan

    assert plan.release_at == datetime(2020, 7, 22, 8, 0, tzinfo=UTC)
    assert plan.upload_date == date(2020, 7, 29)
    assert plan.sending_hours == SendingHours(time(8), time(20))
    assert plan.reminders == ReminderHours((time(9), time(14)))
    assert [measure.key for measure in plan.measures] == ["upheld", "compliance", "remedies"]
    assert len(plan.groups) == 5
    assert set(plan.bespoke) == {"BIR"}
    assert plan.constants["seminar_places"] == ["London", "Bristol", "Leeds", "Birmingham"]
