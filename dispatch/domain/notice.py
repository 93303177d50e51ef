"""Notices: messages that a server or a person sent because of one of ours.

The words are those of RFC 3464 for delivery status notifications and of RFC 3834 for autoreplies.
What a message says about itself proves nothing yet: `notice_effects` decides which delivery it is
about and how far to believe it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum


class Category(Enum):
    """What kind of message it is. The value is the word for it."""

    BOUNCE = "bounce"
    """The message did not reach at least one of its recipients."""

    DELAYED = "delayed"
    """A server is still trying. Nothing has failed yet."""

    DELIVERED = "delivered"
    """A notification says that it is in the mailbox, or went to where nothing is reported."""

    AUTOREPLY = "autoreply"
    """The recipient's machine answered: the mailbox exists."""

    CHALLENGE = "challenge"
    """It asks us to confirm that a person wrote, before it lets the message through."""

    HELD = "held"
    """A gateway holds the message until somebody there lets it through."""

    COMPLAINT = "complaint"
    """Somebody reported it as spam (RFC 5965)."""

    RECEIPT = "receipt"
    """A message disposition notification (RFC 8098): displayed, or deleted."""

    SECURE_PORTAL = "secure_portal"
    """The message waits on a web page for the recipient to fetch it."""

    HUMAN = "human"
    """A person wrote it, or nothing shows that a machine did."""


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
    """Nobody has this address: the only hard reason."""

    DISABLED = "disabled"
    MAILBOX_FULL = "mailbox_full"
    TOO_LARGE = "too_large"
    POLICY = "policy"
    """The server will not accept it from us, or for this recipient: blocked or filtered."""

    SPAM_VIRUS = "spam_virus"
    NETWORK = "network"
    """The server could not be found or reached, or time ran out."""

    SYSTEM = "system"
    """A fault on the recipient's side: disk, configuration, a loop."""

    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What a notice says about one recipient."""

    address: str
    action: Action
    status: str = ""
    """The enhanced status (RFC 3463), such as "5.1.1"."""

    reason: Reason = Reason.UNKNOWN
    is_hard: bool = False
    """Whether the address is dead, so that writing to it again will fail again."""

    is_about_us: bool = False
    """Whether the server rejected us (our login, rate, domain or IP), not the recipient."""

    text: str = ""
    """The server's words that say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """Whom an autoreply names in place of somebody who has left."""

    address: str
    name: str = ""
    sentence: str
    """The sentence that says so, word for word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a person typed in answer to "are you the right person?", as far as it is plain."""

    is_yes: bool = False
    successor: Successor | None = None
    """The one contact whom they name plainly instead."""


class Clue(Enum):
    """What ties a notice to a delivery; the first that names one counts."""

    RETURN_PATH = "return_path"
    """An address that the message was sent to: a delivery's signed return path."""

    SIGNED_HEADER = "signed_header"
    """Our own X-Dispatch-Signed, where a delivery notification returns the message."""

    RETURNED_MESSAGE_ID = "returned_message_id"
    """The Message-ID of the returned message or headers, also where a server kept it."""

    ANSWERED = "answered"
    """In-Reply-To and References."""

    QUOTED_MESSAGE_ID = "quoted_message_id"
    """A Message-ID within the text."""

    ENVELOPE_ID = "envelope_id"
    """Original-Envelope-Id (RFC 3464 2.2.1)."""

    DELIVERY_HEADER = "delivery_header"
    """Our own X-Dispatch-Delivery in the returned message."""

    TOLD_ID = "told_id"
    """A Message-ID that a server gave our message, and told us when it took it."""

    TEST = "test"
    """The id of a test that somebody of the office sent: it is about no delivery."""

    QUESTION = "question"
    """The id of a question to a contact, whether they are the right person: about no delivery."""

    RECIPIENT = "recipient"
    """The recipient that it mentions, and when: a likely match, never a certain one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What was read in one message."""

    category: Category
    answer: Answer | None = None
    fates: tuple[Fate, ...] = ()
    about: tuple[str, ...] = ()
    """Where it has no fates: who answered, complained, or read the message."""

    successor: Successor | None = None
    typed: Typed | None = None
    """Where a person wrote it. It counts only as an answer to a question to a contact."""
    away_until: date | None = None
    clues: Mapping[Clue, tuple[str, ...]] = field(default_factory=dict)
    """What was found of each, word for word and unproven, in the order of the message."""

    message_id: str = ""
    """The Message-ID of the message that it is about, with its angle brackets."""
