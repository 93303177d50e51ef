from __future__ import annotations

import os
import sys

import pytest

from tests.cli.conftest import Dispatch


def test_run_becomes_the_services(dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch) -> None:
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, words: became.append(words))
    dispatch("run")
    assert became == [[sys.executable, "-m", "dispatch.embedded"]]
