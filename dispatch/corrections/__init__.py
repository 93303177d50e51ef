"""Corrections: letters resent, and new versions of letters that were wrong.

resend             the same letter to the current contact, or to an address that a person gives
covering           make its message: the approved letter behind a covering note
send_again         queue what a person was shown
asked_for          the letters that a request to send again can mean, all or a page of them
obstacles          what stops a letter from being sent again, and what to do about it
reissue            propose a new version, with corrected content or another addressee; withdraw it
post               print files of letters that go by post, for those whom email has not reached
posted             what people say of these: posted on a day, not posted after all, came back
approve_version    a second person approves it, and it goes out in place of the version before
"""
