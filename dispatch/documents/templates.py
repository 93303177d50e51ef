"""The folder of templates: each is compiled on first use, and again when a file changes.

A template can be written so that it never ends or takes all memory, by a slip or on purpose. So the
program has each letter made in a child process with limits: there it costs that one letter.
"""

from __future__ import annotations

import os
import pickle
import re
import signal
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from functools import cache
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from dispatch.batches import batches
from dispatch.child import MEBIBYTE, Child, Failed
from dispatch.documents import font
from dispatch.documents.languages.names import languages
from dispatch.domain.digest import digest, sha256
from dispatch.domain.errors import CannotRender
from dispatch.domain.letter import Content, Order, Rendered
from dispatch.domain.letters.branches import Branch
from dispatch.domain.letters.resending import CoveringNote

# Jinja2, Typst and markdown-it are imported when a letter is made: most commands make none.
if TYPE_CHECKING:
    from dispatch.documents.template import Template
    from dispatch.domain.checks.references import TemplateNames

RENDERER: Final = 4
"""Increase this when a change here gives other bytes for the same content and template."""
LIBRARIES: Final = ("typst", "markdown-it-py", "jinja2", "fontpkg-lato")
VERSIONS: Final = {"renderer": str(RENDERER)} | {name: version(name) for name in LIBRARIES}
NAME: Final = re.compile(r"[\w-]+")
FRAME: Final = "frame.html"
"""The frame of every email, which is beside this module; a template may have its own."""
LETTER: Final = "letter.md"
MOST_BYTES: Final = 8 * MEBIBYTE
"""Bytes of a template's files together: pictures may have photographs in them."""


class Templates:
    """The templates in a folder, by name."""

    drawable = staticmethod(font.drawable)

    def __init__(self, folder: Path, *, signed_by: str = "") -> None:
        """Look for templates in `folder`; each is read when it is first used.

        `signed_by` is what the certificate that signs the letters is known by.
        """
        self._folder = folder
        self._signed_by = signed_by
        self._loaded: dict[str, Template] = {}

    def digest(self, template: str) -> str:
        """Return the SHA-256 over a template's files and the libraries that render them.

        Raises `CannotRender` if there is no such template.
        """
        return _digest(self._files(template), self._signed_by)

    def refuse_outdated(self, at: datetime) -> None:
        """Raise `RuleBroken` if letters could not be signed at a moment, as they should be."""

    @property
    def known(self) -> list[str]:
        """The names of the templates that there are."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir())

    def for_letters(self) -> list[str]:
        """Return the names of the templates that letters can be made from."""
        return [name for name in self.known if (self._folder / name / LETTER).is_file()]

    @property
    def maps(self) -> list[str]:
        """The names of the maps that the public pages can draw authorities on."""
        return sorted(path.stem for path in self._folder.glob("upload/maps/*.csv"))

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
        from dispatch.documents.check import check, page_count

        try:
            template = self._template(content.template, asked_for)
            rendered = template.render(content, attachments=attachments)
            if not content.languages:  # in several, each is checked by itself
                check(content, rendered)
        except CannotRender as error:
            raise CannotRender(f"{content.template}: {error}") from error
        return replace(rendered, page_count=page_count(rendered.pdf))

    def render_all(self, orders: Iterable[Order]) -> Iterator[Rendered | CannotRender]:
        """Yield each letter as `render` returns it, or why it cannot be made.

        The next order is taken while a letter is made: until the last one is, ask for nothing else.
        """
        for order in orders:
            try:
                yield self.render(**order.words)
            except Exception as error:  # noqa: BLE001 - a person is shown it as the letter's error
                yield _cannot(error)

    def sources(self, template: str) -> dict[str, str]:
        """Return a template's files as text, by name; none if there is no such template."""
        try:
            return {name: text.decode(errors="replace") for name, text in self.files(template)}
        except CannotRender:
            return {}

    def files(self, template: str) -> Iterator[tuple[str, bytes]]:
        """Yield a template's own files with their names. Raises `CannotRender`."""
        for name, content in self._files(template).items():
            if name != FRAME or content != _frame():
                yield name, content

    def branches(self, template: str) -> tuple[Branch, ...]:
        """Return the branches that letters of a template can take. Raises `CannotRender`."""
        return self._template(template).branches()

    def taken(self, contents: Sequence[tuple[Content, int]]) -> list[tuple[str, ...]]:
        """Return the branches that letters take, each given with the number of its attachments.

        They are not made, and one that cannot be takes none.
        """
        found: list[tuple[str, ...]] = []
        for content, attachments in contents:
            try:
                template = self._template(content.template)
                found.append(template.taken(content, attachments=attachments))
            except CannotRender:
                found.append(())
        return found

    def text(self, content: Content, *, attachments: int = 0, digest: str | None = None) -> str:
        """Return a letter as text alone, not checked, to compare it. Raises as `render`."""
        try:
            return self._template(content.template, digest).text(content, attachments=attachments)
        except CannotRender as error:
            raise CannotRender(f"{content.template}: {error}") from error

    def paragraphs(self, template: str, text: str, place: str) -> str:
        """Return paragraphs that the office wrote for one letter as HTML, as the letter has them.

        `place` is where they were written. Raises `CannotRender` with its line.
        """
        return self._template(template).paragraphs(text, place)

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
            raise CannotRender(f"{content.code}: {content.template}: {error}") from error

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

        held = self._loaded.get(name)
        if held and held.digest == asked_for:
            return held
        files = self._files(name)
        found = _digest(files, self._signed_by)
        if asked_for not in {None, found}:
            raise CannotRender("this is not the template that was asked for: render again")
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
        try:
            return {FRAME: _frame(), **dict(_read(folder))}
        except OSError as error:
            raise CannotRender(f"template {template} cannot be read: {error.strerror}") from error


@cache
def _frame() -> bytes:
    return Path(__file__).with_name(FRAME).read_bytes()


def _read(folder: Path) -> Iterator[tuple[str, bytes]]:
    size = 0
    with os.scandir(folder) as found:
        entries = sorted(found, key=attrgetter("name"))
    for each in entries:
        if each.name.startswith("."):
            continue
        if each.is_symlink() or not each.is_file():
            raise CannotRender(f"{each.name} in template {folder.name} is not a plain file")
        size += each.stat().st_size
        if size > MOST_BYTES:
            raise CannotRender(
                f"{each.name}: the files of template {folder.name} have over "
                f"{MOST_BYTES // MEBIBYTE} MB together"
            )
        with open(each.path, "rb") as file:  # noqa: PTH123 - read for each letter
            yield each.name, file.read()


SECONDS: Final = 60.0
"""Running time, and processor time, for each letter, after which its child is killed."""
SOON: Final = 10.0
"""Seconds of processor time after which a template is stopped where it is. A letter takes 0.02."""
ANSWER_BYTES: Final = 64 * MEBIBYTE


class Signer(Protocol):
    """Signs PDFs."""

    @property
    def mark(self) -> str:
        """What its certificate is known by."""
        ...

    def refuse_outdated(self, at: datetime) -> None:
        """Raise `RuleBroken` if its certificate is not valid at a moment."""
        ...

    def sign(self, pdf: bytes) -> bytes:
        """Return a PDF with its signature. Raises `CannotRender`."""
        ...


class LimitedTemplates(Templates):
    """The same templates, with all that they make made in a child whose time and memory end."""

    def __init__(
        self,
        folder: Path,
        signer: Signer | None = None,
        *,
        seconds: float = SECONDS,
        soon: float = SOON,
    ) -> None:
        """Look for templates in `folder`; the child starts when it is first needed.

        Letters are signed by `signer` here, and not in the child, which has no secrets.
        """
        super().__init__(folder, signed_by=signer.mark if signer else "")
        self._signer = signer
        self._seconds = seconds
        self._words = (str(folder.resolve()), str(soon), self._signed_by)
        self._lock = Lock()
        self._named: dict[str, TemplateNames] = {}
        """What the template that was last asked about refers to, by its digest: it takes long."""
        self._branched: dict[str, tuple[Branch, ...]] = {}
        """The same of its branches."""
        self._child: Child | None = None
        self._process = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child and self._process == os.getpid():
            self._child.close()

    def names(self, template: str) -> TemplateNames:
        """Return what a template refers to in a plan. Raises `CannotRender`."""
        from dispatch.domain.checks.references import TemplateNames

        found = self.digest(template)
        if found not in self._named:
            said = self._made(template, "names", template)
            self._named = {found: TemplateNames(**{key: frozenset(said[key]) for key in said})}
        return self._named[found]

    def render(
        self, content: Content, *, attachments: int = 0, asked_for: str | None = None
    ) -> Rendered:
        """Return a letter in all its forms, checked. Raises as `Templates.render`."""
        [made] = self.render_all([Order(content, attachments, asked_for)])
        if isinstance(made, CannotRender):
            raise made
        return made

    def render_all(self, orders: Iterable[Order]) -> Iterator[Rendered | CannotRender]:
        """Yield each letter as `Templates.render_all` does; the child makes one meanwhile."""
        asked: deque[str] = deque()

        def questions() -> Iterator[bytes]:
            for order in orders:
                asked.append(order.content.template)
                yield pickle.dumps(("render", (), order.words))

        with self._lock:
            for answer in self._ours().ask_all(questions()):
                try:
                    yield self._rendered(self._said(answer, f"{asked.popleft()}: {IN_TYPST}"))
                except Exception as error:  # noqa: BLE001 - a person is shown it as the letter's error
                    yield _cannot(error)

    def _rendered(self, said: Mapping[str, Any]) -> Rendered:
        more = zip(said["languages"].decode().split(), said["pdfs"], strict=True)
        return Rendered(
            **{name: said[name].decode() for name in TEXTS},
            pdf=self._signed(said["pdf"]),
            more_pdfs={language: self._signed(pdf) for language, pdf in more},
            branches=tuple(said["branches"].decode().split()),
            page_count=int(said["page_count"]),
        )

    def _signed(self, pdf: bytes) -> bytes:
        return self._signer.sign(pdf) if self._signer else pdf

    def refuse_outdated(self, at: datetime) -> None:
        """Raise `RuleBroken` if the certificate is not valid at a moment."""
        if self._signer:
            self._signer.refuse_outdated(at)

    def branches(self, template: str) -> tuple[Branch, ...]:
        """Return the branches that letters of a template can take. Raises `CannotRender`."""
        found = self.digest(template)
        if found not in self._branched:
            said = self._made(template, "branches", template)
            self._branched = {found: tuple(Branch(**each) for each in said)}
        return self._branched[found]

    def taken(self, contents: Sequence[tuple[Content, int]]) -> list[tuple[str, ...]]:
        """Return the branches that letters take, some of them at a time."""
        found: list[tuple[str, ...]] = []
        for some in batches(contents, AT_ONCE):
            said = self._made(some[0][0].template, "taken", some)
            found += [tuple(each) for each in said]
        return found

    def text(self, content: Content, **named: object) -> str:
        """Return a letter as text alone. Takes and raises as `Templates.text`."""
        return str(self._made(content.template, "text", content, **named))

    def paragraphs(self, template: str, text: str, place: str) -> str:
        """Return paragraphs as HTML. Raises as `Templates.paragraphs`."""
        return str(self._made(template, "paragraphs", template, text, place))

    def note_again(
        self, content: Content, resending: CoveringNote, subject: str, *, attachments: int
    ) -> tuple[str, str]:
        """Return the covering note of a letter that is sent again. Raises as `render`."""
        text, html = self._made(
            content.template, "note_again", content, resending, subject, attachments=attachments
        )
        return text, html

    def mail(
        self, folder: str, name: str, values: Mapping[str, Any], *, verbatim: str = ""
    ) -> tuple[str, str, str]:
        """Return an email to our own people. Raises as `Templates.mail`."""
        subject, text, html = self._made(
            folder, "mail", folder, name, dict(values), verbatim=verbatim
        )
        return subject, text, html

    def _made(self, template: str, method: str, *given: object, **named: object) -> Any:  # noqa: ANN401
        """Return what a method gives in the child. Raises `CannotRender`."""
        with self._lock:
            answer = self._ours().ask(pickle.dumps((method, given, named)))
        return self._said(answer, template)

    def _said(self, answer: list[Any] | Failed, place: str) -> Any:  # noqa: ANN401
        """Return what is in an answer. Raises `CannotRender`, which names `place` if it died."""
        match answer:
            case ["made", made]:
                return made
            case ["letter", *forms]:
                more = forms[len(FORMS) :]
                return {**dict(zip(FORMS, forms[: len(FORMS)], strict=True)), "pdfs": more}
            case ["failed", str(why)]:
                raise CannotRender(why)
            case Failed(is_late=True):
                why = f"took over {self._seconds:g} s"
            case _:
                why = "took too much memory, or ended its process"
        raise CannotRender(f"{place}: making it {why}")

    def _ours(self) -> Child:
        """Return the child of this process: after a fork, the one that is known is another's."""
        if self._child is None or self._process != os.getpid():
            self._child = Child(
                f"{__name__}:answer",
                *self._words,
                seconds=self._seconds,
                largest_answer=ANSWER_BYTES,
            )
            self._process = os.getpid()
        return self._child


AT_ONCE: Final = 50
"""Letters whose branches are asked for together: far from the limit of time, and cheap to ask."""

IN_TYPST: Final = "letter.typ or a picture"
"""Where a child is killed that made a letter: all else is stopped at the line where it is."""

_known: Final[dict[str, Templates]] = {}


def answer(question: bytes, folder: str, soon: str, signed_by: str) -> Iterator[Any]:
    """Yield what a method of `Templates` gives, or why it cannot. Called in the child."""
    method, given, named = pickle.loads(question)  # noqa: S301 - our own parent wrote it
    templates = _known.setdefault(folder, Templates(Path(folder), signed_by=signed_by))
    signal.signal(signal.SIGPROF, _stop)
    signal.setitimer(signal.ITIMER_PROF, float(soon))
    try:
        made = [*_said(getattr(templates, method)(*given, **named))]
    except Exception as error:  # noqa: BLE001 - a person is shown it as the letter's error
        made = ["failed", str(_cannot(error))]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    yield from made


def _cannot(error: Exception) -> CannotRender:
    """Return an error as that of one letter: it must not fail others."""
    ours = isinstance(error, CannotRender)
    return CannotRender(str(error) if ours else f"{type(error).__name__}: {error}")


def _stop(*_: object) -> None:
    raise TimeoutError


def _said(made: Any) -> Iterator[Any]:  # noqa: ANN401 - what any of the methods gives
    """Yield what a method gave as a child can say it: a letter's forms as bytes, for speed."""
    match made:
        case Rendered():
            yield "letter"
            yield from (getattr(made, name).encode() for name in TEXTS)
            yield from (made.pdf, " ".join(made.branches).encode(), made.page_count)
            yield " ".join(made.more_pdfs).encode()
            yield from made.more_pdfs.values()
        case [Branch(), *_]:
            yield from ("made", [asdict(each) for each in made])
        case str() | tuple() | list():
            yield from ("made", made)
        case _:
            yield from (
                "made",
                {each.name: sorted(getattr(made, each.name)) for each in fields(made)},
            )


TEXTS: Final = ("subject", "text", "html", "note_text", "note_html")
FORMS: Final = (*TEXTS, "pdf", "branches", "page_count", "languages")


def _digest(files: Mapping[str, bytes], signed_by: str) -> str:
    signed = [signed_by] if signed_by else []
    spoken = {"babel": version("babel")} if languages(files) else {}
    return digest(
        [VERSIONS | spoken, {name: sha256(content) for name, content in files.items()}, *signed]
    )
