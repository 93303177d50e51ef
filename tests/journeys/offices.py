"""Offices in the states in which people look at their pages, with a stranger's script in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import (
    AccountRow,
    Delivery,
    IncomingMail,
    JobRow,
    SourceFile,
    StagedFile,
    Suggestion,
    Suppression,
)
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.letters import review
from dispatch.mailouts.store import mailout_named
from dispatch.register import enclosures, staging
from dispatch.register.file_kinds import File
from dispatch.web.plans.form import GROUPS
from tests import notices, steps
from tests.corrections import versions
from tests.factories import a_source_file, a_word, some_figures
from tests.fakes import FakeClock, FakeTransport

CODES: Final = ("OXO", "ADU", "BRX", "CAM", "ZZZ")
DOCS: Final = Path(__file__).parents[2] / "docs"
SCRIPT: Final = "<script>document.title = 'taken over'</script>{{7*7}}"
"""What a stranger writes in the hope that a page runs it."""

REFUSED: Final = Outcome.answered(Reply("RCPT", 550, f"5.1.1 no such user {SCRIPT}"))
DOUBT: Final = Outcome(Verdict.IN_DOUBT, trouble=f"the line dropped after the dot {SCRIPT}")
BUSY: Final = Outcome.answered(Reply("RCPT", 450, "4.2.0 mailbox busy"))


def empty(app: App, clock: FakeClock) -> None:
    """An office that has nothing yet."""


def draft(app: App, clock: FakeClock) -> None:
    """A mailout is planned."""
    steps.planned(app, *CODES)


def asked(app: App, clock: FakeClock) -> None:
    """Somebody has asked for approval."""
    steps.rendered(app, *CODES)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        review.ask(session, mailout, a_word(clock(), because=f"all looked at {SCRIPT}"))


def approved(app: App, clock: FakeClock) -> None:
    """A second person has approved."""
    steps.approved(app, *CODES)


def scheduled(app: App, clock: FakeClock) -> None:
    """The letters wait for their day."""
    steps.scheduled(app, *CODES)


def going(app: App, clock: FakeClock) -> None:
    """The letters have begun to go."""
    steps.released(app, clock, *CODES)


def sent(app: App, clock: FakeClock) -> None:
    """The letters have gone, and much has come back."""
    steps.released(app, clock, *CODES)
    assert isinstance(app.transport, FakeTransport)
    app.transport.outcomes.extend([REFUSED, DOUBT, BUSY])
    steps.send_due(app)
    clock.advance(hours=3)
    steps.tick(app)
    accepted = [
        each for each in steps.deliveries_of(app).values() if each.state is DeliveryState.ACCEPTED
    ]
    bounced, left, unclear = accepted[:3]
    notices.came(app, notices.a_bounce(bounced), notices.token(app, bounced), mail=b"one")
    gone = notices.a_departure("jo@council.example", SCRIPT)
    notices.came(app, gone, notices.token(app, left), mail=b"two")
    doubtful = notices.a_bounce(unclear, clues=notices.named(unclear))
    notices.came(app, doubtful, mail=f"Subject: {SCRIPT}\n\n{SCRIPT}".encode())
    with app.sessions.begin() as session:
        a_source_file(session)
    steps.figures_corrected(app, some_figures("BRX", upheld=4))
    versions.proposed(app, versions.corrected(app, "BRX").redrafts, because=SCRIPT)


def importing(app: App, clock: FakeClock) -> None:
    """Files came in: one that is right, one with faulty rows, one with wrong headings."""
    steps.approved(app, *CODES)
    files_came(app, clock)


def files_came(app: App, clock: FakeClock) -> None:
    """Bring in files of contacts, and spreadsheets for the plan."""
    names = "authority,role,address,honorific,surname"
    for rows in (
        f"{names}\nOXO,leader,jo@oxo.example,Ms,{SCRIPT}\nADU,chief executive,al@oxo.example,Dr,Ng",
        f"{names}\nOXX,{SCRIPT},jo@oxo.example,Ms,Ng\nADU,leader,{SCRIPT},Dr,{SCRIPT}",
        f"{names},{SCRIPT}\nOXO,leader,jo@oxo.example,Ms,Ng,1",
    ):
        file = File("contacts", f"{SCRIPT}.csv", rows.encode())
        staging.bring(app.sessions, file, a_word(clock()))
    with app.sessions.begin() as session:
        known = enclosures.file_names(session)
        for name in ("OXO.csv", "whose is it.csv"):
            enclosures.keep(session, steps.NAME, name, b"case\n1\n", a_word(clock()), known)


OFFICES: Final[Mapping[str, Callable[[App, FakeClock], None]]] = {
    each.__name__: each
    for each in (empty, draft, asked, approved, scheduled, going, sent, importing)
}


HELP: Final = [
    path.relative_to(DOCS).with_suffix("").as_posix()
    for path in sorted(DOCS.rglob("*.md"))
    if path.parent != DOCS
]


def values(app: App) -> dict[str, list[object]]:
    """Return what an office has to put into the parts of an address, by the part's name."""
    queries = {
        "mail_id": select(IncomingMail.id),
        "suggestion_id": select(Suggestion.id),
        "job_id": select(JobRow.id),
        "file_id": select(SourceFile.id),
        "staged_id": select(StagedFile.id).where(StagedFile.mailout.is_(None)),
        "suppression_id": select(Suppression.id),
        "account_id": select(AccountRow.id),
    }
    with app.sessions.read() as session:
        found: dict[str, list[object]] = {
            name: list(session.scalars(query)) for name, query in queries.items()
        }
        deliveries = {each.state: each.id for each in session.scalars(select(Delivery))}
    found["delivery_id"] = list(deliveries.values())
    return {
        **found,
        "name": [steps.NAME],
        "code": ["OXO"],
        "role": ["chief executive"],
        "task": [*HELP],
        "number": [1],
        "slug": list(GROUPS),
    }
