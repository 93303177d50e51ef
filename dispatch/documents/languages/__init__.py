"""Letters in several languages: their files, and how each writes days and numbers.

names    which files of a template are of which language
formats  what CLDR says of a language, by Babel
"""
