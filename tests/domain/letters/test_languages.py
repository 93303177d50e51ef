from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.domain.letters import languages
from dispatch.domain.mailout import LanguageChoice, Words
from tests.documents.contents import a_content
from tests.factories import a_contact, a_plan

CHOICE = LanguageChoice


@pytest.mark.parametrize(
    ("choice", "asked", "found"),
    [
        (CHOICE.NOTHING, ["en", "en"], ("cy", "en")),
        (CHOICE.FIRST, ["en", "cy"], ("en", "cy")),
        (CHOICE.FIRST, [None, "en"], ("cy", "en")),
        (CHOICE.ONLY, ["en", "en"], ("en",)),
        (CHOICE.ONLY, ["en", "cy"], ("cy", "en")),
        (CHOICE.ONLY, ["en", None], ("cy", "en")),
        (CHOICE.ONLY, ["ga"], ("cy", "en")),
    ],
)
def test_a_letter_is_in_the_languages_that_its_recipients_have_a_right_to(
    choice: LanguageChoice, asked: list[str | None], found: tuple[str, ...]
) -> None:
    plan = a_plan(languages=("cy", "en"), language_choice=choice)
    contacts = [replace(a_contact(), language=each) for each in asked]

    assert languages.of_letter(plan, contacts) == found


def test_a_letter_says_in_each_language_what_its_plan_has_words_for() -> None:
    content = replace(a_content(), languages=("cy", "en"))
    name = content.authority.official_name
    words = Words(
        words={name: "Cyngor Rhydychen", content.title: "Llythyr", "of no letter": "x"},
        constants={"courses": 118},
        bespoke={content.authority.code: "Paragraff."},
    )
    plan = a_plan(languages=("cy", "en"), translations={"cy": words})
    told = replace(content, translations=languages.translations(plan, content))

    assert told.translations["cy"].words.keys() == {name, content.title}
    welsh, english = (languages.in_language(told, each) for each in ("cy", "en"))
    assert (welsh.language, welsh.title) == ("cy", "Llythyr")
    assert welsh.authority.official_name == "Cyngor Rhydychen"
    assert welsh.bespoke == "Paragraff."
    assert (english.title, english.authority.official_name) == (content.title, name)
    lacking = {text for _, text in languages.untranslated(told)}
    assert content.boxes[0].title in lacking
    assert name not in lacking


def test_the_pdfs_of_a_letter_are_in_the_order_of_its_languages() -> None:
    parts = ("html", "pdf_en", "pdf", "text")
    told = replace(a_content(), languages=("cy", "en"))

    assert languages.pdf_languages(told, parts) == {"pdf": "cy", "pdf_en": "en"}
    assert languages.pdf_languages(a_content(), ("pdf", "text")) == {"pdf": ""}
