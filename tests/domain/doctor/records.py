"""Answers of the DNS, made up."""

from __future__ import annotations

from collections.abc import Mapping

from dispatch.domain.doctor.answers import Answer, Ask

NO_ANSWER = Answer(trouble="every DNS server failed (SERVFAIL)")


def asking(records: Mapping[str, str | list[str] | Answer]) -> Ask:
    """Return a DNS with these records, by "NAME TYPE"; no other name is there."""

    def ask(name: str, kind: str) -> Answer:
        found = records.get(f"{name} {kind}")
        if isinstance(found, Answer):
            return found
        if found is None:
            is_there = any(each.partition(" ")[0] == name for each in records)
            return Answer(is_name_absent=not is_there)
        return Answer((found,) if isinstance(found, str) else tuple(found))

    return ask
