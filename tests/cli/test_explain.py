from __future__ import annotations

import json

from click.testing import CliRunner

from dispatch.cli import main

DENIED = "554 5.2.252 SendAsDenied; not allowed to send as"


def printed(*words: str, given: str = "") -> str:
    """Give the command, which needs no database."""
    result = CliRunner().invoke(main, ["explain", *words], input=given, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_reply_is_explained_in_lines_of_80_columns() -> None:
    text = printed(DENIED)
    assert "We may not use this sender or return path." in text
    assert max(map(len, text.splitlines())) <= 80
    assert printed(*DENIED.split()) == text == printed("-", given=DENIED)


def test_a_program_is_given_the_same() -> None:
    view = json.loads(printed("--json", "--at", "auth", "535 5.7.3 no"))
    assert (view["answers"], view["code"], view["whose"]) == ("AUTH", 535, "us")


def test_what_is_no_reply_is_refused_in_one_line() -> None:
    result = CliRunner().invoke(main, ["explain", "hello"])
    assert result.exit_code == 1
    assert result.output == (
        "Error: 'hello' has no reply code: three digits, such as in `550 5.1.1 User unknown`\n"
    )
