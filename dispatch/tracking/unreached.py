"""List the authorities that are not surely reached, and what is known about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dispatch.database import Session
from dispatch.database.tables import Mailout
from dispatch.domain.address import folded
from dispatch.domain.delivery import REACHED
from dispatch.domain.posting.posting import ByPost, PostingState
from dispatch.domain.register.authority import Contact
from dispatch.domain.sending.explanation import in_short
from dispatch.domain.tracking.unreached import Unreached
from dispatch.posting import on_record
from dispatch.posting.on_record import Stand
from dispatch.register.store import contacts
from dispatch.tracking.standing import Standing, standing
from dispatch.tracking.store import reach
from dispatch.tracking.store.reach import LastDelivery


def find_unreached(
    session: Session, mailout: Mailout, known: Standing | None = None
) -> list[Unreached]:
    """Return the authorities that are not surely reached, the most urgent first.

    Among them are those whose letter was accepted but is delayed or kept back, or perhaps came
    back. Of a letter that was resent or reissued, the last delivery counts. `known` is how far the
    letters have come, if that was read already.
    """
    known = known or standing(session, mailout)
    codes = known.not_surely_reached
    last = reach.last_deliveries(session, mailout, codes) if codes else {}
    in_post = _in_post(session, mailout, last)
    by_post = _by_post(on_record.of_mailout(session, mailout) if last else (), last)
    found = [
        Unreached(
            code=code,
            delivery_id=at.delivery_id,
            address=at.address,
            state=at.state,
            state_at=at.state_at,
            due_at=at.due_at,
            kept_back=known.reach.kept_back.get(code),
            delayed_since=known.reach.delayed.get(at.delivery_id),
            perhaps=known.worst.get(at.delivery_id) if at.state in REACHED else None,
            in_post=in_post.get(code),
            is_replaced=_is_replaced(at, in_post.get(code)),
            is_suggestion_open=at.is_suggestion_open,
            by_post=by_post.get(code),
            means=in_short(at.reply),
        )
        if (at := last.get(code))
        else Unreached(code=code)
        for code in codes
    ]
    return sorted(found, key=lambda each: each.urgency)


def _by_post(stands: Iterable[Stand], last: Mapping[str, LastDelivery]) -> dict[str, ByPost]:
    """Return where the letters stand that were printed for the post, if they are in force."""
    return {
        code: ByPost(each.state, each.on)
        for each in stands
        if each.state and each.state is not PostingState.WITHDRAWN
        if (at := last.get(code := each.row.authority_code)) and at.letter_id == each.row.letter_id
    }


def posted(session: Session, mailout: Mailout, codes: Iterable[str]) -> frozenset[str]:
    """Return those of some authorities to whom the letter in force was posted, as somebody said.

    That does not prove that it arrived: they are not reached.
    """
    wanted = frozenset(codes)
    stands = on_record.of_mailout(session, mailout) if wanted else []
    last = reach.last_deliveries(session, mailout, wanted) if stands else {}
    found = _by_post(stands, last)
    return frozenset(code for code, each in found.items() if each.state is PostingState.POSTED)


def _in_post(
    session: Session, mailout: Mailout, last: Mapping[str, LastDelivery]
) -> dict[str, Contact]:
    """Return who is in post now where the letters of some codes go."""
    if not last:
        return {}
    role = mailout.plan.to_roles[0]
    goes_to = {each.addressed_to for each in last.values()}
    in_post = contacts.current(session, [role], authorities=goes_to)
    return {
        code: contact
        for code, each in last.items()
        if (contact := in_post.get((each.addressed_to, role)))
    }


def _is_replaced(last: LastDelivery, in_post: Contact | None) -> bool:
    """Whether the present contact has another address than the letter went to."""
    return in_post is not None and folded(in_post.address) != last.address_key
