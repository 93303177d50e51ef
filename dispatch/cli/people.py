"""`dispatch user` and `dispatch token`: who may sign in to the pages, and what programs read with.

These commands need no account, since people who can run them can read the secret key: by them the
first person gets one, and everybody gets in again when the accounts are lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from shlex import quote
from typing import Final

import click

from dispatch.app import App, ready
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed
from dispatch.database import Session
from dispatch.domain.errors import NotFound
from dispatch.domain.people.account import AccountRole
from dispatch.domain.people.token import Scope
from dispatch.domain.word import Word
from dispatch.people import accounts, tokens
from dispatch.people.accounts import Invitee
from dispatch.people.identity import identities
from dispatch.people.store import accounts as stored
from dispatch.people.store import visits as stored_tokens
from dispatch.views import people as views
from dispatch.views.people import AccountView, TokenView

ROLES: Final = click.Choice([each.value for each in AccountRole])
ROLE_HELP: Final = "What the person may do: look, prepare, approve, or see to accounts."
why_option = click.option("--because", metavar="TEXT", default="", help="Why.")


@click.group(cls=LazyGroup)
def user() -> None:
    """See and change who may sign in to the pages."""


@user.command()
@click.argument("name")
@click.option("--role", type=ROLES, required=True, help=ROLE_HELP)
@click.option(
    "--also",
    multiple=True,
    metavar="NAME",
    help="What else the person goes by, as their user name here; may be repeated.",
)
@asked.dry_run_option
@click.pass_obj
def add(app: App, name: str, role: str, also: tuple[str, ...]) -> None:
    """Make an account for NAME, and print a code to join with.

    The person types the code in at /join, once, and chooses a password. Once anybody has an
    account, a person who acts on the command line must have one, too: give their user name here
    with --also.
    """
    with show.changing(app, f"make an account for {name} with the role {role}") as session:
        invitee = accounts.invite(session, name, AccountRole(role), also, _word(app, session))
    show.echo(f"{invitee.account.name} has an account with the role {role}.")
    _tell(app, invitee)


@user.command("list")
@click.option("--all", "is_all", is_flag=True, help="Also those that have ended.")
@results.listing(AccountView)
@click.pass_obj
def list_(app: App, *, is_all: bool) -> Listed[AccountView]:
    """List who has an account, with their role and all their names."""
    with ready(app).sessions.read() as session:
        rows = stored.every(session)
    found = [views.account(row, app.clock()) for row in rows if is_all or row.ended_at is None]
    return Listed(
        rows=found,
        id=lambda each: each.name,
        table=_table,
        empty="Nobody has an account. Add one: dispatch user add NAME --role ROLE",
    )


def _table(found: Sequence[AccountView]) -> None:
    title = show.counted(len(found), "account", "accounts")
    columns = ("name", "role", "other names", "state", "second factor")
    show.table(title, columns, map(_row, found))


def _row(each: AccountView) -> tuple[object, ...]:
    second = f"yes, {each.recovery_codes_left} codes left" if each.has_second_factor else "no"
    waits = f", waits until {show.when(each.waits_until)}" if each.waits_until else ""
    return each.name, each.role, ", ".join(each.other_names), each.state + waits, second


@user.command()
@click.argument("name")
@click.option("--role", type=ROLES, help=ROLE_HELP)
@click.option("--also", multiple=True, metavar="NAME", help="Another name; may be repeated.")
@click.option(
    "--not-also", "no_more", multiple=True, metavar="NAME", help="A name given by mistake."
)
@why_option
@asked.dry_run_option
@click.pass_obj
def change(
    app: App,
    name: str,
    role: str | None,
    also: tuple[str, ...],
    no_more: tuple[str, ...],
    because: str,
) -> None:
    """Change the role of NAME, or what else they go by."""
    if not (role or also or no_more):
        raise click.UsageError("say what to change: --role, --also or --not-also")
    with show.changing(app, f"change the account of {name} so") as session:
        account = accounts.account_named(session, name)
        if missing := [each for each in no_more if each not in account.other_names]:
            raise NotFound(f"{missing[0]} is not one of the other names of {account.name}")
        names = [each for each in account.other_names if each not in no_more]
        invitee = accounts.grant(
            session,
            account.id,
            _word(app, session, because),
            role=AccountRole(role) if role else None,
            other_names=[*names, *also],
        )
        now = accounts.account_named(session, account.name)
        others = f", also {', '.join(now.other_names)}" if now.other_names else ""
        show.echo(f"{now.name} has the role {now.role.value}{others}.")
    if invitee:
        show.echo("That role needs a second factor, which is set up when they join again.")
        _tell(app, invitee)


@user.command()
@click.argument("name")
@show.because_option
@show.yes_option
@click.pass_obj
def end(app: App, name: str, because: str, *, yes: bool) -> None:
    """End the account of NAME: they can no longer sign in. What they did stays theirs."""
    with ready(app).sessions.read() as session:
        account = accounts.account_named(session, name)
    show.agreed(f"End the account of {account.name}?", is_agreed=yes)
    with app.sessions.begin() as session:
        accounts.end_account(session, account.id, _word(app, session, because))
    show.echo(f"The account of {account.name} has ended, with its visits and tokens.")


@user.command("new-code")
@click.argument("name")
@why_option
@asked.dry_run_option
@click.pass_obj
def new_code(app: App, name: str, because: str) -> None:
    """Give NAME a new code to join with, as when a telephone is lost.

    Their password, their codes and what they are signed in to no longer count.
    """
    with show.changing(app, f"sign {name} out everywhere, and give them a code") as session:
        account = accounts.account_named(session, name)
        invitee = accounts.new_code(session, account.id, _word(app, session, because))
    show.echo(f"{account.name} is signed out everywhere, and joins again.")
    _tell(app, invitee)


def _tell(app: App, invitee: Invitee) -> None:
    """Print the code to join with, alone on its line."""
    if asked.is_quiet():
        show.data(invitee.code)
    show.echo(f"Code to join with, once, until {show.when(invitee.until)}:\n")
    show.echo(f"    {invitee.code}\n")
    show.echo("Tell it to them in person or by telephone. They type it in at /join of the pages.")
    with app.sessions.read() as session:
        is_known = identities(session).named(app.person) is not None
    if not is_known:
        show.echo(
            f"You are {app.person} here, and nobody's account has that name. To go on working"
        )
        show.echo(f"on the command line: dispatch user change NAME --also {quote(app.person)}")


def _word(app: App, session: Session, because: str = "") -> Word:
    """Return the word of who is at the keyboard, by their account's name if they have one."""
    account = identities(session).named(app.person)
    return show.word_of_user(app, account.name if account else None, because)


DAYS: Final = 365


@click.group(cls=LazyGroup)
def token() -> None:
    """See and change what programs read from the API with."""


@token.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice([each.value for each in Scope]),
    help="What it opens; may be repeated.",
)
@click.option(
    "--days", type=click.IntRange(1, 400), default=DAYS, show_default=True, help="It ends then."
)
@show.person_option
@asked.dry_run_option
@click.pass_obj
def make(app: App, name: str, scopes: tuple[str, ...], days: int, person: str | None) -> None:
    """Make a token called NAME, and print it once. It belongs to an account: see --as."""
    word = show.word(ready(app), person)
    with show.changing(app, f"make a token called {name}") as session:
        until = word.at + timedelta(days=days)
        made = tokens.make_token(session, name, map(Scope, scopes), until, word)
    show.data(made.text)
    show.echo(
        f"Keep it as you keep a password: it is not shown again. It ends on "
        f"{show.when(made.until)}; before that: dispatch token end {str(made.id)[:8]}",
        err=True,
    )


@token.command("list")
@click.option("--all", "is_all", is_flag=True, help="Also those that have ended.")
@results.listing(TokenView)
@click.pass_obj
def tokens_(app: App, *, is_all: bool) -> Listed[TokenView]:
    """List the tokens, with whose they are and when they were last used."""
    with ready(app).sessions.read() as session:
        now = app.clock()
        every = [views.token(row, owner, now) for row, owner in stored_tokens.tokens(session)]
    found = [each for each in every if is_all or each.state == "good"]
    return Listed(
        rows=found, id=lambda each: each.id, table=_token_table, empty="There is no token."
    )


def _token_table(found: Sequence[TokenView]) -> None:
    title = show.counted(len(found), "token", "tokens")
    columns = ("id", "name", "of", "opens", "ends", "last used")
    show.table(title, columns, map(_token_row, found))


def _token_row(each: TokenView) -> tuple[object, ...]:
    ends = each.ends_at if each.state == "good" else "ended"
    used = each.used_at or "never"
    return str(each.id)[:8], each.name, each.owner, " ".join(each.scopes), ends, used


@token.command("end")
@click.argument("token_id", metavar="ID")
@why_option
@asked.dry_run_option
@click.pass_obj
def end_(app: App, token_id: str, because: str) -> None:
    """End the token ID, at once."""
    with show.changing(app, f"end the token {token_id}") as session:
        found = stored_tokens.token_starting(session, token_id)
        name = tokens.end_token(session, found, _word(app, session, because))
    show.echo(f"The token {name} has ended.")
