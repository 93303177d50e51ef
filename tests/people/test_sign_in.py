from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import AccountRow, VisitRow
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.signing_in import LONGEST_VISIT, HowEntered
from dispatch.people import joining, sign_in, visits
from dispatch.people.sign_in import Entry, Outcome
from tests import steps
from tests.people.office import (
    PASSWORD,
    caller,
    code_of,
    invited,
    joined,
    signed_in,
    telephone_code,
    visit,
)

EDITOR, APPROVER = AccountRole.EDITOR, AccountRole.APPROVER
NOW = timedelta()


def tried(app: App, name: str, password: str, after: timedelta = NOW) -> Entry:
    with app.sessions.begin() as session:
        return sign_in.enter(session, name, password, caller(app, after))


def coded(app: App, secret: str | None, code: str, after: timedelta = NOW) -> Entry:
    with app.sessions.begin() as session:
        return sign_in.enter_code(session, secret or "", code, caller(app, after))


def why_refused(app: App) -> list[str]:
    return [each.detail["reason"] for each in steps.events(app) if each.action == "sign_in.refused"]


def test_an_editor_signs_in_with_a_password(app: App) -> None:
    account = joined(app, EDITOR, "amorgan").account
    entry = tried(app, "AMORGAN", PASSWORD)
    assert (entry.outcome, entry.account) == (Outcome.ENTERED, account)
    found = visit(app, entry.secret or "")
    assert found
    assert (found.account, found.entered_as, found.how) == (account, "amorgan", HowEntered.PASSWORD)
    [event] = [each for each in steps.events(app) if each.action == "sign_in.entered"]
    assert (event.actor, event.detail) == (
        "Alex Morgan",
        {"how": "password", "at_keyboard": "amorgan"},
    )


def test_an_approver_needs_a_code_as_well(app: App) -> None:
    account = joined(app, APPROVER).account
    half = tried(app, account.name, PASSWORD)
    assert half.outcome is Outcome.NEEDS_CODE
    assert visit(app, half.secret or "") is None
    entry = coded(app, half.secret, code_of(app, account, app.clock()))
    assert entry.outcome is Outcome.ENTERED
    assert entry.secret != half.secret
    assert visit(app, half.secret or "") is None
    assert visit(app, entry.secret or "")


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("Alex Morgan", "wrong", "password"),
        ("Alex Morgan", "", "password"),
        ("Nobody Here", PASSWORD, "no such account"),
        ("", "", "no such account"),
        ("Vera Lindqvist", PASSWORD, "password"),  # was invited, and has not joined
        ("\ud800", "\ud800", "no such account"),
    ],
)
def test_every_failure_has_one_outcome(app: App, name: str, password: str, why: str) -> None:
    joined(app, EDITOR)
    invited(app, AccountRole.VIEWER)
    assert tried(app, name, password) == Entry(Outcome.REFUSED)
    assert why_refused(app) == [why]


def test_an_account_waits_after_some_failures_whatever_is_tried(app: App) -> None:
    account = joined(app, EDITOR).account
    for _ in range(5):
        tried(app, account.name, "wrong")
    assert tried(app, account.name, PASSWORD) == Entry(Outcome.REFUSED)
    assert why_refused(app) == [*["password"] * 5, "wait"]
    later = timedelta(seconds=31)
    assert tried(app, account.name, PASSWORD, later).outcome is Outcome.ENTERED
    for _ in range(4):
        tried(app, account.name, "wrong", later)
    assert tried(app, account.name, PASSWORD, later).outcome is Outcome.ENTERED


def test_wrong_codes_count_like_wrong_passwords_although_the_password_was_right(app: App) -> None:
    account = joined(app, APPROVER).account
    half = tried(app, account.name, PASSWORD)
    for _ in range(5):
        assert coded(app, half.secret, "000000").outcome is Outcome.REFUSED
        tried(app, account.name, PASSWORD)  # starts no new count
    assert coded(app, half.secret, code_of(app, account, app.clock())) == Entry(Outcome.REFUSED)
    assert why_refused(app)[-1] == "wait"


def test_a_code_counts_once(app: App) -> None:
    account = joined(app, APPROVER).account
    signed_in(app, account)
    half = tried(app, account.name, PASSWORD)
    again = coded(app, half.secret, code_of(app, account, app.clock()))
    assert again == Entry(Outcome.REFUSED)


def test_a_recovery_code_counts_once(app: App) -> None:
    made = joined(app, APPROVER)
    code = made.recovery_codes[3]
    assert len(set(made.recovery_codes)) == 10
    first = tried(app, made.account.name, PASSWORD)
    entry = coded(app, first.secret, code.lower().replace("-", " "))
    assert entry.outcome is Outcome.ENTERED
    found = visit(app, entry.secret or "")
    assert found
    assert found.how is HowEntered.RECOVERY
    second = tried(app, made.account.name, PASSWORD)
    assert coded(app, second.secret, code) == Entry(Outcome.REFUSED)
    assert code not in str(steps.events(app))


def test_the_code_must_come_within_ten_minutes_of_the_password(app: App) -> None:
    account = joined(app, APPROVER).account
    half = tried(app, account.name, PASSWORD)
    late = timedelta(minutes=10)
    shown = code_of(app, account, app.clock() + late)
    assert coded(app, half.secret, shown, late) == Entry(Outcome.REFUSED)


@pytest.mark.parametrize("secret", ["", "x", "\ud800", "' OR 1=1 --"])
def test_a_made_up_cookie_is_nobodys(app: App, secret: str) -> None:
    joined(app, EDITOR)
    assert visit(app, secret) is None
    assert coded(app, secret, "000000") == Entry(Outcome.REFUSED)


def test_a_visit_ends_after_twenty_hours_and_sooner_if_it_is_not_used(app: App) -> None:
    secret = signed_in(app, joined(app, EDITOR).account)
    assert visit(app, secret, LONGEST_VISIT - timedelta(seconds=1))
    assert visit(app, secret, LONGEST_VISIT) is None
    assert visit(app, secret, timedelta(seconds=-1)) is None
    with app.sessions.read() as session:
        idle, later = timedelta(minutes=30), app.clock() + timedelta(minutes=30)
        assert visits.visit_of(session, secret, later, idle) is None


def test_being_seen_puts_off_the_end_for_want_of_use(app: App) -> None:
    secret, idle = signed_in(app, joined(app, EDITOR).account), timedelta(minutes=30)
    for minutes in (20, 40, 60):
        at = app.clock() + timedelta(minutes=minutes)
        with app.sessions.begin() as session:
            found = visits.visit_of(session, secret, at, idle)
            assert found
            visits.note_seen(session, found, at)


def test_signing_out_ends_one_visit_or_all(app: App) -> None:
    account = joined(app, EDITOR).account
    here, there, elsewhere = (signed_in(app, account) for _ in range(3))
    found, other = visit(app, here), visit(app, elsewhere)
    assert found
    assert other
    with app.sessions.begin() as session:
        assert sign_in.leave_one(session, found, other.id, caller(app))
        assert not sign_in.leave_one(session, found, other.id, caller(app))
    assert [bool(visit(app, each)) for each in (here, there, elsewhere)] == [True, True, False]
    with app.sessions.begin() as session:
        assert sign_in.leave_everywhere(session, found, caller(app), but_here=True) == 1
    assert [bool(visit(app, each)) for each in (here, there)] == [True, False]
    with app.sessions.begin() as session:
        sign_in.leave(session, found, caller(app))
    assert visit(app, here) is None
    told = [each.detail["visits"] for each in steps.events(app) if each.action == "sign_in.left"]
    assert told == ["1", "1", "1"]


def test_nobody_ends_the_visit_of_somebody_else(app: App) -> None:
    mine = visit(app, signed_in(app, joined(app, EDITOR).account))
    theirs = visit(app, signed_in(app, joined(app, AccountRole.VIEWER).account))
    assert mine
    assert theirs
    with app.sessions.begin() as session:
        assert not sign_in.leave_one(session, mine, theirs.id, caller(app))


@pytest.mark.parametrize("role", [EDITOR, APPROVER])
def test_a_person_confirms_who_they_are_for_ten_minutes(app: App, role: AccountRole) -> None:
    account = joined(app, role).account
    secret, later = signed_in(app, account), timedelta(minutes=15)
    found = visit(app, secret, later)
    assert found
    assert not found.is_confirmed(app.clock() + later)
    code = code_of(app, account, app.clock() + later) if role is APPROVER else ""
    with app.sessions.begin() as session:
        assert not sign_in.confirm(session, found, "wrong", code, caller(app, later))
        assert sign_in.confirm(session, found, PASSWORD, code, caller(app, later))
    again = visit(app, secret, later)
    assert again
    assert again.is_confirmed(app.clock() + later + timedelta(minutes=9))
    assert not again.is_confirmed(app.clock() + later + timedelta(minutes=10))


def test_an_approver_does_not_confirm_with_the_password_alone(app: App) -> None:
    found = visit(app, signed_in(app, joined(app, APPROVER).account))
    assert found
    with app.sessions.begin() as session:
        assert not sign_in.confirm(session, found, PASSWORD, "", caller(app))


CHANGES = ["account_id", "how", "began_at", "confirmed_at", "kept", "digest"]


@pytest.mark.parametrize("column", CHANGES)
def test_a_visit_that_was_changed_in_the_database_opens_nothing(app: App, column: str) -> None:
    account, other = joined(app, EDITOR).account, joined(app, APPROVER).account
    secret = signed_in(app, account)
    with app.sessions.begin() as session:
        row = session.scalars(select(VisitRow).where(VisitRow.how == "password")).one()
        changed = {
            "account_id": other.id,
            "how": "code",
            "began_at": row.began_at + timedelta(hours=-1),
            "confirmed_at": row.began_at + timedelta(hours=1),
            "kept": {"form": {}},
            "digest": "0" * 64,
        }
        setattr(row, column, changed[column])
    assert visit(app, secret) is None


def test_somebody_whom_the_office_sends_signs_in_without_a_password(app: App) -> None:
    invitee = invited(app, APPROVER)
    issuer = "https://login.example"
    with app.sessions.begin() as session:
        known = joining.coded(session, invitee.code)
        assert joining.join_by_office(session, known, issuer, "7", caller(app))
    for subject, outcome in (("7", Outcome.ENTERED), ("8", Outcome.REFUSED)):
        with app.sessions.begin() as session:
            entry = sign_in.enter_by_office(session, issuer, subject, caller(app))
        assert entry.outcome is outcome
    with app.sessions.begin() as session:
        elsewhere = sign_in.enter_by_office(session, "https://other.example", "7", caller(app))
    assert elsewhere == Entry(Outcome.REFUSED)
    assert tried(app, invitee.account.name, PASSWORD) == Entry(Outcome.REFUSED)


def test_the_office_confirms_only_who_is_signed_in(app: App) -> None:
    invitee = invited(app, APPROVER)
    issuer, later = "https://login.example", timedelta(minutes=15)
    with app.sessions.begin() as session:
        known = joining.coded(session, invitee.code)
        joining.join_by_office(session, known, issuer, "7", caller(app))
        entry = sign_in.enter_by_office(session, issuer, "7", caller(app))
    found = visit(app, entry.secret or "")
    assert found
    assert found.confirmed_at is None  # it may have asked nothing
    for subject, is_so in (("8", False), ("7", True)):
        with app.sessions.begin() as session:
            now = caller(app, later)
            assert sign_in.confirm_by_office(session, found, issuer, subject, now) is is_so


def test_nobody_signs_in_with_an_approvers_role_and_no_second_factor(app: App) -> None:
    account = joined(app, EDITOR).account
    with app.sessions.begin() as session:
        # As if the role had been given without a code to join with.
        row = session.get_one(AccountRow, account.id)
        row.role = APPROVER
        assert row.lacks_code
    assert tried(app, account.name, PASSWORD) == Entry(Outcome.REFUSED)


def test_another_password_ends_the_other_visits(app: App) -> None:
    account = joined(app, EDITOR).account
    here, there = signed_in(app, account), signed_in(app, account)
    found = visit(app, here)
    assert found
    with app.sessions.begin() as session:
        weak = joining.change_password(session, found, "password1234", caller(app))
        assert weak
        assert joining.change_password(session, found, "zebra lantern mu", caller(app)) is None
    assert [bool(visit(app, each)) for each in (here, there)] == [True, False]
    assert tried(app, account.name, PASSWORD).outcome is Outcome.REFUSED
    assert tried(app, account.name, "zebra lantern mu").outcome is Outcome.ENTERED


def test_another_telephone_takes_the_place_of_the_first(app: App) -> None:
    made = joined(app, APPROVER)
    found = visit(app, signed_in(app, made.account))
    assert found
    later = timedelta(minutes=2)
    with app.sessions.begin() as session:
        secret = joining.next_secret(session, found)
        assert joining.change_codes(session, found, "000000", caller(app, later)) is None
        shown = telephone_code(secret, app.clock() + later)
        recovery = joining.change_codes(session, found, shown, caller(app, later))
        assert recovery
        assert joining.next_secret(session, found) != secret
    half = tried(app, made.account.name, PASSWORD, later)
    assert coded(app, half.secret, made.recovery_codes[0], later).outcome is Outcome.REFUSED
    assert coded(app, half.secret, recovery[0], later).outcome is Outcome.ENTERED
    with app.sessions.begin() as session:
        newest = joining.new_recovery_codes(session, found, caller(app, later))
    half = tried(app, made.account.name, PASSWORD, later)
    assert coded(app, half.secret, recovery[1], later).outcome is Outcome.REFUSED
    assert coded(app, half.secret, newest[1], later).outcome is Outcome.ENTERED
