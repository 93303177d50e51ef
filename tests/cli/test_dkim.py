from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dispatch.app import App, dkim_key
from dispatch.domain.errors import BadInput
from tests.cli.conftest import Dispatch


@pytest.fixture
def signing(app: App, tmp_path: Path) -> App:
    """A home that signs its messages."""
    path = tmp_path / "dkim.pem"
    path.touch(mode=0o600)
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    update = {"dkim_key": path, "dkim_selector": "letters2020"}
    return replace(app, settings=app.settings.model_copy(update=update))


def test_the_record_for_the_dns_is_shown(signing: App, dispatch: Dispatch) -> None:
    shown = dispatch("keys", "dkim", obj=signing).output
    record = json.loads(dispatch("keys", "dkim", "--json", obj=signing).output)
    assert record["host"] == "letters2020._domainkey.ombudsman.example"
    assert record["record"].startswith("v=DKIM1; k=ed25519; p=")
    assert f"Content: {record['record']}\n" in shown
    assert f'{record["host"]}. IN TXT ( "{record["record"]}" )\n' in shown


def test_a_home_that_signs_nothing_says_so(dispatch: Dispatch) -> None:
    found = dispatch("keys", "dkim")
    assert found.exit_code == 1
    assert "this home signs no messages: set DISPATCH_DKIM_KEY" in found.output


def test_a_key_that_others_can_read_is_refused(signing: App) -> None:
    path = signing.settings.dkim_key
    assert path
    path.chmod(0o640)
    with pytest.raises(BadInput, match="can be read by other users: run `chmod 600` on it"):
        dkim_key(signing.settings)
