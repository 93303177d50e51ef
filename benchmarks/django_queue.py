# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "asgiref==3.13.0",
#   "django==5.2.19",
#   "django-post-office==3.12.0",
#   "nh3==0.3.8",
#   "psycopg[binary]==3.3.9",
#   "sqlparse==0.6.1",
# ]
# ///
"""Letters by django-post_office, for `benchmarks/send.py`, which installs it beside the project.

It fills its queue, prints the size of a message on the wire and waits for a line of input; then it
sends with its own command in two processes and prints the seconds taken. Its settings are its
defaults, with five threads a process and a log row a letter; only the batch is as asked for.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command

NOTE_OCTETS = 3000
"""What is not the attachment, where there is one: a covering note as text and HTML."""
HEADER_OCTETS = 900


def main(database_url: str, folder: Path, port: int, count: int, size: int, batch: int) -> None:
    configure(database_url, folder, port, batch)
    from post_office.models import STATUS, Email  # noqa: PLC0415 - only once it is configured

    call_command("migrate", verbosity=0)
    fill(count, size)
    print(len(Email.objects.first().email_message().message().as_bytes(linesep="\r\n")), flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    call_command("send_queued_mail", processes=2, lockfile=str(folder / "lock"))
    print(time.monotonic() - began, flush=True)
    assert Email.objects.filter(status=STATUS.sent, logs__status=STATUS.sent).count() == count


def configure(database_url: str, folder: Path, port: int, batch: int) -> None:
    where = urlsplit(database_url)
    settings.configure(
        SECRET_KEY="a key for benchmarks only",  # noqa: S106
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "post_office"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "HOST": where.hostname,
                "PORT": where.port,
                "USER": where.username,
                "NAME": where.path.strip("/"),
            }
        },
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        MEDIA_ROOT=str(folder / "media"),
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        POST_OFFICE={
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
            "BATCH_SIZE": batch,
        },
        LOGGING={"version": 1},
    )
    django.setup()


def fill(count: int, size: int) -> None:
    """Queue letters: small ones as text and HTML, large ones as a note with a PDF."""
    from post_office import mail  # noqa: PLC0415

    if size <= 10_000:
        mail.send_many([letter(number, size) for number in range(count)])
        return
    for number in range(count):
        pdf = Random(number).randbytes((size - NOTE_OCTETS - HEADER_OCTETS) * 57 // 77)  # noqa: S311
        mail.send(**letter(number, NOTE_OCTETS), attachments={"letter.pdf": ContentFile(pdf)})


def letter(number: int, size: int) -> dict[str, object]:
    lines = (size - HEADER_OCTETS) // 2 // 72
    note = "\r\n".join(f"{number:07} {line:02} ".ljust(70, "x") for line in range(lines))
    return {
        "recipients": f"chief.executive@t{number:05}.example",
        "sender": "Office of the Ombudsman <annual.review@ombudsman.example>",
        "subject": f"Annual Review letter 2020: Testshire {number} Borough Council",
        "message": note,
        "html_message": f"<pre>{note}</pre>",
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:]))
