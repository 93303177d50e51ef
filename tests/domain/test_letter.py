from __future__ import annotations

from dataclasses import replace

import pytest

from dispatch.domain.digest import sha256
from dispatch.domain.letter import Rendered, letter_digest

RENDERED = Rendered(
    subject="Annual Review letter 2020",
    text="Dear Ms Adeyemi",
    html="<p>Dear Ms Adeyemi</p>",
    pdf=b"%PDF-1.7",
    note_text="Please find attached",
    note_html="<p>Please find attached</p>",
)


def digest_of(rendered: Rendered, attachments: object = ()) -> str:
    parts = {name: sha256(content) for name, content in rendered.parts.items()}
    return letter_digest(rendered.subject, parts, attachments)


@pytest.mark.parametrize("part", ["subject", *RENDERED.parts])
def test_a_change_to_any_part_of_a_letter_changes_its_digest(part: str) -> None:
    value = getattr(RENDERED, part)
    changed = replace(RENDERED, **{part: value + type(value)()[:0] + value[:1]})
    assert digest_of(changed) != digest_of(RENDERED)


def test_the_digest_covers_attachments() -> None:
    assert digest_of(RENDERED, ["a.xlsx"]) != digest_of(RENDERED)
