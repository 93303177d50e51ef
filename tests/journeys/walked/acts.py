"""What a person does on pages, as data: a journey is a row of these."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from dispatch.domain.people.account import AccountRole
from tests.journeys.walked.office import Office
from tests.journeys.walked.ways import Person

Words = str | Callable[[Office], str]
"""Words that are known beforehand, or that the office has once somebody comes to them."""


class Act:
    """One thing that a person does or sees."""

    @abstractmethod
    def by(self, person: Person) -> None:
        """Have a person do it."""


def go(person: Person, *journey: Act | Iterable[Act]) -> None:
    """Have a person make a journey, and look at each page that it leads to."""
    for part in journey:
        for act in (part,) if isinstance(part, Act) else part:
            try:
                act.by(person)
                person.judge(act)
            except Exception as error:
                error.add_note(f"at {act} on {person.page.url}")
                raise


def said(person: Person, words: Words) -> str:
    return words if isinstance(words, str) else words(person.office)


@dataclass(frozen=True, slots=True)
class Become(Act):
    """Somebody of this role takes the place at the browser, signed in."""

    role: AccountRole
    name: str = ""
    """Another person than the first of that role."""

    def by(self, person: Person) -> None:
        person.page.context.clear_cookies()
        visit = person.office.visit(self.role, self.name)
        person.page.context.add_cookies([{"name": "visit", "value": visit, "url": person.address}])
        person.page.goto(person.address)


@dataclass(frozen=True, slots=True)
class Open(Act):
    """Type an address: only what begins a journey, all else is found on pages."""

    place: str

    def by(self, person: Person) -> None:
        person.page.goto(person.address + self.place)


@dataclass(frozen=True, slots=True)
class Follow(Act):
    """Follow the link with these words, which may look like a button."""

    words: str

    def by(self, person: Person) -> None:
        person.onward(person.link(self.words))


@dataclass(frozen=True, slots=True)
class Press(Act):
    """Press the button with these words."""

    words: str

    def by(self, person: Person) -> None:
        person.onward(person.button(self.words))


@dataclass(frozen=True, slots=True)
class Take(Act):
    """Download what a link or a button gives, and look into it."""

    words: str
    look: Callable[[Office, Path], object] = lambda _, __: None
    by_button: bool = False

    def by(self, person: Person) -> None:
        target = person.button(self.words) if self.by_button else person.link(self.words)
        with person.page.expect_download() as begun:
            person.press(target)
        file = person.office.folder / begun.value.suggested_filename
        begun.value.save_as(file)
        self.look(person.office, file)


@dataclass(frozen=True, slots=True)
class Type(Act):
    """Type into the field with this label, in the place of what is there."""

    label: str
    text: Words

    def by(self, person: Person) -> None:
        person.write(person.field(self.label), said(person, self.text))


@dataclass(frozen=True, slots=True)
class Tick(Act):
    """Tick the box, or choose the one of several, with this label."""

    label: str

    def by(self, person: Person) -> None:
        person.tick(person.field(self.label))


@dataclass(frozen=True, slots=True)
class Pick(Act):
    """Pick one of a list."""

    label: str
    choice: str

    def by(self, person: Person) -> None:
        person.pick(person.field(self.label), self.choice)


@dataclass(frozen=True, slots=True)
class Attach(Act):
    """Choose a file: its name and what is in it."""

    label: str
    name: str
    content: Callable[[Office], bytes] | bytes

    def by(self, person: Person) -> None:
        file, content = person.office.folder / self.name, self.content
        file.write_bytes(content if isinstance(content, bytes) else content(person.office))
        person.attach(person.field(self.label), file)


@dataclass(frozen=True, slots=True)
class See(Act):
    """These words are on the page."""

    words: str

    def by(self, person: Person) -> None:
        person.there(person.page.get_by_text(self.words).filter(visible=True), self.words)


@dataclass(frozen=True, slots=True)
class Await(Act):
    """These words come by themselves where there is script, else by "Look again"."""

    words: str

    def by(self, person: Person) -> None:
        if not person.has_script:
            person.onward(person.link("Look again"))
        See(self.words).by(person)


@dataclass(frozen=True, slots=True)
class Note(Act):
    """Note what stands at a place of a page, under a name."""

    name: str
    place: str

    def by(self, person: Person) -> None:
        person.office.noted[self.name] = person.page.locator(self.place).inner_text()


@dataclass(frozen=True, slots=True)
class Meanwhile(Act):
    """Something happens in the office that nobody does on a page."""

    act: Callable[[Office], object]

    def by(self, person: Person) -> None:
        self.act(person.office)
