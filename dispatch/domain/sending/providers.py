"""How fast the ways out of an office take letters: a profile for each, chosen by host name.

Limits are those that the providers publish. Settings of the office come first; where they are
faster than the provider allows, that is said, and not refused: only the office knows its contract.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Final

MINUTE: Final = timedelta(minutes=1)

USUAL_RATE: Final = MINUTE / 60
"""The time from one letter to the next if no setting or profile says otherwise: a receiving system
that has not heard of us for a year takes a burst for an attack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What one way out takes. None for what its provider does not limit."""

    name: str
    """As `DISPATCH_PROVIDER` names it."""
    title: str
    """As people are told of it, at the beginning of a sentence."""
    hosts: tuple[str, ...] = ()
    """Patterns of the host names in `DISPATCH_SMTP_URL`."""
    connections: int | None = None
    """The most connections at once, of all workers together."""
    rate: timedelta = USUAL_RATE
    """The time from one letter to the next that we keep to."""
    fastest: timedelta | None = None
    """The same, at the provider's own limit."""
    a_day: int | None = None
    """Recipients in 24 hours."""
    keeps_copies: bool = False
    """Whether it puts a copy of each message into the Sent folder of the mailbox that sent it."""


MICROSOFT_365: Final = Provider(
    name="microsoft365",
    title="Microsoft 365",
    hosts=(
        "smtp.office365.com",
        "smtp-legacy.office365.com",
        "smtp.office365.us",
        "smtp.partner.outlook.cn",
        "outlook.office.com",
        "*.outlook.office.com",
        "outlook.office365.com",
        "outlook.office365.us",
        "outlook-dod.office365.us",
        "*.office365.com",
        "*.office365.us",
        "smtp.outlook.com",
        "smtp-mail.outlook.com",
        "outlook.live.com",
        "smtp.live.com",
        "smtp.hotmail.com",
    ),
    connections=3,
    rate=MINUTE / 25,
    fastest=MINUTE / 30,
    a_day=10_000,
    keeps_copies=True,
)
MICROSOFT_CONNECTOR: Final = Provider(
    name="microsoft365-connector",
    title="Microsoft 365 by a connector",
    hosts=(
        "*.mail.protection.outlook.com",
        "*.mx.microsoft",
        "*.mail.protection.office365.us",
        "*.mail.protection.partner.outlook.cn",
        "*.mail.eo.outlook.com",
    ),
    a_day=10_000,
)
"""The limit of the tenant, 9,500 and 500 for a licence, is the lowest that any tenant has."""
GMAIL: Final = Provider(
    name="gmail",
    title="Gmail",
    hosts=("smtp.gmail.com", "smtp.googlemail.com", "gmail-smtp-msa.l.google.com"),
    a_day=2_000,
    keeps_copies=True,
)
GOOGLE_RELAY: Final = Provider(
    name="google-relay",
    title="Google's SMTP relay",
    hosts=("smtp-relay.gmail.com", "smtp-relay.googlemail.com", "smtp-relay.l.google.com"),
    a_day=10_000,
)
OWN_RELAY: Final = Provider(name="own-relay", title="Your mail server")

PROVIDERS: Final = (MICROSOFT_CONNECTOR, MICROSOFT_365, GMAIL, GOOGLE_RELAY, OWN_RELAY)
"""The first whose pattern fits counts: one cloud names connectors under the name of its logins."""

BY_NAME: Final = {each.name: each for each in PROVIDERS}


def provider_of(host: str) -> Provider:
    """Return the profile of a mail server by its host name; `OWN_RELAY` for an unknown one."""
    name = host.lower().rstrip(".")
    for provider in PROVIDERS:
        if any(fnmatchcase(name, pattern) for pattern in provider.hosts):
            return provider
    return OWN_RELAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the office's settings and the provider's profile come to."""

    provider: Provider | None = None
    """None for the mail catcher, which takes all that comes."""
    interval: timedelta | None = None
    """The time from one letter to the next, of all workers together; None for no limit."""
    connections: int | None = None
    """The most connections at once, of all workers together; None for no limit."""

    def excesses(self) -> Iterator[str]:
        """Yield what is faster than the provider allows, a sentence without a full stop each."""
        provider = self.provider
        if provider is None:
            return
        if provider.fastest and (self.interval is None or self.interval < provider.fastest):
            yield (
                f"{provider.title} takes {per_minute(provider.fastest)} letters a minute from a "
                f"mailbox, and DISPATCH_RATE is {in_words(self.interval)}: it will slow us down"
            )
        most = provider.connections
        if most and (self.connections is None or self.connections > most):
            yield (
                f"{provider.title} takes {most} connections at once from a mailbox, and "
                f"DISPATCH_ALL_CONNECTIONS is {self.connections or 'unlimited'}: it will turn "
                f"letters away for a while"
            )


def limits(provider: Provider, interval: timedelta | None, connections: int | None) -> Limits:
    """Return the limits by a profile, where settings do not say otherwise.

    A setting of None is not set; one of zero asks for no limit.
    """
    rate = provider.rate if interval is None else interval or None
    most = provider.connections if connections is None else connections or None
    return Limits(provider=provider, interval=rate, connections=most)


def in_words(interval: timedelta | None) -> str:
    """Return a rate as people say it: "25 a minute", "unlimited"."""
    return f"{per_minute(interval)} a minute" if interval else "unlimited"


def per_minute(interval: timedelta) -> str:
    """Return how many letters leave in a minute, rounded to what can be said: "25", "0.5"."""
    return f"{round(MINUTE / interval, 1):,.1f}".removesuffix(".0")
