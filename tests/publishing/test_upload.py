from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from dispatch.app import App
from dispatch.database import Sessions
from dispatch.database.tables import Delivery, Document, EventRow, Letter
from dispatch.documents.site import Site
from dispatch.domain.delivery import DeliveryState
from dispatch.domain.digest import sha256
from dispatch.domain.errors import (
    BadInput,
    CannotRender,
    ChangedMeanwhile,
    NotApproved,
    RuleBroken,
)
from dispatch.domain.letter import LetterState
from dispatch.domain.mailout import Attachment, MailoutState
from dispatch.domain.publishing.bundle import checkpoint
from dispatch.domain.publishing.spreadsheet import from_csv, to_csv
from dispatch.files import bundles
from dispatch.ledger import journal
from dispatch.ledger.events import MAILOUT_UPLOADED
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.publishing import store
from dispatch.publishing.upload import Publishing, refuse_unready, some, upload
from dispatch.tracking.standing import standing
from tests import steps
from tests.corrections import versions
from tests.factories import a_word, some_figures
from tests.fakes import FakeClock
from tests.uploads import (
    NEXT,
    PUBLIC_AT,
    SITE,
    WORD,
    a_checkpoint,
    bounced,
    change,
    files_in,
    proposed,
    sealed_again,
    sent,
    sent_next_year,
    uploaded,
)

ALTHOUGH = replace(WORD, because="rung up:\n they have it on paper")


@pytest.fixture
def public(tmp_path: Path) -> Path:
    (tmp_path / "www").mkdir()
    return tmp_path / "www" / "public"


def beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir())


def events(app: App) -> list[Any]:
    with app.sessions.read() as session:
        found = journal.events(session, f"mailout:{steps.NAME}")
        return [event for event in found if event.action == MAILOUT_UPLOADED.action]


def test_each_authority_s_letter_is_public_as_it_was_sent(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    done = uploaded(app, public)
    files = files_in(public)
    assert {path.partition("-")[0] for path in files if path.startswith("assets/")} == {
        "assets/page",
        "assets/check",
    }
    assert sorted(path for path in files if not path.startswith("assets/")) == [
        "authorities/adu.html",
        "authorities/oxo.html",
        "check.html",
        "data.html",
        "datapackage.json",
        "figures.csv",
        "index.html",
        "letters.csv",
        "letters.json",
        f"letters/{steps.NAME}/adur-city-council-2020.pdf",
        f"letters/{steps.NAME}/index.html",
        f"letters/{steps.NAME}/oxford-city-council-2020.pdf",
        "manifest.json",
    ]
    letters = steps.letters_of(app)
    for row in from_csv(files["letters.csv"]):
        digest = letters[row["authority_code"]].parts["pdf"]
        assert sha256(files[row["file"]]) == row["sha256"] == digest
    assert done.files == len(files)
    assert done.digest == sha256(files["manifest.json"])


def test_a_year_keeps_its_map_when_the_next_one_has_another_or_none(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", map="england-2020")
    uploaded(app, public)
    first = files_in(public)
    sent_next_year(app, clock)
    uploaded(app, public, NEXT)
    second = files_in(public)
    assert {row["mailout"] for row in from_csv(second["map.csv"])} == {steps.NAME}
    for path in ("map.csv", "maps/england-2020.txt"):
        assert first[path] == second[path]
    assert b'class="map"' in second[f"letters/{steps.NAME}/index.html"]
    assert b'class="map"' not in second[f"letters/{NEXT}/index.html"]


def test_nothing_is_public_if_the_plans_map_is_missing(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", map="nowhere")
    with pytest.raises(CannotRender, match="the map nowhere"):
        uploaded(app, public)
    assert not public.exists()
    assert steps.state_of(app) is MailoutState.SENT


def test_the_mailout_is_then_uploaded_and_the_ledger_has_the_manifest_s_digest(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    done = uploaded(app, public)
    assert steps.state_of(app) is MailoutState.UPLOADED
    [event] = events(app)
    assert (event.actor, event.at) == ("Alex", PUBLIC_AT)
    assert event.detail == {"manifest": done.digest, "at_keyboard": "sam"}


def test_nothing_is_public_before_the_day_begins_in_london(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    clock.advance(seconds=-1)
    with pytest.raises(RuleBroken, match="is not public before 29 July 2020, as its letters say"):
        uploaded(app, public)
    assert steps.state_of(app) is MailoutState.SENT
    assert beside(public) == []


def test_nothing_is_public_while_letters_are_on_their_way(
    app: App, clock: FakeClock, public: Path
) -> None:
    steps.released(app, clock, "OXO")
    clock.reach(PUBLIC_AT)
    with pytest.raises(RuleBroken, match="still on their way"):
        uploaded(app, public)


def test_nothing_is_public_while_somebody_is_not_surely_reached(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    bounced(app, "ADU")
    with pytest.raises(RuleBroken, match=r"not surely reached: ADU; .*--although"):
        uploaded(app, public)
    assert beside(public) == []


def test_a_person_may_decide_otherwise_and_the_ledger_alone_says_who_and_why(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    bounced(app, "ADU")
    uploaded(app, public, word=ALTHOUGH)
    [event] = events(app)
    assert event.actor == "Alex"
    assert event.detail["although"] == "rung up: they have it on paper"
    assert event.detail["unreached"] == "ADU"
    for content in files_in(public).values():
        assert b"rung up" not in content
        assert b"Alex" not in content


def test_a_word_nobody_had_to_give_is_not_recorded(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    uploaded(app, public, word=ALTHOUGH)
    assert "although" not in events(app)[0].detail


def test_only_a_person_makes_letters_public(app: App, clock: FakeClock, public: Path) -> None:
    sent(app, clock, "OXO")
    with pytest.raises(RuleBroken, match="not the name of a person"):
        uploaded(app, public, word=replace(WORD, person="clock"))
    assert beside(public) == []


def test_nothing_is_public_while_a_new_version_waits_for_its_approval(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    with app.sessions.begin() as session:
        rows = update(Letter).where(Letter.authority_code == "ADU")
        session.execute(rows.values(state=LetterState.PROPOSED))
    with pytest.raises(RuleBroken, match="of the letter of ADU"):
        uploaded(app, public)


@pytest.mark.parametrize("part", ["pdf", "mail"])
def test_a_stored_letter_that_is_not_what_it_was_stops_the_upload(
    app: App, clock: FakeClock, public: Path, part: str
) -> None:
    sent(app, clock, "OXO")
    digest = steps.letters_of(app)["OXO"].parts[part]
    with app.sessions.begin() as session:
        rows = update(Document).where(Document.sha256 == digest)
        session.execute(rows.values(content=b"%PDF, forged"))
    with pytest.raises(NotApproved, match="not what it was"):
        uploaded(app, public)
    assert beside(public) == []


def test_a_letter_whose_message_holds_another_pdf_stops_the_upload(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    other = steps.letters_of(app)["ADU"].parts["mail"]
    with app.sessions.begin() as session:
        rows = update(Delivery).where(Delivery.authority_code == "OXO")
        session.execute(rows.values(mail=other))
    with pytest.raises(NotApproved, match="PDF of OXO is not the one in the message that went"):
        uploaded(app, public)


def test_what_is_confidential_and_who_is_written_to_is_nowhere_in_it(
    app: App, clock: FakeClock, public: Path
) -> None:
    secret = b"case 1: Jo Smith, 3 Mill Lane"
    sheet = Attachment(name="decided.csv", media_type="text/csv", sha256=sha256(secret))
    with app.sessions.begin() as session:
        session.add(Document(sha256=sheet.sha256, media_type="text/csv", content=secret))
    sent(app, clock, "OXO", attachments={"OXO": [sheet]})
    assert proposed(app, public).withheld == 1
    uploaded(app, public)
    files = files_in(public)
    assert secret not in files.values()
    for path, content in files.items():
        assert secret not in content
        if not path.endswith(".pdf"):  # the letter itself names its addressee
            assert not re.search(rb"Adeyemi|[\w.]@[\w.]|decided\.csv|alex|sam\b", content)


def test_made_up_figures_carry_their_mark_in_every_table_and_page(
    app: App, clock: FakeClock, public: Path
) -> None:
    made_up = replace(some_figures("OXO"), synthetic=("upheld",))
    sent(app, clock, "OXO", "CMD", figures=[made_up])
    uploaded(app, public)
    marked = {
        (row["authority_code"], row["figure"])
        for row in from_csv((public / "figures.csv").read_bytes())
        if row["is_synthetic"] == "true"
    }
    assert {
        ("OXO", "upheld"),
        ("OXO", "upheld_percent"),
        ("CMD", "upheld_average_percent"),
    } < marked
    assert not {("OXO", "investigated"), ("CMD", "upheld")} & marked
    flags = {
        row["authority_code"]: row["is_synthetic"]
        for row in from_csv((public / "letters.csv").read_bytes())
    }
    assert flags == {"OXO": "true", "CMD": "false"}
    assert "made-up figures" in (public / "index.html").read_text()


def test_to_upload_again_gives_the_same_bytes_and_changes_nothing(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    first = uploaded(app, public)
    before = public.stat().st_ino
    clock.advance(days=400)
    again, elsewhere = uploaded(app, public), uploaded(app, public.with_name("copy"))
    assert (first.is_changed, again.is_changed, elsewhere.is_changed) == (True, False, True)
    assert files_in(public) == files_in(public.with_name("copy"))
    assert public.stat().st_ino == before
    assert len(events(app)) == 1


def test_letters_that_are_public_keep_the_checkpoint_that_they_were_uploaded_with(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    uploaded(app, public, checkpoint=a_checkpoint(1))
    assert not uploaded(app, public, checkpoint=a_checkpoint(2)).is_changed
    assert not uploaded(app, public).is_changed
    assert (public / checkpoint(steps.NAME)).read_bytes() == a_checkpoint(1)


def test_letters_that_have_changed_have_the_checkpoint_of_the_day_they_became_public(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    uploaded(app, public, checkpoint=a_checkpoint(1))
    letters = public / "letters.csv"
    rows = [{**row, "sha256": sha256(b"")} for row in from_csv(letters.read_bytes())]
    letters.write_bytes(to_csv([*rows[0]], rows))
    manifest = sealed_again(public)
    with app.sessions.begin() as session:
        detail = {store.MANIFEST: manifest.digest}
        journal.append(session, MAILOUT_UPLOADED.by(a_word(clock()), steps.NAME, **detail))
    assert uploaded(app, public, checkpoint=a_checkpoint(2)).has_checkpoint
    assert (public / checkpoint(steps.NAME)).read_bytes() == a_checkpoint(2)
    assert not uploaded(app, public.with_name("copy")).has_checkpoint


def test_a_letter_issued_again_takes_the_place_of_the_one_before(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    first = steps.letters_of(app)["OXO"]
    steps.figures_corrected(app, some_figures("OXO", upheld=4))
    versions.proposed(app, versions.corrected(app, "OXO").redrafts)
    assert versions.approved(app)
    steps.send_due(app)
    steps.tick(app)
    uploaded(app, public)
    rows = from_csv((public / "letters.csv").read_bytes())
    assert {row["authority_code"]: row["version"] for row in rows} == {"ADU": "1", "OXO": "2"}
    assert first.parts["pdf"] not in {row["sha256"] for row in rows}
    assert "corrected" in (public / "index.html").read_text()
    [older] = from_csv((public / "earlier-versions.csv").read_bytes())
    assert (older["sha256"], older["version"]) == (first.parts["pdf"], "1")
    assert older["replaced_on"] == "2020-07-29"
    assert first.parts["pdf"] in (public / "check.html").read_text()
    sent_next_year(app, clock)
    uploaded(app, public, NEXT)
    assert from_csv((public / "earlier-versions.csv").read_bytes()) == [older]


def test_who_is_unreached_after_the_upload_does_not_keep_it_from_being_made_again(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    uploaded(app, public)
    bounced(app, "OXO")
    assert not uploaded(app, public).is_changed


def test_earlier_years_stay_and_pages_and_tables_have_all_of_them(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    uploaded(app, public, checkpoint=a_checkpoint(1))
    before = files_in(public)
    sent_next_year(app, clock)
    done = uploaded(app, public, NEXT, checkpoint=a_checkpoint(20))
    files = files_in(public)
    kept = {path for path in before if path.startswith("letters/")}
    assert {path: files[path] for path in kept} == {path: before[path] for path in kept}
    assert done.mailouts == (steps.NAME, NEXT)
    assert files[checkpoint(steps.NAME)] == a_checkpoint(1)
    assert files[checkpoint(NEXT)] == a_checkpoint(20)
    for table in ("letters.csv", "figures.csv"):
        assert {row["mailout"] for row in from_csv(files[table])} == {steps.NAME, NEXT}
    assert b'data-year="2020"' in files["index.html"]
    assert b'data-year="2021"' in files["index.html"]
    assert b"had 1 entry under the root" in files["index.html"]
    assert b"had 20 entries under the root" in files["index.html"]
    assert beside(public) == ["public"]


def test_an_earlier_year_that_was_changed_is_not_taken_over(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    uploaded(app, public)
    sent_next_year(app, clock)
    (public / "figures.csv").write_bytes(b"forged")
    with pytest.raises(BadInput, match=r"figures\.csv: changed"):
        uploaded(app, public, NEXT)


def test_a_bundle_that_this_ledger_does_not_know_is_not_built_upon(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    uploaded(app, public)
    sent_next_year(app, clock)
    manifest = public / "manifest.json"
    forged = manifest.read_text().replace(
        sha256((public / "index.html").read_bytes()), sha256(b"x")
    )
    manifest.write_text(forged)
    (public / "index.html").write_bytes(b"x")
    size = len((public / "index.html").read_bytes())
    manifest.write_text(re.sub(r'("index.html",\s+"size": )\d+', rf"\g<1>{size}", forged))
    with pytest.raises(BadInput, match="the ledger knows of no upload with this manifest"):
        uploaded(app, public, NEXT)
    assert (public / "index.html").read_bytes() == b"x"


def test_a_folder_with_something_else_in_it_is_refused(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    public.mkdir()
    (public / "thesis.doc").touch()
    with pytest.raises(BadInput, match="this is not an upload"):
        uploaded(app, public)
    assert steps.state_of(app) is MailoutState.SENT
    assert [*files_in(public)] == ["thesis.doc"]


class BrokenSite(Site):
    def __init__(self) -> None:
        self.about = SITE.about

    def files(self, *_: object) -> Any:
        raise CannotRender("index.html: it cannot be made")


def test_what_cannot_be_made_leaves_everything_as_it_was(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    with pytest.raises(CannotRender):
        uploaded(app, public, site=BrokenSite())
    assert beside(public) == []
    assert steps.state_of(app) is MailoutState.SENT


def test_what_was_shown_must_still_be_so_when_it_is_done(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    proposal = proposed(app, public)
    bounced(app, "ADU")
    with bundles.held(public) as folder, pytest.raises(ChangedMeanwhile):
        upload(app.sessions, proposal, Publishing(folder, SITE), WORD)
    assert beside(public) == []
    assert events(app) == []


class PowerCut(BaseException):
    """What ends a program at once."""


class CutOff:
    """Sessions of a database that goes away at the moment of a commit."""

    def __init__(self, sessions: Sessions) -> None:
        self.read = sessions.read
        self._sessions = sessions

    def begin(self) -> Any:
        return _Cut(self._sessions.begin())


class _Cut:
    def __init__(self, transaction: Any) -> None:
        self._transaction = transaction

    def __enter__(self) -> Any:
        return self._transaction.__enter__()

    def __exit__(self, *_: object) -> None:
        cut = PowerCut()
        self._transaction.__exit__(PowerCut, cut, None)
        raise cut


def test_an_upload_that_cannot_be_recorded_is_taken_back(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    uploaded(app, public)
    before = files_in(public)
    sent_next_year(app, clock)
    broken: Any = CutOff(app.sessions)
    with bundles.held(public) as folder, pytest.raises(PowerCut):
        upload(broken, proposed(app, public, NEXT), Publishing(folder, SITE), WORD)
    assert files_in(public) == before
    assert beside(public) == ["public"]
    assert uploaded(app, public, NEXT).mailouts == (steps.NAME, NEXT)


def test_a_first_upload_that_was_cut_off_before_it_was_recorded_is_made_again(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    uploaded(app, public)
    digest = events(app)[0].detail["manifest"]
    with app.sessions.begin() as session:  # as if the transaction had never ended
        mailout_named(session, steps.NAME).state = MailoutState.SENT
        session.execute(delete(EventRow).where(EventRow.action == MAILOUT_UPLOADED.action))
    assert uploaded(app, public).digest == digest
    assert [event.detail["manifest"] for event in events(app)] == [digest]
    assert beside(public) == ["public"]


def test_a_folder_with_fewer_years_is_recorded_as_an_upload_of_its_own(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO")
    uploaded(app, public)
    sent_next_year(app, clock)
    both = uploaded(app, public, NEXT).digest
    alone = uploaded(app, public.with_name("alone"), NEXT).digest
    assert both != alone
    with app.sessions.read() as session:
        assert {both, alone} < store.recorded(session)


def test_the_upload_date_is_the_one_of_the_plan(app: App, clock: FakeClock, public: Path) -> None:
    later = (datetime(2020, 8, 3, tzinfo=UTC)).date()
    sent(app, clock, "OXO", upload_date=later)
    with pytest.raises(RuleBroken, match="3 August 2020"):
        uploaded(app, public)
    clock.advance(days=5)
    assert uploaded(app, public).is_changed
    assert clock() - PUBLIC_AT == timedelta(days=5)


def codes_ready(app: App) -> list[str]:
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        refuse_unready(session, mailout, standing(session, mailout).tally)
        return [letter.authority_code for letter in letters.in_force(session, mailout)]


def test_a_mailout_that_is_sent_is_ready_with_all_its_letters(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    assert codes_ready(app) == ["ADU", "OXO"]
    assert proposed(app, public).unreached == frozenset()


def test_letters_on_their_way_are_not_ready(app: App, clock: FakeClock) -> None:
    steps.released(app, clock, "OXO")
    with pytest.raises(RuleBroken, match="still on their way"):
        codes_ready(app)


def test_a_letter_that_goes_again_is_on_its_way_whatever_the_mailout_s_state(
    app: App, clock: FakeClock
) -> None:
    sent(app, clock, "OXO")
    change(app, Delivery, "OXO", state=DeliveryState.QUEUED)
    with pytest.raises(RuleBroken, match="still on their way"):
        codes_ready(app)


def test_a_mailout_that_was_never_sent_is_not_ready(app: App) -> None:
    steps.approved(app, "OXO")
    with pytest.raises(RuleBroken, match="is approved, not sent"):
        codes_ready(app)


def test_a_mailout_that_was_cancelled_is_never_ready(app: App, clock: FakeClock) -> None:
    sent(app, clock, "OXO")
    with app.sessions.begin() as session:
        mailout_named(session, steps.NAME).move_to(MailoutState.CANCELLED)
    with pytest.raises(RuleBroken, match="is cancelled, not sent"):
        codes_ready(app)


@pytest.mark.parametrize("state", [LetterState.PROPOSED, LetterState.WANTED, LetterState.FAILED])
def test_a_new_version_that_waits_for_somebody_is_named(
    app: App, clock: FakeClock, state: LetterState
) -> None:
    sent(app, clock, "OXO", "ADU")
    change(app, Letter, "OXO", state=state)
    with pytest.raises(RuleBroken, match="of the letter of OXO: approve it, or withdraw it"):
        codes_ready(app)


def test_many_codes_are_cut_short() -> None:
    assert some(["B", "A"]) == "A, B"
    assert some([f"A{n:02}" for n in range(12)]).endswith("A09 and 2 more")


def reissued(app: App, code: str) -> None:
    """Have a new version of a letter approved and sent."""
    steps.figures_corrected(app, some_figures(code, upheld=4))
    versions.proposed(app, versions.corrected(app, code).redrafts)
    assert versions.approved(app)
    steps.send_due(app)
    steps.tick(app)


def test_a_letter_that_was_issued_again_since_it_was_shown_is_not_made_public(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    proposal = proposed(app, public)
    reissued(app, "OXO")
    with bundles.held(public) as folder, pytest.raises(ChangedMeanwhile):
        upload(app.sessions, proposal, Publishing(folder, SITE), WORD)
    assert (beside(public), events(app)) == ([], [])


def test_nor_is_one_that_is_issued_again_while_the_files_are_written(
    app: App, clock: FakeClock, public: Path
) -> None:
    sent(app, clock, "OXO", "ADU")
    proposal = proposed(app, public)

    def meanwhile(letters: Iterable[store.SentLetter]) -> Iterator[store.SentLetter]:
        yield from letters
        reissued(app, "OXO")

    with bundles.held(public) as folder, pytest.raises(ChangedMeanwhile):
        upload(app.sessions, proposal, Publishing(folder, SITE, watch=meanwhile), WORD)
    assert (beside(public), events(app)) == ([], [])
    assert steps.state_of(app) is MailoutState.SENT
    assert uploaded(app, public).is_changed
