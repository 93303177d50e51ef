"""Plan a mailout, and say what stands in its way before anything is rendered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from dispatch.database import Session
from dispatch.database.tables import Mailout, SourceFile
from dispatch.documents import Templates
from dispatch.domain.address import domain_of
from dispatch.domain.checks import averages, dates, people, references, taken_over
from dispatch.domain.checks.dates import Almanac
from dispatch.domain.digest import digest
from dispatch.domain.errors import BadInput, CannotRender, NotFound, RuleBroken
from dispatch.domain.letter import InShort, Recipient
from dispatch.domain.letters.drafting import Averages, Register, averages_of, draw_up
from dispatch.domain.letters.finding import Finding
from dispatch.domain.letters.next_year import next_year
from dispatch.domain.mailout import CHANGEABLE, Attachment, Averaging, MailoutState, Plan
from dispatch.domain.proposal import Proposal
from dispatch.domain.register.mail_domains import Domains
from dispatch.domain.register.spelling import did_you_mean
from dispatch.domain.sending.first_letters import USUAL_MINUTES
from dispatch.domain.tracking.watch import USUAL_DAYS
from dispatch.domain.word import Word
from dispatch.domain.wording.counts import some
from dispatch.files.holidays import ENGLAND
from dispatch.files.plan import written
from dispatch.files.plan.bundle import read_bundle
from dispatch.files.plan.differences import KeyChange, differences
from dispatch.files.plan.plan import NEW, Beside, PlanFile, Unsaid, plan_of, read_plan
from dispatch.files.tables.faults import Faults
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import Kind
from dispatch.letters import repeats
from dispatch.letters.store import documents
from dispatch.mail.exchangers import Located
from dispatch.mailouts.changes import reopen
from dispatch.mailouts.store import mailout_named, mailouts
from dispatch.register import register
from dispatch.register.store import authorities

T = TypeVar("T")


def read_file(session: Session, path: Path, new: Unsaid = NEW) -> PlanFile:
    """Read a plan, and check its codes against the register unless that is still empty.

    `new` says what holds of a new plan that does not say; a mailout that is planned already stays
    as it is. Raises `BadInput` with a line for everything that is wrong.
    """
    return read_plan(path, known=_codes_of_all(session), unsaid=partial(_unsaid, session, new))


def read_upload(session: Session, name: str, content: bytes, new: Unsaid = NEW) -> PlanFile:
    """Read a plan that was uploaded, alone or in a ZIP with the files beside it, as `read_file`."""
    unsaid = partial(_unsaid, session, new)
    return read_bundle(name, content, known=_codes_of_all(session), unsaid=unsaid)


def new_plan(*, is_real: bool) -> Unsaid:
    """Return what holds of a new plan that does not say, beside a real mail server or not."""
    return Unsaid(first_letters_minutes=USUAL_MINUTES, confirm_days=USUAL_DAYS) if is_real else NEW


def _unsaid(session: Session, new: Unsaid, name: str) -> Unsaid:
    try:
        plan = mailout_named(session, name).plan
    except NotFound:
        return new
    return Unsaid(plan.sending_days, plan.first_letters_minutes, plan.confirm_days)


def _codes_of_all(session: Session) -> Collection[str] | None:
    return authorities.by_code(session) or None


@dataclass(frozen=True, slots=True)
class Edit:
    """What a form changes of a plan; what it does not name stays as it is."""

    keys: Mapping[str, object] = field(default_factory=dict)
    """Values by the keys of the TOML file, as `dates.letter`; None leaves a key out."""
    bespoke: Mapping[str, str] = field(default_factory=dict)
    """Paragraphs by the authority's code; an empty text leaves the authority without."""
    attachments: Mapping[str, Sequence[Attachment]] = field(default_factory=dict)
    """Spreadsheets by the authority's code; none leave the authority without."""
    documents: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)
    """Media type and bytes of the attachments that are new, by SHA-256."""
    averages: tuple[str, bytes] | None = None
    """The name and bytes of a file of published averages."""


def edited(session: Session, plan: Plan, edit: Edit, faults: Faults) -> PlanFile:
    """Return a plan with the changes of a form, read by the same rules as a file.

    Everything that is wrong is noted in `faults` with its key; then it raises `BadInput`, which
    also says what is wrong with averages.
    """
    table = written.table_of(plan)
    for name, value in edit.keys.items():
        _set(table, name.split("."), value)
    method = table["averages"]["method"]
    given = edit.averages or written.averages_csv(plan)
    if method == Averaging.GIVEN.value and given is not None:
        table["averages"]["file"] = given[0]
    else:
        table["averages"].pop("file", None)
        given = None
    attachments = {**plan.attachments, **edit.attachments}
    beside = Beside(
        bespoke=_kept({**written.bespoke_of(plan), **edit.bespoke}),
        attachments=_kept(attachments),
        averages=given,
    )
    file = plan_of(table, beside, faults, known=_codes_of_all(session))
    return replace(file, documents=edit.documents)


def _set(table: dict[str, Any], path: Sequence[str], value: object) -> None:
    """Give a key of nested tables its value, or leave it out for None."""
    *tables, last = path
    for each in tables:
        table = table.setdefault(each, {})
    table.pop(last, None)
    if value is not None:
        table[last] = value


def _kept(values: Mapping[str, T]) -> dict[str, T]:
    return {code: value for code, value in values.items() if value}


def from_last_years(mailout: Mailout) -> Plan:
    """Return the plan that next year's is begun from: see `next_year`."""
    return next_year(mailout.plan, ENGLAND)


def plan_before(session: Session, mailout: Mailout) -> Plan | None:
    """Return the plan for an earlier year that a mailout's was most likely begun from, if any."""
    return next(iter(taken_over.earlier(mailout.plan, _plans(mailout, mailouts(session)))), None)


def files_of(session: Session, mailout: Mailout) -> dict[str, bytes]:
    """Return the TOML file of a mailout's plan and all that stands beside it, by path.

    `mailout new` reads them as the same plan. Raises `NotApproved` if a spreadsheet is gone.
    """
    plan = mailout.plan
    digests = {each.sha256 for some in plan.attachments.values() for each in some}
    return dict(written.files_of(plan, documents.load(session, sorted(digests))))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProposal(Proposal):
    """What planning a mailout, or changing its plan, would do."""

    name: str
    state: MailoutState | None
    """The mailout's now; None for a new one."""
    approved_by: str | None
    """Whose approval it takes back."""
    plan_was: str | None
    plan_is: str
    """The digests of the plan before and after."""
    changes: tuple[KeyChange, ...]

    @property
    def changes_nothing(self) -> bool:
        """Whether the mailout has this plan already."""
        return self.plan_was == self.plan_is

    @property
    def reopens(self) -> bool:
        """Whether letters that were made, and any approval of them, would be void."""
        return self.state not in {None, MailoutState.DRAFT} and not self.changes_nothing


def propose(session: Session, file: PlanFile) -> PlanProposal:
    """Return what `save` would do. Raises `RuleBroken` if it would."""
    return _proposal(_present(session, file.plan.name), file)


def _proposal(mailout: Mailout | None, file: PlanFile) -> PlanProposal:
    plan = file.plan
    found = PlanProposal(
        name=plan.name,
        state=mailout.state if mailout else None,
        approved_by=mailout.approved_by if mailout else None,
        plan_was=mailout.plan_digest if mailout else None,
        plan_is=digest(plan),
        changes=tuple(differences(mailout.plan, plan)) if mailout else (),
    )
    if mailout and mailout.state is MailoutState.CANCELLED:
        raise RuleBroken(f"{mailout.name} is cancelled: give the file another name")
    is_open = mailout is None or (mailout.state in CHANGEABLE and not mailout.released_at)
    if not is_open and not found.changes_nothing:
        raise RuleBroken(
            f"{found.name} is {found.state.value if found.state else ''}: its plan can no longer "
            f"change; give the file another name for another mailout"
        )
    return found


def save(session: Session, file: PlanFile, word: Word, agreed: str | None = None) -> Mailout:
    """Plan a mailout as a file or a form says, or change the mailout of that name.

    The file and what it encloses are kept as they came. A change to the plan makes letters and
    approval void. `agreed` is the digest of the proposal that a person agreed to. Raises
    `RuleBroken` if the mailout is cancelled or has been released, and `ChangedMeanwhile`.
    """
    mailout = _present(session, file.plan.name, is_locked=True)
    proposal = _proposal(mailout, file)
    if agreed is not None:
        proposal.check(agreed)
    source = SourceFile.of("mailout", file.name, file.content, word)
    session.add(source)
    documents.keep(session, file.documents)
    if mailout is None:
        mailout = _new(session, file.plan, word)
    elif not proposal.changes_nothing:
        _change(session, mailout, file, word)
    session.flush()
    mailout.source_file_id = source.id
    return mailout


def _present(session: Session, name: str, *, is_locked: bool = False) -> Mailout | None:
    try:
        return mailout_named(session, name, is_locked=is_locked)
    except NotFound:
        return None


def _new(session: Session, plan: Plan, word: Word) -> Mailout:
    mailout = Mailout(
        name=plan.name,
        plan=plan,
        plan_digest=digest(plan),
        created_at=word.at,
        created_by=word.person,
    )
    _adopt(mailout, plan)
    session.add(mailout)
    _record(session, events.MAILOUT_PLANNED, mailout, word)
    return mailout


def _change(session: Session, mailout: Mailout, file: PlanFile, word: Word) -> None:
    if mailout.state is not MailoutState.DRAFT:
        reopen(session, mailout, f"its plan changed ({file.name})", word)
    _adopt(mailout, file.plan)
    _record(session, events.MAILOUT_REPLANNED, mailout, word)


def _adopt(mailout: Mailout, plan: Plan) -> None:
    """Give a mailout its plan."""
    mailout.plan = plan
    mailout.plan_digest = digest(plan)
    copy_times(mailout)


def copy_times(mailout: Mailout) -> None:
    """Copy what statements need of a mailout's plan into columns; the plan is what is approved."""
    plan = mailout.plan
    hours = plan.sending_hours
    mailout.opens, mailout.closes = (hours.opens, hours.closes) if hours else (None, None)
    mailout.sending_days = plan.sending_days
    mailout.first_letters_minutes = plan.first_letters_minutes
    mailout.extra_holidays = [day.isoformat() for day in plan.extra_holidays]


def _record(session: Session, kind: Kind, mailout: Mailout, word: Word) -> None:
    journal.append(session, kind.by(word, mailout.name, plan=mailout.plan_digest))


@dataclass(frozen=True, slots=True)
class Check:
    """What is known about a mailout before it is rendered."""

    letters: tuple[InShort, ...]
    """Those that can be made."""
    findings: tuple[Finding, ...]
    """What is missing or odd: about each authority's letter, and about the plan."""

    @property
    def going(self) -> Iterator[tuple[str, Recipient]]:
        """Each recipient, with the authority's code."""
        return ((letter.about, to) for letter in self.letters for to in letter.recipients)

    @property
    def is_ready(self) -> bool:
        """Whether every letter that is due can be made."""
        return bool(self.letters) and not any(each.is_fatal for each in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a mailout is checked against, beside the database."""

    bank_holidays: Mapping[date, str]
    now: datetime
    templates: Templates
    examples: Sequence[Plan] = ()
    """Plans that a person may have begun from, beside those in the database."""


def _nothing(_: Register) -> None:
    """Look no further at a page of the register."""


def check(
    session: Session,
    mailout: Mailout,
    by: Surroundings,
    others: Sequence[Mailout] | None = None,
    look: Callable[[Register], None] = _nothing,
) -> Check:
    """Say who gets a letter, what is missing for whom, and what is odd about the plan.

    `others` are all mailouts, where they have been read already. `look` is given each page of the
    register, of which no more than one is held: of 100,000 authorities it takes half a gigabyte.
    """
    plan = mailout.plan
    known = register.without_contacts(session, plan)
    averaged, bodies = averages_of(plan, [known]), known.authorities
    of_register = [*references.findings(plan, known), *averages.findings(plan, known)]
    del known
    paged = _Paged(plan, averaged, register.domains_of_before(session, plan, bodies))
    for page in register.pages(session, plan, bodies=bodies):
        paged.add(page)
        look(page)
    is_open = mailout.state in CHANGEABLE and mailout.released_at is None
    almanac = Almanac(bank_holidays=by.bank_holidays, now=by.now if is_open else None)
    others = mailouts(session) if others is None else others
    findings = (
        *repeats.findings(session, mailout, {each.about for each in paged.letters}, others),
        *dates.findings(plan, almanac),
        *taken_over.findings(plan, _plans(mailout, others), by.examples),
        *_of_template(plan, by.templates),
        *_unseen(mailout),
        *_of_map(plan, by.templates),
        *of_register,
        *paged.of_people,
        *paged.of_domains,
        *paged.of_letters,
    )
    letters = tuple(paged.letters)
    return Check(letters, tuple(sorted(findings, key=lambda each: not each.is_fatal)))


@dataclass(slots=True)
class _Paged:
    """What a check finds in the pages of the register, one after the other.

    A body that came after several others may be on several pages, and is named once.
    """

    plan: Plan
    averages: Averages
    domains: Domains
    letters: list[InShort] = field(default_factory=list)
    of_people: dict[Finding, None] = field(default_factory=dict)
    of_domains: dict[Finding, None] = field(default_factory=dict)
    of_letters: list[Finding] = field(default_factory=list)

    def add(self, page: Register) -> None:
        drafting = draw_up(self.plan, page, self.averages)
        letters = list(map(InShort.of, drafting.drafts))
        self.letters += letters
        self.of_people |= dict.fromkeys(people.findings(self.plan, page))
        self.of_domains |= dict.fromkeys(people.odd_domains(letters, self.domains))
        self.of_letters += drafting.findings


def domains_of(checked: Check) -> frozenset[str]:
    """Return the domains that letters go to."""
    return frozenset(domain_of(to.address) for _, to in checked.going)


def with_domains(checked: Check, found: Mapping[str, Located]) -> Check:
    """Return a check with what the DNS says of the domains that letters go to.

    That it does not answer says nothing of a domain, and is one finding for all of them.
    """
    dead = {domain: each.dead.value for domain, each in found.items() if each.dead}
    unknown = [domain for domain, each in sorted(found.items()) if each.trouble]
    findings = [*checked.findings, *people.dead_domains(checked.letters, dead)]
    if unknown:
        are = f"{len(unknown)} of {len(found)} domains"
        said = f"the DNS gives no answer about {are}: whether they take mail is not known"
        findings.append(Finding(place="contacts", value=some(unknown, MOST_NAMED), message=said))
    return replace(checked, findings=tuple(findings))


def living(checked: Check, found: Mapping[str, Located]) -> list[tuple[str, Recipient]]:
    """Return which letter goes to whom, but for the domains that the DNS says take no mail."""
    dead = {domain for domain, each in found.items() if each.dead}
    return [(code, to) for code, to in checked.going if domain_of(to.address) not in dead]


MOST_NAMED: Final = 5
"""Domains that are named where the DNS does not answer."""


def _of_template(plan: Plan, templates: Templates) -> list[Finding]:
    try:
        return list(references.of_template(plan, templates.names(plan.template)))
    except CannotRender as error:
        is_there = plan.template in templates.known
        meant = "" if is_there else did_you_mean(plan.template, templates.known)
        return [Finding(place="template", is_fatal=True, message=f"{error}{meant}")]


def _unseen(mailout: Mailout) -> Iterator[Finding]:
    """Yield what the template says and no letter, once all are made."""
    for branch in (mailout.numbers and mailout.numbers.unseen) or ():
        yield Finding(
            place="template",
            value=f"{branch.file}, line {branch.line}: {branch.words}",
            message=UNSEEN,
        )


UNSEEN: Final = "no letter takes this branch, so nobody will see how its words read"


def _of_map(plan: Plan, templates: Templates) -> Iterator[Finding]:
    """Yield a finding if there is no such map: the upload would be refused on its day."""
    if plan.map and plan.map not in templates.maps:
        meant = did_you_mean(plan.map, templates.maps)
        message = f"there is no map {plan.map} in templates/upload/maps{meant}"
        yield Finding(place="map", is_fatal=True, message=message)


def _plans(mailout: Mailout, known: Iterable[Mailout]) -> list[Plan]:
    return [each.plan for each in known if each is not mailout]


def examples(folder: Path) -> list[Plan]:
    """Return the plans in a folder that can be read."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        with suppress(BadInput):
            found.append(read_plan(path).plan)
    return found
