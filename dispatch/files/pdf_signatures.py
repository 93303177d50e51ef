"""The certificate that signs the letters' PDFs (PAdES), from a PKCS#12 file outside the database.

A letter is signed when it is rendered, so that what is approved, sent and made public are the same
signed bytes. The signature is added to the end of the file and not seen on the page: the letter
stays accessible (PDF/UA-1) and archivable (PDF/A-2a).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID

from dispatch.domain.calendar import local
from dispatch.domain.errors import BadInput, CannotRender, RuleBroken

# It takes half a second to import, and most commands sign nothing.
if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

FIELD: Final = "Signature"
SHORTEST_RSA: Final = 2048
LIBRARY: Final = "pyhanko"


@dataclass(frozen=True)
class PdfSigner:
    """A private key with its certificate, and those that lead from it to one that is trusted."""

    _key: RSAPrivateKey = field(repr=False)
    certificate: Certificate
    chain: tuple[Certificate, ...] = ()

    @classmethod
    def read(cls, path: Path, password: str) -> PdfSigner:
        """Read a PKCS#12 file. Raises `BadInput` for whatever would keep it from signing."""
        if find_spec(LIBRARY) is None:
            raise BadInput(
                "DISPATCH_PDF_CERTIFICATE needs a library that is not here: install dispatch with "
                "its extra `signing`"
            )
        try:
            found = load_pkcs12(path.read_bytes(), password.encode() or None)
        except OSError as error:
            raise BadInput(f"the certificate {path} cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise BadInput(
                f"{path} cannot be opened: it is not a PKCS#12 file, or "
                f"DISPATCH_PDF_CERTIFICATE_PASSWORD is not its password"
            ) from error
        if found.cert is None or found.key is None:
            raise BadInput(f"{path} needs a certificate and its private key")
        if not isinstance(found.key, RSAPrivateKey) or found.key.key_size < SHORTEST_RSA:
            raise BadInput(f"the key in {path} must be RSA, with {SHORTEST_RSA} bits or more")
        chain = tuple(each.certificate for each in found.additional_certs)
        return cls(found.key, found.cert.certificate, chain)

    @property
    def mark(self) -> str:
        """What letters that it signed are known by: another certificate makes other letters."""
        return sha256(self.certificate.public_bytes(Encoding.DER)).hexdigest()

    @property
    def ends_at(self) -> datetime:
        """Until when the certificate is valid."""
        return self.certificate.not_valid_after_utc

    def refuse_outdated(self, at: datetime) -> None:
        """Raise `RuleBroken` if the certificate is not valid at a moment."""
        begins, ends = self.certificate.not_valid_before_utc, self.ends_at
        if at > ends:
            raise RuleBroken(
                f"the certificate that signs the letters ended on {local(ends):%Y-%m-%d}: put a "
                f"new one where DISPATCH_PDF_CERTIFICATE says"
            )
        if at < begins:
            raise RuleBroken(
                f"the certificate that signs the letters is valid from {local(begins):%Y-%m-%d} on"
            )

    def sign(self, pdf: bytes) -> bytes:
        """Return a PDF with a signature that is not seen. Raises `CannotRender`."""
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.pdf_utils.misc import PdfError
        from pyhanko.sign import fields, signers

        meta = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            name=self._name,
        )
        # Off the page and without a size, since PDF/A wants no hidden annotation, and PDF/UA wants
        # one that is seen to be in the tree of tags.
        unseen = fields.InvisSigSettings(
            set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True
        )
        place = fields.SigFieldSpec(
            FIELD, readable_field_name=f"Signature of {self._name}", invis_sig_settings=unseen
        )
        try:
            # PDF/A wants a line end before the first object that is added, and Typst ends without.
            writer = IncrementalPdfFileWriter(BytesIO(pdf + b"\n"))
            signer = signers.PdfSigner(meta, signer=self._signer, new_field_spec=place)
            return bytes(signer.sign_pdf(writer).getvalue())
        except (PdfError, ValueError) as error:
            raise CannotRender(f"its PDF cannot be signed: {error}") from error

    @property
    def _name(self) -> str:
        found = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else self.certificate.subject.rfc4514_string()

    @cached_property
    def _signer(self) -> Signer:
        return _signer(self)


def _signer(own: PdfSigner) -> Signer:
    """Return what pyHanko asks for signatures.

    Its own would read the key from DER for each: 65 of 100 ms.
    """
    from asn1crypto import x509  # type: ignore[import-untyped]  # it has no types
    from pyhanko.sign.signers import Signer
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    class Signs(Signer):
        async def async_sign_raw(
            self,
            data: bytes,
            digest_algorithm: str,  # noqa: ARG002 - SHA-256, as `sign` asks
            dry_run: bool = False,  # noqa: FBT001, FBT002, ARG002 - as pyHanko calls it
        ) -> bytes:
            return own._key.sign(data, PKCS1v15(), SHA256())  # noqa: SLF001 - this module's own

    def der(certificate: Certificate) -> x509.Certificate:
        return x509.Certificate.load(certificate.public_bytes(Encoding.DER))

    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # it has no types
    store.register_multiple([der(each) for each in own.chain])
    return Signs(signing_cert=der(own.certificate), cert_registry=store)
