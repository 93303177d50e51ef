from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dispatch.domain.letter import Draft
from dispatch.domain.letters.approval import CoveredLetter, approval_digest, changes
from dispatch.domain.letters.drafting import draw_up
from tests.domain.letters.test_drafting import known
from tests.factories import a_contact, a_plan, an_authority, some_figures

TEMPLATE = "digest of the template"


def made(*drafts: Draft) -> dict[str, tuple[Draft, str]]:
    return {each.content.authority.code: (each, each.fingerprint(TEMPLATE)) for each in drafts}


def a_draft(code: str = "OXO") -> Draft:
    return draw_up(a_plan(), known(an_authority(code))).drafts[0]


def test_letters_that_are_as_they_were_made_have_no_changes() -> None:
    assert (
        changes(made(a_draft("OXO"), a_draft("ADU")), [a_draft("ADU"), a_draft("OXO")], TEMPLATE)
        == []
    )


def test_another_template_changes_every_letter() -> None:
    assert changes(made(a_draft()), [a_draft()], "another") == ["OXO: template changed"]


def test_a_new_chief_executive_changes_addressee_and_recipients() -> None:
    contacts = [
        a_contact(surname="Okoro", address="new@oxo.example"),
        a_contact(role="link officer"),
    ]
    [new] = draw_up(a_plan(), known(an_authority(), contacts=contacts)).drafts
    assert changes(made(a_draft()), [new], TEMPLATE) == ["OXO: addressee and recipients changed"]


def test_a_corrected_figure_is_said_to_be_one() -> None:
    [new] = draw_up(a_plan(), known(an_authority(), figures=[some_figures(upheld=3)])).drafts
    assert changes(made(a_draft()), [new], TEMPLATE) == ["OXO: figures changed"]


def test_a_change_of_plan_is_said_to_be_one() -> None:
    [new] = draw_up(a_plan(title="Annual letter"), known(an_authority())).drafts
    assert changes(made(a_draft()), [new], TEMPLATE) == ["OXO: plan changed"]


def test_letters_that_come_and_go_are_named() -> None:
    assert changes(made(a_draft("ADU")), [a_draft("OXO")], TEMPLATE) == [
        "OXO: its letter is due and has not been made",
        "ADU: its letter is no longer due",
    ]


LETTER = CoveredLetter("OXO", 1, "fingerprint", "digest", a_draft().recipients)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(LETTER, letter_digest="other"), id="bytes"),
        pytest.param(replace(LETTER, recipients=LETTER.recipients[:1]), id="recipients"),
        pytest.param(replace(LETTER, version=2), id="version"),
        pytest.param(replace(LETTER, authority="ADU"), id="authority"),
    ],
)
def test_approval_covers_bytes_and_recipients(other: CoveredLetter) -> None:
    assert approval_digest(a_plan(), [LETTER]) != approval_digest(a_plan(), [other])


@pytest.mark.parametrize("field", ["not_after", "upload_date", "letter_date"])
def test_approval_covers_the_dates(field: str) -> None:
    later = {
        "not_after": datetime(2020, 7, 29, tzinfo=UTC),
        "upload_date": a_plan().upload_date.replace(day=30),
        "letter_date": a_plan().letter_date.replace(day=23),
    }
    changed = a_plan(**{field: later[field]})
    assert approval_digest(changed, [LETTER]) != approval_digest(a_plan(), [LETTER])


def test_the_order_of_the_letters_makes_no_difference() -> None:
    other = replace(LETTER, authority="ADU")
    assert approval_digest(a_plan(), [LETTER, other]) == approval_digest(a_plan(), [other, LETTER])
