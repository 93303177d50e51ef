from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import click
import pytest

from dispatch.cli import main
from dispatch.domain.errors import RuleBroken
from dispatch.domain.mailout import MailoutState
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.views.remedies import WORDS, command, in_words, said

AT = datetime(2020, 7, 22, 8, tzinfo=UTC)
ID = UUID("01234567-89ab-4cde-8f01-23456789abcd")


def a_remedy(kind: RemedyKind) -> Remedy:
    return Remedy(
        kind=kind,
        mailout="letters-2020",
        authority="OXO",
        delivery_id=ID,
        address="chief@oxo.example",
        until=AT,
        state=MailoutState.UPLOADED.value,
    )


@pytest.mark.parametrize("kind", RemedyKind)
def test_every_act_is_a_command_that_there_is_and_nothing_else_is(kind: RemedyKind) -> None:
    program, *words = in_words(a_remedy(kind)).split()
    assert a_remedy(kind).is_act == (program == "dispatch")
    if program != "dispatch":
        return
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group):
        word = words.pop(0)
        # `dispatch upload NAME` stands for a command of the group.
        found = command.get_command(context, "bundle" if word == "letters-2020" else word)
        assert found, in_words(a_remedy(kind))
        command = found
    options = {word for word in words if word.startswith("--")}
    assert options <= {option for each in command.params for option in each.opts}


def test_every_kind_has_its_words() -> None:
    assert set(WORDS) == set(RemedyKind)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (RemedyKind.WAIT, "wait"),
        (RemedyKind.WAIT_FOR_RETRY, "wait: the next try is at Wed 22 July 2020 09:00 BST"),
        (RemedyKind.NOTHING, "nothing: it is uploaded"),
        (RemedyKind.RENDER, "dispatch mailout render letters-2020"),
        (RemedyKind.SETTLE, "dispatch delivery settle 01234567 accepted|not-sent --because TEXT"),
        (RemedyKind.RESEND, "dispatch resend letters-2020 --authority OXO --because TEXT"),
    ],
)
def test_it_says_what_to_do_with_what(kind: RemedyKind, words: str) -> None:
    assert in_words(a_remedy(kind)) == words


def test_where_the_address_will_not_do_a_person_must_give_another() -> None:
    remedy = Remedy(kind=RemedyKind.RESEND, mailout="m", authority="OXO", needs_address=True)
    assert in_words(remedy) == "dispatch resend m --authority OXO --to ADDRESS --because TEXT"


@pytest.mark.parametrize(
    ("remedy", "message", "next_command"),
    [
        (None, "it is late", None),
        (Remedy(kind=RemedyKind.DB_UPGRADE), "it is late", "dispatch db upgrade"),
        (Remedy(kind=RemedyKind.WAIT), "it is late; wait", None),
    ],
)
def test_an_error_says_what_to_do_next_in_a_command_or_at_its_end(
    remedy: Remedy | None, message: str, next_command: str | None
) -> None:
    error = RuleBroken("it is late", remedy=remedy)
    assert (said(error), command(error)) == (message, next_command)
