from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Delivery
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.notice import Action, Category, Notice
from dispatch.domain.tracking.unreached import Course, Unreached
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.sending.store import deliveries
from dispatch.views.remedies import in_words
from tests import steps
from tests.cli.conftest import Dispatch
from tests.factories import a_word, contact_in
from tests.fakes import FakeClock
from tests.notices import a_report, came, token


def put(app: App, code: str, state: DeliveryState, at: datetime) -> None:
    """Give the deliveries to one authority a state."""
    with app.sessions.begin() as session:
        rows = update(Delivery).where(Delivery.authority_code == code)
        session.execute(rows.values(state=state, state_at=at))


def listed(dispatch: Dispatch) -> dict[str, tuple[str, str]]:
    """Return why, and what is to be done next, by authority."""
    data = json.loads(dispatch("mailout", "unreached", steps.NAME, "--json").output)
    return {each["authority"]: (each["why"], each["next"]) for each in data["unreached"]}


def short(app: App, code: str) -> str:
    rows = steps.deliveries_of(app)
    return str(rows[f"chief.executive@{code.lower()}.example"].id)[:8]


RESEND = f"dispatch resend {steps.NAME} --authority"


def test_each_has_its_reason_and_the_next_thing_to_do(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, "ADU", "CMD", "OXO", "WOT", "XYZ", "ABC", cc_roles=())
    put(app, "ADU", DeliveryState.IN_DOUBT, clock())
    put(app, "CMD", DeliveryState.BOUNCED, clock())
    put(app, "OXO", DeliveryState.REFUSED, clock())
    put(app, "WOT", DeliveryState.ACCEPTED, clock())
    put(app, "XYZ", DeliveryState.EXPIRED, clock())
    put(app, "ABC", DeliveryState.SUPPRESSED, clock())
    with app.sessions.begin() as session:
        contact_in(session, "CMD").address = "new@cmd.example"
    settle = f"dispatch delivery settle {short(app, 'ADU')} accepted|not-sent --because TEXT"
    assert listed(dispatch) == {
        "ABC": ("suppressed", f"{RESEND} ABC --to ADDRESS --because TEXT"),
        "ADU": ("in doubt", settle),
        "CMD": ("bounced", f"{RESEND} CMD --because TEXT"),
        "OXO": ("refused", f"{RESEND} OXO --to ADDRESS --because TEXT"),
        "XYZ": ("expired", f"{RESEND} XYZ --because TEXT"),
    }


def test_the_list_tells_the_age_and_the_working_days_left_in_eighty_columns(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", "WOT")
    put(app, "OXO", DeliveryState.REFUSED, clock())
    put(app, "WOT", DeliveryState.ACCEPTED, clock())
    clock.advance(days=2, hours=3)
    output = dispatch("mailout", "unreached", steps.NAME).output
    assert (
        "1 of 2 is not surely reached. The upload: 29 July 2020, in 5 days, 3 of them working"
        in " ".join(output.split())
    )
    assert "2 d" in output
    assert "refused" in output
    assert all(len(line) <= 80 for line in output.splitlines()[1:])


def test_many_are_listed_some_at_a_time(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    codes = ("ADU", "CMD", "OXO")
    steps.released(app, clock, *codes, cc_roles=())
    for minutes, code in enumerate(codes):
        put(app, code, DeliveryState.REFUSED, clock() + timedelta(minutes=minutes))
    shown = dispatch("mailout", "unreached", steps.NAME, "--limit", "2").output
    assert "3 of 3 are not surely reached" in shown
    assert "There are more: give --after CMD for those that follow." in shown
    assert "OXO" not in shown
    words = ("mailout", "unreached", steps.NAME, "--after", "CMD")
    shown = dispatch(*words).output
    assert "OXO" in shown
    assert "There are more" not in shown
    found = json.loads(dispatch(*words, "--json").output)
    assert [each["authority"] for each in found["unreached"]] == ["OXO"]
    refused = dispatch("mailout", "unreached", steps.NAME, "--after", "XYZ")
    assert refused.exit_code == 1
    assert "XYZ is not in the list" in refused.output


def test_when_all_are_reached_it_says_so(app: App, dispatch: Dispatch, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO", "ADU")
    steps.send_due(app)
    output = dispatch("mailout", "unreached", steps.NAME).output
    assert output.startswith("All 2 are reached. The upload: 29 July 2020")


def test_what_waits_says_until_when_or_for_whom(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", "ADU", cc_roles=())
    put(app, "OXO", DeliveryState.DEFERRED, clock())
    with app.sessions.begin() as session:
        rows = deliveries.of_mailout(session, mailout_named(session, steps.NAME))
        rows[1].due_at = clock().replace(hour=9)
    assert listed(dispatch) == {
        "ADU": ("waiting", "wait"),
        "OXO": ("deferred", "wait: the next try is at Wed 22 July 2020 10:00 BST"),
    }
    with app.sessions.begin() as session:
        release.pause(session, mailout_named(session, steps.NAME), a_word(clock()))
    assert listed(dispatch)["OXO"] == ("deferred", f"dispatch mailout resume {steps.NAME}")


@pytest.mark.parametrize(
    ("state", "following"),
    [
        (MailoutState.SCHEDULED, "wait: the letters go at Wed 22 July 2020 09:00 BST"),
        (MailoutState.PAUSED, f"dispatch mailout resume {steps.NAME}"),
        (MailoutState.APPROVED, f"dispatch mailout schedule {steps.NAME}"),
        (MailoutState.RENDERED, f"dispatch mailout approve {steps.NAME} --as PERSON"),
        (MailoutState.DRAFT, f"dispatch mailout render {steps.NAME}"),
    ],
)
def test_before_the_release_the_next_step_towards_it_is_named(
    app: App, dispatch: Dispatch, state: MailoutState, following: str
) -> None:
    steps.scheduled(app)
    with app.sessions.begin() as session:
        mailout_named(session, steps.NAME).state = state
    assert listed(dispatch) == {"OXO": ("not sent", following)}


def test_of_what_has_ended_nothing_is_to_be_done(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, cc_roles=())
    put(app, "OXO", DeliveryState.REFUSED, clock())
    with app.sessions.begin() as session:
        mailout_named(session, steps.NAME).state = MailoutState.UPLOADED
    assert listed(dispatch) == {"OXO": ("refused", "nothing: it is uploaded")}


def test_what_a_server_holds_or_a_challenge_keeps_is_on_the_list(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    steps.send_due(app)
    [row] = steps.deliveries_of(app).values()
    came(app, a_report(row, Action.DELAYED), token(app, row), mail=b"1")
    assert listed(dispatch) == {"OXO": ("delayed", f"dispatch delivery show {str(row.id)[:8]}")}
    came(app, Notice(category=Category.HELD), token(app, row), mail=b"2")
    assert listed(dispatch)["OXO"][0] == "held"
    came(app, Notice(category=Category.CHALLENGE), token(app, row), mail=b"3")
    assert listed(dispatch)["OXO"][0] == "challenged"
    came(app, Notice(category=Category.HUMAN), token(app, row), mail=b"4")
    assert listed(dispatch)["OXO"][0] == "delayed"


def test_of_a_letter_that_was_sent_again_only_the_last_challenge_counts(
    app: App, dispatch: Dispatch, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    steps.send_due(app)
    [first] = steps.deliveries_of(app).values()
    came(app, Notice(category=Category.CHALLENGE), token(app, first), mail=b"1")
    to = ("--authority", "OXO", "--to", "office@oxo.example", "--because", "they rang", "--yes")
    assert dispatch("resend", steps.NAME, *to).exit_code == 0
    steps.send_due(app)
    assert listed(dispatch) == {}
    last = steps.deliveries_of(app)["office@oxo.example"]
    came(app, Notice(category=Category.CHALLENGE), token(app, last), mail=b"2")
    assert listed(dispatch)["OXO"][0] == "challenged"


def test_a_contact_that_an_autoreply_named_is_looked_at_first(clock: FakeClock) -> None:
    course = Course(steps.NAME, MailoutState.SENT, clock(), clock())
    each = Unreached(code="OXO", state=DeliveryState.BOUNCED, is_suggestion_open=True)
    assert in_words(each.remedy(course)) == f"dispatch notice suggestions {steps.NAME}"
