from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from dispatch.documents.check import conformance
from dispatch.documents.templates import LimitedTemplates, Templates
from dispatch.domain.errors import BadInput, CannotRender, RuleBroken
from dispatch.files import pdf_signatures
from dispatch.files.pdf_signatures import PdfSigner
from tests.documents.contents import FOLDER, TEMPLATES, a_content
from tests.files import certificates
from tests.files.certificates import BEGINS, ENDS, Key

pytestmark = pytest.mark.heavy


@pytest.fixture
def signer(tmp_path: Path) -> PdfSigner:
    return PdfSigner.read(certificates.write(tmp_path / "office.p12", "a word"), "a word")


@pytest.fixture(scope="module")
def letter() -> bytes:
    return TEMPLATES.render(a_content()).pdf


def is_whole(pdf: bytes) -> bool:
    [signature] = PdfFileReader(BytesIO(pdf)).embedded_signatures
    trusted = ValidationContext(trust_roots=[signature.signer_cert], moment=BEGINS)
    status = validate_pdf_signature(signature, trusted)
    return bool(
        status.intact and status.valid and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    )


def test_a_signed_letter_begins_with_the_letter_and_stays_accessible(
    signer: PdfSigner, letter: bytes
) -> None:
    signed = signer.sign(letter)
    assert signed.startswith(letter)
    assert conformance(signed) == []
    assert is_whole(signed)


def test_a_letter_that_was_changed_after_it_was_signed_does_not_verify(
    signer: PdfSigner, letter: bytes
) -> None:
    signed = signer.sign(letter)
    assert not is_whole(signed.replace(b"/Lang", b"/Long", 1))


@pytest.mark.skipif(not shutil.which("pdfsig"), reason="poppler-utils is not installed")
def test_another_program_finds_the_signature_valid_and_over_all_of_it(
    signer: PdfSigner, letter: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "letter.pdf"
    path.write_bytes(signer.sign(letter))
    words = ["pdfsig", "-nocert", str(path)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout  # noqa: S603 - of the system
    assert "Signature is Valid" in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def test_letters_are_signed_outside_the_child_and_another_certificate_makes_others(
    signer: PdfSigner,
) -> None:
    plain = Templates(FOLDER).digest("annual-review")
    with LimitedTemplates(FOLDER, signer) as templates:
        digest = templates.digest("annual-review")
        rendered = templates.render(a_content(), asked_for=digest)
    assert digest != plain
    assert is_whole(rendered.pdf)


def test_letters_are_asked_for_only_while_the_certificate_is_valid(signer: PdfSigner) -> None:
    templates = LimitedTemplates(FOLDER, signer)
    templates.refuse_outdated(BEGINS)
    with pytest.raises(RuleBroken, match="ended on 2020-12-31: put a new one where"):
        templates.refuse_outdated(ENDS + timedelta(seconds=1))
    with pytest.raises(RuleBroken, match="is valid from 2020-01-01 on"):
        templates.refuse_outdated(BEGINS - timedelta(seconds=1))
    LimitedTemplates(FOLDER).refuse_outdated(ENDS + timedelta(days=1))


def test_what_is_not_a_pdf_is_not_signed(signer: PdfSigner) -> None:
    with pytest.raises(CannotRender, match="its PDF cannot be signed"):
        signer.sign(b"%PDF-1.7 and nothing else")


@pytest.mark.parametrize(
    ("key", "password", "said"),
    [
        (certificates.KEY, "another", "or DISPATCH_PDF_CERTIFICATE_PASSWORD is not its password"),
        (certificates.KEY, "", "or DISPATCH_PDF_CERTIFICATE_PASSWORD is not its password"),
        (ec.generate_private_key(ec.SECP256R1()), "a word", "must be RSA, with 2048 bits or more"),
    ],
)
def test_a_file_that_cannot_sign_is_refused_at_the_start(
    tmp_path: Path, key: Key, password: str, said: str
) -> None:
    path = certificates.write(tmp_path / "office.p12", "a word", key=key)
    with pytest.raises(BadInput, match=said):
        PdfSigner.read(path, password)


def test_a_file_that_is_missing_or_of_another_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: No such file"):
        PdfSigner.read(tmp_path / "none.p12", "")
    (tmp_path / "text.p12").write_text("no certificate")
    with pytest.raises(BadInput, match="it is not a PKCS#12 file"):
        PdfSigner.read(tmp_path / "text.p12", "")


def test_without_the_library_its_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_signatures, "LIBRARY", "not_installed_here")
    with pytest.raises(BadInput, match="install dispatch with its extra `signing`"):
        PdfSigner.read(tmp_path / "office.p12", "")
