"""Pages of people: sign in, one's own account, and for administrators everybody's.

sign_in   sign in and out, and confirm who one is
join      type in a code, choose a password, set up a telephone
office    sign in, join and confirm by the office's own sign-in
provider  what we ask that sign-in, by OpenID Connect, and what it answers
fetched   its answers over HTTPS, within limits
own       one's own account: password, codes, where one is signed in
accounts  everybody's accounts
tokens    the tokens of programs
rates     how often one address may try what can be guessed
"""
