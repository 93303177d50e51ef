"""The plan of a mailout, as a person writes it in TOML.

plan        read the file: what must hold between its keys, and the plan it gives
keys        each key of the file, with the values it may have
enclosures  the folders beside it: paragraphs and spreadsheets for one authority
averages    the file beside it with published averages
"""
