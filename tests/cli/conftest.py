from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from dispatch.app import App
from dispatch.cli import main
from dispatch.cli.output import asked

Dispatch = Callable[..., Result]


@pytest.fixture
def dispatch(app: App, monkeypatch: pytest.MonkeyPatch) -> Dispatch:
    """Run a command as a person would, in a terminal of 80 columns; or as a script does."""

    def run(*words: object, answer: str | None = None, obj: App = app) -> Result:
        runner = CliRunner(env={"COLUMNS": "80"})
        monkeypatch.setattr(asked, "can_answer", lambda: bool(answer))
        return runner.invoke(main, [str(word) for word in words], obj=obj, input=answer)

    return run
