from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dispatch.app import App
from dispatch.domain.errors import RuleBroken
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from dispatch.views.letters import Form, content
from tests import steps


def shown(app: App, form: Form, *, days_later: int = 0) -> bytes:
    now = app.clock() + timedelta(days=days_later)
    with app.sessions.read() as session:
        letter = letters.letter_of(session, mailout_named(session, steps.NAME), "OXO")
        return content(session, letter, form, sender=app.sender, now=now)


def test_each_form_is_shown_as_it_is_stored(app: App) -> None:
    steps.rendered(app)
    assert b"Dear Ms Adeyemi" in shown(app, Form.TEXT)
    assert shown(app, Form.PDF).startswith(b"%PDF-")
    assert b"\nSubject: " in shown(app, Form.EML)


def test_before_it_leaves_a_message_is_dated_now(app: App) -> None:
    steps.rendered(app)
    assert shown(app, Form.EML) != shown(app, Form.EML, days_later=1)
    assert shown(app, Form.HTML) == shown(app, Form.HTML, days_later=1)


def test_without_its_recipients_a_letter_has_no_message_but_its_forms(app: App) -> None:
    steps.rendered(app)
    with app.sessions.begin() as session:
        letter = letters.letter_of(session, mailout_named(session, steps.NAME), "OXO")
        nobody = tuple(replace(each, address="") for each in letter.draft.recipients)
        letter.draft = replace(letter.draft, recipients=nobody)
    assert shown(app, Form.TEXT)
    with pytest.raises(RuleBroken, match="there is no message without them"):
        shown(app, Form.EML)
