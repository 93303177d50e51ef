from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

from dispatch.app import App
from dispatch.database.tables import Document
from dispatch.domain.digest import sha256
from dispatch.domain.errors import CannotRender, RuleBroken
from dispatch.domain.letter import LetterState, Made, Rendered
from dispatch.domain.mailout import Attachment, MailoutState
from dispatch.letters import render
from dispatch.letters.render import MOST_TRIES, Asked, Job
from dispatch.letters.store import documents, letters
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from tests import steps
from tests.factories import a_mailout, a_word, contact_in
from tests.fakes import FakeClock


def ask(app: App) -> Asked:
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        return render.ask(session, mailout, app.templates, a_word(app.clock()))


def claim(app: App, limit: int = 8) -> list[Job]:
    with app.sessions.begin() as session:
        return render.claim(session, now=app.clock(), lease=app.lease, limit=limit)


def store(app: App, job: Job, result: Made | CannotRender) -> None:
    with app.sessions.begin() as session:
        render.store(session, [(job, result)], now=app.clock())


def test_every_letter_is_made_and_its_bytes_are_what_its_digests_say(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")

    assert steps.state_of(app) is MailoutState.RENDERED
    letter = steps.letters_of(app)["OXO"]
    assert letter.state is LetterState.RENDERED
    with app.sessions.read() as session:
        parts, _ = documents.of(session, letter)
    assert {name: sha256(content) for name, content in parts.items()} == letter.parts
    assert parts["pdf"].startswith(b"%PDF-")
    assert b"Dear Ms Adeyemi" in parts["text"]
    mail = message_from_bytes(b"MIME-Version: 1.0\r\n" + parts["mail"], policy=default)
    [attached] = mail.iter_attachments()
    assert attached.get_payload(decode=True) == parts["pdf"]


def test_the_same_content_gives_the_same_digest(app: App) -> None:
    steps.rendered(app)
    before = steps.letters_of(app)["OXO"].digest
    with app.sessions.begin() as session:
        for letter in letters.in_force(session, mailout_named(session, steps.NAME)):
            letter.state = LetterState.VOID
    steps.render_again(app)
    assert steps.letters_of(app)["OXO"].digest == before


def test_asking_again_keeps_what_has_not_changed(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    with app.sessions.begin() as session:
        row = contact_in(session, "ADU")
        row.surname = "Okoro"
    assert ask(app) == Asked(wanted=1, kept=1)
    assert steps.state_of(app) is MailoutState.DRAFT


def test_asking_twice_while_workers_are_busy_makes_no_letter_twice(app: App) -> None:
    steps.planned(app, "OXO", "ADU")
    assert ask(app) == ask(app) == Asked(wanted=2, kept=0)
    assert len(claim(app)) == 2


def test_a_letter_that_is_due_and_cannot_be_made_stops_them_all(app: App) -> None:
    steps.planned(app, "OXO", "ADU")
    with app.sessions.begin() as session:
        contact_in(session, "ADU").role = "leader"
    with pytest.raises(RuleBroken, match="ADU has no chief executive to write to"):
        ask(app)
    assert not steps.letters_of(app)


def test_letters_that_are_leaving_cannot_be_made_again(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    with pytest.raises(RuleBroken, match="is releasing: its letters are fixed"):
        ask(app)


def test_two_workers_take_different_letters(app: App) -> None:
    steps.planned(app, "OXO", "ADU", "WOT")
    ask(app)
    first, second = claim(app, limit=2), claim(app, limit=2)
    assert len({job.letter_id for job in [*first, *second]}) == 3


def test_a_letter_whose_worker_vanished_is_taken_again_and_alone(
    app: App, clock: FakeClock
) -> None:
    steps.planned(app, "OXO", "ADU")
    ask(app)
    assert len(claim(app)) == 2
    clock.advance(seconds=app.lease.total_seconds() + 1)
    [job] = claim(app)
    assert job.attempts == 2


def test_a_letter_that_keeps_taking_its_worker_down_is_given_up(app: App, clock: FakeClock) -> None:
    steps.planned(app)
    ask(app)
    for _ in range(MOST_TRIES):
        [job] = claim(app)
        clock.advance(seconds=app.lease.total_seconds() + 1)
    [job] = claim(app)
    store(app, job, render.render(app.templates, job))

    letter = steps.letters_of(app)["OXO"]
    assert letter.state is LetterState.FAILED
    assert letter.error == "rendering it crashed the worker 3 times"


def test_a_letter_that_cannot_be_made_says_why_and_the_mailout_stays_a_draft(app: App) -> None:
    steps.planned(app, constants={})
    ask(app)
    steps.render_wanted(app)
    steps.tick(app)

    letter = steps.letters_of(app)["OXO"]
    assert letter.state is LetterState.FAILED
    assert "undefined" in (letter.error or "")
    assert steps.state_of(app) is MailoutState.DRAFT


def test_whatever_goes_wrong_with_one_letter_is_that_letters_trouble(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.planned(app)
    ask(app)
    [job] = claim(app)

    def fail(*_: object, **__: object) -> Rendered:
        raise PermissionError("letter.md")

    monkeypatch.setattr(app.templates, "render", fail)
    result = render.render(app.templates, job)
    assert isinstance(result, CannotRender)
    assert str(result) == "PermissionError: letter.md"


def test_a_letter_whose_spreadsheet_is_not_what_was_taken_in_cannot_be_made(app: App) -> None:
    sheet = b"reference,decision\r\n"
    attachment = Attachment(name="decided.csv", media_type="text/csv", sha256=sha256(sheet))
    steps.planned(app, attachments={"OXO": (attachment,)})
    ask(app)
    with app.sessions.begin() as session:
        session.add(Document(sha256=sha256(sheet), media_type="text/csv", content=b"another"))
    steps.render_wanted(app)

    letter = steps.letters_of(app)["OXO"]
    assert letter.state is LetterState.FAILED
    assert letter.error == "the stored decided.csv is not the file that was read in: restore it"


def test_a_worker_with_another_template_makes_no_letter(app: App) -> None:
    steps.planned(app)
    ask(app)
    [job] = claim(app)
    result = render.render(app.templates, replace(job, template_digest="another"))
    assert str(result).endswith("is not the template that was asked for: render again")


def test_a_mailout_to_nobody_cannot_be_rendered(app: App) -> None:
    with app.sessions.begin() as session:
        a_mailout(session)
    with pytest.raises(RuleBroken, match="nobody is due a letter"):
        ask(app)


def test_asking_again_for_what_is_approved_changes_nothing(app: App) -> None:
    steps.scheduled(app)
    assert ask(app) == Asked(wanted=0, kept=1)
    assert steps.state_of(app) is MailoutState.SCHEDULED


def test_asking_again_frees_what_a_vanished_worker_holds(app: App) -> None:
    steps.planned(app)
    ask(app)
    assert len(claim(app)) == 1
    assert claim(app) == []
    ask(app)
    assert len(claim(app)) == 1


def test_letters_of_a_cancelled_mailout_are_not_made(app: App) -> None:
    steps.planned(app)
    ask(app)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.cancel(session, mailout, a_word(app.clock()))
    assert claim(app) == []


def test_two_workers_that_store_letters_with_the_same_note_do_not_wait_for_each_other(
    app: App,
) -> None:
    codes = [f"A{number:02}" for number in range(16)]
    steps.planned(app, *codes)
    ask(app)
    jobs = claim(app, limit=16)
    results = [(job, render.render(app.templates, job)) for job in jobs]

    def store_all(some: list[tuple[Job, Made | CannotRender]]) -> None:
        with app.sessions.begin() as session:
            render.store(session, some, now=app.clock())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(store_all, [results[:8], results[:7:-1]]))
    assert {letter.state for letter in steps.letters_of(app).values()} == {LetterState.RENDERED}


def test_a_failed_letter_is_tried_again_when_asked_for(app: App) -> None:
    steps.planned(app)
    ask(app)
    [job] = claim(app)
    store(app, job, CannotRender("the disk was full"))
    assert ask(app) == Asked(wanted=1, kept=0)
    steps.render_wanted(app)
    assert steps.letters_of(app)["OXO"].state is LetterState.RENDERED


def test_bytes_of_a_letter_that_became_void_meanwhile_are_dropped(app: App) -> None:
    steps.planned(app)
    ask(app)
    [job] = claim(app)
    with app.sessions.begin() as session:
        contact_in(session, "OXO").surname = "Okoro"
    ask(app)
    store(app, job, render.render(app.templates, job))
    assert steps.letters_of(app)["OXO"].state is LetterState.WANTED


def test_a_change_while_letters_are_made_keeps_the_mailout_a_draft(app: App) -> None:
    steps.planned(app)
    ask(app)
    with app.sessions.begin() as session:
        contact_in(session, "OXO").surname = "Okoro"
    steps.render_wanted(app)
    steps.tick(app)
    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.DRAFT
    assert (
        mailout.remark
        == "it changed while its letters were being made: OXO: addressee and recipients changed"
    )
    steps.render_again(app)
    assert steps.state_of(app) is MailoutState.RENDERED


def test_each_letter_leaves_an_event(app: App) -> None:
    steps.rendered(app)
    letter = steps.letters_of(app)["OXO"]
    assert steps.actions(app, f"letter:{letter.id}") == ["letter.rendered"]
    assert steps.actions(app)[-1] == "mailout.rendered"
