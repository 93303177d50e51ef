"""A name server of our own on the loopback, with as many records as a test needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from socketserver import BaseRequestHandler, ThreadingUDPServer
from threading import Thread

from dns import flags, message, rcode, rrset
from dns.resolver import Resolver

SILENCE = "silence"
FAILURE = "failure"

Records = Mapping[str, Mapping[str, list[str]] | str]
"""What is served, by name and type: records, or one of the words above in their place."""


@contextmanager
def name_server(records: Records) -> Iterator[Resolver]:
    """Serve records, and return a resolver that asks nobody else. No other name is there."""

    class Answer(BaseRequestHandler):
        def handle(self) -> None:
            data, sock = self.request
            if reply := _reply(records, message.from_wire(data)):
                sock.sendto(reply.to_wire(), self.client_address)

    with ThreadingUDPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            resolver = Resolver(configure=False)
            resolver.nameservers = ["127.0.0.1"]
            resolver.port = server.server_address[1]
            resolver.timeout = 0.3
            yield resolver
        finally:
            server.shutdown()
            thread.join()


def _reply(records: Records, query: message.Message) -> message.Message | None:
    reply = message.make_response(query)
    reply.flags |= flags.RA
    [question] = query.question
    match records.get(question.name.to_text(omit_final_dot=True)):
        case None:
            reply.set_rcode(rcode.NXDOMAIN)
        case str(trouble):
            if trouble == SILENCE:
                return None
            reply.set_rcode(rcode.SERVFAIL)
        case there:
            for kind, values in there.items():
                if values and kind in {"CNAME", question.rdtype.name}:
                    reply.answer.append(rrset.from_text(question.name, 60, "IN", kind, *values))
    return reply
