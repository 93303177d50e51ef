"""What is measured: each metric with its meaning and its labels.

No label has an address, a person's name or an id of a letter: a mailout is the finest of them, so
that there are few. Moments are seconds since 1970, as Prometheus has them: an age goes on growing
while nobody measures it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PREFIX: Final = "dispatch_"

MAILOUT: Final = ("mailout",)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `name` is without the prefix of all."""

    name: str
    says: str
    labels: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """Return the name by which Prometheus knows it."""
        return PREFIX + self.name


GAUGES: Final = (
    Metric("info", "Always 1: the version, and who letters go to.", ("version", "mode")),
    Metric("mailout_state", "1 for the state of each open mailout.", ("mailout", "state")),
    Metric("mailout_release_timestamp_seconds", "When its letters are to leave.", MAILOUT),
    Metric("mailout_released", "1 once its letters were let go.", MAILOUT),
    Metric("mailout_days_to_upload", "Calendar days; negative once it has passed.", MAILOUT),
    Metric("mailout_working_days_to_upload", "Working days to the upload date.", MAILOUT),
    Metric("mailout_reached", "Authorities whose letter was accepted or better.", MAILOUT),
    Metric("mailout_unreached", "Authorities that are not surely reached.", MAILOUT),
    Metric(
        "mailout_concern",
        "1 for each thing that will not happen on its date unless somebody acts.",
        ("mailout", "matter"),
    ),
    Metric("mailout_stopped", "1 while a reply about ourselves keeps it paused.", MAILOUT),
    Metric("deliveries", "Deliveries of each open mailout, by state.", ("mailout", "state")),
    Metric(
        "mailout_due_since_timestamp_seconds",
        "Since when a letter might have left and has not; none if none is due.",
        MAILOUT,
    ),
    Metric(
        "mailout_moved_timestamp_seconds",
        "When a delivery last came to an end, while one is due.",
        MAILOUT,
    ),
    Metric(
        "doubt_oldest_timestamp_seconds",
        "When the delivery went into doubt that has been there longest; none without doubts.",
        MAILOUT,
    ),
    Metric("queue_due", "Deliveries that workers might send now, 10,000 at most."),
    Metric(
        "attempts",
        "Attempts that ended within the window, by verdict and class of the reply.",
        ("verdict", "reply"),
    ),
    Metric(
        "attempts_window_seconds",
        "How long the window is: 300, or less while very many attempts end.",
    ),
    Metric("clock_seen_timestamp_seconds", "When a clock was last seen; 0 for never."),
    Metric("clock_held", "1 while the time is not trusted, and nothing is released."),
    Metric("worker_seen_timestamp_seconds", "When a worker last did its work; 0 for never."),
    Metric("workers", "Workers seen within the last minute."),
    Metric("broker_up", "1 if the broker answers; none if the settings name none."),
    Metric("mail_server_up", "0 while the mail server is in trouble, as letters find it."),
    Metric("mail_server_accepted_timestamp_seconds", "When it last took a letter; 0 for never."),
    Metric(
        "inbox_read_timestamp_seconds",
        "Up to when what came back is taken in; 0 for never, or over a day ago.",
        ("inbox",),
    ),
    Metric("messages_unread", "Messages taken in and not read yet, 10,000 at most."),
    Metric(
        "message_unread_oldest_timestamp_seconds",
        "When the message came in that has waited longest to be read; none if none waits.",
    ),
    Metric("messages_quarantined", "Messages that cannot be read, for a person to look at."),
    Metric("notices_undecided", "Notices that nothing proves, for a person to decide about."),
    Metric("suggestions_waiting", "Contacts that answers suggest, for a person to decide about."),
    Metric("ledger_unsealed", "Events that are not sealed yet, 10,000 at most."),
    Metric(
        "ledger_unsealed_oldest_timestamp_seconds",
        "When the first of these was written; none if none waits.",
    ),
    Metric("ledger_sealed_timestamp_seconds", "When the last seal was made; 0 for never."),
    Metric("ledger_verified_timestamp_seconds", "When the ledger was last verified by night."),
    Metric("ledger_holds", "1 if it held then; 0 if something is wrong with it."),
    Metric("jobs_waiting", "Jobs that pages asked for and that are not done."),
    Metric(
        "job_oldest_timestamp_seconds",
        "When the job was asked for that has waited longest; none if none waits.",
    ),
    Metric("disk_free_bytes", "Room on the disk of the home."),
    Metric("disk_size_bytes", "Size of the disk of the home."),
    Metric(
        "certificate_expiry_timestamp_seconds",
        "When a certificate of ours ends.",
        ("certificate",),
    ),
    Metric(
        "token_expiry_timestamp_seconds",
        "When the first of the API tokens ends that were used lately; none if none was.",
    ),
)

HISTOGRAM: Final = Metric(
    "accept_seconds",
    "Seconds from the start of an attempt to its acceptance, of those within the window.",
)

PAGES: Final = Metric(
    "page_seconds", "Seconds that pages took, by page and class of status.", ("page", "status")
)

EVERY: Final = (*GAUGES, HISTOGRAM, PAGES)
