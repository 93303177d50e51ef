"""Names as they stand in addresses and file names."""

from __future__ import annotations

import re
import unicodedata


def slugified(name: str) -> str:
    """Return the slug of a name: "Transport for London" is transport-for-london.

    Empty for a name without a letter or digit that ASCII can spell.
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.casefold().replace("'", "")).strip("-")
