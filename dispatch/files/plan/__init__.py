"""The plan of a mailout, as a person writes it in TOML.

plan        read the file or a form: what must hold between its keys, and the plan it gives
keys        each key of the file, with the values it may have
scheme      the roles that its scheme writes to, and what it counts
translations  what it says in other languages: neither may lack what the other has
enclosures  the folders beside it: paragraphs and spreadsheets for one authority
averages    the file beside it with published averages
written     write a plan as its file, with the files beside it
differences  by which keys two plans differ, in words
bundle      read a plan that was uploaded: its file alone, or with the files beside it as a ZIP
"""
