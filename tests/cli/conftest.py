from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from dispatch.app import App
from dispatch.cli import main

Dispatch = Callable[..., Result]


@pytest.fixture
def dispatch(app: App) -> Dispatch:
    """Run a command as a person would, in a terminal of 80 columns."""

    def run(*words: object, answer: str | None = None, obj: App = app) -> Result:
        runner = CliRunner(env={"COLUMNS": "80"})
        return runner.invoke(main, [str(word) for word in words], obj=obj, input=answer)

    return run
