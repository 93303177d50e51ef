"""Kinds of event about the work: mailouts, letters, deliveries, contacts, what comes in.

What is stored of each (`action`, the subject and the names of the details) is sealed and never
changes.

    journal.append(session, events.MAILOUT_REOPENED.event(now, CLOCK, mailout.name, why=why))
    journal.append(session, events.LETTER_WITHDRAWN.by(word, letter.id, because=word.because))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Final

from dispatch.domain.delivery import WAITING, DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.register.authority import Authority
from dispatch.domain.reply import Verdict
from dispatch.domain.tracking.reminders import ReminderState
from dispatch.ledger.kinds import IN_BOTH, Kind, Subject

_VERDICTS: Final = frozenset(each.value for each in Verdict)
_ADDRESSED: Final = frozenset({"authority", "role", "letter", "replaces"})
_ATTEMPTED: Final = frozenset({"attempt", "envid", "verdict"})
_NOTICED: Final = frozenset({"category", "clue", "trust", "action", "reason", "mail"})
_CONFIRMED: Final = frozenset({"confirmed_by"})
_REMINDED: Final = (
    frozenset({"hour", "kind", "unreached", "about", "addresses", "withheld"}) | _VERDICTS
)
_APPROVED: Final = frozenset({"digest", "plan", "release_at", "letters", "root", "sender"})
_BECAUSE: Final = frozenset({"because"})
_WHY: Final = frozenset({"why"})

# A mailout

MAILOUT_PLANNED: Final = Kind(
    "mailout.planned", Subject.MAILOUT, "planned", details={"plan"}, leads_to=MailoutState.DRAFT
)
MAILOUT_REPLANNED: Final = Kind(
    "mailout.replanned", Subject.MAILOUT, "plan changed", details={"plan"}
)
MAILOUT_RENDER: Final = Kind(
    "mailout.render", Subject.MAILOUT, "rendering requested", details={"wanted", "kept", "template"}
)
MAILOUT_RENDERED: Final = Kind(
    "mailout.rendered", Subject.MAILOUT, "all letters rendered", leads_to=MailoutState.RENDERED
)
MAILOUT_APPROVED: Final = Kind(
    "mailout.approved",
    Subject.MAILOUT,
    "approved",
    # How many letters the person has looked at, of those that were to be looked at.
    details=_APPROVED | {"looked_at", "to_look_at"},
    private={IN_BOTH},
    leads_to=MailoutState.APPROVED,
)
MAILOUT_SCHEDULED: Final = Kind(
    "mailout.scheduled",
    Subject.MAILOUT,
    "scheduled",
    details={"others"},
    private=_BECAUSE | {"although"},
    leads_to=MailoutState.SCHEDULED,
)
MAILOUT_RELEASING: Final = Kind(
    "mailout.releasing",
    Subject.MAILOUT,
    "released",
    details={"about", "replies"},
    private=_WHY | _BECAUSE,
    leads_to=MailoutState.RELEASING,
)
MAILOUT_ASKED: Final = Kind(
    "mailout.asked", Subject.MAILOUT, "contacts asked whether they are the right person"
)
MAILOUT_FIRST_LETTERS: Final = Kind(
    "mailout.first_letters",
    Subject.MAILOUT,
    "first letters, one for each receiving system, let go alone",
    details={"letters", "others"},
    private={"deliveries"},
)
MAILOUT_OTHERS: Final = Kind(
    "mailout.others",
    Subject.MAILOUT,
    "the other letters let go",
    details={"letters"},
    private=_BECAUSE,
)
MAILOUT_PAUSED: Final = Kind(
    "mailout.paused",
    Subject.MAILOUT,
    "paused",
    details={"others"},
    private=_WHY | _BECAUSE,
    leads_to=MailoutState.PAUSED,
)
MAILOUT_REOPENED: Final = Kind(
    "mailout.reopened",
    Subject.MAILOUT,
    "back to draft",
    details={"was"},
    private=_WHY,
    leads_to=MailoutState.DRAFT,
)
MAILOUT_PROOFS: Final = Kind(
    "mailout.proofs",
    Subject.MAILOUT,
    "proof copies sent to a colleague",
    details={"authorities", "accepted"},
    private={"to"},
)
MAILOUT_FOR_APPROVAL: Final = Kind("mailout.for_approval", Subject.MAILOUT, "approval asked for")
MAILOUT_SENT_BACK: Final = Kind(
    "mailout.sent_back",
    Subject.MAILOUT,
    "sent back to be made again",
    details={"was", "digest"},
    private=_BECAUSE,
    leads_to=MailoutState.DRAFT,
)
BACK_TO_DRAFT: Final = frozenset({MAILOUT_REOPENED.action, MAILOUT_SENT_BACK.action})
"""Events after which no earlier approval counts."""
MAILOUT_SENT: Final = Kind(
    "mailout.sent", Subject.MAILOUT, "sending finished", leads_to=MailoutState.SENT
)
MAILOUT_UPLOADED: Final = Kind(
    "mailout.uploaded",
    Subject.MAILOUT,
    "published",
    details={"manifest", "unreached", "job"},
    private={"although"},
    leads_to=MailoutState.UPLOADED,
)
MAILOUT_CANCELLED: Final = Kind(
    "mailout.cancelled",
    Subject.MAILOUT,
    "cancelled",
    private=_BECAUSE,
    leads_to=MailoutState.CANCELLED,
)

# A letter

LETTER_RENDERED: Final = Kind(
    "letter.rendered",
    Subject.LETTER,
    "rendered",
    details={"authority", "digest"},
    leads_to=LetterState.RENDERED,
)
LETTER_FAILED: Final = Kind(
    "letter.failed",
    Subject.LETTER,
    "could not be rendered",
    details={"authority", "digest"},
    leads_to=LetterState.FAILED,
)
LETTER_PROOF: Final = Kind(
    "letter.proof", Subject.LETTER, "proof copy sent", details={"authority", "verdict"}
)
LETTER_TEST: Final = Kind(
    "letter.test",
    Subject.LETTER,
    "test sent",
    details={"authority", "version", "verdict", "test"},
    private=_BECAUSE | {"to"},
)
LETTER_PROPOSED: Final = Kind(
    "letter.proposed",
    Subject.LETTER,
    "new version proposed",
    details={"authority", "version", "what", "replaces", "digest"},
    private=_BECAUSE,
    leads_to=LetterState.PROPOSED,
)
LETTER_APPROVED: Final = Kind(
    "letter.approved",
    Subject.LETTER,
    "new version approved",
    details={"authority", "version", "letter"} | _APPROVED,
    private=_BECAUSE | {IN_BOTH},
    leads_to=LetterState.RENDERED,
)
LETTER_WITHDRAWN: Final = Kind(
    "letter.withdrawn",
    Subject.LETTER,
    "new version withdrawn",
    private=_BECAUSE,
    leads_to=LetterState.VOID,
)

# A delivery: its states

DELIVERY_QUEUED: Final = Kind(
    "delivery.queued",
    Subject.DELIVERY,
    "queued",
    details=_ADDRESSED,
    leads_to=DeliveryState.QUEUED,
    # The clock writes one for each claim whose lease ran out. What is in doubt or refused goes back
    # by kinds of their own: else a row set to claimed by hand would have the clock queue it.
    after=WAITING,
)
DELIVERY_SUPPRESSED: Final = Kind(
    "delivery.suppressed",
    Subject.DELIVERY,
    "not sent: the address is suppressed",
    details=_ADDRESSED,
    leads_to=DeliveryState.SUPPRESSED,
)
DELIVERY_RESENT: Final = Kind(
    "delivery.resent",
    Subject.DELIVERY,
    "queued to resend a letter",
    details=_ADDRESSED | {"mail", "again"},
    private=_WHY | _BECAUSE,
    leads_to=DeliveryState.QUEUED,
)
DELIVERY_ACCEPTED: Final = Kind(
    "delivery.accepted",
    Subject.DELIVERY,
    "accepted by a mail server",
    details=_ATTEMPTED | _NOTICED,
    private=_CONFIRMED,
    leads_to=DeliveryState.ACCEPTED,
)
DELIVERY_DEFERRED: Final = Kind(
    "delivery.deferred",
    Subject.DELIVERY,
    "deferred by a mail server",
    details=_ATTEMPTED,
    leads_to=DeliveryState.DEFERRED,
)
DELIVERY_REFUSED: Final = Kind(
    "delivery.refused",
    Subject.DELIVERY,
    "refused by a mail server",
    details=_ATTEMPTED,
    leads_to=DeliveryState.REFUSED,
)
DELIVERY_GIVEN_BACK: Final = Kind(
    "delivery.given_back",
    Subject.DELIVERY,
    "queued again: the refusal was about us",
    leads_to=DeliveryState.QUEUED,
    after={DeliveryState.REFUSED},
)
DELIVERY_IN_DOUBT: Final = Kind(
    "delivery.in_doubt",
    Subject.DELIVERY,
    "in doubt",
    details=_ATTEMPTED,
    leads_to=DeliveryState.IN_DOUBT,
)
DELIVERY_DELIVERED: Final = Kind(
    "delivery.delivered",
    Subject.DELIVERY,
    "delivered, by a notice",
    details=_NOTICED,
    private=_CONFIRMED,
    leads_to=DeliveryState.DELIVERED,
)
DELIVERY_BOUNCED: Final = Kind(
    "delivery.bounced",
    Subject.DELIVERY,
    "bounced",
    details=_NOTICED,
    private=_CONFIRMED,
    leads_to=DeliveryState.BOUNCED,
)
DELIVERY_CANCELLED: Final = Kind(
    "delivery.cancelled",
    Subject.DELIVERY,
    "cancelled",
    details={"copy"},  # the delivery by which the address has the letter, if that is why
    leads_to=DeliveryState.CANCELLED,
)
DELIVERY_EXPIRED: Final = Kind(
    "delivery.expired",
    Subject.DELIVERY,
    "expired: its not-after time passed",
    leads_to=DeliveryState.EXPIRED,
)
DELIVERY_SETTLED: Final = Kind(
    "delivery.settled",
    Subject.DELIVERY,
    "doubt settled",
    details={"as", "envid", "attempt", "evidence_at", "mail"},
    private=_BECAUSE,
    leads_to=DeliveryState.QUEUED,  # unless it is settled as accepted: `leads_to`
)

# A delivery: what is learnt about it

DELIVERY_LATE_REPLY: Final = Kind(
    "delivery.late_reply", Subject.DELIVERY, "a reply came too late to count", details=_ATTEMPTED
)
DELIVERY_NOTICED: Final = Kind(
    "delivery.noticed", Subject.DELIVERY, "a notice came back", details=_NOTICED, private=_CONFIRMED
)
DELIVERY_CONTRADICTED: Final = Kind(
    "delivery.contradicted",
    Subject.DELIVERY,
    "a notice contradicts its state",
    details={"state", "mail"},
)
NOTICE_CONFIRMED: Final = Kind(
    "notice.confirmed",
    Subject.DELIVERY,
    "notice confirmed as genuine",
    details={"mail"},
    private=_BECAUSE,
)
NOTICE_DISMISSED: Final = Kind(
    "notice.dismissed",
    Subject.DELIVERY,
    "notice dismissed",
    details={"mail"},
    private=_BECAUSE,
)
STANDING_QUESTIONED: Final = Kind(
    "standing.questioned",
    Subject.DELIVERY,
    "our own server or domain was turned away",
    details={"status", "mail"},
)
CONTACT_SUGGESTED: Final = Kind(
    "contact.suggested", Subject.DELIVERY, "new contact suggested", details={"mail"}
)
CONTACT_ACCEPTED_ONCE: Final = Kind(
    "contact.accepted_once", Subject.DELIVERY, "accepted once", details={"mail"}, private=_BECAUSE
)
CONTACT_DECLINED: Final = Kind(
    "contact.declined", Subject.DELIVERY, "suggested contact declined", private=_BECAUSE
)

# A suppression

ADDRESS_SUPPRESSED: Final = Kind(
    "address.suppressed", Subject.SUPPRESSION, "address suppressed", details={"mail"}, private=_WHY
)
SUPPRESSION_LIFTED: Final = Kind(
    "suppression.lifted",
    Subject.SUPPRESSION,
    "suppression lifted",
    details={"mail"},
    private=_BECAUSE,
)

# An authority, its contacts and figures

AUTHORITY_CHANGED: Final = Kind(
    "authority.changed",
    Subject.AUTHORITY,
    "entry changed",
    details={each.name for each in fields(Authority)} | {"file"},
)
CONTACT_APPOINTED: Final = Kind(
    "contact.appointed",
    Subject.AUTHORITY,
    "contact appointed",
    details={"role", "contact", "from"},
    private=_BECAUSE,
)
CONTACT_REPLACED: Final = Kind(
    "contact.replaced",
    Subject.AUTHORITY,
    "contact replaced",
    # `same`: a person says that it is the same person, whatever the name.
    details={"role", "contact", "replaced", "from", "fields", "file", "mail", "same"},
    private=_BECAUSE,
)
CONTACT_ENDED: Final = Kind(
    "contact.ended",
    Subject.AUTHORITY,
    "contact left",
    details={"role", "contact", "from", "file"},
    private={"name", "because"},
)
CONTACT_ASKED: Final = Kind(
    "contact.asked",
    Subject.AUTHORITY,
    "contact asked whether it is them",
    # `of`: the contact's row; `verdict`: `offered` until the server has replied.
    details={"mailout", "role", "of", "verdict"},
)
# Whom somebody names in answer to that. `of`: the contact who was asked.
_ANSWER: Final = {"mailout", "role", "of", "mail"}
CONTACT_NAMED: Final = Kind(
    "contact.named", Subject.AUTHORITY, "another contact named when asked", details=_ANSWER
)
CONTACT_KEPT: Final = Kind(
    "contact.kept",
    Subject.AUTHORITY,
    "contact kept, though another was named when asked",
    details=_ANSWER,
    private=_BECAUSE,
)
FIGURES_CORRECTED: Final = Kind(
    "figures.corrected",
    Subject.AUTHORITY,
    "figures corrected",
    details={"year", "fields", "replaced", "file"},
)

# What comes in

IMPORTED: Final[Mapping[str, Kind]] = {
    kind: Kind(
        f"import.{kind}",
        Subject.FILE,
        f"{kind} imported",
        details={"new", "changed", "unchanged", "ended", "odd"},
        private={"name", "because", "although"},
    )
    for kind in ("authorities", "contacts", "figures")
}
"""By the kind of file. The name of a file is somebody's own words."""

FILE_STAGED: Final = Kind(
    "staged.received",
    Subject.STAGED,
    "file received, to be taken in",
    details={"kind", "sha256"},
    private={"name"},
)

MAIL_RECEIVED: Final = Kind("mail.received", Subject.MAIL, "received", details={"source", "sha256"})
MAIL_READ: Final = Kind("mail.read", Subject.MAIL, "read", details={"category", "version"})
MAIL_QUARANTINED: Final = Kind("mail.quarantined", Subject.MAIL, "quarantined", private=_WHY)

# Reminders to staff, about a mailout

REMINDERS: Final[Mapping[ReminderState, Kind]] = {
    state: Kind(
        f"reminder.{state.value}",
        Subject.MAILOUT,
        words,
        details=_REMINDED,
        private=_WHY,
        leads_to=state,
    )
    for state, words in (
        (ReminderState.OFFERED, "reminder offered to the mail server"),
        (ReminderState.ACCEPTED, "reminder accepted by a mail server"),
        (ReminderState.DEFERRED, "reminder deferred by a mail server"),
        (ReminderState.REFUSED, "reminder refused by a mail server"),
        (ReminderState.IN_DOUBT, "reminder in doubt"),
        (ReminderState.UNSENT, "reminder not sent"),
    )
}
