"""The variables that settings are read from: the environment, and a `.env` file in this folder.

On its own, since completion needs them many times sooner than SQLAlchemy is imported.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from dispatch.domain.errors import BadInput
from dispatch.files.ownership import check_is_ours

PREFIX: Final = "DISPATCH_"
"""How the name of each setting begins."""

FILE: Final = Path(".env")

ASKS_FOR_TRACES: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
"""Either names where traces go, and so asks for them."""

OF_TRACES: Final = frozenset(
    {
        *ASKS_FOR_TRACES,
        *("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"),
        *("OTEL_EXPORTER_OTLP_CERTIFICATE", "OTEL_EXPORTER_OTLP_TIMEOUT"),
        *("OTEL_EXPORTER_OTLP_COMPRESSION", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_SERVICE_NAME"),
        *("OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG", "OTEL_TRACES_EXPORTER"),
        "OTEL_SDK_DISABLED",
    }
)
"""The names of OpenTelemetry's own that a `.env` file may set: none of them brings in code."""


TRACES_TIMEOUT: Final = "3"
"""Seconds that a process which ends waits for a collector that is away, unless told otherwise."""


def environment() -> dict[str, str]:
    """Return the environment, with the settings that only the `.env` file of this folder has.

    Raises `BadInput` if others may change that file.
    """
    return {**of_file(FILE), **os.environ}


def asks_for_traces() -> bool:
    """Whether traces are asked for, by OpenTelemetry's own variables.

    What the `.env` file says of them is put into the environment, where its libraries look.
    """
    for name, value in of_file(FILE).items():
        if value and name in OF_TRACES:
            os.environ.setdefault(name, value)
    os.environ.setdefault("OTEL_EXPORTER_OTLP_TIMEOUT", TRACES_TIMEOUT)
    is_off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    is_none = os.environ.get("OTEL_TRACES_EXPORTER", "").lower() == "none"
    return not is_off and not is_none and any(map(os.environ.get, ASKS_FOR_TRACES))


def sources() -> dict[str, tuple[str, str]]:
    """Return each variable that looks like a setting, with its value and where it was found.

    That is `environment`, which counts before the file, or the path of the `.env` file.
    """
    there = str(FILE.absolute())
    found = {name: (value, there) for name, value in of_file(FILE).items()}
    of_process = {name: (value, "environment") for name, value in os.environ.items()}
    both = {**found, **of_process}
    return {name: each for name, each in both.items() if name.startswith(PREFIX) and each[0]}


def of_file(path: Path) -> dict[str, str]:
    """Return the settings in a `.env` file; any other name in it is passed over.

    Such a name could have Python run code of others (PYTHONPATH), or change who we are (HOME).
    """
    try:
        with path.open(encoding="utf-8") as file:
            check_is_ours(os.fstat(file.fileno()), f"{path.absolute()}")
            from dotenv import dotenv_values

            values = dotenv_values(stream=file)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.absolute()} cannot be read: {error}") from error
    return {
        name: value or ""
        for name, value in values.items()
        if name.startswith(PREFIX) or name in OF_TRACES
    }
