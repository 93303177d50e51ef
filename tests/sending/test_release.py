from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.app import App
from dispatch.database import Sessions, connect
from dispatch.database.tables import Document, Letter, Suppression
from dispatch.documents import Templates
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import ImpossibleMove, NotApproved, RuleBroken
from dispatch.domain.letter import RecipientKind
from dispatch.domain.mailout import MailoutState
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.sending.envelope import Sender
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from dispatch.sending.release import Cancelled
from dispatch.sending.store import claims
from tests import steps
from tests.conftest import KEY, ROOT
from tests.factories import RELEASE_AT, a_word, contact_in
from tests.fakes import FakeClock, FakeTransport


def command(app: App, step: Callable[..., Any], *args: Any) -> Any:
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        return step(session, mailout, *args, a_word(app.clock()))


def schedule(app: App) -> None:
    command(app, release.schedule, app.templates)


def test_nothing_is_scheduled_that_is_not_approved(app: App) -> None:
    steps.rendered(app)
    with pytest.raises(NotApproved, match="is rendered, not approved") as refusal:
        schedule(app)
    assert refusal.value.remedy == Remedy(kind=RemedyKind.APPROVE, mailout=steps.NAME)


def test_nothing_is_scheduled_that_changed_after_approval(app: App) -> None:
    steps.approved(app, "OXO", "ADU")
    with app.sessions.begin() as session:
        contact_in(session, "ADU").surname = "Okoro"
        contact_in(session, "OXO").surname = "Okoro"
    with pytest.raises(NotApproved, match=r"ADU: addressee.* changed, and 1 more letter"):
        schedule(app)


def test_nothing_is_scheduled_that_is_too_late(app: App, clock: FakeClock) -> None:
    steps.approved(app)
    clock.reach(steps.mailout_of(app).plan.not_after)
    with pytest.raises(RuleBroken, match="not-after time of annual-review-2020 has passed"):
        schedule(app)


def test_it_waits_for_its_time_and_then_goes(app: App, clock: FakeClock) -> None:
    steps.scheduled(app, "OXO", "ADU")
    clock.reach(RELEASE_AT - timedelta(seconds=1))
    assert steps.tick(app) == []
    assert not steps.deliveries_of(app)

    clock.reach(RELEASE_AT)
    assert steps.tick(app) == [steps.NAME]

    assert steps.state_of(app) is MailoutState.RELEASING
    assert {
        (delivery.authority_code, delivery.kind, delivery.state)
        for delivery in steps.deliveries_of(app).values()
    } == {(code, kind, DeliveryState.QUEUED) for code in ("OXO", "ADU") for kind in RecipientKind}


def test_each_delivery_begins_with_an_event(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    for delivery in steps.deliveries_of(app).values():
        assert steps.actions(app, f"delivery:{delivery.id}") == ["delivery.queued"]


def test_two_clocks_release_it_once(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    assert steps.tick(app) == []
    assert len(steps.deliveries_of(app)) == 2


def test_a_clock_that_was_off_releases_on_its_return(app: App, clock: FakeClock) -> None:
    steps.scheduled(app)
    clock.reach(RELEASE_AT + timedelta(days=2))
    assert steps.tick(app) == [steps.NAME]


def test_a_clock_that_returns_too_late_stops_and_says_so(app: App, clock: FakeClock) -> None:
    steps.scheduled(app)
    clock.reach(steps.mailout_of(app).plan.not_after)
    assert steps.tick(app) == []
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.PAUSED
    assert mailout.remark == "its not-after time passed before it could be released"
    assert not steps.deliveries_of(app)
    with pytest.raises(RuleBroken, match="has passed"):
        command(app, release.resume)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda session: setattr(contact_in(session, "OXO"), "surname", "Okoro"), id="contact"
        ),
        pytest.param(
            lambda session: setattr(session.query(Letter).one(), "digest", "forged"), id="letter"
        ),
    ],
)
def test_what_is_not_as_approved_does_not_leave(
    app: App, clock: FakeClock, change: Callable[[Any], None]
) -> None:
    steps.scheduled(app)
    with app.sessions.begin() as session:
        change(session)
    clock.reach(RELEASE_AT)
    assert steps.tick(app) == []
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.DRAFT
    assert (mailout.remark or "").startswith("at release: ")
    assert not steps.deliveries_of(app)


def test_without_the_template_a_machine_leaves_the_release_to_another(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    steps.scheduled(app)
    clock.reach(RELEASE_AT)
    with app.sessions.begin() as session:
        assert not release.release(session, steps.NAME, Templates(tmp_path), now=clock())
        assert release.changed(session, Templates(tmp_path)) == []
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.SCHEDULED
    assert "there is no template annual-review" in (mailout.remark or "")
    assert steps.tick(app) == [steps.NAME]
    assert steps.mailout_of(app).remark is None


@pytest.fixture
def other_template(tmp_path: Path) -> Templates:
    """The templates after somebody has changed a word."""
    folder = tmp_path / "templates"
    shutil.copytree(ROOT / "templates", folder)
    letter = folder / "annual-review" / "letter.md"
    letter.write_text(letter.read_text().replace("Yours", "Ever yours"))
    return Templates(folder)


def test_a_changed_template_voids_an_approval_long_before_the_date(
    app: App, clock: FakeClock, other_template: Templates
) -> None:
    steps.scheduled(app)
    with app.sessions.begin() as session:
        assert release.changed(session, app.templates) == []
        assert release.changed(session, other_template) == [steps.NAME]
        assert release.void(session, steps.NAME, other_template, now=clock())
        assert not release.void(session, steps.NAME, other_template, now=clock())
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.DRAFT
    assert mailout.remark == (
        "its template annual-review, or the certificate that signs its letters, changed"
    )


@pytest.fixture
def under_another_name(app: App, database_url: str, sender: Sender) -> Iterator[Sessions]:
    """The same database, opened once DISPATCH_SENDER is another."""
    opened = connect(
        database_url, KEY, party=replace(sender, address="new@ombudsman.example").party
    )
    yield opened
    opened.dispose()


def test_another_sender_voids_an_approval_and_is_named(
    app: App, clock: FakeClock, under_another_name: Sessions
) -> None:
    steps.scheduled(app)
    with under_another_name.begin() as session:
        assert release.changed(session, app.templates) == [steps.NAME]
        assert release.void(session, steps.NAME, app.templates, now=clock())
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.DRAFT
    assert mailout.remark == (
        "its letters were approved as from Office of the Ombudsman "
        "<annual.review@ombudsman.example>, and by the settings they would be from Office of the "
        "Ombudsman <new@ombudsman.example>: approve them again, or set back what was changed"
    )


def test_another_sender_on_the_day_keeps_the_letters_back(
    app: App, clock: FakeClock, under_another_name: Sessions
) -> None:
    steps.scheduled(app)
    clock.reach(RELEASE_AT)
    with under_another_name.begin() as session:
        assert not release.release(session, steps.NAME, app.templates, now=clock())
    assert "<new@ombudsman.example>" in (steps.mailout_of(app).remark or "")
    assert not steps.deliveries_of(app)


def test_letters_that_are_queued_go_as_they_were_approved_whatever_the_settings_say(
    app: App, clock: FakeClock, transport: FakeTransport, sender: Sender
) -> None:
    steps.released(app, clock, cc_roles=())
    steps.send_due(replace(app, sender=replace(sender, name="Mayor", reply_to="m@mayor.example")))
    [(_, content)] = transport.sent
    assert b'From: "Office of the Ombudsman" <annual.review@ombudsman.example>\r\n' in content
    assert b"Reply-To" not in content


@pytest.mark.parametrize("is_said", [False, True])
def test_letters_say_that_a_machine_sent_them_only_if_the_plan_does(
    app: App, clock: FakeClock, transport: FakeTransport, *, is_said: bool
) -> None:
    steps.released(app, clock, cc_roles=(), is_auto_submitted=is_said)
    steps.send_due(app)
    [(_, content)] = transport.sent
    assert (b"\r\nAuto-Submitted: auto-generated\r\n" in content) is is_said


def test_letters_that_were_swapped_after_approval_do_not_leave(app: App, clock: FakeClock) -> None:
    steps.scheduled(app, "OXO", "ADU")
    with app.sessions.begin() as session:
        one, other = letters.in_force(session, mailout_named(session, steps.NAME))
        one.parts, other.parts = dict(other.parts), dict(one.parts)
    clock.reach(RELEASE_AT)
    assert steps.tick(app) == []
    assert "is not the one that was made" in (steps.mailout_of(app).remark or "")
    assert not steps.deliveries_of(app)


def test_a_document_that_was_overwritten_is_noticed_before_anything_leaves(
    app: App, clock: FakeClock
) -> None:
    steps.scheduled(app, "OXO", "ADU")
    pdf = steps.letters_of(app)["OXO"].parts["pdf"]
    with app.sessions.begin() as session:
        session.get_one(Document, pdf).content = b"%PDF-1.7 another"
    clock.reach(RELEASE_AT)
    assert steps.tick(app) == []
    assert steps.state_of(app) is MailoutState.DRAFT
    assert not steps.deliveries_of(app)


def test_a_release_that_was_paused_past_its_time_can_come_to_its_end(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock)
    command(app, release.pause)
    clock.reach(steps.mailout_of(app).plan.not_after)
    command(app, release.resume)
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.SENT
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.EXPIRED}


def test_what_is_scheduled_need_not_be_scheduled_again(app: App) -> None:
    steps.scheduled(app)
    with pytest.raises(RuleBroken, match="is scheduled already"):
        schedule(app)


def test_a_suppressed_address_is_not_written_to(app: App, clock: FakeClock) -> None:
    steps.scheduled(app)
    with app.sessions.begin() as session:
        session.add(
            Suppression(
                address="link.officer@oxo.example",
                reason="hard bounce",
                added_at=clock(),
                added_by="clock",
            )
        )
    clock.reach(RELEASE_AT)
    steps.tick(app)
    found = {each.role: each.state for each in steps.deliveries_of(app).values()}
    assert found == {
        "chief executive": DeliveryState.QUEUED,
        "link officer": DeliveryState.SUPPRESSED,
    }


def test_a_scheduled_mailout_can_be_held_and_let_go(app: App, clock: FakeClock) -> None:
    steps.scheduled(app)
    command(app, release.pause)
    clock.reach(RELEASE_AT)
    assert steps.tick(app) == []
    command(app, release.resume)
    assert steps.state_of(app) is MailoutState.SCHEDULED
    assert steps.tick(app) == [steps.NAME]


def test_a_paused_release_sends_nothing_until_it_is_resumed(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    command(app, release.pause)
    steps.send_due(app)
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.QUEUED}
    command(app, release.resume)
    assert steps.state_of(app) is MailoutState.RELEASING
    steps.send_due(app)
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.ACCEPTED}


def test_what_is_not_paused_cannot_be_resumed(app: App) -> None:
    steps.approved(app)
    with pytest.raises(RuleBroken, match="is approved, not paused"):
        command(app, release.resume)


def test_cancelling_stops_what_has_not_left(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    assert command(app, release.cancel) == Cancelled(stopped=2, leaving=0)
    steps.send_due(app)
    assert {each.state for each in steps.deliveries_of(app).values()} == {DeliveryState.CANCELLED}
    assert steps.state_of(app) is MailoutState.CANCELLED
    with pytest.raises(ImpossibleMove):
        command(app, release.cancel)


def test_cancelling_counts_what_will_not_leave_and_what_still_may(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock, "OXO", "ADU")
    at = clock()
    with app.sessions.begin() as session:
        held = claims.claim_deliveries(session, now=at, lease_until=at + app.lease, limit=2)
        claims.offer(session, held[:1], now=at, lease_until=at + app.lease)
    assert command(app, release.cancel) == Cancelled(stopped=3, leaving=1)
    with app.sessions.begin() as session:
        assert not claims.offer(session, held[1:], now=at, lease_until=at + app.lease)


@pytest.mark.parametrize("day", [date(2020, 10, 25), date(2020, 3, 29)])
def test_nine_is_nine_on_the_day_of_the_change_of_the_clocks(
    app: App, clock: FakeClock, day: date
) -> None:
    steps.scheduled(app, letter_date=day, not_after=clock() + timedelta(days=365))
    at = steps.mailout_of(app).plan.release_at
    clock.reach(at - timedelta(seconds=1))
    assert steps.tick(app) == []
    clock.reach(at)
    assert steps.tick(app) == [steps.NAME]
