"""An error as a program reads it: RFC 9457."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import HTTPException, InternalServerError

from dispatch.database import DatabaseTrouble
from dispatch.domain.errors import DispatchError
from dispatch.web.troubles import WORDS, status_of

MEDIA_TYPE: Final = "application/problem+json"


class Problem(BaseModel):
    """What is wrong."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="Always about:blank: the status says what kind it is.")
    title: str
    status: int
    detail: str = Field(description="What is wrong, and what to do.")
    wrong: list[str] | None = Field(
        default=None, description="Which parts of the request are wrong, and why."
    )


class Refused(Exception):
    """A request without the token that it needs."""

    def __init__(self, status: int, detail: str, challenge: str) -> None:
        super().__init__(detail)
        self.status = status
        self.challenge = challenge


def answer(api: Blueprint) -> None:
    """Have each error of the routes answered as a problem."""
    api.register_error_handler(Refused, _of_refusal)
    api.register_error_handler(DispatchError, _of_ours)
    api.register_error_handler(HTTPException, _of_http)
    api.register_error_handler(DatabaseTrouble, _of_the_database)


def problem(
    status: int, detail: str, *, wrong: Sequence[str] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer that says what is wrong."""
    said: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if wrong:
        said["wrong"] = list(wrong)
    return Response(json.dumps(said), status, dict(headers or {}), content_type=MEDIA_TYPE)


def of_input(error: ValidationError) -> Response:
    """Say which parts of a request are wrong, and why, without their values."""
    wrong = [
        f"{'.'.join(map(str, each['loc'])) or 'request'}: {each['msg']}"
        for each in error.errors(include_input=False, include_context=False, include_url=False)
    ]
    return problem(422, "The request has what is not understood.", wrong=wrong)


def _of_refusal(error: Refused) -> Response:
    return problem(error.status, str(error), headers={"WWW-Authenticate": error.challenge})


def _of_ours(error: DispatchError) -> Response:
    summary, _, _ = str(error).partition("\n")
    return problem(status_of(error), summary)


def _of_http(error: HTTPException) -> Response:
    if isinstance(error.response, Response):  # made above, and only carried here
        return error.response
    status = error.code or InternalServerError.code
    detail = WORDS[status] if status >= InternalServerError.code else error.description or ""
    kept = {name: value for name, value in error.get_headers() if name == "Allow"}
    return problem(status, detail, headers=kept)


def _of_the_database(_: Exception) -> Response:
    return problem(503, WORDS[503])
