"""An answer to a program, and the record of who took it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Generic, TypeVar

from flask import Response, request, url_for
from pydantic import BaseModel, ConfigDict, Field

from dispatch.domain.digest import sha256
from dispatch.proof.export import Listing, hand_out
from dispatch.views.form import as_data
from dispatch.web.access import office
from dispatch.web.api import bearer

T = TypeVar("T")

FEWEST: Final = 1
MOST: Final = 500
"""Rows of one answer."""
USUAL: Final = 50


class Rows(BaseModel):
    """How many rows an answer has."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(USUAL, ge=FEWEST, le=MOST, description="The most rows that come at once.")


class Page(BaseModel, Generic[T]):
    """Some rows of a list, in the order of the list."""

    items: list[T]
    next: str | None = Field(description="The address of the rows that follow; null at the end.")


@dataclass(frozen=True, slots=True)
class Personal:
    """What an answer has that is about people: the ledger keeps who took it."""

    what: str
    filters: Sequence[str] = ()
    """The names of the filters used, without their values."""


def page(
    found: Sequence[T],
    asked: Rows,
    key: Callable[[T], object],
    personal: Personal | None = None,
    *,
    view: Callable[[T], object] = lambda row: row,
) -> Response:
    """Return the first rows of `found`, and the address of those that follow.

    `found` has one more than were asked for, if there are more; `key` names a row in the address.
    """
    rows = found[: asked.limit]
    more = len(found) > len(rows)
    data = {
        "items": [as_data(view(each)) for each in rows],
        "next": _address_after(asked, key(rows[-1])) if more else None,
    }
    return _given(data, personal, len(rows))


def _address_after(asked: Rows, last: object) -> str:
    filters = asked.model_dump(mode="json", exclude_none=True, exclude={"after"})
    given = {**(request.view_args or {}), **filters, "after": last}
    return url_for(request.endpoint or "", **given)


def one(view: object, personal: Personal | None = None) -> Response:
    """Return one thing."""
    return _given(as_data(view), personal, 1)


def _given(data: Any, personal: Personal | None, rows: int) -> Response:  # noqa: ANN401 - JSON is any of these
    """Return data, unless the program has it already; first put on record that it gets it."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    digest = sha256(body)
    response = Response(body, content_type="application/json")
    response.set_etag(digest)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    if personal and response.status_code == HTTPStatus.OK:
        listing = Listing(
            what=personal.what,
            format="json",
            rows=rows,
            filters=personal.filters,
            sha256=digest,
            token=bearer.shown().name,
        )
        hand_out(office().sessions, listing, bearer.word())
    return response
