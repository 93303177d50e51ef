"""The sample year as a register, in memory: to show a template to those who write it.

Nothing of it is stored, so it can be used in a home that has no data of its own yet.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from dispatch.demo import sample
from dispatch.domain.letters.drafting import Register
from dispatch.files import authorities, contacts, disk, figures
from dispatch.files.shipped import shipped

SEED: Final = 2020


@cache
def sample_register() -> Register:
    """Return the authorities, invented people and figures of the sample year."""
    with TemporaryDirectory(prefix="dispatch-sample-") as folder:
        files = sample.write(Path(folder) / "sample", SEED, shipped("config") / "sample")
        bodies = authorities.read(*disk.load(files.authorities)).values
        known = {each.code: each for each in bodies}
        people = contacts.read(*disk.load(files.contacts), known=known).values
        numbers = figures.read(*disk.load(files.figures), known=known).values
    return Register(
        authorities=known,
        contacts={each.role_at: each for each in people},
        figures={each.authority: each for each in numbers},
    )
