"""A real IMAP server of a test's own: Dovecot, with one mailbox."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from tests.patience import HANG_SECONDS

CERTS: Final = Path(__file__).parent / "certs"
DOVECOT: Final = shutil.which("dovecot") or "/usr/sbin/dovecot"
IMAP: Final = Path("/usr/lib/dovecot/imap")

needs_dovecot = pytest.mark.skipif(
    not Path(DOVECOT).exists() or not IMAP.exists() or os.geteuid() != 0,
    reason="needs the Debian package dovecot-imapd, and root to start it",
)

CONFIG: Final = """\
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certs}/server.pem
ssl_key = <{certs}/server.pem
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
mail_location = maildir:{folder}/mail
mail_attachment_detection_options =
first_valid_uid = 1
passdb {{
  driver = {passdb}
  args = {passdb_args}
  mechanisms = {mechanisms}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}
}}
service imap-login {{
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
namespace {{
  inbox = yes
  separator = /
{mailboxes}
}}
{settings}
"""


@dataclass(frozen=True, slots=True)
class Dovecot:
    """An instance that runs."""

    port: int
    tls_port: int
    maildir: Path
    password: str = "p@ss/word"  # noqa: S105 - of a server on loopback, for a test

    def url(self, query: str = "", *, folder: str = "INBOX") -> str:
        return f"imap://office:p%40ss%2Fword@127.0.0.1:{self.port}/{quote(folder)}{query}"

    def tls_url(self) -> str:
        ca_file = CERTS / "ca.pem"
        return f"imaps://office:p%40ss%2Fword@localhost:{self.tls_port}/INBOX?ca={ca_file}"

    def deliver(self, name: str, mail: bytes) -> None:
        """Put a mail into the inbox, as a mail server of the same machine does."""
        written = self.maildir / "tmp" / name
        written.write_bytes(mail)
        shutil.chown(written, "nobody", "nogroup")
        written.rename(self.maildir / "new" / name)

    def own_all(self) -> None:
        """Take over what others have put into the inbox for their own eyes alone."""
        for written in (self.maildir / "new").iterdir():
            shutil.chown(written, "nobody", "nogroup")


OAUTH2: Final = """\
introspection_mode = post
introspection_url = {url}
active_attribute = active
active_value = true
username_attribute = username
tls_ca_cert_file = {certs}/ca.pem
"""
"""How Dovecot asks whose a token is (RFC 7662)."""


SENT: Final = "Gesendete Elemente"
QUOTA_KIB: Final = 512

SENT_AND_QUOTA: Final = {
    "mailboxes": f'mailbox "{SENT}" {{\n special_use = \\Sent\n auto = create\n}}',
    "settings": (
        "protocol imap {\n mail_plugins = quota imap_quota\n}\n"
        f"plugin {{\n quota = maildir:User quota\n quota_rule = *:storage={QUOTA_KIB}K\n}}"
    ),
}
"""A folder that is marked as Sent, and a limit of size."""


@contextmanager
def dovecot(
    introspection_url: str | None = None,
    parts: Mapping[str, str] = {},
) -> Iterator[Dovecot]:
    """Run a Dovecot, which asks this address about tokens, or takes a password.

    Its folder is not pytest's: other users must pass through to it.
    """
    with tempfile.TemporaryDirectory(prefix="dovecot-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("mail", "mail/new", "mail/cur", "mail/tmp"):
            (folder / part).mkdir(parents=True)
            shutil.chown(folder / part, "nobody", "nogroup")
        running = Dovecot(_free_port(), _free_port(), folder / "mail")
        config = folder / "dovecot.conf"
        config.write_text(
            CONFIG.format(
                folder=folder,
                certs=CERTS,
                port=running.port,
                tls_port=running.tls_port,
                **{"mailboxes": "", "settings": "", **parts},
                **_logins(folder, running.password, introspection_url),
            )
        )
        process = subprocess.Popen([DOVECOT, "-F", "-c", str(config)])  # noqa: S603 - the real one
        try:
            _wait_for(running.port, folder / "log", process)
            yield running
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _logins(folder: Path, password: str, introspection_url: str | None) -> dict[str, str]:
    """Return the parts of the configuration that say who may log in."""
    if introspection_url is None:
        return {
            "mechanisms": "plain",
            "passdb": "static",
            "passdb_args": f"password={password}",
        }
    asking = folder / "oauth2.conf"
    asking.write_text(OAUTH2.format(url=introspection_url, certs=CERTS))
    return {"mechanisms": "xoauth2", "passdb": "oauth2", "passdb_args": str(asking)}


def _wait_for(port: int, log: Path, process: subprocess.Popen[bytes]) -> None:
    ends_at = time.monotonic() + HANG_SECONDS
    while time.monotonic() < ends_at:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=HANG_SECONDS) as line:
                if line.recv(4):
                    return
        except OSError:
            assert process.poll() is None, "Dovecot ended at once"
            time.sleep(0.05)
    pytest.fail(f"Dovecot did not start: see {log}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
