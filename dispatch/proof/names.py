"""What people call a record: whose it is, and of which mailout. No name has an address in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Final
from uuid import UUID

from dispatch.database import Session
from dispatch.ledger.kinds import Subject
from dispatch.proof.export import EVIDENCE
from dispatch.proof.store import names as store

SHORT_ID: Final = 8
"""Characters of an id or a digest that are enough to find it by."""


def record(session: Session, name: str) -> str:
    """Return what people call a record, by its kind and id; if it is gone, by what is known."""
    kind, _, key = name.partition(":")
    if kind == "authority":
        return f"the entry of {key}"
    try:
        id_ = UUID(key)
    except ValueError:  # of an imprint or an event that was tampered with
        return f"the {kind} {key}"
    called = _CALLED[kind](session, id_) if kind in _CALLED else None
    return called or f"the {kind} {_short(id_)}"


def row(session: Session, table: str, key: object) -> str:
    """Return what people call a row of a table, whatever stands in its key."""
    kind = _KINDS.get(table)
    if kind:
        return record(session, f"{kind}:{key}")
    called = _ROWS.get(table, f"the row of {table}")
    return f"{called} {key if isinstance(key, int) else str(key)[:SHORT_ID]}"


_KINDS: Final[Mapping[str, str]] = {
    **{each: each for each in ("arrival", "attempt", "authority", "contact", "delivery")},
    **{each: each for each in ("figures", "letter", "posting", "suppression")},
    "incoming_mail": "mail",
    "mailout": "release",
    "source_file": "file",
}
"""The kinds of record that have a table of their own, by that."""

_ROWS: Final[Mapping[str, str]] = {
    "document": "the stored document",
    "event": "event",
    "imprint": "the imprint at place",
    "notice": "what was read in message",
    "seal": "seal",
}
"""What rows of other tables are called, before their keys."""


def subject(session: Session, name: str) -> str:
    """Return what people call the subject of an event, even one that was tampered with."""
    kind, _, key = name.partition(":")
    match kind:
        case "delivery" | "letter" | "posting" | "suppression":
            return record(session, name) if _is_id(key) else name
        case Subject.MAIL.value:
            return f"the incoming mail {key[:SHORT_ID]}"
        case Subject.CHECKPOINT.value:
            return f"the ledger up to seal {key}"
        case Subject.TEST.value:
            return f"test message {key[:SHORT_ID]}"
        case Subject.EXPORT.value:
            return "an evidence pack" if key == EVIDENCE else f"the list of {key}"
        case _:
            return f"the {kind} {key}" if key else name


def subjects(session: Session, about: Iterable[str]) -> dict[str, str]:
    """Return what people call the subjects of many events, by few statements."""
    named: dict[str, str] = {}
    by_kind: dict[str, dict[UUID, str]] = {kind: {} for kind in _MANY}
    for each in about:
        kind, _, key = each.partition(":")
        if kind in by_kind and _is_id(key):
            by_kind[kind][UUID(key)] = each
        else:
            named[each] = subject(session, each)
    found = {kind: store.many(session, kind, asked) for kind, asked in by_kind.items()}
    mailouts = _mailouts(session, {row[-1] for rows in found.values() for row in rows.values()})
    for kind, called in _MANY.items():
        asked, rows = by_kind[kind], found[kind]
        named |= {asked[id_]: called(id_, row, mailouts[row[-1]]) for id_, row in rows.items()}
        gone = asked.keys() - rows.keys()
        named |= {asked[id_]: subject(session, asked[id_]) for id_ in gone}
    return named


def delivery(session: Session, id_: UUID) -> str:
    """Return what people call a delivery."""
    return _going(session, "delivery", id_)


def posting(session: Session, id_: UUID) -> str:
    """Return what people call a letter that goes by post."""
    return _going(session, "posting", id_)


def _going(session: Session, kind: str, id_: UUID) -> str:
    """Return what people call a letter that goes to somebody, by email or by post."""
    row = store.columns(session, kind, id_)
    if row is None:
        return f"{kind} {_short(id_)}" + _of_authority(session, f"{kind}:{id_}")
    return _going_called(kind, id_, row, _mailout(session, row[-1]))


def _going_called(kind: str, id_: UUID, row: tuple[Any, ...], mailout: str) -> str:
    role, code, _ = row
    return f"{kind} {_short(id_)} to the {role} of {code} in {mailout}"


def _attempt(session: Session, id_: UUID) -> str:
    row = store.columns(session, "attempt", id_)
    if row is None:
        return f"attempt {_short(id_)}"
    number, delivery_id = row
    return f"attempt {number} of {delivery(session, delivery_id)}"


def letter(session: Session, id_: UUID) -> str:
    """Return what people call a letter."""
    row = store.columns(session, "letter", id_)
    if row is None:
        return f"letter {_short(id_)}" + _of_authority(session, f"letter:{id_}")
    return _letter_called(id_, row, _mailout(session, row[-1]))


def _letter_called(_: UUID, row: tuple[Any, ...], mailout: str) -> str:
    code, version, _ = row
    which = f" (version {version})" if version > 1 else ""
    return f"the letter of {code} in {mailout}{which}"


def mailout(session: Session, id_: UUID) -> str:
    """Return what people call a mailout."""
    return f"the mailout {_mailout(session, id_)}"


def _mailout(session: Session, id_: UUID) -> str:
    row = store.columns(session, "mailout", id_)
    return str(row[0]) if row else f"a mailout that is gone, {_short(id_)}"


def _mailouts(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what many mailouts are called."""
    rows = store.many(session, "mailout", ids)
    gone = {id_: f"a mailout that is gone, {_short(id_)}" for id_ in ids}
    return gone | {id_: str(name) for id_, (name,) in rows.items()}


def _approval(session: Session, id_: UUID) -> str:
    return f"the approval of {letter(session, id_)}"


def _contact(session: Session, id_: UUID) -> str:
    row = store.columns(session, "contact", id_)
    if row is None:
        return f"the contact {_short(id_)}"
    role, code, valid_from = row
    return f"the {role} of {code} from {valid_from.isoformat()} on"


def _leaving(session: Session, id_: UUID) -> str:
    return f"the last day of {_contact(session, id_)}"


def _figures(session: Session, id_: UUID) -> str | None:
    row = store.columns(session, "figures", id_)
    return f"the figures of {row[0]} for {row[1]}" if row else None


def _message(session: Session, id_: UUID) -> str | None:
    row = store.columns(session, "mail", id_)
    return f"the incoming mail {row[0][:SHORT_ID]}" if row else None


def _arrival(session: Session, id_: UUID) -> str | None:
    row = store.columns(session, "arrival", id_)
    return f"the arrival of {record(session, f'mail:{row[0]}')}" if row else None


def _file(session: Session, id_: UUID) -> str | None:
    row = store.columns(session, "file", id_)
    return f"the file {row[0]} of {row[1].date().isoformat()}" if row else None


_CALLED: Final[Mapping[str, Callable[[Session, UUID], str | None]]] = {
    "approval": _approval,
    "arrival": _arrival,
    "attempt": _attempt,
    "contact": _contact,
    "correction": _figures,
    "delivery": delivery,
    "figures": _figures,
    "file": _file,
    "language": _contact,
    "leaving": _leaving,
    "letter": letter,
    "mail": _message,
    "postal": _contact,
    "posting": posting,
    "release": mailout,
    "sending": mailout,
}
"""By the kind of record; those that are missing are called by their kind and id."""


_MANY: Final[Mapping[str, Callable[[UUID, tuple[Any, ...], str], str]]] = {
    "delivery": partial(_going_called, "delivery"),
    "letter": _letter_called,
    "posting": partial(_going_called, "posting"),
}
"""The subjects of which many are called by few statements."""


def _is_id(key: str) -> bool:
    try:
        return bool(UUID(key))
    except ValueError:
        return False


def _short(id_: UUID) -> str:
    return str(id_)[:SHORT_ID]


def _of_authority(session: Session, subject: str) -> str:
    code = store.authority_of_lost(session, subject)
    return f" of {code}" if code else ""
