"""A sample of the messages that `benchmarks.notices_made` makes; all of them are measured there."""

from __future__ import annotations

from benchmarks.notices_made import made
from benchmarks.notices_made.mail import Made
from dispatch.mail import notices


def misread(messages: list[Made]) -> list[str]:
    said = ((each, made.wrong(each, notices.read(each.content))) for each in messages)
    return [f"{each.name}: {trouble}" for each, trouble in said if trouble]


def test_a_machine_of_each_product_and_language_is_read_right() -> None:
    messages = [each for book in (0, 1) for each in made.machines(7, book, share=10)]
    assert len(messages) > 90
    assert misread(messages) == []


def test_no_letter_of_a_person_is_taken_for_a_machines() -> None:
    messages = [each for book in (0, 1) for each in made.people(7, book, count=30)]
    assert misread(messages) == []


def test_a_set_is_the_same_each_time() -> None:
    assert list(made.people(3, 0, 5)) == list(made.people(3, 0, 5))
    assert list(made.people(3, 0, 5)) != list(made.people(3, 1, 5))
