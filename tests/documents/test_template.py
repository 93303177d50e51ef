from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content, Rendered
from dispatch.domain.letters.resending import CoveringNote, Outcome
from dispatch.domain.mailout import Signatory
from tests.documents.contents import (
    CONSTANTS,
    MITCHELL,
    OXFORD,
    TEMPLATES,
    a_content,
    about,
    boxes,
    flat,
    source,
    templates_with,
)

HOSTILE = '# *Bath* & <North> @East "Somerset" $x_y'
UNBROKEN = "Llanfair" * 38


class Words(HTMLParser):
    """Collects the text of a page as a browser shows it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def shown(page: str) -> str:
    return flat("".join(Words(page).said))


def on_paper(rendered: Rendered) -> str:
    """Return the words of the PDF without spaces, so that line breaks do not matter."""
    reader = PdfReader(io.BytesIO(rendered.pdf))
    said = "".join(page.extract_text() for page in reader.pages)
    return "".join(said.split())


def addressed(value: str) -> Content:
    """Return a letter in which the name, the post and the authority are all `value`."""
    authority = replace(OXFORD, official_name=value)
    return a_content(
        authority=authority,
        addressed_to=authority,
        addressee=replace(MITCHELL, surname=value, job_title=value),
    )


@pytest.mark.parametrize("value", [HOSTILE, UNBROKEN, "A" * 300, "1. - 2)"])
def test_no_name_is_ever_markup(value: str) -> None:
    result = TEMPLATES.render(addressed(value))
    block = flat(f"Mr {value} {value} {value} Dear Mr {value}")
    assert block in flat(result.text)
    assert block in shown(result.html)
    assert "".join(block.split()) in on_paper(result)
    assert f"Dear Mr {value}" in flat(result.note_text)
    assert f"Dear Mr {value}" in shown(result.note_html)
    assert result.subject == f"Annual Review letter 2020: {value}"


CALLED = "{% call m(addressee.surname) %}ends{% endcall %}"
MOVES = (
    "{% set x %}{{ addressee.surname }}{% endset %}begins {{ x }} ends",
    "{% macro m(x) %}begins {{ x }} {{ caller() }}{% endmacro %}" + CALLED,
    "begins {% filter default(addressee.surname, true) %}{% endfilter %} ends",
    "{% for x in [addressee.surname] %}begins {{ x }} ends{% endfor %}",
)
TYPST = '#eval("1") #import "a": * $x^2$ `raw` <label> @ref /* c */ _e_ *s* = h \\u{41}'


@pytest.mark.parametrize("value", [HOSTILE, TYPST, "*Mit* [x](https://evil.example) <b>x</b>"])
def test_no_name_is_markup_in_any_form_however_a_template_moves_it(
    tmp_path: Path, value: str
) -> None:
    added = "".join(f"\n\n**By the author.** {each}\n" for each in MOVES)
    changed = {"letter_md": source("letter.md") + added, "email_md": source("email.md") + added}
    result = templates_with(tmp_path, **changed).render(
        a_content(addressee=replace(MITCHELL, surname=value))
    )
    expected = f"By the author. begins {value} ends"
    assert flat(result.text).count(expected) == len(MOVES)
    assert shown(result.html).count(expected) == len(MOVES)
    assert on_paper(result).count("".join(expected.split())) == len(MOVES)
    assert flat(result.note_text).count(expected) == len(MOVES)
    assert shown(result.note_html).count(expected) == len(MOVES)
    assert result.html.count("<strong>By the author.</strong>") == len(MOVES)
    assert "<em>" not in result.note_html


def failure(tmp_path: Path, content: Content | None = None, **changed: str) -> str:
    with pytest.raises(CannotRender) as caught:
        templates_with(tmp_path, **changed).render(content or a_content())
    return str(caught.value)


ACCEPTED: dict[str, Any] = {
    "recipient": replace(MITCHELL, honorific=None, surname=None),
    "sent_to": "Chief Executive",
    "due_date": date(2020, 7, 22),
    "sent_date": date(2020, 7, 22),
    "outcome": Outcome.ACCEPTED,
    "is_before_upload": True,
}


def note_again(content: Content | None = None, attachments: int = 0, **told: Any) -> str:
    """Return the text of the note that goes with a letter to Jo Marsh when it is sent again."""
    values: dict[str, Any] = ACCEPTED | told
    text, page = TEMPLATES.note_again(
        content or a_content(), CoveringNote(**values), "A subject", attachments=attachments
    )
    assert "<title>A subject</title>" in page
    return flat(text)


def test_a_letter_that_is_sent_again_says_when_and_to_which_post_it_first_went() -> None:
    said = note_again()
    assert said.startswith("Dear Chief Executive We first sent the attached Annual Review letter")
    assert "on 22 July 2020, to the Chief Executive of Oxford City Council." in said
    assert "**29 July 2020" not in said
    assert "29 July 2020: we publish the same letter" in said
    assert "Yours faithfully" in said


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.RETURNED, ("We first sent the attached Annual Review letter 2020 on 22 July 2020, "
         "to the Chief Executive of Oxford City Council, but it came back undelivered.")),
        (Outcome.IN_DOUBT, ("We tried to send the attached Annual Review letter 2020 to the Chief "
         "Executive of Oxford City Council on 22 July 2020, and do not know whether it arrived.")),
        (Outcome.FAILED, ("The attached Annual Review letter 2020 was to go to the Chief Executive "
         "of Oxford City Council on 22 July 2020, but it could not be delivered.")),
        (Outcome.UNSENT, ("The attached Annual Review letter 2020 was to go to the Chief Executive "
         "of Oxford City Council on 22 July 2020, but it was not sent.")),
    ],
)  # fmt: skip
def test_the_note_says_of_the_first_time_what_its_record_says(outcome: Outcome, said: str) -> None:
    sent = date(2020, 7, 22) if outcome is Outcome.RETURNED else None
    assert f"{said} We are sending it to you now" in note_again(sent_date=sent, outcome=outcome)


def test_a_note_after_the_upload_date_does_not_announce_it() -> None:
    said = note_again(is_before_upload=False)
    assert "We had set 29 July 2020 as the day on which the same letter" in said
    assert "confidential" not in said


def test_a_note_counts_what_is_attached() -> None:
    assert "attached to this email" not in note_again()
    assert "The spreadsheet attached to this email lists" in note_again(attachments=1)
    assert "The spreadsheets attached to this email list" in note_again(attachments=2)


def test_a_deputy_signs_every_note_with_lines_of_their_own() -> None:
    deputy = Signatory(name="Jo Dee", lines=("Deputy Ombudsman",))
    content = a_content(signatory=deputy)
    notes = [note_again(content), flat(TEMPLATES.render(content).note_text)]
    for said in (*notes, flat(TEMPLATES.render(content).text)):
        assert "Jo Dee Deputy Ombudsman" in said
        assert "Jo Dee Local Government" not in said


@pytest.mark.parametrize(
    ("count", "said"), [(1, "rest on one measure:"), (3, "three measures:"), (5, "five measures:")]
)
def test_a_letter_counts_the_measures_that_it_has(count: int, said: str) -> None:
    more = [replace(boxes()[0], key=f"other_{n}", title=f"Measure {n}") for n in range(count)]
    shown = (*boxes(), *more)[:count]
    words = flat(TEMPLATES.render(a_content(boxes=shown)).text)
    assert said in words
    for box in shown[len(boxes()) :]:
        assert f"{box.title}. You will find it among the statistics" in words
    explained = words.count("We uphold a complaint when") + words.count("Where fault has caused")
    assert explained == min(count, 2)


def test_no_post_is_markup_in_the_note() -> None:
    assert f"to the {HOSTILE} of Oxford" in note_again(sent_to=HOSTILE)


def test_what_the_note_for_sending_again_lacks_shows_when_the_letter_is_made(
    tmp_path: Path,
) -> None:
    said = failure(tmp_path, resend_md="::: note\n\n{{ recipient.nickname }}\n")
    assert said.startswith("annual-review: resend.md, line 3: ")


def test_a_note_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, resend_md="{# nothing #}")
    resending = CoveringNote(**ACCEPTED)
    with pytest.raises(CannotRender, match=r"annual-review: resend\.md: has no part"):
        templates.note_again(a_content(), resending, "x", attachments=0)


def test_a_missing_constant_is_named_with_its_file_and_line(tmp_path: Path) -> None:
    constants = {name: value for name, value in CONSTANTS.items() if name != "map_url"}
    line = source("letter.md").split("map_url")[0].count("\n") + 1
    message = f"annual-review: letter.md, line {line}: 'map_url' is undefined"
    assert failure(tmp_path, a_content(constants=constants)) == message


def test_an_empty_value_is_named_by_its_place(tmp_path: Path) -> None:
    said = failure(tmp_path, letter_md="::: head\n\nDear {{ addressee.given_name }}\n")
    assert said == "annual-review: letter.md, line 3: a value that is printed here is empty"


def test_a_syntax_error_is_named_by_its_line(tmp_path: Path) -> None:
    said = failure(tmp_path, measures_md="::: box\n\n{% if %}\n")
    assert said.startswith("annual-review: measures.md, line 3: ")


def test_joining_with_a_tilde_is_named_by_its_line(tmp_path: Path) -> None:
    said = failure(tmp_path, letter_md="::: head\n{{ title ~ year }}")
    assert "letter.md, line 2: write texts side by side to join them" in said


def test_an_error_in_an_imported_file_is_named_by_that_file(tmp_path: Path) -> None:
    words = source("words.md").replace("authority.noun", "authority.nown")
    assert "words.md, line " in failure(tmp_path, words_md=words)


def test_a_wrong_kind_of_value_is_an_error_of_the_template(tmp_path: Path) -> None:
    said = failure(tmp_path, letter_md="::: head\n\n{{ title | day }}\n")
    assert said.startswith("annual-review: letter.md, line 3: ")


def test_a_character_that_the_font_lacks_is_named(tmp_path: Path) -> None:
    said = failure(tmp_path, about("漢 Council 😀"))
    assert said.endswith("the letters' font has no 漢 (U+6F22), 😀 (U+1F600)")


def test_a_picture_without_a_description_is_named(tmp_path: Path) -> None:
    letter = source("letter.md").replace("![Emblem of the {{ ombudsman }}]", "![]")
    said = failure(tmp_path, letter_md=letter)
    assert said.startswith("annual-review: letter.md: the picture logo.svg has no description")


@pytest.mark.parametrize("picture", ["nobody.svg", "letter.md", "../logo.svg", "chart:101"])
def test_a_picture_that_is_not_there_is_named(tmp_path: Path, picture: str) -> None:
    letter = source("letter.md").replace("logo.svg", picture)
    said = failure(tmp_path, letter_md=letter)
    assert said.startswith(f"annual-review: letter.md: there is no picture {picture}")


def test_a_file_of_another_kind_does_no_harm(tmp_path: Path) -> None:
    templates = templates_with(tmp_path)
    (tmp_path / "annual-review" / "scan.png").write_bytes(b"\x89PNG")
    assert templates.render(a_content()) == TEMPLATES.render(a_content())


def test_a_bad_link_is_named(tmp_path: Path) -> None:
    said = failure(tmp_path, a_content(bespoke="See [this](http://a.example)."))
    assert "letter.md: the link http://a.example is neither https nor mailto" in said


def test_missing_files_are_named(tmp_path: Path) -> None:
    templates = templates_with(tmp_path)
    (tmp_path / "annual-review" / "letter.typ").unlink()
    (tmp_path / "annual-review" / "email.md").unlink()
    with pytest.raises(CannotRender, match=r"annual-review: email\.md, letter\.typ: missing"):
        templates.render(a_content())


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    templates = templates_with(tmp_path)
    (tmp_path / "annual-review" / "email.md").write_bytes(b"\xff")
    with pytest.raises(CannotRender, match=r"annual-review: email\.md: not UTF-8"):
        templates.render(a_content())


def test_a_template_without_parts_is_named(tmp_path: Path) -> None:
    said = failure(tmp_path, email_md="{# nothing #}")
    assert said == "annual-review: email.md: has no part (::: name)"


def test_an_html_frame_that_fails_is_named(tmp_path: Path) -> None:
    said = failure(tmp_path, email_html="{{ nobody }}")
    assert said == "annual-review: email.html, line 1: 'nobody' is undefined"


def test_a_salutation_without_a_name_ends_faithfully() -> None:
    contact = replace(MITCHELL, honorific=None, surname=None, job_title=None)
    said = flat(TEMPLATES.render(a_content(addressee=contact)).text)
    assert "By email Chief Executive Oxford City Council Dear Chief Executive" in said
    assert "Yours faithfully" in said


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (1, "That is 1 more course than in the year before."),
        (0, "That is as many courses as in the year before."),
        (-2, "That is 2 fewer courses than in the year before."),
    ],
)
def test_a_year_with_fewer_courses_reads_well(more: int, sentence: str) -> None:
    constants = CONSTANTS | {"courses_more": more, "training_remark": "*More* than ever."}
    result = TEMPLATES.render(a_content(constants=constants))
    assert f"{sentence} More than ever. To find out more" in flat(result.text)


def test_an_authority_that_several_came_after_is_shared() -> None:
    gone = replace(OXFORD, code="OXX", official_name="Old Council", successors=("OXO", "ABC"))
    others = tuple(replace(OXFORD, code=name, official_name=name) for name in ("Abc", "Def"))
    made = TEMPLATES.render(a_content(authority=gone, also_to=others))
    said, note = flat(made.text), flat(made.note_text)
    assert "whose responsibilities have passed to Oxford City Council, Abc and Def." in said
    assert "It ceased to exist, but what" in said
    assert "a letter with the same figures to Abc and Def." in said
    assert "A letter with the same figures goes to Abc and Def." in note
    assert made.subject.endswith(": the former Old Council, to Oxford City Council")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"upheld": (0, 1, 9)}, "We investigated 1 complaint in detail and did not uphold it."),
        ({"upheld": (2, 2, 9)}, "We investigated 2 complaints in detail and upheld both of them."),
        ({"upheld": (1234, 5678, 9)}, "5,678 complaints in detail and upheld 1,234 of them."),
        ({"compliance": (0, 1, 9)}, "1 compliance outcome in the year, and your Council had not"),
        ({"compliance": (0, 3, 9)}, "and your Council had complied in none of them."),
        ({"remedies": (0, 1, 9)}, "Before it reached us, your Council had not put things right."),
        ({"remedies": (3, 3, 9)}, "In all of them, your Council had put things right before"),
    ],
)
def test_counts_are_put_into_english(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in flat(TEMPLATES.render(a_content(boxes=boxes(**changes))).text)


def test_a_measure_of_another_scheme_is_shown_in_numbers() -> None:
    [box, *_] = boxes((3, 4, 50))
    said = flat(TEMPLATES.render(a_content(boxes=(replace(box, key="timely"),))).text)
    assert "75% 3 of 4. The average for similar authorities is 50%." in said
    empty = replace(box, key="timely", count=0, base=0)
    said = flat(TEMPLATES.render(a_content(boxes=(empty,))).text)
    assert "There was nothing to measure during this period" in said


NO_MEASURES = "::: statistics\n\nNone.\n"
BRANCHING = """\
::: body

{% if title == "yes" %}
It is.
{% elif title == "perhaps" %}
It may be.
{% endif %}
{% for box in boxes %}
{{ "Upheld" if box.count else "None upheld" }}: {{ box.percent }}%
{% else %}
Nothing.
{% endfor %}
{{ letter_date | day }}, {{ year_end | day }}, {{ upload_date | day }}
{{ addressee.addressee }}, {{ authority.official_name }}
"""


@pytest.mark.parametrize(
    ("title", "branches"),
    [
        ("yes", ["letter.md:3:yes", "letter.md:8:none"]),
        ("perhaps", ["letter.md:5:yes", "letter.md:8:none"]),
        ("no", ["letter.md:3:no", "letter.md:8:none"]),
    ],
)
def test_a_letter_says_which_branches_of_its_template_it_took(
    tmp_path: Path, title: str, branches: list[str]
) -> None:
    templates = templates_with(tmp_path, letter_md=BRANCHING, measures_md=NO_MEASURES)
    rendered = templates.render(a_content(title=title, boxes=()))
    taken = [each for each in rendered.branches if each.startswith("letter.md")]
    assert (taken, rendered.page_count) == (branches, 2)
    assert "email.md:12:no" in rendered.branches


def test_both_values_of_a_choice_within_a_line_are_branches(tmp_path: Path) -> None:
    templates = templates_with(tmp_path, letter_md=BRANCHING, measures_md=NO_MEASURES)
    content = a_content(title="no", boxes=boxes((1, 4, None), (1, 1, None), (0, 2, None)))
    rendered = templates.render(content)
    taken = [each for each in rendered.branches if each.startswith("letter.md")]
    assert taken[1:] == ["letter.md:8:some", "letter.md:9:no", "letter.md:9:yes"]
