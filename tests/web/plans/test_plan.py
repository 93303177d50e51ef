"""The plan of a mailout on its pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from io import BytesIO
from typing import Any

from dispatch.app import App
from dispatch.domain.hours import ReminderHours, SendingHours
from dispatch.domain.mailout import Averaging, MailoutState, Plan, Signatory
from dispatch.domain.people.account import AccountRole
from dispatch.files.plan.bundle import read_bundle
from dispatch.files.plan.written import toml
from dispatch.web.plans.form import GROUPS
from tests import steps
from tests.factories import a_plan
from tests.web.browser import Browser

PLAN = f"/mailouts/{steps.NAME}/plan"


def plan_of(app: App) -> Plan:
    return steps.mailout_of(app).plan


def test_a_plan_is_shown_whole_with_a_link_to_change_each_group(
    app: App, browser: Browser, visitors: list[AccountRole | None]
) -> None:
    steps.planned(app, bespoke={"OXO": "One."})
    shown = browser.get(PLAN)
    assert all(f'href="{PLAN}/{slug}"' in shown for slug in GROUPS)
    assert "Wednesday 22 July 2020 at 09:00" in shown
    assert steps.mailout_of(app).plan_digest in shown
    visitors.append(AccountRole.VIEWER)
    assert f'href="{PLAN}/dates"' not in browser.get(PLAN)
    browser.get(f"{PLAN}/dates", 403)


FIELDS: dict[str, dict[str, Any]] = {
    "about": {
        "title": "T",
        "year": "2019-20",
        "year_end": "31/03/2020",
        "template": "annual-review",
        "map": "england-2020",
    },
    "dates": {
        "dates__letter": "21/07/2020",
        "dates__send_at": "9:30",
        "dates__not_after": "28/07/2020 17:00",
        "dates__upload": "2020-07-30",
    },
    "sending": {
        "opens": "08:00",
        "closes": "18:00",
        "dates__sending_days": "any",
        "dates__extra_holidays": "24/07/2020\r\n\r\n2020-07-27",
        "dates__first_letters_minutes": "15",
    },
    "recipients": {"recipients__to": ["leader"], "recipients__cc": [], "auto_submitted": "y"},
    "included": {
        "inclusion__kinds": "Council\r\nother body",
        "minimum": "received 5\r\nupheld 1",
        "inclusion__without": "oxo",
    },
    "averages": {"averages__method": "mean", "groups": "District Council"},
    "signatory": {
        "signatory__name": "Jo Bell",
        "signatory__lines": "Ombudsman\r\nChair",
        "signatory__signature": "",
        "substitutes": "OXO; Kim Lee; Deputy",
    },
    "reminders": {"hours": "14:00, 09:00", "dates__confirm_days": "30"},
    "facts": {"constants__courses": "120", "constants__context": "A  new\r\nyear."},
}


CHANGES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("about", {"title": "T", "map": "england-2020"}),
    (
        "dates",
        {
            "letter_date": date(2020, 7, 21),
            "send_at": time(9, 30),
            "upload_date": date(2020, 7, 30),
        },
    ),
    (
        "sending",
        {
            "sending_hours": SendingHours(time(8), time(18)),
            "extra_holidays": (date(2020, 7, 24), date(2020, 7, 27)),
            "first_letters_minutes": 15,
        },
    ),
    ("recipients", {"to_roles": ("leader",), "cc_roles": (), "is_auto_submitted": True}),
    ("averages", {"averaging": Averaging.MEAN, "groups": ("District Council",)}),
    (
        "signatory",
        {
            "signatory": Signatory(name="Jo Bell", lines=("Ombudsman", "Chair")),
            "substitutes": {"OXO": Signatory(name="Kim Lee", lines=("Deputy",))},
        },
    ),
    (
        "reminders",
        {
            "confirm_days": 30,
            "reminders": ReminderHours((time(9), time(14)), is_working_days_only=False),
        },
    ),
)


def test_each_group_of_keys_is_changed_and_nothing_else(app: App, browser: Browser) -> None:
    steps.planned(app)
    for slug, changes in CHANGES:
        before = plan_of(app)
        answer = browser.send(f"{PLAN}/{slug}", **FIELDS[slug])
        assert (answer.status_code, answer.location) == (302, PLAN), answer.text
        assert plan_of(app) == replace(before, **changes)
    assert "The plan is changed" in browser.get(PLAN)


def test_who_is_included_and_the_years_facts_are_changed(app: App, browser: Browser) -> None:
    steps.planned(app)
    browser.send(f"{PLAN}/included", **FIELDS["included"])
    inclusion = plan_of(app).inclusion
    assert inclusion.kinds == ("council", "other body")
    assert inclusion.minimum == {"received": 5, "upheld": 1}
    assert inclusion.without == {"OXO"}
    shown = browser.get(f"{PLAN}/facts")
    kept = {
        f"constants__{key}": value
        for key, value in a_plan().constants.items()
        if isinstance(value, str)
    }
    browser.send(f"{PLAN}/facts", **{**kept, **FIELDS["facts"]})
    constants = plan_of(app).constants
    assert "constants__courses" in shown
    assert (constants["courses"], constants["context"]) == (120, "A  new\nyear.")


FAULTS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("dates", {"dates__letter": "31/02/2020"}, "“31/02/2020” is not a day; write it as"),
    ("dates", {"dates__letter": ""}, "Letter date is missing"),
    ("dates", {"dates__send_at": "noon"}, "“noon” is not a time; write it as 09:00"),
    ("dates", {"dates__upload": "21/07/2020"}, "Upload date: “2020-07-21” is not after"),
    ("sending", {"closes": "07:00"}, "“08:00-07:00” must end later than it begins"),
    ("sending", {"closes": ""}, "Letters leave from: “08:00-” is not hours of the day"),
    ("sending", {"dates__first_letters_minutes": "x"}, "“x” is not a whole number"),
    ("sending", {"dates__first_letters_minutes": "999"}, "“999” is above 240"),
    ("sending", {"dates__extra_holidays": "soon"}, "“soon” is not a day"),
    ("recipients", {"recipients__to": []}, "To is empty, and must not be"),
    ("recipients", {"recipients__cc": ["leader"]}, "“leader” is there twice"),
    ("included", {"minimum": "receved 5"}, "receved"),
    ("included", {"minimum": "received many"}, "“many” is not a whole number"),
    ("included", {"inclusion__without": "OXX"}, "“OXX” is not the code of an authority"),
    ("averages", {"averages__method": "given"}, "Averages: “given” needs a file"),
    ("signatory", {"signatory__name": ""}, "Name: “” is empty, and must not be"),
    ("signatory", {"substitutes": "OXX; Jo"}, "“OXX” is not the code of an authority"),
    ("reminders", {"hours": "9"}, "“9” is not an hour of the day"),
    ("about", {"title": "x" * 301}, "has 301 characters, and 300 are the most"),
    ("about", {"title": "bell\x07"}, "holds the invisible character U+0007"),
    ("about", {"title": "<script>alert(1)</script>" + "x" * 300}, "&lt;script&gt;"),
)


def test_each_fault_is_said_at_its_field_and_nothing_changes(app: App, browser: Browser) -> None:
    steps.planned(app)
    before = plan_of(app)
    for slug, fields, said in FAULTS:
        answer = browser.send(f"{PLAN}/{slug}", **{**FIELDS[slug], **fields})
        assert answer.status_code == 400, (slug, fields)
        assert said in answer.text, (slug, fields)
        assert "There is a problem" in answer.text
        assert "<script>alert" not in answer.text
    assert plan_of(app) == before


def test_what_a_change_takes_back_is_shown_before_it_is_done(app: App, browser: Browser) -> None:
    steps.approved(app)
    asked = browser.send(f"{PLAN}/about", **FIELDS["about"])
    assert asked.status_code == 200
    assert "This takes back alex&#39;s approval" in asked.text
    assert steps.state_of(app) is MailoutState.APPROVED

    done = browser.client.post(f"{PLAN}/about", data=Browser.hidden(asked.text))
    assert (done.status_code, done.location) == (302, PLAN)
    assert (steps.state_of(app), plan_of(app).title) == (MailoutState.DRAFT, "T")


def test_a_change_is_not_carried_out_if_it_takes_back_more_than_was_shown(
    app: App, browser: Browser
) -> None:
    steps.rendered(app)
    asked = browser.send(f"{PLAN}/about", **FIELDS["about"])
    assert "must be made again" in asked.text
    steps.approve_again(app)
    again = browser.client.post(f"{PLAN}/about", data=Browser.hidden(asked.text))
    assert again.status_code == 409
    assert "has changed since it was shown" in again.text
    assert "takes back alex&#39;s approval" in again.text
    assert steps.state_of(app) is MailoutState.APPROVED


def test_a_form_of_before_anothers_change_is_not_carried_out(app: App, browser: Browser) -> None:
    steps.planned(app)
    first = browser.fields(f"{PLAN}/about")
    browser.send(f"{PLAN}/reminders", **FIELDS["reminders"])
    answer = browser.client.post(f"{PLAN}/about", data={**first, **FIELDS["about"]})
    assert answer.status_code == 409
    assert "Somebody has changed the plan" in answer.text
    assert plan_of(app).title != "T"


def test_published_averages_are_read_from_a_file_and_survive_the_question(
    app: App, browser: Browser
) -> None:
    steps.rendered(app)
    rows = [
        f"{group},{each.key},{number}"
        for group in a_plan().groups
        for number, each in enumerate(a_plan().measures)
    ]
    file = BytesIO("\n".join(["group,measure,percent", *rows]).encode())
    fields = {"averages__method": "given", "groups": "\n".join(a_plan().groups)}
    asked = browser.send(f"{PLAN}/averages", **fields, file=(file, "averages.csv"))
    assert "averages.London Borough.remedies" in asked.text
    browser.client.post(f"{PLAN}/averages", data=Browser.hidden(asked.text))
    assert plan_of(app).given_averages["London Borough"]["remedies"].percent == 2

    wrong = BytesIO(b"group,measure,percent\nDistrict Council,upheld,many\n")
    answer = browser.send(f"{PLAN}/averages", **fields, file=(wrong, "averages.csv"))
    assert answer.status_code == 400
    assert "is not a whole percentage" in answer.text


def test_the_plan_of_letters_that_have_left_is_shown_and_not_changed(
    app: App, browser: Browser, clock: Any
) -> None:
    steps.released(app, clock)
    assert "its plan can no longer change" in browser.get(PLAN)
    answer = browser.send(f"{PLAN}/about", **FIELDS["about"])
    assert answer.status_code == 409


def test_the_plan_is_downloaded_as_its_file(app: App, browser: Browser) -> None:
    steps.planned(app)
    alone = browser.client.get(f"{PLAN}/file")
    assert alone.data == toml(plan_of(app))
    assert alone.headers["Content-Disposition"] == f'attachment; filename="{steps.NAME}.toml"'
    browser.send(f"{PLAN}/paragraphs/OXO", bespoke="One.")
    archive = browser.client.get(f"{PLAN}/file")
    assert archive.headers["Content-Type"] == "application/zip"
    assert read_bundle("plan.zip", archive.data).plan == plan_of(app)


def test_a_group_that_there_is_not_is_not_found(app: App, browser: Browser) -> None:
    steps.planned(app)
    browser.get(f"{PLAN}/weather", 404)
