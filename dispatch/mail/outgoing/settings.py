"""The settings of sender and signature: `DISPATCH_SENDER`, `DISPATCH_DKIM_…`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, field_validator, model_validator

from dispatch.domain.address import domain_of

NAME_IN_DNS: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


class SenderSettings(BaseModel):
    """The settings of who messages are from, and of the key that signs them, if we do."""

    sender: str = "annual.review@ombudsman.example"
    dkim_key: Path | None = None
    dkim_selector: str = ""
    dkim_domain: str = ""

    @field_validator("dkim_selector", "dkim_domain")
    @classmethod
    def _is_in_the_dns(cls, name: str) -> str:
        if name and not NAME_IN_DNS.fullmatch(name.lower()):
            raise ValueError("this is not a name in the DNS, such as letters2026")
        return name.lower()

    @model_validator(mode="after")
    def _signs_for_its_sender(self) -> Self:
        """Refuse half of what a DKIM signature needs, and one that would count for nothing."""
        if self.dkim_key is None:
            if self.dkim_selector or self.dkim_domain:
                raise ValueError("DISPATCH_DKIM_SELECTOR and _DOMAIN need DISPATCH_DKIM_KEY")
            return self
        if not self.dkim_selector:
            raise ValueError("DISPATCH_DKIM_KEY needs DISPATCH_DKIM_SELECTOR as well")
        of_sender = domain_of(self.sender)
        if of_sender != self.signs_for and not of_sender.endswith(f".{self.signs_for}"):
            raise ValueError(
                f"DISPATCH_DKIM_DOMAIN is {self.signs_for}, and letters are from {of_sender}: a "
                f"signature counts only for its own domain and those below it (DMARC alignment)"
            )
        return self

    @property
    def signs_for(self) -> str:
        """The domain that messages are signed for."""
        return self.dkim_domain or domain_of(self.sender)
