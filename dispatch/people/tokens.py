"""What programs read with: a token is shown once, and the database has its digest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dispatch.database import Session
from dispatch.database.tables import ApiToken
from dispatch.domain.errors import BadInput, NotFound, RuleBroken
from dispatch.domain.people.token import Scope, Token
from dispatch.domain.word import Word
from dispatch.ledger import journal, people_events
from dispatch.people import codes, records
from dispatch.people.store import accounts
from dispatch.people.store import visits as store

BEGINS: Final = "dispatch_"
"""How each token begins, so that what looks for secrets in files knows it."""

LONGEST: Final = timedelta(days=400)
LONGEST_NAME: Final = 100
USED_EVERY: Final = timedelta(minutes=1)
"""How exactly it is noted when a token was last used."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that was just made."""

    id: UUID
    text: str
    """Shown once."""
    until: datetime


def make_token(
    session: Session, name: str, scopes: Iterable[Scope], until: datetime, word: Word
) -> NewToken:
    """Make a token of the person who asks for it.

    Raises `BadInput` without a name, a scope or a day within the longest time, `RuleBroken` if the
    person has no account.
    """
    name, wanted = " ".join(name.split()), sorted({each.value for each in scopes})
    owner = accounts.named(session, word.person)
    if owner is None:
        raise RuleBroken(f"{word.person} has no account, and a token belongs to one")
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadInput(f"give the token a name of at most {LONGEST_NAME} characters")
    if not wanted:
        raise BadInput("say what the token opens: give at least one scope")
    if not word.at < until <= word.at + LONGEST:
        raise BadInput(f"a token ends in the future, after at most {LONGEST.days} days")
    text = BEGINS + codes.new_secret()
    row = ApiToken(
        digest=codes.digest_of(text),
        name=name,
        account_id=owner.id,
        scopes=wanted,
        made_at=word.at,
        ends_at=until,
    )
    records.write(session, row)
    detail = {"scopes": " ".join(wanted), "until": until.isoformat(), "owner": owner.name}
    journal.append(session, people_events.TOKEN_MADE.by(word, row.id, name=name, **detail))
    return NewToken(row.id, text, until)


def token_of(session: Session, text: str, at: datetime) -> Token | None:
    """Return the token that a program shows; None if it is none, or has ended with its owner."""
    found = store.token(session, codes.digest_of(text))
    if found is None:
        return None
    row, owner = found
    is_open = row.ended_at is None and at < row.ends_at and owner.ended_at is None
    if not is_open or not records.is_ours(session, row) or not records.holds(session, owner):
        return None
    scopes = frozenset(map(Scope, row.scopes))
    return Token(
        id=row.id, name=row.name, owner=owner.to_account(), scopes=scopes, used_at=row.used_at
    )


def note_used(session: Session, token: Token, at: datetime) -> None:
    """Note that a token was used, if that was last noted a while ago."""
    if token.used_at is None or at - token.used_at >= USED_EVERY:
        store.used(session, token.id, at)


def end_token(session: Session, token_id: UUID, word: Word) -> str:
    """End a token before its time, and return its name.

    Raises `NotFound`, and `RuleBroken` if it has ended.
    """
    row = session.get(ApiToken, token_id)
    if row is None:
        raise NotFound("there is no such token")
    if row.ended_at is not None:
        raise RuleBroken(f"the token {row.name} has ended already")
    _end(session, row, word)
    return row.name


def end_all(session: Session, account_id: UUID, word: Word) -> None:
    """End every token of an account."""
    for row in store.tokens_of(session, account_id):
        _end(session, row, word)


def _end(session: Session, row: ApiToken, word: Word) -> None:
    row.ended_at = word.at
    records.write(session, row)
    journal.append(
        session, people_events.TOKEN_ENDED.by(word, row.id, name=row.name, because=word.because)
    )
