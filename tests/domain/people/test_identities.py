from __future__ import annotations

from itertools import product
from uuid import UUID

import pytest

from dispatch.domain.errors import NotFound
from dispatch.domain.people.account import Account, AccountRole
from dispatch.domain.people.identities import Identities


def account(name: str, *others: str, is_ended: bool = False) -> Account:
    id_ = UUID(int=sum(name.encode()))
    role = AccountRole.EDITOR
    return Account(id=id_, name=name, role=role, other_names=others, is_ended=is_ended)


ALEX = account("Alex Morgan", "alex", "amorgan", "root")
SAM = account("Sam Priestley", "sam", "spriestley")
LEFT = account("Old Alex", "alex", is_ended=True)
PEOPLE = Identities((ALEX, SAM, LEFT))

OF_ALEX = ("Alex Morgan", "alex", "amorgan", "root", "ROOT", "Al\u00e9x Morgan", "Old Alex")
OF_SAM = ("Sam Priestley", "sam", "spriestley", "SAM")
STRANGERS = ("kim", "Priya Shah")


@pytest.mark.parametrize(("one", "other"), [*product(OF_ALEX + OF_SAM + STRANGERS, repeat=2)])
def test_every_name_of_a_person_is_the_same_as_every_other(one: str, other: str) -> None:
    sides = (OF_ALEX, OF_SAM, *((each,) for each in STRANGERS))
    expected = any(one in side and other in side for side in sides)
    assert PEOPLE.same(one, other) is expected


def test_without_accounts_only_names_that_look_alike_are_the_same() -> None:
    nobody = Identities()
    assert nobody.same("Alex", "ALEX")
    assert not nobody.same("root", "Alex Morgan")
    assert nobody.who("anybody at all", is_user=False) == "anybody at all"


@pytest.mark.parametrize("name", ["Alex Morgan", "alex", "ALEX", "alex  morgan", "root"])
def test_a_person_has_one_name_in_all_records(name: str) -> None:
    assert PEOPLE.who(name, is_user=False) == "Alex Morgan"


@pytest.mark.parametrize(
    ("is_user", "words"),
    [
        (True, "kim, who is at the keyboard, is in nobody's account"),
        (False, "nobody has an account under the name kim"),
    ],
)
def test_somebody_without_an_account_is_told_so(is_user: bool, words: str) -> None:
    with pytest.raises(NotFound, match=words):
        PEOPLE.who("kim", is_user=is_user)


def test_a_name_that_only_looks_like_one_of_an_account_is_not_taken_for_it() -> None:
    with pytest.raises(NotFound):
        PEOPLE.who("Al\u00e9x Morgan", is_user=False)


def test_who_has_left_signs_nothing_more() -> None:
    with pytest.raises(NotFound):
        PEOPLE.who("Old Alex", is_user=False)


def test_once_everybody_has_left_any_name_will_do_again() -> None:
    assert Identities((LEFT,)).who("kim", is_user=True) == "kim"
