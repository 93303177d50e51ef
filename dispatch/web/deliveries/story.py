"""One delivery: the whole story, and what it proves."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint

from dispatch.domain.delivery import DeliveryState
from dispatch.domain.people.account import AccountRole
from dispatch.posting import on_record, store
from dispatch.views.deliveries import story
from dispatch.views.post import posting_views
from dispatch.views.story import story_view
from dispatch.web.access import may, office, signed_in
from dispatch.web.shown import page

one = Blueprint("delivery", __name__)


@one.get("/deliveries/<uuid:delivery_id>")
@may(AccountRole.VIEWER)
def show(delivery_id: UUID) -> tuple[str, int]:
    """Show all that is known of a delivery."""
    with office().sessions.read() as session:
        known = story(session, delivery_id)
        view = story_view(session, known)
        printed = store.of_authority(session, known.mailout, view.delivery.authority)
        by_post = posting_views(on_record.stands(session, printed))
    return page(
        "deliveries/story.html",
        view=view,
        delivery=view.delivery,
        mailout=known.mailout,
        authority=view.authority,
        by_post=by_post,
        in_doubt=view.delivery.state is DeliveryState.IN_DOUBT,
        may_act=signed_in().may(AccountRole.EDITOR),
    )
