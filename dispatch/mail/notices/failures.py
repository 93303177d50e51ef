"""The fate of each recipient that a notice of failure, delay or delivery names.

The fields of RFC 3464 come first. If they are missing or name nobody, recipients are looked for
in the text; if they give no reason, so are reasons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from dispatch.domain.address import domain_of, folded
from dispatch.domain.notice import Action, Fate, Reason
from dispatch.mail.notices import kinds
from dispatch.mail.notices.about_us import Us
from dispatch.mail.notices.fields import Block, address_in, blocks
from dispatch.mail.notices.parsed import Parsed
from dispatch.mail.notices.prose import sentences, without_footer
from dispatch.mail.notices.reasons import Cause, Said, judged, status_in
from dispatch.mail.notices.recipients import MAX_WORDS, Named, is_help_address, named, not_senders

MAX_TEXT: Final = 1000
"""Characters of a server's words that a fate keeps."""

_ACTIONS: Final = {
    "delayed": Action.DELAYED,
    "delay": Action.DELAYED,
    "deferred": Action.DELAYED,
    "delivered": Action.DELIVERED,
    "deliverable": Action.DELIVERED,
    "relayed": Action.RELAYED,
    "expanded": Action.EXPANDED,
}
_TO_US: Final = ("To", "From", "Reply-To", "Delivered-To", "X-Original-To")
_SENDERS: Final = ("From", "Sender", "Return-Path", "Reply-To")
_DELIVERED_TO: Final = ("X-Original-To", "Delivered-To", "X-Envelope-To", "Envelope-To")
_HEDGED: Final = re.compile(
    r"\b(?:may|might|maybe|possibl[ey]|perhaps|usually|typically|either|probably|in case|if you)\b",
    re.IGNORECASE,
)
_BY_SERVER: Final = re.compile(r"returned mail: (.*)", re.IGNORECASE)
_PROGRAM: Final = re.compile(r"\s*x-unix\s*;", re.IGNORECASE)
_UNTELLING: Final = frozenset({"", "5.0.0", "4.0.0", "2.0.0"})


def fates(mail: Parsed) -> tuple[Fate, ...]:
    """Return what a notice says about each recipient; empty if it names nobody."""
    notice = _Notice(mail)
    all_about = notice.by_fields() or notice.by_text()
    about = {folded(each.address): each for each in all_about}.values()
    return tuple(notice.fate(each, is_only=len(about) == 1) for each in about)


@dataclass(frozen=True, slots=True)
class _About:
    """A recipient, and what the fields and the text say about it."""

    address: str
    block: Block
    own: str


class _Notice:
    """A notice, with what all its recipients share worked out once."""

    def __init__(self, mail: Parsed) -> None:
        self.mail = mail
        self.failed = mail.addresses("X-Failed-Recipients", "X-Failed-Recipient")
        self.named = self._named()
        self.words = {folded(each.address): each.words for each in self.named}
        self.whole = Said(_plainly(mail))
        to_us = (*mail.addresses("To", "Delivered-To", "X-Original-To"), *self._senders())
        self.us = Us.of(each for each in to_us if folded(each) not in {*map(folded, self.failed)})

    def _senders(self) -> tuple[str, ...]:
        return self.mail.returned_addresses(*_SENDERS)

    @cached_property
    def otherwise(self) -> Action:
        """The action where no field gives one."""
        return Action.DELAYED if kinds.is_delay(self.mail) else Action.FAILED

    def by_fields(self) -> list[_About]:
        """Return the recipients that the fields name."""
        read = self._blocks()
        spare = self._only() if len(read) == 1 else ""
        given = ((address_in(block) or spare, block) for block in read)
        return [self._about(address, block) for address, block in given if address]

    def by_text(self) -> list[_About]:
        """Return the recipients that the header, the text or the returned message names."""
        addresses = tuple(each.address for each in self.named)
        return [self._about(each, {}) for each in self.failed or addresses or _sent_to(self.mail)]

    def fate(self, about: _About, *, is_only: bool) -> Fate:
        """Return the fate of a recipient."""
        diagnostic = _diagnostic(about.block)
        status = status_in(about.block.get("status", ""))
        action = self._action(about.block)
        cause = self._cause(about, diagnostic, status, is_only=is_only)
        is_unexplained = cause.reason is Reason.UNKNOWN and action is Action.DELAYED
        return Fate(
            address=about.address,
            action=action,
            status=_best(status_in(diagnostic), status, status_in(about.own)),
            reason=Reason.NETWORK if is_unexplained else cause.reason,
            is_hard=cause.is_hard and action is Action.FAILED,
            is_about_us=cause.is_about_us,
            text=(diagnostic or about.own.strip() or self.mail.text.strip())[:MAX_TEXT],
        )

    def _cause(self, about: _About, diagnostic: str, status: str, *, is_only: bool) -> Cause:
        """Return the cause; words about another recipient must not make this address dead."""
        said = [Said(diagnostic), Said(about.own)]
        is_close = is_only or not (self.whole.cause and self.whole.cause.is_hard)
        return judged(
            said,
            status=status,
            around=self.whole if is_close else None,
            is_us=any(self.us.are_refused(each.named, about.address) for each in said),
            is_program=bool(_PROGRAM.match(about.block.get("diagnostic-code", ""))),
        )

    def _action(self, block: Block) -> Action:
        """Return the action. `Action: failed` is final, even if the text speaks of trying again."""
        given = block.get("action", "").strip().lower().split(" ")[0].strip(";()")
        if given:
            return _ACTIONS.get(given, Action.FAILED)
        return Action.DELIVERED if block.get("status", "").startswith("2.") else self.otherwise

    def _about(self, address: str, block: Block) -> _About:
        return _About(address, block, without_footer(self.words.get(folded(address), "")))

    def _blocks(self) -> tuple[Block, ...]:
        """Return the fields of the status part; if it has none, of the other parts that may."""
        places = [self.mail.status, self.mail.disposition, self.mail.text]
        if not self.named:
            places.append(self.mail.quoted)
        return next(filter(None, map(blocks, places)), ())

    def _named(self) -> tuple[Named, ...]:
        """Return the recipients that the text names: not us, unless one of us wrote to another."""
        failed = {*map(folded, self.failed)}
        to_us = {*map(folded, self.mail.addresses(*_TO_US))} - failed
        senders = {*map(folded, self._senders())} - failed
        bare = {*map(folded, self.mail.addresses("To", "From"))} - failed
        text = self.mail.text
        domain = domain_of(next(iter(self.mail.addresses("From")), ""))
        return named(text, ours=to_us | senders, domain=domain) or named(text, ours=bare)

    def _only(self) -> str:
        """Return the only recipient that a notice without named recipients can mean, or nothing."""
        addresses = tuple(each.address for each in self.named)
        lists = (self.failed, addresses, _sent_to(self.mail))
        return next((given[0] for given in lists if len(given) == 1), "")


def _sent_to(mail: Parsed) -> tuple[str, ...]:
    """Return the recipient of the returned message, if it had only one."""
    senders = {*map(folded, mail.returned_addresses("From", "Return-Path"))}
    for names in (_DELIVERED_TO, ("To",), ("Cc",)):
        given = mail.returned_addresses(*names)
        others = tuple(each for each in given if folded(each) not in senders)
        if len(others) == 1:
            return others
    ours = senders | {*map(folded, mail.addresses(*_TO_US))}
    rest = tuple(
        each
        for each in not_senders(mail.text)
        if folded(each) not in ours and not is_help_address(each)
    )
    return rest if len(rest) == 1 else ()


def _plainly(mail: Parsed) -> str:
    """Return the sentences of a notice that do not hedge ("may", "perhaps", "in case").

    Of the subject, only what a server wrote: most notices repeat the message's own subject.
    """
    text = without_footer(mail.text[:8000])
    said = (each for each in sentences(text) if not _HEDGED.search(each))
    subject = _BY_SERVER.match(mail.header("Subject"))
    return "\n".join([*said, subject[1] if subject else ""])


def _diagnostic(block: Block) -> str:
    """Return the text of a Diagnostic-Code, without its type."""
    diagnostic = block.get("diagnostic-code", "")[:MAX_WORDS]
    kind, separator, rest = diagnostic.partition(";")
    return rest.strip() if separator and " " not in kind.strip() else diagnostic


def _best(*codes: str) -> str:
    return next((code for code in codes if code not in _UNTELLING), next(filter(None, codes), ""))
