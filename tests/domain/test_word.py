from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import pytest

from dispatch.domain.errors import RuleBroken
from dispatch.domain.person import named
from dispatch.domain.proof.ledger import CLOCK, SERVICE, WEB, WORKER
from dispatch.domain.word import Word

AT = datetime(2020, 7, 22, 8, tzinfo=UTC)
WORD = Word(person="alex", keyboard="sam", because="they rang", at=AT)

NOT_PEOPLE = ["", " \t", "worker", "CLOCK", "wor ker", "\uff57orker"]


def test_names_and_reason_are_kept_on_one_line_with_single_spaces() -> None:
    word = Word(person="  Alex \n Okoro ", keyboard="sam\t", because=" they\n  rang ", at=AT)
    assert (word.person, word.keyboard, word.because) == ("Alex Okoro", "sam", "they rang")
    assert replace(word, because="a\nb").because == "a b"


def test_a_name_is_recorded_on_one_line_with_single_spaces() -> None:
    assert named("  Alex \n Okoro ") == "Alex Okoro"


@pytest.mark.parametrize("name", NOT_PEOPLE)
def test_nobody_and_the_service_itself_are_no_persons(name: str) -> None:
    with pytest.raises(RuleBroken, match="is not the name of a person"):
        named(name)
    with pytest.raises(RuleBroken, match="is not the name of a person"):
        Word(person=name, keyboard="sam", at=AT)


@pytest.mark.parametrize("name", NOT_PEOPLE)
def test_nor_can_they_be_at_the_keyboard(name: str) -> None:
    with pytest.raises(RuleBroken, match="is not the name of a person"):
        Word(person="alex", keyboard=name, at=AT)


def test_a_person_does_nothing_without_a_keyboard() -> None:
    with pytest.raises(RuleBroken, match="is not the name of a person"):
        Word(person="alex", keyboard=None, at=AT)


@pytest.mark.parametrize("actor", sorted(SERVICE))
def test_the_service_acts_by_itself(actor: str) -> None:
    word = Word(person=actor, keyboard=None, because="250 2.0.0 queued", at=AT)
    assert word.keyboard is None
    assert word.person == actor
    assert word.detail("because") == {"because": "250 2.0.0 queued"}
    assert word.detail() == {}


def test_the_names_of_the_service_are_those_of_its_events() -> None:
    assert {WORKER, CLOCK, WEB} == SERVICE


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Word(person="alex", keyboard="sam", at=datetime(2020, 7, 22, 8))  # noqa: DTZ001 - the point


@pytest.mark.parametrize("because", ["", " \n "])
def test_an_act_that_needs_a_reason_is_refused_without_one(because: str) -> None:
    with pytest.raises(RuleBroken, match="give a reason"):
        replace(WORD, because=because).needed_reason()
    assert WORD.needed_reason() == "they rang"


def test_an_event_carries_who_was_at_the_keyboard_and_why() -> None:
    assert WORD.keyboard is not None
    assert WORD.detail() == {"at_keyboard": "sam"}
    assert WORD.detail("because") == {"because": "they rang", "at_keyboard": "sam"}
    assert list(WORD.detail("why")) == ["why", "at_keyboard"]
    assert replace(WORD, because="", keyboard="alex").detail("because") == {
        "because": "",
        "at_keyboard": "alex",
    }


def test_a_word_is_kept_as_it_was_given() -> None:
    with pytest.raises(FrozenInstanceError):
        WORD.person = "kim"  # type: ignore[misc]
