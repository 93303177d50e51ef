from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from dispatch.domain.digest import digest, plain
from dispatch.domain.letter import Draft
from dispatch.domain.letters.approval import (
    Flat,
    Leaf,
    Terms,
    changes,
    covering,
    flat_digest,
    recipients_digest,
)
from dispatch.domain.letters.drafting import draw_up
from tests.domain.letters.test_drafting import known
from tests.factories import a_contact, a_plan, an_authority, some_figures

TEMPLATE = "digest of the template"


def changed(made: list[Draft], now: list[Draft], template: str = TEMPLATE) -> list[str]:
    """Return what changed since letters were made, by what they would be made from now."""
    by_code = {each.content.authority.code: each for each in made}
    fingerprints = {code: each.fingerprint(TEMPLATE) for code, each in by_code.items()}

    def made_from(codes: Collection[str]) -> dict[str, Draft]:
        return {code: by_code[code] for code in codes}

    return list(changes(fingerprints, now, template, made_from))


def a_draft(code: str = "OXO") -> Draft:
    return draw_up(a_plan(), known(an_authority(code))).drafts[0]


def test_letters_that_are_as_they_were_made_have_no_changes() -> None:
    assert changed([a_draft("OXO"), a_draft("ADU")], [a_draft("ADU"), a_draft("OXO")]) == []


def test_another_template_changes_every_letter() -> None:
    assert changed([a_draft()], [a_draft()], "another") == ["OXO: template changed"]


def test_a_new_chief_executive_changes_addressee_and_recipients() -> None:
    contacts = [
        a_contact(surname="Okoro", address="new@oxo.example"),
        a_contact(role="link officer"),
    ]
    [new] = draw_up(a_plan(), known(an_authority(), contacts=contacts)).drafts
    assert changed([a_draft()], [new]) == ["OXO: addressee and recipients changed"]


def test_a_corrected_figure_is_said_to_be_one() -> None:
    [new] = draw_up(a_plan(), known(an_authority(), figures=[some_figures(upheld=3)])).drafts
    assert changed([a_draft()], [new]) == ["OXO: figures changed"]


def test_a_change_of_plan_is_said_to_be_one() -> None:
    [new] = draw_up(a_plan(title="Annual letter"), known(an_authority())).drafts
    assert changed([a_draft()], [new]) == ["OXO: plan changed"]


def test_letters_that_come_and_go_are_named() -> None:
    assert changed([a_draft("ADU")], [a_draft("OXO")]) == [
        "OXO: its letter is due and has not been made",
        "ADU: its letter is no longer due",
    ]


LETTERS = [
    Leaf(code, 1, f"digest of {code}", recipients_digest(a_draft().recipients, "salt"))
    for code in ("OXO", "ADU", "WOT")
]
COVERED = covering(a_plan(), LETTERS)


def test_a_leaf_is_spelled_as_a_verifier_does() -> None:
    assert Leaf("OXO", 2, "1234", "abcd").text == (
        b'{"authority":"OXO","letter":"1234","recipients":"abcd","version":2}'
    )


def test_the_digest_is_over_what_the_event_says() -> None:
    details = COVERED.terms.details
    assert Terms.of(details) == COVERED.terms
    assert details.pop("digest") == digest(details)
    assert details.keys() == {"plan", "release_at", "letters", "root"}
    assert Terms.of({"digest": "of an approval before there was a tree"}) is None


def test_each_letter_is_proven_by_its_leaf_and_path() -> None:
    assert [proof.leaf for proof in COVERED.proofs] == LETTERS
    assert all(map(COVERED.terms.covers, COVERED.proofs))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(LETTERS[0], letter="other"), id="bytes"),
        pytest.param(replace(LETTERS[0], letter=LETTERS[1].letter), id="bytes of another letter"),
        pytest.param(replace(LETTERS[0], recipients="other"), id="recipients"),
        pytest.param(replace(LETTERS[0], version=2), id="version"),
        pytest.param(replace(LETTERS[0], authority="ADU"), id="authority"),
    ],
)
def test_approval_covers_bytes_and_recipients(other: Leaf) -> None:
    proof = replace(COVERED.proofs[0], leaf=other)
    assert not COVERED.terms.covers(proof)
    assert covering(a_plan(), [other, *LETTERS[1:]]).terms.digest != COVERED.terms.digest


@pytest.mark.parametrize(
    "change",
    [{"index": 0}, {"index": 3}, {"path": ()}, {"path": (b"", b"", b"")}],
    ids=["another leaf's number", "no leaf's number", "no path", "too long a path"],
)
def test_a_proof_that_is_not_that_of_its_leaf_proves_nothing(change: dict[str, Any]) -> None:
    assert not COVERED.terms.covers(replace(COVERED.proofs[0], **change))


def test_a_number_of_letters_that_is_not_one_proves_nothing() -> None:
    assert not replace(COVERED.terms, letters="some").covers(COVERED.proofs[0])


def test_recipients_cannot_be_guessed_without_the_salt() -> None:
    recipients = a_draft().recipients
    assert recipients_digest(recipients, "salt") != recipients_digest(recipients, "another")
    assert recipients_digest(plain(recipients), "salt") == recipients_digest(recipients, "salt")
    assert recipients_digest(recipients[:1], "salt") != recipients_digest(recipients, "salt")


@pytest.mark.parametrize("field", ["not_after", "upload_date", "letter_date"])
def test_approval_covers_the_dates(field: str) -> None:
    later = {
        "not_after": datetime(2020, 7, 29, tzinfo=UTC),
        "upload_date": a_plan().upload_date.replace(day=30),
        "letter_date": a_plan().letter_date.replace(day=23),
    }
    changed = a_plan(**{field: later[field]})
    assert covering(changed, LETTERS).terms.digest != COVERED.terms.digest


def test_the_order_of_the_letters_makes_no_difference() -> None:
    assert covering(a_plan(), LETTERS[::-1]).terms == COVERED.terms


def test_an_approval_before_there_was_a_tree_has_the_digest_that_it_had() -> None:
    letters = [Flat(each, 1, "fingerprint", "digest", a_draft().recipients) for each in ("B", "A")]
    assert flat_digest(a_plan(), letters) == flat_digest(a_plan(), letters[::-1])
    plan = a_plan()
    spelled = [plain(each) for each in letters[::-1]]
    assert flat_digest(plan, letters) == digest([plan, plan.release_at, spelled])
