from __future__ import annotations

from jinja2 import Environment

from dispatch.documents.wording.branches import LONGEST, Recorded, reachable, shortened
from dispatch.domain.letters.branches import Branch, unseen
from tests.documents.contents import TEMPLATES, a_content

LETTER = """\
{% from "words.md" import it with context %}
::: body
{% if version > 1 %}
**It is new**, {{ title }}.
{% elif group %}
{{ group }}
{% endif %}
{% for box in boxes %}- {{ it(box) }}{% else %}Nothing to show.{% endfor %}
{{ "one" if version == 1 else "many" }}
"""
WORDS = """\
{% macro it(box) %}{% if box %}a box of them{% endif %}{% endmacro %}
{% macro other() %}{% if title %}never used here{% endif %}{% endmacro %}
"""


def branches(**files: str) -> dict[str, Branch]:
    sandbox = Environment(trim_blocks=True)  # noqa: S701 - it only parses
    named = {f"{name}.md": source for name, source in files.items()}
    read = {name: Recorded(name, text, sandbox.parse(text)) for name, text in named.items()}
    return {each.place: each for each in reachable(read, ["letter.md"])}


def test_each_branch_says_what_it_says_or_leaves_out() -> None:
    found = branches(letter=LETTER, words=WORDS)
    assert {place: each.words for place, each in found.items()} == {
        "letter.md:3:yes": "It is new , ….",
        "letter.md:3:no": "",
        "letter.md:5:yes": "{% elif group %}",
        "letter.md:8:some": LETTER.splitlines()[7],
        "letter.md:8:none": "Nothing to show.",
        "letter.md:9:yes": "one",
        "letter.md:9:no": "many",
        "words.md:1:yes": "a box of them",
        "words.md:1:no": "",
    }
    assert found["words.md:1:no"].without == "a box of them"
    assert (found["letter.md:3:yes"].file, found["letter.md:3:yes"].line) == ("letter.md", 3)


def test_a_macro_that_no_letter_uses_has_no_branch_to_be_seen() -> None:
    assert not any(
        "never used" in each.words for each in branches(letter=LETTER, words=WORDS).values()
    )
    known = TEMPLATES.branches("annual-review")
    assert {each.file for each in known} == {"letter.md", "measures.md", "email.md", "words.md"}


def test_what_a_letter_takes_is_known_without_making_it() -> None:
    content = a_content()
    [taken] = TEMPLATES.taken([(content, 0)])
    assert taken == TEMPLATES.render(content).branches
    places = {each.place for each in TEMPLATES.branches("annual-review")}
    assert set(taken) <= places


def test_letters_of_a_release_before_do_not_say_what_is_unseen() -> None:
    known = [
        Branch(place=f"{name}:1:yes", source="", words="Well") for name in ("a.md", "email.md")
    ]
    assert unseen(known, ["a.md:1:yes"]) is None
    assert unseen(known, ["email.md:1:no"]) == tuple(known)


def test_long_words_end_at_a_space() -> None:
    assert len(shortened("word " * 100)) <= LONGEST + 2
    assert shortened("short") == "short"
