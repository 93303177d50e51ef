from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest

from dispatch.app import App
from dispatch.domain.errors import NotFound, RuleBroken, Unavailable
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.reply import Outcome, Verdict
from dispatch.letters import proofs
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeTransport


def chosen(app: App, *codes: str) -> list[str]:
    with app.sessions.read() as session:
        return proofs.choose(session, mailout_named(session, steps.NAME), codes)


def send(app: App, *codes: str) -> dict[str, Outcome]:
    order = proofs.Order(codes, "reader@ombudsman.example", a_word(app.clock()))
    return proofs.send(app.sessions, steps.NAME, order, transport=app.transport, sender=app.sender)


def test_a_proof_goes_to_its_reader_alone_and_says_that_it_is_one(
    app: App, transport: FakeTransport
) -> None:
    steps.rendered(app)
    [outcome] = send(app, "OXO").values()

    assert outcome.verdict is Verdict.ACCEPTED
    [(envelope, content)] = transport.sent
    assert envelope.rcpt_to == "reader@ombudsman.example"
    message = message_from_bytes(content, policy=default)
    assert message["Subject"].startswith("[Proof for OXO] ")
    assert (message["To"], message["Cc"]) == ("reader@ombudsman.example", None)
    assert b"oxo.example" not in content


def test_a_proof_is_an_event_and_no_delivery(app: App) -> None:
    steps.rendered(app)
    send(app, "OXO")
    assert not steps.deliveries_of(app)
    assert steps.actions(app)[-2:] == ["letter.proof", "mailout.proofs"]


def test_without_a_code_one_letter_of_each_group_is_chosen(app: App) -> None:
    steps.rendered(app, "ADU", "OXO")
    assert chosen(app) == ["ADU"]
    assert chosen(app, "oxo") == ["OXO"]


def test_a_code_without_a_letter_is_refused(app: App) -> None:
    steps.rendered(app)
    with pytest.raises(NotFound, match="no authority has the code 'XYZ'"):
        chosen(app, "XYZ")


def test_before_rendering_there_is_nothing_to_choose(app: App) -> None:
    steps.planned(app)
    with pytest.raises(RuleBroken, match="has no letters yet") as refusal:
        chosen(app)
    assert refusal.value.remedy == Remedy(kind=RemedyKind.RENDER, mailout=steps.NAME)


def test_a_letter_that_is_not_rendered_cannot_be_shown(app: App) -> None:
    steps.rendered(app)
    with app.sessions.begin() as session:
        [letter] = letters.in_force(session, mailout_named(session, steps.NAME))
        letter.state = type(letter.state).WANTED
    with pytest.raises(RuleBroken, match="still waits for a worker"):
        send(app, "OXO")


def test_without_a_server_the_person_is_told(app: App, transport: FakeTransport) -> None:
    steps.rendered(app)
    transport.trouble = Outcome(Verdict.DEFERRED, trouble="nobody answers")
    with pytest.raises(Unavailable, match="no proof was sent: nobody answers"):
        send(app, "OXO")
