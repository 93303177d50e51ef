from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from dispatch.child import ENVIRONMENT, LENGTH_BYTES, MEBIBYTE, Child, Failed, serve

pytestmark = pytest.mark.heavy

SECONDS = 600.0

EVALUATE = "builtins:eval"
"""A function that a child can import, and that does what the question says."""

SLEEP = b"__import__('time').sleep(3600)"
EAT = b"[bytearray(8 << 30)]"
FAIL = b"1 / 0"
EXIT = b"__import__('os')._exit(3)"


def child(
    function: str = EVALUATE,
    *arguments: str,
    seconds: float = SECONDS,
    largest: int = MEBIBYTE,
) -> Child:
    return Child(function, *arguments, seconds=seconds, largest_answer=largest)


def test_questions_are_answered_one_after_the_other() -> None:
    with child("itertools:chain", "and", "more") as asked:
        assert asked.ask(b"!") == [33, *"andmore"]
        assert asked.ask(b"") == [*"andmore"]


@pytest.mark.parametrize("question", [EAT, FAIL, EXIT])
def test_a_question_that_ends_its_child_is_not_answered_and_the_next_one_is(
    question: bytes,
) -> None:
    with child() as asked:
        assert asked.ask(question) == Failed(is_late=False)
        assert asked.ask(b"['go', 'on']") == ["go", "on"]


def test_the_next_question_is_taken_while_the_child_answers_the_one_before() -> None:
    order: list[str] = []

    def questions() -> Iterator[bytes]:
        for each in "abc":
            order.append(f"{each}?")
            yield f"['{each}']".encode()

    with child() as asked:
        for answer in asked.ask_all(questions()):
            assert isinstance(answer, list)
            order.append(f"{answer[0]}!")
    assert order == ["a?", "b?", "a!", "c?", "b!", "c!"]


def test_a_question_that_ends_the_child_costs_no_other_its_answer() -> None:
    with child() as asked:
        assert [*asked.ask_all([b"['a']", EXIT, b"['b']"])] == [["a"], Failed(is_late=False), ["b"]]


def test_an_answer_that_nobody_waits_for_is_not_taken_for_that_of_the_next_question() -> None:
    with child() as asked:
        answers = asked.ask_all(iter([b"['a']", b"['b']", b"['c']"]))
        assert next(answers) == ["a"]
        answers.close()
        assert asked.ask(b"['d']") == ["d"]


def test_a_child_that_nobody_closes_ends_with_those_who_know_it() -> None:
    asked = child()
    said = asked.ask(b"[__import__('os').getpid()]")
    assert isinstance(said, list)
    del asked
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(said[0], 0)


def test_a_question_that_takes_too_long_is_given_up() -> None:
    with child(seconds=1) as asked:
        assert asked.ask(SLEEP) == Failed(is_late=True)


def test_an_answer_that_is_too_large_is_not_read() -> None:
    with child(largest=20) as asked:
        assert asked.ask(b"['a word or two, or three, or four']") == Failed(is_late=False)
        assert asked.ask(b"['a word']") == ["a word"]


def test_bytes_come_as_they_are_and_in_their_place() -> None:
    with child() as asked:
        assert asked.ask(rb"['a', b'\n\n=3\n', b'', 'b']") == ["a", b"\n\n=3\n", b"", "b"]


def test_bytes_that_are_too_many_are_not_read() -> None:
    with child(largest=20) as asked:
        assert asked.ask(b"[b'x' * 20]") == Failed(is_late=False)


def test_a_child_imports_nothing_from_the_folder_that_a_person_works_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("zipfile", "sitecustomize", "json"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with child() as asked:
        found = asked.ask(b"[__import__('zipfile').__file__]")
        assert isinstance(found, list)
        assert not Path(found[0]).is_relative_to(tmp_path)


def test_a_child_sees_no_secret_and_works_in_no_folder_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DISPATCH_SECRET_KEY", "k" * 40)
    with child() as asked:
        assert asked.ask(b"[dict(__import__('os').environ)]") == [ENVIRONMENT]
        assert asked.ask(b"[__import__('os').getcwd()]") == [os.sep]


def test_an_answer_is_a_line_of_json_for_each_value_and_an_empty_line() -> None:
    questions = [b"one", b""]
    inp = BytesIO(b"".join(len(each).to_bytes(LENGTH_BYTES) + each for each in questions))
    out = BytesIO()
    serve(lambda question: [question.decode()], (), 3600, inp, out)
    assert out.getvalue() == b'"one"\n\n""\n\n'
