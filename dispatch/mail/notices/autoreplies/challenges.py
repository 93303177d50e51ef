"""Messages by which we are asked to do something before our own is read."""

from __future__ import annotations

import re
from typing import Final

from dispatch.mail.notices.autoreplies.answers import said_by
from dispatch.mail.notices.parsed import Parsed

_PROOF: Final = re.compile(
    r"""(?:confirm|verify|prove|authenticate)\b.{0,60}\b(?:you\sare\s(?:indeed\s)?(?:a\s)?
      (?:human|person|real|not)|your\sidentity|by\sclick|you\sreally\ssent)
    |prove\s(?:that\s)?you\sare|challenge[\s/-]response
    |unknown\ssender.{0,80}confirm
    |not\s(?:yet\s)?(?:on|in)\smy\s(?:\w+\s)?(?:list\sof\s)?(?:approved|safe|white|allow|known|trusted)
    |protect(?:s|ing)\s(?:him|her|it|them|our|my|your)sel(?:f|ves)\sfrom\s(?:receiving\s)?(?:junk|spam|unwanted)
    |(?:protected|guarded|filtered|managed)\s(?:by|with)\s(?:boxbe|spam\s?arrest|choicemail|tmda
      |mailblocks|qurb|bluebottle)""",
    re.VERBOSE,
)
"""Asks for a proof, by itself."""

_ASKS: Final = re.compile(
    r"\b(?:click|confirm|verify|authenticate|follow (?:the|this)|reply to this|captcha|add(?:ed)?"
    r"|join|visit)\b"
)
_WAITS: Final = re.compile(
    r"""(?:message|e-?mail|it)\s(?:(?:can|will|may|to)\s)?be\s(?:delivered|released|passed)
    |(?:have|get)\syour\smessage|so\sthat\syour\smessage|release\syour
    |so\s(?:that\s)?i\s(?:can|may|will)\s(?:receive|get|read)\syour
    |awaits?\sverification|verification\s(?:is\s)?required
    |(?:message|e-?mail)\b.{0,40}\b(?:being|been)\s(?:held|quarantined|put\son\sa\swaiting)
      \b.{0,60}\b(?:until|pending|confirm|list)
    |approved?\ssenders?(?:\slist)?|allow(?:ed)?\slist|guest\s?list|sender\sverification""",
    re.VERBOSE,
)
_TOLD: Final = re.compile(r"\b(?:being|been|was|were|be|are) asked to [^.]{0,200}")
"""What somebody tells of such a system."""

_NEAR: Final = 160
"""Characters between what is asked and what waits for it."""

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
    re.VERBOSE,
)


def is_challenge(mail: Parsed) -> bool:
    """Whether the message asks for proof that a person wrote to it, before it delivers ours.

    The name of such a system, or "please confirm", may stand in what a person writes.
    """
    said = _TOLD.sub("", said_by(mail))
    if _PROOF.search(said):
        return True
    waits = [match.span() for match in _WAITS.finditer(said)]
    return any(
        start - _NEAR < asked.start() < end + _NEAR
        for asked in _ASKS.finditer(said)
        for start, end in waits
    )


def is_portal(mail: Parsed) -> bool:
    """Whether a message waits on a web page."""
    return bool(_PORTAL.search(said_by(mail)))
