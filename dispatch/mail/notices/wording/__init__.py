"""What servers say, as data: tables of phrases, a ground each, in `dispatch.mail.notices.grounds`.

Phrases are in lower case. "... " stands for anything in between.
"""
