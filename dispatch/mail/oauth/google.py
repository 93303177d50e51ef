"""Tokens of Google Workspace: a service account with domain-wide delegation, with google-auth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dispatch.mail.oauth.tokens import Granted, check_library

if TYPE_CHECKING:
    from dispatch.mail.oauth.endpoint import Endpoint

SCOPE: Final = "https://mail.google.com/"
"""All of a mailbox: Google has no lesser scope for SMTP and IMAP."""


@dataclass(frozen=True, slots=True)
class Google:
    """A service account of Google that may act for the mailboxes of a domain (RFC 7523)."""

    account: Path
    """Its key file, in JSON, as the Google Cloud console gives it."""
    ca_file: Path | None = None

    @property
    def secret_files(self) -> tuple[Path, ...]:
        return (self.account,)

    def check_library(self) -> None:
        check_library("google.auth", "google")

    def named(self, mailbox: str) -> str:
        return mailbox

    def ask(self, mailbox: str) -> Granted:
        from dispatch.mail.oauth.endpoint import granted

        return granted(self.ca_file, partial(self._asked, mailbox))

    def _asked(self, mailbox: str, endpoint: Endpoint) -> object:
        from google.auth.transport.requests import Request
        from google.oauth2.service_account import Credentials

        account = json.loads(self.account.read_bytes())
        credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            account, scopes=[SCOPE], subject=mailbox
        )
        credentials.refresh(Request(endpoint))
        return credentials.token
