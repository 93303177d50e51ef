"""The settings, read once from the environment and never looked up again.

`config/dispatch.env.example` lists every one with its meaning; a test keeps the two alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from dispatch.domain.address import domain_of, folded
from dispatch.domain.errors import BadInput
from dispatch.domain.register.spelling import did_you_mean
from dispatch.domain.sending.envelope import ReturnPathStyle
from dispatch.domain.sending.modes import AllowList, Mode
from dispatch.domain.sending.pace import Rates
from dispatch.domain.sending.providers import BY_NAME, Limits, Provider, limits, provider_of
from dispatch.domain.sending.receivers import JOINED
from dispatch.domain.upkeep.logged import LogFormat, LogLevel
from dispatch.domain.upkeep.retention import KeptKind, Period, retention
from dispatch.files.shipped import shipped
from dispatch.mail.oauth.settings import TokenSettings
from dispatch.mail.outgoing.settings import SenderSettings
from dispatch.people.settings import OfficeSettings

PREFIX: Final = "DISPATCH_"

CATCHER: Final = "catcher"
"""The value of DISPATCH_SMTP_URL that means the mail catcher, beside a real database too."""

ATOM: Final = r'[^\s\x00-\x20\x7f-\xa0()<>\[\]:;@\\,"]+'
PLAIN_ADDRESS: Final = re.compile(f"{ATOM}@{ATOM}")
"""An address that can stand in a header and in SMTP as it is: no name, no list, no quotes."""

A_PLAIN_ADDRESS: Final = "a plain address, such as office@ombudsman.example"

MAILBOX_OCTETS: Final = 21
"""The most that a return path's local part may have: of the 64 octets of RFC 5321 4.5.3.1.1, its
token takes "+" and 42 characters."""

UNLIMITED: Final = "unlimited"
"""The value of a rate, or of a number of connections, that asks for no limit."""

RATE: Final = re.compile(r"(\d{1,6})/([smh])")
UNIT_MICROSECONDS: Final = {"s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}

HOST_PATTERN: Final = re.compile(r"[a-z0-9_*-]+(?:\.[a-z0-9_*-]+)*")
"""A host name, in ASCII, in which `*` stands for anything."""

SHORTEST_KEY: Final = 32
"""Characters: the recipient of one letter can try a shorter key against its return path."""

CENTURY_SECONDS: Final = 100 * 365 * 86_400


def _seconds(value: object) -> object:
    """Read "60 300 900" as waits; pydantic checks anything but text."""
    if isinstance(value, str):
        try:
            return tuple(timedelta(seconds=float(part)) for part in value.replace(",", " ").split())
        except OverflowError:
            raise ValueError("a wait is seven days at most") from None
    return value


def _addresses(value: object) -> object:
    """Read "a@office.example, b@office.example"; pydantic checks anything but text."""
    if not isinstance(value, str):
        return value
    addresses = value.replace(",", " ").split()
    for address in addresses:
        if not PLAIN_ADDRESS.fullmatch(address):
            raise ValueError(f"{address!r} is not {A_PLAIN_ADDRESS}")
    if len({folded(address) for address in addresses}) < len(addresses):
        raise ValueError("an address is there twice")
    return tuple(addresses)


def _allowed(value: object) -> object:
    """Read "jo@office.example test.example"; pydantic checks anything but text."""
    if not isinstance(value, str):
        return value
    entries = value.replace(",", " ").split()
    for entry in entries:
        name = entry.removeprefix("@")
        is_domain = "*" not in name and HOST_PATTERN.fullmatch(name.casefold())
        if not (PLAIN_ADDRESS.fullmatch(name) or is_domain):
            raise ValueError(f"{entry!r} is not an address or a domain")
    return tuple(entries)


def _interval(value: object) -> object:
    """Read "5/s", "120/m" or "500/h" as the time from one letter to the next.

    "" is None, which means that the setting is not set; "unlimited" is zero.
    """
    if not isinstance(value, str):
        return value
    if not value:
        return None
    if value.lower() == UNLIMITED:
        return timedelta(0)
    if not (rate := RATE.fullmatch(value.lower())) or not (count := int(rate[1])):
        raise ValueError(
            f"{value!r} is not a rate; write letters by the second, minute or hour: 5/s, 120/m or "
            f"500/h, or {UNLIMITED}"
        )
    # Rounded up, so that never more than this many leave.
    return timedelta(microseconds=-(-UNIT_MICROSECONDS[rate[2]] // count))


def _count(value: object) -> object:
    """Read "unlimited" as zero; pydantic checks anything else."""
    is_unlimited = isinstance(value, str) and value.lower() == UNLIMITED
    return 0 if is_unlimited else value


def _intervals(value: object) -> object:
    """Read "gov.example=2/s other.example=30/m"; pydantic checks anything but text."""
    if not isinstance(value, str):
        return value
    intervals: dict[str, object] = {}
    for entry in value.replace(",", " ").split():
        written, _, rate = entry.partition("=")
        names = [domain_of(each) for each in written.split(JOINED)]
        name = JOINED.join(names)
        if not rate or not all(map(HOST_PATTERN.fullmatch, names)):
            raise ValueError(f"{entry!r} is not a name and rate, such as gov.example=2/s")
        if name in intervals:
            raise ValueError(f"{name} is there twice")
        intervals[name] = _interval(rate)
    return intervals


def _retention(value: object) -> object:
    """Read "mail=2y letters=10y" as times by kind; pydantic checks anything but text."""
    try:
        return retention(value) if isinstance(value, str) else value
    except BadInput as error:
        raise ValueError(str(error)) from None


Addresses = Annotated[tuple[str, ...], BeforeValidator(_addresses)]
AllowedRecipients = Annotated[tuple[str, ...], BeforeValidator(_allowed)]
Interval = Annotated[timedelta | None, BeforeValidator(_interval)]
AllConnections = Annotated[int | None, BeforeValidator(_count), Field(ge=0, le=1000)]
Intervals = Annotated[Mapping[str, timedelta], BeforeValidator(_intervals)]
Kept = Annotated[Mapping[KeptKind, Period], BeforeValidator(_retention)]
Wait = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=7))]
Waits = Annotated[tuple[Wait, ...], BeforeValidator(_seconds), Field(min_length=1)]
Offset = Annotated[float, Field(ge=-CENTURY_SECONDS, le=CENTURY_SECONDS, allow_inf_nan=False)]


class ModeSettings(TokenSettings):
    """The settings that say whether letters go to their recipients."""

    smtp_url: SecretStr = SecretStr("")
    mode: Mode | None = None
    rehearsal_to: str = ""
    allowed_recipients: AllowedRecipients = ()

    @model_validator(mode="after")
    def _fits_its_mode(self) -> Self:
        """Refuse a mode that the mail server contradicts, and a rehearsal that goes to nobody."""
        if self.mode is Mode.TRIAL and not self.uses_catcher:
            raise ValueError("DISPATCH_MODE=trial does not go with DISPATCH_SMTP_URL")
        if self.mode is Mode.PRODUCTION and self.uses_catcher:
            raise ValueError("DISPATCH_MODE=production needs DISPATCH_SMTP_URL")
        if self.mode is Mode.REHEARSAL and not (self.rehearsal_to or self.uses_catcher):
            raise ValueError("DISPATCH_MODE=rehearsal needs DISPATCH_REHEARSAL_TO")
        if self.rehearsal_to and self.mode is not Mode.REHEARSAL:
            raise ValueError("DISPATCH_REHEARSAL_TO needs DISPATCH_MODE=rehearsal")
        return self

    @property
    def runs_in(self) -> Mode:
        """The mode: the one named, or production with a mail server and a trial without."""
        return self.mode or (Mode.TRIAL if self.uses_catcher else Mode.PRODUCTION)

    @property
    def in_mode(self) -> str:
        """The mode in words, and where letters go, as `status` says it."""
        match self.runs_in:
            case Mode.PRODUCTION:
                return "production: letters go to their recipients"
            case Mode.REHEARSAL if self.rehearsal_to:
                return f"rehearsal: every letter goes to {self.rehearsal_to} instead"
            case mode:
                return f"{mode}: letters go to the mail catcher, and so to nobody"

    @property
    def allow_list(self) -> AllowList:
        """Who may be written to in a rehearsal."""
        return AllowList.of((*self.allowed_recipients, *filter(None, [self.rehearsal_to])))

    @property
    def uses_catcher(self) -> bool:
        """Whether letters go to the mail catcher in the home, and so to nobody."""
        return self.smtp_url.get_secret_value() in {"", CATCHER}


class FileSettings(BaseModel):
    """Where files are kept: in the home, or where a setting says."""

    home: Path = Path(".dispatch")
    secrets: Path | None = None  # read before the settings are
    signing_key: Path | None = None
    checkpoints: Path | None = None
    public: Path | None = None

    @property
    def broker_folder(self) -> Path:
        """Where the embedded broker keeps its data."""
        return self.home / "broker"

    @property
    def maildir(self) -> Path:
        """Where the mail catcher stores the messages that it was sent."""
        return self.home / "mail"

    @property
    def catcher_port_file(self) -> Path:
        """Where a running mail catcher says on which port it listens."""
        return self.home / "catcher.port"

    @property
    def page_times(self) -> Path:
        """Where the processes that serve pages count how long these take."""
        return self.home / "page-times"

    @property
    def key_file(self) -> Path:
        """Where the key that signs return paths is kept if none was given."""
        return self.home / "secret.key"

    @property
    def signing_key_file(self) -> Path:
        """Where the key that signs checkpoints is kept."""
        return self.signing_key or self.home / "ledger.pem"

    @property
    def public_folder(self) -> Path:
        """Where an upload that a page asks for puts the public bundle."""
        return self.public or self.home / "public" / "letters"


class Settings(ModeSettings, SenderSettings, FileSettings, OfficeSettings):
    """What differs between one place where dispatch runs and another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database_url: SecretStr = SecretStr("")
    redis_url: SecretStr = SecretStr("")
    smtp_plaintext_host: str = ""
    sender_name: str = "Office of the Ombudsman"
    reply_to: str = ""
    return_path_style: ReturnPathStyle = ReturnPathStyle.SIGNED
    return_path: str = "bounces@ombudsman.example"
    office: Addresses = ()
    secret_key: SecretStr = SecretStr("")
    retry_waits: Waits = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120))
    retry_jitter: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.1
    lease_seconds: Annotated[int, Field(ge=5, le=86_400)] = 900
    workers: Annotated[int, Field(ge=1, le=64)] = 2
    connections: Annotated[int, Field(ge=1, le=64)] = 8
    mark_ahead: Annotated[int, Field(ge=1, le=1000)] = 1
    all_connections: AllConnections = None
    provider: str = ""
    rate: Interval = None
    domain_rate: Interval = None
    domain_rates: Intervals = Field(default_factory=dict)
    exchanger_rates: Intervals = Field(default_factory=dict)
    imap_url: SecretStr = SecretStr("")
    sent_url: SecretStr = SecretStr("")
    incoming_maildir: Path | None = None
    lmtp_listen: str = ""
    poll_seconds: Annotated[int, Field(ge=5, le=86_400)] = 60
    witnesses: Addresses = ()
    keep: Kept = Field(default_factory=dict)
    soft_bounces: Annotated[int, Field(ge=1, le=100)] = 3
    clock_offset: Offset = 0.0
    log_format: LogFormat = LogFormat.CONSOLE
    log_level: LogLevel = LogLevel.INFO
    templates: Path = shipped("templates")
    pdf_certificate: Path | None = None
    pdf_certificate_password: SecretStr = SecretStr("")

    @field_validator("sender", "reply_to", "return_path", "rehearsal_to")
    @classmethod
    def _is_plain(cls, address: str, info: ValidationInfo) -> str:
        """Refuse an address that the mail server would refuse only as the first letter leaves."""
        is_absent = not address and info.field_name in {"reply_to", "rehearsal_to"}
        if not is_absent and not PLAIN_ADDRESS.fullmatch(address):
            raise ValueError(f"this is not {A_PLAIN_ADDRESS}")
        return address

    @field_validator("return_path")
    @classmethod
    def _has_room_for_a_token(cls, mailbox: str, info: ValidationInfo) -> str:
        local_part = mailbox.partition("@")[0]
        if info.data.get("return_path_style") is ReturnPathStyle.PLAIN:
            return mailbox
        if not local_part.isascii() or len(local_part) > MAILBOX_OCTETS:
            raise ValueError(f"before the @ it takes {MAILBOX_OCTETS} ASCII characters at most")
        return mailbox

    @field_validator("secret_key")
    @classmethod
    def _is_long(cls, key: SecretStr) -> SecretStr:
        if 0 < len(key) < SHORTEST_KEY:
            raise ValueError(
                f"it has {len(key)} characters, and must have {SHORTEST_KEY} or more; "
                "leave it empty, and a key is made and kept in the home"
            )
        return key

    @field_validator("provider")
    @classmethod
    def _is_a_profile(cls, name: str) -> str:
        if name and name not in BY_NAME:
            raise ValueError(f"there is no such profile: {', '.join(BY_NAME)}")
        return name

    @field_validator("domain_rates")
    @classmethod
    def _names_whole_domains(cls, rates: Mapping[str, timedelta]) -> Mapping[str, timedelta]:
        if patterns := [name for name in rates if "*" in name or JOINED in name]:
            raise ValueError(f"{patterns[0]} is not a domain; patterns are for exchangers' hosts")
        return rates

    @model_validator(mode="after")
    def _pretends_only_at_home(self) -> Self:
        """Refuse a shifted clock beside anything real: letters would leave on the wrong day."""
        if self.clock_offset and not self.uses_catcher:
            raise ValueError("DISPATCH_CLOCK_OFFSET does not go with DISPATCH_SMTP_URL")
        if self.clock_offset and self.database_url:
            raise ValueError("DISPATCH_CLOCK_OFFSET does not go with DISPATCH_DATABASE_URL")
        if self.clock_offset and (self.imap_url.get_secret_value() or self.incoming_maildir):
            raise ValueError("DISPATCH_CLOCK_OFFSET does not go with a mailbox of real mail")
        return self

    @model_validator(mode="after")
    def _knows_where_letters_go(self) -> Self:
        """Refuse a real database without a mail server's URL.

        It would record letters as accepted that went to the mail catcher, on this machine.
        """
        if self.database_url and not self.smtp_url:
            raise ValueError(
                "DISPATCH_DATABASE_URL needs DISPATCH_SMTP_URL beside it: "
                f"the mail server's URL, or the word `{CATCHER}` for a trial"
            )
        return self

    @model_validator(mode="after")
    def _uses_its_tokens(self) -> Self:
        """Refuse credentials for tokens that no URL asks for: a password would be used instead."""
        urls = (self.smtp_url, self.imap_url, self.sent_url)
        if self.token_issuer and not any(_has_user_alone(url.get_secret_value()) for url in urls):
            raise ValueError(
                "DISPATCH_OAUTH_… are set, but neither DISPATCH_SMTP_URL nor DISPATCH_IMAP_URL "
                "names a user without a password: leave out the password where a token is meant"
            )
        return self

    @model_validator(mode="after")
    def _has_one_copy_of_each(self) -> Self:
        """Refuse a Sent folder where the mail server's provider keeps a copy there itself."""
        _refuse_second_copies(self.sent_url, self.limits.provider)
        return self

    @property
    def return_mailbox(self) -> str:
        """The mailbox that notices come back to: with the plain style the sender's, by default."""
        is_plain = self.return_path_style is ReturnPathStyle.PLAIN
        is_named = "return_path" in self.model_fields_set
        return self.sender if is_plain and not is_named else self.return_path

    @property
    def limits(self) -> Limits:
        """How fast letters may leave and over how many connections, by the mail server's profile.

        The mail catcher takes all that comes, unless a setting says otherwise.
        """
        if self.uses_catcher:
            return Limits(interval=self.rate or None, connections=self.all_connections or None)
        provider = BY_NAME.get(self.provider) or provider_of(_host(self.smtp_url))
        return limits(provider, self.rate, self.all_connections)

    @property
    def rates(self) -> Rates:
        """How fast letters may leave."""
        return Rates(
            service=self.limits.interval,
            domain=self.domain_rate,
            domains=self.domain_rates,
            groups=self.exchanger_rates,
        )

    @property
    def database(self) -> str | Path:
        """The database: the URL that was given, or the file of SQLite in the home."""
        return self.database_url.get_secret_value() or self.home.resolve() / "dispatch.db"

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


def _refuse_second_copies(sent_url: SecretStr, provider: Provider | None) -> None:
    if sent_url and provider and provider.keeps_copies:
        raise ValueError(
            f"DISPATCH_SENT_URL: {provider.title} puts a copy of each letter into the Sent folder "
            "itself, and people would find two: leave it empty"
        )


def _host(url: SecretStr) -> str:
    """Return the host in a URL; empty in one that cannot be read, which is refused elsewhere."""
    try:
        return urlsplit(url.get_secret_value()).hostname or ""
    except ValueError:
        return ""


def _has_user_alone(url: str) -> bool:
    """Whether a URL names a user and no password; one that cannot be read is refused elsewhere."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return bool(parts.username) and not parts.password


TEST_PREFIX: Final = "DISPATCH_TEST_"
"""Names that the tests read, such as the URL of a database made for them."""

NAMES: Final = tuple(PREFIX + name.upper() for name in Settings.model_fields)
"""The environment variable behind each setting."""

NO_OTHER: Final = ": see config/dispatch.env.example"


def _without_urls(message: str) -> str:
    """Return a message without URLs: one in the wrong setting may hold a password, too."""
    return " ".join("(a URL)" if "://" in word else word for word in message.split(" "))


def _lines(error: ValidationError) -> list[str]:
    """Return a line for each mistake; a secret's value is not repeated."""
    lines = []
    for mistake in error.errors(include_url=False, include_input=False, include_context=False):
        name = PREFIX + str(mistake["loc"][0]).upper() if mistake["loc"] else "together"
        no_such = f"no such setting{did_you_mean(name, NAMES) or NO_OTHER}"
        meaning = {"extra_forbidden": no_such}
        message = meaning.get(mistake["type"], mistake["msg"].removeprefix("Value error, "))
        lines.append(f"  {name}: {_without_urls(message)}")
    return lines
