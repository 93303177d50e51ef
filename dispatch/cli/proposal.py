"""What would be sent again, as people and programs see it before it leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

import click

from dispatch.cli import show
from dispatch.corrections.resend import Going, Proposal
from dispatch.database.tables import Delivery
from dispatch.domain import calendar
from dispatch.tracking.store.chains import Chain


def show_proposal(name: str, proposal: Proposal) -> None:
    """Print what would go where and why, what each had before, and what would stay."""
    going, staying = proposal.going, proposal.staying
    if not going and not staying:
        return click.echo("There is nothing to send again.")
    rows = [(*_who(each.chain), each.recipient.address, each.why) for each in going]
    rows += [(*_who(each.chain), "stays", each.why) for each in staying]
    return show.table(
        f"Of {name} {len(going)} go again" + (f", {len(staying)} stay" if staying else ""),
        ("letter of", "it went to", "goes to", "why"),
        rows,
    )


def _who(chain: Chain) -> tuple[str, str]:
    """Return whose letter it is, in which role, and all that became of it before."""
    return f"{chain.last.authority_code}\n{chain.last.role}", "\n".join(_before(chain.deliveries))


def _before(deliveries: Iterable[Delivery]) -> Iterable[str]:
    for each in deliveries:
        day = calendar.day_in_words(calendar.local(each.state_at).date())
        yield f"{each.address}\n{each.state.value.replace('_', ' ')}, {day}"


def question(proposal: Proposal) -> str:
    """Return what a person is asked before it leaves."""
    count = len(proposal.going)
    what = "this letter" if count == 1 else f"these {count} letters"
    return f"Send {what} again? Until {show.when(proposal.not_after)} they may leave."


def as_data(proposal: Proposal, rows: Mapping[UUID | None, str]) -> dict[str, object]:
    """Return a proposal for a program; `rows` are the new ids by those they come after."""
    return {
        "not_after": proposal.not_after,
        "going": [_going(each, rows) for each in proposal.going],
        "staying": [{**_chain(each.chain), "why": each.why} for each in proposal.staying],
    }


def _going(going: Going, rows: Mapping[UUID | None, str]) -> dict[str, object]:
    return {
        **_chain(going.chain),
        "address": going.recipient.address,
        "name": going.recipient.full_name,
        "why": going.why,
        "delivery": rows.get(going.chain.last.id),
    }


def _chain(chain: Chain) -> dict[str, object]:
    return {
        "authority": chain.last.authority_code,
        "role": chain.last.role,
        "went": [
            {
                "delivery": str(each.id),
                "address": each.address,
                "state": each.state,
                "since": each.state_at,
            }
            for each in chain.deliveries
        ],
    }
