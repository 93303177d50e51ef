"""The description of what can be read, in OpenAPI 3.1, and the check of what is asked."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, TypeVar

from flask import Flask, Response, abort, make_response
from pydantic import ValidationError
from spectree import Response as Described
from spectree import SecurityScheme, SpecTree
from spectree.models import SecureType, SecuritySchemeData
from spectree.plugins.flask_plugin import FlaskPlugin

from dispatch.domain.people.token import Scope
from dispatch.web.access import open_to_all
from dispatch.web.api import bearer, problems
from dispatch.web.api.problems import Problem

View = TypeVar("View", bound=Callable[..., Response])

PATH: Final = "apidoc"

# It logs the values of a request that it refuses, which may name a person. Nothing calls it here,
# since `_refuse` stands in for its own handler; silent all the same. By its level, since to set up
# logging again makes every logger speak that was disabled.
logging.getLogger("spectree.utils").setLevel(logging.CRITICAL + 1)


class _Plugin(FlaskPlugin):
    """Leaves answers as they are: their models are for the description."""

    def validate_response(self, resp: Response, *_: object) -> tuple[Response, None]:
        """Return the answer."""
        return make_response(resp), None


def _refuse(_: object, __: object, error: Exception | None, *___: object) -> None:
    if isinstance(error, ValidationError):
        abort(problems.of_input(error))


def _name(model: type) -> str:
    return re.sub(r"\W+", "", model.__name__)


_spec: Final = SpecTree(
    backend=_Plugin,
    before=_refuse,
    validation_error_model=Problem,
    naming_strategy=_name,
    nested_naming_strategy=lambda _, child: re.sub(r"\W+", "", child),
    title="What programs may read of dispatch",
    description=(
        "Everything is read only. Each use of letters, deliveries, events and contacts is kept "
        "in the ledger, with the token's name and its owner."
    ),
    version="1",
    path=PATH,
    page_templates={},  # its pages load scripts from elsewhere
    mode="strict",
    security_schemes=[
        SecurityScheme(
            name="token",
            data=SecuritySchemeData(
                type=SecureType.HTTP, scheme=bearer.SCHEME, description="A token of the office."
            ),
        )
    ],
)

REFUSED: Final = ("HTTP_401", "HTTP_403", "HTTP_404")


def reads(scope: Scope, model: type) -> Callable[[View], Callable[..., Response]]:
    """Describe a view, which a token with `scope` opens, and check what is asked of it."""

    def describe(view: View) -> Callable[..., Response]:
        refusals = dict.fromkeys(REFUSED, Problem)
        validated = _spec.validate(
            resp=Described("HTTP_304", HTTP_200=model, **refusals),
            security=[{"token": [scope.value]}],
        )(view)

        @wraps(validated)
        def opened(*args: object, **given: object) -> Response:
            bearer.check(scope)
            answer: Response = validated(*args, **given)
            return answer

        return open_to_all(opened)

    return describe


def description(app: Flask) -> dict[str, Any]:
    """Return the description."""
    _spec.app = app
    said: dict[str, Any] = _spec.spec
    for path in said["paths"].values():
        for answers in (method["responses"] for method in path.values()):
            for status, each in answers.items():
                if status >= "400" and "application/json" in each.get("content", {}):
                    each["content"] = {problems.MEDIA_TYPE: each["content"]["application/json"]}
    return said
