"""All checks side by side."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event

import pytest

from dispatch.app import App
from dispatch.doctor import checkup
from dispatch.doctor.checkup import Check, Wanted
from dispatch.domain.doctor.finding import Finding, Level, fine
from dispatch.domain.errors import BadInput, Unavailable
from tests.doctor.offices import faults, office, words


def never() -> Iterator[Finding]:
    raise Unavailable("no server answers")


def well() -> Iterator[Finding]:
    yield fine("keys", "All is well.")


def test_a_check_that_breaks_does_not_stop_the_others_and_tells_no_secret() -> None:
    def broken() -> Iterator[Finding]:
        yield fine("smtp", "The first is well.")
        raise ValueError("s3cret")

    def away() -> Iterator[Finding]:
        yield from never()

    found = checkup.run([Check("smtp", broken), Check("imap", away), Check("keys", well)], 60)
    assert [each.check for each in found] == ["smtp", "smtp.unknown", "imap.unknown", "keys"]
    assert faults(found) == {"smtp.unknown": Level.LOOK, "imap.unknown": Level.LOOK}
    said = words(found)
    assert "s3cret" not in said
    assert "it failed (ValueError)" in said
    assert "no server answers" in said


def test_a_check_that_hangs_does_not_hold_up_the_others() -> None:
    go_on = Event()

    def hangs() -> Iterator[Finding]:
        yield fine("dns", "The first is well.")
        go_on.wait()
        yield fine("dns", "This is too late.")

    found = checkup.run([Check("dns", hangs), Check("keys", well)], 0.2)
    go_on.set()
    assert [each.check for each in found] == ["dns", "dns.unknown", "keys"]
    assert "did not end in time" in words(found)


def test_every_check_has_a_name_for_people(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    named: list[str] = []

    def run(checks: list[Check], seconds: float) -> list[Finding]:
        named.extend(each.name for each in checks)
        return []

    monkeypatch.setattr(checkup, "run", run)
    checkup.examine(office(app), Wanted())
    assert set(named) == set(checkup.SUBJECTS)


def test_a_dns_server_that_is_not_an_address_is_refused(app: App) -> None:
    with pytest.raises(BadInput, match="not the address of a DNS server"):
        checkup.examine(app, Wanted(dns_servers=("dns.example",)))


def test_settings_that_cannot_be_used_are_all_that_is_found() -> None:
    trouble = BadInput("These settings cannot be used:", ["  DISPATCH_RATE: wrong"])
    found = checkup.without_app(trouble)
    assert faults(found) == {"settings": Level.STOPS, "doctor": Level.LOOK}
    assert "DISPATCH_RATE: wrong" in words(found)
    [first, _] = checkup.without_app(BadInput("the home cannot be used"))
    assert first.found == "the home cannot be used"
