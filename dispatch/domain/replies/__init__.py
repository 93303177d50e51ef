"""What the replies of mail servers mean: whose trouble each is, and what to do about it.

meanings   what a reply can mean
table      which reply means what: the one judge, asked before the reply code's class
likeness   when two replies say the same about different recipients
"""
