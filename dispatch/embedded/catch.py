"""The mail catcher as a process: `python -m dispatch.embedded.catch MAILDIR PORT_FILE`."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from dispatch.embedded.signals import on_stop
from dispatch.files import disk
from dispatch.mail.catcher import Catcher


def serve(maildir: Path, port_file: Path) -> None:
    """Catch messages until asked to stop. While it runs, `port_file` has the port."""
    asked = threading.Event()
    with on_stop(asked.set), Catcher(maildir) as catcher:
        disk.write(port_file, f"{catcher.port}\n".encode())
        try:
            asked.wait()
        finally:
            port_file.unlink(missing_ok=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
