"""The catalogue of events: each kind that the ledger knows, once.

A kind says what sort of record it is about, which details it may have, which of them are private (a
redacted evidence pack withholds these), and which state it brings the record into. The journal
refuses an event that is not in here, so nobody can forget to declare one. What is stored (`action`,
the subject and the names of the details) is sealed and never changes.

    journal.append(session, events.MAILOUT_REOPENED.event(now, CLOCK, mailout.name, why=why))
    journal.append(session, events.LETTER_WITHDRAWN.by(word, letter.id, because=word.because))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Final

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import SERVICE, Event
from dispatch.domain.register.authority import Authority
from dispatch.domain.reply import Verdict
from dispatch.domain.tracking.reminders import ReminderState
from dispatch.domain.upkeep import retention
from dispatch.ledger.kinds import IN_BOTH, Kind, Purges, Subject

_VERDICTS: Final = frozenset(each.value for each in Verdict)
_ADDRESSED: Final = frozenset({"authority", "role", "letter", "replaces"})
_ATTEMPTED: Final = frozenset({"attempt", "envid", "verdict"})
_NOTICED: Final = frozenset({"category", "clue", "trust", "action", "reason", "mail"})
_CONFIRMED: Final = frozenset({"confirmed_by"})
_REMINDED: Final = (
    frozenset({"hour", "kind", "unreached", "about", "addresses", "withheld"}) | _VERDICTS
)
_APPROVED: Final = frozenset({"digest", "plan", "release_at", "letters", "root"})
_BECAUSE: Final = frozenset({"because"})
_COUNTED: Final = frozenset({"addresses"})
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
    details=_APPROVED,
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
    details={"about"},
    private=_WHY | _BECAUSE,
    leads_to=MailoutState.RELEASING,
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
MAILOUT_SENT: Final = Kind(
    "mailout.sent", Subject.MAILOUT, "sending finished", leads_to=MailoutState.SENT
)
MAILOUT_UPLOADED: Final = Kind(
    "mailout.uploaded",
    Subject.MAILOUT,
    "published",
    details={"manifest", "unreached"},
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
    "delivery.queued", Subject.DELIVERY, "queued", details=_ADDRESSED, leads_to=DeliveryState.QUEUED
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
        details={"new", "changed", "unchanged", "ended"},
        private={"name", "because"},
    )
    for kind in ("authorities", "contacts", "figures")
}
"""By the kind of file. The name of a file is somebody's own words."""

MAIL_RECEIVED: Final = Kind("mail.received", Subject.MAIL, "received", details={"source", "sha256"})
MAIL_READ: Final = Kind("mail.read", Subject.MAIL, "read", details={"category", "version"})
MAIL_QUARANTINED: Final = Kind("mail.quarantined", Subject.MAIL, "quarantined", private=_WHY)

# Reminders to staff, about a mailout

_REMINDERS: Final = {
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

# The ledger and the database

CHECKPOINT_OFFERED: Final = Kind(
    "checkpoint.offered", Subject.CHECKPOINT, "about to be emailed to witnesses", details=_COUNTED
)
CHECKPOINT_MAILED: Final = Kind(
    "checkpoint.mailed", Subject.CHECKPOINT, "emailed to witnesses", details=_VERDICTS
)
AUDIT_EXPORTED: Final = Kind(
    "audit.exported",
    Subject.EXPORT,
    "exported",
    details={
        *("format", "rows", "sha256", "filters"),  # of a listing
        *("mailout", "authority", "manifest", "redacted"),  # of a pack
    },
)
DB_BACKED_UP: Final = Kind(
    "db.backed_up", Subject.BACKUP, "taken", details={"sha256", "rows", "bytes", "taken_at"}
)
DB_RESTORED: Final = Kind(
    "db.restored",
    Subject.BACKUP,
    "restored",
    details={"sha256", "taken_at", "revision", "rows", "in_doubt", "lost", "signature"},
    private=_BECAUSE,
)
KEY_REPLACED: Final = Kind(
    "key.replaced", Subject.KEY, "replaced", details={"was", "is", "unsealed"}, private=_BECAUSE
)
LEDGER_AUDITED: Final = Kind(
    "ledger.audited", Subject.CHECKPOINT, "verified", details={"wrong"}, private={"first"}
)

# The time

CLOCK_CONFIRMED: Final = Kind(
    "clock.confirmed", Subject.TIME, "said to be right", details={"ahead"}, private=_BECAUSE
)

# What is deleted when its time is over

_DETAIL_OF_PURGE: Final = {Purges.CONTACT: {"contact"}, Purges.CONTENT: {"sha256"}}
PURGED: Final[Mapping[Subject, Kind]] = {
    subject: Kind(
        f"{subject.value}.purged",
        subject,
        f"{what} deleted",
        details=_DETAIL_OF_PURGE.get(purges, frozenset()),
        purges=purges,
    )
    for subject, what, purges in (
        (Subject.DELIVERY, "personal data", Purges.SUBJECT),
        (Subject.LETTER, "personal data", Purges.SUBJECT),
        (Subject.SUPPRESSION, "personal data", Purges.SUBJECT),
        (Subject.AUTHORITY, "personal data of a contact", Purges.CONTACT),
        (Subject.MAIL, "content", Purges.CONTENT),
        (Subject.FILE, "content", Purges.CONTENT),
        (Subject.DOCUMENT, "content", Purges.CONTENT),
    )
}
"""By the sort of record that something is deleted of."""

AUDIT_PURGED: Final = Kind(
    "audit.purged",
    Subject.PURGE,
    "personal data deleted",
    details={
        *("mails that came in", "deliveries", "addressees of letters", "contacts who left"),
        *("lifted suppressions", "files of contacts", "documents"),
        *(each.value for each in retention.KeptKind),
    },
)


CATALOGUE: Final[Mapping[str, Kind]] = {
    each.action: each
    for each in (
        *(each for each in tuple(globals().values()) if isinstance(each, Kind)),
        *(*IMPORTED.values(), *_REMINDERS.values(), *PURGED.values()),
    )
}
"""Every kind, by its name."""

_INTO: Final[Mapping[Enum, Kind]] = {
    each.leads_to: each
    for each in CATALOGUE.values()
    if each.leads_to is not None and each.action.endswith(f".{each.leads_to.value}")
}


def into(state: Enum) -> Kind:
    """Return the kind that says just that a record came into this state."""
    return _INTO[state]


def check(event: Event) -> None:
    """Raise `ValueError` for an event that the catalogue does not have."""
    kind = CATALOGUE.get(event.action)
    if kind is None:
        raise ValueError(f"{event.action} is not in the catalogue of events")
    kind.check(event)


def leads_to(event: Event) -> Enum | None:
    """Return the state that an event brings its subject into; None if into none."""
    kind = CATALOGUE.get(event.action)
    if kind is None or kind.subject.states is None:
        return None
    if kind is DELIVERY_SETTLED and event.detail.get("as") == DeliveryState.ACCEPTED.value:
        return DeliveryState.ACCEPTED
    return kind.leads_to if isinstance(kind.leads_to, kind.subject.states) else None


def tells_of_people(event: Event) -> bool:
    """Whether an event names a person, or may: a redacted evidence pack has only its digest.

    Of a kind that is not in the catalogue, anything may be true.
    """
    kind = CATALOGUE.get(event.action)
    if kind is None or event.actor not in SERVICE or not kind.subject.is_impersonal:
        return True
    return not event.detail.keys() <= kind.details
