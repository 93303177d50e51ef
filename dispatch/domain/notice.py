"""What comes back: a mail that a server or a person sent because of one of ours.

The words are RFC 3464's for a delivery status notification and RFC 3834's for an autoreply. What
a mail says of itself proves nothing yet: which delivery it is about, and whether it may be
believed, is settled where its clues are followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum


class Category(Enum):
    """What kind of mail it is. The value is the word for it."""

    BOUNCE = "bounce"
    """The message did not reach at least one of its recipients."""

    DELAYED = "delayed"
    """A server is still trying. Nothing has failed yet."""

    DELIVERED = "delivered"
    """A notification that says it is in the mailbox, or was passed on beyond what is reported."""

    AUTOREPLY = "autoreply"
    """An answer by the recipient's machine: the mailbox is there."""

    CHALLENGE = "challenge"
    """Asks for a proof that a person wrote, before the message is let through."""

    COMPLAINT = "complaint"
    """Somebody called it spam (RFC 5965)."""

    RECEIPT = "receipt"
    """A message disposition notification (RFC 8098): displayed, deleted."""

    SECURE_PORTAL = "secure_portal"
    """The message waits on a web page for the recipient to fetch it."""

    HUMAN = "human"
    """A person wrote, or nothing shows that it was a machine."""


class Answer(Enum):
    """What an autoreply says."""

    OUT_OF_OFFICE = "out_of_office"
    HAS_LEFT = "has_left"
    MAILBOX_RETIRED = "mailbox_retired"
    USE_A_FORM = "use_a_form"
    ACKNOWLEDGEMENT = "acknowledgement"


class Action(Enum):
    """What a server did for one recipient (RFC 3464 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


class Reason(Enum):
    """Why a recipient was not reached."""

    BAD_ADDRESS = "bad_address"
    """Nobody has this address: the only reason that is hard."""

    DISABLED = "disabled"
    MAILBOX_FULL = "mailbox_full"
    TOO_LARGE = "too_large"
    POLICY = "policy"
    """The server will not take it from us, or for this recipient: blocked, or filtered."""

    SPAM_VIRUS = "spam_virus"
    NETWORK = "network"
    """The server could not be found or reached, or the time was up."""

    SYSTEM = "system"
    """Trouble on the recipient's side: disk, configuration, a loop."""

    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What a notice says of one recipient."""

    address: str
    action: Action
    status: str = ""
    """The enhanced status (RFC 3463), such as "5.1.1"."""

    reason: Reason = Reason.UNKNOWN
    is_hard: bool = False
    """Whether the address is dead: writing to it again will fail again."""

    is_about_us: bool = False
    """Whether it is our own standing that was turned away, which no recipient should suffer for."""

    text: str = ""
    """The server's words that this rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """Whom an autoreply names in the place of one who has left."""

    address: str
    name: str = ""
    sentence: str
    """Where it says so, word for word."""


class Clue(Enum):
    """What ties a notice to a delivery, the first that answers counting."""

    RETURN_PATH = "return_path"
    """An address that the mail was sent to: the return path of a delivery, signed."""

    RETURNED_MESSAGE_ID = "returned_message_id"
    """The Message-ID of the message, or of the headers, that it brings back."""

    ANSWERED = "answered"
    """In-Reply-To and References."""

    QUOTED_MESSAGE_ID = "quoted_message_id"
    """A Message-ID within the text."""

    ENVELOPE_ID = "envelope_id"
    """Original-Envelope-Id (RFC 3464 2.2.1)."""

    DELIVERY_HEADER = "delivery_header"
    """Our own X-Dispatch-Delivery in what it brings back."""

    RECIPIENT = "recipient"
    """Whom it speaks of, and when: likely, and never more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """How one mail was read."""

    category: Category
    answer: Answer | None = None
    fates: tuple[Fate, ...] = ()
    about: tuple[str, ...] = ()
    """Whose mail it is where it tells no fate: who answered, complained, or read the message."""

    successor: Successor | None = None
    away_until: date | None = None
    clues: Mapping[Clue, tuple[str, ...]] = field(default_factory=dict)
    """What was found of each, word for word and unproven, in the order of the mail."""

    message_id: str = ""
    """The Message-ID of the message that this is about, with its angle brackets."""
