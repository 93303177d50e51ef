"""The keys that are not in the database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.app import App, UnkeptKey, ledger_signer
from dispatch.database import connect, keys
from dispatch.database.keys import KeyUse
from dispatch.doctor import keys as doctor
from dispatch.domain.doctor.finding import Finding, Level
from tests.conftest import KEY
from tests.doctor.offices import faults, office, words
from tests.fakes import FakeClock
from tests.files import certificates

STOPS = Level.STOPS


def looked(app: App) -> list[Finding]:
    return list(doctor.find(app))


@pytest.fixture
def sound(app: App) -> App:
    """An office with both keys in its home, which the database knows."""
    at = office(app)
    at.settings.key_file.write_bytes(KEY)
    at.settings.key_file.chmod(0o600)
    with at.sessions.begin() as session:
        keys.record(session, KeyUse.WRITES, keys.mark_of(KEY), now=at.clock())
    ledger_signer(at)
    return at


def test_nothing_is_found_where_all_is_well(sound: App) -> None:
    found = looked(sound)
    assert faults(found) == {}
    assert "nobody else may read it" in words(found)


def test_a_new_home_needs_no_signing_key_yet(app: App) -> None:
    found = looked(office(app))
    assert faults(found) == {}
    assert "is made when it is first needed" in words(found)


@pytest.mark.parametrize("which", ["key_file", "signing_key_file"])
def test_a_key_that_others_may_read_is_found(sound: App, which: str) -> None:
    getattr(sound.settings, which).chmod(0o644)
    found = looked(sound)
    assert faults(found) == {"keys.secret" if which == "key_file" else "keys.signing": STOPS}
    assert "chmod 600" in words(found)


def test_a_key_that_is_lost_is_found(sound: App) -> None:
    lost = replace(sound, sender=replace(sound.sender, key=UnkeptKey(b"x" * 32)))
    assert faults(looked(lost)) == {"keys.secret": STOPS}
    sound.settings.signing_key_file.unlink()
    assert faults(looked(sound)) == {"keys.signing": STOPS}


def test_another_secret_key_is_found(sound: App) -> None:
    engine = sound.sessions.read()
    with engine as session:
        url = session.get_bind().engine.url
    other = replace(sound, sessions=connect(url.render_as_string(hide_password=False), b"y" * 32))
    assert faults(looked(other)) == {"keys.secret": STOPS}


def test_a_certificate_for_letters_that_has_ended_or_cannot_be_read_is_found(
    sound: App, clock: FakeClock, tmp_path: Path
) -> None:
    file = certificates.write(tmp_path / "office.p12")
    settings = sound.settings.model_copy(update={"pdf_certificate": file})
    signing = replace(sound, settings=settings)
    assert faults(looked(signing)) == {}
    clock.advance(days=365)
    assert faults(looked(signing)) == {"keys.letters": STOPS}
    assert "ended on 31 December 2020. No letter can be made." in words(looked(signing))
    file.chmod(0o644)
    assert "chmod 600" in words(looked(signing))
