from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import AccountRow, EventRow
from dispatch.domain.errors import NotFound, RuleBroken
from dispatch.domain.people.account import Account, AccountRole
from dispatch.domain.people.token import Scope
from dispatch.people import accounts, joining, tokens
from dispatch.people.identity import identities
from tests import steps
from tests.people.office import PASSWORD, caller, invited, joined, signed_in, visit, word

ADMIN, APPROVER, EDITOR = AccountRole.ADMIN, AccountRole.APPROVER, AccountRole.EDITOR


def known(app: App) -> set[str]:
    with app.sessions.read() as session:
        return {name for each in identities(session).accounts for name in each.names}


def test_an_account_has_all_names_of_its_person_once(app: App) -> None:
    made = invited(app, EDITOR, "amorgan", "AMORGAN", "alex morgan").account
    assert made.names == ("Alex Morgan", "amorgan")
    assert known(app) == {"Alex Morgan", "amorgan"}


@pytest.mark.parametrize(
    ("name", "also"),
    [
        ("Alex Morgan", ()),
        ("ALEX  MORGAN", ()),
        ("Al\u00e9x Morgan", ()),
        ("Kim", ("amorgan",)),
        ("Kim", ("Alex Morgan",)),
        ("amorgan", ()),
    ],
)
def test_a_name_belongs_to_one_person(app: App, name: str, also: tuple[str, ...]) -> None:
    invited(app, EDITOR, "amorgan")
    with pytest.raises(RuleBroken, match="may be read as a name of Alex Morgan"):
        invited(app, APPROVER, *also, name=name)


@pytest.mark.parametrize("name", ["", "worker", "web", "a\u200bb", "x" * 101])
def test_what_is_not_a_name_is_refused(app: App, name: str) -> None:
    with app.sessions.begin() as session, pytest.raises(RuleBroken, match="not the name"):
        accounts.invite(session, name, EDITOR, (), word(app))


def test_who_left_may_come_back_and_remains_the_same_person(app: App) -> None:
    gone = invited(app, EDITOR, "amorgan").account
    with app.sessions.begin() as session:
        accounts.end_account(session, gone.id, word(app))
    invited(app, APPROVER, "alexm", name="Alex Morgan")
    with app.sessions.read() as session:
        assert identities(session).same("amorgan", "alexm")


def test_each_change_is_an_event_without_the_code(app: App) -> None:
    invitee = invited(app, EDITOR)
    with app.sessions.begin() as session:
        accounts.grant(session, invitee.account.id, word(app), other_names=["amorgan"])
        second = accounts.new_code(session, invitee.account.id, word(app, "telephone lost"))
        accounts.end_account(session, invitee.account.id, word(app, "left"))
    told = steps.events(app, f"account:{invitee.account.id}")
    assert [each.action for each in told] == [
        *("account.made", "account.invited", "account.changed"),
        *("account.invited", "account.ended"),
    ]
    assert [each.detail.get("because") for each in told][-2:] == ["telephone lost", "left"]
    text = str(told)
    assert invitee.code not in text
    assert second.code not in text


def test_a_code_to_join_counts_until_the_next_is_given(app: App) -> None:
    first = invited(app, EDITOR)
    with app.sessions.begin() as session:
        second = accounts.new_code(session, first.account.id, word(app))
    with app.sessions.begin() as session:
        assert joining.invited(session, first.code, caller(app)) is None
        assert joining.invited(session, second.code, caller(app))


def test_a_new_code_signs_the_person_out_and_ends_the_password(app: App) -> None:
    account = joined(app, EDITOR).account
    secret = signed_in(app, account)
    with app.sessions.begin() as session:
        accounts.new_code(session, account.id, word(app))
    assert visit(app, secret) is None
    with pytest.raises(AssertionError):
        signed_in(app, account)


def test_a_role_that_needs_codes_has_the_person_join_again(app: App) -> None:
    account = joined(app, EDITOR).account
    secret = signed_in(app, account)
    with app.sessions.begin() as session:
        again = accounts.grant(session, account.id, word(app), role=APPROVER)
    assert again
    assert again.account.role is APPROVER
    assert visit(app, secret) is None
    with app.sessions.begin() as session:
        found = joining.join(session, again.code, PASSWORD, "000000", caller(app))
    assert found is joining.NotJoined.WRONG_CODE


def test_a_role_is_changed_at_once_where_somebody_is_signed_in(app: App) -> None:
    account = joined(app, APPROVER).account
    secret = signed_in(app, account)
    with app.sessions.begin() as session:
        assert accounts.grant(session, account.id, word(app), role=EDITOR) is None
    found = visit(app, secret)
    assert found
    assert found.account.role is EDITOR


def leave(app: App, account: Account) -> None:
    with app.sessions.begin() as session:
        accounts.end_account(session, account.id, word(app))


def demote(app: App, account: Account) -> None:
    with app.sessions.begin() as session:
        accounts.grant(session, account.id, word(app), role=EDITOR)


@pytest.mark.parametrize("act", [leave, demote])
def test_the_last_administrator_stays_until_another_has_joined(app: App, act: object) -> None:
    assert callable(act)
    admin = joined(app, ADMIN).account
    with pytest.raises(RuleBroken, match="Kim Achebe is the last administrator"):
        act(app, admin)
    invited(app, ADMIN, name="Ada Nwosu")  # who has not joined, and may never
    with pytest.raises(RuleBroken, match="last administrator"):
        act(app, admin)
    joined(app, ADMIN, name="Grace Otieno")
    act(app, admin)


def test_who_leaves_takes_tokens_and_codes_along(app: App) -> None:
    account = joined(app, EDITOR).account
    with app.sessions.begin() as session:
        who = word(app)
        until = who.at + timedelta(days=9)
        by = type(who)(person=account.name, keyboard=account.name, at=who.at)
        made = tokens.make_token(session, "board", [Scope.MAILOUTS], until, by)
        code = accounts.new_code(session, account.id, who).code
    leave(app, account)
    with app.sessions.begin() as session:
        assert tokens.token_of(session, made.text, app.clock()) is None
        assert joining.invited(session, code, caller(app)) is None
        with pytest.raises(NotFound):
            accounts.account_named(session, account.name)
        with pytest.raises(RuleBroken, match="has ended"):
            accounts.new_code(session, account.id, word(app))


CHANGES = [
    {"name": "Somebody Else"},
    {"role": APPROVER},
    {"other_names": []},
    {"password_hash": "another"},
    {"code_seed": "00"},
    {"issuer": "https://login.example", "subject": "7"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: next(iter(each)))
def test_an_account_that_was_changed_in_the_database_opens_nothing(
    app: App, change: dict[str, object]
) -> None:
    account = joined(app, EDITOR, "amorgan").account
    secret = signed_in(app, account)
    with app.sessions.begin() as session:
        row = session.get_one(AccountRow, account.id)
        for name, value in change.items():
            setattr(row, name, value)
    assert visit(app, secret) is None
    with app.sessions.read() as session, pytest.raises(RuleBroken, match="not as the ledger says"):
        identities(session)


def test_an_account_that_was_put_back_to_what_it_was_opens_nothing(app: App) -> None:
    account = joined(app, APPROVER).account
    secret = signed_in(app, account)
    demote(app, account)
    with app.sessions.begin() as session:
        session.get_one(AccountRow, account.id).role = APPROVER
    assert visit(app, secret) is None


def test_an_account_that_was_deleted_is_missed(app: App) -> None:
    account = invited(app, EDITOR).account
    with app.sessions.begin() as session:
        for each in ("invitation", "account"):
            session.execute(AccountRow.metadata.tables[each].delete())
    with app.sessions.read() as session, pytest.raises(RuleBroken, match=str(account.id)):
        identities(session)


def test_an_account_that_somebody_wrote_into_the_database_is_not_one(app: App) -> None:
    made = invited(app, EDITOR).account
    with app.sessions.begin() as session:
        row = AccountRow(name="Mallory", role=ADMIN, made_at=app.clock(), made_by="root")
        session.add(row)
        session.flush()
        event = session.scalars(select(EventRow).where(EventRow.action == "account.made")).one()
        detail = {**event.detail, "record": row.record}
        session.add(
            EventRow(
                at=event.at,
                actor=event.actor,
                action=event.action,
                subject=f"account:{row.id}",
                detail=detail,
                mac=event.mac,
            )
        )
    with app.sessions.read() as session, pytest.raises(RuleBroken, match="account of Mallory"):
        identities(session)
    assert made.name == "Alex Morgan"
