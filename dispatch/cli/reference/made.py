"""Make the reference anew from the commands: `make reference`, in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from dispatch.cli import main
from dispatch.cli.reference import man, markdown, outline
from dispatch.files import disk

ROOT: Final = Path(__file__).parents[3]
MANUAL: Final = ROOT / "docs" / "man"


def files() -> dict[Path, str]:
    """Return what each file of the reference should say, by its path."""
    commands = list(outline.outline(main))
    return {
        outline.FILE: outline.as_text(iter(commands)),
        ROOT / "docs/using/reference.md": markdown.page(commands, markdown.keys(main)),
        **{MANUAL / name: text for name, text in man.pages(commands).items()},
    }


def stale() -> list[Path]:
    """Return the manual pages of commands that are no longer there."""
    return sorted({*MANUAL.glob("*.1")} - files().keys())


if __name__ == "__main__":
    for path in stale():
        path.unlink()
    for path, text in files().items():
        path.parent.mkdir(exist_ok=True)
        disk.write(path, text.encode(), mode=0o644)
