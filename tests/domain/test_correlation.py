from __future__ import annotations

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.correlation import Lead, attempt_in, leads, spoken_of, trust_in
from dispatch.domain.envelope import Sender, envid, return_path
from dispatch.domain.incoming import Trust
from dispatch.domain.notice import Action, Category, Clue, Fate, Notice

SENDER = Sender(
    name="Office",
    address="office@ombudsman.example",
    reply_to="",
    return_path="bounces@ombudsman.example",
    key=b"a key for tests only",
)
ONE, OTHER = uuid4(), uuid4()


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
            Clue.ANSWERED: (f"<{OTHER}@x.example> <{ONE}@x.example>",),
            Clue.RETURNED_MESSAGE_ID: (f"<{OTHER}@x.example>",),
            Clue.RETURN_PATH: (signed(OTHER),),
        }
    )
    assert list(leads(notice, [signed(ONE)], SENDER)) == [
        Lead(Clue.RETURN_PATH, ONE),
        Lead(Clue.RETURN_PATH, OTHER),
        Lead(Clue.RETURNED_MESSAGE_ID, OTHER),
        Lead(Clue.ANSWERED, OTHER),
        Lead(Clue.ANSWERED, ONE),
        Lead(Clue.QUOTED_MESSAGE_ID, OTHER),
        Lead(Clue.ENVELOPE_ID, OTHER, 2),
        Lead(Clue.DELIVERY_HEADER, OTHER),
    ]


def test_a_right_token_is_verified_wherever_a_wrong_one_stands_beside_it() -> None:
    wrong = signed(ONE, b"another key")
    assert trust_in(a_notice({}), [signed(ONE)], SENDER) is Trust.VERIFIED
    assert trust_in(a_notice({Clue.RETURN_PATH: (wrong,)}), [], SENDER) is Trust.WRONG_TOKEN
    assert trust_in(a_notice({Clue.RETURN_PATH: (wrong,)}), [signed(ONE)], SENDER) is Trust.VERIFIED


def test_an_address_that_is_not_our_return_path_has_no_token_to_be_wrong() -> None:
    others = ["bounces@ombudsman.example", "jo+news@ombudsman.example", "bounces+x@other.example"]
    assert trust_in(a_notice({}), others, SENDER) is Trust.UNVERIFIED
    mangled = "Bounces+abc@OMBUDSMAN.example"
    assert trust_in(a_notice({}), [mangled], SENDER) is Trust.WRONG_TOKEN


@given(st.binary(min_size=1).filter(lambda key: key.rstrip(b"\0") != SENDER.key))
def test_no_other_key_makes_a_token_that_is_right(key: bytes) -> None:
    assert trust_in(a_notice({}), [signed(ONE, key)], SENDER) is Trust.WRONG_TOKEN


@given(st.dictionaries(st.sampled_from(list(Clue)), st.lists(st.text()).map(tuple)), st.text())
def test_no_clue_however_strange_is_an_error(
    clues: dict[Clue, tuple[str, ...]], recipient: str
) -> None:
    notice = a_notice(clues)
    assert trust_in(notice, [recipient], SENDER) is not Trust.VERIFIED
    assert all(lead.clue is not Clue.RETURN_PATH for lead in leads(notice, [recipient], SENDER))
    spoken_of(notice)


def test_the_try_is_known_where_the_envelope_id_tells() -> None:
    notice = a_notice({Clue.ENVELOPE_ID: (envid(OTHER, 3), envid(ONE, 2), "x")})
    assert attempt_in(notice, ONE) == 2
    assert attempt_in(notice, uuid4()) is None


def test_whom_a_notice_speaks_of_is_each_address_once() -> None:
    fate = Fate(address="Jo@OXO.example", action=Action.FAILED)
    notice = a_notice({Clue.RECIPIENT: ("jo@oxo.example",)}, fates=(fate,), about=("a@b.test", "x"))
    assert spoken_of(notice) == ["jo@oxo.example", "a@b.test"]
