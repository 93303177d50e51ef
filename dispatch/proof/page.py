"""The page on top of an evidence pack: what was sent, to whom, and why it can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass
from datetime import datetime
from typing import Final

from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.documents.summary import Summary
from dispatch.domain.calendar import day_in_words, local, moment_in_words
from dispatch.domain.proof.checkpoint import Checkpoint, PublicKey
from dispatch.ledger.events import DELIVERY_RESENT
from dispatch.letters import hands
from dispatch.posting import on_record
from dispatch.posting.on_record import Stand
from dispatch.proof import report
from dispatch.proof.store.case import Case
from dispatch.proof.store.filters import Filters
from dispatch.proof.store.report import DeliveryReport

WITHHELD: Final = "somebody whose name is withheld"


@dataclass(frozen=True, slots=True)
class Page:
    """The page that says in words what a pack proves."""

    summary: Summary
    """Its template."""
    office: str
    key: PublicKey
    checkpoint: Checkpoint
    """Under which the pack is proven."""
    _: KW_ONLY
    count: int
    """How many entries of the ledger are about the letter."""
    is_redacted: bool

    def of(self, session: Session, case: Case) -> bytes:
        """Return the page as a PDF."""
        content = case.letters[-1].draft.content
        found = report.search(session, Filters(authority=content.code))
        order = {each.id: at for at, each in enumerate(case.deliveries)}
        of_case = [each for each in found if each.delivery.id in order]
        of_case.sort(key=lambda each: order[each.delivery.id])
        values = {
            "authority": content.authority.official_name,
            "title": content.title,
            "office": self.office,
            "letters": [self._version(session, letter, case.mailout) for letter in case.letters],
            "deliveries": [self._delivery(each) for each in of_case],
            "postings": [
                self._posting(session, each) for each in on_record.stands(session, case.postings)
            ],
            "signed": _when(self.checkpoint.at),
            "entries": str(self.checkpoint.size),
            "told": str(self.count),
            "key": self.key.id.hex(),
            "is_redacted": self.is_redacted,
        }
        day = local(self.checkpoint.at).date()
        return self.summary.pdf(values, author=self.office, day=day)

    def _named(self, name: str | None, otherwise: str = "nobody") -> str:
        return WITHHELD if name and self.is_redacted else name or otherwise

    def _version(self, session: Session, letter: Letter, mailout: Mailout) -> dict[str, str]:
        own = letter.id if letter.approved_by else None
        in_both = hands.recorded(session, mailout.name, own)
        return {
            "in_both": hands.in_words(self._named(in_both)) if in_both else "",
            "version": str(letter.version),
            "made": _when(letter.rendered_at),
            "approved_by": self._named(letter.approved_by or mailout.approved_by),
            "approved": _when(letter.approved_at or mailout.approved_at),
            "sha256": letter.parts["pdf"],
        }

    def _delivery(self, each: DeliveryReport) -> dict[str, object]:
        row = each.delivery
        return {
            "name": self._named(row.name, ""),
            "role": row.role,
            "address": self._named(row.address, ""),
            "version": str(each.version),
            "state": row.state.value,
            "lines": list(self._lines(each)),
        }

    def _posting(self, session: Session, each: Stand) -> dict[str, object]:
        """Return what the office says of a letter by post: no server says anything about it."""
        letter = session.get_one(Letter, each.row.letter_id)
        return {
            "role": each.row.role,
            "address": self._named(each.row.where, ""),
            "version": str(letter.version),
            "state": each.state.value if each.state else "unknown",
            "day": day_in_words(each.on) if each.on else "",
            "said_by": self._named(each.said_by),
            "said_at": _when(each.said_at),
        }

    def _lines(self, each: DeliveryReport) -> Iterator[str]:
        for attempt in each.attempts:
            text = "" if self.is_redacted else attempt.text or ""
            answer = f"{attempt.server or 'no server'}: {attempt.code or ''} {text}".rstrip(": ")
            yield f"{_when(attempt.started_at)}: {answer}"
        for notice, mail in each.notices:
            category = notice.category.value.replace("_", " ")
            yield f"{_when(mail.received_at)}: a message came back ({category})"
        for event in each.decisions:
            done = "resent" if event.action == DELIVERY_RESENT.action else "doubt settled"
            reason = self._named(event.detail.get("because"), "no reason given")
            said = "" if self.is_redacted else f" by {event.actor}: {reason}"
            yield f"{_when(event.at)}: {done}{said}"


def _when(at: datetime | None) -> str:
    return moment_in_words(at) if at else "an unknown day"
