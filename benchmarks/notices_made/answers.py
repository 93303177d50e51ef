"""Answers of machines: absences, people who have gone, closed mailboxes, acknowledgements."""

from __future__ import annotations

from typing import Final

from benchmarks.notices_made.mail import OFFICE, Made, Maker, a_text, head

SUBJECT: Final = "Annual review letter"

PREFIXES: Final = {
    "en": ("Automatic reply: {s}", "Out of Office: {s}", "Auto: {s}", "Out of office reply: {s}", "Autoreply: {s}", "Re: {s} [Out of Office]"),
    "cy": ("Ateb awtomatig: {s}", "Allan o'r swyddfa: {s}"),
    "de": ("Automatische Antwort: {s}", "Abwesenheitsnotiz: {s}", "Abwesend: {s}"),
    "fr": ("Réponse automatique : {s}", "Absence du bureau : {s}", "Absent(e) du bureau : {s}"),
    "nl": ("Automatisch antwoord: {s}", "Afwezig: {s}", "Niet aanwezig: {s}"),
    "pl": ("Odpowiedź automatyczna: {s}", "Autoodpowiedź: {s}", "Poza biurem: {s}"),
    "es": ("Respuesta automática: {s}", "Fuera de la oficina: {s}"),
    "pt": ("Resposta automática: {s}", "Ausência temporária: {s}"),
    "it": ("Risposta automatica: {s}", "Fuori sede: {s}"),
    "sv": ("Automatiskt svar: {s}", "Frånvaro: {s}"),
    "da": ("Automatisk svar: {s}", "Ikke til stede: {s}"),
    "fi": ("Automaattinen vastaus: {s}", "Poissa: {s}"),
    "cs": ("Automatická odpověď: {s}", "Mimo kancelář: {s}"),
    "ro": ("Răspuns automat: {s}", "Absent: {s}"),
    "hu": ("Automatikus válasz: {s}", "Házon kívül: {s}"),
    "tr": ("Otomatik yanıt: {s}", "Ofis dışında: {s}"),
    "el": ("Αυτόματη απάντηση: {s}", "Εκτός γραφείου: {s}"),
    "ru": ("Автоматический ответ: {s}", "Нет на месте: {s}"),
    "ga": ("Freagra uathoibríoch: {s}", "As oifig: {s}"),
}  # fmt: skip

AWAY: Final = {
    "en": (
        "I am out of the office until {d}.\n\nFor anything urgent please ring the office.",
        "Thank you for your email. I am currently on annual leave and will be back on {d}.",
        "I am away from my desk, returning {d}. Your message will not be forwarded.",
        "I'm on leave with no access to email until {d}. If your message is urgent, contact {on} ({oa}).",
        "Thank you for your message. I work Monday to Wednesday and shall reply when I am next at work.",
        "I am on maternity leave. Please contact {on} at {oa} while I am away.",
        "I am attending a conference today and tomorrow with little access to my emails.",
        "I am off sick at present. In my absence, {on} ({oa}) will deal with queries.",
        "The offices of the Chief Executive are closed from 24 December to 2 January.",
        "I am on jury service this week and will look at my messages on {d}.",
        "My working days are Tuesday, Wednesday and Thursday. I will reply on my next working day.",
        "I am currently on secondment to another council until {d}; {on} is looking after my work: {oa}.",
        "Please note that I am on a career break until {d}.",
        "I will be out of the office on {d} and will respond on my return.",
    ),
    "cy": (
        "Rwyf allan o'r swyddfa tan {d}.", "Rwyf ar wyliau blynyddol a byddaf yn ôl ar {d}.",
        "Nid wyf yn y swyddfa ar hyn o bryd. Byddaf yn dychwelyd ar {d}.",
        "Byddaf i ffwrdd o'r gwaith tan {d}. Cysylltwch â {on} os yw'n fater brys: {oa}.",
    ),
    "de": (
        "Ich bin bis zum {d} nicht im Büro.", "Ich bin derzeit im Urlaub und ab dem {d} wieder erreichbar.",
        "Vielen Dank für Ihre Nachricht. Ich bin außer Haus und am {d} zurück. In dringenden Fällen wenden Sie sich bitte an {on} ({oa}).",
        "Ich befinde mich bis {d} in Elternzeit. Ihre E-Mail wird nicht weitergeleitet.",
    ),
    "fr": (
        "Je suis absente du bureau jusqu'au {d}.", "Je suis en congé et serai de retour le {d}.",
        "Merci de votre message. Je suis actuellement absent et je vous répondrai à mon retour le {d}.",
        "En déplacement jusqu'au {d}, je consulte peu mes messages. En cas d'urgence : {on} ({oa}).",
    ),
    "nl": (
        "Ik ben tot {d} niet op kantoor.", "Ik ben met vakantie en vanaf {d} weer bereikbaar.",
        "Dank voor uw bericht. Ik ben afwezig tot {d}. Voor dringende zaken kunt u contact opnemen met {on} ({oa}).",
        "Wegens verlof ben ik afwezig; op {d} ben ik weer terug.",
    ),
    "pl": (
        "Jestem nieobecna w biurze do {d}.", "Przebywam na urlopie do {d}.",
        "Dziękuję za wiadomość. Jestem poza biurem i wrócę {d}.", "W dniach 24-28 listopada jestem na urlopie. W pilnych sprawach: {oa}.",
    ),
    "es": (
        "Estoy fuera de la oficina hasta el {d}.", "Me encuentro de vacaciones y regreso el {d}.",
        "Gracias por su mensaje. Estaré ausente hasta el {d}.", "Actualmente estoy de baja. Para asuntos urgentes contacte con {on} ({oa}).",
    ),
    "pt": (
        "Estou fora do escritório até {d}.", "Encontro-me de férias até {d}.",
        "Estarei ausente até {d}. Responderei no meu regresso.", "De momento estou de licença. Em caso de urgência, contacte {on} ({oa}).",
    ),
    "it": (
        "Sono fuori ufficio fino al {d}.", "Sono in ferie e rientro il {d}.",
        "Grazie per il messaggio. Sarò assente fino al {d}.", "Attualmente sono in congedo; per urgenze scrivere a {oa}.",
    ),
    "sv": ("Jag är inte på kontoret förrän {d}.", "Jag har semester och är tillbaka {d}."),
    "da": ("Jeg er ikke på kontoret før {d}.", "Jeg holder ferie og er tilbage {d}."),
    "fi": ("En ole toimistolla ennen {d}.", "Olen lomalla ja palaan {d}."),
    "cs": ("Do {d} nejsem v kanceláři.", "Jsem na dovolené, vrátím se {d}."),
    "ro": ("Sunt plecat din birou până pe {d}.", "Sunt în concediu și mă întorc pe {d}."),
    "hu": ("{d}-ig nem vagyok az irodában.", "Szabadságon vagyok, {d} után leszek elérhető."),
    "tr": ("{d} tarihine kadar ofis dışındayım.", "İzindeyim, {d} tarihinde döneceğim."),
    "el": ("Βρίσκομαι εκτός γραφείου έως {d}.", "Είμαι σε άδεια και επιστρέφω στις {d}."),
    "ru": ("Меня не будет в офисе до {d}.", "Я в отпуске до {d}."),
    "ga": ("Táim as oifig go dtí {d}.", "Tá mé ar saoire agus beidh mé ar ais {d}."),
}  # fmt: skip
DAYS: Final = {
    "en": ("1 December", "Monday 7 December 2026", "04/12/2026"), "cy": ("1 Rhagfyr", "7 Rhagfyr 2026"),
    "de": ("1. Dezember", "07.12.2026"), "fr": ("1er décembre", "7 décembre 2026"),
    "nl": ("1 december", "7 december 2026"), "pl": ("1 grudnia", "07.12.2026"),
    "es": ("1 de diciembre", "7/12/2026"), "pt": ("1 de dezembro", "7/12/2026"),
    "it": ("1 dicembre", "7/12/2026"), "sv": ("1 december",), "da": ("1. december",),
    "fi": ("1.12.2026",), "cs": ("1. prosince",), "ro": ("1 decembrie",), "hu": ("december 1",),
    "tr": ("1 Aralık",), "el": ("1/12/2026",), "ru": ("1 декабря",), "ga": ("1 Nollaig",),
}  # fmt: skip
BARE: Final = ("en", "cy", "de", "fr", "nl", "pt", "pl", "es", "it")
"""Languages in which an absence is read without any header or subject that says so."""

OUTLOOK: Final = ("X-Auto-Response-Suppress: All", "Auto-Submitted: auto-generated")
REPLIERS: Final = (
    OUTLOOK, OUTLOOK,
    ("Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes"),
    ("Auto-Submitted: auto-replied (vacation)",), ("Auto-Submitted: auto-replied (zimbra; vacation)",),
    ("X-Autogenerated: Reply",), ("Precedence: auto_reply", "X-Precedence: auto_reply"),
    ("X-Autorespond: Annual review letter", "Precedence: junk"), ("Auto-Submitted: auto-replied", "X-Autoreply-From: {a}"),
    ("X-MS-Exchange-Inbox-Rules-Loop: {a}", "Auto-Submitted: auto-generated"),
)  # fmt: skip
LANGUAGES: Final = ("en",) * 12 + ("cy",) * 4 + ("de", "fr", "nl", "pl", "es", "pt", "it") * 2 + (
    "sv", "da", "fi", "cs", "ro", "hu", "tr", "el", "ru", "ga",
)  # fmt: skip


def _sent(
    maker: Maker, subject: str, text: str, more: tuple[str, ...], *, sender: str = ""
) -> bytes:
    """Return an answer to our letter, from the person or from `sender`."""
    rows = [each.format(a=maker.address) for each in more]
    if maker.chance(0.5):
        rows += [
            "In-Reply-To: <letter-1@ombudsman.example>",
            "References: <letter-1@ombudsman.example>",
        ]
    top = head(maker, sender or f"{maker.name} <{maker.address}>", OFFICE, subject, rows)
    return a_text(maker, top, text)


def _signed(maker: Maker, text: str) -> str:
    """Return the text with or without a signature, a disclaimer, our letter quoted."""
    if maker.chance(0.5):
        text += f"\n\n{maker.any(('Regards', 'Kind regards', 'Thank you'))}\n{maker.name}\n{maker.any(TITLES)}"
    if maker.chance(0.3):
        text += "\n\n" + maker.any(DISCLAIMERS)
    if maker.chance(0.2):
        text += "\n\n" + quoted(maker)
    return text


TITLES: Final = (
    "Chief Executive",
    "PA to the Chief Executive",
    "Monitoring Officer",
    "Complaints Manager",
    "Head of Legal Services",
)
DISCLAIMERS: Final = (
    "This email and any files transmitted with it are confidential and intended solely for the use of the individual to whom they are addressed. If you have received this email in error please notify the sender and delete it. It has been scanned for viruses.",
    "DISCLAIMER: The information in this message is for the addressee only. If you are not the intended recipient, do not read, copy or forward it. Emails to and from the Council may be monitored.",
    "Please consider the environment before you print this email. Visit our website to pay, report and apply online at any time.",
    "Mae croeso i chi gysylltu â ni yn Gymraeg. You are welcome to contact us in Welsh.",
)  # fmt: skip


def quoted(maker: Maker) -> str:
    """Return our letter below an answer, in the manner of a mail program."""
    letter = "Dear Chief Executive,\n\nI write to you with our annual summary of statistics on the complaints made to us."
    return maker.any((
        "-----Original Message-----\nFrom: Ombudsman <letters@ombudsman.example>\nSent: 22 July 2026 09:00\nTo: " + maker.name + "\nSubject: Annual review letter\n\n" + letter,
        "________________________________\nFrom: Ombudsman <letters@ombudsman.example>\nSent: 22 July 2026 09:00\nTo: " + maker.address + "\nSubject: Annual review letter\n\n" + letter,
        "On Wed, 22 Jul 2026 at 09:00, Ombudsman <letters@ombudsman.example> wrote:\n\n" + "\n".join(f"> {line}" for line in letter.split("\n")),
        "> " + letter.replace("\n", "\n> "),
    ))  # fmt: skip


def away(maker: Maker) -> Made:
    """Return an absence: by header, by subject or by its words alone."""
    language = maker.any(LANGUAGES)
    other, other_address = maker.another()
    text = maker.word(AWAY[language]).format(
        d=maker.any(DAYS[language]), on=other, oa=other_address
    )
    text = _signed(maker, text)
    prefix = maker.word(PREFIXES[language]).format(s=SUBJECT)
    how = maker.any(("both", "both", "header", "subject", "words"))
    if how == "words" and (language not in BARE or "tomorrow" in text or "closed from" in text):
        how = "both"
    subject = prefix if how in {"both", "subject"} else f"Re: {SUBJECT}"
    more = maker.any(REPLIERS) if how in {"both", "header"} else ()
    return Made(
        f"away-{language}-{how}",
        _sent(maker, subject, text, more),
        "autoreply",
        answers=frozenset({"out_of_office"}),
    )


DOMINO: Final = (
    "AUTO: {n} is out of the office (returning 07/12/2026)",
    "AUTO: {n} is out of the office until 07/12/2026 (returning 07/12/2026)",
)


def notes_away(maker: Maker) -> Made:
    text = f'I am out of the office until 07/12/2026.\n\n\nNote: This is an automated response to your message  "{SUBJECT}" sent on 25/11/2026 09:00:00.\n\nThis is the only notification you will receive while this person is away.'
    more = maker.any((("Auto-Submitted: auto-generated",), ("X-KeepSent: 8F",), ()))
    subject = maker.word(DOMINO).format(n=maker.name)
    return Made(
        "away-domino",
        _sent(maker, subject, text, more),
        "autoreply",
        answers=frozenset({"out_of_office"}),
    )


LEFT: Final = (
    "{n} has left the Council. Please send your message to {on} at {oa}.",
    "{n} no longer works for the Council. Please contact {oa} instead.",
    "I have now left the authority. My successor is {on} ({oa}).",
    "Thank you for your email. I have retired from the Council. {on} has taken over as Chief Executive and can be reached at {oa}.",
    "I am leaving the Council on 28 November. From then on please write to {on}, {oa}.",
    "I have moved to a new role within the organisation. For matters about complaints, please email {on} on {oa}.",
    "Please note that {n} is no longer employed by the Council. All enquiries should go to {oa}.",
    "I no longer work here. Please direct all correspondence to my replacement {on}: {oa}.",
    "My last working day was Friday 20 November. {on} ({oa}) has taken over my duties.",
    "{n} is no longer in post. The new Chief Executive is {on}, whose address is {oa}.",
    "{n} left the organisation in September. For the Chief Executive's office, contact {on} ({oa}).",
    "I have finished my secondment here, and my role has been taken up by {on}, {oa}.",
    "I have stood down as Chief Executive. The interim Chief Executive is {on} ({oa}).",
    "{n} has moved on from the Council; please redirect your email to {oa}.",
    "As of 1 November I no longer work for the Council. Please update your records and use {oa} in future.",
    "I have taken early retirement. {on} is now the person to contact: {oa}.",
    "Nid yw {n} bellach yn gweithio i'r Cyngor. Cysylltwch â {on}: {oa}.",
    "Rwyf wedi gadael y Cyngor. Anfonwch eich neges at {on} ({oa}).",
    "Ich arbeite nicht mehr für die Stadt. Bitte wenden Sie sich an {on} ({oa}).",
    "Ich habe das Haus verlassen. Mein Nachfolger ist {on}: {oa}.",
    "Je ne travaille plus pour la mairie. Veuillez contacter {on} : {oa}.",
    "J'ai quitté mes fonctions. Merci d'écrire à mon successeur {on} ({oa}).",
    "Ik werk niet meer bij de gemeente. U kunt contact opnemen met {on} ({oa}).",
    "Ya no trabajo en esta organización. Por favor, escriba a {on} ({oa}).",
)  # fmt: skip
LEFT_NOBODY: Final = (
    "{n} has left the Council. Your message has not been forwarded.",
    "I have retired and this mailbox is not looked at.",
    "{n} no longer works here. Please call 01632 960 000.",
    "I have left the Council. Please see our website for who does what.",
)  # fmt: skip
RETIRED: Final = (
    "This mailbox is no longer in use. Please use {r} instead.",
    "This email address is no longer monitored. Please send your email to {r}.",
    "This address has been replaced by {r}.",
    "Our email addresses have changed. Please use {r} from now on; emails to the old address are not read.",
    "This mailbox has been closed. The new address is {r}.",
    "This inbox has been decommissioned. Please resend your message to {r}.",
    "The email address that you have used is no longer valid. Our new address is {r}.",
    "This account will close on 31 December. Please write to {r}.",
    "Nid yw'r blwch post hwn yn cael ei ddefnyddio mwyach. Defnyddiwch {r}.",
    "Nid yw'r cyfeiriad e-bost hwn yn cael ei fonitro bellach. Anfonwch eich neges i {r}.",
    "Diese E-Mail-Adresse wird nicht mehr verwendet. Bitte schreiben Sie an {r}.",
    "Diese E-Mail-Adresse ist nicht mehr gültig. Die neue Adresse lautet {r}.",
    "Cette adresse n'est plus utilisée. Merci d'écrire à {r}.",
    "Dit e-mailadres is niet meer in gebruik. Gebruik voortaan {r}.",
    "Ten adres e-mail nie jest już używany. Prosimy pisać na {r}.",
    "Este endereço de e-mail já não é utilizado. Por favor escreva para {r}.",
    "Questo indirizzo non è più attivo. Scrivere a {r}.",
    "Esta dirección de correo ya no está activa. Escriba a {r}.",
)  # fmt: skip
RETIRED_NOBODY: Final = (
    "This mailbox is no longer monitored and your email will not be read.",
    "This mailbox has been closed. Emails sent here are deleted automatically.",
    "This email address is no longer in use. Please telephone us on 01632 960 000.",
    "The account that you have written to has been retired and is not monitored any more.",
)  # fmt: skip
FORMS: Final = (
    "We no longer accept enquiries by email. Please use the online form at https://www.{d}/contact.",
    "Emails to this address are not processed. Please complete our web form: https://www.{d}/complaints",
    "To help us to deal with your enquiry faster, we have stopped taking requests by email. Please fill in our form: https://www.{d}/form",
    "Please note that complaints can only be made through our online form at https://www.{d}/complain. We do not deal with emails sent here.",
    "We do not accept email at this address any more. Go to https://my.{d} and submit your request through the customer portal.",
    "This mailbox does not take new requests. Please use our contact form on https://www.{d}/contact-us.",
)  # fmt: skip


def gone(maker: Maker) -> Made:
    """Return an answer that says that somebody has left, or that a mailbox is closed."""
    other, other_address = maker.another()
    new = f"{maker.any(('complaints', 'chief.executive', 'enquiries', 'democratic.services'))}@{maker.domain}"
    table, answer, successor = maker.rng.choices(
        ((LEFT, "has_left", other_address), (LEFT_NOBODY, "has_left", None),
         (RETIRED, "mailbox_retired", new), (RETIRED_NOBODY, "mailbox_retired", None),
         (FORMS, "use_a_form", None)), (16, 3, 10, 3, 5),
    )[0]  # fmt: skip
    text = maker.word(table).format(n=maker.name, on=other, oa=other_address, r=new, d=maker.domain)
    if maker.chance(0.3):
        text += "\n\n" + maker.any(DISCLAIMERS)
    language = "en"
    how = maker.any(("both", "header", "subject"))
    subject = (
        maker.word(PREFIXES[language]).format(s=SUBJECT) if how != "header" else f"Re: {SUBJECT}"
    )
    more = maker.any(REPLIERS) if how != "subject" else ()
    return Made(
        answer,
        _sent(maker, subject, text, more),
        "autoreply",
        answers=frozenset({answer}),
        successor=successor,
    )


SYSTEMS: Final = (
    # Product, sender, subject, its own headers.
    ("granicus", "Customer Services <noreply@{d}>", "Your request {k} has been received", ()),
    ("granicus", "{d} Council <council@service.govdelivery.example>", "We've received your enquiry - {k}", ("Auto-Submitted: auto-generated",)),
    ("firmstep", "Self Service <DoNotReply@{d}>", "Thank you for contacting us (Ref: {k})", ()),
    ("jadu", "Contact Centre <contact@{d}>", "Acknowledgement of your email [{k}]", ("X-Auto-Response-Suppress: All",)),
    ("civica", "Complaints <complaints@{d}>", "RE: Annual review letter ({k})", ("X-Auto-Response-Suppress: OOF",)),
    ("icasework", "Complaints Team <complaints@{d}>", "Complaint received - reference {k}", ()),
    ("dynamics", "Customer Services <crm@{d}>", "RE: Annual review letter CRM:00{k}", ("X-Auto-Response-Suppress: DR, OOF, AutoReply",)),
    ("freshservice", "IT and Customer Helpdesk <helpdesk@{d}>", "Ticket Received - Annual review letter", ("Auto-Submitted: auto-replied",)),
    ("servicenow", "Service Portal <council@service-now.example>", "Your case {k} has been opened", ("X-ServiceNow-Generated: true", "Precedence: bulk")),
    ("zendesk", "{d} Support <support@{d}>", "[Request received] Annual review letter", ("Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "X-Zendesk-From-Account-Id: 1a2b")),
    ("topdesk", "TOPdesk <servicedesk@{d}>", "Melding {k}: Annual review letter", ("Auto-Submitted: auto-generated",)),
    ("outlook", "Chief Executive's Office <chief.executive@{d}>", "Automatic reply: Annual review letter", OUTLOOK),
    ("otrs", "Corporate Complaints <complaints@{d}>", "[Ticket#{k}] RE: Annual review letter", ("X-OTRS-Loop: yes", "Precedence: bulk")),
    ("rule", "Democratic Services <democratic@{d}>", "RE: Annual review letter", ("X-MS-Exchange-Inbox-Rules-Loop: democratic@{d}",)),
)  # fmt: skip
ACKS: Final = (
    "Thank you for contacting the Council.\n\nYour enquiry has been received and your reference number is {k}. We aim to respond within 10 working days.",
    "Thank you for your email, which has been logged under reference {k}.\n\nPlease do not reply to this message as the mailbox is not monitored.",
    "This is an automated acknowledgement. Your email has been received by the Complaints Team and will be dealt with as soon as possible. Ref: {k}.",
    "We have received your request {k}. A member of our team will be in touch within 5 working days.",
    "Your email has been passed to the relevant service and given the case number {k}. You can expect an answer in 15 working days.",
    "Thank you for getting in touch. A case ({k}) has been created for you and we will reply within 20 working days.",
    "This is to acknowledge receipt of your correspondence (our reference {k}). It will be answered within the Council's target of ten working days.",
    "A ticket has been created for your request. Ticket number: {k}. To add further comments, reply to this email.",
    "We're writing to let you know that we've got your message. Your reference is {k}. Please quote it if you contact us again.",
    "Please accept this email as an automatic acknowledgement of your message. Reference: {k}.",
    "Diolch am gysylltu â'r Cyngor. Rydym wedi derbyn eich neges. Eich cyfeirnod yw {k}.\n\nThank you for contacting the Council. We have received your message. Your reference is {k}.",
    "Diolch am eich e-bost. Mae eich ymholiad wedi'i gofnodi o dan y cyfeirnod {k}. Byddwn yn ymateb o fewn 10 diwrnod gwaith.",
    "Thank you for your email to the Chief Executive's office. Emails are read each working day and, where an answer is needed, we will send it within 10 working days. Your unique reference: {k}.",
    "Your message has been received by our customer services team. Reference number {k}. This mailbox is not monitored, so please do not reply.",
)  # fmt: skip


def acknowledgement(maker: Maker) -> Made:
    """Return what a council's case system or shared mailbox sends by itself."""
    product, sender, subject, more = maker.word(SYSTEMS)
    key = maker.any(("CMP-26-0{n}", "{n}", "FS-Case-{n}", "INC00{n}", "REQ{n}", "#{n}")).format(
        n=maker.number(6)
    )
    text = maker.word(ACKS).format(k=key)
    if maker.chance(0.3):
        text = f"{maker.any(('Dear Ombudsman', 'Dear Sir or Madam', 'Hello', 'Dear Customer'))}\n\n{text}"
    if maker.chance(0.3):
        text += "\n\nCustomer Services\n" + maker.any(DISCLAIMERS)
    rows = tuple(each.format(d=maker.domain) for each in more)
    content = _sent(
        maker,
        subject.format(k=key, d=maker.domain),
        text,
        rows,
        sender=sender.format(d=maker.domain),
    )
    return Made(f"ack-{product}", content, "autoreply", answers=frozenset({"acknowledgement"}))


PORTALS: Final = (
    ("Egress <no-reply@switch.egress.example>", "Secure message: Annual review letter", "{n} has sent you a secure email. To read it, sign in to Egress: https://switch.egress.example/m/9f\n\nIf you do not have an account, you can create one free of charge."),
    ("{n} <{a}>", "RE: Annual review letter [encrypted]", "You have received an encrypted message from {a}.\n\nSign in with a one-time passcode to view the message: https://outlook.office365.example/Encryption/retrieve.ashx?x=1\n\nRead the message"),
    ("Cisco Secure Email <{a}>", "Secure message from {n}", "You've received an encrypted message from {a}.\n\nTo view your message, save and open the attachment (securedoc.html) and follow the instructions there. If you are a new user, register first."),
    ("Mimecast Secure Messaging <noreply@{d}>", "You have a new secure message", "You have received a secure message from {n}. Click here to log in to the Secure Messaging portal and read it: https://secure.{d}/m/1"),
)  # fmt: skip


def portal(maker: Maker) -> Made:
    sender, subject, text = maker.word(PORTALS)
    values = {"n": maker.name, "a": maker.address, "d": maker.domain}
    content = _sent(
        maker, subject.format(**values), text.format(**values), (), sender=sender.format(**values)
    )
    return Made("portal", content, "secure_portal")
