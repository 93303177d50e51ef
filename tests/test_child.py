from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from dispatch.child import LENGTH_BYTES, MEBIBYTE, Child, Failed, serve

SECONDS = 600.0


def words(question: bytes, *more: str) -> Iterator[object]:
    """Yield the words of a question, and do what the first one says."""
    match question.split():
        case [b"sleep", *_]:
            time.sleep(3600)
        case [b"eat", *_]:
            bytearray(8 * 1024 * MEBIBYTE)
        case [b"fail", *_]:
            raise ValueError("of no use")
    yield from (word.decode() for word in question.split())
    yield from more


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child finds this module from the folder that the tests run in."""
    monkeypatch.chdir(Path(__file__).parents[1])


def child(*arguments: str, seconds: float = SECONDS, largest: int = MEBIBYTE) -> Child:
    return Child(f"{__name__}:words", *arguments, seconds=seconds, largest_answer=largest)


def test_questions_are_answered_one_after_the_other() -> None:
    with child("and", "more") as asked:
        assert asked.ask(b"one two") == ["one", "two", "and", "more"]
        assert asked.ask(b"") == ["and", "more"]


@pytest.mark.parametrize("question", [b"eat", b"fail"])
def test_a_question_that_ends_its_child_is_not_answered_and_the_next_one_is(
    question: bytes,
) -> None:
    with child() as asked:
        assert asked.ask(question) == Failed(is_late=False)
        assert asked.ask(b"go on") == ["go", "on"]


def test_a_question_that_takes_too_long_is_given_up() -> None:
    with child(seconds=1) as asked:
        assert asked.ask(b"sleep") == Failed(is_late=True)


def test_an_answer_that_is_too_large_is_not_read() -> None:
    with child(largest=20) as asked:
        assert asked.ask(b"a word or two, or three, or four") == Failed(is_late=False)
        assert asked.ask(b"a word") == ["a", "word"]


def test_an_answer_is_a_line_of_json_for_each_value_and_an_empty_line() -> None:
    questions = [b"one two", b""]
    inp = BytesIO(b"".join(len(each).to_bytes(LENGTH_BYTES) + each for each in questions))
    out = BytesIO()
    serve(words, (), 3600, inp, out)
    assert out.getvalue() == b'"one"\n"two"\n\n\n'
