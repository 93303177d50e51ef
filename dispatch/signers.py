"""What signs messages (DKIM) and the letters' PDFs (PAdES), read from files that are secret.

Most homes sign neither, and most commands need neither: the libraries are imported only here.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dispatch.files.ownership import check_is_secret

if TYPE_CHECKING:
    from dispatch.files.pdf_signatures import PdfSigner
    from dispatch.mail.outgoing.dkim import DkimKey


def of_messages(path: Path | None, *, domain: str, selector: str) -> DkimKey | None:
    """Return the key that signs messages; None if the mail server does. Raises `BadInput`."""
    if path is None:
        return None
    from dispatch.mail.outgoing.dkim import DkimKey

    check_is_secret(path)
    return DkimKey.read(path, domain=domain, selector=selector)


def of_letters(path: Path | None, password: str) -> PdfSigner | None:
    """Return what signs the letters; None if they go without. Raises `BadInput`."""
    if path is None:
        return None
    from dispatch.files.pdf_signatures import PdfSigner

    check_is_secret(path)
    return PdfSigner.read(path, password)
