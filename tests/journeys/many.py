"""Many authorities with little to say: their files, their letters, and the server that takes these.

Letters are small, and their PDF files say no more than whose they are. What becomes of a letter
depends on its address alone, and the server keeps nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from string import ascii_lowercase
from typing import Final

from dispatch.domain.letter import Content, Made
from dispatch.domain.reply import Outcome
from dispatch.domain.sending.envelope import Envelope
from dispatch.letters.render import Job
from dispatch.mail.outgoing.letter import letter_body
from tests.fakes import FakeLine
from tests.frozen.office import Mailboxes
from tests.frozen.story import DOUBT, REFUSED

ROLES: Final = ("chief executive", "link officer")
EVERY: Final = 5
"""Of so many authorities one is refused, one in doubt, and so on: of their letters every tenth."""
REFUSED_AT, BOUNCED_AT, DOUBTFUL_AT, CORRECTED_AT = range(4)
"""The places of these among every so many."""


def codes(size: int, place: int | None = None) -> list[str]:
    """Return the codes of so many authorities, or of those at a place among every few.

    They are slugs: there are not enough codes of three letters.
    """
    every = ("a-" + "".join(each) for each in islice(product(ascii_lowercase, repeat=4), size))
    return list(every if place is None else islice(every, place, None, EVERY))


def place_of(code: str) -> int:
    """Return the place of an authority among every few, by its code."""
    number = 0
    for letter in code.removeprefix("a-"):
        number = len(ascii_lowercase) * number + ascii_lowercase.index(letter)
    return number % EVERY


def address(code: str, role: str) -> str:
    return f"{role.replace(' ', '.')}@{code}.example"


def file(name: str, size: int) -> list[str]:
    """Return the lines of one of the office's files, about so many councils.

    Contacts are in two files: no more than 100,000 rows are read of one.
    """
    every = codes(size)
    match name:
        case "authorities":
            lines = (
                f"{code},Anytown {code},Anytown {code} Council,council,District Council"
                for code in every
            )
            return ["slug,name,official_name,kind,group", *lines]
        case "figures":
            return [FIGURES, *(f"{code},2019-20,30,28,10,5,4,4,2" for code in every)]
        case _:
            role = "chief executive" if name == "chiefs" else "link officer"
            return [CONTACTS, *_people(every, role)]


def _people(every: Iterable[str], role: str) -> Iterator[str]:
    return (f"{code},{role},{address(code, role)},Ms,Jo,Smith" for code in every)


CONTACTS: Final = "authority,role,address,honorific,given_name,surname"
FIGURES: Final = (
    "authority,year,received,decided,investigated,upheld,compliance_outcomes,complied,remedied"
)


def newcomers(size: int) -> list[str]:
    """Return the lines of a file with others in the place of those whose server refused."""
    others = (
        f"{code},chief executive,new.{address(code, ROLES[0])},Dr,Al,Okafor"
        for code in codes(size, REFUSED_AT)
    )
    return [CONTACTS, *others]


def corrected(size: int) -> list[str]:
    """Return the lines of a file with other figures of some."""
    some = codes(size, CORRECTED_AT)
    return [FIGURES, *(f"{code},2019-20,30,28,10,4,4,4,2" for code in some)]


def a_letter(job: Job) -> Made:
    """Return small bytes for each form of a letter."""
    content = job.draft.content
    said = f"{content.code}\r\n".encode()
    parts = {name: name.encode() + said for name in ("text", "html", "note_text", "note_html")}
    parts["pdf"] = a_pdf(content)
    parts["mail"] = letter_body(job.draft, parts, {})
    return Made(f"Letter to {content.code}", parts)


def a_pdf(content: Content) -> bytes:
    """Return a PDF of one page with no font and the names that a letter must have."""
    names = (content.authority.official_name, content.addressee.addressee)
    shown = "".join(names).encode("utf-16-be").hex().encode()
    return b"%%PDF-1.7\n1 0 obj<<>>endobj\n2 0 obj<<>>stream\n/F 1 Tf<%s>\nendstream endobj\n%s" % (
        shown,
        b"3 0 obj<</Type/Page/Resources 1 0 R/Contents 2 0 R>>endobj\n%%EOF",
    )


@dataclass
class Server(Mailboxes):
    """A mail server that answers by the address, and forgets what it took."""

    def connect(self) -> FakeLine:
        return Line(self)

    def hear_the_dot(self, envelope: Envelope, message: bytes, outcome: Outcome) -> None:
        """Keep nothing of it."""


class Line(FakeLine):
    """One session with it."""

    def offer(
        self,
        envelope: Envelope,
        message: bytes,
        *,
        before_dot: Callable[[], bool],
        needs_smtputf8: bool = False,
    ) -> Outcome:
        local_part, _, domain = envelope.rcpt_to.partition("@")
        answer = ANSWERS.get((local_part, place_of(domain.partition(".")[0])))
        if answer:
            self.transport.outcomes.appendleft(answer)
        return super().offer(
            envelope, message, before_dot=before_dot, needs_smtputf8=needs_smtputf8
        )


ANSWERS: Final = {("chief.executive", REFUSED_AT): REFUSED, ("link.officer", DOUBTFUL_AT): DOUBT}
