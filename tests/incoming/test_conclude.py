from __future__ import annotations

from threading import Thread
from time import sleep
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from dispatch.app import App
from dispatch.database.tables import Delivery, Suggestion, Suppression
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.incoming.message import Arrival, SuggestionState, Trust
from dispatch.domain.notice import Action, Category, Clue, Notice, Reason
from dispatch.domain.sending.envelope import return_path
from dispatch.incoming.confirm import confirm as confirm_notice
from dispatch.incoming.store import messages, notices, readings, suggestions
from dispatch.incoming.store.suggestions import Answered
from dispatch.incoming.suggestions import decline
from dispatch.ledger import journal
from dispatch.mail.outgoing.headers import message_id
from dispatch.register.store import suppressions
from tests import steps
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.notices import (
    a_bounce,
    a_departure,
    a_fate,
    a_report,
    a_soft_bounce,
    came,
    concluded,
    knows,
    named,
    row_of,
    suppression_of,
    token,
    wrong_token,
)

S, C = DeliveryState, Clue
CHIEF = "chief.executive@oxo.example"
PROVEN = {C.RETURN_PATH, C.SIGNED_HEADER, C.TOLD_ID}
UNPROVEN = [each for each in Clue if each not in PROVEN | {C.TEST, C.QUESTION}]


@pytest.fixture
def delivery(app: App, clock: FakeClock) -> Delivery:
    """A letter that a server took."""
    steps.released(app, clock)
    steps.send_due(app)
    return found(app)


@pytest.fixture
def neighbours(app: App, clock: FakeClock) -> None:
    """Letters to several authorities that a server took."""
    steps.released(app, clock, "OXO", "ADU", "WOT", "CMD", cc_roles=())
    steps.send_due(app)


def found(app: App, address: str = CHIEF) -> Delivery:
    return steps.deliveries_of(app)[address]


def bring_into(app: App, delivery: Delivery, state: DeliveryState) -> None:
    """Put a delivery where a test needs it, past the rules."""
    with app.sessions.begin() as session:
        session.get_one(Delivery, delivery.id).state = state


def events_of(app: App, delivery: Delivery) -> list[str]:
    return steps.actions(app, f"delivery:{delivery.id}")


def suggestions_of(app: App) -> list[tuple[str, SuggestionState]]:
    with app.sessions.read() as session:
        return [(each.address, each.state) for each in session.scalars(select(Suggestion))]


def test_a_verified_hard_bounce_ends_its_delivery_and_the_address_is_left_alone(
    app: App, delivery: Delivery
) -> None:
    done = came(app, a_bounce(delivery), token(app, delivery))
    assert found(app).state is S.BOUNCED
    suppression = suppression_of(app, delivery)
    assert suppression
    assert suppression.reason == "hard bounce: bad address"
    assert done.changes == (
        "it is bounced",
        "its address is suppressed: hard bounce: bad address",
    )
    assert events_of(app, delivery)[-2:] == ["delivery.noticed", "delivery.bounced"]
    with app.sessions.read() as session:
        last = journal.events(session, f"delivery:{delivery.id}")[-1]
    assert last.detail == {
        "category": "bounce",
        "clue": "return_path",
        "trust": "verified",
        "action": "failed",
        "reason": "bad_address",
        "mail": sha256(b"a mail"),
    }


def test_a_token_in_the_headers_is_as_good_as_one_on_the_envelope(
    app: App, delivery: Delivery
) -> None:
    clues = {Clue.RETURN_PATH: ("office@ombudsman.example", token(app, delivery).upper())}
    came(app, a_bounce(delivery, clues=clues))
    assert found(app).state is S.BOUNCED


@pytest.mark.parametrize("clue", UNPROVEN)
@pytest.mark.parametrize("is_wrong", [False, True])
def test_without_a_right_token_a_bounce_is_shown_and_changes_nothing(
    app: App, delivery: Delivery, clue: Clue, *, is_wrong: bool
) -> None:
    recipient = wrong_token(app, delivery) if is_wrong else ""
    done = came(app, a_bounce(delivery, clues=named(delivery, clue)), recipient)
    row = row_of(app, done)
    assert (row.delivery_id, row.clue) == (delivery.id, clue)
    assert row.trust is (Trust.WRONG_TOKEN if is_wrong else Trust.UNVERIFIED)
    assert done.changes == ()
    assert found(app).state is S.ACCEPTED
    assert suppression_of(app, delivery) is None


def test_another_deliverys_token_bounces_that_one_and_no_other(
    app: App, delivery: Delivery
) -> None:
    other = found(app, "link.officer@oxo.example")
    came(app, a_bounce(delivery, clues=named(delivery)), token(app, other))
    assert found(app).state is S.ACCEPTED
    assert found(app, other.address).state is S.BOUNCED
    assert suppression_of(app, delivery) is None
    assert suppression_of(app, other) is None


def test_a_token_of_a_delivery_that_is_not_here_proves_nothing_of_another(
    app: App, delivery: Delivery
) -> None:
    stranger = return_path(app.sender.return_path, uuid4(), app.sender.key)
    done = came(app, a_bounce(delivery, clues=named(delivery)), stranger)
    assert row_of(app, done).trust is Trust.UNVERIFIED
    assert found(app).state is S.ACCEPTED


def test_a_notice_that_names_nothing_known_is_kept(app: App, delivery: Delivery) -> None:
    done = came(app, Notice(category=Category.HUMAN, clues={Clue.ANSWERED: ("<x@y.example>",)}))
    assert row_of(app, done).delivery_id is None
    assert row_of(app, done).trust is Trust.UNVERIFIED


def test_whom_it_speaks_of_ties_it_only_if_that_is_one_delivery_of_late(
    app: App, delivery: Delivery, clock: FakeClock
) -> None:
    done = came(app, a_bounce(delivery))
    assert row_of(app, done).clue is Clue.RECIPIENT
    clock.advance(days=31)
    done = came(app, a_bounce(delivery), mail=b"a month later")
    assert row_of(app, done).delivery_id is None


def test_a_bounce_from_where_it_was_forwarded_to_leaves_the_address_in_peace(
    app: App, delivery: Delivery
) -> None:
    came(app, a_bounce(delivery, address="jo@elsewhere.example"), token(app, delivery))
    assert found(app).state is S.BOUNCED
    assert suppression_of(app, delivery) is None


def test_a_bounce_of_several_others_is_not_about_ours(app: App, delivery: Delivery) -> None:
    fates = tuple(a_fate(delivery, address=f"{name}@x.example") for name in "ab")
    came(app, Notice(category=Category.BOUNCE, fates=fates), token(app, delivery))
    assert found(app).state is S.ACCEPTED


def test_one_lost_member_of_a_list_does_not_bounce_the_letter(app: App, delivery: Delivery) -> None:
    came(app, a_report(delivery, Action.EXPANDED), token(app, delivery))
    bounce = a_bounce(delivery, address="member@oxo.example")
    came(app, bounce, token(app, delivery), mail=b"a member")
    assert found(app).state is S.ACCEPTED


def test_a_bounce_that_names_nobody_is_about_the_one_it_was_sent_to(
    app: App, delivery: Delivery
) -> None:
    came(app, Notice(category=Category.BOUNCE), token(app, delivery))
    assert found(app).state is S.BOUNCED
    assert suppression_of(app, delivery) is None


@pytest.mark.parametrize(
    ("action", "state"),
    [
        (Action.DELIVERED, S.DELIVERED),
        (Action.RELAYED, S.ACCEPTED),
        (Action.EXPANDED, S.ACCEPTED),
        (Action.DELAYED, S.ACCEPTED),
    ],
)
def test_only_a_notification_that_says_delivered_makes_it_so(
    app: App, delivery: Delivery, action: Action, state: DeliveryState
) -> None:
    came(app, a_report(delivery, action), token(app, delivery))
    assert found(app).state is state
    assert events_of(app, delivery).count("delivery.noticed") == 1


@pytest.mark.parametrize("action", [Action.DELIVERED, Action.DELAYED])
def test_nothing_overrides_a_bounce(app: App, delivery: Delivery, action: Action) -> None:
    came(app, a_soft_bounce(delivery), token(app, delivery))
    came(app, a_report(delivery, action), token(app, delivery), mail=b"another")
    assert found(app).state is S.BOUNCED


def test_a_bounce_after_a_good_report_is_believed(app: App, delivery: Delivery) -> None:
    came(app, a_report(delivery, Action.DELIVERED), token(app, delivery))
    came(app, a_soft_bounce(delivery), token(app, delivery), mail=b"late")
    assert found(app).state is S.BOUNCED


def test_what_the_mailbox_has_is_not_undone_by_its_forwarding(app: App, delivery: Delivery) -> None:
    came(app, a_report(delivery, Action.DELIVERED), token(app, delivery))
    came(app, a_bounce(delivery, address="jo@home.example"), token(app, delivery), mail=b"late")
    assert found(app).state is S.DELIVERED


@pytest.mark.parametrize(
    "category", [Category.AUTOREPLY, Category.HUMAN, Category.RECEIPT, Category.SECURE_PORTAL]
)
def test_an_answer_is_recorded_and_is_no_proof_of_delivery(
    app: App, delivery: Delivery, category: Category
) -> None:
    came(app, Notice(category=category), token(app, delivery))
    assert found(app).state is S.ACCEPTED
    assert events_of(app, delivery)[-1] == "delivery.noticed"


def test_a_complaint_has_the_address_left_alone(app: App, delivery: Delivery) -> None:
    came(app, Notice(category=Category.COMPLAINT), token(app, delivery))
    suppression = suppression_of(app, delivery)
    assert suppression
    assert suppression.reason == "complaint"
    assert found(app).state is S.ACCEPTED


def soft_bounces(app: App, address: str, count: int, **changes: object) -> Delivery:
    """Let the letters of several authorities come back from the mailbox that they share."""
    chiefs = list(steps.deliveries_of(app).values())[:count]
    with app.sessions.begin() as session:
        for each in chiefs:
            row = session.get_one(Delivery, each.id)
            row.address = row.address_key = address
    with app.sessions.read() as session:
        shared = [session.get_one(Delivery, each.id) for each in chiefs]
    for number, each in enumerate(shared):
        came(app, a_soft_bounce(each, **changes), token(app, each), mail=b"%d" % number)
    return shared[0]


def test_a_few_soft_bounces_are_borne_and_none_counts_twice(app: App, neighbours: None) -> None:
    first = soft_bounces(app, "full@oxo.example", 2)
    assert suppression_of(app, first) is None
    came(app, a_soft_bounce(first), token(app, first), mail=b"the same delivery again")
    assert suppression_of(app, first) is None


def test_the_last_of_too_many_soft_bounces_suppresses(app: App, neighbours: None) -> None:
    suppression = suppression_of(app, soft_bounces(app, "full@oxo.example", 3))
    assert suppression
    assert suppression.reason == "3 soft bounces, the last: mailbox full"


@pytest.mark.parametrize("reason", [Reason.TOO_LARGE, Reason.POLICY, Reason.SPAM_VIRUS])
def test_what_is_wrong_with_a_message_does_not_count_against_its_address(
    app: App, neighbours: None, reason: Reason
) -> None:
    first = soft_bounces(app, "strict@oxo.example", 4, reason=reason)
    assert suppression_of(app, first) is None


def test_soft_bounces_count_anew_once_a_suppression_was_lifted(
    app: App, neighbours: None, clock: FakeClock
) -> None:
    first = soft_bounces(app, "full@oxo.example", 3)
    clock.advance(hours=1)
    with app.sessions.begin() as session:
        lifted = suppressions.suppression_of(session, first.address_key)
        assert lifted
        lifted.lifted_at = clock()
    clock.advance(hours=1)
    came(app, a_soft_bounce(first), token(app, first), mail=b"once more")
    assert suppression_of(app, first) is None


def test_what_a_server_holds_against_us_costs_no_recipient_and_calls_for_us(
    app: App, delivery: Delivery
) -> None:
    bounce = a_bounce(delivery, status="5.7.1", reason=Reason.POLICY, is_about_us=True)
    done = came(app, bounce, token(app, delivery))
    assert done.is_about_us
    assert suppression_of(app, delivery) is None
    assert found(app).state is S.BOUNCED
    assert "standing.questioned" in events_of(app, delivery)


def test_the_same_again_has_no_effect(app: App, delivery: Delivery) -> None:
    came(app, a_bounce(delivery), token(app, delivery))
    before = steps.actions(app)
    done = came(app, a_bounce(delivery), token(app, delivery), is_new=False)
    assert done.changes == ()
    assert steps.actions(app) == [*before, "mail.read"]


def test_a_lifted_suppression_is_not_put_back_by_the_same_mail(
    app: App, delivery: Delivery, clock: FakeClock
) -> None:
    came(app, a_bounce(delivery), token(app, delivery))
    with app.sessions.begin() as session:
        lifted = suppressions.suppression_of(session, delivery.address_key)
        assert lifted
        lifted.lifted_at = clock()
    again = a_bounce(delivery, status="5.1.10")
    came(app, again, token(app, delivery), is_new=False)
    assert suppression_of(app, delivery) is None


def test_another_reading_takes_back_what_it_can(app: App, delivery: Delivery) -> None:
    came(app, a_bounce(delivery), token(app, delivery))
    done = came(app, Notice(category=Category.AUTOREPLY), token(app, delivery), is_new=False)
    assert done.changes == ("the suppression that it had caused is lifted",)
    assert suppression_of(app, delivery) is None
    assert found(app).state is S.BOUNCED
    with app.sessions.read() as session:
        [suppression] = session.scalars(select(Suppression))
    assert suppression.lifted_because == "the notice is now read as autoreply"


def test_an_address_that_is_not_dead_after_all_is_written_to_again(
    app: App, delivery: Delivery
) -> None:
    came(app, a_bounce(delivery), token(app, delivery))
    came(app, a_soft_bounce(delivery), token(app, delivery), is_new=False)
    assert suppression_of(app, delivery) is None
    with app.sessions.read() as session:
        [suppression] = session.scalars(select(Suppression))
    assert suppression.lifted_because == "the notice is now read as soft bounce"


@pytest.mark.parametrize("clue", [Clue.RETURNED_MESSAGE_ID, Clue.ANSWERED, Clue.QUOTED_MESSAGE_ID])
def test_the_code_in_its_message_id_settles_that_a_server_took_it(
    app: App, delivery: Delivery, clue: Clue
) -> None:
    bring_into(app, delivery, S.IN_DOUBT)
    envelope_id = named(delivery, Clue.ENVELOPE_ID)
    clues = {**named(delivery, Clue.DELIVERY_HEADER), **envelope_id, **knows(app, delivery, clue)}
    done = came(app, Notice(category=Category.HUMAN, clues=clues))
    assert row_of(app, done).trust is Trust.PROBABLE
    assert found(app).state is S.ACCEPTED
    with app.sessions.read() as session:
        last = journal.events(session, f"delivery:{delivery.id}")[-1]
    assert last.action == "delivery.settled"
    assert last.detail.get("attempt") == "1"


@pytest.mark.parametrize("state", [S.IN_DOUBT, S.QUEUED, S.ACCEPTED, S.REFUSED])
@pytest.mark.parametrize("clue", UNPROVEN)
@pytest.mark.parametrize("category", [Category.HUMAN, Category.BOUNCE])
def test_what_a_published_pack_has_of_a_delivery_changes_nothing(
    app: App, delivery: Delivery, category: Category, clue: Clue, state: DeliveryState
) -> None:
    bring_into(app, delivery, state)
    done = came(app, Notice(category=category, clues=named(delivery, clue)))
    assert found(app).state is state
    asked = ("perhaps about a letter in doubt: confirm it if genuine",)
    assert done.changes == (asked if state is S.IN_DOUBT and row_of(app, done).clue else ())
    assert "delivery.contradicted" not in events_of(app, delivery)


@pytest.mark.parametrize("code", ["", "a" * 16, "2" * 16])
def test_a_code_that_is_made_up_settles_no_doubt(app: App, delivery: Delivery, code: str) -> None:
    bring_into(app, delivery, S.IN_DOUBT)
    clues = {Clue.ANSWERED: (f"<{delivery.id}.{code}@ombudsman.example>",)}
    came(app, Notice(category=Category.HUMAN, clues=clues))
    assert found(app).state is S.IN_DOUBT


def test_the_code_of_another_delivery_settles_no_doubt(app: App, delivery: Delivery) -> None:
    other = message_id(uuid4(), app.sender).partition(".")[2]
    bring_into(app, delivery, S.IN_DOUBT)
    clues = {Clue.ANSWERED: (f"<{delivery.id}.{other}",)}
    came(app, Notice(category=Category.HUMAN, clues=clues))
    assert found(app).state is S.IN_DOUBT


def test_a_person_settles_a_doubt_by_what_names_the_delivery_alone(
    app: App, delivery: Delivery
) -> None:
    bring_into(app, delivery, S.IN_DOUBT)
    done = came(app, Notice(category=Category.HUMAN, clues=named(delivery)))
    with app.sessions.begin() as session:
        confirm_notice(session, done.mail_id, a_word(app.clock(), "alex", because="they rang"))
    concluded(app)
    assert found(app).state is S.ACCEPTED


@pytest.mark.parametrize("is_known", [False, True])
def test_a_wrong_token_settles_no_doubt(app: App, delivery: Delivery, *, is_known: bool) -> None:
    bring_into(app, delivery, S.IN_DOUBT)
    clues = knows(app, delivery) if is_known else named(delivery)
    came(app, a_bounce(delivery, clues=clues), wrong_token(app, delivery))
    assert found(app).state is S.IN_DOUBT


def test_a_bounce_in_doubt_was_accepted_first(app: App, delivery: Delivery) -> None:
    bring_into(app, delivery, S.IN_DOUBT)
    came(app, a_bounce(delivery), token(app, delivery))
    assert found(app).state is S.BOUNCED
    assert events_of(app, delivery)[-2:] == ["delivery.settled", "delivery.bounced"]


def test_an_unverified_bounce_in_doubt_shows_no_more_than_that_it_was_accepted(
    app: App, delivery: Delivery
) -> None:
    bring_into(app, delivery, S.IN_DOUBT)
    came(app, a_bounce(delivery, clues=knows(app, delivery)))
    assert found(app).state is S.ACCEPTED
    assert suppression_of(app, delivery) is None


def test_a_bounce_waits_for_the_worker_that_has_not_recorded_the_reply(
    app: App, delivery: Delivery, clock: FakeClock
) -> None:
    bring_into(app, delivery, S.OFFERED)
    came(app, a_bounce(delivery), token(app, delivery))
    assert found(app).state is S.OFFERED
    with app.sessions.read() as session:
        assert not notices.is_due(session, now=clock())
    bring_into(app, delivery, S.ACCEPTED)
    clock.advance(seconds=10)
    concluded(app)
    assert found(app).state is S.BOUNCED


@pytest.mark.parametrize("state", [S.QUEUED, S.DEFERRED, S.REFUSED, S.CANCELLED, S.EXPIRED])
def test_what_the_record_denies_is_told_and_left(
    app: App, delivery: Delivery, state: DeliveryState
) -> None:
    bring_into(app, delivery, state)
    done = came(app, a_bounce(delivery), token(app, delivery))
    assert found(app).state is state
    assert f"the record says {state.value}, but a server took it" in done.changes
    assert "delivery.contradicted" in events_of(app, delivery)


def confirm(app: App, mail_id: UUID) -> None:
    with app.sessions.begin() as session:
        confirm_notice(session, mail_id, a_word(app.clock(), "alex", "rang up"))


def test_what_a_person_vouched_for_ends_with_that_reading(app: App, delivery: Delivery) -> None:
    done = came(app, a_bounce(delivery, clues=named(delivery)))
    confirm(app, done.mail_id)
    concluded(app)
    came(app, Notice(category=Category.HUMAN, clues=named(delivery)), is_new=False)
    row = row_of(app, done)
    assert (row.confirmed_by, row.is_believed) == (None, False)


def test_a_mail_that_comes_again_by_a_surer_way_is_believed(app: App, delivery: Delivery) -> None:
    came(app, a_bounce(delivery, clues=named(delivery)))
    with app.sessions.begin() as session:
        arrival = Arrival(source="lmtp", recipient=token(app, delivery))
        assert not messages.store(session, b"a mail", arrival, now=app.clock()).is_new
    concluded(app)
    assert found(app).state is S.BOUNCED


def test_one_who_has_left_suggests_a_contact_once(app: App, delivery: Delivery) -> None:
    done = came(app, a_departure("jo@oxo.example"), token(app, delivery))
    assert done.changes == ("it suggests a new contact: see `dispatch notice suggestions`",)
    came(app, a_departure("Jo@OXO.example"), token(app, delivery), mail=b"to the reminder")
    assert suggestions_of(app) == [("jo@oxo.example", SuggestionState.OPEN)]


@pytest.mark.parametrize("address", [CHIEF, "CHIEF.executive@oxo.example"])
def test_nobody_is_suggested_in_their_own_place(app: App, delivery: Delivery, address: str) -> None:
    came(app, a_departure(address), token(app, delivery))
    assert suggestions_of(app) == []


def test_a_wrong_token_suggests_nobody(app: App, delivery: Delivery) -> None:
    notice = a_departure("jo@oxo.example", clues=named(delivery))
    came(app, notice, wrong_token(app, delivery))
    assert suggestions_of(app) == []


def test_a_suggestion_goes_and_comes_with_the_reading(app: App, delivery: Delivery) -> None:
    for notice, state in (
        (a_departure("jo@oxo.example"), SuggestionState.OPEN),
        (Notice(category=Category.AUTOREPLY), SuggestionState.WITHDRAWN),
        (a_departure("jo@oxo.example"), SuggestionState.OPEN),
    ):
        came(app, notice, token(app, delivery), is_new=not suggestions_of(app))
        assert suggestions_of(app) == [("jo@oxo.example", state)]


def test_what_is_just_being_decided_is_not_withdrawn(app: App, delivery: Delivery) -> None:
    came(app, a_departure("jo@oxo.example"), token(app, delivery))
    with app.sessions.read() as session:
        [suggestion] = session.scalars(select(Suggestion))
    human = Notice(category=Category.HUMAN)
    reading = Thread(target=came, args=(app, human, token(app, delivery)), kwargs={"is_new": False})
    with app.sessions.begin() as session:
        decline(session, suggestion.id, a_word(app.clock(), "alex"))
        reading.start()
        sleep(0.3)  # until it waits
    reading.join()
    assert suggestions_of(app) == [("jo@oxo.example", SuggestionState.DECLINED)]


def test_a_mail_may_be_read_anew_while_it_is_concluded_from(app: App, delivery: Delivery) -> None:
    done = came(app, Notice(category=Category.HUMAN), token(app, delivery))
    departure = a_departure("jo@oxo.example")
    now, recorded = app.clock(), []
    with app.sessions.begin() as session:
        readings.read_again(session, now=now)
        claimed = readings.claim(session, now=now, lease_until=now + app.lease)
    assert claimed
    assert departure.successor

    def read() -> None:
        with app.sessions.begin() as session:
            recorded.append(readings.record(session, claimed, departure, version=2, now=now))

    reading = Thread(target=read)
    with app.sessions.begin() as session:
        notices.notice_of(session, done.mail_id)
        reading.start()
        sleep(0.3)  # until it waits
        found_again = session.get_one(Delivery, delivery.id)
        answered = Answered.of(found_again)
        suggestions.make(session, done.mail_id, answered, departure.successor, now=now)
    reading.join()
    assert recorded == [True]
    assert suggestions_of(app) == [("jo@oxo.example", SuggestionState.OPEN)]
