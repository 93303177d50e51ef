"""Read a message that came back: `read` returns a `Notice`.

classify    what kind of message it is, and what it says
limits      how much of a message is read
parsed      a message's headers, text, report fields and returned message
returned    where the returned message begins in plain text
fields      the fields of RFC 3464, read tolerantly
prose       addresses, lines and sentences in text; HTML as text
clues       candidates for the delivery that it is about
holds       what a gateway holds until somebody lets it through
kinds       signs of a failure, a delay or a machine
failures    a notice of failure, delay or delivery -> each recipient's fate
recipients  the recipients that plain text names
about_us    whether a refusal was about us, by when it was given and whom it names
reasons     why: the wording first, then the codes
wording/    what servers say, as data
complaints  RFC 5965, and Amazon's notifications in JSON
autoreplies/  what machines answer for people
"""

from dispatch.mail.notices.classify import read

__all__ = ["read"]
