"""Mail that comes back, as servers and people write it. All made up."""

from __future__ import annotations

US = "letters@ombudsman.example"
CHIEF = "chief.executive@oxo.example"
LETTER = f"""\
Received: from ombudsman.example by relay.example; Wed, 22 Jul 2020 09:00:03 +0100
From: Ombudsman <{US}>
To: {CHIEF}
Subject: Annual Review letter 2020
Message-ID: <1f0e5bd4@ombudsman.example>
X-Dispatch-Delivery: 1f0e5bd4

Dear Chief Executive,
"""


def a_mail(
    text: str,
    *,
    sender: str = "Mail Delivery System <MAILER-DAEMON@relay.example>",
    to: str = US,
    subject: str = "Undelivered Mail Returned to Sender",
    headers: str = "",
    content_type: str = "text/plain; charset=utf-8",
) -> bytes:
    more = f"{headers.strip()}\n" if headers else ""
    return (
        f"From: {sender}\nTo: {to}\nSubject: {subject}\n"
        f"Date: Wed, 22 Jul 2020 09:00:05 +0100\nMIME-Version: 1.0\n{more}"
        f"Content-Type: {content_type}\n\n{text}\n"
    ).encode()


def a_dsn(
    fields: str,
    *,
    text: str = "I'm sorry to have to inform you of this.",
    returned: str = LETTER,
    returned_type: str = "message/rfc822",
    **of_the_mail: str,
) -> bytes:
    """Return a notice as RFC 3464 has it; an empty line divides recipients in `fields`."""
    body = "\n".join(
        [
            f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n",
            "--b\nContent-Type: message/delivery-status\n",
            f"Reporting-MTA: dns; relay.example\n\n{fields}\n",
            f"--b\nContent-Type: {returned_type}\n\n{returned}\n--b--",
        ]
    )
    kind = 'multipart/report; report-type=delivery-status; boundary="b"'
    return a_mail(body, content_type=kind, **of_the_mail)


def failed(address: str = CHIEF, *, status: str = "5.1.1", diagnostic: str = "") -> str:
    """Return the fields for a recipient that it failed for."""
    said = f"\nDiagnostic-Code: smtp; {diagnostic}" if diagnostic else ""
    return f"Final-Recipient: rfc822; {address}\nAction: failed\nStatus: {status}{said}\n"


def an_answer(
    text: str,
    *,
    subject: str = "Automatic reply: Annual Review letter 2020",
    sender: str = "Jo Bloggs <jo.bloggs@oxo.example>",
    headers: str = "Auto-Submitted: auto-replied",
) -> bytes:
    return a_mail(text, sender=sender, subject=subject, headers=headers)


def a_report(fields: str, *, kind: str = "feedback-report", returned: str = LETTER) -> bytes:
    """Return a report about a message: RFC 5965's, or RFC 8098's."""
    body = "\n".join(
        [
            "--b\nContent-Type: text/plain\n\nThis is a report.\n",
            f"--b\nContent-Type: message/{kind}\n\n{fields}\n",
            f"--b\nContent-Type: message/rfc822\n\n{returned}\n--b--",
        ]
    )
    return a_mail(
        body,
        sender="reports@mailbox.example",
        subject="Report",
        content_type=f'multipart/report; report-type={kind}; boundary="b"',
    )
