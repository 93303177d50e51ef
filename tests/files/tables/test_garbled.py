from __future__ import annotations

import pytest

from dispatch.files.tables import garbled

NAMES = (
    *("José", "Siân", "Zoë", "ŵyn-Ó Briain", "O\u2019Neill", "Ó Súilleabháin", "Škoda", "MacÀidh"),
    *("Ó hÉigeartaigh", "JOÃO SIMÕES", "Åse Ødegård", "Ó\u2019Dálaigh", "ANDRÉ\u2019S", "£5m"),
    *("Straße", "d\u2019Œuvre", "50\u00a0%", "a\nb", "Smith & Jones", "AT&T", "Nº 5", "20\u201330"),
)


@pytest.mark.parametrize("text", NAMES)
def test_what_people_are_called_is_not_damaged(text: str) -> None:
    assert garbled.damage(text) is None


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
@pytest.mark.parametrize("text", ["José", "Zoë", "ŵyn", "50\u00a0%", "Prüß"])
def test_text_that_was_decoded_twice_is_told_with_what_it_was(text: str, encoding: str) -> None:
    twice = text.encode().decode(encoding)
    assert "UTF-8 that was read as Windows-1252" in str(garbled.damage(twice))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("JosÃ©", 'holds "Ã©": UTF-8 that was read as Windows-1252 (it was "é")'),
        ("Oâ€™Neill", '(it was "\u2019")'),
        ("Â£5m", '(it was "£")'),
        ("JosÃƒÂ©", "read as Windows-1252"),
        ("Good and JosÃ©", 'holds "Ã©"'),
        ("ï»¿OXO", "read as Windows-1252"),
        ("Jos√©", "read as Mac Roman"),
        ("O\u201aÄôNeill", "read as Mac Roman"),
        ("Jos├®", "read in a code page of DOS"),
        ("Jos\ufffd", "holds U+FFFD"),
        ("Si‰n", 'holds "‰" inside a word'),
        ("JosŽ", 'holds "Ž" inside a word'),
        ("OÕBrien", 'holds "Õ" inside a word'),
        ("JosÃ", 'holds "Ã" inside a word'),
        ("Jo\u200bhn", "holds the invisible character U+200B"),
        ("Jo\ufeffhn", "holds the invisible character U+FEFF"),
        ("Jo\x85hn", "holds the invisible character U+0085"),
    ],
)
def test_damaged_text_is_told(text: str, said: str) -> None:
    assert said in str(garbled.damage(text))


@pytest.mark.parametrize(
    "unseen", ["\ufeff", "\u200b", "\u2060", "\u00ad", "\u200e", "\u00a0", "\u202a"]
)
def test_what_is_not_seen_at_the_ends_of_a_cell_is_nothing(unseen: str) -> None:
    assert garbled.tidy(f"{unseen} Zoë{unseen}") == "Zoë"
    assert garbled.tidy(unseen) == ""


def test_what_turns_text_round_is_not_dropped() -> None:
    assert garbled.tidy("Zoë\u202e") == "Zoë\u202e"


def test_an_entity_of_html_is_told_with_what_it_means() -> None:
    said = garbled.entity("Bath &amp; Wells") or ""
    assert said.startswith('holds "&amp;", which is how HTML spells "&"')
    assert garbled.entity("Bath & Wells; Bristol") is None
    assert garbled.entity("Smith&amp;", is_name=True) is None
    assert 'spells "\u00e9"' in (garbled.entity("Jos&#233;", is_name=True) or "")
