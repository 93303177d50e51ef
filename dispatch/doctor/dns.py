"""What the DNS says of our own domain, by which receivers judge whether our letters are ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, partial
from ipaddress import ip_address
from socket import SOCK_STREAM, getaddrinfo
from typing import Final

from dispatch.app import App, dkim_key
from dispatch.domain.address import domain_of
from dispatch.domain.doctor.answers import Answer, Ask
from dispatch.domain.doctor.dmarc import Dmarc, dmarc_of, has_key, trouble_of_key
from dispatch.domain.doctor.finding import Finding, Level, fine, look, stops
from dispatch.domain.doctor.spf import Spf, SpfResult, evaluate
from dispatch.domain.sending.providers import (
    GMAIL,
    GOOGLE_RELAY,
    MICROSOFT_365,
    MICROSOFT_CONNECTOR,
    provider_of,
)
from dispatch.mail.exchangers import look_up
from dispatch.mail.outgoing.guard import server_of
from dispatch.mail.probes import names
from dispatch.mail.probes.names import SILENT_AFTER, Resolver, Servers

SECONDS: Final = 4.0
"""How long one question may take, with all servers and retries."""


@dataclass(frozen=True, slots=True)
class OurDns:
    """What a person says of the DNS and of our mail server."""

    resolver: Resolver | None = None
    """What to ask; the system's servers without it."""
    relay_address: str | None = None
    selectors: tuple[str, ...] = ()
    seconds: float = SECONDS
    silent_after: float = SILENT_AFTER
    """Seconds after which a DNS server that says nothing is taken to be dead."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A provider whose servers send for us from addresses of their own."""

    include: str
    """The name that our SPF record must include."""
    selectors: tuple[str, ...]
    """The usual selectors of its DKIM keys."""


MICROSOFT: Final = Cloud("spf.protection.outlook.com", ("selector1", "selector2"))
GOOGLE: Final = Cloud("_spf.google.com", ("google",))
CLOUDS: Final = {
    MICROSOFT_365: MICROSOFT,
    MICROSOFT_CONNECTOR: MICROSOFT,
    GMAIL: GOOGLE,
    GOOGLE_RELAY: GOOGLE,
}


def find(app: App, ours: OurDns) -> Iterator[Finding]:
    """Yield what the DNS says of the sender's domain and of the mail server."""
    if app.settings.uses_catcher:
        yield look(
            "dns",
            "Our own DNS records were not looked at.",
            "Letters go to the mail catcher, which asks for none.",
            "Set DISPATCH_SMTP_URL, and run `dispatch doctor` again.",
        )
        return
    sender, bounces = domain_of(app.sender.address), domain_of(app.sender.return_path)
    servers = servers_of(ours.resolver, bounces, ours.silent_after)
    yield from server_findings(servers)
    if servers is None or not servers.live:
        return
    ask = cache(partial(names.ask, servers.resolver, seconds=ours.seconds))
    relay = _relay(app, ours)
    yield _way_back("dns.return_path", bounces, "bounces", servers.resolver, ours.seconds)
    answers = domain_of(app.sender.reply_to or app.sender.address)
    if answers != bounces:
        yield _way_back("dns.replies", answers, "answers", servers.resolver, ours.seconds)
    spf = evaluate(bounces, relay.address, ask)
    yield from _spf(bounces, spf, relay)
    keys = [_key(f"{selector}._domainkey.{sender}", ask) for selector in relay.selectors]
    own = _own_key(app, ask)
    yield from own or _dkim(sender, keys)
    is_signed = any(not trouble for _, trouble in keys) or any(
        each.level is Level.FINE for each in own
    )
    yield from _dmarc(dmarc_of(sender, ask), dmarc_of(bounces, ask), is_signed=is_signed)
    if relay.address:
        yield _reverse(relay.address, servers.resolver, ask, ours.seconds)


def servers_of(
    resolver: Resolver | None, domain: str, silent_after: float = SILENT_AFTER
) -> Servers | None:
    """Return the DNS servers to ask, the dead ones left out; None if there are none."""
    found = resolver or names.system_resolver()
    return names.sorted_out(found, domain, silent_after=silent_after) if found else None


def server_findings(servers: Servers | None) -> Iterator[Finding]:
    """Yield which DNS servers do not answer."""
    if servers is None or not servers.live:
        yield look(
            "dns.servers",
            "No DNS server answers.",
            "Nothing is known of our domain, nor of those that letters go to.",
            "See whether this machine may ask its DNS servers, and name them in resolv.conf.",
        )
        return
    for dead in servers.dead:
        yield look(
            "dns.servers",
            f"The DNS server {dead} does not answer.",
            "Every question waits for it before another is asked, here and when letters leave.",
            "Take it out of resolv.conf, or mend it.",
        )
    if not servers.dead:
        yield fine("dns.servers", "Every DNS server answers.")


@dataclass(frozen=True, slots=True)
class _Relay:
    """From where our letters come, as receivers see it."""

    address: str | None
    cloud: Cloud | None
    selectors: tuple[str, ...] = field(default=())


def _relay(app: App, ours: OurDns) -> _Relay:
    server = server_of(app.transport)
    host = server.host if server else ""
    cloud = CLOUDS.get(provider_of(host))
    address = ours.relay_address or (None if cloud else _public_address(host))
    return _Relay(address, cloud, ours.selectors or (cloud.selectors if cloud else ()))


def _public_address(host: str) -> str | None:
    """Return the first address of a host that others can see; its own, then, is likely that."""
    try:
        found = [str(each[4][0]) for each in getaddrinfo(host, None, type=SOCK_STREAM)]
    except (OSError, UnicodeError):
        return None
    return next((each for each in found if ip_address(each.partition("%")[0]).is_global), None)


def _way_back(check: str, domain: str, what: str, resolver: Resolver, seconds: float) -> Finding:
    """Say whether mail to a domain of ours arrives; one without any is refused as a sender, too."""
    found = look_up(domain, resolver=resolver, timeout=seconds)
    if found.dead:
        return stops(
            check,
            f"No mail reaches {domain}, where {what} go.",
            f"It {found.dead.value}. They would be lost, and many servers refuse such a sender.",
            "Mend its DNS records, or set an address of a domain that takes mail.",
        )
    if found.trouble:
        return _unknown(check, f"the mail exchangers of {domain}", found.trouble)
    return fine(check, f"{what.capitalize()} to {domain} go to {found.hosts[0]}.")


def _unknown(check: str, what: str, trouble: str) -> Finding:
    return look(
        check,
        f"Nothing is known of {what}.",
        f"The DNS gave no answer that can be used: {trouble}.",
        "Look again later; if it stays so, show it to the person who runs the DNS.",
    )


ADD: Final = "Ask the person who runs the DNS of {0} to {1}."


def _spf(domain: str, spf: Spf, relay: _Relay) -> Iterator[Finding]:
    match spf.result:
        case SpfResult.NONE:
            to_do = ADD.format(
                domain, "add one that names our mail server, such as `v=spf1 ... -all`"
            )
            yield look("dns.spf", f"{domain} has no SPF record.", DISTRUSTED, to_do)
        case SpfResult.PERMERROR:
            to_do = ADD.format(domain, "mend it")
            means = f"Receivers cannot use it: {spf.why}. {DISTRUSTED}"
            yield stops("dns.spf", f"The SPF record of {domain} cannot be used.", means, to_do)
        case SpfResult.TEMPERROR:
            yield _unknown("dns.spf", f"the SPF record of {domain}", spf.why)
        case _:
            yield fine(
                "dns.spf", f"The SPF record of {domain} can be used ({spf.lookups} of 10 look-ups)."
            )
            yield _covers_relay(domain, spf, relay)


DISTRUSTED: Final = "Receivers may refuse our letters, or file them as junk."


def _covers_relay(domain: str, spf: Spf, relay: _Relay) -> Finding:
    if relay.address:
        return _covers_address(domain, spf, relay.address)
    if relay.cloud is None:
        return look(
            "dns.spf_relay",
            "Whether the SPF record allows our mail server is not known.",
            "From here nobody sees the address that it sends from.",
            "Give it: `dispatch doctor --relay-address ADDRESS`; or send one to yourself.",
        )
    if relay.cloud.include in spf.names:
        return fine("dns.spf_relay", f"The SPF record includes {relay.cloud.include}.")
    return stops(
        "dns.spf_relay",
        f"The SPF record of {domain} does not include our provider.",
        DISTRUSTED,
        ADD.format(domain, f"add `include:{relay.cloud.include}` to it"),
    )


def _covers_address(domain: str, spf: Spf, address: str) -> Finding:
    if spf.result is SpfResult.PASS:
        return fine("dns.spf_relay", f"The SPF record allows {address}, our mail server.")
    if spf.has_macros:
        return look(
            "dns.spf_relay",
            f"Whether the SPF record allows {address} is not known.",
            "It has macros, which are not followed here.",
            "Send one to yourself: `dispatch doctor --send-to ADDRESS`.",
        )
    finding = stops if spf.result is SpfResult.FAIL else look
    kind = "ip6" if ":" in address else "ip4"
    return finding(
        "dns.spf_relay",
        f"The SPF record of {domain} does not allow {address} ({spf.result.value}).",
        DISTRUSTED,
        ADD.format(domain, f"add `{kind}:{address}` to it, if that is the address we send from"),
    )


def _own_key(app: App, ask: Ask) -> list[Finding]:
    """Return whether the DNS holds the key that we sign with; nothing if the mail server signs."""
    key = dkim_key(app.settings)
    if key is None:
        return []
    answer = ask(key.host, "TXT")
    if answer.trouble:
        return [_unknown("dns.dkim", f"the DKIM key at {key.host}", answer.trouble)]
    if has_key(answer, key.record):
        return [fine("dns.dkim", f"The DNS holds our DKIM key: {key.host}.")]
    found = "another DKIM key" if answer.values else "no DKIM key"
    return [
        stops(
            "dns.dkim",
            f"The DNS has {found} at {key.host}.",
            f"Every signature of ours would fail. {DISTRUSTED}",
            "Have the record published that `dispatch keys dkim` shows.",
        )
    ]


def _key(name: str, ask: Ask) -> tuple[str, str | None]:
    answer = ask(name, "TXT")
    return name, f"the DNS gave no answer: {answer.trouble}" if answer.trouble else trouble_of_key(
        answer
    )


def _dkim(domain: str, keys: list[tuple[str, str | None]]) -> Iterator[Finding]:
    if not keys:
        yield look(
            "dns.dkim",
            "Whether our letters are signed (DKIM) is not known.",
            "Under which selector the key is cannot be guessed.",
            "Name it: `dispatch doctor --dkim-selector NAME`; or send one to yourself.",
        )
        return
    good = [name for name, trouble in keys if not trouble]
    if good:
        yield fine("dns.dkim", f"There is a DKIM key: {good[0]}.")
        return
    name, trouble = keys[0]
    yield look(
        "dns.dkim",
        f"There is no DKIM key for {domain} that can be used.",
        f"At {name} {trouble}. {DISTRUSTED}",
        ADD.format(domain, "publish the key by which our mail server signs"),
    )


def _dmarc(sender: Dmarc, bounces: Dmarc, *, is_signed: bool) -> Iterator[Finding]:
    domain = sender.domain
    if sender.trouble:
        yield _unknown("dns.dmarc", f"the DMARC record of {domain}", sender.trouble)
        return
    if sender.at is None:
        to_do = ADD.format(domain, "add one, such as `v=DMARC1; p=none; rua=mailto:...`")
        yield look("dns.dmarc", f"{domain} has no DMARC record.", DISTRUSTED, to_do)
    elif sender.wrong:
        to_do = ADD.format(domain, "mend it")
        means = f"Receivers act as if there were none: {sender.wrong}."
        yield look("dns.dmarc", f"The DMARC record at {sender.at} cannot be used.", means, to_do)
    else:
        yield fine("dns.dmarc", f"The DMARC policy of {domain} is {sender.policy}.")
    yield _alignment(sender, bounces, is_signed=is_signed)


def _alignment(sender: Dmarc, bounces: Dmarc, *, is_signed: bool) -> Finding:
    """Say whether a letter can pass by its return path (SPF), or only by its signature (DKIM)."""
    is_aligned = sender.domain == bounces.domain or (
        not sender.is_strict("aspf") and sender.organisation == bounces.organisation
    )
    if is_aligned:
        return fine("dns.alignment", "The return path is aligned with the sender (SPF, DMARC).")
    if is_signed:
        return fine("dns.alignment", "DMARC passes by our signature; the return path is another's.")
    return look(
        "dns.alignment",
        "Sender and return path are of different domains.",
        f"For DMARC, SPF of {bounces.domain} proves nothing about {sender.domain}: only a DKIM "
        f"signature can.",
        "Set DISPATCH_RETURN_PATH to a mailbox of the sender's domain, or have letters signed.",
    )


def _reverse(address: str, resolver: Resolver, ask: Ask, seconds: float) -> Finding:
    """Look whether the address leads to a name, and that name back to it (RFC 1912 2.1)."""
    back = names.names_of(resolver, address, seconds=seconds)
    if back.trouble:
        return _unknown("dns.ptr", f"the name of {address}", back.trouble)
    kind = "AAAA" if ":" in address else "A"
    answers = [ask(name, kind) for name in back.values]
    if any(_leads_to(address, each) for each in answers):
        return fine("dns.ptr", f"The address {address} is that of {back.values[0]} (PTR).")
    says = f"leads to {back.values[0]}, which does not lead back" if back.values else "has no name"
    return look(
        "dns.ptr",
        f"The address {address} {says} (PTR).",
        "Many receivers refuse letters from such an address.",
        "Ask the network's provider to set the name of the mail server for it.",
    )


def _leads_to(address: str, answer: Answer) -> bool:
    return any(ip_address(each) == ip_address(address) for each in answer.values)
