"""What the DNS says of the domains that letters go to, all of them asked at the same time.

That a domain does not exist, and that the DNS does not answer, are two things: only the first says
anything about the domain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dispatch.app import App
from dispatch.doctor import store
from dispatch.doctor.database import has_tables
from dispatch.doctor.dns import servers_of
from dispatch.domain.address import domain_of
from dispatch.domain.doctor.finding import Finding, fine, look, stops
from dispatch.domain.errors import NotFound
from dispatch.domain.sending.receivers import title_of
from dispatch.domain.wording.counts import counted, some
from dispatch.domain.wording.sentences import sentence
from dispatch.mail.exchangers import Located, look_up, look_up_all
from dispatch.mail.probes import names
from dispatch.mail.probes.names import SILENT_AFTER, Resolver
from dispatch.mailouts.store import mailout_named

MOST_NAMED: Final = 12
MOST_SYSTEMS: Final = 3

POLICY: Final = "v=STSv1"


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long the DNS may take, in seconds."""

    all_together: float = 19.0
    one: float = 3.0
    """One question, with all servers and retries. One that has begun is not cut short."""
    silent_after: float = SILENT_AFTER


def find(
    app: App, resolver: Resolver | None, mailout: str | None, limits: TimeLimits = TimeLimits()
) -> Iterator[Finding]:
    """Yield which domains take no mail, which are not known, and who receives for the others."""
    try:
        domains = _domains(app, mailout)
    except NotFound as error:
        yield stops(
            "mailout",
            "There is no such mailout.",
            sentence(str(error)),
            "Name one that is there, as `dispatch mailout list` shows, or none.",
        )
        return
    if not domains:
        yield look(
            "recipients",
            "There is nobody to write to yet.",
            "No recipient's domain was looked up.",
            "Import contacts: `dispatch import contacts FILE`.",
        )
        return
    if app.settings.uses_catcher and resolver is None:
        yield look(
            "recipients",
            f"The domains of {counted(domains.total(), 'letter', 'letters')} were not looked up.",
            "Letters go to the mail catcher, which asks for none.",
            "Set DISPATCH_SMTP_URL, and run `dispatch doctor` again.",
        )
        return
    servers = servers_of(resolver, domain_of(app.sender.return_path), limits.silent_after)
    if servers is None or not servers.live:
        yield unknown(list(domains), "no DNS server answers")
        return
    yield from _asked(servers.resolver, domains, limits)


def _domains(app: App, mailout: str | None) -> Counter[str]:
    with app.sessions.read() as session:
        if not has_tables(session):
            if mailout:
                raise NotFound(f"no mailout is called {mailout!r}")
            return Counter()
        return store.domains(session, mailout_named(session, mailout) if mailout else None)


def _asked(resolver: Resolver, domains: Counter[str], limits: TimeLimits) -> Iterator[Finding]:
    with_policy, leading_nowhere = set[str](), dict[str, str]()

    def look_at(domain: str) -> Located:
        located = look_up(domain, resolver=resolver, timeout=limits.one)
        if located.hosts and _lead_nowhere(resolver, located.hosts, limits.one):
            leading_nowhere[domain] = located.hosts[0]
        elif located.hosts:
            policy = names.ask(resolver, f"_mta-sts.{domain}", "TXT", seconds=limits.one)
            if any(each.startswith(POLICY) for each in policy.values):
                with_policy.add(domain)
        return located

    found = look_up_all(domains, look_up=look_at, limit=limits.all_together)
    yield from dead(found, leading_nowhere)
    troubles = {domain: each.trouble for domain, each in found.items() if each.trouble}
    if troubles:
        yield unknown(list(troubles), Counter(troubles.values()).most_common(1)[0][0])
    yield from systems(found, domains)
    if with_policy:
        said = counted(len(with_policy), "domain wants", "domains want")
        yield fine("recipients.mta_sts", f"{said} TLS that is checked (MTA-STS).")


def _lead_nowhere(resolver: Resolver, hosts: Sequence[str], seconds: float) -> bool:
    """Whether none of a domain's exchangers has an address; not if one is not known."""
    for host in hosts:
        for kind in ("A", "AAAA"):
            answer = names.ask(resolver, host, kind, seconds=seconds)
            if answer.values or answer.trouble:
                return False
    return True


def dead(found: Mapping[str, Located], leading_nowhere: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for each domain that surely takes no mail, and one for those beyond."""
    whys = {domain: each.dead.value for domain, each in found.items() if each.dead}
    whys |= {
        domain: f"has {host} for its mail, which has no address"
        for domain, host in leading_nowhere.items()
    }
    lost = sorted(whys.items())
    for domain, why in lost[:MOST_NAMED]:
        yield look(
            "recipients.dead",
            f"No mail reaches {domain}.",
            f"It {why}.",
            "Find out the right address, and record it: `dispatch contacts set CODE ROLE "
            "--address ADDRESS --because TEXT`.",
        )
    if len(lost) > MOST_NAMED:
        yield look(
            "recipients.dead",
            f"{len(lost) - MOST_NAMED} more domains take no mail.",
            f"Among them {some([domain for domain, _ in lost[MOST_NAMED:]], MOST_NAMED)}.",
            "Mend the first ones, and run `dispatch doctor` again.",
        )


def unknown(domains: Collection[str], why: str) -> Finding:
    """Return the finding about domains of which the DNS says nothing: they may be quite right."""
    are = counted(len(domains), "recipient domain", "recipient domains")
    return look(
        "recipients.unknown",
        f"Nothing is known of {are}.",
        f"The DNS gave no answer ({_short(why)}): {some(sorted(domains), MOST_NAMED)}.",
        "Run `dispatch doctor` again; if it stays so, the domain's own DNS is broken.",
    )


def _short(why: str) -> str:
    return why.partition(":")[0]


def systems(found: Mapping[str, Located], domains: Mapping[str, int]) -> Iterator[Finding]:
    """Yield who receives for the domains that take mail, by the number of letters."""
    letters = Counter[str]()
    for domain, each in found.items():
        if each.hosts:
            letters[title_of(each.hosts)] += domains[domain]
    if not letters:
        return
    known = sum(bool(each.hosts) for each in found.values())
    yield fine(
        "recipients",
        f"{counted(known, 'recipient domain takes', 'recipient domains take')} mail, "
        f"by {counted(len(letters), 'receiving system', 'receiving systems')}.",
    )
    for name, count in letters.most_common(MOST_SYSTEMS):
        yield fine("recipients.system", f"{counted(count, 'letter goes', 'letters go')} to {name}.")
