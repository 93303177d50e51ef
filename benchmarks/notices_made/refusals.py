"""What servers say of a recipient: replies of products, with why and whether the address is dead.

Wordings are those that products and providers have as their defaults. `{a}` is the address, `{l}`
its local part, `{d}` its domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reply to RCPT or to the end of the data."""

    code: str
    status: str
    text: str
    reasons: frozenset[str]
    is_hard: bool = False

    @property
    def is_temporary(self) -> bool:
        return self.code.startswith("4")


def _of(reasons: str, rows: str, *, is_hard: bool = False) -> tuple[Refusal, ...]:
    """Return a row for each line: code, status (or -) and words."""
    return tuple(
        Refusal(code, "" if status == "-" else status, words, frozenset(reasons.split()), is_hard)
        for code, status, words in (row.split(" ", 2) for row in rows.strip().splitlines())
    )


DEAD: Final = _of(
    "bad_address",
    """\
550 5.1.1 <{a}>: Recipient address rejected: User unknown in virtual mailbox table
550 5.1.1 <{a}>: Recipient address rejected: User unknown in local recipient table
550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {a} not found by SMTP address lookup
550 5.1.1 RESOLVER.ADR.RecipNotFound; not found
550 5.4.1 Recipient address rejected: Access denied. [DB5EUR02FT012.eop-EUR02.prod.protection.outlook.com]
550 5.4.1 [{a}]: Recipient address rejected: Access denied. AS(201806281)
550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the recipient's email address for typos or unnecessary spaces.
550 5.1.1 <{a}>... User unknown
550 - No such user here
550 - Unknown user
550 - sorry, no mailbox here by that name. (#5.1.1)
550 - Sorry, no mailbox here by that name (#5.1.1 - chkuser)
550 5.1.1 User not listed in Domino Directory
550 - {a} not listed in public Name & Address Book
550 - Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550 [x1Z2]
550 5.1.1 Invalid recipient <{a}>
550 - #5.1.0 Address rejected.
550 5.1.0 <{a}> unknown address
550 - <{a}> Recipient unknown
550 - <{a}>, recipient unknown
550 5.1.1 <{a}> User doesn't exist: {a}
554 - delivery error: dd This user doesn't have a {d} account ({a}) [0] - mta1.{d}
550 5.1.1 unknown or illegal alias: {a}
550 5.1.1 No such mailbox
550 - Invalid recipient: <{a}>
550 - No such recipient here
550 - Address unknown
550 - Mailbox not found
553 5.1.1 Mailbox does not exist
550 - no valid recipients: user {l} does not exist
550 - The user you are trying to contact does not exist on this system
550 5.2.1 The email account that you tried to reach does not exist here
550 - relay recipient does not exist: {a}
550 - Requested action not taken: mailbox unavailable, invalid mailbox
550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. LPN416
550 5.1.1 Adresse inconnue: {a}
550 - Empfaenger unbekannt / recipient unknown
550 5.1.1 Benutzer unbekannt
550 - Usuario desconocido / unknown user
550 5.1.1 El usuario no existe
550 - utente sconosciuto (user unknown)
550 5.1.1 Nie ma takiego konta: {a}
550 - Gebruiker onbekend / user not known
550 5.1.1 Onbekende gebruiker
550 5.1.6 recipient no longer on server: {a}
550 5.1.1 <{l}> is not a valid mailbox
""",
    is_hard=True,
)
FULL: Final = _of(
    "mailbox_full",
    """\
552 5.2.2 <{a}>: user is over quota
552 5.2.2 Mailbox size limit exceeded
452 4.2.2 The email account that you tried to reach is over quota. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaTemp
452 4.2.2 Over quota
554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded
554 5.2.2 STOREDRV.Deliver; mailbox full
550 - Mailbox quota exceeded for {a}
550 - mailbox is full (MDBEMS)
550 5.2.2 The recipient's inbox is out of storage space and inactive.
552 - Requested mail action aborted: exceeded storage allocation
552 - Quota exceeded (mailbox for user is full)
550 5.7.1 Not enough storage space available for the user
452 - Insufficient storage in the mailbox of {a}
552 5.2.2 La boite aux lettres du destinataire est pleine
550 - Speicherplatz ueberschritten, mailbox full
""",
)
STOPPED: Final = _of(
    "disabled",
    """\
550 5.2.1 The email account that you tried to reach is disabled.
550 5.2.1 The email account that you tried to reach is inactive.
550 5.2.1 Mailbox disabled for this recipient
550 5.2.1 This account has been disabled or discontinued [#102]
554 - Account has been suspended
550 - This account is suspended. Contact {d}
550 5.2.1 <{a}>: mailbox is disabled, not accepting messages
550 - mailbox locked: {a}
550 - Account inactive
525 5.7.13 Disabled recipient address
""",
)
REFUSED: Final = _of(
    "policy",
    """\
550 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org
554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?r=1&ip=192.0.2.25
550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy
550 5.7.124 RESOLVER.RST.SenderNotInGroup; Sender not in allowed-senders list
550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed because the sender was not authenticated when sending to this group
550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox; authentication required
550 5.7.26 This mail has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.
550 5.7.509 Access denied, sending domain ombudsman.example does not pass DMARC verification and has a DMARC policy of reject.
550 5.7.1 Recipient not authorized, your IP has been found on a block list
550 5.7.606 Access denied, banned sending IP [192.0.2.25]; To request removal from this list please visit https://sender.office.com/
554 5.7.1 <{a}>: Relay access denied
550 5.7.1 Unable to relay for {a}
550 - Administrative prohibition - envelope blocked - https://community.mimecast.com/docs/DOC-1369#550
554 - Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554
550 - Rejected by header based manually Blocked Senders
550 - Sender IP reverse lookup rejected
550 5.7.25 The IP address sending this message does not have a PTR record setup
550 5.7.23 The message was rejected because of Sender Policy Framework violation
550 5.7.0 Local Policy Violation - {l}
554 5.7.1 Access denied by sender filter
550 - Your message was rejected by the recipient's content policy
421 4.7.0 Our system has detected an unusual rate of unsolicited mail originating from your IP address. To protect our users from spam, mail sent from your IP address has been temporarily rate limited.
451 4.7.500 Server busy. Please try again later from [192.0.2.25]. (S77719)
450 4.2.0 <{a}>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/{d}.html
451 4.7.1 Greylisting in action, please come back later
""",
)
JUNK: Final = _of(
    "spam_virus",
    """\
550 5.7.1 This message was classified as SPAM and may not be delivered
554 5.7.1 Message rejected because it contains a virus
550 - This message contains a virus (Eicar-Test-Signature)
554 5.7.1 Spam message rejected
550 5.7.350 Remote server returned message detected as spam -> 554 rejected due to spam content
550 - High probability of spam
554 - Message content rejected: spam score 12.4 exceeds threshold
""",
)
LARGE: Final = _of(
    "too_large",
    """\
552 5.3.4 Message size exceeds fixed limit
552 5.3.4 Message size exceeds fixed maximum message size
550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient
552 - Message exceeds maximum size permitted (10485760)
552 5.3.4 message file too big
554 5.3.4 Message too big for system
""",
)
FAULTS: Final = _of(
    "system",
    """\
451 4.3.0 Error: queue file write error
452 4.3.1 Insufficient system storage
451 4.3.5 Server configuration problem
451 4.3.0 Temporary lookup failure
451 - Temporary local problem - please try later
554 5.3.5 Local configuration error
451 4.3.2 System not accepting network messages, disk full
451 4.5.0 Internal resource temporarily unavailable, LDAP lookup failed
""",
)
LOOPS: Final = _of(
    "system network",
    """\
554 5.4.6 Hop count exceeded - possible mail loop
554 5.4.14 Hop count exceeded - possible mail loop ATTR34
550 5.4.6 Too many hops
""",
)
UNFIT: Final = _of(
    "spam_virus system policy",
    """\
550 5.6.0 CAT.InvalidContent.Exception: MessagingException; cannot handle content
552 5.7.0 This message was blocked because its content presents a potential security issue
""",
)
EXPIRED: Final = _of(
    "network",
    """\
450 4.4.1 connect to mx1.{d}[192.0.2.20]:25: Connection timed out
450 4.4.1 connect to mx1.{d}[192.0.2.20]:25: Connection refused
450 4.4.2 lost connection with mx1.{d}[192.0.2.20] while sending RCPT TO
450 4.4.2 conversation with mx1.{d}[192.0.2.20] timed out while sending end of data
450 4.4.1 mx1.{d}[192.0.2.20]: No route to host
450 4.4.1 connect to mx1.{d}[2001:db8::20]:25: Network is unreachable
""",
)
LATER: Final = _of(
    "network system policy unknown",
    """\
450 4.1.1 <{a}>: Recipient address rejected: unverified address: Address verification in progress
450 4.2.0 Mailbox unavailable, try again later
450 4.1.1 <{a}>: user unknown, lookup deferred
451 4.1.1 User unknown in backend directory, please retry
450 - Requested mail action not taken: mailbox unavailable
451 4.1.8 Domain of recipient does not resolve for now
""",
)
KINDS: Final = (
    (DEAD, 8), (FULL, 3), (STOPPED, 2), (REFUSED, 5), (JUNK, 2), (LARGE, 1), (FAULTS, 2),
    (EXPIRED, 1), (LATER, 1), (LOOPS, 1), (UNFIT, 1),
)  # fmt: skip

US: Final = _of(
    "policy",
    """\
550 5.1.8 <b+k7q2m4token@bounce.ombudsman.example>: Sender address rejected: Domain not found
553 - sorry, your envelope sender domain must exist (#5.7.1)
550 - Sender verify failed: no such user b+k7q2m4token@bounce.ombudsman.example
550 5.1.0 b+k7q2m4token@bounce.ombudsman.example: sender unknown
550 5.7.1 <relay.ombudsman.example>: Helo command rejected: Host not found
501 5.1.7 Invalid sender address
554 5.7.1 You are not allowed to connect, no such host relay.ombudsman.example
550 5.7.1 Client host rejected: cannot find your hostname, [192.0.2.25]
""",
)
"""Refusals before the recipient was named: at connect, HELO or MAIL FROM. They are about us."""
