"""The next thing to do, as a link: what `dispatch.views.remedies` has as a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dispatch.domain.calendar import moment_in_words
from dispatch.domain.remedy import Remedy, RemedyKind

PLACES: Final[Mapping[RemedyKind, tuple[str, str]]] = {
    RemedyKind.WAIT: ("", "Wait"),
    RemedyKind.WAIT_FOR_RELEASE: ("", "Wait: the letters go at {until}"),
    RemedyKind.WAIT_FOR_RETRY: ("", "Wait: the next try is at {until}"),
    RemedyKind.NOTHING: ("", "Nothing: the mailout is {state}"),
    RemedyKind.PLAN: ("/mailouts/new", "Plan a mailout"),
    RemedyKind.CHECK: ("/mailouts/{mailout}/check", "See what is missing"),
    RemedyKind.RENDER: ("/mailouts/{mailout}/check", "Have the letters made"),
    RemedyKind.APPROVE: ("/mailouts/{mailout}/approval", "Approve the letters, as another person"),
    RemedyKind.SCHEDULE: ("/mailouts/{mailout}/schedule", "Schedule the mailout"),
    RemedyKind.RESUME: ("/mailouts/{mailout}/resume", "Let the mailout go on"),
    RemedyKind.SCHEDULE_ALTHOUGH: ("/mailouts/{mailout}/schedule", "Schedule it with a reason"),
    RemedyKind.RESUME_ALTHOUGH: ("/mailouts/{mailout}/resume", "Let it go on with a reason"),
    RemedyKind.UPLOAD: ("/mailouts/{mailout}/upload", "Make the letters public"),
    RemedyKind.STATUS: ("/mailouts/{mailout}", "See where the mailout stands"),
    RemedyKind.UNREACHED: ("/mailouts/{mailout}/unreached", "See who is not reached"),
    RemedyKind.SUGGESTIONS: ("/suggestions", "Decide on the suggested contacts"),
    RemedyKind.QUARANTINE: ("/notices/quarantine", "See what could not be read"),
    RemedyKind.NOTICES: ("/notices?mailout={mailout}", "See what came back"),
    RemedyKind.UNDECIDED: ("/notices?mailout={mailout}&shown=undecided", "Decide what came back"),
    RemedyKind.NOTICE: ("/notices/{mail_id}", "Look at the notice"),
    RemedyKind.ASK: ("", "Ask the contacts: `dispatch contacts confirm {mailout}`"),
    RemedyKind.ASKED: ("", "See who answered: `dispatch contacts confirm {mailout} --list`"),
    RemedyKind.RESEND: ("/mailouts/{mailout}/resend?authority={authority}", "Send it again"),
    RemedyKind.RESEND_AGAIN: (
        "/mailouts/{mailout}/resend?authority={authority}&again=yes",
        "Send it even to an address that has it",
    ),
    RemedyKind.REISSUE: (
        "/mailouts/{mailout}/reissues/new?authority={authority}",
        "Propose a new version",
    ),
    RemedyKind.READDRESS: (
        "/mailouts/{mailout}/reissues/new?authority={authority}&readdress=yes",
        "Propose a letter in another's name",
    ),
    RemedyKind.DELIVERY: ("/deliveries/{delivery_id}", "See the delivery"),
    RemedyKind.DOUBTS: ("/mailouts/{mailout}/doubts", "See what is in doubt"),
    RemedyKind.SETTLE: ("/deliveries/{delivery_id}/settle", "Say whether it was sent"),
    RemedyKind.CONTACTS_SET: ("/authorities/{authority}", "Enter a contact"),
    RemedyKind.POSTAL_ADDRESS: ("/authorities/{authority}", "Enter a postal address"),
    RemedyKind.POST: ("/mailouts/{mailout}/post", "Post the letters"),
    RemedyKind.POSTED: ("/mailouts/{mailout}/post", "Say when they were posted"),
    RemedyKind.IMPORT_AUTHORITIES: ("/imports/new?kind=authorities", "Import the authorities"),
    RemedyKind.IMPORT_FIGURES: ("/imports/new?kind=figures", "Import the figures"),
    RemedyKind.SUPPRESSIONS: ("/suppressions", "See the suppressed addresses"),
    RemedyKind.LIFT_SUPPRESSION: ("/suppressions", "Let an address be written to again"),
    RemedyKind.VERIFY: ("/audit/ledger", "Verify the ledger"),
    RemedyKind.DB_UPGRADE: ("", "Ask who runs the service for `dispatch db upgrade`"),
    RemedyKind.RUN: ("/service", "Have the service started"),
    RemedyKind.CLOCK: ("/service", "See to the clock"),
    RemedyKind.ACCOUNTS: ("/people", "See who has an account"),
    RemedyKind.NAME_USER: ("/people", "Add the name to somebody's account"),
    RemedyKind.NEW_CODE: ("/people", "Give the person a new code"),
}
"""The address of the page where each is done, empty where there is none, and its words."""


ANOTHER: Final = ("/authorities/{authority}", "Enter another contact")
"""What comes first where the address that we have is of no use."""


@dataclass(frozen=True, slots=True)
class Link:
    """Something to do: the words, and the page where it is done."""

    words: str
    href: str
    """Empty where a person does it elsewhere, or just waits."""


def link(remedy: Remedy) -> Link:
    """Return the link to a remedy."""
    place, words = ANOTHER if remedy.needs_address else PLACES[remedy.kind]
    values = {
        "mailout": remedy.mailout or "",
        "authority": remedy.authority or "",
        "delivery_id": remedy.delivery_id,
        "mail_id": remedy.mail_id,
        "until": moment_in_words(remedy.until) if remedy.until else "",
        "state": remedy.state,
    }
    if not remedy.mailout and "{mailout}" in place:
        return Link(words.format(**values), "/mailouts")
    return Link(words.format(**values), place.format(**values))
