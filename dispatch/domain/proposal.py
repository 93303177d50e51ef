"""What an act would do: shown to a person first, and carried out only if that is still so.

A command or a page shows a proposal and keeps its digest. The act works the proposal out again in
its own transaction, checks it against the digest that the person agreed to, and then carries out
what it has just worked out, never what came back from outside.
"""

from __future__ import annotations

from dispatch.domain.digest import digest
from dispatch.domain.errors import ChangedMeanwhile


class Proposal:
    """A frozen dataclass that inherits from this says what an act would do."""

    __slots__ = ()

    @property
    def effect(self) -> object:
        """What the person agrees to, in values that `digest.plain` can spell.

        All the proposal's fields, unless a proposal holds more than what was shown: then it
        overrides this. What is left out here may change between showing and doing.
        """
        return self

    @property
    def digest(self) -> str:
        """The digest of the effect, and of which kind of proposal it is."""
        return digest([type(self).__name__, self.effect])

    def check(self, agreed: str) -> None:
        """Raise `ChangedMeanwhile` unless this is what was agreed to, by its digest."""
        if self.digest != agreed:
            raise ChangedMeanwhile
