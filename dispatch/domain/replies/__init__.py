"""What the replies of mail servers mean: whose trouble each is, and what to do about it.

meanings   what a reply can mean
tokens     what a token endpoint and a login with its token can mean
table      which reply means what: the one judge, asked before the reply code's class
reading    what a reply's text holds: statuses, and the replies that it quotes
classes    what code and status say by their class, for what the table does not know
likeness   when two replies say the same about different recipients
"""
