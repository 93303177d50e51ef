"""The style sheet, the scripts and the fonts, each under an address that has its digest.

A browser may keep such a file for ever: another content has another address.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

from flask import Blueprint, abort, send_from_directory
from werkzeug.wrappers import Response

from dispatch.files.shipped import shipped
from dispatch.web.access import open_to_all
from dispatch.web.headers import YEAR_SECONDS

FOLDER: Final = shipped("templates") / "web" / "static"
SHOWN: Final = 12
"""Digits of a digest that an address has."""

files = Blueprint("files", __name__)


@cache
def _digests() -> dict[str, str]:
    listed = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return {name: each["sha256"] for name, each in listed["files"].items()}


def asset(name: str) -> str:
    """Return the address of one of the files. Raises `KeyError` for one that is not in the list."""
    return f"/static/{_digests()[name][:SHOWN]}/{name}"


@files.get("/static/<digest>/<path:name>")
@open_to_all
def file(digest: str, name: str) -> Response:
    """Give a file, if its address has its digest."""
    if _digests().get(name, "")[:SHOWN] != digest:
        abort(404)
    response = send_from_directory(Path(FOLDER), name, conditional=False)
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return response
