"""Letters in several languages: which ones a letter has, and what it says in each.

A letter says the same in each of its languages. What its data call things is translated by the
words of its plan; the sentences are in the templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dispatch.domain.letter import PDF, Content, Translation
from dispatch.domain.mailout import LanguageChoice, Plan
from dispatch.domain.register.authority import Authority, Contact


def of_letter(plan: Plan, contacts: Iterable[Contact]) -> tuple[str, ...]:
    """Return the languages of a letter to some contacts, the addressee first, in their order."""
    asked_for = [each.language for each in contacts]
    match plan.language_choice:
        case LanguageChoice.FIRST if asked_for and asked_for[0] in plan.languages:
            return tuple(sorted(plan.languages, key=lambda each: each != asked_for[0]))
        case LanguageChoice.ONLY if all(each in plan.languages for each in asked_for):
            return tuple(each for each in plan.languages if each in asked_for)
        case _:
            return plan.languages


def translations(plan: Plan, content: Content) -> dict[str, Translation]:
    """Return what one letter needs of the plan's translations, by their language."""
    texts = frozenset(_texts(content))
    return {
        language: Translation(
            words={text: said for text, said in given.words.items() if text in texts},
            constants=given.constants,
            bespoke=given.bespoke.get(content.authority.code, ""),
        )
        for language, given in plan.translations.items()
        if language in content.languages
    }


def untranslated(content: Content) -> Iterator[tuple[str, str]]:
    """Yield each language that has no word for something of a letter's data, and that."""
    for language, given in content.translations.items():
        for text in dict.fromkeys(_texts(content)):
            if text not in given.words:
                yield language, text


def _texts(content: Content) -> Iterator[str]:
    """Yield what a letter's data call things: names of bodies, groups, titles."""
    yield content.title
    for authority in (content.authority, content.addressed_to, *content.also_to):
        yield authority.official_name
    yield from _contact_texts(content.addressee)
    if content.group:
        yield content.group
    yield from (box.title for box in content.boxes)
    for table in content.tables:
        yield from (text for text in (table.title, *table.called.values()) if text)
    yield from (line for line in content.signatory.lines if line)


def _contact_texts(contact: Contact) -> Iterator[str]:
    yield contact.title
    if contact.honorific:
        yield contact.honorific


def in_language(content: Content, language: str) -> Content:
    """Return what a letter says in one of its languages."""
    given = content.translations.get(language)
    if given is None:
        return replace(content, language=language)
    return replace(
        content,
        language=language,
        title=given.say(content.title),
        authority=_authority(content.authority, given),
        addressed_to=_authority(content.addressed_to, given),
        also_to=tuple(_authority(each, given) for each in content.also_to),
        addressee=contact_in(content.addressee, given),
        group=content.group and given.say(content.group),
        boxes=tuple(replace(box, title=given.say(box.title)) for box in content.boxes),
        tables=tuple(
            replace(
                table,
                title=given.say(table.title),
                called={name: given.say(each) for name, each in table.called.items()},
            )
            for table in content.tables
        ),
        signatory=replace(content.signatory, lines=tuple(map(given.say, content.signatory.lines))),
        constants={**content.constants, **given.constants},
        bespoke=given.bespoke,
    )


def contact_in(contact: Contact, given: Translation | None) -> Contact:
    """Return a contact as a letter in another language calls them."""
    if given is None:
        return contact
    title = given.words.get(contact.title, contact.job_title)
    honorific = contact.honorific and given.say(contact.honorific)
    return replace(contact, job_title=title, honorific=honorific)


def _authority(authority: Authority, given: Translation) -> Authority:
    return replace(authority, official_name=given.say(authority.official_name))


def pdf_languages(content: Content, parts: Iterable[str]) -> dict[str, str]:
    """Return the forms of a letter that are PDFs, each with its language, in their order.

    The language is empty for a letter that has but one, and the first for a PDF in all of them.
    """
    first, *others = content.languages or ("",)
    forms = {PDF: first} | {f"{PDF}_{language}": language for language in others}
    there = {*parts}
    return {form: language for form, language in forms.items() if form in there}
