"""The names of authorities in mail domains: whose name a domain bears, and how surely.

"oxford.gov.uk", "oxfordcc.gov.uk" and "bathnes.gov.uk" say whose they are; "adur-worthing.gov.uk"
says that of two. A name that is exactly one authority's counts for more than a word of another's.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from itertools import chain, product
from typing import Final

from dispatch.domain.person import words_of
from dispatch.domain.register.authority import COUNCIL, Authority
from dispatch.domain.wording.lookalikes import skeleton

SUFFIXES: Final = frozenset(
    words_of(
        """
        ac co com cymru eu example gov govt info invalid ltd me net nhs org police sch scot test uk
        wales localhost
        """
    )
)
"""Labels at the end of a domain that say nothing of whose it is."""

GENERIC: Final = frozenset(
    words_of(
        """
        and authority bc borough ca cc city combined corporation council county dc district email
        fire for frs gov government in lb london mail mbc mdc metropolitan my national npa of on
        online park partnership rescue royal service services shared the under unitary upon
        """
    )
)
"""What may stand beside names in the label of a domain: "oxfordcc", "lewes-eastbourne"."""

ENDINGS: Final = ("dc", "cc", "bc", "council", "mbc", "citycouncil", "gov")
"""What ends the domains of councils, and may be left out."""

SMALL: Final = frozenset(
    ("and", "cum", "for", "in", "le", "of", "on", "the", "under", "upon", "with")
)
"""Words of a name that a domain may leave out, and that stand between its parts."""

DIRECTIONS: Final = frozenset(
    ("north", "east", "south", "west", "mid", "great", "greater", "northern", "western")
)
"""Words that many authorities have."""

SHORT: Final = {
    "bedfordshire": "beds", "berkshire": "berks", "buckinghamshire": "bucks",
    "cambridgeshire": "cambs", "derbyshire": "derbys", "gloucestershire": "glos",
    "hampshire": "hants", "hertfordshire": "herts", "huntingdonshire": "hunts",
    "lancashire": "lancs", "leicestershire": "leics", "lincolnshire": "lincs",
    "northamptonshire": "northants", "northumberland": "northumb", "nottinghamshire": "notts",
    "oxfordshire": "oxon", "staffordshire": "staffs", "warwickshire": "warks",
    "wiltshire": "wilts", "worcestershire": "worcs", "yorkshire": "yorks",
}  # fmt: skip
"""Counties as people abbreviate them, in domains too."""


SHORTEST: Final = 3
"""Letters of a name that is looked for among others: fewer are found by chance."""


class NameForm(Enum):
    """How surely the name of an authority is that in a domain, the surest first."""

    FULL = 1
    """All of its name is all of the label: "oxford", "oxfordcc", "nelincs"."""
    PART = 2
    """A part of its name, or its initials: "telford", "west-norfolk", "tfl"."""


class NamesInDomains:
    """Whose name each domain bears."""

    def __init__(self, authorities: Mapping[str, Authority]) -> None:
        """Take the authorities by code."""
        self.authorities = authorities
        self.is_own = lru_cache(KEPT)(self._is_own)
        self.named_in = lru_cache(KEPT)(self._named_in)
        self._names_of = lru_cache(KEPT)(self._worked_out)

    def _is_own(self, code: str, domain: str) -> bool:
        """Whether a domain bears the name of an authority, and is not exactly another's."""
        return code in self.authorities and self._bears(code, _plain(domain), domain)

    def _named_in(self, domain: str) -> frozenset[str]:
        """Return the authorities whose names a domain consists of."""
        return frozenset(self._spelled(_plain(domain)))

    def _bears(self, code: str, label: str, domain: str) -> bool:
        names = self._names_of(code)
        if label in names.full or label == _plain(code):
            return True
        if exact := self._exactly(label):
            return code in exact
        return any(each in label for each in names.words) or code in self.named_in(domain)

    def _exactly(self, label: str) -> frozenset[str]:
        """Return the authorities whose whole name a label is, but for a council's endings."""
        full, stem = self._forms[NameForm.FULL], label
        for ending in ENDINGS:
            if label not in full and label.endswith(ending):
                stem = label.removesuffix(ending)
        return full.get(label) or full.get(stem) or frozenset()

    def _worked_out(self, code: str) -> Names:
        return _names(self.authorities[code])

    def _spelled(self, label: str) -> Iterator[str]:
        for form in NameForm:
            if found := self._forms[form].get(label):
                yield from found
                return
        if label in self._codes:
            yield self._codes[label]
        for piece in self._pieces(label):
            for form in NameForm:
                if found := self._forms[form].get(piece):
                    yield from found
                    break

    @cached_property
    def _codes(self) -> dict[str, str]:
        return {_plain(code): code for code in self.authorities}

    def _pieces(self, label: str) -> Sequence[str]:
        """Return the names that a label consists of beside generic words; none if it does not.

        Of all the ways to read it, the one with the fewest letters outside names, and then the one
        with the fewest names: "derbyshiredales" is one name, and not "derbyshire".
        """
        best: dict[int, tuple[int, int, tuple[str, ...]]] = {0: (0, 0, ())}
        for end in range(1, len(label) + 1):
            ways = []
            for start, (outside, count, names) in best.items():
                piece = label[start:end]
                if piece in self._spellings:
                    ways.append((outside, count + 1, (*names, piece)))
                if piece in GENERIC:
                    ways.append((outside + len(piece), count, names))
            if ways:
                best[end] = min(ways)
        return best[len(label)][2] if len(label) in best else ()

    @cached_property
    def _spellings(self) -> frozenset[str]:
        """All ways to spell a name, but those so short that they are found by chance."""
        forms = chain.from_iterable(self._forms.values())
        return frozenset(each for each in forms if len(each) >= SHORTEST)

    @cached_property
    def _forms(self) -> dict[NameForm, dict[str, frozenset[str]]]:
        """What domains call the authorities: codes by each way to spell a name in a label."""
        full: dict[str, frozenset[str]] = {}
        part: dict[str, frozenset[str]] = {}
        for code in self.authorities:
            names, own = self._names_of(code), frozenset((code,))
            for found, forms in ((full, names.full), (part, names.parts)):
                for form in forms:
                    known = found.setdefault(form, own)
                    if known is not own:
                        found[form] = known | own
        return {NameForm.FULL: full, NameForm.PART: part}


KEPT: Final = 2**12
"""Answers that are kept: more than there are authorities in any office that we know."""


@lru_cache(maxsize=KEPT)
def organisation(domain: str) -> str:
    """Return a domain without the labels at its end that say nothing of whose it is."""
    labels = domain.split(".")
    while len(labels) > 1 and labels[-1] in SUFFIXES:
        labels.pop()
    return ".".join(labels)


@lru_cache(maxsize=KEPT)
def _plain(text: str) -> str:
    """Return the letters and digits of a text, without accents, in small letters."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(filter(str.isalnum, text.casefold()))


@dataclass(frozen=True, slots=True)
class Names:
    """How the domain of an authority may spell its name, without dots and hyphens."""

    full: tuple[str, ...]
    parts: tuple[str, ...]
    words: tuple[str, ...]
    """Words that few others have."""


def _names(authority: Authority) -> Names:
    """Return what a domain may call an authority."""
    name = _words(authority.name)
    official = _words(authority.official_name)
    base = _core(name) or name
    tail = [each for each in official if each not in base]
    spelled = {*_spellings(name), *_spellings(base)}
    # A council's own endings, "cc" or "council", are generic.
    kinds = {""} if authority.kind == COUNCIL else {"", *_endings(tail)}
    full = {f"{each}{kind}" for each in spelled for kind in kinds} | {"".join(official)}
    parts = {*_parts(name), *_parts(base), *_parts(official), *_initials(name, official)}
    parts |= {*_clipped(base)}
    if base != name and authority.kind != COUNCIL:
        # The county that a fire authority is named after has a domain, too.
        parts |= {*_spellings(base)}
        full -= {*_spellings(base)}
    words = {SHORT.get(each, each) for each in base} | set(base)
    distinctive = (each for each in words if len(each) >= WORD and each not in DIRECTIONS | GENERIC)
    return Names(tuple(full), tuple(parts - full - {""}), tuple(distinctive))


WORD: Final = 4
"""Letters of a word by which an authority is known."""


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return re.findall(r"[a-z0-9]+", plain.replace("'", "").replace("&", " and "))


KINDS: Final = frozenset(
    words_of(
        """
        authority borough cd city combined corporation council county district executive fire and
        mayoral metropolitan national park passenger regional rescue service transport waste
        """
    )
)
"""Words that say what a body is, at the end of its name or before it."""


def _core(words: Sequence[str]) -> list[str]:
    """Return a name without the words around it that say what the body is."""
    core = list(words)
    while core and core[-1] in KINDS:
        core.pop()
    while len(core) > 1 and core[0] in KINDS and core[1] not in SMALL:  # not "City of London"
        del core[0]
    return core


def _spellings(words: Sequence[str]) -> set[str]:
    """Return all of a name as one word: small words may be left out, others be short."""
    if not words:
        return set()
    ways = [_ways(each, is_first=number == 0) for number, each in enumerate(words)]
    if len(words) > MOST_WORDS:
        return {"".join(words)}
    return {"".join(each) for each in product(*ways)} - {each[0] for each in words}


MOST_WORDS: Final = 7
"""Words of a name beyond which only one spelling of it is looked for."""


def _ways(word: str, *, is_first: bool) -> tuple[str, ...]:
    if word in SMALL:
        return ("", word)
    if word in DIRECTIONS:
        return (word, word[0])
    if word in SHORT:
        return (word, SHORT[word]) if is_first else (word, SHORT[word], word[0])
    return (word,)


def _parts(words: Sequence[str]) -> Iterator[str]:
    """Yield each part of a name that small words divide: "telford", "westnorfolk"."""
    part: list[str] = []
    parts = []
    for word in [*words, "and"]:
        if word in SMALL:
            parts.append(part)
            part = []
        else:
            part.append(word)
    for each in parts if len(parts) > 1 else ():
        if not DIRECTIONS.issuperset(each) and not GENERIC.issuperset(each):
            yield from _spellings(each)


def _initials(*names: Sequence[str]) -> Iterator[str]:
    for words in names:
        for chosen in (words, [each for each in words if each not in SMALL]):
            if len(chosen) >= SHORTEST:
                yield "".join(each[0] for each in chosen)


def _clipped(words: Sequence[str]) -> Iterator[str]:
    """Yield spellings that keep one word or the beginnings: "bathnes", "fdean", "welhat"."""
    said = [each for each in words if each not in SMALL]
    if len(said) > 1:
        yield said[0] + "".join(each[0] for each in said[1:])
        yield "".join(each[0] for each in said[:-1]) + said[-1]
        yield "".join(each[:CLIP] for each in said)
    if len(said) > 1 and said[0] in DIRECTIONS and said[0].startswith("great"):
        yield "".join(said[1:])


CLIP: Final = 3
"""Letters of a word that a clipped name keeps."""


def _endings(tail: Sequence[str]) -> Iterator[str]:
    """Yield how the words that say what a body is may end its domain: "cc", "council", "npa"."""
    for start in range(len(tail)):
        rest = tail[start:]
        yield "".join(rest)
        yield "".join(each[0] for each in rest)
        yield tail[start]
        yield "".join(tail[: start + 1])


def by_look(domains: Iterable[str]) -> Mapping[str, Sequence[str]]:
    """Return domains by the skeleton of what they look like, each list in their order."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in sorted(domains):
        found[skeleton(in_letters(each))].append(each)
    return found


def in_letters(domain: str) -> str:
    """Return a domain with the letters that its labels in ASCII stand for (RFC 3492)."""
    return ".".join(_label(each) for each in domain.split("."))


def _label(label: str) -> str:
    if not label.startswith(PUNYCODE):
        return label
    try:
        return label.removeprefix(PUNYCODE).encode().decode("punycode")
    except UnicodeError:
        return label


PUNYCODE: Final = "xn--"
