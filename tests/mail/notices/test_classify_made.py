"""A sample of the messages that `benchmarks.notices_made` makes; all of them are measured there."""

from __future__ import annotations

from benchmarks.notices_made import made
from benchmarks.notices_made.mail import Made
from dispatch.mail import notices


def misread(messages: list[Made]) -> list[str]:
    said = ((each, made.wrong(each, notices.read(each.content))) for each in messages)
    return [f"{each.name}: {trouble}" for each, trouble in said if trouble]


def test_a_machine_of_each_product_and_language_is_read_right() -> None:
    messages = list(made.machines(seed=7, book=0, share=5))
    assert len(messages) > 90
    assert misread(messages) == []


def test_no_letter_of_a_person_is_taken_for_a_machines() -> None:
    messages = list(made.people(seed=7, book=0, count=50))
    assert misread(messages) == []


def test_a_set_is_the_same_each_time() -> None:
    assert list(made.people(3, 0, 5)) == list(made.people(3, 0, 5))
    assert list(made.people(3, 0, 5)) != list(made.people(3, 1, 5))
