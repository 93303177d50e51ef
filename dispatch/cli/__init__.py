"""The command line: `dispatch --help` lists the commands in the order of a letter's path.

demo         `demo`: the whole job on the sample year
init         `init`: the folder of an office
clock        `clock`: what time it is, and a person's word that it is right
settings     `settings`: each setting, where it comes from, and what is wrong with it
doctor       `doctor`: look at everything that a mailout needs
metrics      `metrics`: numbers about the service, as Prometheus reads them
run          `run`: worker, clock, pages and the servers that are not configured
rehearse     `rehearse`: a whole mailout by the mail catcher
alive        `alive`: whether a process of this machine works, for health checks
open         `open`: the pages, in a browser
db           `db`: upgrade, back up and restore the database
imports      `import`: files of authorities, contacts and figures
contacts     `contacts`: who holds which role, and changes of that
confirmations  `contacts confirm`: ask contacts whether they are the right person
mailout      `mailout`: plan, render, approve, schedule, pause, cancel
check        `mailout check`: what stands in the way of a mailout's letters
status       `mailout status` and `mailout unreached`
post         `mailout post` and `mailout posted`: letters by post
versions     `mailout reissue` and `withdraw`, and the approval of new versions
template     `template`: the wording of letters, while it is written
live         the page of `template preview`, which follows each save
letter       `letter`: one letter in any of its forms
delivery     `delivery`: who was sent what, and what happened to it
doubts       `delivery doubtful`, `settle` and `reconcile`
resend       `resend`: send letters again
listen       `listen`: take messages in as they arrive
receive      `receive`: take messages in from files
explain      `explain`: what a mail server's reply means, and what to do
notice       `notice`: what came back, and what people decide about it
classify     `notice classify`: what messages in files say
suggestions  `notice suggestions` and `notice suggestion`
suppression  `suppression`: addresses that must not be written to
upload       `upload`: make letters public, and verify what is public
audit        `audit`: the ledger, and whether it holds
dkim         `keys`: what others must have of our keys
keys         `audit new-keys`: go on with other keys than those that are lost
report       `audit show`: who was sent what, or what happened
evidence     `audit evidence`: evidence packs
purge        `audit purge`: delete what is past its time
people       `user` and `token`: who may sign in, and what programs read with
catcher      `catcher`: messages that were caught and not passed on
lazy         groups that import a command when it runs
completion/  what a shell completes, and `completion`
reference/   every command as data, the page of the reference, manual pages
output/      tables, other formats, questions and progress bars
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, Final

import click

from dispatch.cli.lazy import Later, LazyGroup
from dispatch.cli.output import asked, statuses
from dispatch.domain.errors import DispatchError
from dispatch.domain.wording.characters import visible


class Main(LazyGroup):
    """The group of all commands, which prints our own errors without a traceback."""

    later: ClassVar = {
        "demo": Later("demo:demo", "Send the sample year to a mail catcher."),
        "init": Later("init:init", "Lay out FOLDER for an office: settings, plans and templates."),
        "doctor": Later("doctor:doctor", "Look at everything that a mailout needs."),
        "settings": Later("settings:settings_", "Show each setting, and where it comes from."),
        "run": Later("run:run", "Run worker, clock, pages and missing servers here."),
        "rehearse": Later("rehearse:rehearse", "Send a whole mailout to the mail catcher, today."),
        "alive": Later("alive:alive_", "Say whether a process of this machine works."),
        "open": Later("open:open_", "Open the pages in a browser."),
        "metrics": Later(
            "metrics:metrics", "Print numbers about the service, as Prometheus reads them."
        ),
        "clock": Later("clock:clock", "Show what time it is, and say that the clock is right."),
        "catcher": Later(
            "catcher:catcher", "Read the messages that were caught here and not passed on."
        ),
        "user": Later("people:user", "See and change who may sign in to the pages."),
        "token": Later("people:token", "See and change what programs read from the API with."),
        "db": Later("db:db", "Look after the database."),
        "import": Later(
            "imports:imports", "Take in a CSV or XLSX file, after showing what it changes."
        ),
        "contacts": Later("contacts:contacts", "See and change who is in post."),
        "mailout": Later("mailout:mailout", "Plan a mailout and let it go on its date."),
        "template": Later("template:template", "Write the wording of letters, and look at it."),
        "letter": Later("letter:letter", "Look at one authority's letter."),
        "delivery": Later(
            "delivery:delivery",
            "See who was sent what, and settle deliveries in doubt.",
        ),
        "resend": Later(
            "resend:resend_",
            "Send letters of mailout NAME again.",
        ),
        "listen": Later(
            "listen:listen",
            "Take messages in as they arrive, until stopped.",
        ),
        "receive": Later(
            "receive:receive",
            "Take in messages that came back.",
        ),
        "notice": Later(
            "notice:notice",
            "Look at what came back: bounces, autoreplies, complaints.",
        ),
        "explain": Later(
            "explain:explain", "Say what a reply means: whose trouble it is, and what to do."
        ),
        "suppression": Later(
            "suppression:suppression",
            "See and change which addresses must not be written to.",
        ),
        "upload": Later("upload:upload_", "Make the letters of mailout NAME public."),
        "keys": Later("dkim:keys", "See what others must have of our keys."),
        "audit": Later("audit:audit", "Prove what was sent, and that nothing was altered since."),
        "completion": Later(
            "completion.script:completion", "Print the script for a shell to complete with."
        ),
    }

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 - click's signature
        **extra: Any,  # noqa: ANN401 - click's
    ) -> Any:  # noqa: ANN401 - click's
        """Run a command, and end the program by its status."""
        if instruction := os.environ.get("_DISPATCH_COMPLETE"):  # noqa: TID251 - a shell's question
            from dispatch.cli.completion.answer import answer

            answer(instruction)
            sys.exit(0)
        run: Callable[[], Any] = partial(
            super().main, args, prog_name, complete_var, standalone_mode=False, **extra
        )
        if not standalone_mode:
            return run()
        with asked.for_one_command(), statuses.reported():
            status = run()
        sys.exit(status if isinstance(status, int) else 0)

    def invoke(self, ctx: click.Context) -> object:
        # Here, so that --help and --version do not need it.
        from dispatch.app import database_explained

        try:
            with database_explained():
                return super().invoke(ctx)
        except BrokenPipeError:  # here, since click ends with 1
            statuses.end_in_silence()
        except UNREADABLE as error:
            if (found := _unreadable(ctx.obj)) is None:
                raise
            raise click.ClickException(found) from error


WITHOUT_HOME: Final = frozenset({"init", "settings", "completion"})
"""Commands that need no settings: nothing is made in the folder that they are given in."""

UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What a command raises that meets a value in the database which no column of ours holds; and one
with a mistake of ours in it, which must be seen."""


def _unreadable(app: object) -> str | None:
    """Return in one line which value in the database cannot be read; None if each can be."""
    from dispatch.app import App
    from dispatch.database import DatabaseTrouble
    from dispatch.proof.verify import unread_in

    if not isinstance(app, App):
        return None
    try:
        with app.sessions.read() as session:
            found = unread_in(session)
    except DatabaseTrouble:
        return None
    return found and visible(f"{found}: see `dispatch audit verify`")


def _say_version(ctx: click.Context, _: click.Parameter, given: bool) -> None:  # noqa: FBT001 - click's
    """Say the version, the migration that a database must have had, and which templates come along.

    These come from files alone, so that it answers where nothing else works.
    """
    if not given or ctx.resilient_parsing:
        return
    from dispatch.files.shipped import own_migration, own_templates, own_version

    click.echo(  # noqa: TID251 - our own words
        f"dispatch, version {own_version()} (database migration {own_migration()}, "
        f"templates {own_templates()})"
    )
    ctx.exit()


@click.group(cls=Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_say_version,
    help="Show the version and exit.",
)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Send each authority's chief executive the annual letter: once, on time and provably.

    Try `dispatch demo` first. The real path of a letter is: import, mailout new, mailout check,
    mailout render, mailout proof, mailout approve, mailout schedule, mailout status.
    """
    from dispatch.app import App, from_environment

    if isinstance(ctx.obj, App) or ctx.invoked_subcommand in WITHOUT_HOME:
        return
    try:
        ctx.obj = from_environment()
    except DispatchError as error:
        if ctx.invoked_subcommand != "doctor":
            raise
        ctx.obj = error  # the doctor says that as well as it can
