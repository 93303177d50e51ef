"""Messages by which a gateway says that it holds ours until somebody there lets it through."""

from __future__ import annotations

import re
from typing import Final

from dispatch.mail.notices import kinds
from dispatch.mail.notices.parsed import Parsed
from dispatch.mail.notices.prose import own_words, squeezed

_WHAT: Final = r"(?:messages?|e-?mails?|mails?|letters?|it)"
_HELD: Final = re.compile(
    rf"""\b{_WHAT}\b.{{0,120}}\b(?:been|is|was|are|were|being)\s(?:\w+\s){{0,2}}?
      (?:on\shold|held|quarantined|in\squarantine|withheld|stopped\sfor\sreview)\b
    |\b{_WHAT}\b.{{0,80}}\b(?:awaiting|awaits|pending|subject\sto|waiting\sfor)\s
      (?:\w+\s){{0,3}}?(?:approval|moderation|review|release|inspection)
    |\b{_WHAT}\b.{{0,40}}\b(?:on\shold|held)\s(?:for|in|by|at)\b
    |\b(?:placed|put|moved)\s(?:on\shold|in(?:to)?\s(?:the\s)?quarantine)
    |\bheld\s(?:for|pending)\s(?:\w+\s){{0,2}}?(?:approval|moderation|review|inspection|release)
    |\b(?:quarantine|hold|held)\s(?:summary|digest|report|notification|notice)
    |\bsent\sto\s(?:the|a)\s(?:group\s)?moderators?\b
    |\bneges\b.{{0,60}}\b(?:cwarantin|ei\sdal)
    |\bnachricht\b.{{0,80}}\bquarantäne|\bmessage\b.{{0,60}}\bmis\sen\squarantaine""",
    re.VERBOSE,
)
_GATEWAY: Final = re.compile(
    r"(?:no-?reply|do-?not-?reply|quarantine|gateway|security|mail-?filter|spam-?filter|antispam"
    r"|mimecast|proofpoint|barracuda|sophos|messagelabs|moderat)",
    re.IGNORECASE,
)
_ENDED: Final = re.compile(
    r"\b(?:was|were|been|is) (?:now )?(?:released|approved|delivered|deleted)\b"
)
_YET: Final = re.compile(r"\b(?:until|once|when|after|unless|if|as soon as|before)\b[^.]{0,80}")
"""What is still to come: "until it is approved"."""


def is_hold(mail: Parsed) -> bool:
    """Whether a machine says that it holds a message, and has not let it through since.

    To us, who sent it, or to its recipient, who forwards the notice. A person may write that
    something is on hold, so the sender must be a machine's.
    """
    said = squeezed(f"{mail.header('Subject')}. {own_words(mail.text)[:4000]}")
    is_machine = kinds.is_by_machine(mail) or bool(_GATEWAY.search(mail.header("From")))
    return is_machine and bool(_HELD.search(said)) and not _ENDED.search(_YET.sub("", said))
