from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.corrections import asked_for, covering
from dispatch.corrections import resend as corrections
from dispatch.corrections.obstacles import Obstacles
from dispatch.corrections.resend import ResendProposal, propose
from dispatch.corrections.send_again import prepare, resend
from dispatch.database.tables import Delivery, Document, Suppression
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.errors import BadInput, ChangedMeanwhile, NotFound, RuleBroken
from dispatch.domain.letters.resending import Choice, ResendRequest
from dispatch.domain.mailout import MailoutState
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.word import Word
from dispatch.ledger import journal
from dispatch.letters.store.versions import Outdated
from dispatch.mailouts.store import mailout_named
from dispatch.register.store import contacts
from dispatch.sending import release
from dispatch.sending.store import deliveries
from dispatch.tracking.store import chains
from dispatch.views.resend import resend_view
from tests import steps
from tests.factories import RELEASE_AT, a_contact, a_word, contact_in
from tests.fakes import FakeClock, FakeTransport
from tests.patience import HANG_SECONDS

CHIEF = "chief.executive@oxo.example"
NEW = "jo.new@oxo.example"
REFUSED = Outcome.answered(Reply("RCPT", 550, "5.1.1 no such mailbox"))
DOUBT = Outcome(Verdict.IN_DOUBT, trouble="no reply to the final dot: timed out")
NOTHING_OUTDATED = Outdated(frozenset(), frozenset())
BUSY = Outcome.answered(Reply("RCPT", 450, "4.2.0 busy"))


def sent(
    app: App,
    clock: FakeClock,
    *codes: str,
    outcome: Outcome | None = None,
    cc_roles: tuple[str, ...] = (),
) -> None:
    """Have a mailout sent; the first letter of it has some other outcome."""
    steps.released(app, clock, *codes, cc_roles=cc_roles)
    if outcome and isinstance(app.transport, FakeTransport):
        app.transport.outcomes.append(outcome)
    steps.send_due(app)
    steps.tick(app)
    clock.advance(days=1)


def appoint(app: App, address: str = NEW, code: str = "OXO", role: str = "chief executive") -> None:
    steps.appointed(app, code, address, role)


def proposed(app: App, choice: Choice = Choice.NAMED, **wish: Any) -> ResendProposal:
    with app.sessions.read() as session:
        found = mailout_named(session, steps.NAME)
        return propose(session, found, ResendRequest(choice=choice, **wish), now=app.clock())


def prepared(app: App, choice: Choice = Choice.NAMED, **wish: Any) -> ResendProposal:
    request = ResendRequest(choice=choice, **wish)
    return prepare(app.sessions, app.templates, steps.NAME, request, now=app.clock())


def done(
    app: App, proposal: ResendProposal, person: str = "alex", because: str = "new in post"
) -> int:
    """Send what is proposed again; return how many deliveries that made."""
    word = Word(person=person, keyboard="sam", because=because, at=app.clock())
    return len(resend((app.sessions, app.templates), proposal, word))


def again(app: App, choice: Choice = Choice.NAMED, **wish: Any) -> int:
    """Have letters sent again, and sent."""
    count = done(app, prepared(app, choice, **wish))
    steps.send_due(app)
    steps.tick(app)
    return count


def where(proposal: ResendProposal) -> list[str]:
    return [each.recipient.address for each in proposal.going]


def why_not(proposal: ResendProposal) -> str:
    assert not proposal.going
    [staying] = resend_view(proposal).staying
    return staying.why


def mail(transport: FakeTransport, number: int = -1) -> EmailMessage:
    return message_from_bytes(transport.sent[number][1], policy=policy.default)


def note(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return " ".join(body.get_content().split())


def pdf(message: EmailMessage) -> bytes:
    [attached] = message.iter_attachments()
    assert isinstance(attached, EmailMessage)
    content = attached.get_content()
    assert isinstance(content, bytes)
    return content


def test_the_letter_is_the_same_and_the_note_says_when_and_to_which_post_it_first_went(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    assert again(app, Choice.CHANGED) == 1

    first, second = mail(transport, 0), mail(transport, 1)
    approved = steps.letters_of(app)["OXO"].parts
    assert sha256(pdf(first)) == sha256(pdf(second)) == approved["pdf"]
    assert first["Subject"] == second["Subject"]
    assert first["Message-ID"] != second["Message-ID"]
    assert second["To"] == "Dr Okafor <jo.new@oxo.example>"
    assert transport.sent[1][0].rcpt_to == NEW
    said = note(second)
    assert said.startswith(
        "Dear Dr Okafor We first sent the attached Annual Review letter 2020 on 22 July 2020, "
        "to the Chief Executive of Oxford City Council."
    )
    assert "Dear Ms Adeyemi" in note(first)


def test_what_is_kept_of_the_letter_does_not_change(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    before = steps.letters_of(app)["OXO"].digest
    appoint(app)
    again(app, Choice.CHANGED)
    assert steps.letters_of(app)["OXO"].digest == before
    old, new = steps.deliveries_of(app)[CHIEF], steps.deliveries_of(app)[NEW]
    assert (old.state, new.state) == (DeliveryState.ACCEPTED, DeliveryState.ACCEPTED)
    assert new.replaces_id == old.id
    assert new.mail not in {None, steps.letters_of(app)["OXO"].parts["mail"]}


def test_of_many_only_those_whose_contact_changed_get_it_again(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    codes = [f"A{number:02}" for number in range(12)]
    sent(app, clock, *codes, cc_roles=("link officer",))
    changed = codes[:5]
    for code in changed:
        appoint(app, f"new@{code.lower()}.example", code)
    transport.sent.clear()
    assert again(app, Choice.CHANGED) == 5
    assert sorted(envelope.rcpt_to for envelope, _ in transport.sent) == [
        f"new@{code.lower()}.example" for code in changed
    ]
    assert proposed(app, Choice.CHANGED).going == ()


def test_another_spelling_of_an_address_is_no_change(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    appoint(app, CHIEF.upper())
    assert proposed(app, Choice.CHANGED).going == ()


def test_the_mailout_goes_on_and_ends_again(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    assert steps.state_of(app) is MailoutState.SENT
    done(app, prepared(app, Choice.CHANGED))
    assert steps.state_of(app) is MailoutState.RELEASING
    steps.send_due(app)
    steps.tick(app)
    assert steps.state_of(app) is MailoutState.SENT


def test_a_letter_is_sent_again_after_the_plans_not_after_time(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock, "OXO")
    clock.reach(steps.mailout_of(app).plan.not_after + timedelta(hours=1))
    appoint(app)
    again(app, Choice.CHANGED)
    assert transport.sent[-1][0].rcpt_to == NEW


def test_who_asked_for_it_and_why_is_kept(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    done(app, prepared(app, Choice.CHANGED), person=" Alex  Low ", because=" she  left ")
    old, new = steps.deliveries_of(app)[CHIEF], steps.deliveries_of(app)[NEW]
    with app.sessions.read() as session:
        [event] = journal.events(session, f"delivery:{new.id}")
        last = journal.events(session, f"mailout:{steps.NAME}")[-1]
    assert (event.action, event.actor) == ("delivery.resent", "Alex Low")
    assert event.detail["because"] == "she left"
    assert event.detail["replaces"] == str(old.id)
    assert event.detail["at_keyboard"] == "sam"
    assert (last.action, last.actor) == ("mailout.releasing", "Alex Low")


@pytest.mark.parametrize(("person", "because"), [("worker", "so"), (" ", "so"), ("alex", " ")])
def test_it_needs_a_person_and_a_reason(
    app: App, clock: FakeClock, person: str, because: str
) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    with pytest.raises(RuleBroken):
        done(app, prepared(app, Choice.CHANGED), person, because)
    assert NEW not in steps.deliveries_of(app)


def test_a_body_that_is_not_what_it_was_stops_the_mailout(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    done(app, prepared(app, Choice.CHANGED))
    with app.sessions.begin() as session:
        document = session.get_one(Document, steps.deliveries_of(app)[NEW].mail)
        document.content = b"forged"
    steps.send_due(app)
    assert steps.state_of(app) is MailoutState.PAUSED
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [CHIEF]


def test_nobody_gets_the_same_letter_twice_unless_asked(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock, "OXO")
    assert "has this letter already" in why_not(proposed(app, codes=("OXO",)))
    assert again(app, codes=("oxo",), is_again=True) == 1
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [CHIEF, CHIEF]


def test_who_has_it_in_another_role_does_not_get_it_twice(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO", cc_roles=("link officer",))
    appoint(app, "link.officer@oxo.example")
    assert "link.officer@oxo.example has this letter already" in why_not(
        proposed(app, Choice.CHANGED)
    )


def test_who_holds_two_posts_by_now_gets_it_once(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO", cc_roles=("link officer",))
    appoint(app)
    appoint(app, NEW.upper(), role="link officer")
    proposal = proposed(app, Choice.CHANGED)
    assert where(proposal) == [NEW]
    [staying] = proposal.staying
    assert "already, as chief executive" in staying.obstacle.why


def test_what_is_in_doubt_is_left_alone_until_it_is_settled(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO", outcome=DOUBT)
    appoint(app)
    row = steps.deliveries_of(app)[CHIEF]
    for choice in Choice:
        if choice is not Choice.BOUNCED:
            said = why_not(proposed(app, choice, codes=("OXO",), is_again=True))
            assert f"dispatch delivery settle {str(row.id)[:8]}" in said
    with app.sessions.begin() as session:
        session.get_one(Delivery, row.id).move_to(DeliveryState.ACCEPTED, clock())
    assert where(proposed(app, Choice.CHANGED)) == [NEW]


def test_what_still_waits_is_said_to_wait(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, cc_roles=())
    appoint(app)
    assert "still waits to be sent to chief.executive@oxo.example (queued)" in why_not(
        proposed(app, Choice.CHANGED)
    )
    assert isinstance(app.transport, FakeTransport)
    app.transport.outcomes.append(BUSY)
    steps.send_due(app)
    assert "(deferred)" in why_not(proposed(app, Choice.UNREACHED))


def test_a_dead_address_is_not_tried_again_unless_asked(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock, "OXO", outcome=REFUSED)
    assert f"it was refused for {CHIEF}" in why_not(proposed(app, Choice.BOUNCED))
    assert where(proposed(app, Choice.BOUNCED, is_again=True)) == [CHIEF]
    assert where(proposed(app, Choice.BOUNCED, to="office@oxo.example")) == ["office@oxo.example"]
    appoint(app)
    [going] = proposed(app, Choice.BOUNCED).going
    assert going.why == "it was refused"
    assert again(app, Choice.BOUNCED) == 1
    assert [envelope.rcpt_to for envelope, _ in transport.sent] == [NEW]
    assert "was to go to the Chief Executive of Oxford City Council on 22 July 2020, but it" in (
        note(mail(transport))
    )
    assert proposed(app, Choice.BOUNCED).going == ()


def test_who_is_reached_is_not_among_the_unreached(app: App, clock: FakeClock) -> None:
    sent(app, clock, "ADU", "OXO", outcome=REFUSED)
    refused = next(
        each for each in steps.deliveries_of(app).values() if each.state is DeliveryState.REFUSED
    )
    code = refused.authority_code
    appoint(app, "new@body.example", code)
    [going] = proposed(app, Choice.UNREACHED).going
    assert going.chain.last.authority_code == code


def test_a_letter_that_was_sent_again_can_be_sent_again(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    transport.outcomes.append(REFUSED)
    again(app, Choice.CHANGED)
    again(app, codes=("OXO",), to="third@oxo.example")
    rows = steps.deliveries_of(app)
    assert rows["third@oxo.example"].replaces_id == rows[NEW].id
    assert rows[NEW].replaces_id == rows[CHIEF].id
    assert rows["third@oxo.example"].state is DeliveryState.ACCEPTED
    assert "We first sent" in note(mail(transport))
    assert "on 22 July 2020, to the Chief Executive" in note(mail(transport))


def test_at_an_address_without_a_name_the_post_is_greeted(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    sent(app, clock, "OXO")
    again(app, codes=("OXO",), to="office@oxo.example")
    assert note(mail(transport)).startswith("Dear Chief Executive We first sent")
    assert mail(transport)["To"] == "Chief Executive <office@oxo.example>"


def test_the_address_of_who_is_in_post_is_known_by_name(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    [going] = proposed(app, codes=("OXO",), to=NEW.upper()).going
    assert going.recipient.full_name == "Dr Okafor"


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ({"surname": "Okafor"}, "another is in post"),
        ({}, "another address"),
        ({"honorific": "Dr", "job_title": "Head of Paid Service"}, "another address"),
        ({"surname": None, "honorific": None}, "another address"),
    ],
)
def test_another_is_in_post_only_where_the_person_differs(
    app: App, clock: FakeClock, now: dict[str, Any], why: str
) -> None:
    sent(app, clock, "OXO")
    with app.sessions.begin() as session:
        before = contact_in(session, "OXO")
        before.valid_until = clock().date()
        contact = replace(before.to_contact(), address=NEW, **now)
        contacts.replace(session, [(contact, None)], day=clock().date())
        steps.somebody_came(session, app, "OXO")
    [going] = proposed(app, Choice.CHANGED).going
    assert going.why == why


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ((DeliveryState.ACCEPTED,), "We first sent the attached"),
        ((DeliveryState.BOUNCED,), "Oxford City Council, but it came back undelivered."),
        ((DeliveryState.CANCELLED,), "on 22 July 2020, but it could not be delivered."),
        ((DeliveryState.BOUNCED, DeliveryState.DELIVERED), "Oxford City Council. We are sending"),
        ((DeliveryState.REFUSED, DeliveryState.ACCEPTED), "We first sent the attached"),
    ],
)
def test_the_note_goes_by_the_last_state_of_every_delivery_before(
    app: App,
    clock: FakeClock,
    transport: FakeTransport,
    states: tuple[DeliveryState, ...],
    said: str,
) -> None:
    sent(app, clock, "OXO")
    for number, state in enumerate(states):
        if number:
            again(app, codes=("OXO",), to=f"try{number}@oxo.example")
        with app.sessions.begin() as session:
            last = chains.chains(session, mailout_named(session, steps.NAME))[0].last
            session.get_one(Delivery, last.id).state = state
    again(app, codes=("OXO",), to="last@oxo.example")
    assert said in note(mail(transport))


def test_another_role_can_be_named(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    sent(app, clock, "OXO", cc_roles=("link officer",))
    appoint(app, "lee@oxo.example", role="link officer")
    assert again(app, codes=("OXO",), role="link officer") == 1
    assert "to the Link Officer of" in note(mail(transport))


def test_what_never_left_is_said_to_have_been_due(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock, cc_roles=())
    clock.reach(steps.mailout_of(app).plan.not_after)
    steps.tick(app)
    assert again(app, Choice.UNREACHED) == 1
    assert "was to go to the Chief Executive of Oxford City Council on 22 July" in note(
        mail(transport)
    )


def test_a_suppressed_address_is_refused_with_the_remedy(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    with app.sessions.begin() as session:
        session.add(Suppression(address=NEW, reason="x", added_at=clock(), added_by="sam"))
    said = why_not(proposed(app, Choice.CHANGED, is_again=True))
    assert f"{NEW} is suppressed" in said
    assert "dispatch suppression" in said


def test_where_nobody_is_in_post_an_address_is_asked_for(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO", outcome=REFUSED)
    with app.sessions.begin() as session:
        contact_in(session, "OXO").valid_until = clock().date()
    assert "nobody is in post" in why_not(proposed(app, Choice.UNREACHED))


def test_before_the_release_nothing_goes_again(app: App) -> None:
    steps.approved(app)
    with pytest.raises(RuleBroken, match="is approved and none of its letters have left"):
        proposed(app, codes=("OXO",))


def test_after_the_cancellation_nothing_goes_again(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.cancel(session, mailout, a_word(clock()))
    with pytest.raises(RuleBroken, match="is cancelled: its letters no longer leave"):
        proposed(app, codes=("OXO",), is_again=True)


def test_in_a_paused_mailout_it_waits(app: App, clock: FakeClock, transport: FakeTransport) -> None:
    steps.released(app, clock, "OXO", "ADU", cc_roles=())
    with app.sessions.begin() as session:
        for row in deliveries.of_mailout(session, mailout_named(session, steps.NAME)):
            row.state = DeliveryState.ACCEPTED
        release.pause(session, mailout_named(session, steps.NAME), a_word(clock()))
    appoint(app)
    assert again(app, Choice.CHANGED) == 1
    assert transport.sent == []
    assert steps.deliveries_of(app)[NEW].state is DeliveryState.QUEUED


def test_one_address_is_for_one_letter(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO", "ADU")
    with pytest.raises(RuleBroken, match=r"2 letters cannot all go to x@y\.example"):
        proposed(app, codes=("OXO", "ADU"), to="x@y.example")
    with pytest.raises(BadInput, match="'nobody' is not an email address"):
        proposed(app, codes=("OXO",), to="nobody")
    with pytest.raises(NotFound):
        proposed(app, codes=("XXX",))


def test_an_address_at_the_domain_of_another_authority_is_shown(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO", "ADU")
    for to, odd in (
        ("x@adu.example", "; look: the address has the domain of ADU (Adur)"),
        (NEW, ""),
    ):
        [going] = resend_view(proposed(app, codes=("OXO",), to=to)).going
        assert going.why.partition(";")[1:] == odd.partition(";")[1:]


def test_what_never_went_to_a_role_is_not_sent_again(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO", cc_roles=("link officer", "leader"))
    with pytest.raises(RuleBroken, match="sent nothing to a leader of OXO"):
        proposed(app, codes=("OXO",), role="leader")


def test_only_what_was_shown_is_sent(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    shown = prepared(app, Choice.CHANGED)
    appoint(app, "even.newer@oxo.example")
    with pytest.raises(ChangedMeanwhile):
        done(app, shown)
    assert set(steps.deliveries_of(app)) == {CHIEF}


def test_what_stands_as_it_was_shown_is_not_looked_for_again_while_others_wait(
    app: App, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(app, clock, "OXO", "ADU")
    appoint(app)
    shown = prepared(app, Choice.CHANGED)
    monkeypatch.setattr(corrections, "propose", None)  # whoever calls it now fails
    assert done(app, shown) == 1
    assert NEW in steps.deliveries_of(app)


@pytest.mark.parametrize(
    ("state", "goes"), [(DeliveryState.BOUNCED, True), (DeliveryState.IN_DOUBT, False)]
)
def test_what_became_of_the_letter_since_it_was_shown_is_noticed(
    app: App, clock: FakeClock, state: DeliveryState, *, goes: bool
) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    shown = prepared(app, Choice.CHANGED)
    id_ = steps.deliveries_of(app)[CHIEF].id
    with app.sessions.begin() as session:
        session.get_one(Delivery, id_).state = state
    if goes:
        assert done(app, shown) == 1
    else:
        with pytest.raises(ChangedMeanwhile):
            done(app, shown)
    assert (NEW in steps.deliveries_of(app)) == goes


def test_of_letters_that_do_not_go_after_all_no_message_is_kept(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    before = stored(app)
    shown = prepared(app, Choice.CHANGED)
    assert stored(app) == before
    appoint(app, "even.newer@oxo.example")
    with pytest.raises(ChangedMeanwhile):
        done(app, shown)
    assert stored(app) == before
    assert done(app, prepared(app, Choice.CHANGED)) == 1
    assert len(stored(app) - before) == 1


def stored(app: App) -> set[str]:
    with app.sessions.read() as session:
        return {*session.scalars(select(Document.sha256))}


def test_of_very_many_some_are_looked_at_and_made_at_a_time_and_all_go_at_once(
    app: App, clock: FakeClock, transport: FakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked_for, "PAGE", 1)
    monkeypatch.setattr(covering, "AT_ONCE", 2)
    codes = ("ADU", "OXO", "WOT")
    sent(app, clock, *codes)
    for code in codes:
        appoint(app, f"new@{code.lower()}.example", code)
    shown = prepared(app, Choice.CHANGED)
    assert where(shown) == [f"new@{code.lower()}.example" for code in codes]
    assert done(app, shown) == len(codes)
    steps.send_due(app)
    assert {envelope.rcpt_to for envelope, _ in transport.sent[-3:]} == {*where(shown)}
    assert not prepared(app, Choice.CHANGED).going


def test_two_people_at_once_make_one_delivery(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    appoint(app)
    barrier = Barrier(2)

    def ask(person: str) -> int:
        proposal = prepared(app, Choice.CHANGED)
        barrier.wait(timeout=HANG_SECONDS)
        try:
            return done(app, proposal, person)
        except RuleBroken:
            return 0

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(ask, ["alex", "sam"])) == 1
    assert sorted(steps.deliveries_of(app)) == [CHIEF, NEW]


@pytest.fixture
def asked(app: App, clock: FakeClock) -> object:
    steps.released(app, clock, cc_roles=())
    return None


def obstacle(
    app: App, state: DeliveryState, address: str | None, *, is_again: bool = False
) -> str | None:
    """Return what keeps a letter that is in some state from going to an address."""
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        session.get_one(Delivery, chains.chains(session, mailout)[0].last.id).state = state
        session.flush()
        found = chains.chains(session, mailout)
        recipient = a_contact(address=address) if address else None
        obstacles = Obstacles(steps.NAME, found, frozenset({"dead@oxo.example"}), NOTHING_OUTDATED)
        stopped_by = obstacles.find(found[0], recipient, is_again=is_again)
        return stopped_by.why if stopped_by else None


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("state", DeliveryState)
def test_an_address_gets_a_letter_once_unless_asked(app: App, state: DeliveryState) -> None:
    never_there = {DeliveryState.SUPPRESSED, DeliveryState.CANCELLED, DeliveryState.EXPIRED}
    assert (obstacle(app, state, CHIEF.upper()) is None) == (state in never_there)


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("state", DeliveryState)
def test_what_has_not_ended_goes_nowhere_even_if_asked(app: App, state: DeliveryState) -> None:
    unsettled = {
        DeliveryState.QUEUED,
        DeliveryState.CLAIMED,
        DeliveryState.OFFERED,
        DeliveryState.IN_DOUBT,
        DeliveryState.DEFERRED,
    }
    for address in (CHIEF, "another@oxo.example"):
        assert (obstacle(app, state, address, is_again=True) is None) == (state not in unsettled)


@pytest.mark.usefixtures("asked")
def test_nothing_goes_to_a_suppressed_address_or_to_nobody(app: App) -> None:
    for state in (DeliveryState.BOUNCED, DeliveryState.ACCEPTED):
        said = obstacle(app, state, "Dead@oxo.example", is_again=True)
        assert said
        assert "is suppressed" in said
        assert "nobody is in post as chief executive" in (obstacle(app, state, None) or "")


def test_who_has_the_letter_from_another_mailout_is_not_sent_it_again_unless_asked(
    app: App, clock: FakeClock
) -> None:
    steps.scheduled(app, cc_roles=())
    steps.second_approved(app)
    with app.sessions.begin() as session:
        word = a_word(clock(), because="a trial")
        release.schedule(session, mailout_named(session, steps.SECOND), app.templates, word)
    clock.reach(RELEASE_AT)
    assert len(steps.tick(app)) == 2
    with app.sessions.begin() as session:
        [first] = deliveries.of_mailout(session, mailout_named(session, steps.NAME))
        for row in deliveries.of_mailout(session, mailout_named(session, steps.SECOND)):
            row.state = DeliveryState.ACCEPTED
        first.state = DeliveryState.EXPIRED

    [staying] = proposed(app).staying
    assert "has this letter from another mailout" in staying.obstacle.why
    assert why_not(proposed(app)).endswith("from another mailout: --again sends it once more")
    assert proposed(app, is_again=True).going
