"""Letters of the sample year as PDF files: `python benchmarks/letters.py --sample 20 --out DIR`.

For a validator, or for a person to look at. Prints how long a letter took.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from dispatch.app import App, from_environ, isolated, ready
from dispatch.cli.imports import bring_in
from dispatch.demo import sample
from dispatch.domain.letter import Draft
from dispatch.domain.letters.drafting import draw_up
from dispatch.letters import plan
from dispatch.register import register

CONFIG = Path(__file__).parents[1] / "config"


def drafts(app: App, seed: int) -> Sequence[Draft]:
    """Import the sample year and draw up its letters."""
    files = sample.write(app.settings.home / "sample", seed, CONFIG / "sample")
    for kind in ("authorities", "contacts", "figures"):
        bring_in(app, kind, getattr(files, kind))
    with app.sessions.read() as session:
        year = plan.read_file(session, CONFIG / "mailouts" / "annual-review-2020.toml").plan
        return draw_up(year, register.for_plan(session, year)).drafts


def main() -> None:
    """Render as many letters as asked for, evenly spread over the year."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--sample", type=int, default=20, help="how many letters")
    words.add_argument("--out", type=Path, help="a folder for the PDFs; none are kept without it")
    words.add_argument("--seed", type=int, default=2020)
    words.add_argument("--certificate", default="", help="a PKCS#12 file that signs each letter")
    words.add_argument("--password", default="", help="of that file")
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as home:
        signed = {"": asked.certificate, "_PASSWORD": asked.password}
        settings = {f"DISPATCH_PDF_CERTIFICATE{name}": value for name, value in signed.items()}
        app = ready(from_environ(isolated(DISPATCH_HOME=home, **settings)))
        due = drafts(app, asked.seed)
        chosen = [due[number * len(due) // asked.sample] for number in range(asked.sample)]
        began = time.perf_counter()
        for draft in chosen:
            pdf = app.templates.render(draft.content).pdf
            if asked.out:
                asked.out.mkdir(parents=True, exist_ok=True)
                (asked.out / f"{draft.content.authority.code}.pdf").write_bytes(pdf)
        each = (time.perf_counter() - began) / len(chosen)
    print(f"{len(chosen)} of {len(due)} letters, {1000 * each:.0f} ms each, one process")


if __name__ == "__main__":
    main()
