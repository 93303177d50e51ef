from __future__ import annotations

import re
from pathlib import Path

from dispatch import domain


def test_the_map_of_the_domain_names_every_module_once() -> None:
    named = re.findall(r"^(\w+)  +\w", domain.__doc__ or "", flags=re.MULTILINE)
    there = {path.stem for path in Path(domain.__path__[0]).glob("[a-z]*.py")}
    assert sorted(named) == sorted(there)
