# /// script
# requires-python = ">=3.11"
# dependencies = ["fonttools==4.63.0", "brotli==1.2.0", "fontpkg-lato==2.15"]
# ///
"""Cut the pages' font from Lato: .ci/font.py FOLDER writes two .woff2 files and their licence.

It keeps the characters of English and Welsh, of other European names and of what pages say with
signs. Lato's licence reserves its name for the whole font, so the cut one is called Office Sans.
"""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

LATO = files("fontpkg_lato")
CHARACTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),  # Latin-1 and Latin Extended-A, which has the Welsh \u0175 and \u0177
    0x0218, 0x0219, 0x021A, 0x021B, 0x1E80, 0x1E81, 0x1E82, 0x1E83, 0x1E84, 0x1E85, 0x1EF2, 0x1EF3,
    *range(0x2010, 0x2016), *range(0x2018, 0x201F), 0x2020, 0x2022, 0x2026, 0x2032, 0x2033,
    0x2039, 0x203A, 0x20AC, 0x2122, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2248, 0x2260,
    0x2264, 0x2265, 0x2713, 0x25B2, 0x25BC,
]  # fmt: skip
FEATURES = ["kern", "liga", "tnum", "lnum", "ccmp", "locl", "mark", "mkmk"]
NAMES = {1: "Office Sans", 3: "Office Sans", 4: "Office Sans", 6: "OfficeSans", 16: "Office Sans"}


def main(folder: Path) -> None:
    """Write office-sans-regular.woff2, office-sans-bold.woff2 and office-sans.txt."""
    for weight in ("Regular", "Bold"):
        font = TTFont(str(LATO / "files" / f"Lato-{weight}.ttf"), recalcTimestamp=False)
        cut(font)
        font.save(folder / f"office-sans-{weight.lower()}.woff2")
    (folder / "office-sans.txt").write_text((LATO / "LICENSE").read_text())


def cut(font: TTFont) -> None:
    """Leave only our characters in a font, and give it our name."""
    options = subset.Options(layout_features=FEATURES, hinting=False, flavor="woff2")
    options.name_IDs = ["*"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=CHARACTERS)
    cutter.subset(font)
    font.flavor = "woff2"
    for record in font["name"].names:
        if record.nameID in NAMES:
            record.string = NAMES[record.nameID]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
