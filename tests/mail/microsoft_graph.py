"""Microsoft Graph on loopback, over TLS: message traces, in pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import SplitResult, parse_qsl

from tests.mail.https_server import HttpsServer, Said


@dataclass
class MicrosoftGraph(HttpsServer):
    """Has these messages, of which it gives those of the time asked for, a page at a time."""

    messages: list[Mapping[str, str]] = field(default_factory=list)
    says: tuple[int, Any] | None = None
    next_link: str = ""
    page: int = 2
    filters: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def answer(self, url: SplitResult, form: dict[str, str], token: str) -> Said:
        self.tokens.add(token)
        if self.says:
            return self.says
        query = dict(parse_qsl(url.query))
        during = query["$filter"]
        self.filters.append(during)
        _, _, first, _, _, _, last = during.split()
        found = [each for each in self.messages if first <= each["receivedDateTime"] <= last]
        start = int(query.get("$skip", "0"))
        page: dict[str, Any] = {"value": found[start : start + self.page]}
        if found[start + self.page :]:
            following = during.replace(" ", "%20")
            own = f"{self.url}{url.path}?$filter={following}&$skip={start + self.page}"
            page["@odata.nextLink"] = self.next_link or own
        return 200, page
