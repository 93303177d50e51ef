"""What workers do that pages ask for: the function for each kind of job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final
from uuid import UUID

from structlog.stdlib import get_logger

from dispatch.app import App, ledger_signer
from dispatch.doctor import checkup
from dispatch.doctor.checkup import Wanted
from dispatch.doctor.mailout import checked_against
from dispatch.documents.site import Site
from dispatch.domain.jobs.job import Job, JobKind, Result
from dispatch.jobs import work
from dispatch.jobs.work import Progress
from dispatch.letters import accessibility
from dispatch.mailouts.store import mailout_named
from dispatch.proof import checkpoints
from dispatch.proof.verify import audit
from dispatch.publishing.orders import OrderMeans, carry_out
from dispatch.register import staging
from dispatch.register.staging import Agreed
from dispatch.tracking.outdated import basis
from dispatch.tracking.readiness import STEPS, readiness
from dispatch.views.doctor import doctor_view
from dispatch.views.form import as_data
from dispatch.views.readiness import KeptCheck, checked_view
from dispatch.worker.means import Means

SITE: Final = "upload"
"""The folder of the templates of the public pages."""

logger = get_logger("dispatch.worker")


def verify(app: App, _: Job, progress: Progress) -> Result:
    """Verify the ledger against the checkpoints that are kept; return what is wrong."""
    folder = app.settings.checkpoints
    known = checkpoints.stored(folder, ledger_signer(app).public) if folder else {}
    with app.sessions.read() as session:
        found = audit(session, known, progress)
    return {
        "seal": found.last.number if found.last else 0,
        "unsealed": found.unsealed,
        "checkpoints": len(known),
        "wrong": list(found.wrong),
    }


def upload(app: App, job: Job, progress: Progress) -> Result:
    """Make the letters of a mailout public; return what the public folder holds then."""
    signer, kept = ledger_signer(app), app.settings.checkpoints
    means = OrderMeans(
        sessions=app.sessions,
        clock=app.clock,
        folder=app.settings.public_folder,
        site=Site(app.settings.templates / SITE),
        signer=signer,
        known=checkpoints.stored(kept, signer.public) if kept else {},
    )
    return carry_out(means, job, progress)


def check_pdfs(app: App, job: Job, progress: Progress) -> Result:
    """Check the PDFs of a mailout's letters, each once; return what is wrong."""
    found = accessibility.check_all(app.sessions, job.subject, app.clock, progress)
    return {"letters": found.letters, "checked": found.checked, "failures": list(found.failures)}


def check_letters(app: App, job: Job, progress: Progress) -> Result:
    """Work every letter of a mailout out; return what its page shows of that."""
    by = checked_against(app, asks_dns="dns" in job.terms)
    with app.sessions.read() as session:
        rests_on = basis(session, mailout_named(session, job.subject), by)
    progress(0, STEPS)
    found = readiness(app.sessions, job.subject, by, progress)
    kept: Result = as_data(KeptCheck(rests_on, checked_view(found)))
    return kept


def read_file(app: App, job: Job, progress: Progress) -> Result:
    """Read a large file that came in by a page; its page shows what was found."""
    progress(0, 1)
    state = staging.read(app.sessions, UUID(job.subject), drawable=app.templates.drawable)
    progress(1, 1)
    return {"state": state.value}


def take_in(app: App, job: Job, progress: Progress) -> Result:
    """Take in such a file, as a person has agreed."""
    progress(0, 1)
    staging.carry_out(
        app.sessions,
        UUID(job.subject),
        Agreed(**job.terms),
        job.word(app.clock()),
        drawable=app.templates.drawable,
    )
    progress(1, 1)
    return {}


def examine(app: App, _: Job, __: Progress) -> Result:
    """Look at everything that a mailout needs; return what the doctor found."""
    found: Result = as_data(doctor_view(checkup.examine(app, Wanted()), checkup.now(app)))
    return found


DOES: Final[Mapping[JobKind, Callable[[App, Job, Progress], Result]]] = {
    JobKind.UPLOAD: upload,
    JobKind.CHECK_PDFS: check_pdfs,
    JobKind.CHECK_LETTERS: check_letters,
    JobKind.READ_FILE: read_file,
    JobKind.TAKE_IN: take_in,
    JobKind.EXAMINE: examine,
    JobKind.VERIFY: verify,
}
"""What does a job of each kind."""


def do_jobs(means: Means) -> None:
    """Do the job that has waited longest; the clock wakes a worker for the next."""
    app = means.app
    means.beat()
    ended = work.do_one(app.sessions, app.clock, lambda kind: partial(DOES[kind], app))
    if ended is None:
        return
    said = {"job": ended.job.kind.value, "about": ended.job.subject, "state": ended.job.state.value}
    if ended.fault is None:
        logger.info("job ended", **said)
    else:
        logger.error("a job failed", **said, exc_info=ended.fault)
    means.beat()
