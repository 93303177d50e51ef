"""The bundle's description for programs: a Data Package (datapackage.org, version 2.0)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from dispatch.domain.digest import Measured
from dispatch.domain.publishing import records
from dispatch.domain.publishing.bundle import (
    EARLIER,
    FIGURES,
    LANGUAGES,
    LETTERS,
    PLACES,
    Column,
    Sheet,
    notice,
)

NAME: Final = "datapackage.json"
SHEETS: Final = (LETTERS, FIGURES, LANGUAGES, EARLIER, PLACES)
PROFILE: Final = "https://datapackage.org/profiles/2.0/"


NOTHING: Final[Mapping[str, bytes]] = MappingProxyType({})


def descriptor(
    about: Mapping[str, Any],
    files: Mapping[str, Measured],
    sources: Iterable[str],
    notices: Mapping[str, bytes] = NOTHING,
) -> bytes:
    """Return `datapackage.json`; `files` are the public tables by name.

    `sources` say where figures were taken from, `notices` whom each map is by.

    `about` is the publisher's own description: name, title, description, licences, publisher.
    """
    said = {
        "$schema": f"{PROFILE}datapackage.json",
        "name": about["name"],
        "title": about["title"],
        "description": about["description"],
        "contributors": [{"title": about["publisher"], "roles": ["publisher"]}],
        "licenses": about.get("licences", []),
        "sources": [
            *({"title": source} for source in sorted({*sources})),
            *(_map_source(name, said) for name, said in sorted(notices.items())),
        ],
        "resources": [
            *(_resource(sheet, files[sheet.file]) for sheet in SHEETS if sheet.file in files),
            *(_records(content) for name, content in files.items() if name == records.FILE),
        ],
    }
    # The standard does not allow empty lists, so they are left out.
    filled = {key: value for key, value in said.items() if value}
    return (json.dumps(filled, indent=2, ensure_ascii=False) + "\n").encode()


def _map_source(name: str, said: bytes) -> dict[str, str]:
    return {"title": said.decode().partition("\n")[0].strip(), "path": notice(name)}


def _records(content: Measured) -> dict[str, Any]:
    """Return what is said of the letters as JSON: it has no schema, since it is not a table."""
    return {
        "$schema": f"{PROFILE}dataresource.json",
        "name": "letters-json",
        "title": records.TITLE,
        "description": records.DESCRIPTION,
        "path": records.FILE,
        "format": "json",
        "mediatype": "application/json",
        "encoding": "utf-8",
        "bytes": content.size,
        "hash": f"sha256:{content.sha256}",
    }


def _resource(sheet: Sheet, content: Measured) -> dict[str, Any]:
    return {
        "$schema": f"{PROFILE}dataresource.json",
        "name": sheet.file.removesuffix(".csv"),
        "type": "table",
        "title": sheet.title,
        "path": sheet.file,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": content.size,
        "hash": f"sha256:{content.sha256}",
        "schema": {
            "$schema": f"{PROFILE}tableschema.json",
            "fields": [_field(column) for column in sheet.columns],
            "primaryKey": list(sheet.key),
            **_relation(sheet),
        },
    }


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "description": column.description,
    }
    if column.is_required:
        field["constraints"] = {"required": True}
    return field


def _relation(sheet: Sheet) -> dict[str, Any]:
    """Return the foreign key from the figures to the letters."""
    if sheet is not FIGURES:
        return {}
    shared = [name for name in LETTERS.key if name in FIGURES.key]
    reference = {"resource": LETTERS.file.removesuffix(".csv"), "fields": shared}
    return {"foreignKeys": [{"fields": shared, "reference": reference}]}
