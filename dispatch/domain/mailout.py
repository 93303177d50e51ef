"""A mailout: its plan, as a person writes it, and its life.

    draft ──▶ rendered ──▶ approved ──▶ scheduled ──▶ releasing ──▶ sent ──▶ uploaded
      ▲          │            │          │    ▲         │    ▲
      └──────────┴────────────┴──────────┤    └─ paused ┴────┘
                                         └──▶ cancelled (from anywhere before uploaded)

Any change to content or recipients takes a mailout that is rendered, approved or scheduled back to
draft.

Groups of states are named here and nowhere else; each says what is true of a mailout in it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import Final

from dispatch.domain import calendar
from dispatch.domain.digest import ADDED_LATER
from dispatch.domain.hours import (
    Holidays,
    ReminderHours,
    SendingDays,
    SendingHours,
    SendingTimes,
    sending_times,
)
from dispatch.domain.life import Life
from dispatch.domain.register import period
from dispatch.domain.register.authority import Authority
from dispatch.domain.register.figure_set import ANNUAL, FigureSet
from dispatch.domain.register.figures import Average, Figures, Measure
from dispatch.domain.register.spelling import by_folded, folded
from dispatch.domain.remedy import Remedy, RemedyKind


class MailoutState(Enum):
    """Where a mailout stands. The value is what the database and reports show."""

    DRAFT = "draft"
    """Planned; its letters are not rendered, or are out of date."""

    RENDERED = "rendered"
    """Every letter is made, checked and frozen by its digest."""

    APPROVED = "approved"
    """A second person has approved the digest of all of it."""

    SCHEDULED = "scheduled"
    """The clock will release it on its date."""

    RELEASING = "releasing"
    """Its deliveries are in the queue."""

    PAUSED = "paused"
    """Held by a person; letters that have not left wait."""

    SENT = "sent"
    """No delivery waits any longer: each has ended or is in doubt."""

    UPLOADED = "uploaded"
    """Its letters are public."""

    CANCELLED = "cancelled"
    """Stopped by a person; letters that had not left never will."""


_S = MailoutState

LIFE: Final = Life(
    "a mailout",
    {
        _S.DRAFT: frozenset({_S.RENDERED, _S.CANCELLED}),
        _S.RENDERED: frozenset({_S.APPROVED, _S.DRAFT, _S.CANCELLED}),
        _S.APPROVED: frozenset({_S.SCHEDULED, _S.DRAFT, _S.CANCELLED}),
        _S.SCHEDULED: frozenset({_S.RELEASING, _S.PAUSED, _S.DRAFT, _S.CANCELLED}),
        _S.RELEASING: frozenset({_S.SENT, _S.PAUSED, _S.CANCELLED}),
        _S.PAUSED: frozenset({_S.RELEASING, _S.SCHEDULED, _S.DRAFT, _S.CANCELLED}),
        _S.SENT: frozenset({_S.RELEASING, _S.UPLOADED, _S.CANCELLED}),
        _S.UPLOADED: frozenset(),
        _S.CANCELLED: frozenset(),
    },
    begins=frozenset({_S.DRAFT}),
    again=frozenset({_S.UPLOADED}),  # each time that its letters, or changed ones, become public
)

REOPENED_BY_CHANGE: Final = frozenset({_S.RENDERED, _S.APPROVED, _S.SCHEDULED})
"""A change to content or recipients takes it back to draft."""

UNRELEASED: Final = REOPENED_BY_CHANGE | {_S.DRAFT}
"""It has surely not been released."""

CHANGEABLE: Final = UNRELEASED | {_S.PAUSED}
"""Its content may change, unless it has been released: a paused one may have been."""

RUNNING: Final = frozenset({_S.SCHEDULED, _S.RELEASING})
"""The clock and the workers move it on by themselves."""

AWAITING_UPLOAD: Final = frozenset({_S.RELEASING, _S.PAUSED, _S.SENT})
"""Once it is released: people may still act for those who are not reached before the upload."""

SENDING_OVER: Final = frozenset({_S.SENT, _S.UPLOADED, _S.CANCELLED})
"""None of its deliveries is in progress; one that is in doubt, or resent, may still set it going
again until it is uploaded or cancelled."""

CLOSED: Final = LIFE.ends
"""Uploaded or cancelled: nothing of it leaves any more."""


STEPS: Final[Mapping[MailoutState, RemedyKind]] = {
    _S.DRAFT: RemedyKind.RENDER,
    _S.RENDERED: RemedyKind.APPROVE,
    _S.APPROVED: RemedyKind.SCHEDULE,
    _S.PAUSED: RemedyKind.RESUME,
}
"""What a person does next to a mailout that does not go on by itself."""


def next_step(state: MailoutState, mailout: str) -> Remedy | None:
    """Return what a person does next so that a mailout goes on; None if it does by itself."""
    kind = STEPS.get(state)
    return Remedy(kind=kind, mailout=mailout) if kind else None


UNDER_WAY: Final[Mapping[MailoutState, str]] = {
    _S.DRAFT: "the content of its letters is being stored",
    _S.APPROVED: "each letter is being given the proof that it was approved",
    _S.SCHEDULED: "each letter is being given the proof that it was approved",
    _S.RELEASING: "its letters are being queued, and none leaves before all are",
}
"""What goes through all letters of a mailout in batches; if it is cut short, a worker goes on."""

LEASE: Final = timedelta(seconds=30)
"""How long a process has such work between two batches, after which another goes on with it."""

LEASE_TO_BEGIN: Final = timedelta(minutes=5)
"""The same before its first batch: it may look at all letters first."""


SIMILAR: Final = "average of similar authorities"
"""What averages are called in the public tables, if a plan does not say."""


class Averaging(Enum):
    """How the average of a comparison group is worked out."""

    POOLED = "pooled"
    """The sum of the counts over the sum of the bases."""

    MEAN = "mean"
    """The mean of the authorities' rates."""

    GIVEN = "given"
    """The published averages, read from a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inclusion:
    """Which authorities a mailout writes to."""

    kinds: tuple[str, ...]
    """Kinds of authority in the scheme's remit."""
    minimum: Mapping[str, int] = field(default_factory=dict)
    """Counts below which an authority gets no letter."""
    without: frozenset[str] = frozenset()
    """Codes of authorities left out by name."""
    writes_below: bool = field(default=False, metadata=ADDED_LATER)
    """Whether those below the minimum get a letter all the same, which says so."""

    def covers(self, authority: Authority) -> bool:
        """Whether it is of one of the kinds, however that is spelt, and is not left out."""
        kinds = {folded(kind) for kind in self.kinds}
        return folded(authority.kind) in kinds and authority.code not in self.without

    def reaches(self, figures: Figures) -> bool:
        """Whether the figures are large enough for a letter."""
        return all(figures.counts.get(name, 0) >= least for name, least in self.minimum.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who signs: the lines of the signature block, and the image of the signature."""

    name: str
    lines: tuple[str, ...]
    signature: str | None = None
    """The image's file, in the template's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A spreadsheet that goes to one authority with its letter and is never made public."""

    name: str
    media_type: str
    sha256: str


class LanguageChoice(Enum):
    """What a contact's language decides, where letters are in several."""

    NOTHING = "nothing"
    """Each letter is in all of them, in the plan's order."""

    FIRST = "first"
    """The same, with the addressee's own in front."""

    ONLY = "only"
    """A letter is in those that its recipients asked for; in all, if any has not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The translation of a plan into one language."""

    words: Mapping[str, str] = field(default_factory=dict)
    """What data call things, by what they are called in the plan's own language."""
    constants: Mapping[str, object] = field(default_factory=dict)
    bespoke: Mapping[str, str] = field(default_factory=dict)
    """Paragraphs for one authority, by its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A mailout as a person wrote it: everything but the authorities' own data."""

    name: str
    title: str
    template: str
    year: str
    year_end: date
    letter_date: date
    send_at: time
    not_after: datetime
    """In UTC: deliveries that no server has accepted before it expire."""
    sending_hours: SendingHours | None = None
    """At which hours letters may leave; None for any hour."""
    sending_days: SendingDays = field(default=SendingDays.ANY, metadata=ADDED_LATER)
    """On which days they may."""
    extra_holidays: tuple[date, ...] = field(default=(), metadata=ADDED_LATER)
    """Days that count as bank holidays beside those that are known."""
    first_letters_minutes: int = field(default=0, metadata=ADDED_LATER)
    """How long the others wait after the first letters, one for each receiving system; 0 if all
    leave together."""
    confirm_days: int = field(default=0, metadata=ADDED_LATER)
    """How many days before the letter date the contacts are to have been asked whether they are
    the right person; 0 if nobody is reminded of that."""
    reminders: ReminderHours | None = None
    """When staff are told who is not reached yet; None for never."""
    upload_date: date
    to_roles: tuple[str, ...]
    cc_roles: tuple[str, ...]
    own_roles: tuple[str, ...] = field(default=(), metadata=ADDED_LATER)
    """Roles that only this scheme has."""
    inclusion: Inclusion
    groups: tuple[str, ...]
    measures: tuple[Measure, ...]
    figures: FigureSet | None = field(default=None, metadata=ADDED_LATER)
    """What is counted; None for what the annual review letters count."""
    averaging: Averaging
    averages_called: str = field(default=SIMILAR, metadata=ADDED_LATER)
    """What the averages are, in the words of the public tables."""
    with_previous: bool = field(default=False, metadata=ADDED_LATER)
    """Whether letters compare with the period before."""
    given_averages: Mapping[str, Mapping[str, Average]] = field(default_factory=dict)
    """If averages are `given`: by group, then by measure key."""
    languages: tuple[str, ...] = field(default=(), metadata=ADDED_LATER)
    """The languages of its letters, in their order; none if there is but one, English."""
    language_choice: LanguageChoice = field(default=LanguageChoice.NOTHING, metadata=ADDED_LATER)
    is_one_pdf: bool = field(default=False, metadata=ADDED_LATER)
    """Whether all languages of a letter are in one PDF, and not in one each."""
    translations: Mapping[str, Words] = field(default_factory=dict, metadata=ADDED_LATER)
    """By language: all but the plan's own have one."""
    pdf_name: str = field(default="", metadata=ADDED_LATER)
    public_name: str = field(default="", metadata=ADDED_LATER)
    """Patterns of what a letter's file is called; the usual ones if empty."""
    signatory: Signatory
    substitutes: Mapping[str, Signatory] = field(default_factory=dict)
    """Who signs instead, by authority code."""
    constants: Mapping[str, object] = field(default_factory=dict)
    """Facts of this year's letters, by the names that the template uses."""
    bespoke: Mapping[str, str] = field(default_factory=dict)
    """Paragraphs in Markdown for one authority, by its code."""
    attachments: Mapping[str, Sequence[Attachment]] = field(default_factory=dict)
    """Confidential spreadsheets, by authority code."""
    map: str = field(default="", metadata=ADDED_LATER)
    """On which map the public pages draw the authorities; empty for a list alone."""
    is_auto_submitted: bool = field(default=False, metadata=ADDED_LATER)
    """Whether the letters say that a machine sent them. Then machines that obey RFC 3834 do not
    answer, and nobody learns from them that a chief executive has left."""

    @property
    def figure_set(self) -> FigureSet:
        """The counts that its figures may have."""
        if self.figures:
            return self.figures
        kind = period.kind(self.year)
        return ANNUAL if kind == period.YEAR else replace(ANNUAL, periods=frozenset({kind}))

    @property
    def periods(self) -> tuple[str, ...]:
        """The periods whose figures its letters show, its own first."""
        return (self.year, period.before(self.year)) if self.with_previous else (self.year,)

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that its letters go to, those of To first."""
        return (*self.to_roles, *self.cc_roles)

    @property
    def release_at(self) -> datetime:
        """The moment, in UTC, at which the letters go."""
        return calendar.moment(self.letter_date, self.send_at)

    def holidays(self, bank_holidays: Container[date]) -> Container[date]:
        """Return England's bank holidays and its own."""
        return Holidays(bank_holidays, self.extra_holidays)

    def sending_times(self, bank_holidays: Container[date]) -> SendingTimes:
        """Return when its letters may leave."""
        holidays = self.holidays(bank_holidays)
        return sending_times(self.sending_hours, self.sending_days, holidays)

    def leaves_at(self, now: datetime, bank_holidays: Container[date]) -> datetime:
        """Return the first moment from now on, in UTC, at which its letters may leave."""
        return self.sending_times(bank_holidays).next_opening(max(self.release_at, now))

    def group_of(self, authority: Authority) -> str | None:
        """Return the group whose average the letter shows; None for a body outside every group.

        "District Councils" and "district council" are the plan's "District Council".
        """
        return by_folded(self.groups).get(folded(authority.group or ""))

    def signatory_for(self, code: str) -> Signatory:
        return self.substitutes.get(code, self.signatory)
