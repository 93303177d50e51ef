from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dispatch.app import App
from dispatch.demo import accounts
from dispatch.domain.people.account import AccountRole
from dispatch.people import codes, sign_in
from dispatch.people.identity import identities
from dispatch.people.sign_in import Outcome
from dispatch.people.visits import Caller

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)


def test_one_person_signs_in_as_the_editor_and_as_the_approver(app: App) -> None:
    at = app.clock()
    with app.sessions.begin() as session:
        editor, approver = accounts.make(session, "root", at=at, machine_at=NOW)
        assert identities(session).who("root", is_user=True) == editor.name
    assert (editor.role, approver.role) == (AccountRole.EDITOR, AccountRole.APPROVER)
    later = Caller(at=at, machine_at=NOW + timedelta(minutes=1), browser="")
    with app.sessions.begin() as session:
        entry = sign_in.enter(session, editor.name, editor.password, later)
        assert entry.outcome is Outcome.ENTERED
    for code in (approver.recovery_codes[0], codes.code_at(approver.secret, later.machine_at)):
        with app.sessions.begin() as session:
            half = sign_in.enter(session, approver.name, approver.password, later)
            assert half.outcome is Outcome.NEEDS_CODE
            assert half.secret
            found = sign_in.enter_code(session, half.secret, code, later)
            assert found.outcome is Outcome.ENTERED
