"""What servers and gateways send besides failures: delays, deliveries, holds, receipts, complaints."""

from __future__ import annotations

from typing import Final

from benchmarks.notices_made.mail import (
    OFFICE,
    RETURN_PATH,
    Expected,
    Made,
    Maker,
    a_report,
    a_text,
    head,
    returned,
)
from benchmarks.notices_made.refusals import Refusal
from benchmarks.notices_made.servers import daemon, fields

DELAYS: Final = (
    ("Mail Delivery System <MAILER-DAEMON@{h}>", "Delayed Mail (still being retried)",
     "####################################################################\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #\n####################################################################\n\nYour message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n\n<{a}>: connect to mx1.{d}[192.0.2.20]:25: Connection timed out"),
    ("Mail Delivery System <Mailer-Daemon@{h}>", "Warning: message 1abc-0002 delayed 24 hours",
     "This message was created automatically by mail delivery software.\nA message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 hours on the queue on mail.provider.example.\n\nThe address to which the message has not yet been delivered is:\n\n  {a}\n    Delay reason: Connection timed out\n\nNo action is required on your part. Delivery attempts will continue for\nsome time, and this warning may be repeated at intervals."),
    ("Mail Delivery Subsystem <MAILER-DAEMON@{h}>", "Warning: could not send message for past 4 hours",
     "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **\n    **********************************************\n\n   ----- The following addresses had transient non-fatal errors -----\n<{a}>\n\n   ----- Transcript of session follows -----\n{a}... Deferred: Connection timed out with mx1.{d}.\nWarning: message still undelivered after 4 hours\nWill keep trying until message is 5 days old"),
    ("Microsoft Outlook <postmaster@{d}>", "Delivery delayed: Annual review letter",
     "Delivery is delayed to these recipients or groups:\n\n{a}\n\nThis message hasn't been delivered yet. Delivery will continue to be attempted.\n\nThe server will keep trying to deliver this message for the next 1 days, 19 hours and 57 minutes. You'll be notified if the message can't be delivered by that time."),
    ("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Delay)",
     "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to {a}. Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently."),
    ("Microsoft Outlook <postmaster@{d}>", "Zustellung verzögert: Jahresbericht",
     "Die Zustellung an folgende Empfänger oder Gruppen verzögert sich:\n\n{a}\n\nDiese Nachricht wurde noch nicht zugestellt. Es wird weiterhin versucht, die Nachricht zuzustellen."),
    ("Microsoft Outlook <postmaster@{d}>", "Retardé : Lettre annuelle",
     "La remise à ces destinataires ou groupes est retardée :\n\n{a}\n\nCe message n'a pas encore été remis. D'autres tentatives de remise seront effectuées."),
    ("Mailer Daemon <MAILER-DAEMON@{h}>", "Delivery status notification: warning",
     "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    A message is delayed for more than 4h for the following list of recipients:\n\n{a}: Connection timeout\n\n    Please note that this is only a temporary failure report."),
)  # fmt: skip


def delay(maker: Maker) -> Made:
    sender, subject, text = maker.word(DELAYS)
    said = text.format(a=maker.address, d=maker.domain)
    top = daemon(maker, sender, subject, "Auto-Submitted: auto-replied")
    reasons = frozenset({"network", "unknown", "system", "policy"})
    right = Expected(maker.address, "delayed", reasons, is_hard=False)
    if maker.chance(0.6):
        late = Refusal("451", "4.4.1", "Connection timed out", reasons)
        status = fields(
            maker, late, host="relay.ombudsman.example", action="delayed", told=maker.chance(0.5)
        )
        return Made(
            "delay", a_report(top, said, status, maker.address, has_body=False), "delayed", (right,)
        )
    return Made(
        "delay-text",
        f"{top}\nContent-Type: text/plain; charset=utf-8\n\n{said}\n".encode(),
        "delayed",
        (right,),
    )


DELIVERIES: Final = (
    ("Successful Mail Delivery Report", "Your message was successfully delivered to the destination(s) listed below. If the message was delivered to mailbox you will receive no further notifications. Otherwise you may still receive notifications of mail delivery errors from other systems.\n\n<{a}>: delivery via mx1.{d}[192.0.2.20]:25: 250 2.0.0 Ok: queued as 4F2B", "relayed"),
    ("Delivered: Annual review letter", "Your message has been delivered to the following recipients:\n\n{a}\n\nSubject: Annual review letter", "delivered"),
    ("Relayed: Annual review letter", "Delivery to these recipients or groups is complete, but no delivery notification was sent by the destination server:\n\n{a}", "relayed"),
    ("Return receipt", "   ----- The following addresses had successful delivery notifications -----\n<{a}>  (successfully delivered to mailbox)", "delivered"),
    ("Zugestellt: Jahresbericht", "Ihre Nachricht wurde den folgenden Empfängern zugestellt:\n\n{a}", "delivered"),
    ("DELIVERY CONFIRMATION: Annual review letter", "Your document: Annual review letter\nhas been delivered to: {a}", "delivered"),
)  # fmt: skip


def delivery(maker: Maker) -> Made:
    subject, text, action = maker.word(DELIVERIES)
    top = daemon(
        maker,
        maker.any(("MAILER-DAEMON@{h}", "postmaster@{d}")),
        subject,
        "Auto-Submitted: auto-replied",
    )
    status = (
        f"Reporting-MTA: dns; mx1.{maker.domain}\n\nFinal-Recipient: rfc822; {maker.address}\n"
        f"Action: {action}\nStatus: 2.0.0"
    )
    said = text.format(a=maker.address, d=maker.domain)
    return Made("delivery", a_report(top, said, status, maker.address, has_body=False), "delivered")


HELD: Final = (
    ("Postmaster <postmaster@{d}>", "[Postmaster] Message on hold", "Your message to {a} with the subject Annual review letter has been placed on hold. It will be released once it has been reviewed by an administrator."),
    ("MailMarshal <postmaster@{d}>", "Message held for review: Annual review letter", "The following message has been held by the e-mail gateway of the council:\n\nTo: {a}\nSubject: Annual review letter\n\nIt is waiting for release by our IT Service Desk. You do not need to send it again."),
    ("Email security <no-reply@{d}>", "Your email has been quarantined", "An email that you sent to {a} has been quarantined by our email security system because it holds an attachment of a type that we examine. Our service desk will examine and release it."),
    ("Barracuda <quarantine@{d}>", "Message quarantined: Annual review letter", "Your message to {a} has been quarantined pending review by the mail administrator."),
    ("Mail gateway <gateway@{d}>", "Your email is being held", "Your email to {a} is being held in quarantine until it is approved by the recipient. No action is needed by you."),
    ("Postmaster <postmaster@{d}>", "Messages on hold for {a}", "You have new held messages. You can release all of your held messages and permit or block future emails from the senders.\n\nletters@ombudsman.example\nAnnual review letter"),
)  # fmt: skip


def held(maker: Maker) -> Made:
    sender, subject, text = maker.word(HELD)
    top = daemon(
        maker,
        sender,
        subject.format(a=maker.address),
        *maker.any(((), ("Auto-Submitted: auto-generated",), ("Precedence: bulk",))),
    )
    return Made("held", a_text(maker, top, text.format(a=maker.address)), "held")


CHALLENGES: Final = (
    ("Please confirm your message", "This message was created automatically by mail delivery software (TMDA).\n\nYour message attached below is being held because the address <{o}> has not been verified.\n\nTo release your message for delivery, please send an empty message to the following address, or use your mailer's \"Reply\" feature.\n\n   confirm-1234.abcd@{d}"),
    ("Re: Annual review letter [verification required]", "You have sent a message to {a}. I use a spam filter that asks every new sender to verify. Please click the link below once to verify that you are a person, and your message will be delivered:\n\nhttps://verify.{d}/c/8f2a"),
    ("Your message to {a} awaits verification", "{n} is protecting himself from receiving junk mail.\n\nJust this once, click the link below so I can receive your emails. You won't have to do this again.\n\nhttps://www.spamarrest.com/a2?XYZ"),
    ("Confirm that you are not a robot", "Hello,\n\nI have just received your message, but you are not on my list of known senders. Click here to confirm your email address so that your message reaches my inbox:\n\nhttps://boxbe.{d}/v/99"),
)  # fmt: skip


def challenge(maker: Maker) -> Made:
    subject, text = maker.word(CHALLENGES)
    top = head(
        maker, f"{maker.name} <{maker.address}>", OFFICE, subject.format(a=maker.address),
        maker.any((("Auto-Submitted: auto-replied",), ("Precedence: bulk",))),
    )  # fmt: skip
    said = text.format(a=maker.address, o=OFFICE, d=maker.domain, n=maker.name)
    return Made("challenge", a_text(maker, top, said), "challenge")


def complaint(maker: Maker) -> Made:
    """Return an abuse report (RFC 5965), or an unsubscribe that a mail program sent by itself."""
    if maker.chance(0.4):
        text = maker.word(
            (
                "Please unsubscribe me from your mailing list. This message was sent automatically by my mail program.",
                "This message was automatically generated by Gmail.",
                "Apple Mail sent this email to unsubscribe from the message \u201cAnnual review letter\u201d.",
                "This is an automatic unsubscribe request sent by the mail program of the recipient.",
            )
        )
        apple = text.startswith("Apple")
        more = ("X-Mailer: Apple Mail (2.3826)",) if apple else ()
        top = head(
            maker,
            f"{maker.name} <{maker.address}>",
            "unsubscribe@ombudsman.example",
            maker.any(("unsubscribe", "Unsubscribe")),
            more,
        )
        return Made(
            "complaint-unsubscribe", a_text(maker, top, text, may_be_html=False), "complaint"
        )
    top = head(
        maker,
        maker.any(
            ("staff@hotmail.com", "feedback@arf.provider.example", "<abuse-report@fbl.example>")
        ),
        OFFICE,
        maker.any(
            ("complaint about message from 192.0.2.25", "Abuse report", "FW: Annual review letter")
        ),
    )
    report = (
        "Feedback-Type: abuse\nUser-Agent: SomeGenerator/1.0\nVersion: 1\n"
        f"Original-Mail-From: <{RETURN_PATH}>\nOriginal-Rcpt-To: <{maker.address}>\n"
    )
    return Made(
        "complaint-arf",
        (
            f'{top}\nContent-Type: multipart/report; report-type=feedback-report; boundary="=_f"\n\n'
            "--=_f\nContent-Type: text/plain\n\nThis is an email abuse report.\n\n"
            f"--=_f\nContent-Type: message/feedback-report\n\n{report}\n"
            f"--=_f\nContent-Type: message/rfc822\n\n{returned(maker.address)}\n\n--=_f--\n"
        ).encode(),
        "complaint",
    )


RECEIPTS: Final = (
    ("Read: Annual review letter", "Your message\n\n   To: {n}\n   Subject: Annual review letter\n   Sent: 25 November 2026 09:00:00\n\n was read on 25 November 2026 10:02:11.", "manual-action/MDN-sent-automatically; displayed"),
    ("Not read: Annual review letter", "Your message\n\n   To: {n}\n   Subject: Annual review letter\n\n was deleted without being read on 25 November 2026 10:02:11.", "automatic-action/MDN-sent-automatically; deleted"),
    ("Gelesen: Jahresbericht", "Ihre Nachricht\n\n   An: {n}\n\nwurde am 25. November 2026 gelesen.", "manual-action/MDN-sent-manually; displayed"),
    ("Return Receipt (displayed) - Annual review letter", "This is a Return Receipt for the mail that you sent to {a}.\n\nNote: This Return Receipt only acknowledges that the message was displayed on the recipient's computer.", "manual-action/MDN-sent-manually; displayed"),
)  # fmt: skip


def receipt(maker: Maker) -> Made:
    subject, text, disposition = maker.word(RECEIPTS)
    top = head(maker, f"{maker.name} <{maker.address}>", OFFICE, subject)
    said = text.format(n=maker.name, a=maker.address)
    return Made(
        "receipt",
        (
            f'{top}\nContent-Type: multipart/report; report-type=disposition-notification; boundary="=_d"\n\n'
            f"--=_d\nContent-Type: text/plain; charset=utf-8\n\n{said}\n\n"
            "--=_d\nContent-Type: message/disposition-notification\n\n"
            f"Final-Recipient: rfc822;{maker.address}\nOriginal-Message-ID: <letter-1@ombudsman.example>\n"
            f"Disposition: {disposition}\n\n--=_d--\n"
        ).encode(),
        "receipt",
    )
