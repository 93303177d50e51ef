"""An error as a page that says what is wrong and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Flask
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from dispatch.database import DatabaseTrouble
from dispatch.domain.errors import BadInput, DispatchError, NotFound, Unavailable
from dispatch.domain.wording.sentences import sentence
from dispatch.web.shown import page

STATUS: Final[Mapping[type[DispatchError], int]] = {
    NotFound: 404,
    BadInput: 400,
    Unavailable: 503,
}
"""The HTTP status of each kind of error; of any other of ours, 409: the rules forbid it now."""

CONFLICT: Final = 409

TITLES: Final[Mapping[int, str]] = {
    400: "We cannot use that",
    401: "Sign in first",
    403: "You may not do that",
    404: "Page not found",
    405: "Page not found",
    409: "That cannot be done now",
    413: "The file is too large",
    429: "Too many tries",
    500: "Something went wrong here",
    503: "The service cannot answer now",
}

WORDS: Final[Mapping[int, str]] = {
    400: "Go back, look at what you entered, and try again.",
    404: "If you typed the address, check it. What you look for may have another name.",
    405: "If you typed the address, check it. What you look for may have another name.",
    413: "Choose a file of at most 20 MB.",
    429: "Wait a while, then try again.",
    500: "Nothing that you did is half done. Try again; if it happens again, tell the people who"
    " run the service when it happened.",
    503: "Nothing that you did is half done. Try again in a few minutes; if it happens again, tell"
    " the people who run the service.",
}


def answer(site: Flask) -> None:
    """Have errors answered with pages."""
    site.register_error_handler(DispatchError, of_ours)
    site.register_error_handler(CSRFError, of_an_old_form)
    site.register_error_handler(HTTPException, of_http)
    site.register_error_handler(DatabaseTrouble, of_the_database)


def trouble(status: int, words: str, error: DispatchError | None = None) -> tuple[str, int]:
    """Return a page that says what is wrong, and links to what to do."""
    return page(
        "trouble.html",
        status,
        title=TITLES.get(status, TITLES[400]),
        words=words or WORDS.get(status, WORDS[400]),
        remedy=error.remedy if error else None,
        problems=error.problems if isinstance(error, BadInput) else (),
    )


def of_ours(error: DispatchError) -> tuple[str, int]:
    """Say what is wrong, in the words of the error."""
    summary, _, _ = str(error).partition("\n")
    return trouble(status_of(error), sentence(summary), error)


def status_of(error: DispatchError) -> int:
    """Return the HTTP status of an error."""
    kinds = (status for kind, status in STATUS.items() if isinstance(error, kind))
    return next(kinds, CONFLICT)


def of_an_old_form(_: CSRFError) -> tuple[str, int]:
    """Say that a form came from a page which does not count any more."""
    return trouble(400, "The page is from before you signed in, or too old. Open it again.")


def of_http(error: HTTPException) -> tuple[str, int]:
    """Say what is wrong with a request, in our own words or those given with the error."""
    status = error.code or InternalServerError.code
    usual = type(error).description
    own = error.description if error.description != usual else ""
    return trouble(status, own or WORDS.get(status, ""))


def of_the_database(_: Exception) -> tuple[str, int]:
    """Say that the database does not answer, without its words."""
    return trouble(503, WORDS[503])
