"""Whether a refusal was about us: given before the recipient was named, or naming us as refused.

Such a reply says nothing about the recipient, whatever its words: "550 unknown host" after our
greeting does not mean that the address is dead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from dispatch.domain.address import domain_of, folded
from dispatch.mail.notices.prose import found

_BEFORE_RECIPIENT: Final = re.compile(
    r"""in[ ]reply[ ]to[ ](?:the[ ])?(?:initial[ ]connection|mail[ ]from|ehlo|helo|starttls)\b
    |(?:after|response[ ]to|reply[ ]to|sent|at)[ ]
      (?:initial[ ]connection|mail[ ]from\b|ehlo\b|helo\b)
    |greeting[ ]failed|refused[ ](?:the|our)[ ]greeting
    |(?:did[ ]not[ ]like|rejected|refused)[ ]our[ ](?:mail[ ]from|sender|helo|ehlo)
    |but[ ]sender[ ]was[ ]rejected|but[ ]my[ ]name[ ]was[ ]rejected
    |>>>[ ](?:mail[ ]from|ehlo|helo)\b[^<>]{0,20}(?:<[^<>]{0,300}>)?[^<>]{0,80}<<<[ ][45]\d\d""",
    re.VERBOSE,
)
"""How the program that reports says that, in squeezed text."""

_CODE: Final = re.compile(r"(?<![\d.])(?:[45]\.\d{1,3}\.\d{1,3}|[45][0-5]\d)(?![\d.])")


def is_before_recipient(text: str) -> bool:
    """Whether squeezed text says that the reply came before the recipient was named."""
    return bool(_BEFORE_RECIPIENT.search(text))


@dataclass(frozen=True, slots=True)
class Us:
    """Our addresses and domains, as a notice has them."""

    addresses: frozenset[str]
    domains: frozenset[str]

    @classmethod
    def of(cls, addresses: Iterable[str]) -> Us:
        """Return what is ours of the addresses that a message came from and its notice went to."""
        known = {folded(each) for each in addresses if "@" in each}
        return cls(frozenset(known), frozenset(map(domain_of, known)))

    def are_refused(self, text: str, recipient: str) -> bool:
        """Whether the reply in squeezed text names us, and not the recipient or their domain.

        What a server quotes is what it refuses.
        """
        code = _CODE.search(text)
        if code is None or domain_of(recipient) in text:
            return False
        reply = text[code.start() :]
        if any(folded(each.address) in self.addresses for each in found(reply)):
            return True
        # After the data, a domain may be that of any address in the message.
        return "after end of data" not in text and any(_has(reply, each) for each in self.domains)


def _has(text: str, domain: str) -> bool:
    """Whether a domain stands in a text by itself, and not as a part of a name or an address."""
    return bool(re.search(rf"(?<![\w.@-]){re.escape(domain)}(?![\w-]|\.\w)", text))
