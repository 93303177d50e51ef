"""What the doctor found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from dispatch.domain.doctor.finding import Finding, Level, worst
from dispatch.domain.wording.counts import counted
from dispatch.views.form import Moment


@dataclass(frozen=True, slots=True)
class DoctorView:
    """All findings, in the order of what was looked at. A check's name never changes."""

    at: Moment | None
    """None if the settings cannot be used: then the database's clock is not known."""
    level: Level
    """The worst of them."""
    findings: tuple[Finding, ...]

    @property
    def by_urgency(self) -> Sequence[Finding]:
        """The findings as a person reads them: what stops the letters first."""
        order = list(Level)
        return sorted(self.findings, key=lambda each: order.index(each.level))

    @property
    def summary(self) -> str:
        """How many there are of each level, in a sentence."""
        counts = {level: sum(each.level is level for each in self.findings) for level in Level}
        stop = counted(counts[Level.STOPS], "finding stops", "findings stop")
        look = counted(counts[Level.LOOK], "needs a look", "need a look")
        return f"{stop} the letters, {look}, {counts[Level.FINE]} are fine."


def stored_view(result: Mapping[str, object]) -> DoctorView:
    """Return the view that a job has kept as its result."""
    return STORED.validate_python(result)


STORED: Final = TypeAdapter(DoctorView)


def doctor_view(findings: Sequence[Finding], at: Moment | None) -> DoctorView:
    """Return the view of what was found."""
    return DoctorView(at, worst(findings), tuple(findings))
