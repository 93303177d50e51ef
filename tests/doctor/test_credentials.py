from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.app import App
from dispatch.clock import machine_time
from dispatch.doctor import credentials
from dispatch.domain.doctor.finding import Level
from dispatch.files.keys import certificate_ends_at
from tests.doctor.offices import office
from tests.mail.authorities import Authority

TENANT: dict[str, Any] = {
    "oauth_tenant": "office.example",
    "oauth_client_id": "01234567-89ab-cdef-0123-456789abcdef",
    "smtp_url": "smtp://letters@smtp.example:587",
}


@pytest.mark.parametrize(
    ("days", "level"), [(400, Level.FINE), (20, Level.LOOK), (-3, Level.STOPS)]
)
def test_the_days_of_our_own_certificate_are_counted(
    app: App, tmp_path: Path, days: int, level: Level
) -> None:
    authority = Authority(tmp_path)
    file = authority.certificate(name=f"dispatch{days}", ends_in=timedelta(days=days))
    at = replace(office(app, oauth_certificate=file, **TENANT), clock=machine_time)
    [found] = credentials.credential(at)
    assert found.level is level
    assert str(certificate_ends_at(file).year) in found.found


def test_that_the_end_of_a_secret_is_not_known_is_said(app: App) -> None:
    at = office(app, oauth_client_secret="Abc8Q~made-up-secret-value", **TENANT)  # noqa: S106 - made up
    [found] = credentials.credential(at)
    assert found.level is Level.LOOK
    assert "Abc8Q" not in str(found)
