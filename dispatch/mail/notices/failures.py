"""A notice of failure, delay or delivery -> the fate of each recipient.

The fields of RFC 3464 come first. Where they name nobody, or are not there, the text is read for
names; where they give no words, it is read for reasons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from dispatch.domain.notice import Action, Fate, Reason
from dispatch.mail.notices import kinds
from dispatch.mail.notices.fields import Block, address_in, blocks
from dispatch.mail.notices.parsed import Opened
from dispatch.mail.notices.prose import addresses, same, sentences
from dispatch.mail.notices.reasons import Ground, Said, judged, status_in
from dispatch.mail.notices.recipients import MAX_WORDS, Named, is_office, named

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
_UNTELLING: Final = frozenset({"", "5.0.0", "4.0.0", "2.0.0"})


def fates(mail: Opened) -> tuple[Fate, ...]:
    """Return what a notice says of each recipient; nothing if it names nobody."""
    notice = _Notice(mail)
    all_about = notice.by_fields() or notice.by_text()
    about = {same(each.address): each for each in all_about}.values()
    return tuple(notice.fate(each, is_only=len(about) == 1) for each in about)


@dataclass(frozen=True, slots=True)
class _About:
    """A recipient, and what the fields and the text say of it."""

    address: str
    block: Block
    own: str


class _Notice:
    """A notice, with what is the same for all of its recipients found once."""

    def __init__(self, mail: Opened) -> None:
        self.mail = mail
        self.failed = mail.addresses("X-Failed-Recipients", "X-Failed-Recipient")
        self.told = self._told()
        self.words = {same(each.address): each.words for each in self.told}
        self.whole = Said(_plainly(mail))

    @cached_property
    def untold(self) -> Action:
        """What was done, where no field says it."""
        return Action.DELAYED if kinds.is_delay(self.mail) else Action.FAILED

    def by_fields(self) -> list[_About]:
        """Return the recipients that the fields tell of."""
        read = self._blocks()
        spare = self._only() if len(read) == 1 else ""
        given = ((address_in(block) or spare, block) for block in read)
        return [self._about(address, block) for address, block in given if address]

    def by_text(self) -> list[_About]:
        """Return the recipients that the header, the text or the returned message names."""
        told = tuple(each.address for each in self.told)
        return [self._about(each, {}) for each in self.failed or told or _sent_to(self.mail)]

    def fate(self, about: _About, *, is_only: bool) -> Fate:
        """Return what became of a recipient."""
        diagnostic = _diagnostic(about.block)
        status = status_in(about.block.get("status", ""))
        action = self._action(about.block)
        ground = self._ground(diagnostic, about.own, status, is_only=is_only)
        is_untold = ground.reason is Reason.UNKNOWN and action is Action.DELAYED
        return Fate(
            address=about.address,
            action=action,
            status=_best(status_in(diagnostic), status, status_in(about.own)),
            reason=Reason.NETWORK if is_untold else ground.reason,
            is_hard=ground.is_hard and action is Action.FAILED,
            is_about_us=ground.is_about_us,
            text=(diagnostic or about.own.strip() or self.mail.text.strip())[:MAX_TEXT],
        )

    def _ground(self, diagnostic: str, own: str, status: str, *, is_only: bool) -> Ground:
        """Return why; what is said of another recipient must not make this one's address dead."""
        said = [Said(diagnostic), Said(own)]
        if is_only or not (self.whole.ground and self.whole.ground.is_hard):
            said.append(self.whole)
        return judged(said, status=status)

    def _action(self, block: Block) -> Action:
        """Return what was done. `Action: failed` is a failure, whatever else is said of trying."""
        given = block.get("action", "").strip().lower().split(" ")[0].strip(";()")
        if given:
            return _ACTIONS.get(given, Action.FAILED)
        return Action.DELIVERED if block.get("status", "").startswith("2.") else self.untold

    def _about(self, address: str, block: Block) -> _About:
        return _About(address, block, self.words.get(same(address), ""))

    def _blocks(self) -> tuple[Block, ...]:
        """Return the fields, from where they should be, or from where they are."""
        places = [self.mail.status, self.mail.disposition, self.mail.text]
        if not self.told:
            places.append(self.mail.quoted)
        return next(filter(None, map(blocks, places)), ())

    def _told(self) -> tuple[Named, ...]:
        """Return whom the text names: not us, unless one of us wrote to another."""
        failed = {*map(same, self.failed)}
        to_us = {*map(same, self.mail.addresses(*_TO_US))} - failed
        senders = {*map(same, self.mail.returned_addresses(*_SENDERS))} - failed
        bare = {*map(same, self.mail.addresses("To", "From"))} - failed
        text = self.mail.text
        return named(text, ours=to_us | senders) or named(text, ours=bare)

    def _only(self) -> str:
        """Return the one recipient that a notice can mean whose fields name none."""
        told = tuple(each.address for each in self.told)
        lists = (self.failed, told, _sent_to(self.mail))
        return next((given[0] for given in lists if len(given) == 1), "")


def _sent_to(mail: Opened) -> tuple[str, ...]:
    """Return whom the returned message was for, if it was for one."""
    senders = {*map(same, mail.returned_addresses("From", "Return-Path"))}
    for names in (_DELIVERED_TO, ("To",), ("Cc",)):
        given = mail.returned_addresses(*names)
        others = tuple(each for each in given if same(each) not in senders)
        if len(others) == 1:
            return others
    ours = senders | {*map(same, mail.addresses(*_TO_US))}
    rest = tuple(
        each for each in addresses(mail.text) if same(each) not in ours and not is_office(each)
    )
    return rest if len(rest) == 1 else ()


def _plainly(mail: Opened) -> str:
    """Return what a notice says outright: not what it says may be, to have said something.

    Of the subject only what a server wrote: most repeat the subject of the message.
    """
    said = (each for each in sentences(mail.text[:8000]) if not _HEDGED.search(each))
    subject = _BY_SERVER.match(mail.header("Subject"))
    return "\n".join([*said, subject[1] if subject else ""])


def _diagnostic(block: Block) -> str:
    """Return the words of a Diagnostic-Code, without its type."""
    diagnostic = block.get("diagnostic-code", "")[:MAX_WORDS]
    kind, separator, rest = diagnostic.partition(";")
    return rest.strip() if separator and " " not in kind.strip() else diagnostic


def _best(*codes: str) -> str:
    return next((code for code in codes if code not in _UNTELLING), next(filter(None, codes), ""))
