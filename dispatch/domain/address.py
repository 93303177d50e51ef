"""Email addresses: when two of them are the same mailbox, and whose server takes them."""

from __future__ import annotations


def folded(address: str) -> str:
    """Return the form in which addresses are compared: case and the domain's spelling aside.

    RFC 5321 lets a server tell local parts apart by case; none that takes mail for an office
    does, and a second letter because of a capital would be the greater harm.
    """
    local_part, _, domain = address.rpartition("@")
    return f"{local_part.casefold()}@{domain_of(domain)}"


def domain_of(address: str) -> str:
    """Return the domain of an address, or a domain itself, in the form that is compared."""
    domain = address.rpartition("@")[2].casefold()
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain
