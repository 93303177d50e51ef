"""A letter in several languages: each made by itself, compared, and put together.

spoken   the files of a template in each language, and the letters made from them
version  a letter in one of its languages
equal    what one language lacks that another has
joined   the text, HTML and covering note of all of them, in their order
values   what every template needs, and what it is filled in with
"""
