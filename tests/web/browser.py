"""A browser without a window: opens pages, and sends the forms that are on them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dispatch.domain.people.account import Account, AccountRole

NAMES: Final = {
    AccountRole.VIEWER: "Vera Lindqvist",
    AccountRole.EDITOR: "Sam Okafor",
    AccountRole.APPROVER: "Priya Nair",
    AccountRole.ADMIN: "Alex Morgan",
}


def an_account(role: AccountRole) -> Account:
    """Return the account of one person of that role."""
    return Account(id=uuid5(NAMESPACE_URL, role.value), name=NAMES[role], role=role)


@dataclass(frozen=True, slots=True)
class Browser:
    """Opens pages as a person does."""

    client: FlaskClient

    def get(self, address: str, status: int = 200) -> str:
        """Return a page, which must have this status."""
        answer = self.client.get(address)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.text

    def fields(self, address: str) -> dict[str, str]:
        """Return the hidden fields of the forms on a page."""
        return self.hidden(self.get(address))

    @staticmethod
    def hidden(page: str) -> dict[str, str]:
        """Return the hidden fields of the forms in a page's text."""
        inputs = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
        named = ((re.search(r'name="([^"]*)"', each), each) for each in inputs)
        return {
            name[1]: unescape(value[1]) if (value := re.search(r'value="([^"]*)"', each)) else ""
            for name, each in named
            if name
        }

    def send(self, address: str, /, page: str | None = None, **values: object) -> TestResponse:
        """Send the form that is on a page, with these values in its fields."""
        return self.client.post(address, data={**self.fields(page or address), **values})
