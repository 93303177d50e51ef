"""What code and status say by their class, for replies that the table does not know.

The first digit of the code is from RFC 5321 4.2.1, subject and detail of a status from RFC 3463.
"""

from __future__ import annotations

import re
from typing import Final

from dispatch.domain.replies.reading import Said

CLASSES: Final = {
    2: "yes: the server did what it was asked",
    3: "go on: the server waits for more",
    4: "not now: the same may succeed later",
    5: "no: the same will fail again",
}

SUBJECTS: Final = {
    1: "the address",
    2: "the mailbox",
    3: "the mail system",
    4: "the network or the routing",
    5: "the commands of the conversation",
    6: "the content of the message",
    7: "security or policy",
}

DETAILS: Final = {
    (1, 4): "the address could mean more than one mailbox",
    (1, 5): "the address is right",
    (1, 7): "the sender's address is not well formed",
    (1, 9): "the message was passed on by a system that is not known",
    (2, 4): "the mailing list could not be expanded",
    (3, 1): "the mail system has no room left",
    (3, 2): "the mail system takes no messages at the moment",
    (3, 3): "the mail system cannot do what was asked",
    (3, 5): "the mail system is not set up correctly",
    (4, 1): "the next host does not answer",
    (4, 2): "the connection broke",
    (4, 3): "a directory server does not answer",
    (4, 6): "the message went round in a circle",
    (4, 7): "it took too long to deliver the message",
    (5, 1): "the command is not one that the server expects",
    (5, 2): "the command is not well formed",
    (5, 3): "there are too many recipients",
    (5, 4): "an argument of the command is not valid",
    (5, 5): "the versions of the protocol differ",
    (6, 1): "this kind of content is not supported",
    (6, 2): "the content must be converted, and may not be",
    (6, 3): "the content must be converted, and cannot be",
    (7, 1): "the message is not authorised",
    (7, 3): "a conversion for security is needed and impossible",
    (7, 4): "a security feature is not supported",
    (7, 5): "something cryptographic failed",
    (7, 6): "the encryption is not one that the server supports",
    (7, 7): "the message was changed on its way",
}
"""Details that the table does not turn into a meaning of its own."""


def class_in_words(answer: Said) -> str:
    """Say what the class of a reply's code, and of its status if it has one, means."""
    digit = answer.code // 100
    if digit not in CLASSES:
        return "it has no reply code of SMTP"
    said = f"a code that begins with {digit} means {CLASSES[digit]}"
    for subject, detail in sorted(answer.statuses)[:1]:
        about = DETAILS.get((subject, detail)) or SUBJECTS.get(subject)
        if about:
            said += f"; its status {digit}.{subject}.{detail} is about this: {about}"
    return said


GOING: Final = 421
"""The code of a server that closes the connection, as it does when it is started again."""

OF_THE_SYSTEM: Final = frozenset({3, 4})
"""Subjects that are about the mail system and the network: what fails there is soon mended."""

OF_THE_MOMENT: Final = re.compile(
    r"\b(?:again|later|temporar\w*|busy|moment|maintenance|unavailable|timed?.?out)\b",
    re.IGNORECASE,
)


def passes_by_itself(answer: Said) -> bool:
    """Whether a 4yz says that the trouble is the server's own and of the moment."""
    is_of_the_system = any(subject in OF_THE_SYSTEM for subject, _ in answer.statuses)
    is_said = OF_THE_MOMENT.search(answer.words) is not None
    return answer.code == GOING or is_of_the_system or is_said
