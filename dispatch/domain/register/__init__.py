"""What the office knows about authorities, and what an import changes in it.

authority       authorities, their roles and contacts, and slugs
codes           the code by which people name a letter
comparison      what a file changes in what is registered
domain_names    whose name a mail domain bears
figure_set      what a scheme counts, and what its figures add up to
file_names      which authority the name of a file names
figures         an authority's numbers, and what a letter derives from them
mail_domains    whose mail domain an address has: the authority's own, or another's
names           what is not a name, or is written as no letter should show it
period          the year, or the part of one, that figures are for
search          whether a name is meant by what somebody has typed so far
spelling        when two names are the same, and which one was meant
staging         a file that came in: what was read in it, and whether it was taken in
tenure          one contact in a role, from one day until another
"""
