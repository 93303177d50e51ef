from __future__ import annotations

import pytest

from dispatch.mail.notices.fields import MAX_RECIPIENTS, address_in, blocks

CHIEF = "chief@oxo.example"


@pytest.mark.parametrize(
    "text",
    [
        f"Final-Recipient: rfc822; {CHIEF}\nAction: failed\nStatus: 5.1.1\n",
        f"Final-Recipient : RFC822;<{CHIEF}>\nACTION: failed\nStatus :5.1.1 (bad)\n",
        f"Action: failed\nFinal-Recipient: {CHIEF}\nStatus: 5.1.1",
        f"Reporting-MTA: dns; x\nFinal-Recipient: rfc822; {CHIEF}\nAction: failed\nStatus: 5.1.1",
        f"  Final-Recipient: rfc822;\n    {CHIEF}\n  Action: failed\n  Status: 5.1.1",
        f"Some text.\n\nOriginal-Recipient: rfc822;{CHIEF}\nAction: failed\nStatus: 5.1.1\n\nMore.",
    ],
    ids=["as it should be", "spaces", "order", "no blank line", "indented, folded", "in a text"],
)
def test_fields_are_read_however_they_are_written(text: str) -> None:
    [block] = blocks(text)
    assert address_in(block) == CHIEF
    assert block["action"] == "failed"
    assert block["status"].startswith("5.1.1")


def test_each_recipient_has_a_block_with_and_without_a_blank_line_between() -> None:
    one = "Final-Recipient: rfc822; a@oxo.example\nAction: failed\n"
    other = "Final-Recipient: rfc822; b@oxo.example\nAction: delayed\n"
    for text in (one + other, f"{one}\n{other}"):
        assert [(address_in(each), each["action"]) for each in blocks(text)] == [
            ("a@oxo.example", "failed"),
            ("b@oxo.example", "delayed"),
        ]


def test_a_diagnostic_goes_on_over_lines() -> None:
    [block] = blocks("Action: failed\nDiagnostic-Code: smtp; 550 5.1.1\n No such\n\tuser\n")
    assert block["diagnostic-code"] == "smtp; 550 5.1.1 No such user"


@pytest.mark.parametrize(
    ("final", "original", "expected"),
    [
        ("rfc822; alias@oxo.example", CHIEF, CHIEF),
        ("x400; /S=chief/O=oxo/", CHIEF, CHIEF),
        ("rfc822;@smtp.example:chief@server", CHIEF, CHIEF),
        ("rfc822;|/usr/bin/filter chief@x.example", "", ""),
        ("LOCAL; chief@mailhost", "", "chief@mailhost"),
        ("rfc822; nobody", "", ""),
    ],
)
def test_the_address_is_the_one_we_gave_if_it_is_told(
    final: str, original: str, expected: str
) -> None:
    assert address_in({"final-recipient": final, "original-recipient": original}) == expected


def test_text_without_fields_has_no_blocks() -> None:
    assert blocks("Dear Madam,\nSubject: x\nto: y\n\nNote: this") == ()


def test_recipients_are_read_to_the_bound() -> None:
    text = "\n".join(f"Final-Recipient: rfc822; u{n}@oxo.example\n" for n in range(2000))
    assert len(blocks(text)) == MAX_RECIPIENTS
