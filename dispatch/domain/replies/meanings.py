"""What a mail server's reply can mean, in plain words: whose trouble it is, and what to do.

A reply about us (our login, our return path, our quota, our domain, our address on the network)
says nothing about the council whose letter happened to be offered. Taken for a refusal, one wrong
permission would refuse a whole mailout in a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Whose(Enum):
    """Whose trouble a reply is about; it decides what happens next."""

    US = "us"
    """The letter waits, and so does its mailout, until a person has mended it."""

    PACE = "pace"
    """The letter waits, and all letters by this mail server go more slowly."""

    COUNCIL = "council"
    """It is about this one recipient: final, or to be tried again."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reply means, in the words that a person is shown."""

    whose: Whose
    means: str
    """A clause without a full stop: "the mail server does not pass on our mail"."""
    to_do: str
    """What mends it, as a sentence without a full stop."""
    is_worth_another_try: bool = False
    """Whether the letter is offered again although the reply code is a permanent one."""
    may_be_about_us: bool = False
    """Whether servers say the same about us: then one that comes for one receiving domain after
    another is not about the recipients."""

    @property
    def comes_again(self) -> bool:
        """Whether the letter waits for another try, whatever the reply code."""
        return self.whose is not Whose.COUNCIL or self.is_worth_another_try


LOGIN_OFF: Final = Meaning(
    Whose.US,
    "the mail provider does not let our mailbox log in by SMTP",
    "ask your mail administrator to allow authenticated SMTP for the mailbox "
    "(Set-CASMailbox -SmtpClientAuthenticationDisabled $false), and to see that neither security "
    "defaults nor a conditional access policy forbids it",
)
LOGIN_WITHDRAWN: Final = Meaning(
    Whose.US,
    "the mail provider does not take passwords any longer",
    "ask your mail administrator for another way in: a relay, a connector, or an access token "
    "(DISPATCH_OAUTH_TENANT and the settings beside it, without a password in DISPATCH_SMTP_URL)",
)
LOGIN_REFUSED: Final = Meaning(
    Whose.US,
    "the mail server does not accept our login",
    "check the user and password in DISPATCH_SMTP_URL, one of which may have changed or expired; "
    "with an access token, check that the mailbox exists and is not suspended",
)
PASSWORD_OLD: Final = Meaning(
    Whose.US,
    "the mail server wants a new password for our login, or another kind of login once",
    "ask your mail administrator to renew the mailbox's password, and put the new one into "
    "DISPATCH_SMTP_URL",
)
LOGIN_MISSING: Final = Meaning(
    Whose.US,
    "the mail server wants us to log in first",
    "put the user and password into DISPATCH_SMTP_URL, or the user alone and DISPATCH_OAUTH_… "
    "beside it",
)
TLS_REQUIRED: Final = Meaning(
    Whose.US,
    "the mail server wants an encrypted connection, and ours is not or cannot be",
    "check DISPATCH_SMTP_URL and DISPATCH_SMTP_PLAINTEXT_HOST, or ask your mail administrator",
)
SENDER_REFUSED: Final = Meaning(
    Whose.US,
    "we may not use this sender or return path",
    "ask your mail administrator to let our login send as DISPATCH_SENDER and DISPATCH_RETURN_PATH",
)
RELAY_DENIED: Final = Meaning(
    Whose.US,
    "the mail server does not pass on our mail to other domains",
    "ask your mail administrator to let this machine, or our login, relay through the server",
)
QUOTA_USED: Final = Meaning(
    Whose.US,
    "our account has sent as much as it may for now",
    "resume when the quota is renewed, which is usually the next day, or ask for a larger one",
)
ACCOUNT_BLOCKED: Final = Meaning(
    Whose.US,
    "our account or organisation may not send: it is blocked or throttled",
    "ask your mail provider to lift the block; do not try again before that",
)
HOST_BLOCKED: Final = Meaning(
    Whose.US,
    "our server's address on the network is blocked, or has a bad reputation",
    "ask your mail administrator to have it taken off the list that the reply names",
)
DOMAIN_UNPROVEN: Final = Meaning(
    Whose.US,
    "our domain does not prove that the message is ours (SPF, DKIM, DMARC or reverse DNS)",
    "ask your mail administrator to mend the DNS records or the signature",
)
CONTENT_REFUSED: Final = Meaning(
    Whose.US,
    "a filter turned our message away for what it contains or looks like",
    "ask the postmaster of the server that says so to let our messages through",
)
TURNED_AWAY: Final = Meaning(
    Whose.US,
    "the mail server turned us away before any recipient was named",
    "show the reply to your mail administrator",
)
COMMAND_REFUSED: Final = Meaning(
    Whose.US,
    "the mail server does not know how to do what we asked of it",
    "show the reply to your mail administrator: a firewall or filter in front of the mail server "
    "may offer what it cannot do",
)
ALL_ALIKE: Final = Meaning(
    Whose.US,
    "the same refusal came for one authority after another, so it is about us",
    "show the reply to your mail administrator; if it is about the recipients after all, say so "
    "with `--about-council`",
)
TOO_FAST: Final = Meaning(
    Whose.PACE,
    "we send too fast, or over too many connections at once",
    "wait: letters go more slowly for a while; DISPATCH_RATE and DISPATCH_ALL_CONNECTIONS set "
    "limits",
)
NO_SUCH_RECIPIENT: Final = Meaning(
    Whose.COUNCIL,
    "there is no such mailbox",
    "find out the present address, and record it as a new contact",
)
NO_SUCH_DOMAIN: Final = Meaning(
    Whose.COUNCIL,
    "the recipient's domain does not exist, or takes no mail",
    "check the part of the address behind the @, and record the right one as a new contact",
)
NOT_AVAILABLE: Final = Meaning(
    Whose.COUNCIL,
    "the recipient's mailbox is not available, and the server does not say why",
    "check the address, or telephone the authority",
    may_be_about_us=True,
)
MAILBOX_FULL: Final = Meaning(
    Whose.COUNCIL,
    "the recipient's mailbox is full",
    "telephone the authority",
)
MAILBOX_BUSY: Final = Meaning(
    Whose.COUNCIL,
    "the recipient's mailbox gets too much mail at the moment",
    "wait: it is tried again",
    is_worth_another_try=True,
)
MAILBOX_OFF: Final = Meaning(
    Whose.COUNCIL,
    "the recipient's mailbox is switched off",
    "telephone the authority",
)
RECEIVER_BROKEN: Final = Meaning(
    Whose.COUNCIL,
    "the receiving domain's own certificate or DNS records are broken",
    "wait: it is tried again; telephone the authority if it lasts",
    is_worth_another_try=True,
)
NOT_YET: Final = Meaning(
    Whose.COUNCIL,
    "the receiving server puts off senders that it does not know yet (greylisting)",
    "wait: it is tried again, and usually taken then",
    is_worth_another_try=True,
)
TOO_LARGE: Final = Meaning(
    Whose.COUNCIL,
    "the message is larger than the server or the mailbox takes",
    "ask your mail administrator which limit it met; else send the letter in another way",
    may_be_about_us=True,
)
NOT_WANTED: Final = Meaning(
    Whose.COUNCIL,
    "the recipient's side does not take this message, perhaps since it takes messages only from "
    "inside or from listed senders",
    "telephone the authority and ask to be allowed",
    may_be_about_us=True,
)
RESTRICTED: Final = Meaning(
    Whose.COUNCIL,
    "the recipient takes messages only from inside or from listed senders",
    "telephone the authority and ask to be allowed",
)
