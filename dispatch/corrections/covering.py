"""Make the message of a letter that is sent again: the approved letter behind a covering note.

The letter is the approved one, byte for byte. The note says when and to which role it was first
sent, or that it was not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dispatch.batches import batches
from dispatch.corrections.resend import Going
from dispatch.database import Session
from dispatch.database.tables import Letter, Mailout
from dispatch.documents import Templates
from dispatch.domain import calendar
from dispatch.domain.delivery import EVER_ACCEPTED
from dispatch.domain.letters import resending
from dispatch.domain.letters.resending import CoveringNote
from dispatch.letters import on_record
from dispatch.letters.store import documents, letters
from dispatch.letters.store.letters import Addressed
from dispatch.mail.outgoing.letter import letter_body
from dispatch.tracking.store import chains
from dispatch.tracking.store.chains import Sent


@dataclass(frozen=True, slots=True)
class Message:
    """The body of a message, and the letter that it brings."""

    going: Going
    letter: Addressed
    body: bytes


AT_ONCE: Final = 50
"""Messages that are made at a time: some megabytes."""


def messages(
    session: Session, templates: Templates, mailout: Mailout, going: Iterable[Going], today: date
) -> Iterator[list[Message]]:
    """Yield the messages of letters that go again, some at a time.

    Raises `NotApproved` if a stored letter is not the approved one, and `CannotRender` for a note
    that cannot be made.
    """
    for some in batches(going, AT_ONCE):
        found = letters.by_id(session, {each.chain.last.letter_id for each in some})
        on_record.refuse_altered(session, mailout, found.values())
        stored = documents.load(session, [*_documents(found.values())])
        make = _Making(session, templates, stored, today)
        yield [make.message(each, found[each.chain.last.letter_id]) for each in some]


def _documents(found: Iterable[Letter]) -> Iterator[str]:
    for letter in found:
        yield from letter.parts.values()
        yield from (each.sha256 for each in letter.draft.attachments)


@dataclass(frozen=True, slots=True)
class _Making:
    """What messages are made with."""

    session: Session
    templates: Templates
    stored: Mapping[str, bytes]
    """The letters' forms and attachments, by SHA-256."""
    today: date

    def message(self, going: Going, letter: Letter) -> Message:
        parts = {name: self.stored[sha256] for name, sha256 in letter.parts.items()}
        attachments = letter.draft.attachments
        text, html = self.templates.note_again(
            letter.draft.content,
            self._note(going, letter),
            letter.subject or "",
            attachments=len(attachments),
        )
        note = {"note_text": text.encode(), "note_html": html.encode()}
        attached = {each.sha256: self.stored[each.sha256] for each in attachments}
        body = letter_body(letter.draft, {**parts, **note}, attached)
        return Message(going, Addressed.of(letter), body)

    def _note(self, going: Going, letter: Letter) -> CoveringNote:
        content, sent = letter.draft.content, going.chain.of_its_letter
        role, addressee = going.chain.last.role, content.addressee
        return CoveringNote(
            recipient=going.recipient,
            sent_to=addressee.title if addressee.role == role else role.title(),
            due_date=calendar.local(sent[0].created_at).date(),
            sent_date=self._accepted_on(sent),
            outcome=resending.outcome_of(
                [each.state for each in sent], is_tried=any(each.attempts for each in sent)
            ),
            is_before_upload=self.today <= content.upload_date,
        )

    def _accepted_on(self, sent: Sequence[Sent]) -> date | None:
        """Return the day on which a server took charge: that of the last attempt, if it is known.

        None if none ever did.
        """
        accepted = next((each for each in sent if each.state in EVER_ACCEPTED), None)
        if accepted is None:
            return None
        left_at = chains.last_left_at(self.session, accepted.id)
        return calendar.local(left_at or accepted.state_at).date()
