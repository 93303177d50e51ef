from __future__ import annotations

import pytest

from dispatch.web.visiting import name_of, own_path


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/mailouts?a=b", "/mailouts?a=b"),
        ("/%2f/evil.example", "/%2f/evil.example"),
        (None, "/"),
        ("", "/"),
        ("mailouts", "/"),
        ("https://evil.example/", "/"),
        ("http:/evil.example", "/"),
        ("//evil.example/", "/"),
        ("///evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/ok\r\nSet-Cookie: a=b", "/"),
        ("/\u2028", "/"),
        ("//[", "/"),
    ],
)
def test_nobody_is_sent_on_to_a_page_that_is_not_ours(wanted: str | None, goes_to: str) -> None:
    assert own_path(wanted) == goes_to


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) Safari/604", "Safari on iPhone"),
        ("curl/8", "Another browser"),
        ("<script>", "Another browser"),
    ],
)
def test_a_browser_is_called_as_people_call_it(agent: str, name: str) -> None:
    assert name_of(agent) == name
