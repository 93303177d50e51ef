"""Letters by post, for tests: where post goes, what is printed, and what people say of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from dispatch.app import App, post_means
from dispatch.corrections import post, posted
from dispatch.corrections.post import PostProposal, PostRequest, Printed
from dispatch.corrections.posted import PostedProposal, PostedRequest, Said
from dispatch.domain.calendar import local
from dispatch.domain.reply import Outcome, Reply
from dispatch.domain.word import Word
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.factories import contact_in
from tests.fakes import ACCEPTED, FakeClock, FakeTransport

WHERE: Final = "Town Hall, High Street, Anytown, AB1 2CD"

REFUSED: Final = Outcome.answered(Reply("RCPT", 550, "5.1.1 no such mailbox"))


def refused(app: App, clock: FakeClock) -> None:
    """Have two letters sent, of which the one to ADU is refused; where its post goes is known."""
    steps.released(app, clock, "ADU", "OXO", cc_roles=())
    assert isinstance(app.transport, FakeTransport)
    in_order = sorted(steps.deliveries_of(app).values(), key=lambda each: each.letter_id)
    codes = [each.authority_code for each in in_order]
    app.transport.outcomes.extend(REFUSED if code == "ADU" else ACCEPTED for code in codes)
    steps.send_due(app)
    steps.tick(app)
    lives(app, "ADU", WHERE)
    clock.advance(days=3)


def lives(app: App, code: str, where: str | None) -> None:
    with app.sessions.begin() as session:
        contact_in(session, code).postal_address = where


def proposed(app: App, *codes: str, **wish: Any) -> PostProposal:
    with app.sessions.read() as session:
        return post.propose(session, mailout_named(session, steps.NAME), PostRequest(codes, **wish))


def made(app: App, *codes: str, **wish: Any) -> Printed:
    found = proposed(app, *codes, **wish)
    return post.make(post_means(app), steps.NAME, found.request, found.digest, word(app))


def word(app: App, because: str = "") -> Word:
    return Word(person="kim", keyboard="kim", because=because, at=app.clock())


def asked(app: App, said: Said, *codes: str, days: int = 0, although: str = "") -> PostedRequest:
    is_dated = said in posted.DATED
    on = local(app.clock() + timedelta(days=days)).date() if is_dated else None
    return PostedRequest(said, on, codes, although)


def say(app: App, request: PostedRequest, because: str = "") -> PostedProposal:
    with app.sessions.read() as session:
        found = posted.propose(
            session, mailout_named(session, steps.NAME), request, now=app.clock()
        )
    return posted.record(app.sessions, steps.NAME, request, found.digest, word(app, because))
