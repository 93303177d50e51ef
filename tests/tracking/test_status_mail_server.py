from __future__ import annotations

from dispatch.app import App
from dispatch.domain.reply import Outcome, Verdict
from dispatch.mailouts.store import mailout_named
from dispatch.tracking.status import status_of
from dispatch.views.status import facts, status_view
from tests import steps
from tests.fakes import FakeClock, FakeTransport

AWAY = Outcome(Verdict.DEFERRED, trouble="CONNECT to mail.test:25: timed out")


def shown(app: App) -> tuple[str, str]:
    """Return the line about the mail server, and all warnings."""
    with app.sessions.read() as session:
        view = status_view(status_of(session, mailout_named(session, steps.NAME), now=app.clock()))
    line = dict(facts(view, has_staff=False)).get("mail server", "")
    return str(line), " | ".join(map(str, view.warnings))


def test_the_mail_server_is_shown_with_its_last_success_and_its_last_trouble(
    app: App, clock: FakeClock, transport: FakeTransport
) -> None:
    steps.released(app, clock)
    assert shown(app)[0] == ""
    transport.trouble = AWAY
    steps.send_due(app)
    line, warnings = shown(app)
    assert line.startswith("mail.test:25; took no letter yet; last trouble since Wed 22 July 2020")
    assert "timed out; next try at " in line
    assert "trouble with the mail server mail.test:25 since" in warnings

    transport.trouble = None
    clock.advance(minutes=1)
    steps.send_due(app)
    line, warnings = shown(app)
    assert line.startswith("mail.test:25; last took a letter on Wed 22 July 2020")
    assert "last trouble from Wed 22 July 2020 09:00 BST to Wed 22 July 2020 09:01 BST" in line
    assert "trouble with the mail server" not in warnings
