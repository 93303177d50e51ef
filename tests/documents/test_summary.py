from __future__ import annotations

import io
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from dispatch.documents.check import conformance
from dispatch.documents.summary import Summary
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.errors import CannotRender
from dispatch.domain.posting.posting import PostingState
from tests.conftest import ROOT

pytestmark = pytest.mark.heavy

FOLDER = ROOT / "templates" / "evidence"


def values(**changes: Any) -> dict[str, Any]:
    delivery = {
        "name": "Ms Adeyemi",
        "role": "chief executive",
        "address": "chief.executive@oxo.example",
        "version": "1",
        "state": "accepted",
        "lines": ["Wed 22 July 2020 09:00 BST: mail.test:25: 250 2.0.0 queued"],
    }
    letter = {
        "version": "1",
        "made": "Mon 20 July 2020 10:00 BST",
        "approved_by": "alex",
        "in_both": "",
        "approved": "Mon 20 July 2020 10:00 BST",
    }
    return {
        "authority": "Oxford City Council",
        "title": "Annual Review letter 2020",
        "office": "Office of the Ombudsman",
        "letters": [letter],
        "deliveries": [delivery | changes],
        "postings": [],
        "signed": "Wed 22 July 2020 10:00 BST",
        "entries": "46",
        "told": "27",
        "key": "862e12ff",
        "is_redacted": False,
    }


def page(given: dict[str, Any], folder: Path = FOLDER) -> bytes:
    return Summary(folder).pdf(given, author="Office of the Ombudsman", day=date(2020, 7, 22))


def words(pdf: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split()
    )


def test_one_page_tells_whom_it_went_to_and_what_became_of_it() -> None:
    pdf = page(values())
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    said = words(pdf)
    assert said.startswith("What was sent about Oxford City Council The letter is the Annual")
    assert "Ms Adeyemi, chief executive, chief.executive@oxo.example (version 1)" in said
    assert "took charge of it." in said
    assert "250 2.0.0 queued" in said
    assert conformance(pdf) == []
    assert page(values()) == pdf


@pytest.mark.parametrize("state", DeliveryState, ids=lambda state: state.value)
def test_there_are_words_for_each_state(state: DeliveryState) -> None:
    assert "(version 1)" in words(page(values(state=state.value)))


@pytest.mark.parametrize("state", [*(each.value for each in PostingState), "unknown"])
def test_a_letter_by_post_is_told_as_the_word_of_the_office(state: str) -> None:
    by_post = {
        "role": "chief executive",
        "address": "Town Hall, St Aldates, Oxford, OX1 1BX",
        "version": "1",
        "state": state,
        "said_at": "Mon 27 July 2020 16:00 BST",
        "said_by": "sam",
        "day": "Mon 27 July 2020",
    }
    said = words(page(values() | {"postings": [by_post]}))
    assert "By post, Town Hall, St Aldates, Oxford, OX1 1BX (version 1)" in said
    assert "sam said so, of Mon 27 July 2020." in said


def test_nothing_in_a_value_is_markup() -> None:
    said = words(page(values(name="# *x* {{ title }} #set", lines=["::: delivery", "<b>[a](b)"])))
    assert "# *x* {{ title }} #set" in said
    assert "::: delivery" in said
    assert "<b>[a](b)" in said


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ("550 5.1.1 \u4fe1\u7bb1", "550 5.1.1 [U+4FE1][U+7BB1]"),
        ("550 bo\ufffdte", "550 bo[U+FFFD]te"),
        ("550 \u202egnp.exe", "550 [U+202E]gnp.exe"),
        ("550 \ue000", "550 [U+E000]"),
    ],
)
def test_what_cannot_be_drawn_is_shown_by_its_code_point(reply: str, shown: str) -> None:
    assert shown in words(page(values(name="Ms \u4fe1", lines=[reply])))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CannotRender, match=r"away cannot be read: No such file"):
        Summary(tmp_path / "away")


def test_a_digest_can_be_copied_from_the_redacted_page() -> None:
    given = values(lines=[f"queued as {'x' * 200}"])
    digest = "a1f0" * 16
    given["letters"][0]["sha256"] = digest
    pdf = page(given | {"is_redacted": True})
    assert conformance(pdf) == []
    assert digest in words(pdf).split()
    assert "\u200b" not in words(pdf)
