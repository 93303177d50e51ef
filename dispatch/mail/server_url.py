"""The URL of a mail server, as settings give it.

It holds a password, so no error shows any part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import parse_qsl, unquote

from pydantic import AnyUrl, TypeAdapter, ValidationError

from dispatch.domain.errors import BadInput

URL: Final = TypeAdapter(AnyUrl)

REFUSALS: Final = {
    "empty host": "names no host",
    "invalid port number": "has a port that is not a number up to 65535",
}
"""What we say of the parser's own errors; of all others, that the URL cannot be read."""

FILE_OPTION: Final = "ca"


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """A URL's parts, decoded."""

    scheme: str
    host: str
    port: int
    username: str | None
    password: str | None = field(repr=False)
    path: str
    options: Mapping[str, str]

    @property
    def ca_file(self) -> Path | None:
        """The certificate authorities to trust instead of the system's."""
        return Path(self.options[FILE_OPTION]) if self.options.get(FILE_OPTION) else None


@dataclass(frozen=True, slots=True)
class UrlShape:
    """What the URL of one kind of server may look like."""

    server: str
    """What the server is called in errors."""
    ports: Mapping[str, int]
    """The schemes, each with its default port."""
    options: tuple[str, ...]
    example: str

    def read(self, url: str) -> ServerUrl:
        """Return the parts of a URL; user, password and path are percent-encoded in it.

        Raises `BadInput`.
        """
        if "#" in url:  # a fragment, or a character of a password that had to be encoded
            self.refuse("cannot be read")
        try:
            parts = URL.validate_python(url)
        except ValidationError as error:
            trouble = error.errors(include_input=False)[0].get("ctx", {}).get("error", "")
            self.refuse(REFUSALS.get(str(trouble), "cannot be read"))
        if parts.scheme not in self.ports:
            self.refuse("cannot be read")
        found = ServerUrl(
            scheme=parts.scheme,
            host=unquote(parts.host or "").strip("[]").lower() or self.refuse("names no host"),
            port=parts.port or self.ports[parts.scheme],
            username=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            path=unquote((parts.path or "").removeprefix("/")),
            options=dict(parse_qsl(parts.query or "", keep_blank_values=True)),
        )
        if found.options.keys() - set(self.options):
            self.refuse(f"has an option other than {' and '.join(self.options)}")
        if found.ca_file and not _is_file(found.ca_file):
            self.refuse("names a file of certificate authorities that is not there")
        return found

    def refuse(self, trouble: str) -> NoReturn:
        """Raise `BadInput` without the URL, and without an error that may quote it."""
        raise BadInput(f"the {self.server}'s URL {trouble}: {self.example}") from None


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, as its name alone shows."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_file(path: Path) -> bool:
    """Whether a path that somebody wrote leads to a file; one that is too long leads nowhere."""
    try:
        return path.is_file()
    except OSError:
        return False
