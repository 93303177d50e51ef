"""`dispatch template`: for the people who write letters."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from dispatch.app import App
from dispatch.cli.lazy import LazyGroup
from dispatch.cli.output import asked, results, show
from dispatch.cli.output.results import Listed, Shown
from dispatch.database import schema
from dispatch.domain.errors import NotFound
from dispatch.domain.letters.oddity import Before
from dispatch.domain.mailout import Plan
from dispatch.domain.register.spelling import did_you_mean
from dispatch.files import disk
from dispatch.files.plan.plan import read_plan
from dispatch.files.shipped import shipped
from dispatch.letters.wording import adopted, from_word
from dispatch.letters.wording import preview as previews
from dispatch.letters.wording.from_word import Taken
from dispatch.letters.wording.preview import Basis
from dispatch.letters.wording.values import Value
from dispatch.letters.wording.word_fields import Report, Used
from dispatch.mailouts.store import mailout_named

if TYPE_CHECKING:
    from dispatch.cli.live import Live
    from dispatch.database import Session
    from dispatch.database.tables import Mailout
    from dispatch.documents.templates import LimitedTemplates
    from dispatch.letters.wording.faults import Fault

PLANS: Final = ("mailouts", "config/mailouts")
"""Folders, beside the working folder, in which plans are looked for."""
SAMPLE: Final = "annual-review-2020"
"""The plan of the sample year."""


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template that letters can be made from."""

    name: str


plan_option = click.option(
    "--plan",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The plan as it is in this file, in place of the one that was taken in.",
)


@click.group(cls=LazyGroup)
def template() -> None:
    """Write the wording of letters, and look at it."""


@template.command("list")
@results.listing(TemplateView)
@click.pass_obj
def list_(app: App) -> Listed[TemplateView]:
    """List the templates that letters can be made from."""
    return Listed(
        rows=list(map(TemplateView, app.templates.for_letters())),
        id=lambda each: each.name,
        table=lambda found: show.echo("\n".join(each.name for each in found)),
        empty="There are no templates.",
    )


@template.command()
@click.argument("name")
@click.argument("code", required=False)
@click.option("--watch", is_flag=True, help="Show each save at once, until Ctrl-C.")
@click.option(
    "--pdf",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the letter's PDF to this file; with --watch, after each save.",
)
@plan_option
@click.pass_obj
def preview(
    app: App, name: str, code: str | None, *, watch: bool, pdf: Path | None, file: Path | None
) -> None:
    """Show what a letter of NAME looks like.

    NAME is a mailout, or a template, which is shown with sample data. Nothing is stored and
    nothing is sent. With --watch a page opens in the browser, which follows
    each save of the template and the plan. Without CODE it shows the letters that have every turn
    of the words between them, the oddest first. Exits 1 if the letter cannot be made.
    """
    from dispatch.cli.live import Live, Source

    found = _Chosen(app, name, file)
    with found.templates() as templates:
        source = Source(
            template=found.template, load=found.basis, wording=found.wording, plan=found.plan_files
        )
        live = Live(source, templates, found.basis())
        live.basis.stop(code)
        if watch:
            _watch(live, code, pdf)
        else:
            _once(live, code, pdf)


def _once(live: Live, code: str | None, pdf: Path | None) -> None:
    stop = live.basis.stop(code)
    rendered, fault = live.shown(stop.code)
    if rendered is None or fault:
        raise click.ClickException(_said(fault))
    if pdf:
        disk.hand_out(pdf, rendered.pdf)
        show.echo(f"{pdf}: the letter of {stop.code}, {rendered.page_count} pages")
        return
    show.echo(f"Subject: {rendered.subject}\n\n{rendered.note_text}\n{'-' * 76}\n{rendered.text}")


def _said(fault: Fault | None) -> str:
    """Say where an error is, with the line and what to do."""
    if fault is None:
        return "the letter cannot be made"
    lines = [f"{fault.place}: {fault.message}" if fault.place else fault.message]
    if fault.text:
        lines.append(f"  {fault.text}")
    if fault.text and fault.column:
        lines.append(f"  {' ' * (fault.column - 1)}^")
    return "\n".join([*lines, fault.remedy])


def _watch(live: Live, code: str | None, pdf: Path | None) -> None:
    """Show each save on a page, or in a file, until a person stops it."""
    from dispatch.cli.live import Server, follow

    ended = threading.Event()
    threading.Thread(target=follow, args=(live, ended), daemon=True).start()
    stop = live.basis.stop(code)
    try:
        if pdf:
            _write_each(live, stop.code, pdf)
            return
        with Server(live) as server:
            address = server.address(stop.code)
            show.echo(f"The preview is at {address}\nStop it by Ctrl-C.")
            webbrowser.open(address)
            server.serve_forever()
    except KeyboardInterrupt:
        show.echo("\nThe preview has ended.")
    finally:
        ended.set()


def _write_each(live: Live, code: str, pdf: Path) -> None:
    version = 0
    before = b""
    while True:
        version = live.wait(version)
        rendered, fault = live.shown(code)
        if fault:
            show.echo(_said(fault), err=True)
        elif rendered and rendered.pdf != before:
            before = rendered.pdf
            disk.hand_out(pdf, before)
            show.echo(f"{pdf}: the letter of {code}, {rendered.page_count} pages")


@template.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--as", "name", required=True, metavar="NAME", help="What the template is called.")
@click.option(
    "--layout",
    default="annual-review",
    show_default=True,
    metavar="TEMPLATE",
    help="Whose layout, statistics and covering notes it gets.",
)
@click.option(
    "--plan",
    "plan",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Whose facts and measures fields may stand for; the sample's, if left out.",
)
@asked.dry_run_option
@results.showing(Taken)
@click.pass_obj
def import_(app: App, file: Path, name: str, layout: str, plan: Path | None) -> Shown:
    """Make template NAME out of FILE.docx, a letter in Word.

    The wording becomes Markdown, and merge fields become values. What a field means that nobody
    knows, and what Markdown cannot say, is listed with its place. A template that there is stays as
    it is.
    """
    from dispatch.files.word import reader

    folder = adopted.free(app.settings.templates, name)
    document = reader.read(*disk.load(file, reader.LARGEST))
    facts = read_plan(plan or _shipped_plans() / f"{SAMPLE}.toml").plan
    found = from_word.taken(document, facts, file.name)
    if not asked.is_dry():
        adopted.adopt(folder, found.markdown, dict(app.templates.files(layout)))

    def tell() -> None:
        _show_taken(found.report)
        if asked.is_dry():
            show.echo(f"\nNothing is written. Without --dry-run: {folder}")
        else:
            show.echo(f"\n{folder / 'letter.md'} is written.")
            show.echo(f"Next: dispatch template preview {name} --watch")

    return Shown(view=found, people=tell, id=name)


def _show_taken(report: Report) -> None:
    _show_list(
        "Fields that nobody knows: name a value, or add a fact to [constants] of the plan",
        (
            f"{_at(each.near, each.field)}, now {each.written}{_meant(each)}"
            for each in report.unknown
        ),
    )
    _show_list("To do", report.to_do)
    _show_list(
        "Not in the letter, but a remark where it was",
        (
            _at(each.near, f"{each.what}: {each.words}" if each.words else each.what)
            for each in report.lost
        ),
    )
    _show_list(
        "Fields that are values now", (f"{each.field}: {each.written}" for each in report.known)
    )


def _show_list(title: str, lines: Iterable[str]) -> None:
    listed = list(dict.fromkeys(lines))
    if listed:
        show.echo(f"\n{title}:")
    for line in listed:
        show.echo(show.paragraph("  - ", line))


def _at(near: str, what: str) -> str:
    return f'{what} (at "{near}")' if near else what


def _meant(used: Used) -> str:
    return f"; is it {' or '.join(used.meant)}?" if used.meant else ""


@template.command()
@click.argument("name", required=False)
@plan_option
@results.listing(Value)
@click.pass_obj
def values(app: App, name: str | None, *, file: Path | None) -> Listed[Value]:
    """List every value that a template may use.

    With what each means and an example. NAME is a mailout or a template, as for `preview`;
    without it the examples are of the sample.
    """
    return Listed(
        rows=previews.values_of(_Chosen(app, name or SAMPLE, file).basis()),
        id=lambda each: each.name,
        table=_show_values,
        empty="There are no values.",
    )


def _show_values(found: Sequence[Value]) -> None:
    for group in dict.fromkeys(each.group for each in found):
        show.echo(f"\n{group.value}\n")
        for each in found:
            if each.group is group:
                _show_value(each)


def _show_value(value: Value) -> None:
    optional = ", or none" if value.is_optional else ""
    meaning = f": {value.meaning}" if value.meaning else ""
    show.echo(f"  {value.name}")
    show.echo(show.paragraph("      ", f"{value.kind}{optional}{meaning}"))
    if value.example:
        show.echo(show.paragraph("      ", f"e.g. {value.example}"))


class _Chosen:
    """What NAME stands for: a mailout, the plan in a file, or a template with sample data."""

    def __init__(self, app: App, name: str, file: Path | None) -> None:
        self._app = app
        self._name = name
        self._file = file or _plan_file(name)
        self.template = self.basis().plan.template

    def templates(self) -> LimitedTemplates:
        """Return the templates without what signs letters: a preview must not pass for one."""
        from dispatch.documents.templates import LimitedTemplates

        return LimitedTemplates(self._app.settings.templates)

    def wording(self) -> Iterator[Path]:
        """Yield the files of the template."""
        folder = self._app.settings.templates / self.template
        yield from sorted(folder.iterdir() if folder.is_dir() else ())

    def plan_files(self) -> Iterator[Path]:
        """Yield the file of the plan, and those in the folder of its name."""
        if self._file:
            yield self._file
            yield from sorted(self._file.with_suffix("").rglob("*"))

    def basis(self) -> Basis:
        """Return plan and register. Raises `DispatchError`."""
        with self._app.sessions.read() as session:
            has_tables = schema.age(session) is schema.Age.CURRENT
            mailout = _mailout(session, self._name) if has_tables else None
            plan = mailout.plan if mailout else None
            plan = read_plan(self._file).plan if self._file else plan
            if plan and has_tables:
                known, before = previews.registered(session, plan, mailout)
                if known.figures:
                    source = "Authorities and figures are those of the database."
                    return previews.basis_of(plan, known, before, source)
        return self._sample(plan)

    def _sample(self, plan: Plan | None) -> Basis:
        from dispatch.demo.register import sample_register

        plan = plan or self._plan_for_template()
        source = "Authorities are real; people and figures are made up."
        return previews.basis_of(plan, sample_register(), Before(), source)

    def _plan_for_template(self) -> Plan:
        """Return a plan for a template that no mailout has yet: one that uses it, or the sample's.

        Raises `NotFound` if there is no such template.
        """
        known = self._app.templates.for_letters()
        if self._name not in known and self._name != SAMPLE:
            raise NotFound(
                f"there is no mailout and no template {self._name}"
                + did_you_mean(self._name, known)
            )
        plans = [read_plan(path).plan for path in sorted(_shipped_plans().glob("*.toml"))]
        sample = next(each for each in plans if each.name == SAMPLE)
        if self._name == SAMPLE:
            return sample
        using = (each for each in plans if each.template == self._name)
        return next(using, replace(sample, template=self._name))


def _shipped_plans() -> Path:
    return shipped("config") / "mailouts"


def _plan_file(name: str) -> Path | None:
    """Return the file of a plan that a person names by its path, or that is beside us."""
    if name.endswith(".toml"):
        return Path(name)
    files: Iterable[Path] = (Path(folder) / f"{name}.toml" for folder in PLANS)
    return next((path for path in files if path.is_file()), None)


def _mailout(session: Session, name: str) -> Mailout | None:
    try:
        return mailout_named(session, name)
    except NotFound:
        return None
