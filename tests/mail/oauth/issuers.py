"""An application whose tokens a test can count."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dispatch.mail.oauth.tokens import Granted, NoToken

MAILBOX: Final = "bounces@office.example"


@dataclass
class FakeIssuer:
    """Gives `token-1`, `token-2` and so on, each for an hour, while it is there."""

    is_away: bool = False
    asked: int = 0
    secret_files: tuple[Path, ...] = ()

    def check_library(self) -> None:
        """It needs none."""

    def named(self, mailbox: str) -> str:
        return mailbox

    def ask(self, mailbox: str) -> Granted:
        self.asked += 1
        if self.is_away:
            raise NoToken("no connection to login.example: refused")
        return Granted(f"token-{self.asked}", 3600)
