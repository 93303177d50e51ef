"""A letter: what one authority is told, and the digest that freezes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import Enum
from functools import cached_property
from typing import Any, Final, Self

from dispatch.domain.digest import ADDED_LATER, canonical_texts, digest, plain, sha256
from dispatch.domain.life import Life
from dispatch.domain.mailout import Attachment, Signatory
from dispatch.domain.register.authority import Authority, Contact
from dispatch.domain.register.codes import letter_code
from dispatch.domain.register.figures import Box


class LetterState(Enum):
    """Where a letter stands: from its content to the approved bytes."""

    WANTED = "wanted"
    """Its content is fixed; it waits for a worker to render it."""

    RENDERED = "rendered"
    """Its bytes are stored, and its digest freezes them."""

    PROPOSED = "proposed"
    """A new version of a letter that was sent: rendered, but not approved yet."""

    FAILED = "failed"
    """It could not be rendered; its error says why."""

    VOID = "void"
    """It was made from data that has changed since, or was withdrawn; it will never be sent."""


_S = LetterState

LIFE: Final = Life(
    "a letter",
    {
        _S.WANTED: frozenset({_S.RENDERED, _S.FAILED, _S.VOID}),
        _S.PROPOSED: frozenset({_S.RENDERED, _S.VOID}),
        _S.RENDERED: frozenset({_S.VOID}),
        _S.FAILED: frozenset({_S.VOID}),
        _S.VOID: frozenset(),
    },
    begins=frozenset({_S.WANTED, _S.PROPOSED}),
    unseen=frozenset({_S.WANTED}),
)


PENDING: Final = frozenset({_S.WANTED, _S.PROPOSED})
"""It waits for a worker to render it, or for a person to approve it."""

STORED: Final = frozenset({_S.RENDERED, _S.PROPOSED})
"""Its bytes are stored."""

NOT_IN_FORCE: Final = frozenset({_S.VOID, _S.PROPOSED})
"""It is not the letter that counts: dropped, or not approved yet."""


class RecipientKind(Enum):
    """The header field that names a recipient."""

    TO = "to"
    CC = "cc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One address that a letter goes to, and the role for which it goes there."""

    kind: RecipientKind
    role: str
    address: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Counts by subject or outcome, as in the figures."""

    key: str
    rows: tuple[tuple[str, int], ...]
    total: int
    title: str = field(default="", metadata=ADDED_LATER)
    """What its scheme calls it; empty if its plan does not say."""
    called: Mapping[str, str] = field(default_factory=dict, metadata=ADDED_LATER)
    """What its scheme calls the rows, by their keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Translation:
    """What one letter needs to be told in another language."""

    words: Mapping[str, str]
    """What its data call things, by what they are called in the plan's own language."""
    constants: Mapping[str, Any]
    bespoke: str

    def say(self, text: str) -> str:
        """Return what the letter's data call something; as it is, if the plan has no word."""
        return self.words.get(text, text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that one letter says, before any template: equal content gives equal bytes."""

    mailout: str
    title: str
    template: str
    year: str
    year_end: date
    letter_date: date
    upload_date: date
    version: int = 1
    authority: Authority
    """The authority that the figures are about."""
    addressed_to: Authority
    """The authority that the letter goes to: the same, or the successor of an abolished one."""
    also_to: tuple[Authority, ...] = ()
    """The other successors, if there are several: each gets a letter of its own."""
    addressee: Contact
    group: str | None
    boxes: tuple[Box, ...]
    tables: tuple[Table, ...] = ()
    signatory: Signatory
    constants: Mapping[str, Any] = field(default_factory=dict)
    bespoke: str = ""
    is_synthetic: bool = False
    """Whether any figure in it was made up for a demonstration; the letter then says so."""
    is_below_minimum: bool = field(default=False, metadata=ADDED_LATER)
    """Whether the figures are too small for the mailout's usual letter."""
    year_before: str | None = field(default=None, metadata=ADDED_LATER)
    """The period that the letter compares with."""
    counts: Mapping[str, int] = field(default_factory=dict, metadata=ADDED_LATER)
    """Counts that its scheme shows as they are; one that is not known is left out."""
    pdf_name: str = field(default="", metadata=ADDED_LATER)
    public_name: str = field(default="", metadata=ADDED_LATER)
    """Patterns of what its file is called (`file_names`); the usual ones if empty."""
    languages: tuple[str, ...] = field(default=(), metadata=ADDED_LATER)
    """The languages that it is told in, in their order; none if its mailout has but one."""
    translations: Mapping[str, Translation] = field(default_factory=dict, metadata=ADDED_LATER)
    is_one_pdf: bool = field(default=False, metadata=ADDED_LATER)
    """Whether all of its languages are in one PDF, and not in one each."""
    language: str = field(default="", metadata=ADDED_LATER)
    """The language that it is being told in."""

    @property
    def code(self) -> str:
        """The letter's code, by which people name it."""
        return letter_code(self.authority.code, self.addressed_to.code if self.also_to else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter that is ready to be rendered: its content, recipients and attachments."""

    content: Content
    recipients: tuple[Recipient, ...]
    attachments: tuple[Attachment, ...] = ()

    def fingerprint(self, template_digest: str) -> str:
        """Return the digest of everything that the letter depends on, its template included."""
        return digest([self, template_digest])


@dataclass(frozen=True, slots=True)
class InShort:
    """A draft without its words: whom it is about, and to whom it goes."""

    code: str
    """The letter's."""
    about: str
    """The code of the authority that it is about."""
    name: str
    """What that is called."""
    addressed_to: str
    """The code of the authority that it goes to."""
    recipients: tuple[Recipient, ...]

    @classmethod
    def of(cls, draft: Draft) -> Self:
        content = draft.content
        about, addressed_to = content.authority, content.addressed_to.code
        return cls(content.code, about.code, about.name, addressed_to, draft.recipients)


def without_people(draft: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored draft without the names and addresses of its recipients.

    A value that is not a draft becomes empty.
    """
    try:
        content = draft["content"]
        addressee = {**content["addressee"], **NOBODY}
        recipients = [{**each, "address": "", "name": ""} for each in draft["recipients"]]
    except (LookupError, TypeError):
        return {}
    return {**draft, "content": {**content, "addressee": addressee}, "recipients": recipients}


NOBODY: Final = {"address": "", "honorific": None, "given_name": None, "surname": None}


@dataclass(frozen=True, slots=True)
class Order:
    """A letter to be rendered."""

    content: Content
    attachments: int = 0
    """How many spreadsheets go with it."""
    asked_for: str | None = None
    """The digest that its template must have."""

    @property
    def words(self) -> dict[str, Any]:
        """Its fields by name, as rendering takes them."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A letter in its three forms, and the covering note that precedes it in the email."""

    subject: str
    text: str
    html: str
    pdf: bytes
    note_text: str
    note_html: str
    branches: tuple[str, ...] = ()
    """The branches of the template that this letter took, each by file, line and side."""
    page_count: int = 0
    more_pdfs: Mapping[str, bytes] = field(default_factory=dict)
    """Its PDFs in further languages, by language, in their order."""

    @property
    def parts(self) -> dict[str, bytes]:
        """Every form as bytes, by name, as the digest covers and the database stores them."""
        more = {f"{PDF}_{language}": pdf for language, pdf in self.more_pdfs.items()}
        return more | {
            "text": self.text.encode(),
            "html": self.html.encode(),
            "pdf": self.pdf,
            "note_text": self.note_text.encode(),
            "note_html": self.note_html.encode(),
        }


PDF: Final = "pdf"
"""The form that is a letter's PDF; those in further languages are `pdf_cy` and the like."""


def is_pdf(form: str) -> bool:
    """Whether a form of a letter is a PDF: its first, or one in a further language."""
    return form == PDF or form.startswith(f"{PDF}_")


@dataclass(frozen=True)
class Made:
    """A letter as the bytes that its digest covers."""

    subject: str
    parts: Mapping[str, bytes]
    """Its forms by name; `mail` is the body of the message that every recipient gets."""
    branches: tuple[str, ...] = ()
    page_count: int = 0

    @cached_property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of each form, by name."""
        return {name: sha256(content) for name, content in self.parts.items()}


def letter_digest(subject: str | None, parts: Mapping[str, str], attachments: object) -> str:
    """Return the digest that freezes a letter: its subject, each form's SHA-256, attachments."""
    return sha256(canonical_texts([subject, dict(parts), plain(attachments)]))
