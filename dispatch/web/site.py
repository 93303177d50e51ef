"""All pages as one WSGI application."""

from __future__ import annotations

import gc
import hashlib
import hmac
from typing import Final

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from dispatch import garbage, telemetry
from dispatch.app import App, from_environment, ready
from dispatch.environment import asks_for_traces
from dispatch.monitoring.pages import PageTimes
from dispatch.web import (
    access,
    files,
    headers,
    home,
    service,
    shown,
    troubles,
    visiting,
)
from dispatch.web.access import Visitor
from dispatch.web.api import reading
from dispatch.web.audit import ledger, packs, search
from dispatch.web.deliveries import listed, story
from dispatch.web.help import help_here, help_pages
from dispatch.web.inbox import notices, suggestions, suppressions
from dispatch.web.letters import approval, every, one, proofs
from dispatch.web.mailouts import (
    board,
    doubts,
    hold,
    post,
    reissues,
    resend,
    schedule,
    unreached,
    upload,
)
from dispatch.web.monitoring import answered, health, metrics
from dispatch.web.people import accounts, join, office, own, rates, sign_in, tokens
from dispatch.web.plans.attachments import attachments
from dispatch.web.plans.check import check
from dispatch.web.plans.new import new
from dispatch.web.plans.paragraphs import paragraphs
from dispatch.web.plans.plan import plans
from dispatch.web.register import authorities, contacts, imports

MOST_BYTES: Final = 20 * 1024 * 1024
"""Bytes of a request: a spreadsheet with every authority and case has a tenth of it."""

MOST_PARTS: Final = 1000

BLUEPRINTS: Final = (
    files.files,
    health.health,
    metrics.metrics,
    home.home,
    sign_in.sign_in,
    join.join,
    office.office,
    own.own,
    accounts.people,
    tokens.tokens,
    board.mailouts,
    approval.approvals,
    schedule.schedule,
    hold.hold,
    unreached.unreached,
    listed.listed,
    story.one,
    every.letters,
    one.letter,
    search.search,
    ledger.ledger,
    proofs.proofs,
    authorities.authorities,
    contacts.contacts,
    doubts.doubts,
    resend.resend,
    post.post,
    reissues.reissues,
    suggestions.suggestions,
    notices.notices,
    suppressions.suppressions,
    imports.imports,
    new,
    plans,
    attachments,
    paragraphs,
    service.service,
    help_pages,
    upload.upload,
    packs.packs,
    check,
    reading.api,
)
"""The pages, in the order of a mailout's path."""


def application(times: PageTimes | None = None) -> Flask:
    """Return the pages of the office that the environment describes, for a WSGI server."""
    telemetry.begin(is_asked=asks_for_traces())
    made = site(ready(from_environment()), times=times)
    gc.collect()
    garbage.settle()
    return made


def site(app: App, visitor: Visitor = visiting.visitor, *, times: PageTimes | None = None) -> Flask:
    """Return the pages of an office; `visitor` says whose each request is.

    `times` counts how long pages took, if not in the memory of this process.
    """
    flask = Flask("dispatch", static_folder=None, template_folder=None)
    telemetry.trace_pages(flask)
    answered.note(flask, times or PageTimes())
    flask.extensions["dispatch"] = app
    flask.config.update(
        SECRET_KEY=_secret(app),
        TRUSTED_HOSTS=app.settings.hosts,
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_PARTS=MOST_PARTS,
        WTF_CSRF_TIME_LIMIT=None,  # a form is good for as long as the visit
    )
    flask.session_interface = visiting.Visits(app)
    shown.furnish(flask, app)
    flask.jinja_env.globals.update(help_here=help_here)
    headers.say(flask, is_secure=app.settings.is_secure)
    _believe(flask, app.settings.web_proxies)
    access.guard(flask, visitor)
    CSRFProtect(flask)
    troubles.answer(flask)
    for each in BLUEPRINTS:
        flask.register_blueprint(each)
    rates.limit(flask)
    flask.before_request(visiting.forget_form)  # last: what is refused before makes it forget none
    return flask


def _believe(flask: Flask, proxies: int) -> None:
    """Take from proxies, as many as the settings name, who asks and whether by TLS."""
    if proxies:
        believing = ProxyFix(flask.wsgi_app, x_for=proxies, x_proto=proxies)
        flask.wsgi_app = believing  # type: ignore[method-assign] # as Flask's documentation does


def _secret(app: App) -> bytes:
    """Return the key of cookies and forms, made from the service's own key and of no other use."""
    return hmac.digest(app.sender.key, b"dispatch pages", hashlib.sha256)
