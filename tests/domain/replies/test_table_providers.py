"""What large providers and common servers say, each with whose trouble it is.

A row: the command, the code, the text as it arrives, with `/` for the end of a line.
"""

from __future__ import annotations

from typing import Final

import pytest

from dispatch.domain.replies.meanings import Whose
from dispatch.domain.reply import Reply, Verdict

US: Final = """
RCPT 550 Direct Send not allowed for this organization
RCPT 550 Access denied, bad outbound sender
. 554 tenant has exceeded threshold
RCPT 550 traffic not accepted from this IP
. 550 Sender Policy Framework violation
MAIL 550 Basic authentication is not supported
. 550 Sender throttled due to continuous errors
RCPT 550 Service unavailable. Client blocked from sending from unregistered domains
. 554 From address is not one of your addresses
. 550 monthly quota exceeded
RCPT 550 5.1.0 Sender denied
. 554 5.7.1 Gateway: attachment type not allowed
. 550 5.6.11 SMTPSEND.BareLinefeedsAreIllegal; message contains bare linefeeds
. 554 5.6.0 Corrupt message content
RCPT 550 Unauthenticated senders not allowed
. 554 5.7.1 You've exceeded your messaging limits
RCPT 550 Messages per day exceeded for this account
. 550 Message rejected: Outgoing mail from "letters" has been suspended
MAIL 550 5.7.57 x
MAIL 451 5.7.3 STARTTLS is required to send mail
CONNECT 421 4.7.66 TLS 1.0 and 1.1 are not supported
AUTH 535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.
AUTH 535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [AM0PR]
AUTH 535 5.7.139 Authentication unsuccessful, user is locked by your organization's security
AUTH 535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be
AUTH 535 5.7.139 Authentication unsuccessful, basic authentication is disabled.
AUTH 535 5.7.3 Authentication unsuccessful [DB9PR]
AUTH 550 5.7.30 Basic authentication is not supported for Client Submission.
AUTH 501 5.5.124 Invalid authentication blob
AUTH 504 5.7.4 Unrecognized authentication type
AUTH 535 5.7.8 Username and Password not accepted. For more information, go to / 5.7.8
AUTH 534 5.7.9 Application-specific password required. For more information, go to / 5.7.9
AUTH 534 5.7.14 <https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=AKgnsbt> Please log
AUTH 550 5.4.5 Daily SMTP relay sending limit exceeded
AUTH 535 5.7.8 Error: authentication failed: authentication failure
AUTH 535 Incorrect authentication data
AUTH 535 Authentication Credentials Invalid
AUTH 535 5.7.1 Authentication failed
AUTH 432 4.7.12 a password transition is needed
AUTH 538 5.7.11 Encryption required for requested authentication mechanism
MAIL 530 5.7.57 Client not authenticated to send mail. [LO]
MAIL 530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM
MAIL 530 5.5.1 Authentication Required.
MAIL 530 5.7.0 Authentication Required. For more information, go to
MAIL 550 5.7.60 SMTP; Client does not have permissions to send as this sender
RCPT 550 5.7.60 SMTP; Client does not have permissions to send as this sender
. 554 5.2.252 SendAsDenied; letters@office.example not allowed to send as
. 554 5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed
. 550 5.2.251 something
. 550 5.2.252 something
. 550 5.2.253 x
. 550 5.2.254 InvalidRecipientsException; too many errors
. 550 5.2.255 x
RCPT 550 5.2.253 STOREDRV.Submission throttled
. 554 5.2.251 throttled
. 430 4.2.0 STOREDRV; mailbox logon failure; [Microsoft.Exchange.Data.Storage.WrongServerException]
. 430 4.2.0 STOREDRV.Submission.Exception:AccessDeniedException.MapiExceptionLogonFailed; Failed
. 432 4.2.0 STOREDRV.Submission.Exception:LogonFailedException
. 554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process
. 550 5.1.90 Your message can't be sent because you've reached your daily limit for message
RCPT 550 5.1.90 x
. 550 5.2.2 Submission quota exceeded for sender
. 554 5.2.2 mailbox full; the sender's submission quota was exceeded
RCPT 550 5.4.5 Daily user sending limit exceeded. For more information on Gmail / 5.4.5 sending
. 550 5.4.5 Daily user sending quota exceeded. q12sm
RCPT 550 5.7.1 Daily SMTP relay limit exceeded for customer. For more information on SMTP relay
. 550 5.7.1 Daily SMTP relay limit exceeded
RCPT 550 5.7.0 Mail relay denied [192.0.2.1]. Invalid credentials for relay
RCPT 550 5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address you've registered in your
RCPT 550 5.7.1 Invalid credentials for relay [192.0.2.1]. The IP address you've / 5.7.1 registered
MAIL 550 5.1.8 Access denied, bad outbound sender. For more information please go to
RCPT 550 5.1.8 Access denied, bad outbound sender
. 550 5.1.8 Access denied, bad outbound sender AS(42004)
RCPT 550 5.7.501 Access denied, spam abuse detected.
RCPT 550 5.7.502 Access denied, banned sender
. 550 5.7.503 Access denied, banned sender
RCPT 550 5.7.64 TenantAttribution; Relay Access Denied [AM]
RCPT 550 5.7.64 x
RCPT 550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain
RCPT 554 5.7.1 <ce@council.example>: Relay access denied
RCPT 454 4.7.1 <ce@council.example>: Relay access denied
RCPT 550 5.7.68 TenantInboundAttribution; Direct Send not allowed for this organization from
MAIL 550 5.7.68 x
RCPT 550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains
. 550 5.7.750 x
. 550 5.7.703 Your message can't be delivered because messages to XXX, YYY are blocked by your
RCPT 550 5.7.705 Access denied, tenant has exceeded threshold
RCPT 550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP
. 550 5.7.509 Access denied, sending domain office.example does not pass DMARC verification and
. 550 5.7.515 Access denied, sending domain office.example doesn't meet the required
. 550 5.7.26 Your email has been blocked because the sender is unauthenticated.
. 550 5.7.26 Your email has been blocked because the sender is unauthenticated. / 5.7.26 Gmail
. 421 4.7.26 This mail has been rate limited because it is unauthenticated.
RCPT 550 5.7.23 The message was rejected because of Sender Policy Framework violation
RCPT 550 5.7.25 [2001:db8::1] The IP address sending this message does not have a PTR record setup
CONNECT 550 5.7.25 x
RCPT 550 5.7.511 Access denied, banned sender[192.0.2.1]. To request removal from this list please
RCPT 550 5.7.606 Access denied, banned sending IP [192.0.2.1]. To request removal from this list
RCPT 550 5.7.649 Access denied, banned sending IP
RCPT 550 5.7.620 Access denied, banned sending IP
. 454 Throttling failure: Daily message quota exceeded.
MAIL 454 Throttling failure: Daily message quota exceeded.
. 554 Message rejected: Email address is not verified. The following identities failed the check
. 554 Message rejected: Sending paused for this account. For more information, please check the
. 554 Access denied: User `arn:aws:iam::1:user/x' is not authorized to perform `ses:SendRawEmail'
MAIL 501 Invalid MAIL FROM address provided
RCPT 553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)
RCPT 550 5.7.1 Recipient not authorized, your IP has been found on a block list
RCPT 450 4.1.8 <r+x@office.example>: Sender address rejected: Domain not found
RCPT 550 5.1.8 <r+x@office.example>: Sender address rejected: Domain not found
MAIL 553 5.1.8 <r@office.example>... Domain of sender address does not exist
RCPT 450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]
RCPT 450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]
RCPT 504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname
RCPT 450 4.7.1 <relay>: Helo command rejected: Host not found
RCPT 550 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied
RCPT 554 5.7.1 <x[192.0.2.1]>: Client host rejected: Access denied
RCPT 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org;
RCPT 550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus. To request
RCPT 550 relay not permitted
RCPT 550 Sender verify failed
RCPT 550 Rejected: 192.0.2.1 is listed at sbl
RCPT 550 5.7.1 Mail from 192.0.2.1 refused - see RBL http://x
MAIL 554 5.7.1 You are not allowed to connect.
CONNECT 554 mx.example / Your access to this mail system has been rejected due to the sending
CONNECT 554 5.7.1 Proofpoint: Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1
CONNECT 554 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.1
RCPT 550 5.7.0 Local Policy Violation
. 550 5.7.1 Message rejected due to content restrictions
RCPT 550 Anti-Spoofing policy - Inbound not allowed -
. 554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554
RCPT 554 Open relay not allowed - https://community.mimecast.com/docs/DOC-1369#554
RCPT 554 Host network not allowed
. 550 Message rejected: spam score too high
. 554 rejected due to spam content
. 550 DKIM signature required
. 550 5.7.20 No passing DKIM signature found
. 550 5.7.1 Unauthenticated email from office.example is not accepted due to domain's DMARC policy
RCPT 530 Authentication required
RCPT 550 5.7.1 Authentication required
RCPT 550 authentication required
RCPT 503 AUTH first (#5.5.1)
RCPT 550 5.7.1 Client was not authenticated
RCPT 550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)
RCPT 553 5.7.1 <letters@office.example>: Sender address rejected: not owned by user
RCPT 550 5.7.1 Relaying denied
RCPT 550 5.7.1 Unable to relay
RCPT 550 5.7.1 SMTP; Unable to relay for ce@council.example
RCPT 554 5.7.1 Relaying denied. IP name lookup failed [192.0.2.1]
. 554 5.6.0 STOREDRV.Submission x SendAsDenied
. 554 5.7.520 Access denied, Your organization does not allow external forwarding
. 550 5.7.367 Remote server returned not permitted to relay -> 554 5.7.1 Relay access denied
. 554 5.2.0 relay said: 550 5.7.60 Client does not have permissions to send as this sender
. 554 5.0.0 host smtp.office365.com said: 550 5.7.705 Access denied, tenant has exceeded threshold
RCPT 550 host smtp.office365.com[52.97.1.1] said: 550 5.1.8 Access denied, bad outbound sender (in
. 554 Transaction failed / 5.2.252 SendAsDenied; not allowed to send as
. 554  / 5.2.252 SendAsDenied
. 550 Sorry / 5.7.708 traffic not accepted
. 550 (5.7.705) tenant
. 550 #5.7.705 tenant
. 550 [5.7.705] tenant
. 550 Error: 5.7.606 Access
. 550 5.2.2 Submission quota exceeded
. 550 5.2.2 x
. 554 5.2.2 The sender has exceeded the recipient rate limit
RCPT 504 5.5.4 no such parameter
RCPT 555 5.5.4 Unsupported option: NOTIFY
RCPT 550 5.1.0 <r@office.example>: Sender address rejected: User unknown in virtual mailbox table
. 550 Maximum credits exceeded
AUTH 451 Authentication failed: Maximum credits exceeded
. 550 The from address does not match a verified Sender Identity. Mail cannot be sent until this
. 554 Transaction failed / Reject due to policy restrictions.
RCPT 550 5.4.6 Unusual sending activity detected. Please try after sometime
RCPT 553 Relaying disallowed as letters@office.example
. 550 5.7.1 [CS01] Message rejected due to local policy.
RCPT 550 #5.7.1 Your access to submit messages to this e-mail system has been rejected.
RCPT 550 Too many invalid recipients
. 550 5.7.232 Your message can't be sent because your trial tenant exceeded its daily limit
. 550 5.7.30 DKIM authentication didn't pass
CONNECT 421 4.7.27 SPF
"""
PACE: Final = """
. 432 4.3.2 x
AUTH 421 4.7.0 Too many login attempts, please try again later.
AUTH 454 4.7.0 Too many login attempts, please try again later.
MAIL 432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for
CONNECT 432 4.3.2 Concurrent connections limit exceeded
. 432 4.3.2 Concurrent connections limit exceeded
. 432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded [Hostname=DB]
RCPT 451 4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719) [DB5EUR]
RCPT 451 4.7.500-699 (ASxxx) Access denied, please try again later
RCPT 451 4.7.550 Access denied, please try again later (AS9000)
RCPT 451 4.7.699 x
RCPT 451 4.7.651 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation
RCPT 451 4.7.850 Access denied, please try again later (AS84312)
CONNECT 451 4.7.899 x
. 450 4.2.1 peak SMTP relay limit exceeded for customer. This is a temporary / 4.2.1 error. For
RCPT 450 4.2.1 Peak SMTP relay limit exceeded for customer.
RCPT 421 4.7.0 [192.0.2.1 15] Our system has detected that this message is suspicious due to the
CONNECT 421 4.7.0 Try again later, closing connection. (EHLO)
MAIL 421 4.7.0 Try again later, closing connection. (MAIL)
. 421 4.7.28 Gmail has detected an unusual rate of email originating from your IP address
. 550 5.7.28 Our system has detected an unusual rate of unsolicited mail originating from your IP
RCPT 421 RP-001 Unfortunately, some messages weren't sent. We have limits for how many messages
CONNECT 421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing
CONNECT 421 4.3.2 The maximum number of concurrent server connections has exceeded a limit,
MAIL 421 4.4.2 Message submission rate for this client has exceeded the configured limit
CONNECT 554 Too many concurrent connections
MAIL 454 Throttling failure: Maximum sending rate exceeded.
. 454 Throttling failure: Maximum sending rate exceeded.
RCPT 450 4.7.1 Error: too much mail from 192.0.2.1
CONNECT 421 4.7.0 relay.example Error: too many connections from 192.0.2.1
RCPT 421 Too many concurrent SMTP connections from this IP address; please try again later.
CONNECT 421 Too many concurrent SMTP connections; please try again later.
RCPT 451 4.7.1 Rate limit exceeded
RCPT 550 Ratelimited. Slow down
RCPT 451 Sender rate 121.5 / 1h
. 450 Requested action not taken: rate limited. Mimecast
RCPT 451 Resources temporarily unavailable. Please try again later [#4.16.5].
RCPT 452 4.3.2 Connection rate limit exceeded
CONNECT 421 #4.4.5 Too many connections to this host.
CONNECT 421 4.3.2 Connection rate limit exceeded.
RCPT 421 Service not available: too many connections from your IP
RCPT 452 Too many recipients received this hour
RCPT 421 4.7.1 : (DYN:T1) https://postmaster.aol.com/error-codes#421dynt1
RCPT 421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or
RCPT 450 4.7.1 Too many messages, slow down
RCPT 451 4.3.2 Please try again later, throttling
RCPT 450 host mx.example said: 451 4.7.500 Server busy. Please try again later (in reply to RCPT
"""
FINAL: Final = """
. 550 5.7.504 [email@contoso.com]: Recipient address rejected: Access denied
RCPT 550 5.1.1 <ce@council.example>: Recipient address rejected: User unknown in virtual mailbox
RCPT 550 5.1.1 The email account that you tried to reach does not exist. Please try / 5.1.1
RCPT 550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ce@council.example not found by SMTP
RCPT 550 5.4.1 Recipient address rejected: Access denied.
RCPT 550 5.4.1 [ce@council.example]: Recipient address rejected: Access denied
RCPT 550 Requested action not taken: mailbox unavailable
RCPT 550 Invalid Recipient - https://community.mimecast.com/docs/DOC-1369#550
RCPT 550 5.1.1 User unknown
RCPT 550 No Such User Here
RCPT 550 #5.1.0 Address rejected.
RCPT 550 5.1.0 Address rejected
RCPT 550 Unrouteable address
RCPT 550 Unknown user
RCPT 550 cuda_nsu No such user (ce@council.example)
RCPT 550 permanent failure for one or more recipients (ce@council.example:550 5.1.1 User unknown)
RCPT 554 delivery error: dd This user doesn't have a yahoo.com account
RCPT 550 5.2.1 The email account that you tried to reach is inactive.
RCPT 550 5.7.1 RESOLVER.RST.AuthRequired; authentication required
RCPT 550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized
RCPT 550 5.7.1 Unable to deliver to ce@council.example
RCPT 550 5.7.12 The message you sent can't be delivered because the recipient only accepts from
. 550 5.7.12 x
RCPT 550 5.7.124 x
RCPT 550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery
RCPT 550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox; authentication required; Delivery
RCPT 550 5.7.136 x
RCPT 550 5.7.1 <ce@council.example>: not today
RCPT 550 5.1.2 Bad destination system address
RCPT 550 5.1.6 Mailbox moved
RCPT 550 5.1.351 Remote server returned unknown recipient or mailbox unavailable
. 550 5.0.350 Remote server returned an error -> 550 5.1.1 User unknown
RCPT 550 5.4.310 DNS domain council.example does not exist [Message=InfoDomainNonexistent]
RCPT 556 5.1.10 Recipient address has null MX
RCPT 550 5.1.10 <ce@council.example>: Recipient address rejected: Domain council.example does not
RCPT 550 5.1.2 <ce@council.example>: Recipient address rejected: Domain not found
RCPT 550 Administrative prohibition - envelope blocked -
RCPT 550 Rejected by header based manually Blocked Senders -
RCPT 550 Rejected by header based Blocked Senders: x
RCPT 550 5.0.0 host mx.council.example[192.0.2.9] said: 550 5.1.1 unknown user (in reply to RCPT
. 554 mx.council.example said: 550-5.1.1 The account / 550 5.1.1 is not here (in reply to RCPT TO)
RCPT 550 5.2.2 x
. 552 5.2.2 mailbox full
. 552 5.3.4 Message size exceeds fixed limit
MAIL 552 5.3.4 Message size exceeds fixed limit
. 552 message size exceeds maximum permitted
. 552 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient
RCPT 550 5.7.1 <ce@council.example>: Recipient address rejected: Access denied
RCPT 504 5.5.2 <ce>: Recipient address rejected: need fully-qualified address
"""
AGAIN: Final = """
RCPT 452 4.2.1 Mailbox temporarily disabled: rate limit
RCPT 450 4.1.1 <ce@council.example>: unverified address
RCPT 552 5.2.2 The email account that you tried to reach is over quota.
. 432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded [Hostname=AM]
. 432 4.3.2 STOREDRV; recipient thread limit exceeded
RCPT 550 5.2.121 RESOLVER.RST.RecipientRateLimit; recipient's per hour message receive limit
RCPT 550 5.2.122 The recipient has exceeded their limit for the number of messages they can
RCPT 450 4.7.321 starttls-not-supported: Destination mail server must support TLS to receive mail.
RCPT 450 4.7.322 certificate-expired: Destination mail server's certificate is expired.
RCPT 450 4.7.323 tlsa-invalid: The domain failed DANE validation.
RCPT 450 4.7.324 dnssec-invalid: Destination domain returned invalid DNSSEC records
RCPT 450 4.7.325 certificate-host-mismatch
RCPT 450 4.2.1 The user you are trying to contact is receiving mail too quickly.
RCPT 450 4.2.1 The user you are trying to contact is receiving mail at a rate that / 4.2.1
RCPT 452 4.2.2 The email account that you tried to reach is over quota
RCPT 450 4.2.0 <ce@council.example>: Recipient address rejected: Greylisted, see
RCPT 451 4.7.1 Greylisting in action, please come back later
RCPT 451 Greylisted, please try again in 180 seconds
RCPT 451 4.7.0 Sender is graylisted
RCPT 451 Internal resource temporarily unavailable -
RCPT 450 4.1.2 <ce@council.example>: Recipient address rejected: Domain not found
"""
UNKNOWN: Final = """
AUTH 454 4.7.0 Temporary authentication failure
RCPT 452 4.1.0 Server rate limit
RCPT 550 5.7.13 User account disabled
RCPT 550 5.1.20 x
RCPT 550 Invalid outbound envelope
RCPT 503 All RCPT commands were rejected with this error:
RCPT 550 5.9.9 mumble
. 554 5.0.0 mumble
. 554 5.2.0 STOREDRV.Deliver.Exception:x
RCPT 451 4.9.9 mumble
RCPT 503 5.5.1 out of order
CONNECT 421 4.3.2 busy
RCPT 451 4.3.0 Temporary lookup failure
RCPT 452 4.3.1 Insufficient system storage
RCPT 451 smtp.office365.com:587 is odd
"""


def replies(rows: str) -> list[Reply]:
    found = []
    for row in rows.strip().splitlines():
        verb, code, text = row.split(" ", 2)
        found.append(Reply(verb, int(code), text.replace(" / ", "\n")))
    return found


@pytest.mark.parametrize(
    ("rows", "whose", "verdicts"),
    [
        (US, Whose.US, {Verdict.DEFERRED}),
        (PACE, Whose.PACE, {Verdict.DEFERRED}),
        (FINAL, Whose.COUNCIL, {Verdict.REFUSED}),
        (AGAIN, Whose.COUNCIL, {Verdict.DEFERRED}),
        (UNKNOWN, None, {Verdict.DEFERRED, Verdict.REFUSED}),
    ],
    ids=["us", "pace", "council, final", "council, again", "unknown"],
)
def test_each_reply_is_put_down_to_whose_trouble_it_is(
    rows: str, whose: Whose | None, verdicts: set[Verdict]
) -> None:
    wrong = [
        (str(each), each.meaning and each.meaning.means)
        for each in replies(rows)
        if (each.meaning.whose if each.meaning else None) is not whose
        or each.verdict not in verdicts
    ]
    assert wrong == []
