"""Reports of failures: what each product makes of a server's refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from benchmarks.notices_made import refusals
from benchmarks.notices_made.mail import (
    RETURN_PATH,
    Expected,
    Made,
    Maker,
    a_report,
    head,
    returned,
)
from benchmarks.notices_made.refusals import Refusal

AUTOMATIC: Final = ("Auto-Submitted: auto-replied", "Return-Path: <>")


def filled(maker: Maker, refusal: Refusal) -> str:
    """Return the words of a refusal about this recipient."""
    local, _, domain = maker.address.partition("@")
    return refusal.text.format(a=maker.address, l=local, d=domain)


def reply(maker: Maker, refusal: Refusal) -> str:
    """Return the whole reply, in one line or in several that repeat the code (RFC 5321 4.2.1)."""
    said = filled(maker, refusal)
    start = " ".join(filter(None, (refusal.code, refusal.status)))
    words = said.split()
    if len(words) > 7 and maker.chance(0.25):
        middle = len(words) // 2
        first, last = " ".join(words[:middle]), " ".join(words[middle:])
        return f"{start.replace(' ', '-', 1) if refusal.status else refusal.code + '-'} {first} {start} {last}"
    return f"{start} {said}"


def daemon(maker: Maker, name: str, subject: str, *more: str) -> str:
    host = maker.any(("relay.ombudsman.example", f"mx1.{maker.domain}", "out.provider.example"))
    return head(maker, name.format(h=host, d=maker.domain), RETURN_PATH, subject, more)


def fields(
    maker: Maker, refusal: Refusal, *, host: str, action: str = "failed", told: bool = True
) -> str:
    """Return the part of a report that programs read (RFC 3464 2)."""
    status = refusal.status or f"{refusal.code[0]}.0.0"
    rows = [
        f"Reporting-MTA: dns; {host}",
        "",
        *([f"Original-Recipient: rfc822;{maker.address}"] if maker.chance(0.3) else []),
        f"Final-Recipient: rfc822;{maker.any(('', ' '))}{maker.address}",
        f"Action: {action}",
        f"Status: {status}",
    ]
    if told:
        rows += [
            f"Remote-MTA: dns; mx1.{maker.domain}",
            f"Diagnostic-Code: smtp; {reply(maker, refusal)}",
        ]
    return "\n".join(rows)


def postfix(maker: Maker, refusal: Refusal) -> bytes:
    host = "relay.ombudsman.example"
    said = reply(maker, refusal)
    text = (
        f"This is the mail system at host {host}.\n\n"
        "I'm sorry to have to inform you that your message could not\n"
        "be delivered to one or more recipients. It's attached below.\n\n"
        "For further assistance, please send mail to postmaster.\n\n"
        "If you do so, please include this problem report. You can\n"
        "delete your own text from the attached returned message.\n\n"
        "                   The mail system\n\n"
        f"<{maker.address}>: host mx1.{maker.domain}[192.0.2.20] said:\n    {said} (in\n"
        f"    reply to {maker.any(('RCPT TO', 'end of DATA'))} command)"
    )
    top = daemon(
        maker, "MAILER-DAEMON@{h} (Mail Delivery System)", "Undelivered Mail Returned to Sender",
        *AUTOMATIC,
    )  # fmt: skip
    return a_report(top, text, fields(maker, refusal, host=host), maker.address)


def exim(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        f"  {maker.address}\n    host mx1.{maker.domain} [192.0.2.20]\n"
        f"    SMTP error from remote mail server after RCPT TO:<{maker.address}>:\n"
        f"    {reply(maker, refusal)}"
    )
    top = daemon(
        maker, "Mail Delivery System <Mailer-Daemon@{h}>",
        "Mail delivery failed: returning message to sender",
        f"X-Failed-Recipients: {maker.address}", "Auto-Submitted: auto-replied",
    )  # fmt: skip
    if maker.chance(0.5):
        return a_report(
            top, text, fields(maker, refusal, host="mail.provider.example"), maker.address
        )
    line = "------ This is a copy of the message, including all the headers. ------"
    said = "Content-Type: text/plain; charset=utf-8\n\n"
    return f"{top}\n{said}{text}\n\n{line}\n\n{returned(maker.address)}\n".encode()


def sendmail(maker: Maker, refusal: Refusal) -> bytes:
    host = "mail.provider.example"
    text = (
        "The original message was received at Tue, 25 Nov 2026 09:00:00 GMT\n"
        f"from {host} [192.0.2.25]\n\n"
        "   ----- The following addresses had permanent fatal errors -----\n"
        f"<{maker.address}>\n    (reason: {reply(maker, refusal)})\n\n"
        "   ----- Transcript of session follows -----\n"
        f"... while talking to mx1.{maker.domain}.:\n>>> RCPT To:<{maker.address}>\n"
        f"<<< {reply(maker, refusal)}"
    )
    subject = maker.any(
        (
            "Returned mail: see transcript for details",
            "Returned mail: User unknown",
            "Returned mail: Service unavailable",
        )
        if refusal.is_hard
        else ("Returned mail: see transcript for details",)
    )
    top = daemon(
        maker, "Mail Delivery Subsystem <MAILER-DAEMON@{h}>", subject,
        "Auto-Submitted: auto-generated (failure)",
    )  # fmt: skip
    return a_report(top, text, fields(maker, refusal, host=host), maker.address)


def qmail(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        f"Hi. This is the qmail-send program at {maker.any(('mx3.provider.example', maker.domain))}.\n"
        "I'm afraid I wasn't able to deliver your message to the following addresses.\n"
        "This is a permanent error; I've given up. Sorry it didn't work out.\n\n"
        f"<{maker.address}>:\n192.0.2.20 does not like recipient.\n"
        f"Remote host said: {reply(maker, refusal)}\nGiving up on 192.0.2.20.\n\n"
        f"--- Below this line is a copy of the message.\n\n{returned(maker.address)}"
    )
    top = daemon(maker, "MAILER-DAEMON@{h}", "failure notice")
    return f"{top}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode()


EXCHANGE: Final = (
    ("Undeliverable: {s}", "Delivery has failed to these recipients or groups:",
     "Diagnostic information for administrators:", "Your message couldn't be delivered. Contact your administrator if the problem goes on."),
    ("Unzustellbar: {s}", "Fehler bei der Nachrichtenzustellung an folgende Empfänger oder Gruppen:",
     "Diagnoseinformationen für Administratoren:", "Die Nachricht konnte nicht zugestellt werden. Wenden Sie sich an den Administrator."),
    ("Non remis : {s}", "Échec de la remise à ces destinataires ou groupes :",
     "Informations de diagnostic pour les administrateurs :", "Votre message n'a pas pu être remis. Contactez votre administrateur."),
    ("Onbestelbaar: {s}", "Bezorging is mislukt bij de volgende geadresseerden of groepen:",
     "Diagnostische gegevens voor beheerders:", "Uw bericht kan niet worden bezorgd. Neem contact op met uw beheerder."),
    ("No se puede entregar: {s}", "Error de entrega a los siguientes destinatarios o grupos:",
     "Información de diagnóstico para los administradores:", "No se pudo entregar el mensaje."),
    ("Não é possível entregar: {s}", "A entrega falhou para estes destinatários ou grupos:",
     "Informações de diagnóstico para administradores:", "A sua mensagem não pôde ser entregue."),
    ("Non recapitabile: {s}", "Impossibile recapitare il messaggio ai seguenti destinatari o gruppi:",
     "Informazioni di diagnostica per gli amministratori:", "Il messaggio non è stato recapitato."),
    ("Niedostarczalne: {s}", "Dostarczenie do tych adresatów lub grup nie powiodło się:",
     "Informacje diagnostyczne dla administratorów:", "Nie można dostarczyć wiadomości."),
    ("Olevererbart: {s}", "Det gick inte att leverera till följande mottagare eller grupper:",
     "Diagnostisk information för administratörer:", "Meddelandet kunde inte levereras."),
    ("Ikke leveret: {s}", "Levering til disse modtagere eller grupper mislykkedes:",
     "Diagnosticeringsoplysninger til administratorer:", "Meddelelsen kunne ikke leveres."),
)  # fmt: skip


def exchange(maker: Maker, refusal: Refusal) -> bytes:
    """Exchange on premises and online, in the language of the tenant."""
    subject, intro, details, advice = maker.word(EXCHANGE)
    host = maker.any(("LO4P123MB1234.GBRP123.PROD.OUTLOOK.COM", f"EX01.{maker.domain}"))
    text = (
        f"{intro}\n\n{maker.address}<mailto:{maker.address}>\n{advice}\n\n{details}\n\n"
        f"Generating server: {host}\n\n{maker.address}\nmx1.{maker.domain}\n"
        f"Remote Server returned '{reply(maker, refusal)}'\n\nOriginal message headers:\n\n"
        f"Received: from relay.ombudsman.example (192.0.2.25) by {host}"
    )
    ours = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e"
    top = daemon(
        maker,
        maker.any(("Microsoft Outlook <" + ours + "@{d}>", "postmaster@{d}", "<postmaster@council.onmicrosoft.com>")),
        subject.format(s="Annual review letter"),
        *maker.any((("Auto-Submitted: auto-replied", "X-MS-Exchange-Message-Is-Ndr:"), ("Auto-Submitted: auto-replied",), ("Return-Path: <>",))),
    )  # fmt: skip
    return a_report(top, text, fields(maker, refusal, host=host), maker.address)


GOOGLE: Final = (
    ("Delivery Status Notification (Failure)", "** Address not found **\n\nYour message wasn't delivered to {a} because the address couldn't be found, or is unable to receive mail."),
    ("Delivery Status Notification (Failure)", "** Message not delivered **\n\nThere was a problem delivering your message to {a}. See the technical details below."),
    ("Delivery Status Notification (Failure)", "** Message blocked **\n\nYour message to {a} has been blocked. See technical details below for more information."),
    ("Delivery Status Notification (Failure)", "** Die Nachricht wurde nicht zugestellt **\n\nBeim Zustellen Ihrer Nachricht an {a} ist ein Problem aufgetreten."),
)  # fmt: skip


def google(maker: Maker, refusal: Refusal) -> bytes:
    subject, intro = EXACT if refusal.is_hard else maker.any(GOOGLE[1:])
    text = f"{intro.format(a=maker.address)}\n\nThe response from the remote server was:\n\n{reply(maker, refusal)}"
    top = daemon(
        maker, "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", subject,
        "Auto-Submitted: auto-replied", f"X-Failed-Recipients: {maker.address}",
    )  # fmt: skip
    return a_report(top, text, fields(maker, refusal, host="googlemail.com"), maker.address)


EXACT: Final = GOOGLE[0]


def domino(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        "Your message\n\n  Subject: Annual review letter\n\nwas not delivered to:\n\n"
        f"  {maker.address}\n\nbecause:\n\n  {reply(maker, refusal)}"
    )
    top = daemon(
        maker, "Mail Router <postmaster@{d}>", "DELIVERY FAILURE: " + filled(maker, refusal)[:60]
    )
    return a_report(top, text, fields(maker, refusal, host=f"notes1.{maker.domain}"), maker.address)


def groupwise(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        "The message that you sent was undeliverable to the following:\n\n"
        f"\t{maker.address}\n\t{reply(maker, refusal)}\n\n"
        "Possibly truncated original message follows:\n\n" + returned(maker.address)
    )
    top = daemon(maker, "Mailer-Daemon@{d}", "Message status - undeliverable")
    return f"{top}\nContent-Type: text/plain; charset=us-ascii\n\n{text}\n".encode()


def mimecast(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        "This is a delivery failure notification message indicating that\n"
        f"an email you addressed to email address :\n-- {maker.address}\n\n"
        "could not be delivered. The problem appears to be :\n"
        "-- Recipient email server rejected the message\n\n"
        f"Additional information follows :\n-- {reply(maker, refusal)}\n\n"
        "This condition occurred after 1 attempt(s) to deliver over\na period of 0 hour(s).\n\n"
        "If you sent the email to multiple recipients, you will receive one\n"
        "of these messages for each one which failed delivery,  otherwise\n"
        "they have been sent."
    )
    top = daemon(
        maker,
        "Postmaster <postmaster@{d}>",
        "[Postmaster] Email Delivery Failure",
        "Auto-Submitted: auto-generated",
    )
    return f"{top}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode()


def cisco(maker: Maker, refusal: Refusal) -> bytes:
    status = refusal.status or f"{refusal.code[0]}.1.0"
    text = (
        f"The following message to <{maker.address}> was undeliverable.\n"
        f"The reason for the problem:\n{status} - Unknown address error {refusal.code}-'{filled(maker, refusal)}'"
        if refusal.is_hard
        else f"The following message to <{maker.address}> was undeliverable.\n"
        f"The reason for the problem:\n{status} - Other error {refusal.code}-'{filled(maker, refusal)}'"
    )
    top = daemon(
        maker, "Mail Delivery System <MAILER-DAEMON@{h}>", "Delivery Status Notification (Failure)"
    )
    return a_report(top, text, fields(maker, refusal, host=f"esa1.{maker.domain}"), maker.address)


def barracuda(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        "Delivery to the following recipient(s) failed permanently.\n\n"
        f"{maker.address}\n\nReason: permanent failure for one or more recipients ({maker.address}:{reply(maker, refusal)})"
    )
    top = daemon(
        maker,
        "postmaster@barracuda.{d}",
        "Delivery Status Notification (Failure)",
        "Auto-Submitted: auto-replied",
    )
    return (
        a_report(
            top,
            text,
            fields(maker, refusal, host=f"bsg.{maker.domain}", told=maker.chance(0.5)),
            maker.address,
        )
        if maker.chance(0.5)
        else f"{top}\nContent-Type: text/plain\n\n{text}\n".encode()
    )


def amazon(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        "An error occurred while trying to deliver the mail to the following recipients:\n"
        f"{maker.address}"
    )
    top = daemon(
        maker, "MAILER-DAEMON@eu-west-2.amazonses.com", "Delivery Status Notification (Failure)"
    )
    host = "b224-15.smtp-out.eu-west-2.amazonses.com"
    return a_report(top, text, fields(maker, refusal, host=host), maker.address)


def mdaemon(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        "The attached message had PERMANENT fatal delivery errors!\n\n"
        "After one or more unsuccessful delivery attempts the attached message has\n"
        "been removed from the mail queue on this server.  The number and frequency\n"
        "of delivery attempts are determined by local configuration parameters.\n\n"
        f"YOUR MESSAGE WAS NOT DELIVERED TO ONE OR MORE RECIPIENTS!\n\nFailed address: {maker.address}\n\n"
        "--- Session Transcript ---\n"
        f" 25: --> RCPT To:<{maker.address}>\n 25: <-- {reply(maker, refusal)}\n 25: --> QUIT\n"
        "--- End Transcript ---\n\n: Message contains [1] file attachments"
    )
    top = daemon(
        maker, "MDaemon at {d} <MDaemon@{d}>", "Permanent Delivery Failure", "X-MDDSN-Message: TRUE"
    )
    return f"{top}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode()


def hmailserver(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        "Your message did not reach some or all of the intended recipients.\n\n"
        "   Sent: Tue, 25 Nov 2026 09:00:00 +0000\n   Subject: Annual review letter\n\n"
        f"The following recipient(s) could not be reached:\n\n   {maker.address}\n"
        "   Error Type: SMTP\n   Remote server (192.0.2.20) issued an error.\n"
        f"   hMailServer sent: RCPT TO:<{maker.address}>\n"
        f"   Remote server replied: {reply(maker, refusal)}\n\nhMailServer"
    )
    top = daemon(maker, "mailer-daemon@{d}", "Message undeliverable: Annual review letter")
    return f"{top}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode()


def opensmtpd(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n"
        "    An error has occurred while attempting to deliver a message for\n"
        f"    the following list of recipients:\n\n{maker.address}: {reply(maker, refusal)}\n\n"
        f"    Below is a copy of the original message:\n\n{returned(maker.address)}"
    )
    top = daemon(maker, "Mailer Daemon <MAILER-DAEMON@{h}>", "Delivery status notification: error")
    return f"{top}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n".encode()


def courier(maker: Maker, refusal: Refusal) -> bytes:
    host = f"courier.{maker.domain}"
    text = (
        f"This is a delivery status notification from {host},\n"
        "running the Courier mail server, version 1.3.\n\n"
        "The original message was received on Tue, 25 Nov 2026 09:00:00 +0000\n"
        "from relay.ombudsman.example (192.0.2.25)\n\n"
        "---------------------------------------------------------------------------\n\n"
        "                           UNDELIVERABLE MAIL\n\n"
        "Your message to the following recipients cannot be delivered:\n\n"
        f"<{maker.address}>:\n    mx1.{maker.domain} [192.0.2.20]:\n>>> RCPT TO:<{maker.address}>\n<<< {reply(maker, refusal)}"
    )
    top = daemon(
        maker, '"Courier mail server at ' + host + '" <@>', "NOTICE: mail delivery status."
    )
    return a_report(top, text, fields(maker, refusal, host=host), maker.address)


def iis(maker: Maker, refusal: Refusal) -> bytes:
    text = (
        "This is an automatically generated Delivery Status Notification.\n\n"
        f"Delivery to the following recipients failed.\n\n       {maker.address}"
    )
    top = daemon(maker, "postmaster@{d}", "Delivery Status Notification (Failure)")
    return a_report(top, text, fields(maker, refusal, host=f"web1.{maker.domain}"), maker.address)


PRODUCTS: Final[tuple[tuple[str, Callable[[Maker, Refusal], bytes]], ...]] = (
    ("postfix", postfix), ("zimbra", postfix), ("exim", exim), ("sendmail", sendmail),
    ("proofpoint", sendmail), ("qmail", qmail), ("exchange", exchange), ("exchange", exchange),
    ("google", google), ("domino", domino), ("groupwise", groupwise), ("mimecast", mimecast),
    ("cisco", cisco), ("barracuda", barracuda), ("amazon", amazon), ("mdaemon", mdaemon),
    ("hmailserver", hmailserver), ("opensmtpd", opensmtpd), ("courier", courier), ("iis", iis),
)  # fmt: skip


def bounce(maker: Maker) -> Made:
    """Return a report of one refusal, by one product."""
    table = maker.rng.choices(
        [rows for rows, _ in refusals.KINDS], [weight for _, weight in refusals.KINDS]
    )[0]
    refusal = maker.word(table)
    name, product = maker.any(PRODUCTS)
    right = Expected(maker.address, "failed", refusal.reasons, refusal.is_hard)
    return Made(f"bounce-{name}", product(maker, refusal), "bounce", (right,))


def about_us(maker: Maker) -> Made:
    """Return a report of a refusal given before the recipient was named."""
    refusal = maker.word(refusals.US)
    said = reply(maker, refusal)
    stage = (
        "MAIL FROM" if refusal.text.lower().count("sender") or "b+k7" in refusal.text else "connect"
    )
    right = Expected(maker.address, "failed", refusal.reasons, is_hard=False)
    if maker.chance(0.5):
        text = (
            f"This is the mail system at host relay.ombudsman.example.\n\n<{maker.address}>: host mx1.{maker.domain}[192.0.2.20] said:\n"
            f"    {said} (in reply to {'MAIL FROM' if stage == 'MAIL FROM' else 'EHLO'} command)"
        )
        top = daemon(
            maker, "MAILER-DAEMON@{h} (Mail Delivery System)", "Undelivered Mail Returned to Sender"
        )
        status = fields(maker, refusal, host="relay.ombudsman.example")
        return Made("us-postfix", a_report(top, text, status, maker.address), "bounce", (right,))
    after = (
        f"after MAIL FROM:<{RETURN_PATH}>" if stage == "MAIL FROM" else "after initial connection"
    )
    text = (
        "This message was created automatically by mail delivery software.\n\n"
        "A message that you sent could not be delivered to one or more of its\n"
        "recipients. This is a permanent error. The following address(es) failed:\n\n"
        f"  {maker.address}\n    host mx1.{maker.domain} [192.0.2.20]\n"
        f"    SMTP error from remote mail server {after}:\n    {said}"
    )
    top = daemon(
        maker, "Mail Delivery System <Mailer-Daemon@{h}>", "Mail delivery failed: returning message to sender",
        f"X-Failed-Recipients: {maker.address}",
    )  # fmt: skip
    return Made(
        "us-exim", f"{top}\nContent-Type: text/plain\n\n{text}\n".encode(), "bounce", (right,)
    )


NO_DOMAIN: Final = (
    "Host or domain name not found. Name service error for name={d} type=A: Host not found",
    "Name service error for name={d} type=MX: Malformed or unexpected name server reply",
    "DNS Error: DNS type 'mx' lookup of {d} responded with code NXDOMAIN. Domain name not found: {d}",
    "Domain {d} has no valid MX records",
    "Sorry, I couldn't find any host named {d}. (#5.1.2)",
    "Host not found, unrouteable address",
)  # fmt: skip
SURE: Final = (True, False, True, False, True, True)


def no_domain(maker: Maker) -> Made:
    """Return a report that the domain is not there."""
    number = maker.word(tuple(n for n in range(len(NO_DOMAIN)) if SURE[n]))
    said = NO_DOMAIN[number].format(d=maker.domain)
    refusal = Refusal("550", "5.1.2", said, frozenset({"bad_address"}), is_hard=True)
    right = Expected(maker.address, "failed", refusal.reasons, is_hard=True)
    top = daemon(
        maker, "MAILER-DAEMON@{h} (Mail Delivery System)", "Undelivered Mail Returned to Sender"
    )
    text = f"This is the mail system at host relay.ombudsman.example.\n\n<{maker.address}>: {said}"
    status = (
        f"Reporting-MTA: dns; relay.ombudsman.example\n\nFinal-Recipient: rfc822; {maker.address}\n"
        f"Action: failed\nStatus: 5.4.4\nDiagnostic-Code: X-Postfix; {said}"
    )
    return Made("domain", a_report(top, text, status, maker.address), "bounce", (right,))
