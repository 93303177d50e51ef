"""Logging in by XOAUTH2: tokens of Microsoft 365 and Google Workspace, for SMTP and IMAP alike.

tokens     how long a token is kept, when a new one is asked for, and the words of XOAUTH2
endpoint   a conversation with a token endpoint, and what its answer means
microsoft  client credentials by secret or certificate, with msal
settings   which application it is, as the settings say
google     a service account that acts for a mailbox, with google-auth
"""
