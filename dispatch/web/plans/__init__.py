"""Pages of a mailout's plan: begin one, look at it, change it, and see what is missing.

new         begin a mailout: from last year's, from a file, or from nothing
plan        the plan of a mailout, its file, and the change of a group of its keys
paragraphs  paragraphs for one authority
attachments  spreadsheets for one authority
check       who gets a letter and what is missing, and have the letters made
form        the forms, one for each group of keys
fields      the kinds of field in them
change      propose what a form changes of a plan, and carry it out
"""
