"""Access tokens and certificates: what they let us do, and when they end."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from typing import Final

from dispatch.app import App
from dispatch.clock import machine_time
from dispatch.domain.calendar import day_in_words
from dispatch.domain.doctor.finding import Finding, fine, look, of_reply, stops
from dispatch.files.keys import certificate_ends_at
from dispatch.mail.oauth.tokens import NoToken, Tokens
from dispatch.mail.probes.tokens import claims_of
from dispatch.views.ages import lasting

SOON: Final = timedelta(days=30)
"""Before its end a certificate should be renewed: a mailout takes weeks from check to upload."""

AUDIENCES: Final = frozenset(
    {"https://outlook.office365.com", "00000002-0000-0ff1-ce00-000000000000"}
)
"""Exchange Online, by its address and by its id."""


def token(tokens: Tokens, mailbox: str, role: str, check: str) -> Generator[Finding, None, bool]:
    """Yield what an access token allows; return whether none was given."""
    try:
        given = tokens.get(mailbox)
    except NoToken as refusal:
        means, to_do = of_reply(refusal.reply, "", "Show this to your mail administrator.")
        yield stops(f"{check}.token", "No access token is given to us.", means, to_do)
        return True
    claims = claims_of(given.text)
    if claims is None:
        yield fine(f"{check}.token", "An access token was given to us.")
        return False
    if claims.audience.rstrip("/") not in AUDIENCES:
        yield stops(
            f"{check}.token",
            "The access token is for another service.",
            f"It is for {claims.audience[:60]!r}, and the mail server will not take it.",
            "Ask for the permission under Office 365 Exchange Online, and not Microsoft Graph.",
        )
    elif role not in claims.roles:
        has = ", ".join(sorted(claims.roles)) or "none"
        yield stops(
            f"{check}.token",
            f"The access token lacks the role {role}.",
            f"The application may not use that: its roles are {has}.",
            f"Add the application permission {role}, and grant admin consent.",
        )
    else:
        yield _lasting(f"{check}.token", role, claims.ends_at)
    return False


def _lasting(check: str, role: str, ends_at: datetime | None) -> Finding:
    """Return how long a token lasts, by this machine's clock: the server goes by its own."""
    left = ends_at - machine_time() if ends_at else None
    if left is None:
        return fine(check, f"The access token is for Exchange, with {role}.")
    if left > timedelta(0):
        return fine(check, f"The access token is for Exchange with {role}, for {lasting(left)}.")
    return stops(
        check,
        "The access token that was just given has ended already.",
        f"By the clock of this machine it ended {lasting(-left)} ago, so that clock is wrong.",
        "Let a time server set the clock of this machine.",
    )


def credential(app: App) -> Iterator[Finding]:
    """Yield when what the application proves itself by ends, where that can be known."""
    settings = app.settings
    if settings.oauth_certificate:
        ends_at = certificate_ends_at(settings.oauth_certificate)
        yield ending("oauth.credential", "The application's certificate", ends_at, app.clock())
    elif settings.oauth_client_secret:
        yield look(
            "oauth.credential",
            "When the client secret ends cannot be seen from here.",
            "Once it has ended, no letter leaves and no bounce is collected.",
            "Look it up in Entra and put the day into a calendar, or use a certificate.",
        )


def ending(
    check: str, what: str, ends_at: datetime, now: datetime, means: str = "No letter can leave."
) -> Finding:
    """Return when something ends, and whether that is soon; `means` is what follows then."""
    days, day = (ends_at - now).days, day_in_words(ends_at.date())
    to_do = "Renew it now, or ask the person who does."
    if days < 0:
        return stops(check, f"{what} ended on {day}.", means, to_do)
    if ends_at - now < SOON:
        return look(
            check, f"{what} ends on {day}.", f"Nothing goes after that: {days} days.", to_do
        )
    return fine(check, f"{what} is valid until {day}.")
