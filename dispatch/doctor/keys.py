"""The keys that are not in the database: whether they are there, and ours alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dispatch import signers
from dispatch.app import App, UnkeptKey, ledger_signer
from dispatch.database import key_of, keys
from dispatch.database.keys import KeyUse
from dispatch.doctor.credentials import ending
from dispatch.domain.doctor.finding import Finding, fine, stops
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.wording.sentences import sentence
from dispatch.files.ownership import check_is_secret


def find(app: App) -> Iterator[Finding]:
    """Yield whether each key is there, is the right one, and can be read by nobody else."""
    yield _secret_key(app)
    yield _signing_key(app)
    if app.settings.pdf_certificate:
        yield _certificate(app, app.settings.pdf_certificate)


def _secret_key(app: App) -> Finding:
    is_set = bool(app.settings.secret_key)
    file = app.settings.key_file
    if isinstance(app.sender.key, UnkeptKey):
        return _wrong("keys.secret", "secret", "this home has none, and its database needs one")
    try:
        if not is_set and file.exists():
            check_is_secret(file)
    except BadInput as error:
        return _wrong("keys.secret", "secret", str(error))
    with app.sessions.read() as session:
        is_right = not keys.has_table(session) or keys.is_written_with(session, key_of(session))
    if not is_right:
        return _wrong("keys.secret", "secret", "the database was written with another")
    where = "is set" if is_set else "is in the home, and nobody else may read it"
    return fine("keys.secret", f"The secret key {where}.")


def _signing_key(app: App) -> Finding:
    file = app.settings.signing_key_file
    if not file.exists():
        with app.sessions.read() as session:
            is_known = keys.has_table(session) and keys.known_by(session, KeyUse.SIGNS)
        if is_known:
            return _wrong("keys.signing", "signing", f"{file} is not there")
        return fine("keys.signing", "The signing key is made when it is first needed.")
    try:
        check_is_secret(file)
        ledger_signer(app, is_new=False)
    except (BadInput, RuleBroken) as error:
        return _wrong("keys.signing", "signing", str(error))
    return fine("keys.signing", "The signing key is there, and nobody else may read it.")


def _certificate(app: App, path: Path) -> Finding:
    try:
        signer = signers.of_letters(path, app.settings.pdf_certificate_password.get_secret_value())
    except (BadInput, RuleBroken) as error:
        return _wrong("keys.letters", "letters'", str(error))
    assert signer  # noqa: S101 - for the type checker: there is a path
    what = "The certificate that signs the letters"
    return ending("keys.letters", what, signer.ends_at, app.clock(), "No letter can be made.")


def _wrong(check: str, which: str, said: str) -> Finding:
    return stops(
        check,
        f"The {which} key cannot be used as it is.",
        sentence(said),
        "Put the right key where the settings say, with mode 600; see docs/running/keys.md.",
    )
