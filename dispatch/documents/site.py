"""The pages of a public bundle: by authority over all years, by mailout, and to check a file.

They need no server and fetch nothing: each page contains its own style and script, and runs no
others: it names their digests (Content Security Policy, level 2).
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, TemplateError
from markupsafe import Markup

from dispatch.documents.sandbox import environment, framing, refuse_acting
from dispatch.domain.errors import CannotRender
from dispatch.domain.publishing import datapackage
from dispatch.domain.publishing.bundle import EARLIER, FIGURES, LETTERS, checkpoint, folder
from dispatch.domain.publishing.published import AVERAGE, COUNT, PERCENT
from dispatch.domain.publishing.spreadsheet import Row, to_csv

PAGES: Final = ("index.html", "mailout.html", "check.html")
FILES: Final = ("about.toml", "frame.html", *PAGES, "page.css", "page.js", "check.js")
ABOUT: Final = ("name", "title", "description", "publisher")
"""What the office must say about its data in `about.toml`."""
CHECK: Final = "check.html"
"""The page that says whether a file is one of the letters."""

OTHERS: Final = "0-9"
KIBIBYTE: Final = 1024

View = dict[str, Any]
"""What a template shows about one thing, by name."""


class Site:
    """The templates of the pages, and what the office says about its data."""

    def __init__(self, templates: Path) -> None:
        """Read `templates`. Raises `CannotRender` if a file is missing or says too little."""
        try:
            sources = {name: (templates / name).read_text(encoding="utf-8") for name in FILES}
            self.about: Mapping[str, Any] = tomllib.loads(sources["about.toml"])
        except (OSError, ValueError) as error:
            raise CannotRender(f"the pages' templates cannot be read: {error}") from error
        if lacking := [name for name in ABOUT if not self.about.get(name)]:
            raise CannotRender(f"{templates / 'about.toml'}: {', '.join(lacking)}: missing")
        for name in (name for name in sources if name.endswith(".html")):
            _refuse_more_inline(name, sources[name])
            refuse_acting(name, sources[name], INLINE, is_under_policy=True)
        scripts = dict.fromkeys(PAGES, sources["page.js"]) | {CHECK: sources["check.js"]}
        self._inline = {name: _inline(sources["page.css"], scripts[name]) for name in PAGES}
        self._environment: Environment = framing(environment(sources))

    def files(
        self,
        letters: Iterable[Row],
        figures: Iterable[Row],
        checkpoints: Mapping[str, bytes],
        earlier: Iterable[Row] = (),
    ) -> Iterator[tuple[str, bytes]]:
        """Yield each file of a bundle that describes its letters: tables, data package and pages.

        `checkpoints` are the ledger's signed checkpoints by mailout; not every mailout has one.
        `earlier` are the versions that were replaced, which are not public themselves.
        The same rows in any order give the same bytes. Raises `CannotRender`.
        """
        listed = sorted(letters, key=itemgetter("letter_date", *LETTERS.key))
        places = {(row["mailout"], row["authority_code"]): at for at, row in enumerate(listed)}
        # The figures of one letter stay in the letter's order.
        told = sorted(figures, key=lambda row: places[row["mailout"], row["authority_code"]])
        tables = {
            LETTERS.file: to_csv(LETTERS.names, listed),
            FIGURES.file: to_csv(FIGURES.names, told),
        }
        replaced = sorted(earlier, key=itemgetter(*EARLIER.names))
        if replaced:
            tables[EARLIER.file] = to_csv(EARLIER.names, replaced)
        yield from tables.items()
        yield datapackage.NAME, datapackage.descriptor(self.about, tables, told)
        mailouts = _mailouts(listed)
        for name, content in checkpoints.items():
            mailouts[name]["checkpoint"] = _stated(name, content)
        yield from self._pages(listed, told, mailouts)
        digests = _digests(listed, replaced)
        yield CHECK, self._page(CHECK, listed, mailouts, (), **digests)

    def _pages(
        self, letters: Sequence[Row], figures: Sequence[Row], mailouts: Mapping[str, View]
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the file and the bytes of each page that lists letters."""
        yield "index.html", self._page("index.html", letters, mailouts, _listed(letters, mailouts))
        for name, mailout in mailouts.items():
            own = [row for row in letters if row["mailout"] == name]
            shown = [row for row in figures if row["mailout"] == name and _is_shown(row)]
            listed = _listed(own, mailouts)
            measures = _add_figures(listed, shown)
            page = self._page(
                "mailout.html", own, mailouts, listed, mailout=mailout, measures=measures
            )
            yield f"{folder(name)}/index.html", page

    def _page(
        self,
        template: str,
        letters: Sequence[Row],
        mailouts: Mapping[str, View],
        listed: Sequence[View],
        **more: object,
    ) -> bytes:
        values = {
            "inline": self._inline[template],
            "about": {"licences": [], "contact_url": "", **self.about},
            "mailouts": list(mailouts.values()),
            "groups": sorted({each["group"] for each in listed}),
            "initials": [
                (initial, list(some)) for initial, some in groupby(listed, lambda a: a["initial"])
            ],
            "has_made_up": any(row["is_synthetic"] == "true" for row in letters),
            **more,
        }
        try:
            page = self._environment.get_template(template).render(values)
        except (TemplateError, RecursionError) as error:
            raise CannotRender(f"the page {template} cannot be made: {error}") from error
        return page.encode()


INLINE: Final = frozenset({"inline.style", "inline.script"})
"""The only values that a page may have in a style or a script."""

_UNSAFE: Final = re.compile(
    r"'unsafe-\w+'|<(?:script|style)\b[^>]+>|<[a-z][^<>]*\s(?:on\w+|style)\s*=", re.IGNORECASE
)
"""What the policy would not let run, or what would let run more than it names."""


def _refuse_more_inline(name: str, source: str) -> None:
    if found := _UNSAFE.search(source):
        line = source.count("\n", 0, found.start()) + 1
        raise CannotRender(
            f"{name}, line {line}: {found[0].strip()}: what a page runs is in page.css and "
            "page.js or check.js, put into frame.html as {{ inline.style }} and "
            "{{ inline.script }}, and {{ inline.policy }} is its Content-Security-Policy"
        )


def _inline(style: str, script: str) -> View:
    """Return the style and the script of the pages, and the policy that lets these alone run."""
    policy = (
        f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    # The office wrote both files; an apostrophe in quotation marks needs no escaping.
    return {
        "style": Markup(style),  # noqa: S704
        "script": Markup(script),  # noqa: S704
        "policy": Markup(policy),  # noqa: S704
    }


def _digest(content: str) -> str:
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"


def _mailouts(letters: Iterable[Row]) -> dict[str, View]:
    """Return what the pages show about each mailout, the newest first.

    People know letters by the year printed on them; where two share a year, by their title.
    """
    firsts = {row["mailout"]: row for row in letters}
    years = [row["letter_date"][:4] for row in firsts.values()]
    counted = [row["mailout"] for row in letters]
    newest = sorted(firsts.values(), key=lambda row: (row["letter_date"], row["mailout"]))[::-1]
    return {
        row["mailout"]: {
            "title": row["title"],
            "year": row["year"],
            "label": year if years.count(year := row["letter_date"][:4]) == 1 else row["title"],
            "letter_date": date.fromisoformat(row["letter_date"]),
            "upload_date": date.fromisoformat(row["upload_date"]),
            "href": f"{folder(row['mailout'])}/index.html",
            "count": counted.count(row["mailout"]),
            "checkpoint": None,
        }
        for row in newest
    }


def _stated(mailout: str, content: bytes) -> View:
    """Return what a checkpoint says about the ledger: size in line 2, root in line 3."""
    _, size, root, *_ = content.decode().split("\n")
    return {"href": checkpoint(mailout), "size": int(size), "root": root}


def _listed(letters: Iterable[Row], mailouts: Mapping[str, View]) -> list[View]:
    """Return each authority under its latest name, with its letters, the newest first."""
    order = list(mailouts)
    by_code: dict[str, list[Row]] = {}
    for row in sorted(letters, key=lambda row: order.index(row["mailout"])):
        by_code.setdefault(row["authority_code"], []).append(row)
    listed = [_authority(code, rows, mailouts) for code, rows in by_code.items()]
    return sorted(listed, key=lambda each: (each["initial"], each["sorted_by"], each["code"]))


def _authority(code: str, rows: Sequence[Row], mailouts: Mapping[str, View]) -> View:
    short, name = rows[0]["authority_name"], rows[0]["authority_official_name"]
    folded = unicodedata.normalize("NFKD", short).encode("ascii", "ignore").decode().casefold()
    initial = folded[:1].upper()
    return {
        "code": code,
        "name": name if name.startswith(short) else short,
        "known_as": "" if name.startswith(short) else name,
        "group": rows[0]["comparison_group"] or rows[0]["authority_kind"].capitalize(),
        "initial": initial if initial.isalpha() else OTHERS,
        "sorted_by": folded,
        "letters": [_letter(row, mailouts[row["mailout"]]) for row in rows],
    }


def _letter(row: Row, mailout: View) -> View:
    return {
        "label": mailout["label"],
        "file": row["file"],
        "near": row["file"].rpartition("/")[2],
        "size": f"{max(round(int(row['bytes']) / KIBIBYTE), 1)}\N{NO-BREAK SPACE}kB",
        "is_corrected": int(row["version"]) > 1,
        "went_to": _successor(row),
        "is_made_up": row["is_synthetic"] == "true",
    }


def _digests(letters: Sequence[Row], earlier: Sequence[Row]) -> View:
    """Return what the page says of each letter and of each version that was replaced."""
    in_force = {
        (row["mailout"], row["authority_code"], row["addressed_to"]): row for row in letters
    }
    rows = [_version(row, row) for row in letters]
    for row in earlier:
        found = in_force.get((row["mailout"], row["authority_code"], row["addressed_to"]))
        rows += [_version(row, found)] if found else []
    rows.sort(key=lambda each: (each["name"], each["date"], each["version"], each["sha256"]))
    return {
        "rows": rows,
        "count": len(letters),
        "has_earlier": bool(earlier),
        "earlier_file": EARLIER.file,
    }


def _version(row: Row, in_force: Row) -> View:
    replaced_on = row.get("replaced_on")
    return {
        "name": in_force["authority_official_name"],
        "went_to": _successor(in_force),
        "date": date.fromisoformat(row["letter_date"]),
        "version": int(row["version"]),
        "sha256": row["sha256"],
        "file": in_force["file"],
        "replaced_on": date.fromisoformat(replaced_on) if replaced_on else None,
    }


def _successor(row: Row) -> str:
    """Return whom a letter went to, if that is not the authority that it is about."""
    is_own = row["addressed_to"] == row["authority_official_name"]
    return "" if is_own else row["addressed_to"]


def _is_shown(figure: Row) -> bool:
    return figure["unit"] != COUNT and AVERAGE not in figure["figure"]


def _add_figures(listed: Iterable[View], figures: Sequence[Row]) -> list[str]:
    """Give each authority its rates, None for a missing one; return the rates' headings."""
    names = {row["figure"]: _heading(row) for row in figures}
    known = {(row["authority_code"], row["figure"]): row for row in figures}
    for each in listed:
        each["figures"] = [known.get((each["code"], name)) for name in names]
    return list(names.values())


def _heading(figure: Row) -> str:
    return figure["label"] if figure["unit"] == PERCENT else f"{figure['label']}, {figure['unit']}"
