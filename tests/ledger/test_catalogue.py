from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dispatch.app import App
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.mailout import MailoutState
from dispatch.domain.proof.ledger import WORKER, Event
from dispatch.domain.word import Word
from dispatch.ledger import (
    catalogue,
    events,
    journal,
    people_events,
    posting_events,
    upkeep_events,
)
from dispatch.ledger.kinds import Kind, Subject
from tests.factories import RELEASE_AT, a_word

ROOT = Path(__file__).parents[2]
SOURCES = [
    path.read_text()
    for path in (ROOT / "dispatch").rglob("*.py")
    if path.parent.name != "ledger" or path.name == "store.py"
]
NAMED = {
    name: kind
    for name, kind in {
        **vars(events),
        **vars(people_events),
        **vars(posting_events),
        **vars(upkeep_events),
    }.items()
    if isinstance(kind, Kind)
}
GROUPED = [*events.IMPORTED.values(), *upkeep_events.PURGED.values()]

WORDS = {"because", "why", "although", "confirmed_by", "at_keyboard"}
"""Details that name a person, or that somebody wrote or chose."""


USED = re.compile(r"\b(?:(?:people_|posting_|upkeep_)?events\.|import )(\w+)")
"""A kind where code names it."""


def emitted() -> set[Kind]:
    """The kinds that code names, those that it makes from a state, and those of a group."""
    named = {NAMED[name] for source in SOURCES for name in USED.findall(source) if name in NAMED}
    by_state = catalogue._INTO.values()  # noqa: SLF001 - what `into` gives
    return {*named, *by_state, *GROUPED}


def test_each_kind_is_in_the_catalogue_once() -> None:
    declared = [*NAMED.values(), *GROUPED, *events.REMINDERS.values()]
    assert sorted(kind.action for kind in declared) == sorted(catalogue.CATALOGUE)


def test_every_kind_is_emitted_by_some_code() -> None:
    assert set(catalogue.CATALOGUE.values()) == emitted()


def test_no_code_spells_an_event_out_by_itself() -> None:
    actions = "|".join(map(re.escape, catalogue.CATALOGUE))
    assert not [found for source in SOURCES for found in re.findall(rf'"(?:{actions})"', source)]


@pytest.mark.parametrize("kind", catalogue.CATALOGUE.values(), ids=lambda kind: kind.action)
def test_details_in_somebodys_own_words_are_private(kind: Kind) -> None:
    assert not kind.details & WORDS
    assert kind.words


def frozen_events() -> list[dict[str, Any]]:
    shown = json.loads((ROOT / "tests/frozen/json/audit-events.json").read_text())
    return list(shown)


def test_the_catalogue_has_every_event_of_the_frozen_year() -> None:
    for each in frozen_events():
        catalogue.check(
            Event(RELEASE_AT, each["actor"], each["action"], each["subject"], each["detail"])
        )


def test_the_journal_refuses_what_is_not_in_the_catalogue(app: App) -> None:
    known = events.MAILOUT_SENT.event(RELEASE_AT, WORKER, "a")
    for unknown, why in (
        (replace(known, action="mailout.noted"), "mailout.noted is not in the catalogue"),
        (replace(known, subject="letter:a"), "mailout.sent is about a mailout, not letter:a"),
        (replace(known, detail={"whom": "Ms Roe"}), "has a detail .* catalogue: whom"),
    ):
        with app.sessions.begin() as session, pytest.raises(ValueError, match=why):
            journal.append(session, unknown)


def test_a_kind_refuses_a_detail_that_it_does_not_declare() -> None:
    with pytest.raises(ValueError, match=r"mailout\.sent has a detail .*: whom"):
        events.MAILOUT_SENT.event(RELEASE_AT, WORKER, "a", whom="Ms Roe")


def test_the_event_of_an_act_says_who_was_at_the_keyboard() -> None:
    word = Word(person="Alex", keyboard="sam", because="a slip", at=RELEASE_AT)
    event = events.LETTER_WITHDRAWN.by(word, "1", because=word.because)
    told = {"because": "a slip", "at_keyboard": "sam"}
    assert event == Event(RELEASE_AT, "Alex", "letter.withdrawn", "letter:1", told)


def test_a_state_has_the_kind_that_says_so() -> None:
    assert catalogue.into(DeliveryState.QUEUED) is events.DELIVERY_QUEUED
    assert catalogue.into(MailoutState.CANCELLED) is events.MAILOUT_CANCELLED


def test_messages_and_files_are_named_by_the_first_characters_of_their_digests() -> None:
    assert Subject.MAIL.of("0123456789abcdef") == "mail:0123456789ab"
    assert Subject.DOCUMENT.of("0123456789abcdef") == "document:0123456789abcdef"


@pytest.mark.parametrize(
    ("event", "is_told"),
    [
        (events.DELIVERY_EXPIRED.event(RELEASE_AT, "clock", "1"), True),
        (events.DELIVERY_EXPIRED.by(a_word(RELEASE_AT), "1"), False),
        (events.MAIL_READ.event(RELEASE_AT, WORKER, "1"), False),
        (events.DELIVERY_SETTLED.event(RELEASE_AT, WORKER, "1", because="250 <x@y>"), False),
        (events.DELIVERY_NOTICED.event(RELEASE_AT, WORKER, "1", clue="envid"), True),
        (events.DELIVERY_NOTICED.event(RELEASE_AT, WORKER, "1", confirmed_by="Alex"), False),
        (Event(RELEASE_AT, WORKER, "mailout.noted", "mailout:a"), False),
    ],
)
def test_a_redacted_pack_may_tell_what_names_nobody(event: Event, *, is_told: bool) -> None:
    assert catalogue.tells_of_people(event) is not is_told
