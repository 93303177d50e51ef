"""Letters of people: formal and short, about our letter, about absences, bounces and IT.

Each must be read as written by a person. Many have what machines have, too: a ticket number, a
header that asks for no automatic answers, an address in the text, the words of a machine.
"""

from __future__ import annotations

from typing import Final

from benchmarks.notices_made.answers import DISCLAIMERS, TITLES, quoted
from benchmarks.notices_made.mail import OFFICE, Made, Maker, a_text, head

OPENINGS: Final = (
    "Dear Ombudsman", "Dear Sir", "Dear Ms Carter", "Good morning", "Hello", "Hi", "Dear Sir or Madam",
    "Dear Michael", "Good afternoon", "", "", "Annwyl Ombwdsmon",
)  # fmt: skip

FORMAL: Final = (
    "Thank you for your letter and the statistics that came with it. I shall lay both before the Cabinet on 9 December and will write again when members have considered them.",
    "I acknowledge receipt of your annual letter, which I have read with care. I am concerned that you count three of our cases as upheld which we had settled before your office became involved.",
    "I write in answer to your letter of 22 July. The authority accepts its findings and has since changed how it answers complaints about adult care.",
    "I have received your letter about the Council's performance. I would dispute the figure for Planning: we count 11 decisions and not 14. Would your team look at this before you publish?",
    "The Leader has asked me to thank you for your letter. We shall report on it to the Audit Committee in January and send you the minutes.",
    "Thank you for your annual review. May I ask that you correct the name of our authority on page two? We became a unitary council in April.",
    "As monitoring officer I must report your letter to full Council. Could you let me have it as a Word file, since ours is for reading on screen?",
    "I am instructed by the Chief Executive to say that the Council disagrees with the compliance rate in your letter and reserves its position.",
    "I was disappointed to read your letter. Two of the complaints named in it were withdrawn by the people who made them, as my officers told yours at the time.",
    "Your letter has been received and considered by the senior leadership team. We have nothing to correct.",
    "We have received your letter and I have asked our complaints manager to check the figures. She will write to you by Friday if she finds anything amiss.",
    "Thank you for your letter, receipt of which is acknowledged. I will respond within ten working days, once I have talked to the service directors.",
)
SHORT: Final = (
    "Thanks, received.",
    "Noted, thank you.",
    "Thanks for this. Very helpful.",
    "Received with thanks.",
    "Thank you - I'll pass this on to the Leader.",
    "Got it, thanks. Will read tonight.",
    "Many thanks. I will share with colleagues.",
    "Please call me on 01632 960 111 about this.",
    "Who wrote this?",
    "Is this for publication today or tomorrow?",
    "Thank you. All understood.",
    "Can you resend the attachment? I cannot open it.",
    "Fine by me.",
    "Ta. Speak soon.",
    "Acknowledged.",
    "Thank you for your email.",
)
ABOUT: Final = (
    # Absences.
    "I am on leave next week, so could we speak before Friday about the two upheld cases?",
    "I was on annual leave when your letter came and have only now read it. I am sorry for the delay. We have no comments.",
    "I know that the Chief Executive is out of the office until Monday, but I can answer for her: the figures are right.",
    "My colleague Tom is on long-term sick leave, which is why nobody answered your letter in August. I will see to it myself.",
    "When I wrote to your caseworker I got an out of office reply. Who else could I speak to about this?",
    "Your automatic reply says that you are away until the 4th; I am content to wait until then for a correction of the table.",
    "Apologies for the late answer - I have been off sick. Please go ahead and publish.",
    "As I will be away from 20 December, I have asked our deputy chief executive to deal with any questions you have after that.",
    # People and addresses.
    "Our chief executive retired in October and Anna Field has taken over. Could you address future letters to her, please? We do like to get these right.",
    "You wrote to Mr Kane, who left us two years ago. I have taken this up and will answer in his place. May I suggest that you check your list?",
    "Please note that I am leaving the Council at Christmas. It has been good to work with your office, and I wish you all well.",
    "We have a new address for complaints since we merged. I will send you a list of all our contacts next week; meanwhile the figures in your letter look right to me.",
    # Bounces and IT.
    "I tried to write to your intake team and my message was returned to me as undeliverable: 550 5.1.1 user unknown. Is there another address that I could use?",
    "Your letter went to my junk folder because our filter thought it was spam. I found it today. Our IT people have now put you on the safe list.",
    "Our mail server had trouble last week and mailbox full errors were sent to many people. If you had one from us, please send the letter again.",
    "I could not open the PDF: our security software quarantined it. Would you put it on your website, or send it to our democratic services team as well?",
    "I had a message from our gateway that your email was being held in quarantine. I have released it now, and will read it this afternoon.",
    "We use TMDA and other filters here, so you may have been asked to confirm that you are a person. I am sorry about that; I have your letter now.",
    "My colleague says that she was sent a delivery failure when she replied to you. Could your technical people look into that?",
    "Please verify the number of complaints for Highways. We count 21. Also please confirm that you sent the same letter to our leader.",
    "Please confirm the address to which we should send our response, and whether you still want it on paper.",
    "Could you confirm receipt of this email? The last two that I sent to your office were rejected by your server.",
    "We are changing our email system over the weekend. If a message to us comes back, try again on Monday.",
    "I am told that delivery to your address has failed twice from our complaints system. I am therefore writing from my own account.",
    "Please unsubscribe our old chief executive from these letters and send them to the person who now holds the post; I can give you the name by telephone.",
    "We keep being asked to click a link to read messages from your office. Is that a real system of yours or a phishing attempt?",
    # Tickets and references.
    "I have asked our complaints team to open a case for this, and they have given it reference CMP-26-00911. I will come back to you when they have answered me.",
    "This has been logged with us as 26/1182. The head of housing is looking into it and I shall write to you by the end of next week.",
    "Further to our telephone call, I can confirm that we will not be asking for changes. Please quote EX/44/AB when you reply to me.",
    "We aim to respond to all of your enquiries within 20 working days, and I am sorry that we took longer over the one you name in your letter.",
    "Do not reply to Mr Price, who is no longer dealing with this matter. I am now the person to speak to, and I have a question about the third table.",
    # Automatic things, spoken of.
    "I see that our system sent you an automatic acknowledgement. Please disregard that: here is our actual answer. We accept your findings in full.",
    "Our website form would not take a letter of this length, so I am writing by email. We object to the word systemic on page two.",
    "Thank you for your message about the closed mailbox. We have told our staff to use the new one. As to your letter, we have nothing to add.",
    "The councillor named in your letter no longer sits on the committee. Please would you remove her name before publication?",
    "There is a mistake in the email address for our council on your website. It says complaints@old.example, which does not exist any more.",
)
WELSH: Final = (
    "Diolch am eich llythyr. Byddaf yn ei drafod gyda'r Cabinet ym mis Rhagfyr.",
    "Rwyf wedi darllen eich llythyr ac yn derbyn y ffigurau. A fyddai modd cael y llythyr yn Gymraeg hefyd?",
    "Diolch yn fawr. Mae'r Arweinydd wedi gofyn i mi ddweud ein bod yn cytuno â'ch casgliadau.",
    "Mae camgymeriad yn y tabl: 12 o gwynion am dai, nid 14. A wnewch chi ei gywiro?",
    "Roeddwn ar wyliau yr wythnos diwethaf ac newydd weld eich llythyr. Ymddiheuriadau am yr oedi.",
    "Ni allaf agor yr atodiad. A wnewch chi ei anfon eto, os gwelwch yn dda?",
)
CLOSINGS: Final = (
    "Yours sincerely", "Kind regards", "Regards", "Best wishes", "Yours faithfully", "Thanks", "KR", "", "Cofion gorau",
)  # fmt: skip
PHONES: Final = (
    "Sent from my iPhone",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent from Outlook for Android",
    "Sent from my Galaxy",
)
ASSISTANTS: Final = (
    "pp {n}\nPA to the Chief Executive",
    "{n}\nExecutive Assistant to the Chief Executive\nMy working days are Monday to Thursday",
    "Cllr {n}\nLeader of the Council",
    "{n} LLB\nDirector of Law and Governance (Monitoring Officer)",
    "{n}\nChief Executive\nTel: 01632 960 100 | Mob: 07700 900 123",
)
SUBJECTS: Final = (
    "RE: Annual review letter", "Re: Annual review letter", "Annual review letter", "RE: Annual review letter 2026 - for the Chief Executive",
    "RE: Annual review letter [CMP-26-00417]", "RE: Annual review letter CRM:0012345", "Ref EX/44/AB: your letter of 22 July",
    "RE: [EXTERNAL] Annual review letter", "Fw: Annual review letter", "Complaint figures - Ticket 99120", "RE: Llythyr blynyddol",
    "Your letter", "Undelivered post and your letter", "Our response to your annual letter", "Out of date contact details", "",
)  # fmt: skip
HEADERS: Final[tuple[tuple[str, ...], ...]] = (
    (), (), (), ("X-Auto-Response-Suppress: All",), ("X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",),
    ("X-Mailer: Microsoft Outlook 16.0",), ("Importance: high", "X-Priority: 1"), ("X-MS-Has-Attach: yes", "Thread-Topic: Annual review letter"),
    ("X-Originating-IP: [192.0.2.77]", "X-MS-Exchange-Organization-AuthAs: Internal"),
    ("X-Virus-Scanned: by the council", "X-Spam-Status: No, score=-1.2"), ("Disposition-Notification-To: pa@council.example",),
)  # fmt: skip


def letter(maker: Maker) -> Made:
    """Return one person's answer."""
    kind, table = maker.rng.choices(
        (("formal", FORMAL), ("short", SHORT), ("about", ABOUT), ("welsh", WELSH)), (5, 3, 10, 1)
    )[0]
    opening, closing = maker.any(OPENINGS), maker.any(CLOSINGS)
    said = [maker.word(table)]
    if kind == "formal" and maker.chance(0.4):
        said.append(maker.word(ABOUT))
    text = "\n\n".join(
        filter(None, [opening + maker.any((",", "")) if opening else "", *said, closing])
    )
    text += f"\n{_signature(maker)}"
    if maker.chance(0.35):
        text += "\n\n" + maker.any(DISCLAIMERS)
    if maker.chance(0.5):
        text += "\n\n" + quoted(maker)
    rows = list(maker.any(HEADERS))
    if maker.chance(0.6):
        rows.append("In-Reply-To: <letter-1@ombudsman.example>")
    top = head(maker, f'"{maker.name}" <{maker.address}>', OFFICE, maker.any(SUBJECTS), rows)
    return Made(f"letter-{kind}", a_text(maker, top, text), "human")


def _signature(maker: Maker) -> str:
    chosen = maker.any(("name", "title", "phone", "assistant"))
    if chosen == "name":
        return maker.any((maker.person[0], maker.name))
    if chosen == "title":
        return (
            f"{maker.name}\n{maker.any(TITLES)}\n{maker.domain.partition('.')[0].title()} Council"
        )
    if chosen == "phone":
        return f"{maker.person[0]}\n\n{maker.any(PHONES)}"
    return maker.any(ASSISTANTS).format(n=maker.name)
