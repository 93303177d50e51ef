from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from dispatch.app import App
from dispatch.database.tables import Mailout, SourceFile
from dispatch.domain.digest import plain, sha256
from dispatch.domain.errors import BadInput, ChangedMeanwhile, RuleBroken
from dispatch.domain.hours import SendingHours
from dispatch.domain.mailout import Attachment, Averaging, MailoutState, Plan
from dispatch.domain.register.figures import Average
from dispatch.files.plan import written
from dispatch.files.plan.bundle import zipped
from dispatch.files.plan.differences import KeyChange
from dispatch.files.plan.plan import PlanFile, Unsaid
from dispatch.files.tables.faults import Faults
from dispatch.letters.plan import (
    Check,
    Edit,
    PlanProposal,
    Surroundings,
    check,
    domains_of,
    edited,
    files_of,
    from_last_years,
    living,
    new_plan,
    propose,
    read_upload,
    save,
    with_domains,
)
from dispatch.letters.store import documents
from dispatch.mail.exchangers import Dead, Located
from dispatch.mailouts.store import mailout_named
from dispatch.sending import release
from tests import steps
from tests.factories import a_plan, a_word, an_authority, register
from tests.fakes import FakeClock


def taken_in(app: App, planned: Plan, content: bytes = b"name = ...") -> str:
    file = PlanFile(planned, "plan.toml", content, {sha256(b"sheet"): ("text/csv", b"sheet")})
    with app.sessions.begin() as session:
        return save(session, file, a_word(app.clock())).name


def checked(app: App, **changes: Any) -> Check:
    taken_in(app, a_plan(**changes))
    with app.sessions.read() as session:
        mailout = mailout_named(session, steps.NAME)
        return check(session, mailout, surroundings(app))


def surroundings(app: App) -> Surroundings:
    holidays = {date(2020, 7, 22): "A royal wedding"}
    return Surroundings(bank_holidays=holidays, now=app.clock(), templates=app.templates)


def test_a_plan_becomes_a_draft_and_its_file_and_documents_are_kept(app: App) -> None:
    assert taken_in(app, a_plan()) == steps.NAME

    mailout = steps.mailout_of(app)
    assert (mailout.state, mailout.plan) == (MailoutState.DRAFT, a_plan())
    assert mailout.created_by == "sam"
    with app.sessions.read() as session:
        source = session.get_one(SourceFile, mailout.source_file_id)
        assert source.content == b"name = ..."
        assert documents.load(session, [sha256(b"sheet")]) == {sha256(b"sheet"): b"sheet"}
    assert steps.actions(app) == ["mailout.planned"]


def test_the_same_plan_again_changes_nothing(app: App) -> None:
    steps.approved(app)
    before = steps.mailout_of(app)
    taken_in(app, before.plan)
    assert steps.state_of(app) is MailoutState.APPROVED


def test_a_changed_plan_takes_an_approved_mailout_back_to_draft_and_says_why(app: App) -> None:
    steps.approved(app)
    taken_in(app, a_plan(upload_date=date(2020, 7, 30)))

    mailout = steps.mailout_of(app)
    assert mailout.state is MailoutState.DRAFT
    assert mailout.approved_digest is None
    assert mailout.remark == "its plan changed (plan.toml)"
    assert mailout.plan.upload_date == date(2020, 7, 30)
    assert steps.actions(app)[-2:] == ["mailout.reopened", "mailout.replanned"]


def test_a_plan_cannot_change_once_letters_have_left(app: App, clock: FakeClock) -> None:
    steps.released(app, clock)
    with pytest.raises(RuleBroken, match="is releasing: its plan can no longer change"):
        taken_in(app, a_plan(title="Another"))


def test_a_cancelled_mailout_is_not_planned_anew(app: App, clock: FakeClock) -> None:
    steps.planned(app)
    with app.sessions.begin() as session:
        mailout = mailout_named(session, steps.NAME)
        release.cancel(session, mailout, a_word(clock()))
    with pytest.raises(RuleBroken, match="is cancelled: give the file another name"):
        taken_in(app, a_plan())


def test_a_check_counts_letters_and_names_what_is_missing(app: App) -> None:
    with app.sessions.begin() as session:
        register(session, "OXO", "ADU")
    found = checked(app)
    assert found.is_ready
    assert len(found.letters) == 2


def test_a_mailout_to_nobody_is_not_ready(app: App) -> None:
    assert not checked(app).is_ready


def test_a_check_looks_at_dates_references_averages_and_what_was_taken_over(
    app: App, clock: FakeClock
) -> None:
    with app.sessions.begin() as session:
        register(session, "OXO", "ADU")
    before = a_plan(name="last-year", year="2018-19", year_end=date(2019, 3, 31))
    taken_in(app, before)
    clock.now = a_plan().not_after + timedelta(minutes=1)
    found = checked(app, substitutes={"OXX": a_plan().signatory})
    assert [each.place for each in found.findings] == [
        "dates.not_after",
        "dates.letter",
        "plan",
        "signatory.substitutes",
        "averages",
    ]
    assert found.is_ready


def test_a_check_of_letters_that_have_left_does_not_say_that_it_is_too_late(
    app: App, clock: FakeClock
) -> None:
    steps.released(app, clock)
    clock.now = a_plan().not_after + timedelta(days=100)
    with app.sessions.read() as session:
        found = check(session, mailout_named(session, steps.NAME), surroundings(app))
    assert "dates.not_after" not in [each.place for each in found.findings]


def test_a_template_that_there_is_not_stops_the_letters(app: App) -> None:
    with app.sessions.begin() as session:
        register(session, "OXO")
    found = checked(app, template="annual-reviews")
    [finding] = [each for each in found.findings if each.is_fatal]
    assert finding.message == (
        "there is no template annual-reviews among the templates; did you mean annual-review?"
    )
    assert not found.is_ready


def test_a_map_that_there_is_not_stops_the_letters_long_before_the_upload(app: App) -> None:
    with app.sessions.begin() as session:
        register(session, "OXO")
    found = checked(app, map="england-2002")
    [finding] = [each for each in found.findings if each.is_fatal]
    assert (finding.place, finding.message) == (
        "map",
        "there is no map england-2002 in templates/upload/maps; did you mean england-2020?",
    )


def test_a_plan_comes_back_from_the_database_as_it_was(app: App) -> None:
    planned = replace(a_plan(), bespoke={"BIR": "Waste **collection**."})
    taken_in(app, planned)
    assert steps.mailout_of(app).plan == planned


def test_the_database_knows_the_sending_hours_of_a_plan(app: App) -> None:
    hours = SendingHours(time(8), time(18, 30))
    taken_in(app, a_plan(sending_hours=hours))
    mailout = steps.mailout_of(app)
    assert (mailout.opens, mailout.closes) == (time(8), time(18, 30))
    assert mailout.plan.sending_hours == hours

    taken_in(app, a_plan(sending_hours=SendingHours(time(9), time(17))))
    mailout = steps.mailout_of(app)
    assert (mailout.opens, mailout.closes) == (time(9), time(17))

    taken_in(app, a_plan())
    mailout = steps.mailout_of(app)
    assert (mailout.opens, mailout.closes) == (None, None)


def test_other_sending_hours_take_an_approved_mailout_back_to_draft(app: App) -> None:
    steps.approved(app)
    taken_in(app, a_plan(sending_hours=SendingHours(time(8), time(18))))
    assert steps.state_of(app) is MailoutState.DRAFT


def test_a_plan_from_before_there_were_sending_hours_has_none(app: App) -> None:
    taken_in(app, a_plan())
    stored = plain(a_plan())
    stored.pop("sending_hours", None)
    with app.sessions.begin() as session:
        session.execute(update(Mailout).values(plan=stored))
    assert steps.mailout_of(app).plan == a_plan()


def test_addresses_at_dead_domains_are_named_and_silence_is_one_line(app: App) -> None:
    steps.planned(app, "ADU", "OXO")
    with app.sessions.read() as session:
        before = check(session, mailout_named(session, steps.NAME), surroundings(app))
    assert domains_of(before) == {"adu.example", "oxo.example"}

    def said(**found: Located) -> list[tuple[str | None, str | None, str]]:
        located = {f"{name}.example": each for name, each in found.items()}
        after = with_domains(before, located)
        assert after.findings[: len(before.findings)] == before.findings
        new = after.findings[len(before.findings) :]
        return [(each.authority, each.value, each.message) for each in new]

    assert said(adu=Located(("mx.example",)), oxo=Located(("mx.example",))) == []
    assert said(adu=Located(dead=Dead.NULL_MX), oxo=Located(("mx.example",))) == [
        (
            "ADU",
            f"{role.replace(' ', '.')}@adu.example",
            f"no mail reaches the {role}: the domain {Dead.NULL_MX.value}",
        )
        for role in ("chief executive", "link officer")
    ]
    gone = {"adu.example": Located(dead=Dead.NO_DOMAIN), "oxo.example": Located(trouble="Timeout")}
    assert {code for code, _ in living(before, gone)} == {"OXO"}
    assert said(adu=Located(trouble="Timeout"), oxo=Located(trouble="Timeout")) == [
        (
            None,
            "adu.example, oxo.example",
            "the DNS gives no answer about 2 of 2 domains: whether they take mail is not known",
        )
    ]


def test_an_address_of_another_authority_is_looked_at_in_its_first_year(app: App) -> None:
    steps.planned(app, "ADU", "OXO")
    steps.appointed(app, "OXO", "jo@adu.example")

    def said(**plan: Any) -> list[str]:
        found = checked(app, **plan).findings
        return [each.message for each in found if "has the domain of" in each.message]

    owner = an_authority("ADU").name
    assert said() == [
        f"the chief executive's address has the domain of ADU ({owner}): is it the right person?"
    ]
    year = timedelta(days=365)
    later = a_plan()
    assert said(letter_date=later.letter_date + year, upload_date=later.upload_date + year) == []


def edit(app: App, **changes: Any) -> PlanFile:
    with app.sessions.read() as session:
        plan = mailout_named(session, steps.NAME).plan
        return edited(session, plan, Edit(**changes), Faults(f"{plan.name}.toml"))


def proposed(app: App, file: PlanFile) -> PlanProposal:
    with app.sessions.read() as session:
        return propose(session, file)


def carried_out(app: App, file: PlanFile, agreed: str) -> None:
    with app.sessions.begin() as session:
        save(session, file, a_word(app.clock()), agreed)


def test_a_change_says_what_it_voids_and_is_carried_out_by_its_digest(app: App) -> None:
    steps.approved(app)
    file = edit(
        app,
        keys={"dates.upload": date(2020, 7, 30), "reminders": {"hours": ["09:00"]}},
        bespoke={"OXO": "A *word*."},
    )
    proposal = proposed(app, file)
    assert proposal.reopens
    assert proposal.approved_by == "alex"
    assert proposal.changes == (
        KeyChange("dates.upload", "29 July 2020", "30 July 2020"),
        KeyChange("reminders.hours", "none", "09:00"),
        KeyChange("reminders.working_days_only", "none", "yes"),
        KeyChange("paragraphs.OXO", "none", "A *word*."),
    )
    carried_out(app, file, proposal.digest)
    mailout = steps.mailout_of(app)
    assert (mailout.state, mailout.plan) == (MailoutState.DRAFT, file.plan)
    with app.sessions.read() as session:
        source = session.get_one(SourceFile, mailout.source_file_id)
        assert source.content == file.content == written.toml(file.plan)


def test_a_change_that_was_shown_before_another_is_not_carried_out(app: App) -> None:
    steps.planned(app)
    first, second = edit(app, keys={"title": "One"}), edit(app, keys={"title": "Two"})
    agreed = proposed(app, second).digest
    carried_out(app, first, proposed(app, first).digest)
    with pytest.raises(ChangedMeanwhile):
        carried_out(app, second, agreed)
    assert steps.mailout_of(app).plan.title == "One"


def test_an_approval_given_meanwhile_is_not_taken_back_unseen(app: App) -> None:
    steps.rendered(app)
    file = edit(app, keys={"title": "One"})
    agreed = proposed(app, file).digest
    steps.approve_again(app)
    with pytest.raises(ChangedMeanwhile):
        carried_out(app, file, agreed)


def test_what_a_form_leaves_alone_stays_and_what_it_empties_goes(app: App) -> None:
    sheet = Attachment(name="a.csv", media_type="text/csv", sha256=sha256(b"sheet"))
    averages = {
        group: {each.key: Average(percent=5) for each in a_plan().measures}
        for group in a_plan().groups
    }
    with app.sessions.begin() as session:
        register(session, "OXO", "ADU")
    given = {"averaging": Averaging.GIVEN, "given_averages": averages}
    taken_in(app, a_plan(bespoke={"OXO": "A"}, attachments={"OXO": [sheet]}, **given))
    kept = edit(app, keys={"title": "Other"}).plan
    assert kept == replace(steps.mailout_of(app).plan, title="Other")

    gone = edit(
        app,
        keys={"averages.method": "mean", "recipients.cc": None},
        bespoke={"OXO": ""},
        attachments={"OXO": ()},
    ).plan
    assert (gone.bespoke, gone.attachments, gone.cc_roles) == ({}, {}, ())
    assert (gone.averaging, gone.given_averages) == (Averaging.MEAN, {})


def test_everything_wrong_in_a_form_is_named_with_its_key(app: App) -> None:
    steps.planned(app)
    faults = Faults("the plan")
    keys = {"dates.upload": date(2020, 7, 22), "averages.method": "given"}
    wrong = Edit(keys=keys, bespoke={"OXX": "A", "OXO": " "})
    with app.sessions.read() as session, pytest.raises(BadInput):
        edited(session, steps.mailout_of(app).plan, wrong, faults)
    assert {each.column for each in faults.found} == {
        *("dates.upload", "dates.not_after", "averages.method", "bespoke"),
    }


def test_a_plan_goes_out_as_files_and_comes_in_as_the_same_plan(app: App) -> None:
    steps.planned(app, "OXO")
    sheet = {sha256(b"sheet"): ("text/csv", b"sheet")}
    attached = Attachment(name="a.csv", media_type="text/csv", sha256=sha256(b"sheet"))
    file = edit(app, bespoke={"OXO": "A"}, attachments={"OXO": [attached]}, documents=sheet)
    carried_out(app, file, proposed(app, file).digest)
    with app.sessions.read() as session:
        files = files_of(session, mailout_named(session, steps.NAME))
        again = read_upload(session, "plan.zip", zipped(files.items()))
        assert propose(session, again).changes_nothing
    assert again.documents == sheet


def test_next_years_plan_is_a_new_mailout_by_the_same_rules(app: App) -> None:
    steps.planned(app)
    with app.sessions.read() as session:
        plan = from_last_years(mailout_named(session, steps.NAME))
        file = edited(session, plan, Edit(), Faults("the plan"))
        proposal = propose(session, file)
    assert (proposal.name, proposal.state, proposal.reopens) == ("annual-review-2021", None, False)
    carried_out(app, file, proposal.digest)
    with app.sessions.read() as session:
        assert mailout_named(session, "annual-review-2021").plan.letter_date == date(2021, 7, 21)


def test_a_new_plan_beside_a_real_mail_server_has_first_letters_and_asks_the_contacts() -> None:
    assert new_plan(is_real=True) == Unsaid(first_letters_minutes=15, confirm_days=30)
    assert new_plan(is_real=False) == Unsaid()
