"""Say how `podman run` starts a service of compose.yaml on the network of this machine.

.ci/containers.py SERVICE FOLDER [HEALTH] prints a line for each argument; with HEALTH, those of the
health check. The images of PostgreSQL and Valkey cannot be had everywhere: so only our own services
are run, with all that compose.yaml says of them but networks, beside servers of this machine.
"""

# ruff: noqa: INP001, T201 - a script that prints

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

IMAGE = "localhost/ombudsman-dispatch:test"


def arguments(service: dict[str, Any], folder: Path) -> list[str]:
    """Return the options, the image and the command of a service."""
    options = [f"--user={service['user']}", f"--env-file={folder / 'containers.env'}"]
    options += ["--read-only"] if service["read_only"] else []
    options += ["--init"] if service["init"] else []
    options += [f"--tmpfs={each}" for each in service["tmpfs"]]
    options += [f"--cap-drop={each}" for each in service["cap_drop"]]
    options += [f"--security-opt={each}" for each in service["security_opt"]]
    options += [f"--env={name}={value}" for name, value in service["environment"].items()]
    for each in service["secrets"]:
        options.append(f"--volume={folder / 'secrets' / each}:/run/secrets/{each}:ro")
    for each in service["volumes"]:
        source, _, target = each.partition(":")
        place = str(folder / source) if source.startswith(".") else f"dispatch-test-{source}"
        options.append(f"--volume={place}:{target}")
    return [*options, IMAGE, *service["command"]]


def main(name: str, folder: str, health: str = "") -> None:
    """Print the arguments of a service, or of its health check."""
    service = yaml.safe_load(Path("compose.yaml").read_text(encoding="utf-8"))["services"][name]
    found = service["healthcheck"]["test"][1:] if health else arguments(service, Path(folder))
    print("\n".join(found))


main(*sys.argv[1:])
