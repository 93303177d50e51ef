from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from dispatch.documents.templates import MOST_BYTES, LimitedTemplates, Templates
from dispatch.domain.errors import CannotRender
from dispatch.domain.letters.resending import CoveringNote, Outcome
from tests.documents.contents import FOLDER, TEMPLATES, a_content, flat, source, templates_with
from tests.documents.variants import VARIANTS

pytestmark = pytest.mark.heavy

PRINT_DIGESTS = """
import hashlib
from tests.documents.contents import TEMPLATES
from tests.documents.variants import VARIANTS
for name, content in TEMPLATES.render(VARIANTS["V3"]).parts.items():
    print(name, hashlib.sha256(content).hexdigest())
"""


def test_the_same_content_gives_the_same_bytes_in_another_process() -> None:
    here = {
        name: hashlib.sha256(content).hexdigest()
        for name, content in TEMPLATES.render(VARIANTS["V3"]).parts.items()
    }
    elsewhere = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", PRINT_DIGESTS],
        cwd=FOLDER.parent,
        env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert dict(line.split() for line in elsewhere.stdout.splitlines()) == here


def test_threads_can_render_at_the_same_time() -> None:
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(TEMPLATES.render, [VARIANTS["V6"]] * 6))
    assert len({result.pdf for result in results}) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where there is fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_of_a_process_that_rendered_says_so_and_does_not_hang() -> None:
    TEMPLATES.render(a_content())
    child = os.fork()
    if child == 0:
        try:
            TEMPLATES.render(a_content())
        except RuntimeError:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


def test_the_digest_is_the_same_until_a_file_changes(tmp_path: Path) -> None:
    templates = templates_with(tmp_path)
    digest = templates.digest("annual-review")
    assert digest == TEMPLATES.digest("annual-review")
    templates_with(tmp_path, email_md=source("email.md") + "\n")
    assert templates.digest("annual-review") != digest


def test_the_digest_covers_names_and_not_what_editors_leave(tmp_path: Path) -> None:
    templates = templates_with(tmp_path)
    digest = templates.digest("annual-review")
    (tmp_path / "annual-review" / ".letter.md.swp").write_bytes(b"x")
    assert templates.digest("annual-review") == digest
    (tmp_path / "annual-review" / "logo.svg").rename(tmp_path / "annual-review" / "mark.svg")
    assert templates.digest("annual-review") != digest


def test_a_changed_template_is_read_again(tmp_path: Path) -> None:
    templates = templates_with(tmp_path)
    templates.render(a_content())
    changed = source("letter.md").replace("By email", "By hand")
    templates_with(tmp_path, letter_md=changed)
    assert "By hand" in templates.render(a_content()).text


@pytest.mark.parametrize("name", ["no-such", "../annual-review", "", "a/b"])
def test_there_is_no_template_of_another_folder(name: str) -> None:
    with pytest.raises(CannotRender, match="there is no template"):
        TEMPLATES.digest(name)


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    templates = templates_with(tmp_path)
    (tmp_path / "annual-review" / "secret.svg").symlink_to("/etc/passwd")
    with pytest.raises(CannotRender, match=r"secret\.svg in template annual-review is not a plain"):
        templates.render(a_content())


def test_a_folder_in_a_template_is_refused(tmp_path: Path) -> None:
    templates = templates_with(tmp_path)
    (tmp_path / "annual-review" / "more").mkdir()
    with pytest.raises(CannotRender, match="more in template annual-review is not a plain file"):
        templates.digest("annual-review")


def test_the_note_speaks_of_spreadsheets_only_if_there_are_some() -> None:
    with_them = TEMPLATES.render(a_content(), attachments=2)
    without = TEMPLATES.render(a_content())
    assert "They are for your Council alone: they are confidential" in flat(with_them.note_text)
    assert "spreadsheets" not in without.note_text + without.note_html
    assert with_them.pdf == without.pdf


def test_the_note_says_what_comes_and_when() -> None:
    note = flat(TEMPLATES.render(a_content()).note_text)
    assert note.startswith("Dear Mr Mitchell Please find attached our Annual Review letter 2020.")
    assert "- 22 July 2020: the date of the letter." in note
    assert "- 29 July 2020: we publish the same letter, word for word" in note
    assert "treat the letter as confidential" in note
    assert "Contact: Annual Review team, annual.letters@lgo.example" in note


def test_the_subject_is_one_line_with_the_authority() -> None:
    subject = TEMPLATES.render(a_content()).subject
    assert subject == "Annual Review letter 2020: Oxford City Council"


def test_figures_that_were_made_up_are_marked_in_every_form() -> None:
    result = TEMPLATES.render(replace(VARIANTS["V6"], is_synthetic=True))
    assert "Figures on this page were made up for a demonstration." in flat(result.text)
    assert "Figures on this page were made up for a demonstration." in flat(result.html)
    assert "made up" not in TEMPLATES.render(VARIANTS["V6"]).text


def test_templates_know_what_can_be_drawn() -> None:
    assert TEMPLATES.drawable("ŵ")
    assert not TEMPLATES.drawable("漢")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of templates of which the tests below spoil one file after another."""
    return Path(shutil.copytree(FOLDER, tmp_path_factory.mktemp("templates") / "all"))


@pytest.fixture(scope="module")
def limited(folder: Path) -> Iterator[LimitedTemplates]:
    with LimitedTemplates(folder) as templates:
        yield templates


def test_a_child_with_limits_makes_the_same(limited: LimitedTemplates) -> None:
    content = a_content()
    note = CoveringNote(
        recipient=content.addressee,
        sent_to="chief executive",
        due_date=content.letter_date,
        sent_date=None,
        outcome=Outcome.FAILED,
        is_before_upload=True,
    )
    here, there = (
        (
            templates.render(content, asked_for=TEMPLATES.digest("annual-review")),
            templates.text(content),
            templates.note_again(content, note, "Subject", attachments=1),
            templates.names("annual-review"),
        )
        for templates in (TEMPLATES, limited)
    )
    assert here == there


def test_an_error_in_the_child_is_told_as_it_is_told_here(limited: LimitedTemplates) -> None:
    with pytest.raises(CannotRender) as told:
        limited.render(a_content(constants={}))
    with pytest.raises(CannotRender) as here:
        TEMPLATES.render(a_content(constants={}))
    assert str(told.value) == str(here.value)


BOMBS = {
    "email.md, line 40: it uses itself without end": (
        "email.md",
        "{% macro all() %}{{ all() }}{% endmacro %}{{ all() }}",
    ),
    "email.md, line 40: 'range' is undefined": (
        "email.md",
        "{{ range(1000000000) }}",
    ),
    "email.md, line 40: * is only for numbers, and ** is not allowed at all": (
        "email.md",
        "{% set x = 'x' %}{{ x * 1000000000 }}",
    ),
    "lists and quotations stand too deeply in each other": ("email.md", ">" * 300 + " words"),
    "too many statically nested blocks": (
        "email.md",
        "{% for a in 'ab' %}" * 30 + "{% endfor %}" * 30,
    ),
    "letter.typ or a picture: making it took too much memory, or ended its process": (
        "letter.typ",
        '#("x" * 1000000000)',
    ),
    "letter.typ: line 135, column 14: maximum function call depth exceeded": (
        "letter.typ",
        "#let all() = all()\n#all()",
    ),
    "signature.svg, line 1: failed to parse SVG (nodes limit reached)": (
        "signature.svg",
        "<svg xmlns='http://www.w3.org/2000/svg'>" + "<g>" * 100000 + "</g>" * 100000 + "</svg>",
    ),
}
"""What is said about templates that would never end or take all memory."""


@pytest.mark.parametrize("said", BOMBS)
def test_a_template_without_bounds_costs_its_own_letter_and_no_other(
    said: str, folder: Path, limited: LimitedTemplates
) -> None:
    name, added = BOMBS[said]
    path = folder / "annual-review" / name
    before = path.read_bytes()
    is_whole = name.endswith(".svg")
    try:
        path.write_bytes(added.encode() if is_whole else before + f"\n{added}\n".encode())
        with pytest.raises(CannotRender, match=re.escape(said)) as caught:
            limited.render(a_content())
    finally:
        path.write_bytes(before)
    assert str(caught.value).startswith("annual-review: ")
    assert "\n" not in str(caught.value)
    assert limited.render(a_content()).subject


DOUBLED = "{{% set a{1} %}}{{{{ a{0} }}}}{{{{ a{0} }}}}{{% endset %}}"
HUGE = "".join(DOUBLED.format(each, each + 1) for each in range(17))
ENDLESS = "".join(f"{{% for a{each} in '0123456789' %}}" for each in range(12))

PATIENT: Final = 600
"""Seconds that only a process which cannot be stopped takes, on the slowest machine."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seconds", "name", "added", "said"),
    [
        (
            PATIENT,
            "email.md",
            f"{{% set a0 %}}{'x' * 50000}{{% endset %}}{HUGE}",
            "email.md, line 40: it takes more memory than a letter may",
        ),
        (
            PATIENT,
            "email.md",
            f"{ENDLESS}{'{% endfor %}' * 12}",
            "email.md, line 40: it takes too long",
        ),
        (
            20,
            "letter.typ",
            "#for i in range(9000) { for j in range(90000) { let x = j } }",
            "letter.typ or a picture: making it took over 20 s",
        ),
    ],
)
def test_a_template_that_takes_for_ever_is_stopped(
    tmp_path: Path, seconds: int, name: str, added: str, said: str
) -> None:
    path = Path(shutil.copytree(FOLDER, tmp_path / "all")) / "annual-review" / name
    path.write_text(f"{path.read_text()}\n{added}\n")
    with (
        LimitedTemplates(tmp_path / "all", seconds=seconds, soon=5) as templates,
        pytest.raises(CannotRender, match=said),
    ):
        templates.render(a_content())


def test_files_that_are_too_large_are_not_read(tmp_path: Path) -> None:
    templates = templates_with(tmp_path)
    with (tmp_path / "annual-review" / "photo.svg").open("wb") as photo:
        photo.truncate(MOST_BYTES)
    with pytest.raises(CannotRender, match=r"photo\.svg: the files .* have over 8 MB together"):
        templates.render(a_content())


def test_every_email_has_the_same_frame_for_outlook_narrow_screens_and_the_dark() -> None:
    noted = TEMPLATES.render(a_content()).note_html
    values = {"origin": "o", "seal": 1, "size": 2, "day": date(2020, 7, 22), "file": "c.txt"}
    _, _, told = TEMPLATES.mail("notice", "checkpoint", values, verbatim="o\n2\n")

    for html in (noted, told):
        assert '<meta name="color-scheme" content="light dark">' in html
        assert '<meta name="supported-color-schemes" content="light dark">' in html
        assert "@media (prefers-color-scheme: dark)" in html
        # Outlook's own table holds the width; every other program has max-width.
        assert html.count("<!--[if mso]>") == html.count("<![endif]-->") == 3
        assert 'width="640"' in html
        assert "max-width: 640px" in html


def test_a_folder_may_have_a_frame_of_its_own(tmp_path: Path) -> None:
    copied = shutil.copytree(FOLDER / "annual-review", tmp_path / "annual-review")
    before = Templates(tmp_path).digest("annual-review")
    (copied / "frame.html").write_text("<title>{{ title }}</title>{{ parts[0][1] }}")

    assert Templates(tmp_path).digest("annual-review") != before
    assert Templates(tmp_path).render(a_content()).note_html.startswith("<title>")


def test_paragraphs_for_one_letter_are_shown_as_it_will_have_them() -> None:
    templates = TEMPLATES
    text = "One **service**.\n\n* a\n"
    made = templates.paragraphs("annual-review", text, "BIR.md")
    assert made == "<p>One <strong>service</strong>.</p>\n<ul>\n<li>a</li>\n</ul>\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("one\n\n<b>x</b>", r'BIR\.md, line 3: "<b>" would print as it is'),
        ("![a](none.svg)", r"BIR\.md: there is no picture none\.svg"),
        ("[x](http://a)", r"BIR\.md: the link http://a is neither https nor mailto"),
        ("\u4e2d", r"BIR\.md: the letters' font has no \u4e2d"),
    ],
)
def test_what_paragraphs_cannot_have_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(CannotRender, match=said):
        TEMPLATES.paragraphs("annual-review", text, "BIR.md")
