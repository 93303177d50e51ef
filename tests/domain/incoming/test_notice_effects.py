from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.delivery import LIFE, DeliveryState
from dispatch.domain.incoming.message import Trust
from dispatch.domain.incoming.notice_effects import (
    Lead,
    addresses_in,
    attempt_in,
    effect_on,
    is_forged,
    leads,
    others_in,
    trust_of,
    unsigned_ids,
)
from dispatch.domain.notice import Action, Category, Clue, Fate, Notice, Reason
from dispatch.domain.sending.envelope import (
    ReturnPathStyle,
    Sender,
    coded,
    envid,
    message_local_part,
    return_path,
)
from dispatch.domain.sending.envelope import signed as header_of

SENDER = Sender(
    name="Office",
    address="office@ombudsman.example",
    reply_to="",
    return_path="bounces@ombudsman.example",
    key=b"a key for tests only",
)
ONE, OTHER = uuid4(), uuid4()
CODED = coded(uuid4())
KNOWN = f"<{message_local_part(CODED, SENDER.key).upper()}@x.example>"


def signed(delivery_id: UUID, key: bytes = SENDER.key) -> str:
    return return_path(SENDER.return_path, delivery_id, key)


def a_notice(clues: dict[Clue, tuple[str, ...]], **more: object) -> Notice:
    return Notice(category=Category.BOUNCE, clues=clues, **more)  # type: ignore[arg-type]


def test_clues_are_followed_in_the_order_in_which_they_count() -> None:
    notice = a_notice(
        {
            Clue.DELIVERY_HEADER: (str(OTHER),),
            Clue.ENVELOPE_ID: (envid(OTHER, 2),),
            Clue.QUOTED_MESSAGE_ID: (f"<{OTHER}@x.example>",),
            Clue.ANSWERED: (f"<{OTHER}@x.example> <{ONE}@x.example> {KNOWN}",),
            Clue.RETURNED_MESSAGE_ID: (f"<{OTHER}@x.example>",),
            Clue.SIGNED_HEADER: (header_of(CODED, SENDER.key),),
            Clue.RETURN_PATH: (signed(OTHER),),
        }
    )
    assert list(leads(notice, [signed(ONE)], SENDER)) == [
        Lead(Clue.RETURN_PATH, ONE, proves=Trust.VERIFIED),
        Lead(Clue.RETURN_PATH, OTHER, proves=Trust.VERIFIED),
        Lead(Clue.SIGNED_HEADER, CODED, proves=Trust.VERIFIED),
        Lead(Clue.ANSWERED, CODED, proves=Trust.PROBABLE),
        Lead(Clue.RETURNED_MESSAGE_ID, OTHER),
        Lead(Clue.ANSWERED, OTHER),
        Lead(Clue.ANSWERED, ONE),
        Lead(Clue.QUOTED_MESSAGE_ID, OTHER),
        Lead(Clue.ENVELOPE_ID, OTHER, 2),
        Lead(Clue.DELIVERY_HEADER, OTHER),
    ]


def test_a_right_token_is_verified_wherever_a_wrong_one_stands_beside_it() -> None:
    wrong = signed(ONE, b"another key")
    assert not is_forged(a_notice({}), [signed(ONE)], SENDER)
    assert is_forged(a_notice({Clue.RETURN_PATH: (wrong,)}), [], SENDER)
    assert not is_forged(a_notice({Clue.RETURN_PATH: (wrong,)}), [signed(ONE)], SENDER)


def test_an_address_that_is_not_our_return_path_has_no_token_to_be_wrong() -> None:
    others = ["bounces@ombudsman.example", "jo+news@ombudsman.example", "bounces+x@other.example"]
    assert not is_forged(a_notice({}), others, SENDER)
    mangled = "Bounces+abc@OMBUDSMAN.example"
    assert is_forged(a_notice({}), [mangled], SENDER)
    assert not is_forged(a_notice({}), [mangled], replace(SENDER, style=ReturnPathStyle.PLAIN))


@given(st.binary(min_size=1).filter(lambda key: key.rstrip(b"\0") != SENDER.key))
def test_no_other_key_makes_a_token_that_is_right(key: bytes) -> None:
    assert is_forged(a_notice({}), [signed(ONE, key)], SENDER)


@given(st.dictionaries(st.sampled_from(list(Clue)), st.lists(st.text()).map(tuple)), st.text())
def test_no_clue_however_strange_is_an_error(
    clues: dict[Clue, tuple[str, ...]], recipient: str
) -> None:
    notice = a_notice(clues)
    is_forged(notice, [recipient], SENDER)
    assert all(lead.proves is Trust.UNVERIFIED for lead in leads(notice, [recipient], SENDER))
    addresses_in(notice)
    unsigned_ids(notice)


HEADER = header_of(CODED, SENDER.key)
ANOTHER = coded(uuid4())
OF_ANOTHER = f"<{message_local_part(ANOTHER, SENDER.key)}@x.example>"


@pytest.mark.parametrize(
    ("clues", "forged"),
    [
        ({Clue.SIGNED_HEADER: (HEADER,)}, False),
        ({Clue.SIGNED_HEADER: (HEADER.upper(),), Clue.ANSWERED: (KNOWN,)}, False),
        ({Clue.SIGNED_HEADER: (HEADER,), Clue.QUOTED_MESSAGE_ID: (OF_ANOTHER,)}, False),
        ({Clue.SIGNED_HEADER: (HEADER,), Clue.ANSWERED: ("<a@b.example>",)}, False),
        ({Clue.SIGNED_HEADER: (HEADER,), Clue.ANSWERED: (OF_ANOTHER,)}, True),
        ({Clue.SIGNED_HEADER: (HEADER,), Clue.RETURNED_MESSAGE_ID: (OF_ANOTHER,)}, True),
        ({Clue.SIGNED_HEADER: (HEADER, header_of(ANOTHER, SENDER.key))}, True),
        ({Clue.SIGNED_HEADER: (header_of(CODED, b"another key"),)}, True),
        ({Clue.SIGNED_HEADER: (HEADER, "mangled")}, True),
        ({Clue.SIGNED_HEADER: (HEADER.replace(str(CODED), str(ANOTHER)),)}, True),
        ({Clue.ANSWERED: (KNOWN, OF_ANOTHER)}, False),
    ],
)
def test_a_header_that_we_did_not_sign_or_that_is_anothers_is_forged(
    clues: dict[Clue, tuple[str, ...]], *, forged: bool
) -> None:
    assert is_forged(a_notice(clues), [], SENDER) is forged


@pytest.mark.parametrize(
    ("named", "trust", "others"),
    [
        (["Chief@OXO.example"], Trust.VERIFIED, []),
        ([], Trust.VERIFIED, []),
        (["jo@x.example"], Trust.PROBABLE, ["jo@x.example"]),
        (["chief@oxo.example", "Jo@x.example"], Trust.PROBABLE, []),
        (["Jo@x.example", "b@x.example"], Trust.PROBABLE, ["jo@x.example", "b@x.example"]),
    ],
)
def test_a_signed_header_proves_what_is_said_of_its_own_recipient(
    named: list[str], trust: Trust, others: list[str]
) -> None:
    notice = a_notice({}, fates=tuple(map(a_fate, named)))
    lead = Lead(Clue.SIGNED_HEADER, CODED, proves=Trust.VERIFIED)
    assert trust_of(lead, OURS, notice) is trust
    assert others_in(notice, OURS) == others
    by_path = Lead(Clue.RETURN_PATH, CODED, proves=Trust.VERIFIED)
    assert trust_of(by_path, OURS, notice) is Trust.VERIFIED


def test_ids_that_others_made_are_looked_up_and_ours_are_not() -> None:
    clues = {
        Clue.ANSWERED: ("<a@b.example>", KNOWN, "<c@d.example>"),
        Clue.QUOTED_MESSAGE_ID: ("<a@b.example>",),
        Clue.RETURNED_MESSAGE_ID: (f"<{ONE}@x.example>",),
    }
    assert unsigned_ids(a_notice(clues)) == ["<a@b.example>", "<c@d.example>"]


def test_the_try_is_known_where_the_envelope_id_tells() -> None:
    notice = a_notice({Clue.ENVELOPE_ID: (envid(OTHER, 3), envid(ONE, 2), "x")})
    assert attempt_in(notice, ONE) == 2
    assert attempt_in(notice, uuid4()) is None


def test_whom_a_notice_speaks_of_is_each_address_once() -> None:
    fate = Fate(address="Jo@OXO.example", action=Action.FAILED)
    notice = a_notice({Clue.RECIPIENT: ("jo@oxo.example",)}, fates=(fate,), about=("a@b.test", "x"))
    assert addresses_in(notice) == ["jo@oxo.example", "a@b.test"]


OURS = "Chief@OXO.example"


def a_report(*fates: Fate, category: Category = Category.BOUNCE) -> Notice:
    return Notice(category=category, fates=fates)


def a_fate(
    address: str = "chief@oxo.example", action: Action = Action.FAILED, **more: bool
) -> Fate:
    return Fate(address=address, action=action, **more)  # type: ignore[arg-type]


def test_our_own_address_counts_among_many_and_its_worst_fate_holds() -> None:
    delayed, failed = a_fate(action=Action.DELAYED), a_fate()
    said = effect_on(OURS, a_report(a_fate("a@b.example"), delayed, failed))
    assert said
    assert (said.fate, said.is_own_address) == (failed, True)


def test_one_other_address_is_ours_by_another_name() -> None:
    said = effect_on(OURS, a_report(a_fate("a@b.example"), a_fate("A@b.example")))
    assert said
    assert not said.is_own_address
    assert not said.counts_against_address


def test_several_others_are_not_ours() -> None:
    assert effect_on(OURS, a_report(a_fate("a@b.example"), a_fate("c@d.example"))) is None


@pytest.mark.parametrize(
    ("category", "action"),
    [(Category.BOUNCE, Action.FAILED), (Category.DELAYED, Action.DELAYED)],
)
def test_a_report_without_names_is_about_the_one_recipient(
    category: Category, action: Action
) -> None:
    said = effect_on(OURS, a_report(category=category))
    assert said
    assert (said.fate.action, said.fate.is_hard) == (action, False)


@pytest.mark.parametrize(
    "category", [each for each in Category if each not in {Category.BOUNCE, Category.DELAYED}]
)
def test_nothing_else_says_anything_without_names(category: Category) -> None:
    assert effect_on(OURS, a_report(category=category)) is None


def test_only_a_report_tells_a_fate() -> None:
    assert effect_on(OURS, a_report(a_fate(), category=Category.AUTOREPLY)) is None


def test_what_is_held_against_us_does_not_count_against_the_address() -> None:
    for fate in (a_fate(is_about_us=True), a_fate(action=Action.DELAYED)):
        said = effect_on(OURS, a_report(fate))
        assert said
        assert not said.counts_against_address
    said = effect_on(
        OURS, a_report(Fate(address=OURS, action=Action.FAILED, reason=Reason.DISABLED))
    )
    assert said
    assert said.counts_against_address


@pytest.mark.parametrize("state", list(DeliveryState))
@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("address", [OURS, "else@where.example"])
def test_a_notice_moves_a_delivery_only_where_the_table_allows_and_never_back(
    state: DeliveryState, action: Action, address: str
) -> None:
    said = effect_on(OURS, a_report(a_fate(address, action)))
    assert said
    to = said.leads_to(state)
    if to is not None:
        assert to in LIFE.moves[state]
        assert to in {DeliveryState.DELIVERED, DeliveryState.BOUNCED}
        assert state is not DeliveryState.BOUNCED
