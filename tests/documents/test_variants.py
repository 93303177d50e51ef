"""Every kind of letter in the domain's list reads as it should."""

from __future__ import annotations

import io
import re
from functools import cache

import pytest
from pypdf import PdfReader

from dispatch.documents.check import conformance
from dispatch.domain.letter import Rendered
from tests.documents.contents import TEMPLATES, flat
from tests.documents.variants import VARIANTS

NO_INVESTIGATIONS = "The Ombudsman carried out no detailed investigations during this period"
NONE_DUE = "No recommendations were due for compliance in this period"
NONE_UPHELD = "The Ombudsman did not uphold any detailed investigations during this period"


@cache
def rendered(variant: str) -> Rendered:
    return TEMPLATES.render(VARIANTS[variant])


def text(variant: str) -> str:
    return flat(rendered(variant).text)


def figures(variant: str) -> str:
    """Return the statistics page of a letter."""
    return text(variant).split(": statistics for the year ending")[1]


def paper(variant: str) -> str:
    reader = PdfReader(io.BytesIO(rendered(variant).pdf))
    return flat(" ".join(page.extract_text() for page in reader.pages))


def test_v1_nothing_to_report_is_said_in_three_plain_sentences() -> None:
    for said in (figures("V1"), paper("V1")):
        assert NO_INVESTIGATIONS in said
        assert NONE_DUE in said
        assert NONE_UPHELD in said
    assert "%" not in figures("V1")
    assert "average" not in figures("V1")


def test_v2_each_box_switches_by_itself() -> None:
    said = figures("V2")
    assert "50% We investigated 4 complaints in detail and upheld 2 of them." in said
    assert NONE_DUE in said
    assert "average for similar authorities is 100%" not in said
    assert "0% We upheld 2 complaints. In none of them had the former Council" in said


def test_v3_no_remedy_among_some_upheld_is_nought_per_cent_with_the_average() -> None:
    for said in (figures("V3"), paper("V3")):
        assert "0% We upheld 14 complaints. In none of them had your Council put" in said
        assert "The average for similar authorities is 15%." in said
        assert NONE_UPHELD not in said


def test_v4_complaints_received_and_none_investigated_are_both_told() -> None:
    said = figures("V4")
    assert f"{NO_INVESTIGATIONS} We received 15 complaints about your Council" in said
    assert "Planning and development 6 Total 15" in said


def test_v5_nothing_upheld_is_nought_per_cent_and_leaves_remedies_without_a_base() -> None:
    said = figures("V5")
    assert "0% We investigated 4 complaints in detail and upheld none of them." in said
    assert "The average for similar authorities is 43%." in said
    assert NONE_UPHELD in said


def test_v6_compliance_below_the_full_rate_is_told_as_it_is() -> None:
    for said in (figures("V6"), paper("V6")):
        assert "90% We recorded 20 compliance outcomes in the year, and your Council had" in said
        assert "complied in 18 of them. The average for similar authorities is 99%." in said


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        ("V7", "in 5 of 16 cases your Council complied with our recommendations late, for the"),
        ("V8", "left 2 of our enquiries unanswered and answered 7 of them late."),
        ("V9", "I am glad to see that its replies have since been prompt."),
        ("V10", "payments that your Council had agreed to make were made late."),
        ("V11", "we issued a public report"),
        ("V12", "One service stood out: waste collection gave rise to more complaints than any"),
        ("V13", "I have no concerns about how your Council works with us."),
        ("V18", "The figures for your Council include 1 complaint about its housing company."),
    ],
)
def test_v7_to_v13_and_v18_what_is_said_to_one_authority_has_its_own_section(
    variant: str, sentence: str
) -> None:
    for said in (text(variant), paper(variant)):
        section = said.split("About your Council")[1].split("Resources to help you")[0]
        assert sentence in section


def test_v11_the_report_can_be_opened() -> None:
    address = "https://www.lgo.example/report-22"
    assert f"a public report <{address}> on" in text("V11")
    assert f'<a href="{address}">public report</a>' in rendered("V11").html
    assert address in links("V11")


def links(variant: str) -> set[str]:
    reader = PdfReader(io.BytesIO(rendered(variant).pdf))
    notes = [note.get_object() for page in reader.pages for note in page.get("/Annots", [])]
    return {note["/A"]["/URI"] for note in notes if "/URI" in note.get("/A", {})}


def test_v12_emphasis_in_an_offices_own_words_is_kept() -> None:
    assert "<em>waste collection</em>" in rendered("V12").html


def test_v14_the_years_context_follows_the_opening() -> None:
    opening = text("V14").split("Complaint statistics")[0]
    assert re.search(r"31 March 2020\. Councils have worked under exceptional pressure", opening)


def test_v15_the_successor_is_told_about_the_authority_that_it_replaced() -> None:
    for said in (text("V15"), paper("V15")):
        assert (
            "Ms Okafor Chief Executive Somerset West and Taunton Council "
            "(for the former Taunton Deane Borough Council) Dear Ms Okafor" in said
        )
        assert (
            "about the former Taunton Deane Borough Council, whose responsibilities have passed to "
            "Somerset West and Taunton Council." in said
        )
        assert "your Council" not in said
    assert "the former Taunton Deane Borough Council" in rendered("V15").subject
    assert "because that Council no longer exists" in flat(rendered("V15").note_text)


def test_v16_an_authority_gone_since_the_year_ended_is_spoken_of_as_past() -> None:
    said = text("V16")
    assert "have passed to Buckinghamshire Council." in said
    assert "It ceased to exist at the end of 31 March 2020, but" in said
    assert "Before it reached us, the former Council had put things right." in said


def test_v17_an_authority_outside_the_groups_is_shown_no_average_and_told_why() -> None:
    assert "As your Authority belongs to none of these groups, its results are" in text("V17")
    assert "average" not in figures("V17")


def test_v19_one_of_one_is_in_the_singular() -> None:
    said = figures("V19")
    assert "100% We investigated 1 complaint in detail and upheld it." in said
    assert "100% We recorded 1 compliance outcome in the year, and your Council had" in said
    assert "100% We upheld 1 complaint. Before it reached us, your Council had put" in said


def test_v20_a_body_that_is_no_council_is_called_an_authority() -> None:
    letter = text("V20").split("Resources to help you")[0]
    assert "complaints about your Authority in the year" in letter
    assert "your Council" not in text("V20").replace("Your council's performance", "")


def test_v21_a_reissued_letter_says_that_it_replaces_the_earlier_one() -> None:
    line = "This is version 2 of our letter and replaces the earlier one."
    assert line in text("V21")
    assert line in paper("V21")
    assert rendered("V21").subject.endswith("(version 2)")
    assert "It replaces the first version: please disregard" in flat(rendered("V21").note_text)


def test_v22_a_substitute_signs_with_their_own_name_and_no_ones_signature() -> None:
    said = text("V22")
    assert "Yours sincerely Nigel Ellis-Brown Director, for the Ombudsman" in said
    assert "Michael King" not in said
    assert "Signature of" not in rendered("V22").html


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_letter_has_a_flaw_that_published_ones_have_had(variant: str) -> None:
    result = rendered(variant)
    said = " ".join([flat(result.text), flat(result.note_text), result.subject])
    assert not re.search(r"(?<!\d)1 (?:complaints|compliance outcomes|cases|courses)\b", said)
    assert not re.search(r"\d\.\d+ ?%|100,000", said)
    assert not re.search(r"City Of|Borough Of|\bNone\b|\(\)|  ,| \.", said)
    assert not re.search(r"\b(\w+) \1\b", said.replace("had had", ""))


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_letter_is_accessible_and_has_two_pages_and_one_of_statistics(variant: str) -> None:
    pdf = rendered(variant).pdf
    assert conformance(pdf) == []
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 3


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_line_of_text_is_wider_than_76_columns(variant: str) -> None:
    result = rendered(variant)
    assert max(map(len, (result.text + result.note_text).splitlines())) <= 76
