# ruff: noqa: INP001 - a script, not part of a package
"""Gather the pages' files with their digests: .ci/manifest.py FOLDER STATIC.

A file that names another, as `asset:NAME`, gets its address, which holds its digest: so each file
can be kept by browsers for a year. manifest.json says the SHA-256 of each, and of what it was made
from, so that a test can tell where somebody forgot to make them again.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path

COPIED = {
    "office-sans-regular.woff2": "office-sans-regular.woff2",
    "office-sans-bold.woff2": "office-sans-bold.woff2",
    "favicon.svg": "favicon.svg",
    "htmx.min.js": "node_modules/htmx.org/dist/htmx.min.js",
    "govuk-frontend.min.js": "node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js",
    "office.css": "office.css",
    "office.js": "office.js",
}
"""What is served, and where it is in the folder; a file stands after those that it names."""

LICENCES = (
    ("govuk-frontend", "office.css and govuk-frontend.min.js", "govuk-frontend.txt"),
    ("htmx.org", "htmx.min.js", "node_modules/htmx.org/LICENSE"),
    ("Lato", "office-sans-regular.woff2 and office-sans-bold.woff2", "office-sans.txt"),
)

SOURCES = Path("templates/web/assets")

NAMED = re.compile(rb"asset:([a-z0-9.-]+)")
SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")


def main(folder: Path, static: Path) -> None:
    """Write each file, LICENCES.txt and manifest.json into `static`."""
    static.mkdir()
    digests: dict[str, str] = {}
    for name, path in COPIED.items():
        content = SOURCE_MAP.sub(b"\n", (folder / path).read_bytes())
        content = NAMED.sub(lambda named: address(digests, named[1].decode()), content)
        (static / name).write_bytes(content)
        digests[name] = hashlib.sha256(content).hexdigest()
    listed = {
        "files": {name: {"sha256": digest} for name, digest in sorted(digests.items())},
        "made_from": {path.name: sha256(path) for path in sorted(SOURCES.iterdir())},
    }
    (static / "manifest.json").write_text(json.dumps(listed, indent=2) + "\n")
    (static / "LICENCES.txt").write_text("\n\n".join(licence(folder, *each) for each in LICENCES))


def sha256(path: Path) -> str:
    """Return the digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def address(digests: dict[str, str], name: str) -> bytes:
    """Return the address of a file beside another: files are served as /static/DIGEST/NAME."""
    return f"../{digests[name][:12]}/{name}".encode()


def licence(folder: Path, package: str, what: str, path: str) -> str:
    """Return a package's licence under a line that says which files hold it."""
    text = (folder / path).read_text()
    return f"{package} {version(folder, package)}, in {what}\n{'-' * 72}\n{text}"


def version(folder: Path, package: str) -> str:
    """Return the version that package.json names, or that Lato's cut says."""
    named = json.loads((folder / "package.json").read_text())["dependencies"]
    return str(named.get(package, "2.015, cut to the characters that the pages need"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
