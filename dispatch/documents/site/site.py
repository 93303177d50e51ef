"""The templates of the public pages, and every page and table that is made from them.

A page has no script and no style in itself: it names the files of the bundle that have them, and
its policy (Content Security Policy, level 2) lets nothing else run and nothing be fetched.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, TemplateError
from markupsafe import Markup

from dispatch.batches import batches
from dispatch.documents.sandbox import environment, framing, refuse_acting
from dispatch.documents.site import hexmap, history, listing, measures
from dispatch.documents.site.hexmap import Drawing
from dispatch.documents.site.history import Year
from dispatch.documents.site.listing import Listed, View
from dispatch.documents.site.measures import Figures, Telling
from dispatch.domain.digest import Measured, sha256
from dispatch.domain.errors import BadInput, CannotRender
from dispatch.domain.publishing import datapackage, places, records
from dispatch.domain.publishing.bundle import (
    EARLIER,
    FIGURES,
    LANGUAGES,
    LETTERS,
    PLACES,
    Sheet,
    folder,
    notice,
    pages,
)
from dispatch.domain.publishing.spreadsheet import Row, csv_lines

PAGES: Final = ("index.html", "mailout.html", "authority.html", "check.html", "data.html")
PARTS: Final = ("frame.html", "map.html", "charts.html")
ASSETS: Final = ("page.css", "page.js", "check.js")
FILES: Final = ("about.toml", *PARTS, *PAGES, *ASSETS)
ABOUT: Final = ("name", "title", "description", "publisher")
"""What the office must say about its data in `about.toml`."""

MAPS: Final = "maps"
"""The folder of maps beside the pages: `NAME.csv` and, if it is somebody's, `NAME.txt`."""

DIGITS: Final = 12
"""Of the digest in the name of a style or a script: a changed one is another file."""

AT_ONCE: Final = 500
"""Pieces of a page, such as a value or what is between two, that are written together."""

POLICY: Final = (
    "default-src 'none'; style-src 'self' file:; script-src 'self' file:; connect-src 'none'; "
    "base-uri 'none'; form-action 'none'"
)
"""What a page may run: files of its own folder. Not every browser counts files as 'self' where the
page itself is one, so `file:` is named too; from a server it means nothing."""


File = tuple[str, bytes | Iterable[bytes]]
"""A path in the bundle, and the bytes of that file, perhaps in pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a bundle tells, as rows of its tables, and what lies in it beside them."""

    letters: Iterable[Row]
    figures: Figures
    checkpoints: Mapping[str, bytes] = field(default_factory=dict)
    """The ledger's signed checkpoints by mailout; not every mailout has one."""
    earlier: Iterable[Row] = ()
    """The versions that were replaced, which are not public themselves."""
    languages: Iterable[Row] = ()
    """The files of letters in several languages."""
    places: Iterable[Row] = ()
    """Where authorities are drawn, for the mailouts that have a map."""
    notices: Mapping[str, bytes] = field(default_factory=dict)
    """Whom each map is by."""


@dataclass(frozen=True, slots=True)
class Map:
    """A map of the office's: where each authority is drawn, and whom that is by."""

    places: tuple[places.Place, ...]
    notice: bytes


class Site:
    """The templates of the pages, and what the office says about its data."""

    def __init__(self, templates: Path) -> None:
        """Read `templates`. Raises `CannotRender` if a file is missing or says too little."""
        self._maps = templates / MAPS
        try:
            sources = {name: (templates / name).read_text(encoding="utf-8") for name in FILES}
            self.about: Mapping[str, Any] = tomllib.loads(sources["about.toml"])
        except (OSError, ValueError) as error:
            raise CannotRender(f"the pages' templates cannot be read: {error}") from error
        if lacking := [name for name in ABOUT if not self.about.get(name)]:
            raise CannotRender(f"{templates / 'about.toml'}: {', '.join(lacking)}: missing")
        if not all(isinstance(each.get("mailouts"), str) for each in self.about.get("kinds", ())):
            raise CannotRender(f"{templates / 'about.toml'}: kinds: each needs `mailouts`")
        for name in (*PARTS, *PAGES):
            _refuse_more_inline(name, sources[name])
            refuse_acting(name, sources[name], LINKED, is_under_policy=True)
        self._assets = {_named(name, sources[name]): sources[name].encode() for name in ASSETS}
        # The apostrophes in it need no escaping in quotation marks.
        self._linked = {name: _named(name, sources[name]) for name in ASSETS} | {
            "policy": Markup(POLICY)  # noqa: S704 - a constant
        }
        self._environment: Environment = framing(environment(sources))

    def map(self, name: str) -> Map:
        """Return a map by its name. Raises `CannotRender` if it is missing or wrong."""
        file = self._maps / f"{name}.csv"
        said = file.with_suffix(".txt")
        try:
            found = places.read(file.name, file.read_bytes())
            return Map(found, said.read_bytes() if said.exists() else b"")
        except OSError as error:
            raise CannotRender(f"the map {name}: {file}: {error.strerror}") from error
        except BadInput as error:
            raise CannotRender(f"the map {error}") from error

    def files(self, published: Published) -> Iterator[File]:
        """Yield each file of a bundle that describes its letters: tables, data package and pages.

        Take each before the next is asked for. The same rows in any order give the same bytes.
        Raises `CannotRender`.
        """
        listed = sorted(published.letters, key=itemgetter("letter_date", *LETTERS.key))
        told = _Told(listed, published.figures)
        replaced = sorted(published.earlier, key=itemgetter(*EARLIER.names))
        spoken = sorted(published.languages, key=itemgetter(*LANGUAGES.key))
        drawn = sorted(published.places, key=itemgetter(*PLACES.key))
        rows: Mapping[Sheet, Iterable[Row]] = {
            LETTERS: listed,
            FIGURES: told,
            LANGUAGES: spoken,
            EARLIER: replaced,
            PLACES: drawn,
        }
        tables = {
            sheet.file: Measured(csv_lines(sheet.names, found))
            for sheet, found in rows.items()
            if found or sheet in {LETTERS, FIGURES}
        }
        tables[records.FILE] = Measured(records.json_lines(listed, published.figures))
        yield from tables.items()
        about = self._about({row["mailout"] for row in listed})
        descriptor = datapackage.descriptor(about, tables, told.sources, published.notices)
        yield datapackage.NAME, descriptor
        yield from ((notice(name), said) for name, said in sorted(published.notices.items()))
        yield from self._assets.items()
        mailouts = listing.mailouts(listed)
        for name, content in published.checkpoints.items():
            mailouts[name]["checkpoint"] = listing.stated(name, content)
        pages = _Pages(self, about, mailouts, listing.with_files(listed, spoken), published.figures)
        yield from pages.listing_letters(drawn, published.notices)
        yield from pages.of_authorities()
        yield from pages.about_files(tables, replaced)

    def _about(self, mailouts: Collection[str]) -> Mapping[str, Any]:
        """Return what the office says of letters: of one kind, where all of them are of that."""
        for kind in self.about.get("kinds", ()):
            if mailouts and all(each.startswith(kind["mailouts"]) for each in mailouts):
                return {**self.about, **kind}
        return self.about

    def page(
        self, template: str, depth: int, *, about: Mapping[str, Any], **values: object
    ) -> bytes:
        """Return a page; `depth` is how many folders it lies below the first one."""
        return b"".join(self.pieces(template, depth, about=about, **values))

    def pieces(
        self, template: str, depth: int, *, about: Mapping[str, Any], **values: object
    ) -> Iterator[bytes]:
        """Yield the same a piece at a time, for a page that may have very many rows."""
        root = "../" * depth
        linked = {
            "policy": self._linked["policy"],
            "style": root + self._linked["page.css"],
            "script": root + self._linked["check.js" if template == "check.html" else "page.js"],
        }
        said = {"licences": [], "contact_url": "", "explained": {}, "caution": "", **about}
        try:
            found = self._environment.get_template(template)
            pieces = found.generate(about=said, linked=linked, root=root, **values)
            for some in batches(pieces, AT_ONCE):
                yield "".join(some).encode()
        except (TemplateError, RecursionError) as error:
            raise CannotRender(f"the page {template} cannot be made: {error}") from error


class _Told:
    """The figures in the order of the letters, and the sources of those that have been read."""

    def __init__(self, letters: Sequence[Row], figures: Figures) -> None:
        last = {(row["mailout"], row["authority_code"]): at for at, row in enumerate(letters)}
        self._keys = sorted(last, key=last.__getitem__)
        self._figures = figures
        self.sources: set[str] = set()

    def __iter__(self) -> Iterator[Row]:
        for key in self._keys:
            for row in self._figures.get(key, ()):
                self.sources |= {row["source"]} - {""}
                yield row


class _Pages:
    """The pages of one bundle."""

    def __init__(
        self,
        site: Site,
        about: Mapping[str, Any],
        mailouts: Mapping[str, View],
        letters: Sequence[Row],
        figures: Figures,
    ) -> None:
        self._page = partial(site.page, about=about)
        self._pieces = partial(site.pieces, about=about)
        self._mailouts = mailouts
        self._letters = letters
        self._paths = pages(dict.fromkeys(row["authority_code"] for row in letters))
        self._all = listing.authorities(letters, mailouts, self._with_page)
        self._years = [self._year(mailout, figures) for mailout in mailouts.values()]

    def _year(self, mailout: View, figures: Figures) -> Year:
        groups = {
            row["authority_code"]: row["comparison_group"]
            for row in self._letters
            if row["mailout"] == mailout["name"]
        }
        told = Telling(figures, mailout["name"], groups)
        measured = measures.of_mailout(told.rows())
        return Year(mailout, measured, told, groups, history.spread(measured, told, groups))

    def _with_page(self, code: str) -> View:
        return {"page": self._paths[code]}

    def _with_figures(self, year: Year, code: str) -> View:
        figures = year.told.get(code, {})
        shown = [measure.shown(figures.get(measure.name)) for measure in year.measures]
        return {**self._with_page(code), "figures": shown}

    def _listed(self, shown: Listed, letters: Sequence[Row]) -> View:
        """Return what a page that lists authorities shows about all of them."""
        return {
            "mailouts": list(self._mailouts.values()),
            "groups": sorted({each["group"] for each in shown}),
            "initials": shown.by_initial(),
            "has_made_up": any(row["is_synthetic"] == "true" for row in letters),
        }

    def listing_letters(self, drawn: Sequence[Row], notices: Mapping[str, bytes]) -> Iterator[File]:
        """Yield the first page, and the page of each mailout."""
        maps = []
        for year in self._years:
            name = year.mailout["name"]
            own = [row for row in self._letters if row["mailout"] == name]
            shown = listing.authorities(own, self._mailouts, partial(self._with_figures, year))
            measured = [measure for measure in year.measures if measure.letter]
            places = [row for row in drawn if row["mailout"] == name]
            by_code = {each["code"]: each for each in shown} if places else {}
            drawing = Drawing(year.mailout, by_code, self._paths, measured, year.told)
            maps.append(hexmap.drawn(drawing, places, notices))
            headings = [measure.heading for measure in year.measures]
            values = self._listed(shown, own) | {"mailout": year.mailout, "measures": headings}
            page = self._pieces("mailout.html", 2, map=maps[-1], **values)
            yield f"{folder(name)}/index.html", page
        newest = maps[0] if maps else None
        values = self._listed(self._all, self._letters)
        yield "index.html", self._pieces("index.html", 0, map=newest, **values)

    def of_authorities(self) -> Iterator[File]:
        """Yield the page of each authority."""
        official = {each["official"]: each["page"] for each in self._all}
        for each in self._all:
            shown = history.of_authority(each, self._years)
            yield each["page"], self._page("authority.html", 1, official=official, **shown)

    def about_files(
        self, tables: Mapping[str, Measured], replaced: Sequence[Row]
    ) -> Iterator[File]:
        """Yield the page on which a file is checked, and the page about the tables."""
        mailouts = list(self._mailouts.values())
        rows = listing.versions(self._letters, replaced)
        yield (
            "check.html",
            self._pieces(
                "check.html",
                0,
                mailouts=mailouts,
                rows=rows,
                count=len(self._letters),
                has_earlier=bool(replaced),
                earlier_file=EARLIER.file,
            ),
        )
        files = [_described(name, content) for name, content in tables.items()]
        yield "data.html", self._page("data.html", 0, mailouts=mailouts, files=files)


def _described(name: str, content: Measured) -> View:
    """Return what a page says about a table."""
    sheet = next((each for each in datapackage.SHEETS if each.file == name), None)
    return {
        "name": name,
        "title": sheet.title if sheet else records.TITLE,
        "description": "" if sheet else records.DESCRIPTION,
        "size": listing.size_of(content.size),
        "sha256": content.sha256,
        "columns": sheet.columns if sheet else (),
    }


LINKED: Final = frozenset({"linked.style", "linked.script", "linked.policy"})
"""The only values that a page may name a style, a script or a policy by."""

_UNSAFE: Final = re.compile(
    r"'unsafe-\w+'|<style\b|<script\b(?! src=\"\{\{ linked\.script \}\}\" defer></script>)"
    r"|<[a-z][^<>]*\s(?:on\w+|style)\s*=",
    re.IGNORECASE,
)
"""What the policy would not let run, or what would let run more than it names."""


def _refuse_more_inline(name: str, source: str) -> None:
    if found := _UNSAFE.search(source):
        line = source.count("\n", 0, found.start()) + 1
        raise CannotRender(
            f"{name}, line {line}: {found[0].strip()}: what a page runs is in page.css and "
            "page.js or check.js, named in frame.html by {{ linked.style }} and "
            "{{ linked.script }}, and {{ linked.policy }} is its Content-Security-Policy"
        )


def _named(name: str, source: str) -> str:
    """Return the path of a style or a script: a browser that kept an old one takes the new one."""
    stem, _, ending = name.rpartition(".")
    return f"assets/{stem}-{sha256(source.encode())[:DIGITS]}.{ending}"
