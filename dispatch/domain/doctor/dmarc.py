"""What a domain asks receivers to do with mail that does not prove to be its own: DMARC (RFC 9989).

The organisation's domain is found by walking up the names, which needs no list of suffixes. And
what a DKIM key in the DNS looks like (RFC 6376 3.6.1).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from dispatch.domain.doctor.answers import Answer, Ask

VERSION: Final = re.compile(r"v\s*=\s*DMARC1\s*(?:;|$)", re.IGNORECASE)
POLICIES: Final = ("none", "quarantine", "reject")
DEEPEST: Final = 8
"""Labels of a name from which on the walk goes; a longer one is cut to seven (RFC 9989 4.10)."""

SHORTEST_KEY: Final = 162
"""Octets of an RSA key of 1024 bits, the shortest that receivers take (RFC 8301)."""


@dataclass(frozen=True, slots=True)
class Dmarc:
    """The policy that holds for a domain."""

    domain: str
    organisation: str
    """The domain of the organisation that it belongs to."""
    at: str | None = None
    """Where the record is; None if there is none."""
    tags: Mapping[str, str] = field(default_factory=dict)
    wrong: str | None = None
    """Why the record cannot be used."""
    trouble: str | None = None
    """Why it is not known."""

    @property
    def policy(self) -> str | None:
        """What is asked for: none, quarantine or reject; None without a usable record."""
        if self.at is None or self.wrong:
            return None
        whole = self.tags.get("p", "none").lower()
        return whole if self.at == self.domain else self.tags.get("sp", whole).lower()

    def is_strict(self, tag: str) -> bool:
        """Whether `aspf` or `adkim` wants the very same domain."""
        return self.tags.get(tag, "r").lower() == "s"


def dmarc_of(domain: str, ask: Ask) -> Dmarc:
    """Return the policy for mail that is from a domain."""
    domain, found, wrong = domain.lower(), dict[str, Mapping[str, str]](), dict[str, str]()
    for name in _upwards(domain):
        answer = ask(f"_dmarc.{name}", "TXT")
        if answer.trouble:
            return Dmarc(domain, domain, trouble=answer.trouble)
        records = [each for each in answer.values if VERSION.match(each)]
        if len(records) > 1:
            wrong[name] = f"there are {len(records)} records, so that none counts"
        elif records:
            found[name] = tags_of(records[0])
    organisation = _organisation(domain, found)
    at = next((name for name in (domain, organisation) if name in {*found, *wrong}), None)
    if at is None:
        return Dmarc(domain, organisation)
    tags = found.get(at, {})
    return Dmarc(domain, organisation, at, tags, wrong.get(at) or _mistake(tags))


def _upwards(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    rest = labels[-(DEEPEST - 1) :] if len(labels) > DEEPEST else labels[1:]
    while len(rest) > 1:
        yield ".".join(rest)
        rest = rest[1:]


def _organisation(domain: str, found: Mapping[str, Mapping[str, str]]) -> str:
    """Return the organisation's domain: the highest name with a record, unless one says more."""
    highest = domain
    for name in found:  # from the domain up
        said = found[name].get("psd", "u").lower()
        if said == "n":
            return name
        if said == "y":
            break
        highest = name
    return highest


def _mistake(tags: Mapping[str, str]) -> str | None:
    policy = tags.get("p", "none").lower()
    return None if policy in POLICIES else f"p={policy[:20]} is not a policy"


def tags_of(record: str) -> dict[str, str]:
    """Return the tags of a record (RFC 6376 3.2), by their names in lower case."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def trouble_of_key(answer: Answer) -> str | None:
    """Say what is wrong with the answer that should hold a DKIM key; None if it does."""
    keys = [tags for each in answer.values if "p" in (tags := tags_of(each))]
    if len(keys) != 1:
        return f"there are {len(keys)} keys" if keys else "there is no key"
    [tags] = keys
    value = "".join(tags["p"].split())
    if not value:
        return "the key was revoked"
    try:
        octets = len(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return "the key cannot be read"
    if tags.get("k", "rsa").lower() == "rsa" and octets < SHORTEST_KEY:
        return "the key is shorter than 1024 bits, and receivers ignore it"
    return None


def has_key(answer: Answer, record: str) -> bool:
    """Whether the DNS holds the same key as a record that should be there."""
    wanted = tags_of(record)["p"]
    return any("".join(tags_of(each).get("p", "").split()) == wanted for each in answer.values)
