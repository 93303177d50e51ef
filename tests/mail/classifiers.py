"""Ways to read a mail that a test asks for by name: they do what the mail says."""

from __future__ import annotations

import os
import time

from dispatch.domain.notice import Action, Category, Clue, Fate, Notice
from dispatch.mail import notices


def obedient(mail: bytes) -> Notice:  # noqa: C901 - one case each
    """Do what the mail says, and read it as a person's if that is nothing."""
    match mail.split():
        case [b"hang", *_]:
            while True:
                time.sleep(60)
        case [b"die", *_]:
            os._exit(9)
        case [b"die-once", marker]:
            if not os.path.exists(marker):  # noqa: PTH110 - a path in bytes
                os.close(os.open(marker, os.O_CREAT))
                os._exit(9)
        case [b"fail", *_]:
            raise ValueError("no such header")
        case [b"eat", *_]:
            bytearray(8 * 1024 * 1024 * 1024)
        case [b"name", count]:
            fates = [
                Fate(address=f"{i}@a.example", action=Action.FAILED) for i in range(int(count))
            ]
            return Notice(category=Category.BOUNCE, fates=tuple(fates))
        case [b"strange", *_]:
            return Notice(
                category=Category.BOUNCE,
                fates=(Fate(address="a\x00b\ud800@x.example", action=Action.FAILED),),
                clues={Clue.ANSWERED: ("<a@b>",)},
            )
    return Notice(category=Category.HUMAN)


def almost_obedient(mail: bytes) -> Notice:
    """Do what a message says that brings down its reader, and read any other as it is read."""
    is_order = mail.startswith((b"die ", b"fail ", b"eat "))
    return obedient(mail) if is_order else notices.read(mail)


def senseless(mail: bytes) -> Notice:
    return Notice(category=Category.HUMAN, message_id=7)  # type: ignore[arg-type]


def hungry(mail: bytes) -> Notice:
    raise MemoryError


ALMOST_OBEDIENT = "tests.mail.classifiers:almost_obedient"
OBEDIENT = "tests.mail.classifiers:obedient"
