"""An application whose tokens a test can count."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from dispatch.mail.oauth.tokens import Granted, NoToken
from tests.patience import HANG_SECONDS

MAILBOX: Final = "bounces@office.example"


@dataclass
class FakeIssuer:
    """Gives `token-1`, `token-2` and so on, each for an hour, while it is there."""

    is_away: bool = False
    is_broken: bool = False
    answers_after: Event | None = None
    asked: int = 0
    secret_files: tuple[Path, ...] = ()

    def check_library(self) -> None:
        """It needs none."""

    def named(self, mailbox: str) -> str:
        return mailbox

    def ask(self, mailbox: str) -> Granted:
        self.asked += 1
        if self.answers_after:
            self.answers_after.wait(HANG_SECONDS)
        if self.is_broken:
            raise LookupError
        if self.is_away:
            raise NoToken("no connection to login.example: refused")
        return Granted(f"token-{self.asked}", 3600)
