"""`dispatch notice suggestions` and `suggestion accept|decline`: contacts in place of leavers."""

from __future__ import annotations

from collections.abc import Sequence

import click

from dispatch.app import App, ready
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed
from dispatch.cli.output.statuses import Ended, Status
from dispatch.domain.incoming.message import UNDECIDED
from dispatch.domain.register.mail_domains import Domains
from dispatch.domain.word import Word
from dispatch.incoming import suggestions
from dispatch.incoming.store.suggestions import Found, id_of, listed
from dispatch.incoming.store.suggestions import found as found_by_id
from dispatch.incoming.suggestions import Accepted
from dispatch.ledger import events, journal
from dispatch.ledger.kinds import AT_KEYBOARD, Subject
from dispatch.mailouts.store import mailout_named
from dispatch.register import register
from dispatch.views.names import in_words, short
from dispatch.views.notices import about, belief
from dispatch.views.suggestions import (
    SuggestionView,
    doubts_of,
    question,
    suggestion_view,
    what_it_rests_on,
)


@click.command("suggestions")
@click.argument("name", required=False)
@click.option("--all", "is_all", is_flag=True, help="Also those that are decided.")
@results.listing(SuggestionView)
@click.pass_obj
def list_suggestions(app: App, name: str | None, *, is_all: bool) -> Listed[Found]:
    """List the contacts that autoreplies suggest.

    With those that answers to `contacts confirm` suggest: all that are open, or those of mailout
    NAME. None acts by itself: `dispatch notice suggestion accept ID` replaces the contact.
    """
    states = () if is_all else UNDECIDED
    with ready(app).sessions.read() as session:
        mailout = mailout_named(session, name) if name else None
        found = listed(session, mailout, *states)
        domains = register.domains(session)
    return Listed(
        rows=found,
        view=lambda each: suggestion_view(each, domains),
        id=lambda each: each[0].id,
        table=lambda rows: _table(rows, domains),
        empty="Nobody is suggested.",
    )


def _table(found: Sequence[Found], domains: Domains) -> None:
    show.table(
        show.counted(len(found), "contact is suggested", "contacts are suggested"),
        ("id", "in the place of", "suggested", "as it says", "belief"),
        (_row(each, domains) for each in found),
    )


def _row(found: Found, domains: Domains) -> list[str]:
    each, answered, notice = found
    odd = (f"({doubt.short})" for doubt in doubts_of(found, domains))
    return [
        short(each.id),
        about(answered),
        "\n".join([f"{each.name} {each.address}".strip(), *odd]),
        each.sentence,
        f"{belief(notice)}, {in_words(each.state)}",
    ]


@click.group(cls=LazyGroup)
def suggestion() -> None:
    """Accept or decline a suggested contact."""


because_option = click.option("--because", default="", metavar="TEXT", help="Why.")


@suggestion.command()
@click.argument("beginning", metavar="ID")
@show.person_option
@because_option
@show.yes_option
@click.pass_obj
def accept(app: App, beginning: str, person: str | None, because: str, *, yes: bool) -> None:
    """Replace a contact with the one of suggestion ID. The old one stays on record.

    If nothing proves who wrote it, somebody else must accept it as well before anything changes.
    Nothing is sent.
    """
    with ready(app).sessions.read() as session:
        suggestion_id = id_of(session, beginning)
        chosen = found_by_id(session, suggestion_id)
        rests_on = list(what_it_rests_on(chosen, register.domains(session)))
        agreed = suggestions.propose(session, suggestion_id, now=app.clock()).digest
    for label, text in rests_on:
        show.echo(show.paragraph(f"{label:13}", text))
    show.agreed(question(chosen), is_agreed=yes)
    word = show.word(app, person, because)
    with app.sessions.begin() as session:
        accepted = suggestions.accept(session, suggestion_id, word, agreed=agreed)
    if accepted is None:
        raise _needs_another(chosen, word.person)
    _tell(accepted)
    _tell_of_keyboards(app, chosen, word)


def _needs_another(found: Found, first: str) -> Ended:
    """Say that the first of two people has accepted, and return what ends the command."""
    suggestion, answered, _ = found
    stays = f"the {answered.role} of {answered.authority_code} is still {answered.address}"
    said = f"Recorded: {first} accepts {suggestion.address}. Nothing has changed: {stays}."
    show.echo(show.paragraph("", said))
    return Ended(
        "nothing proves this contact, so somebody else must accept it as well",
        Status.NEEDS_ANOTHER,
        remedy=f"dispatch notice suggestion accept {short(suggestion.id)} --as PERSON",
    )


def _tell_of_keyboards(app: App, found: Found, word: Word) -> None:
    """Say that two people's words were typed at one keyboard, where they were."""
    suggestion, answered, _ = found
    if suggestion.first_by is None:
        return
    with app.sessions.read() as session:
        subject, kind = Subject.DELIVERY.of(answered.id), events.CONTACT_ACCEPTED_ONCE
        first = journal.last(session, subject, {kind.action})
    if first and first.detail.get(AT_KEYBOARD) == word.keyboard:
        both = f"{suggestion.first_by} and {word.person}"
        show.echo(f"The words of {both} were typed at one keyboard, that of {word.keyboard}.")


def _tell(accepted: Accepted) -> None:
    contact = accepted.contact
    show.echo(f"The {contact.role} of {contact.authority} is {contact.address} from today on.")
    for name in accepted.reopened:
        show.echo(f"{name} goes back to draft: its letters must be rendered and approved again.")
    if accepted.is_question:
        show.echo("Nothing was sent. To ask them as well:")
        show.echo(f"  dispatch contacts confirm {accepted.mailout}")
        return
    who = f"--authority {accepted.authority} --role '{accepted.role}'"
    show.echo("Nothing was sent. To send the letter there:")
    show.echo(f"  dispatch resend {accepted.mailout} {who} --because TEXT")


@suggestion.command()
@click.argument("beginning", metavar="ID")
@show.person_option
@because_option
@asked.dry_run_option
@click.pass_obj
def decline(app: App, beginning: str, person: str | None, because: str) -> None:
    """Keep the contact as it is.

    Suggestion ID is not made again for that letter or question.
    """
    with ready(app).sessions.read() as session:
        suggestion_id = id_of(session, beginning)
    with show.changing(app, "keep the contact as it is") as session:
        answered = suggestions.decline(session, suggestion_id, show.word(app, person, because))
        told = f"The {answered.role} of {answered.authority_code} stays {answered.address}."
    show.echo(told)
