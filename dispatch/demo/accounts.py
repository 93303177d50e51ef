"""Two accounts of the demo, so that one person can play the editor and the approver.

They join by the same path as anybody: with a code, a password, and the codes of a telephone. No
telephone is there, so its secret is shown, and the recovery codes that stand in for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.database import Session
from dispatch.domain.errors import RuleBroken
from dispatch.domain.people.account import AccountRole
from dispatch.domain.word import Word
from dispatch.people import accounts, codes, joining
from dispatch.people.joining import Joined
from dispatch.people.visits import Caller

EDITOR: Final = "Sam Okafor"
APPROVER: Final = "Priya Nair"


@dataclass(frozen=True, slots=True)
class Player:
    """An account of the demo, with all that somebody needs to sign in to it."""

    name: str
    role: AccountRole
    password: str
    recovery_codes: Sequence[str] = ()
    secret: str = ""
    """What a telephone makes codes from; empty if the role needs none."""


def make(session: Session, user: str, *, at: datetime, machine_at: datetime) -> tuple[Player, ...]:
    """Make the two accounts; the editor's is that of the user at the keyboard, too."""
    word = Word(person=user, keyboard=user, at=at)
    caller = Caller(at=at, machine_at=machine_at, browser="the demo")
    found = []
    for name, role, others in (
        (EDITOR, AccountRole.EDITOR, (user,)),
        (APPROVER, AccountRole.APPROVER, ()),
    ):
        invitee = accounts.invite(session, name, role, others, word)
        found.append(_joined(session, invitee.code, caller))
    return tuple(found)


def _joined(session: Session, code: str, caller: Caller) -> Player:
    """Have the person join who was given a code."""
    invited = joining.invited(session, code, caller)
    password = codes.new_join_code()
    if invited is None:
        raise RuleBroken("the demo's own code to join with is not good")
    telephone_code = codes.code_at(invited.secret, caller.machine_at)
    joined = joining.join(session, code, password, telephone_code, caller)
    if not isinstance(joined, Joined):
        raise RuleBroken(f"the demo's account of {invited.account.name} cannot be made: {joined}")
    return Player(
        joined.account.name,
        joined.account.role,
        password,
        joined.recovery_codes,
        invited.secret if invited.needs_code else "",
    )
