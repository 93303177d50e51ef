"""Email addresses: when two are the same mailbox, and which domain takes mail for them."""

from __future__ import annotations


def folded(address: str) -> str:
    """Return an address in the form that is compared: lower case, its domain in ASCII.

    RFC 5321 lets a server tell local parts apart by case. No server of a public body is known to,
    and a second letter because of a capital letter would do more harm.
    """
    local_part, _, domain = address.rpartition("@")
    return f"{local_part.casefold()}@{domain_of(domain)}"


def domain_of(address: str) -> str:
    """Return the domain of an address, or a bare domain, in the form that is compared."""
    domain = address.rpartition("@")[2].casefold()
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain
