from __future__ import annotations

import pytest

from dispatch.mail.notices.autoreplies.successors import successor

JO = "jo.bloggs@oxo.example"


def named(text: str) -> tuple[str, str] | None:
    found = successor(text, sender=JO, ours=["letters@ombudsman.example"])
    return (found.address, found.name) if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "I no longer work for Oxo Council. Please contact Jane Smith, jane.smith@oxo.example.",
            ("jane.smith@oxo.example", "Jane Smith"),
        ),
        (
            "I have left. Write to the chief, Dr Amara O\u2019Neill-Smith (amara@oxo.example).",
            ("amara@oxo.example", "Dr Amara O\u2019Neill-Smith"),
        ),
        (
            "Tom Jones has retired. His successor is Mary-Anne van der Berg. Email: ma@oxo.example",
            ("ma@oxo.example", "Mary-Anne van der Berg"),
        ),
        (
            "Jo has left. For the Chief Executive please write to ce@oxo.example.",
            ("ce@oxo.example", ""),
        ),
        (
            "I have retired. Sam Jones is the Interim Chief Executive: write to s@oxo.example.",
            ("s@oxo.example", "Sam Jones"),
        ),
        (
            "I am leaving in May. Then write to my interim successor, Ann Blythe, a@oxo.example.",
            ("a@oxo.example", "Ann Blythe"),
        ),
        (
            "Jo has moved on. Please forward this to our new chief: Peter Kane <p@oxo.example>",
            ("p@oxo.example", "Peter Kane"),
        ),
        (
            "The post has been taken up by Dr Helen O'Neill; her email is h@oxo.example.",
            ("h@oxo.example", "Dr Helen O'Neill"),
        ),
        (
            "Nid yw Jo yn gweithio yma. Anfonwch eich neges at prif@oxo.example.",
            ("prif@oxo.example", ""),
        ),
        (
            "Jo stood down. The interim chief is Al Roe (a@oxo.example).",
            ("a@oxo.example", "Al Roe"),
        ),
        ("Defnyddiwch y cyfeiriad newydd: n@oxo.example.", ("n@oxo.example", "")),
        ("Jo left. His duties pass to Ian Moss, i@oxo.example.", ("i@oxo.example", "Ian Moss")),
        ("As of May c@oxo.example takes the place of this address.", ("c@oxo.example", "")),
        (
            "Contact the new Chief Executive Priya Patel at p@oxo.example, or if urgent call 1.",
            ("p@oxo.example", "Priya Patel"),
        ),
    ],
)
def test_the_successor_has_an_address_and_a_name_if_one_is_told(
    text: str, expected: tuple[str, str]
) -> None:
    assert named(text) == expected


def test_the_sentence_is_kept_word_for_word() -> None:
    found = successor("I have left.\nPlease contact\n Jane: j@oxo.example. Bye.", sender=JO)
    assert found is not None
    assert found.sentence == "Please contact Jane: j@oxo.example."


def test_the_same_organisation_comes_first() -> None:
    text = "I have left. Contact j@elsewhere.example or contact k@planning.oxo.example."
    assert named(text) == ("k@planning.oxo.example", "")
    assert named("I have left. Contact j@elsewhere.example.") == ("j@elsewhere.example", "")


@pytest.mark.parametrize(
    "text",
    [
        "I am on annual leave. Please contact jane@oxo.example.",
        "I have left the office and am back on Monday. Contact jane@oxo.example.",
        "I have left. If your query is urgent please contact jane@oxo.example.",
        "The inbox jane@oxo.example is no longer in use. Please contact someone else.",
        "I have left. My address was jo.bloggs@oxo.example; please do not contact it.",
        "You wrote to letters@ombudsman.example; please contact us.",
        "I have left. Please contact Jane Smith.",
    ],
    ids=["leave", "back", "urgent", "closed", "their own", "ours", "no address"],
)
def test_mere_absence_and_addresses_that_lead_nowhere_suggest_nobody(text: str) -> None:
    assert named(text) is None
