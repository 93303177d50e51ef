"""Statements about the register.

authorities    the bodies that get letters
contacts       who holds which role there, and who held it when
figures        each authority's counts for a year
staged         files that came in and are not taken in yet
suppressions   addresses that must not be written to
"""

from dispatch.register.store import authorities, contacts, figures, staged, suppressions

__all__ = ["authorities", "contacts", "figures", "staged", "suppressions"]
