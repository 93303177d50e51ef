"""The pages of a public bundle: they need no server and fetch nothing from elsewhere.

site      the templates, and every page and table that is made from them: the way in
listing   the mailouts, and the authorities with their letters
measures  what a mailout measures, and how each value is shown and coloured
hexmap    the map of a mailout: a hexagon for each authority
history   the page of one authority: its figures of all years, and how its group lies
"""

from __future__ import annotations

from dispatch.documents.site.site import Published, Site

__all__ = ["Published", "Site"]
