"""Add what the pages have from npm to a list of CycloneDX: .ci/sbom.py PYTHON LOCK OUT."""

# ruff: noqa: INP001, T201 - a script that prints

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

TOOLS = {"sass"}
"""What only makes the style sheet, and is not in it."""


def main(python: Path, lock: Path, out: Path) -> None:
    """Write the list with both, and say how many there are."""
    found = json.loads(python.read_text(encoding="utf-8"))
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    for name in sorted(packages[""]["dependencies"].keys() - TOOLS):
        package = packages[f"node_modules/{name}"]
        algorithm, _, digest = package["integrity"].partition("-")
        content = base64.b64decode(digest).hex()
        found["components"].append(
            {
                "type": "library",
                "bom-ref": f"npm-{name}@{package['version']}",
                "name": name,
                "version": package["version"],
                "purl": f"pkg:npm/{name}@{package['version']}",
                "hashes": [{"alg": f"SHA-{algorithm.removeprefix('sha')}", "content": content}],
            }
        )
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"{out}: {len(found['components'])} components")


main(*map(Path, sys.argv[1:]))
