from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.replies.meanings import Whose
from dispatch.domain.replies.table import TABLE, meaning_of
from dispatch.domain.reply import Reply, Verdict

MEANINGS = {row.meaning for row in TABLE}

US = [
    ("AUTH", 535, "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled"),
    ("AUTH", 535, "5.7.3 Authentication unsuccessful"),
    ("AUTH", 535, "5.7.8 password expired"),
    ("AUTH", 550, "5.7.30 Basic authentication is not supported for Client Submission"),
    ("AUTH", 501, "5.5.124 malformed XOAUTH2"),
    ("MAIL", 530, "5.7.57 Client not authenticated to send mail"),
    ("MAIL", 550, "5.7.60 Client does not have permissions to send as this sender"),
    ("MAIL", 550, "5.7.1 sender not allowed"),
    ("MAIL", 553, "sorry"),
    ("RCPT", 530, "5.7.0 Must issue a STARTTLS command first"),
    ("RCPT", 530, "5.7.0 authentication required"),
    ("RCPT", 553, "5.7.1 <a@us.example>: Sender address rejected: not logged in"),
    ("RCPT", 550, "5.7.1 Sender address rejected: not owned by user"),
    ("RCPT", 550, "Sender verify failed"),
    (".", 554, "5.2.252 SendAsDenied; not allowed to send as"),
    (".", 554, "5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiException"),
    (".", 430, "4.2.0 STOREDRV; mailbox logon failure; unknown user or bad password"),
    (".", 554, "5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException"),
    (".", 550, "5.2.2 Submission quota exceeded"),
    ("RCPT", 550, "5.1.90 Your message can't be sent because you've reached your daily limit"),
    ("RCPT", 550, "5.4.5 Daily user sending limit exceeded"),
    ("RCPT", 550, "5.7.1 Daily SMTP relay limit exceeded for customer"),
    ("RCPT", 550, "5.7.1 Too many messages, rate limit exceeded"),
    ("RCPT", 452, "4.7.0 daily sending quota used up"),
    (".", 550, "5.2.254 InvalidRecipientsException; too many identical errors"),
    ("RCPT", 550, "5.1.8 Access denied, bad outbound sender"),
    ("RCPT", 550, "5.7.502 Access denied, banned sender"),
    ("RCPT", 550, "5.7.705 Access denied, tenant has exceeded threshold"),
    ("RCPT", 550, "5.7.708 Service unavailable. Access denied, traffic not accepted from this IP"),
    ("RCPT", 550, "5.7.64 TenantAttribution; Relay Access Denied"),
    ("RCPT", 550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain"),
    ("RCPT", 550, "5.7.68 TenantInboundAttribution; Direct Send not allowed"),
    ("RCPT", 554, "5.7.1 <ce@council.example>: Relay access denied"),
    ("RCPT", 454, "4.7.1 <ce@council.example>: Relay access denied"),
    ("RCPT", 550, "relay not permitted"),
    ("RCPT", 550, "5.7.1 Relaying denied. Proper authentication required."),
    ("RCPT", 550, "we do not relay"),
    (".", 550, "5.7.515 Access denied, sending domain does not meet the authentication level"),
    (".", 550, "5.7.26 This mail is unauthenticated"),
    (".", 550, "5.7.25 The sending IP does not have a PTR record"),
    (".", 550, "5.7.1 message fails DMARC policy"),
    ("RCPT", 550, "5.7.511 Access denied, banned sender"),
    ("RCPT", 550, "5.7.606 Access denied, banned sending IP"),
    ("RCPT", 550, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.example"),
    ("RCPT", 554, "Your access to this mail system has been rejected: poor reputation"),
    (".", 554, "5.7.1 rejected as spam"),
    (".", 552, "5.7.0 This message was blocked because its content presents a security issue"),
    ("CONNECT", 554, "5.7.1 no service for you"),
    ("STARTTLS", 502, "5.5.1 not here"),
    ("RCPT", 550, "Access denied - Invalid HELO name"),
]
COUNCIL = [
    ("RCPT", 550, "5.1.1 <spam@council.example>: User unknown in relay recipient table"),
    ("RCPT", 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found"),
    ("RCPT", 550, "5.4.1 Recipient address rejected: Access denied"),
    ("RCPT", 550, "no such mailbox"),
    ("RCPT", 551, "user not local; please try <x@other.example>"),
    ("RCPT", 550, "5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; not authorized to send"),
    ("RCPT", 550, "5.7.124 Sender not in allowed-senders list"),
    (".", 552, "5.2.2 mailbox full"),
    ("RCPT", 550, "5.2.1 The email account that you tried to reach is disabled"),
]
TO_BE_TRIED_AGAIN = [
    (".", 432, "4.3.2 STOREDRV.Deliver; recipient thread limit exceeded"),
    ("RCPT", 550, "5.2.121 the recipient gets too much mail"),
    ("RCPT", 450, "4.7.323 tlsa-invalid: the domain failed DANE validation"),
    ("RCPT", 450, "4.2.1 The user you are trying to contact is receiving mail too quickly"),
]
UNKNOWN = [
    ("RCPT", 550, "5.9.1 not today"),
    ("RCPT", 550, ""),
    ("DATA", 554, "no valid recipients"),
    ("RCPT", 451, "smtp.office.example:587 does not know"),
    ("RCPT", 550, "Exim 5.7.606.1 or 15.7.606 says no"),
    ("MAIL", 552, "5.3.4 too big"),
    ("MAIL", 502, "5.3.3 Command not implemented"),
    ("MAIL", 421, "4.7.0 enough on this connection"),
    ("CONNECT", 421, "4.3.2 busy"),
    ("STARTTLS", 454, "4.7.0 TLS not available"),
]


@pytest.mark.parametrize(("verb", "code", "text"), US)
def test_what_is_about_us_is_never_counted_against_a_recipient(
    verb: str, code: int, text: str
) -> None:
    reply = Reply(verb, code, text)
    assert reply.meaning
    assert reply.meaning.whose is Whose.US
    assert reply.verdict is Verdict.DEFERRED


@pytest.mark.parametrize(("verb", "code", "text"), COUNCIL)
def test_what_is_about_one_recipient_is_final(verb: str, code: int, text: str) -> None:
    reply = Reply(verb, code, text)
    assert reply.meaning
    assert reply.meaning.whose is Whose.COUNCIL
    assert reply.verdict is Verdict.REFUSED


@pytest.mark.parametrize(("verb", "code", "text"), TO_BE_TRIED_AGAIN)
def test_what_passes_at_the_recipients_is_tried_again(verb: str, code: int, text: str) -> None:
    reply = Reply(verb, code, text)
    assert reply.meaning
    assert reply.meaning.whose is Whose.COUNCIL
    assert reply.verdict is Verdict.DEFERRED


@pytest.mark.parametrize(("verb", "code", "text"), UNKNOWN)
def test_what_the_table_does_not_know_is_judged_by_its_code(
    verb: str, code: int, text: str
) -> None:
    reply = Reply(verb, code, text)
    assert reply.meaning is None
    assert reply.verdict is reply.verdict_by_code


def test_each_meaning_is_said_in_words_that_end_without_a_full_stop() -> None:
    for meaning in MEANINGS:
        assert not meaning.means.endswith(".")
        assert not meaning.to_do.endswith(".")


TOO_MANY = [
    (421, "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume"),
    (421, "[IPTS04] Messages from 192.0.2.1 temporarily deferred due to user complaints"),
    (421, "4.7.28 [192.0.2.1] Our system has detected an unusual rate of\n4.7.28 unsolicited mail"),
    (450, "4.7.28 Something new"),
    (421, "4.7.0 mail sent from your IP address has been temporarily\n4.7.0 rate limited."),
    (421, "4.7.0 You are sending too\n4.7.0 many messages"),
    (421, "RP-001 Unfortunately, some messages weren't sent. We have limits for how many"),
    (421, "4.7.0 mx.example Error: too many connections from 192.0.2.1"),
    (421, "#4.4.5 Too many connections from your host"),
    (421, "Too many SMTP sessions for this host"),
    (421, "Trop de connexions, veuillez verifier votre configuration"),
    (450, "4.7.1 Error: too many recipients from 192.0.2.1"),
    (450, "4.7.1 Error: too much mail from 192.0.2.1"),
    (450, "Too many emails from this sender, please try again later"),
    (450, "mail sending limit exceeded"),
    (451, "4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77714)"),
    (451, "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited"),
    (451, "4.7.652 The mail server [192.0.2.1] has exceeded the maximum number of connections."),
    (451, "Sender rate overlimit - 120 / 1h"),
    (451, "4.7.1 Client is being throttled"),
    (451, "4.7.1 Message frequency limited"),
    (452, "Too many recipients received this hour"),
    (452, "4.4.2 Message submission rate for this client has exceeded the configured limit"),
    (454, "4.7.1 please try again slower"),
]


@pytest.mark.parametrize(("code", "text"), TOO_MANY)
def test_a_server_that_asks_for_less_is_about_our_pace(code: int, text: str) -> None:
    for verb in ("CONNECT", "RCPT", "DATA", "."):
        meaning = meaning_of(verb, code, text)
        assert meaning
        assert meaning.whose is Whose.PACE


SOMETHING_ELSE = [
    (451, "4.7.1 Greylisted, please try again later"),
    (451, "4.7.1 Greylisting in action, please come back later"),
    (450, "4.2.0 <a@adur.example>: Recipient address rejected: Greylisted for 60 seconds"),
    (450, "4.7.1 Grey-listed: your rate of new senders is unknown"),
    (450, "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents"),
    (452, "4.2.2 The recipient's mailbox is over its storage quota, too many messages"),
    (450, "4.1.1 <a@adur.example>: too many unverified senders"),
    (452, "4.3.1 Insufficient system storage"),
    (452, "4.3.4 Message size exceeds fixed limit"),
    (452, "Requested action not taken: mailbox over quota"),
    (421, "4.7.0 mx.example Error: too many errors"),
    (421, "4.7.0 too many bad commands"),
    (421, "#4.x.2 Too many messages for this session"),
    (421, "Max message per connection reached, closing transmission channel"),
    (421, "4.7.653 exceeded the maximum number of messages per connection"),
    (421, "4.3.2 Service not available, closing transmission channel"),
    (451, "4.3.0 Temporary lookup failure; generated by a separate process"),
    (451, "4.3.0 Requested action aborted: local error in processing"),
    (454, "4.3.0 too many of them"),
    (550, "5.7.1 Too many messages, rate limit exceeded"),
    (250, "2.0.0 accepted at a high rate"),
]


@pytest.mark.parametrize(("code", "text"), SOMETHING_ELSE)
def test_another_answer_is_not_taken_for_it(code: int, text: str) -> None:
    meaning = meaning_of("RCPT", code, text)
    assert meaning is None or meaning.whose is not Whose.PACE


@given(st.sampled_from([421, 450, 451, 452, 550, 554]), st.text())
def test_no_answer_is_beyond_reading(code: int, text: str) -> None:
    assert meaning_of("RCPT", code, f"4.7.1 too many {text}") in {None, *MEANINGS}
