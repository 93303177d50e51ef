"""Rows that people name by the beginning of their id."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from dispatch.domain.errors import NotFound, RuleBroken

HEX: Final = re.compile(r"[0-9a-f]{1,32}")


def id_of(
    session: Session, ids: InstrumentedAttribute[UUID], beginning: str, *, what: str, see: str
) -> UUID:
    """Return the one id of a column that begins so; case, dashes and spaces round it are nothing.

    `what` is the word for what has the ids, `see` where they are shown. Raises `NotFound` if none
    begins so, `RuleBroken` if more than one do.
    """
    digits = beginning.strip().lower().replace("-", "")
    if not HEX.fullmatch(digits):
        raise NotFound(f"{beginning!r} is not the id of a {what}; see {see}")
    least, most = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
    match session.scalars(select(ids).where(ids.between(least, most)).limit(2)).all():
        case [found]:
            return found
        case []:
            raise NotFound(f"no {what} has an id that begins with {beginning}; see {see}")
        case _:
            raise RuleBroken(
                f"more than one {what} has an id that begins with {beginning}: give more of it"
            )
