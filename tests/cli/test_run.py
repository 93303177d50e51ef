from __future__ import annotations

import os

import pytest

from dispatch.child import ISOLATED
from tests.cli.conftest import Dispatch


def test_run_becomes_the_services(dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, words: became.append(words))
    dispatch("run")
    assert became == [[*ISOLATED, "dispatch.embedded"]]
