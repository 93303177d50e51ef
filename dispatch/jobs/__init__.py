"""Jobs: work that takes too long for a page, which a worker does and keeps the result of.

orders   ask for a job, and look how far it is
work     what workers do: take a job, say how far it is, keep its result
store    the statements, and the codes that show who wrote a row

To ask, in a transaction of the page's own, with what the person agreed to:

    job = orders.ask(session, JobKind.UPLOAD, name, word, digest=proposal.digest)

To show it, with `done` of `of` while it `is_open`, then its `result` or its `error`:

    job = orders.last(session, JobKind.UPLOAD, name)     # or orders.found(session, job_id)

To add a kind: a member of `domain.jobs.job.JobKind`, and a function in `worker.jobs.DOES`, that
takes the app, the job and its progress and returns the result. It must be safe to do twice:

    def check_pdfs(app: App, job: Job, progress: Progress) -> Result:
        for letter in progress.over(letters, len(letters)): ...
        return {"failures": failures}

It says how far it is at least each minute and never inside a transaction that writes. An error of
dispatch's own ends the job with its words; trouble with the database leaves it for another try.
"""
