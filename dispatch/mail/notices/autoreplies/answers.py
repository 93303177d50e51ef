"""What an autoreply says, and how to recognise one that does not declare itself."""

from __future__ import annotations

import re
from typing import Final

from dispatch.domain.notice import Answer
from dispatch.mail.notices.parsed import Parsed
from dispatch.mail.notices.prose import own_words, squeezed

_SUBJECT: Final = re.compile(
    r"""^\W*(?:(?:re|aw|sv|fw|tr)\s?:\s*)*(?:
    auto(?:matic|mated|matisk|matica)?[\s:_-]{0,3}(?:reply|respon\w*|answer|acknowledge\w*|svar)
    |auto\s?:|out\s+of\s+(?:the\s+)?office|ooo\b|on\s+(?:annual\s+)?leave|vacation|i\s+am\s+away
    |away\s+from|abwesen|automatische\s+antwort|réponse\s+automatique|reponse\s+automatique
    |absence\s+du\s+bureau|absent\b|respuesta\s+autom|fuera\s+de\s+(?:la\s+)?oficina
    |risposta\s+automatica|resposta\s+autom|automatisch\s+antwoord|afwezig|自動応答|自動返信|不在)""",
    re.IGNORECASE | re.VERBOSE,
)
_BY_A_MACHINE: Final = re.compile(
    r"this is an? auto|automat(?:ed|ic) (?:e-?mail|response|reply|message|acknowledge)"
    r"|automatically generated|via the vacation program"
    r"|^\S.{0,80}\bi (?:am|will be) (?:currently )?"
    r"(?:out of (?:the )?office|on (?:annual )?leave|on vacation|on holiday)",
    re.IGNORECASE,
)
_LEFT: Final = re.compile(
    r"""no\slonger\s(?:work|employ|with\s|at\s|in\spost|part\sof|in\s(?:this|the)\s(?:role|post)
      |the\s(?:chief|interim|managing|town|head|leader))
    |(?:has|have|i've)\s(?:now\s|recently\s|since\s|sadly\s)?(?:left|departed|retired)\b
      (?!\s(?:the\soffice|for\s|work\s|a\s|my\s|on\s))
    |(?:left|leaving|retired\sfrom|departed)\s(?:the\s)?(?:\w+\s){0,4}
      (?:council|authority|company|organi[sz]ation|employment|borough|service)\b
    |moved\son\sfrom|last\s(?:working\s)?day\s(?:was|at)|ceased\s(?:to\swork|employment)
    |stepped\sdown|is\snow\sretired
    |nicht\smehr\s(?:für|bei|im\sunternehmen|tätig|beschäftigt)|verlassen|ausgeschieden
    |ne\s(?:travaille|fais|fait)\splus|a\squitté|ai\squitté|ya\sno\s(?:trabaj|pertenec|forma)
    |退職|異動""",
    re.IGNORECASE | re.VERBOSE,
)
_RETIRED: Final = re.compile(
    r"""no\slonger\s(?:\w+\s)?(?:in\suse|monitored|active|used|valid|checked|available|accept|exist)
    |no\slonger\sbeing|not\s(?:being\s|actively\s)?(?:monitored|in\suse|checked)|unmonitored
    |(?:mailbox|inbox|address|account)\s(?:has\sbeen\s|is\s(?:now\s)?)?
      (?:closed|retired|decommissioned|discontinued)
    |(?:address|mailbox|e-?mail)\shas\s(?:now\s)?changed|new\se-?mail\saddress\sis
    |wird\snicht\smehr|n'est\splus|ya\sno\s(?:está|esta|se)|使用されておりません|廃止""",
    re.IGNORECASE | re.VERBOSE,
)
_AWAY: Final = re.compile(
    r"""out\sof\s(?:the\s)?office|annual\sleave|on\sleave|sick\sleave|parental\sleave|maternity
    |on\s(?:holiday|vacation)|vacation|away\s(?:from|until|on)|not\sin\sthe\soffice|left\sthe\soffice
    |i\s(?:am|will\sbe)\s(?:currently\s)?(?:away|absent|out|travel|unavailable)
    |i'm\s(?:currently\s)?(?:away|out|on|travel)|will\sbe\s(?:away|out\b|back|returning|travel)
    |return(?:ing)?\s(?:on|to\s(?:the\soffice|work))|back\s(?:on|in\sthe\soffice)
    |limited\saccess|non-working
    |(?:do\snot|don't)\swork\s(?:on\s)?(?:mon|tue|wed|thu|fri)
    |abwesen|im\surlaub|nicht\sim\s(?:büro|haus)|außer\shaus|wieder\s(?:im|ab|zurück|erreichbar)
    |absent(?!ee|\svot|\sfrom\s(?:school|class))|en\scongé|en\svacances|de\sretour
    |fuera\sde\s(?:la\s)?oficina|de\svacaciones|ausente
    |in\sferie|fuori\sufficio|不在|休暇|休み|出張""",
    re.IGNORECASE | re.VERBOSE,
)
_FORM: Final = re.compile(
    r"(?:complete|use|fill|submit|via|using|through|visit)\b.{0,60}"
    r"\b(?:online|web|contact|enquiry)\s?-?\s?(?:form|portal)"
    r"|online form|web form|webform|contact form|kontaktformular|formulaire|formulario",
    re.IGNORECASE,
)
_WILL_ANSWER: Final = re.compile(
    r"aim to (?:respond|reply)|(?:respond|reply|response) within|will (?:respond|reply|get back)"
    r"|get back to you|working days|reference number",
    re.IGNORECASE,
)
_CHALLENGE: Final = re.compile(
    r"""(?:confirm|verify|prove|authenticate)\b.{0,60}\b(?:you\s(?:really\s)?sent|by\sclick
      |your\s(?:message|e-?mail|address)\b.{0,20}\bby\srepl
      |you\sare\s(?:indeed\s)?(?:a\s)?(?:human|person|real|not)|your\s(?:identity|e-?mail\saddress))
    |please\s(?:confirm|verify|authenticate)\s(?:your|this)\s(?:message|e-?mail)\b
    |prove\s(?:that\s)?you\sare|challenge[\s/-]response|tmda|boxbe|spam\s?arrest|choicemail
    |mailblocks|qurb|bluebottle|sender\sverification
    |(?:message|e-?mail)\b.{0,40}\b(?:being|been)\sheld\b.{0,60}\b(?:until|pending|confirm)
    |(?:click|reply\sto\sthis|follow\sth)\b.{0,100}\b(?:(?:have|get)\syour\smessage
      |so\sthat\syour\smessage|(?:message|e-?mail|it)\s(?:(?:can|will|may|to)\s)?be\sdelivered
      |release\syour
      |approved?\ssender|allow(?:ed)?\slist|guest\slist)
    |(?:add|added|join|put)\b.{0,60}\bguest\s?list|approved\ssenders?\slist|unknown\ssender.{0,80}confirm
    |not\s(?:yet\s)?(?:on|in)\smy\s(?:approved|safe|white|allow)""",
    re.IGNORECASE | re.VERBOSE,
)
_PORTAL: Final = re.compile(
    r"""(?:sent\syou|been\ssent|received|have)\san?\s(?:new\s)?(?:secure|encrypted|protected)\s
      (?:message|e-?mail|document|file)
    |\b(?:read|open|view|access|retrieve)\s(?:the\s|your\s|this\s)?
      (?:secure|encrypted|protected)\s(?:message|e-?mail)
    |\b(?:read|open|view|access|retrieve|pick\sup|click|log\s?in|sign\s?in)\b.{0,150}\b
      (?:secure\s(?:message|e-?mail)\s(?:portal|cent(?:re|er))|egress\s(?:secure|switch|protect)
      |mimecast\ssecure|proofpoint\sencryption|zixcorp)
    |secure\s(?:message|e-?mail)\s(?:is\swaiting|has\sbeen\ssent\sto\syou)
    |registered\senvelope|zixmail\smessage|zixcorp\ssecure
    |office\s365\smessage\sencryption|message\sencryption\sby\smicrosoft
    |message\sis\swaiting.{0,60}secure""",
    re.IGNORECASE | re.VERBOSE,
)


def is_answer(mail: Parsed) -> bool:
    """Whether the subject or the beginning of the text says that a machine answers."""
    beginning = squeezed(f"{mail.header('From')} {own_words(mail.text)[:600]}")
    return bool(_SUBJECT.search(mail.header("Subject")) or _BY_A_MACHINE.search(beginning))


def is_challenge(mail: Parsed) -> bool:
    """Whether the message asks for proof that a person wrote to it."""
    return bool(_CHALLENGE.search(_said(mail)))


def is_portal(mail: Parsed) -> bool:
    """Whether a message waits on a web page."""
    return bool(_PORTAL.search(_said(mail)))


def answer(mail: Parsed) -> Answer:
    """Return what an autoreply says. What lasts longest counts first, a mere receipt last."""
    said = _said(mail)
    if _LEFT.search(said):
        return Answer.HAS_LEFT
    if _AWAY.search(said):
        return Answer.OUT_OF_OFFICE
    if _RETIRED.search(said):
        return Answer.MAILBOX_RETIRED
    if _FORM.search(said) and not _WILL_ANSWER.search(said):
        return Answer.USE_A_FORM
    return Answer.ACKNOWLEDGEMENT


def _said(mail: Parsed) -> str:
    return squeezed(f"{mail.header('Subject')} \n {own_words(mail.text)[:8000]}")
