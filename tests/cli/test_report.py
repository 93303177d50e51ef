from __future__ import annotations

import csv
import io
import json
from dataclasses import fields
from uuid import UUID

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.corrections.posted import Said
from dispatch.database.tables import Delivery
from dispatch.domain.proof.ledger import Event
from dispatch.domain.publishing.spreadsheet import MARK, from_csv
from dispatch.domain.reply import Outcome, Verdict
from dispatch.ledger import journal
from dispatch.views.proof.report import ReportRow
from tests import steps
from tests.cli.conftest import Dispatch
from tests.corrections import postings
from tests.fakes import FakeClock, FakeTransport
from tests.notices import a_bounce, came, token

FORMULA = '=HYPERLINK("https://evil.example")'


@pytest.fixture(autouse=True)
def home(app: App) -> None:
    app.settings.home.mkdir()


@pytest.fixture
def sent(app: App, clock: FakeClock, transport: FakeTransport) -> App:
    """Letters to two authorities; the name of one's chief is what a spreadsheet would run."""
    steps.released(app, clock, "ADU", "OXO", cc_roles=())
    steps.send_due(app)
    with app.sessions.begin() as session:
        is_adur = Delivery.authority_code == "ADU"
        session.execute(update(Delivery).where(is_adur).values(name=FORMULA))
    return app


def delivery_of(app: App, code: str) -> Delivery:
    [found] = [each for each in steps.deliveries_of(app).values() if each.authority_code == code]
    return found


def test_people_see_whom_what_when_and_the_server_s_word(sent: App, dispatch: Dispatch) -> None:
    result = dispatch("audit", "show")
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= 80
    assert "Deliveries: 2" in result.output
    assert "22 Jul 2020" in result.output
    assert "09:00 BST" in result.output
    assert "OXO chief executive" in result.output
    assert "mail.test:25: 250 2.0.0 queued" in result.output
    assert "approved by alex, 20 Jul 2020" in result.output
    pdf = steps.letters_of(sent)["OXO"].parts["pdf"]
    assert f"PDF {pdf[:12]}" in result.output


def test_what_nobody_was_sent_is_said(sent: App, dispatch: Dispatch) -> None:
    result = dispatch("audit", "show", "--since", "2020-07-23")
    assert result.exit_code == 0
    assert "No deliveries match." in result.output
    assert dispatch("audit", "show", "--until", "2020-07-22").output.count("alex") == 2


def test_a_day_that_is_none_is_not_understood(sent: App, dispatch: Dispatch) -> None:
    assert dispatch("audit", "show", "--since", "yesterday").exit_code == 2
    assert dispatch("audit", "show", "--json", "--csv").exit_code == 2


def test_no_cell_of_the_csv_is_a_formula(sent: App, dispatch: Dispatch) -> None:
    result = dispatch("audit", "show", "--csv")
    head, *rows = csv.reader(io.StringIO(result.stdout_bytes.decode("utf-8-sig"), newline=""))
    assert head == [field.name for field in fields(ReportRow)]
    assert len(rows) == 2
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert result.stdout_bytes.startswith(MARK)  # or Excel garbles names
    [adur, oxford] = from_csv(result.stdout_bytes)
    assert adur["name"] == FORMULA
    assert oxford["reply"] == "250 2.0.0 queued"
    assert oxford["tried_at"] == "2020-07-22T09:00:00+01:00"
    assert (oxford["state"], oxford["approved_by"], oxford["tries"]) == ("accepted", "alex", "1")
    assert (oxford["header"], oxford["version"], oxford["followed_by"]) == ("To", "1", "")


def test_a_program_gets_each_try_and_the_letter_s_digests(sent: App, dispatch: Dispatch) -> None:
    [found] = json.loads(dispatch("audit", "show", "--json", "--authority", "oxo").output)
    letter = steps.letters_of(sent)["OXO"]
    assert (found["letter_sha256"], found["pdf_sha256"]) == (letter.digest, letter.parts["pdf"])
    assert found["delivery"] == str(delivery_of(sent, "OXO").id)
    [tried] = found["tries"]
    assert (tried["code"], tried["text"], tried["server"]) == (250, "2.0.0 queued", "mail.test:25")
    assert tried["offered_at"] == "2020-07-22T08:00:00+00:00"


def test_what_came_back_is_told(sent: App, dispatch: Dispatch) -> None:
    delivery = delivery_of(sent, "OXO")
    came(sent, a_bounce(delivery), token(sent, delivery))
    said = " ".join(dispatch("audit", "show", "--authority", "OXO").output.split())
    assert "22 Jul: hard bounce: bad address 5.1.1" in said
    [row] = from_csv(dispatch("audit", "show", "--authority", "OXO", "--csv").stdout_bytes)
    assert row["came_back"] == "2020-07-22T09:00:00+01:00 hard bounce: bad address 5.1.1"
    [found] = json.loads(dispatch("audit", "show", "--json", "--authority", "OXO").output)
    assert (found["state"], found["came_back"][0]["status"]) == ("bounced", "5.1.1")


def test_what_was_sent_again_or_settled_is_told_with_the_reason(
    app: App, clock: FakeClock, transport: FakeTransport, dispatch: Dispatch
) -> None:
    steps.released(app, clock, cc_roles=())
    transport.outcomes.extend([Outcome(Verdict.IN_DOUBT, trouble="connection lost")])
    steps.send_due(app)
    first = delivery_of(app, "OXO")
    settled = {"as": "accepted", "because": "their office has it"}
    with app.sessions.begin() as session:
        subject = f"delivery:{first.id}"
        journal.append(session, Event(clock(), "alex", "delivery.settled", subject, settled))
        session.add(
            Delivery(
                mailout_id=first.mailout_id,
                letter_id=first.letter_id,
                authority_code="OXO",
                kind=first.kind,
                role=first.role,
                address="new@oxo.example",
                address_key="new@oxo.example",
                name="Dr Okafor",
                created_at=clock(),
                due_at=clock(),
                not_after=first.not_after,
                state_at=clock(),
                replaces_id=first.id,
            )
        )
    again = _following(app, first.id)
    resent = {"because": "new in post"}
    with app.sessions.begin() as session:
        subject = f"delivery:{again}"
        journal.append(session, Event(clock(), "sam", "delivery.resent", subject, resent))
        session.execute(update(Delivery).where(Delivery.id == again).values(attempts=0))
    said = " ".join(dispatch("audit", "show").output.split())
    assert "in doubt" in said
    assert "connection lost" in said
    assert f"followed by {str(again)[:8]}" in said
    told = from_csv(dispatch("audit", "show", "--csv").stdout_bytes)
    by_id = {row["delivery"]: row for row in told}
    assert by_id[str(first.id)]["followed_by"] == str(again)
    assert by_id[str(again)]["replaces"] == str(first.id)
    assert by_id[str(first.id)]["sent_again_or_settled"] == (
        "2020-07-22T09:00:00+01:00 settled as accepted by alex: their office has it"
    )
    assert "sent again by sam: new in post" in by_id[str(again)]["sent_again_or_settled"]


def _following(app: App, delivery_id: UUID) -> UUID:
    [again] = [
        each.id for each in steps.deliveries_of(app).values() if each.replaces_id == delivery_id
    ]
    return again


def test_what_went_by_post_is_told_as_the_office_says(
    app: App, clock: FakeClock, dispatch: Dispatch
) -> None:
    postings.refused(app, clock)
    postings.made(app, "ADU")
    postings.say(app, postings.asked(app, Said.POSTED, "ADU"))
    assert "by post: posted on" in dispatch("audit", "show", "--authority", "ADU").output
    [row] = from_csv(dispatch("audit", "show", "--authority", "ADU", "--csv").stdout_bytes)
    assert row["by_post"] == "posted on 25 July 2020, not proved to have arrived"
    [found] = json.loads(dispatch("audit", "show", "--json", "--authority", "ADU").output)
    [printed] = found["by_post"]
    assert (printed["state"], printed["posted_on"]) == ("posted", "2020-07-25")
    [other] = json.loads(dispatch("audit", "show", "--json", "--authority", "OXO").output)
    assert other["by_post"] == []
