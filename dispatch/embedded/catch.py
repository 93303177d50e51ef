"""The mail catcher as a process: `python -m dispatch.embedded.catch MAILDIR PORT_FILE`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from dispatch.embedded.signals import on_stop
from dispatch.mail.catcher import Catcher


def serve(maildir: Path, port_file: Path) -> None:
    """Catch mail until asked to stop; as long as it does, `port_file` says on which port."""
    asked = threading.Event()
    with on_stop(asked.set), Catcher(maildir) as catcher:
        _write(port_file, f"{catcher.port}\n")
        try:
            asked.wait()
        finally:
            port_file.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """Write the whole file at once: who reads it sees all of it or none."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(text, encoding="ascii")
    draft.replace(path)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
