from __future__ import annotations

from dispatch.app import App
from dispatch.database.tables import Letter
from dispatch.letters.store import letters
from dispatch.mailouts.store import mailout_named
from tests import steps


def test_counting_what_will_leave_loads_no_letter(app: App) -> None:
    steps.rendered(app, "OXO", "ADU")
    with app.sessions.read() as session:
        size = letters.size(session, mailout_named(session, steps.NAME))
        assert (size.letters, size.recipients) == (2, 4)
        assert not [each for each in session if isinstance(each, Letter)]
