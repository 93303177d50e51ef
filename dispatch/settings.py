"""The settings, read once from the environment and never looked up again.

`config/dispatch.env.example` lists every one with its meaning; a test keeps the two alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from dispatch.domain.errors import BadInput

PREFIX: Final = "DISPATCH_"


def _seconds(value: object) -> object:
    """Read "60 300 900" as waits; anything but text is pydantic's to judge."""
    if isinstance(value, str):
        return tuple(timedelta(seconds=float(part)) for part in value.replace(",", " ").split())
    return value


Wait = Annotated[timedelta, Field(gt=timedelta(0))]
Waits = Annotated[tuple[Wait, ...], BeforeValidator(_seconds), Field(min_length=1)]
Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Settings(BaseModel):
    """What differs between one place where dispatch runs and another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Path(".dispatch")
    database_url: str = ""
    redis_url: str = ""
    smtp_url: str = ""
    smtp_plaintext_host: str = ""
    sender_name: str = "Office of the Ombudsman"
    sender: Address = "annual.review@ombudsman.example"
    reply_to: str = ""
    return_path: Address = "bounces@ombudsman.example"
    secret_key: SecretStr = SecretStr("")
    retry_waits: Waits = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120))
    lease_seconds: Annotated[int, Field(ge=5)] = 900
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    clock_offset: float = 0.0
    templates: Path = Path(__file__).parents[1] / "templates"

    @model_validator(mode="after")
    def _pretends_only_at_home(self) -> Self:
        """Refuse a shifted clock beside a real mail server: letters would go on a wrong day."""
        if self.clock_offset and self.smtp_url:
            raise ValueError("DISPATCH_CLOCK_OFFSET does not go with DISPATCH_SMTP_URL")
        return self

    @property
    def database(self) -> str:
        """The database's URL: the one given, or SQLite in the home."""
        return self.database_url or f"sqlite:///{self.home.resolve() / 'dispatch.db'}"

    @property
    def broker_folder(self) -> Path:
        """Where the embedded broker keeps its data."""
        return self.home / "broker"

    @property
    def maildir(self) -> Path:
        """Where the mail catcher keeps what it was sent."""
        return self.home / "mail"

    @property
    def catcher_port_file(self) -> Path:
        """Where a running mail catcher says on which port it listens."""
        return self.home / "catcher.port"

    @property
    def key_file(self) -> Path:
        """Where the signing key is kept that was made because none was given."""
        return self.home / "secret.key"

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Build the settings, or raise `BadInput` that names everything wrong at once.

        An empty value counts as unset. An unknown `DISPATCH_…` name is an error: a misspelt
        one would be silently ignored, and a letter would go by the wrong server.
        """
        given: dict[str, Any] = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and value
        }
        try:
            return cls(**given)
        except ValidationError as error:
            raise BadInput("These settings cannot be used:", _lines(error)) from None


TEST_PREFIX: Final = "DISPATCH_TEST_"
"""Names that the tests read, such as the URL of a database made for them."""

NAMES: Final = tuple(PREFIX + name.upper() for name in Settings.model_fields)
"""The environment variable behind each setting."""


def _lines(error: ValidationError) -> list[str]:
    """Return a line for each mistake; a secret's value is not repeated."""
    lines = []
    for mistake in error.errors(include_url=False, include_input=False, include_context=False):
        name = PREFIX + str(mistake["loc"][0]).upper() if mistake["loc"] else "together"
        meaning = {"extra_forbidden": "no such setting: see config/dispatch.env.example"}
        lines.append(f"  {name}: {meaning.get(mistake['type'], mistake['msg'])}")
    return lines
