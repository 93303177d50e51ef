from __future__ import annotations

import http.client
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from dispatch.cli.live import MAIL_POLICY, POLICY, Live, Server, Source, answered, page_of
from dispatch.demo.register import sample_register
from dispatch.documents import Templates
from dispatch.domain.errors import BadInput, NotFound
from dispatch.domain.letters.drafting import Register
from dispatch.domain.letters.oddity import Before
from dispatch.files.plan.plan import read_plan
from dispatch.files.shipped import shipped
from dispatch.letters.wording.preview import Basis, basis_of

CODES: Final = ("OXO", "ADU", "WYO", "BUC")


def few() -> Register:
    known = sample_register()
    return Register(
        authorities={code: known.authorities[code] for code in CODES},
        contacts=known.contacts,
        figures=known.figures,
    )


@pytest.fixture
def live(tmp_path: Path) -> Live:
    folder = tmp_path / "annual-review"
    shutil.copytree(shipped("templates") / "annual-review", folder)
    plan = shutil.copy(shipped("config") / "mailouts/annual-review-2020.toml", tmp_path)
    text = Path(plan).read_text().replace('bespoke = "annual', '# bespoke = "annual')
    Path(plan).write_text(text)

    def load() -> Basis:
        return basis_of(read_plan(Path(plan)).plan, few(), Before(), "A few letters.")

    source = Source(
        template="annual-review",
        load=load,
        wording=lambda: sorted(folder.iterdir()),
        plan=lambda: [Path(plan)],
    )
    return Live(source, Templates(tmp_path), load())


def edit(path: Path, was: str, becomes: str) -> None:
    text = path.read_text()
    assert was in text
    path.write_text(text.replace(was, becomes))


def test_the_page_shows_the_letter_and_leads_to_the_next(live: Live) -> None:
    first = page_of(live, "/base", "ADU")
    assert "The oddest of 4; the round" in first
    live.choose()
    assert live.tour
    codes = [each.code for each in live.tour.stops]
    said = page_of(live, "/base", codes[0])
    assert f"Letter 1 of {len(codes)} that show every turn of the words in 4 letters" in said
    assert f'href="/base/letter/{codes[1]}" rel="next"' in said
    assert "Words that no letter has" in said
    assert "First to say" in said
    assert f"/base/page/{codes[0]}/3.png" in said
    assert "<style" not in said
    assert "style=" not in said
    assert "onclick" not in said


def test_a_save_with_an_error_shows_it_above_the_last_good_letter(
    live: Live, tmp_path: Path
) -> None:
    live.choose()
    tour = live.tour
    assert not live.look()
    assert "Dear Mrs Mensah" in page_of(live, "/base", "ADU")
    letter = tmp_path / "annual-review/letter.md"
    edit(letter, "{{ title }}{%", "{{ titel }}{%")
    assert live.look()
    live.choose()
    assert live.tour == tour  # an error in all of them does not change which are shown
    said = page_of(live, "/base", "ADU")
    assert "letter.md, line 30, column 6" in said
    assert "&#39;titel&#39; is undefined" in said
    assert "<code>dispatch template values</code>" in said
    assert "Below is the letter as it was before this error" in said
    assert "Dear Mrs Mensah" in said
    edit(letter, "{{ titel }}{%", "Our own letter{%")
    assert live.look()
    said = page_of(live, "/base", "ADU")
    assert "Our own letter" in said
    assert "undefined" not in said


def test_a_save_of_the_plan_shows_and_an_error_in_it_leaves_the_plan_before(
    live: Live, tmp_path: Path
) -> None:
    plan = tmp_path / "annual-review-2020.toml"
    edit(plan, 'title = "Annual Review letter 2020"', 'title = "A letter of ours"')
    assert live.look()
    assert "A letter of ours" in page_of(live, "/base", "ADU")
    edit(plan, 'title = "A letter of ours"', "title = ")
    assert live.look()
    said = page_of(live, "/base", "ADU")
    assert "A letter of ours" in said
    assert "annual-review-2020.toml, line 9" in said
    assert '<pre class="line">' in said


def test_a_letter_that_was_never_made_shows_the_error_alone(live: Live, tmp_path: Path) -> None:
    edit(tmp_path / "annual-review/letter.md", "{{ title }}{%", "{{ titel }}{%")
    live.look()
    said = page_of(live, "/base", "ADU")
    assert "is undefined" in said
    assert "<iframe" not in said


def test_a_page_waits_for_the_next_save(live: Live) -> None:
    assert live.wait(since=0) == 1
    assert live.wait(since=1, seconds=0) == 1


@pytest.fixture
def server(live: Live) -> Iterator[Server]:
    with Server(live) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def got(
    server: Server, path: str, host: str | None = None
) -> tuple[int, http.client.HTTPResponse, bytes]:
    client = http.client.HTTPConnection("127.0.0.1", server.server_port)
    headers = {"Host": host} if host else {}
    client.request("GET", path, headers=headers)
    answer = client.getresponse()
    content = answer.read()
    client.close()
    return answer.status, answer, content


def test_the_browser_gets_the_page_under_a_policy(server: Server) -> None:
    status, answer, content = got(server, f"{server.base}/letter/ADU")
    assert (status, answer.headers["Content-Security-Policy"]) == (200, POLICY)
    assert b"Adur District Council" in content
    status, answer, content = got(server, f"{server.base}/email/ADU")
    assert (status, answer.headers["Content-Security-Policy"]) == (200, MAIL_POLICY)
    status, answer, content = got(server, f"{server.base}/page/ADU/1.png?x")
    assert content.startswith(b"\x89PNG")
    assert got(server, f"{server.base}/live.js")[1].headers["Content-Type"].startswith("text/javas")
    assert got(server, f"{server.base}/changed?since=9")[2] == b"1"


@pytest.mark.parametrize("host", ["attacker.example", "127.0.0.1", ""])
def test_a_strangers_page_cannot_read_it_by_another_name(server: Server, host: str) -> None:
    assert got(server, f"{server.base}/letter/ADU", host or "x")[0] == 421


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/letter/ADU",
        "BASE/nothing",
        "BASE/letter/ZZZ",
        "BASE/page/ADU/9.png",
        "BASE/page/ADU/x",
    ],
)
def test_what_is_not_there_is_said(server: Server, path: str) -> None:
    assert got(server, path.replace("BASE", server.base))[0] == 404


def test_a_letter_that_cannot_be_made_has_no_pages(live: Live, tmp_path: Path) -> None:
    edit(tmp_path / "annual-review/letter.md", "{{ title }}{%", "{{ titel }}{%")
    live.look()
    with Server(live) as server, pytest.raises(NotFound, match="cannot be made"):
        answered(server, f"{server.base}/email/ADU")


def test_a_file_that_is_gone_counts_as_a_change(live: Live, tmp_path: Path) -> None:
    (tmp_path / "annual-review-2020.toml").unlink()
    assert live.look()
    assert live.fault
    with pytest.raises(BadInput):
        live.source.load()
