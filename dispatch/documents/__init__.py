"""Documents: templates and content become text, HTML and PDF, and each letter is checked.

templates  the folder of templates: the way in
template   one template: from content to a rendered letter
pages      the files of one folder, compiled: Markdown with values, and the HTML around it
sandbox    what a template may do, and how its values are escaped
markdown   Markdown to blocks and runs
marks      marks that would print as they are typed: refused
blocks     what a letter consists of, in any form
text       blocks to plain text
hypertext  Markdown to HTML
pdf        blocks to a tagged PDF, by Typst
by_post    print files for the post: an address sheet, and the letter behind it
font       which characters the letters' font can draw
check      what is checked in every letter, its PDF among it
site/      the pages of the public bundle
help       the documentation as help on the pages
summary    the first page of an evidence pack
wording/   the branches of a template, for the people who write it
languages/  letters in several languages: their files, days and numbers
multilingual/  a letter in each of its languages: compared, and put together
pictures/  the chart of a letter, and the pages of a PDF as pictures
"""

from __future__ import annotations

from dispatch.documents.templates import Templates

__all__ = ["Templates"]
