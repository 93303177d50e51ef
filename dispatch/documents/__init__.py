"""Letters: templates and content become text, HTML and PDF, and each letter is checked.

sandbox    what a template may do, and how its values are escaped
blocks     what a letter is made of
markdown   Markdown to blocks and runs
hypertext  Markdown to HTML
text       blocks to plain text
chart      the doughnut beside a percentage
font       which characters the letters' font can draw
pdf        blocks to a tagged PDF, by Typst
pages      a folder's files, compiled: Markdown with values, and the HTML around it
template   one template: from content to a rendered letter
templates  the folder of templates
summary    the page on top of an evidence pack
check      what every letter is checked for
"""

from __future__ import annotations

from dispatch.documents.check import conformance
from dispatch.documents.font import drawable
from dispatch.documents.templates import Templates

__all__ = ["Templates", "conformance", "drawable"]
