"""The folder of templates: each is compiled on first use, and again when a file changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dispatch.documents import font
from dispatch.domain.digest import digest, sha256
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content, Rendered
from dispatch.domain.letters.resending import CoveringNote

# Jinja2, Typst and markdown-it are imported when a letter is made: most commands make none.
if TYPE_CHECKING:
    from dispatch.documents.template import Template
    from dispatch.domain.checks.references import TemplateNames

RENDERER: Final = 3
"""Increase this when a change here gives other bytes for the same content and template."""
LIBRARIES: Final = ("typst", "markdown-it-py", "jinja2", "fontpkg-lato")
VERSIONS: Final = {"renderer": str(RENDERER)} | {name: version(name) for name in LIBRARIES}
NAME: Final = re.compile(r"[\w-]+")


class Templates:
    """The templates in a folder, by name."""

    drawable = staticmethod(font.drawable)

    def __init__(self, folder: Path) -> None:
        """Look for templates in `folder`; each is read when it is first used."""
        self._folder = folder
        self._loaded: dict[str, Template] = {}

    def digest(self, template: str) -> str:
        """Return the SHA-256 over a template's files and the libraries that render them.

        Raises `CannotRender` if there is no such template.
        """
        return _digest(self._files(template))

    @property
    def known(self) -> list[str]:
        """The names of the templates that there are."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir())

    def names(self, template: str) -> TemplateNames:
        """Return what a template refers to in a plan. Raises `CannotRender`."""
        return self._template(template).names()

    def render(
        self, content: Content, *, attachments: int = 0, asked_for: str | None = None
    ) -> Rendered:
        """Return a letter in its three forms with its covering note, checked.

        `attachments` counts the spreadsheets, and `asked_for` is the digest that the template must
        have. Raises `CannotRender` with the template's file and what is wrong in it.
        """
        from dispatch.documents.check import check

        try:
            template = self._template(content.template, asked_for)
            rendered = template.render(content, attachments=attachments)
            check(content, rendered)
        except CannotRender as error:
            raise CannotRender(f"{content.template}: {error}") from error
        return rendered

    def text(self, content: Content, *, attachments: int = 0) -> str:
        """Return a letter as text alone, not checked, to compare it. Raises as `render`."""
        try:
            return self._template(content.template).text(content, attachments=attachments)
        except CannotRender as error:
            raise CannotRender(f"{content.template}: {error}") from error

    def note_again(
        self, content: Content, resending: CoveringNote, subject: str, *, attachments: int
    ) -> tuple[str, str]:
        """Return the covering note of a letter that is sent again, as text and as HTML.

        Raises as `render`, and names the authority.
        """
        try:
            template = self._template(content.template)
            return template.note_again(content, resending, subject, attachments=attachments)
        except CannotRender as error:
            raise CannotRender(f"{content.authority.code}: {content.template}: {error}") from error

    def mail(
        self, folder: str, name: str, values: Mapping[str, Any], *, verbatim: str = ""
    ) -> tuple[str, str, str]:
        """Return the subject, text and HTML of an email to our own people.

        `name` is a Markdown file in `folder`, without its suffix; `mail.html` frames it, and
        `verbatim` follows it unchanged. Raises `CannotRender`.
        """
        from dispatch.documents.pages import Pages

        try:
            pages = Pages(self._files(folder))
            return pages.mail(f"{name}.md", "mail.html", values, verbatim=verbatim)
        except CannotRender as error:
            raise CannotRender(f"{folder}: {error}") from error

    def _template(self, name: str, asked_for: str | None = None) -> Template:
        from dispatch.documents.template import Template

        files = self._files(name)
        found = _digest(files)
        if asked_for not in {None, found}:
            raise CannotRender("this is not the template that was asked for: render again")
        held = self._loaded.get(name)
        if held is None or held.digest != found:
            held = self._loaded[name] = Template(found, files)
        return held

    def _files(self, template: str) -> dict[str, bytes]:
        """Return a template's files by name, read each time because they are few and small.

        Refuses symbolic links, which may lead out of the folder.
        """
        folder = self._folder / template
        if not NAME.fullmatch(template) or not folder.is_dir():
            raise CannotRender(f"there is no template {template} among the templates")
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        for path in paths:
            if path.is_symlink() or not path.is_file():
                raise CannotRender(f"{path.name} in template {template} is not a plain file")
        try:
            return {path.name: path.read_bytes() for path in paths}
        except OSError as error:
            raise CannotRender(f"template {template} cannot be read: {error.strerror}") from error


def _digest(files: Mapping[str, bytes]) -> str:
    return digest([VERSIONS, {name: sha256(content) for name, content in files.items()}])
