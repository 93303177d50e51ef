"""Print the uv that uv.lock names, with the digests of its wheels, as a line for pip."""

# ruff: noqa: INP001, T201 - a script that prints

from __future__ import annotations

import tomllib
from pathlib import Path

packages = tomllib.loads(Path("uv.lock").read_text(encoding="utf-8"))["package"]
[uv] = [each for each in packages if each["name"] == "uv"]
print(f"uv=={uv['version']}", *(f"--hash={wheel['hash']}" for wheel in uv["wheels"]))
