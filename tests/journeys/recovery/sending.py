"""What fails between us and the mail server."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.envelope import Envelope
from dispatch.mail.catcher import Catcher
from dispatch.mail.oauth.tokens import Tokens
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.transport import SmtpTransport
from dispatch.sending import recorder, send
from dispatch.sending.recorder import Spool
from dispatch.worker import tasks
from tests import steps
from tests.factories import RELEASE_AT
from tests.fakes import FakeTransport
from tests.journeys.doomed import DoomedTransport, Fate, Phase, Server
from tests.journeys.recovery.service import Service
from tests.mail.exchange_online import ExchangeOnline
from tests.mail.oauth.issuers import MAILBOX
from tests.mail.oauth.token_endpoint import TokenEndpoint
from tests.outages import FailingSessions, PowerCut, failing

LINE_LOST = Outcome(Verdict.IN_DOUBT, trouble="no reply to the final dot: timed out")


def a_worker_dies(service: Service) -> str:
    """It dies just as the mail server has taken the message."""
    steps.released(service.app, service.clock, "OXO", "ADU", cc_roles=())
    sessions = failing(service.app.sessions)
    doomed = DoomedTransport(
        server=Server(), fate=Fate.TAKEN, phase=Phase.AFTER_DOT, die=sessions.die
    )
    means = replace(
        steps.means(service.app),
        sessions=sessions,
        transport=doomed,
        spool=Spool(service.folder / "gone with it"),
    )
    with suppress(PowerCut):
        send.send(means, limit=1)
    service.clock.advance(seconds=901)
    service.tick()
    shown = service.status()
    service.terminal.fill["/var/log/mail.log"] = service.mail_log(RELEASE_AT)
    service.terminal.meanwhile = service.tick
    service.terminal.by_hand["systemctl restart dispatch-worker@1"] = service.work
    return shown


def the_server_is_away(service: Service) -> str:
    """Nobody listens where the mail server should."""
    steps.released(service.app, service.clock, "OXO", cc_roles=())
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = SmtpServer("127.0.0.1", port, security="none")
    service.change(transport=SmtpTransport(server))
    service.work()
    service.clock.advance(minutes=1)
    service.work()

    def mend() -> None:
        catcher = Catcher(service.folder / "mail", port=port, slow_by=0)
        service.stack.enter_context(catcher)
        service.clock.advance(minutes=5)

    service.terminal.by_hand["systemctl restart postfix"] = mend
    return service.status()


@dataclass(frozen=True)
class Refused:
    """The mail server says something about us, at some stage of a session."""

    verb: str
    reply: str

    def __str__(self) -> str:
        return self.reply

    def __call__(self, service: Service) -> str:
        code, _, text = self.reply.partition(" ")
        steps.released(service.app, service.clock, "OXO", cc_roles=())
        refusal = Outcome.answered(Reply(self.verb, int(code), text))
        if self.verb == "AUTH":
            service.transport.trouble = refusal
        else:
            service.transport.outcomes.append(refusal)
        service.work()
        shown = service.status()
        service.transport.trouble = None
        shown += service.emailed()
        service.terminal.fill["535 5.7.8 authentication failed"] = self.reply
        return shown.replace(self.reply, "535 5.7.8 authentication failed")


def no_token(service: Service) -> str:
    """The secret that access tokens are asked for with has ended."""
    steps.released(service.app, service.clock, "OXO", cc_roles=())
    endpoint = service.stack.enter_context(TokenEndpoint())
    server = service.stack.enter_context(
        ExchangeOnline(lambda _, token: token in endpoint.given, takes_any_return_path=True)
    )
    error = {"error": "invalid_client", "error_description": "AADSTS7000222: expired"}
    endpoint.says.append((401, error))
    login = server.server(username=MAILBOX, tokens=Tokens(endpoint.microsoft()))
    service.change(transport=SmtpTransport(login))
    service.work()
    shown = service.status()
    service.terminal.by_hand["systemctl restart dispatch.target"] = endpoint.says.clear
    return shown


@dataclass
class Failing(FakeTransport):
    """A mail server that takes a letter just as the database goes away."""

    sessions: FailingSessions = field(kw_only=True)

    def hear_the_dot(self, envelope: Envelope, message: bytes, outcome: Outcome) -> None:
        super().hear_the_dot(envelope, message, outcome)
        self.sessions.die()


def the_database_goes(service: Service) -> str:
    """The database is away when the reply arrives."""
    steps.released(service.app, service.clock, "OXO", cc_roles=())
    well = service.app.sessions
    sessions = failing(well)
    service.patch.setattr(recorder, "DATABASE_WAITS", ())
    service.tick()
    service.change(sessions=sessions, transport=Failing(sessions=sessions))
    service.do(tasks.pulse)
    service.change(sessions=well)
    shown = service.log + service.run("doctor")

    def mend() -> None:
        service.work()
        assert len(service.transport.sent) == 1, "it left twice"

    service.terminal.by_hand["systemctl restart postgresql"] = mend
    return shown


def in_doubt(service: Service) -> str:
    """The connection is lost when the server may have had the letters."""
    steps.released(service.app, service.clock, "OXO", "ADU", cc_roles=())
    service.transport.outcomes.extend([LINE_LOST, LINE_LOST])
    service.work()
    one, other = steps.deliveries_of(service.app).values()
    service.terminal.fill |= {"3f2a": one.id, "77c1": other.id}
    return service.status()


def not_in_time(service: Service) -> str:
    """The mail server is away until after the not-after time."""
    steps.released(service.app, service.clock, "OXO", cc_roles=())
    service.transport.trouble = Outcome(Verdict.DEFERRED, trouble="no connection: timed out")
    service.work()
    service.clock.reach(RELEASE_AT + timedelta(days=5, hours=2))
    service.work()
    service.transport.trouble = None
    shown = service.emailed()
    service.transport.trouble = Outcome(Verdict.DEFERRED, trouble="no connection: timed out")
    service.clock.reach(RELEASE_AT + timedelta(days=7))
    service.work()
    service.transport.trouble = None
    return shown + service.run("mailout", "unreached", steps.NAME)
