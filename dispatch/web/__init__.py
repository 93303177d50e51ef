"""The office's pages: parse what was sent, call one function of a package, show a view.

__main__        serve them
site            all pages as one WSGI application
access          who may use a page, and on whose word it acts
visiting        the cookie of a browser, who has signed in by it, and what is kept for it
headers         what every answer says about how it may be used
shown           a view as a page
forms           forms, and the digest of what a form confirms
keys            where a page of a list begins
links           the next thing to do, as a link
files           the style sheet, the scripts and the fonts
help            help from the documentation, and the accessibility statement
service         what the doctor found, the clock, the workers and the disk
troubles        an error as a page that says what to do
home            what needs somebody today
people/         sign-in, accounts and tokens
plans/          a mailout's plan: begin one, change it, and see what is missing
audit/          a search of what happened, the ledger, and evidence packs
mailouts/       the mailouts, one mailout's board, and who is not surely reached
letters/        letters before they go, and their approval
register/       authorities, contacts and figures, and the files of them
deliveries/     the deliveries of a mailout, and the story of one
monitoring/     for those who watch over the service: health, numbers, the log of requests
inbox/          what came back, suggested contacts, suppressed addresses
api/            what other programs read, as JSON
"""
