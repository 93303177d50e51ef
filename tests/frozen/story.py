"""A year in the office, with a command that has --json at every turn."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from dispatch.database.tables import Delivery
from dispatch.demo.sample import SMALL
from dispatch.domain.calendar import local
from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.envelope import return_path
from dispatch.letters.approval import digest_without_tree
from dispatch.mailouts.store import mailout_named
from tests import steps
from tests.frozen.office import NAME, Office, fuller_plan, sample_files
from tests.notices import a_dsn, token

RELEASE_AT: Final = datetime(2020, 7, 22, 8, 0, tzinfo=UTC)
PUBLIC_AT: Final = datetime(2020, 7, 29, 9, 0, tzinfo=UTC)
YEARS_LATER: Final = datetime(2031, 9, 1, 9, 0, tzinfo=UTC)

REFUSED: Final = Outcome.answered(Reply("RCPT", 550, "5.1.1 no such user"))
DEFERRED: Final = Outcome.answered(Reply("RCPT", 451, "4.7.1 greylisted, come back later"))
DOUBT: Final = Outcome(Verdict.IN_DOUBT, trouble="no reply to the final dot: timed out")


def told(office: Office) -> None:
    """Live through the year, and keep all that programs were given."""
    for chapter in (
        _plan,
        letters_go,
        _returns,
        doubts_settled,
        corrections_made,
        _upload,
        _audit,
        _purge,
        _people,
    ):
        chapter(office)


def _plan(office: Office) -> None:
    sample_files(SMALL)
    office.run("import", "authorities", "sample/authorities.csv")
    office.run("mailout", "new", fuller_plan())
    office.show("mailout-check-without-people", "mailout", "check", NAME, exit_code=1)
    file = "sample/contacts.csv"
    office.show("contacts-import-dry-run", "contacts", "import", file, "--dry-run")
    office.show("contacts-import", "contacts", "import", file, "--yes", "--as", "kim")
    office.show("mailout-check-without-figures", "mailout", "check", NAME, exit_code=1)
    office.show("import-figures", "import", "figures", "sample/figures.csv", "--yes")
    office.show("mailout-check", "mailout", "check", NAME)
    office.show("mailout-list", "mailout", "list")
    office.show("mailout-show", "mailout", "show", NAME)
    office.show("contacts-confirm-dry-run", "contacts", "confirm", NAME, "--dry-run")
    office.show("mailout-status-draft", "mailout", "status", NAME)
    steps.render_again(office.app)
    steps.schedule_again(office.app)
    office.shown["letters"] = digests(office)
    office.show("mailout-status-scheduled", "mailout", "status", NAME)
    for code in ("OXO", "AYL", "CMD", "WYC", "BIR", "ENO"):
        office.show(f"letter-show-{code.lower()}", "letter", "show", NAME, code)


def digests(office: Office) -> dict[str, Any]:
    """Return what was approved: the digest of each letter and its forms, and that of them all.

    Without the salts of their recipients, which make the digest of the approval itself random.
    """
    letters = steps.letters_of(office.app)
    with office.app.sessions.read() as session:
        approved = digest_without_tree(session, mailout_named(session, NAME))
    return {
        "approved": approved,
        "letters": {
            code: {"digest": each.digest, "parts": dict(each.parts)}
            for code, each in sorted(letters.items())
        },
    }


def letters_go(office: Office) -> None:
    barred = office.address("BOT")
    because = ("--because", "he asked for paper", "--as", "alex")
    office.run("suppression", "add", barred, *because)
    office.server.answers = {
        office.address("EPP"): deque([REFUSED]),
        office.address("STV"): deque([DEFERRED] * 2),
        office.address("PEN"): deque([DEFERRED] * 20),
        office.address("CAN"): deque([DOUBT]),
        office.address("HAT"): deque([DOUBT]),
        office.address("ESS", "link officer"): deque([DOUBT]),
    }
    office.clock.reach(RELEASE_AT)
    assert steps.tick(office.app) == [NAME]
    office.show("mailout-status-releasing", "mailout", "status", NAME)
    office.send()
    office.show("delivery-list-deferred", "delivery", "list", NAME, "--state", "deferred")
    office.clock.advance(minutes=5)
    office.send()
    office.clock.advance(minutes=15)
    office.send()
    office.beat()
    office.show("mailout-status-sending", "mailout", "status", NAME)
    office.show("delivery-list", "delivery", "list", NAME)
    office.show("mailout-unreached", "mailout", "unreached", NAME)
    for code in ("OXO", "EPP", "STV", "PEN", "CAN", "BOT", "AYL"):
        about = office.delivery(code).id
        office.show(f"delivery-show-{code.lower()}", "delivery", "show", about)


def _returns(office: Office) -> None:
    office.clock.advance(hours=1)
    mails = came_back(office)
    for name, mail in mails.items():
        Path(name).write_bytes(mail)
    office.show("notice-classify", "notice", "classify", *mails)
    office.show("explain", "explain", "554 5.2.252 SendAsDenied; not allowed to send as")
    office.show("receive", "receive", *mails)
    office.clock.advance(minutes=1)
    office.show("receive-again", "receive", "--again")
    Path("large.eml").write_bytes(b"From: a@b.example\n\n" + b"x" * (50 * 1024 * 1024))
    office.show("receive-more", "receive", "large.eml", "bounce.eml")
    Path("large.eml").unlink()
    _decided(office)


def _decided(office: Office) -> None:
    """Look at what came back, and decide on what it suggests."""
    listed = office.show("notice-list", "notice", "list", NAME)
    office.show("notice-list-autoreplies", "notice", "list", NAME, "--category", "autoreply")
    for row in listed:
        name = f"notice-show-{row['category']}-{row['authority']}".lower().replace("_", "-")
        office.show(name, "notice", "show", row["id"])
    [quarantined] = office.show("notice-quarantine", "notice", "quarantine")
    office.show("notice-quarantine-one", "notice", "quarantine", quarantined["id"])
    office.show("notice-suggestions", "notice", "suggestions", NAME)
    suggestion = office.shown["notice-suggestions"][0]["id"]
    office.run("notice", "suggestion", "accept", suggestion, "--yes", "--as", "kim")
    office.show("notice-suggestions-all", "notice", "suggestions", "--all")
    office.show("delivery-show-bounced", "delivery", "show", office.delivery("ROH").id)
    office.show("delivery-show-left", "delivery", "show", office.delivery("MAN").id)
    office.show("contacts-show", "contacts", "show", "MAN")
    office.show("contacts-show-then", "contacts", "show", "MAN", "--on", "2020-07-21")
    office.show("suppression-list", "suppression", "list")
    office.run(
        *("suppression", "lift", office.address("BOT"), "--because", "he wrote", "--as", "alex")
    )
    office.show("suppression-list-all", "suppression", "list", "--all")


def came_back(office: Office) -> dict[str, bytes]:
    """Return what comes back, by the name of its file."""
    app, delivery = office.app, office.delivery
    return {
        "bounce.eml": a_dsn(app, delivery("ROH")),
        "delayed.eml": a_dsn(app, delivery("DUR"), action="delayed", status="4.4.1"),
        "delivered.eml": a_dsn(app, delivery("BIR"), action="delivered", status="2.0.0"),
        "full.eml": a_dsn(app, delivery("CAM"), status="4.2.2"),
        "guessed.eml": a_dsn(app, delivery("ENO"), to="bounces@ombudsman.example"),
        "left.eml": _answer(
            office,
            delivery("MAN"),
            "I have left the council. Please contact Jo Smith at jo.smith@manchester.example.",
        ),
        "away.eml": _answer(office, delivery("HRT"), "I am on leave until 3 August 2020."),
        "person.eml": b"From: resident@example.example\nTo: bounces@ombudsman.example\n"
        b"Subject: A question\nDate: Wed, 22 Jul 2020 10:30:00 +0100\n\nWhen is the next one?\n",
    }


def _answer(office: Office, delivery: Delivery, text: str) -> bytes:
    """Return an automatic reply as a mail server writes it (RFC 3834)."""
    recipient = token(office.app, delivery)
    return f"""\
Return-Path: <>
Delivered-To: {recipient}
From: {delivery.address}
To: {recipient}
Subject: Automatic reply: Annual Review letter 2020
Date: Wed, 22 Jul 2020 10:05:00 +0100
Message-ID: <{delivery.id.hex}.answer@mx.example>
In-Reply-To: <{delivery.id}@ombudsman.example>
Auto-Submitted: auto-replied

{text}
""".replace("\n", "\r\n").encode()


def doubts_settled(office: Office) -> None:
    office.clock.advance(hours=4)
    steps.tick(office.app)
    office.show("delivery-doubtful", "delivery", "doubtful", NAME)
    log = _log(office)
    words = ("delivery", "reconcile", "--postfix-log", log)
    office.show("delivery-reconcile-dry-run", *words, "--dry-run")
    office.show("delivery-reconcile", *words)
    doubted = office.delivery("HAT").id
    why = ("--because", "the server's log has no trace", "--as", "alex", "--yes")
    office.run("delivery", "settle", doubted, "not-sent", *why)
    office.send()
    office.show("delivery-show-settled", "delivery", "show", office.delivery("CAN").id)
    office.show("delivery-show-denied", "delivery", "show", doubted)


def _log(office: Office) -> Path:
    """Write the log of a server that took one of the letters in doubt."""
    sent_at = local(RELEASE_AT)
    hours = timedelta(hours=2)
    path = Path("mail.log")
    delivery, sender = office.delivery("CAN"), office.app.sender
    signed = return_path(sender.return_path, delivery.id, sender.key)
    path.write_text(
        f"{sent_at - hours:%b %d %H:%M:%S} relay postfix/master[1]: daemon started\n"
        f"{sent_at:%b %d %H:%M:%S} relay postfix/cleanup[2]: 3D256210045: "
        f"message-id=<{delivery.id}@ombudsman.example>\n"
        f"{sent_at:%b %d %H:%M:%S} relay postfix/qmgr[3]: 3D256210045: "
        f"from=<{signed}>, size=4, nrcpt=1 (queue active)\n"
        f"{sent_at + hours:%b %d %H:%M:%S} relay postfix/qmgr[3]: 3D256210045: removed\n"
    )
    return path


def corrections_made(office: Office) -> None:
    office.clock.advance(hours=18)
    why = ("--because", "the one in post has changed", "--as", "kim")
    office.show("resend-shown", "resend", NAME, "--changed", *why)
    office.show("resend", "resend", NAME, "--changed", *why, "--yes")
    office.show("resend-unreached", "resend", NAME, "--unreached", *why)
    to = ("--authority", "EPP", "--to", "clerk@epping-forest.example")
    office.show("resend-to", "resend", NAME, *to, *why, "--yes")
    office.show("mailout-post-dry-run", "mailout", "post", NAME, "--dry-run")
    office.show("mailout-posted", "mailout", "posted", NAME)
    office.send()
    corrected("DUR")
    office.run("import", "figures", "sample/figures.csv")
    words = ("--authority", "DUR", "--because", "a complaint was counted twice", "--as", "kim")
    office.show("mailout-reissue-shown", "mailout", "reissue", NAME, *words)
    office.show("mailout-reissue", "mailout", "reissue", NAME, *words, "--yes")
    office.run("mailout", "approve", NAME, "--authority", "DUR", "--as", "alex", "--yes")
    office.send()
    for version in (1, 2):
        words = ("letter", "show", NAME, "DUR", "--version", str(version))
        office.show(f"letter-show-dur-version-{version}", *words)
    office.show("mailout-status-corrected", "mailout", "status", NAME)
    office.show("delivery-list-corrected", "delivery", "list", NAME)
    office.show("delivery-show-replaced", "delivery", "show", office.delivery("MAN").id)


def corrected(code: str) -> None:
    """Count one complaint less that was upheld."""
    path = Path("sample/figures.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    heads = lines[0].split(",")
    at = [heads.index(name) for name in ("upheld", "remedied")]
    for number, line in enumerate(lines):
        cells = line.split(",")
        if cells[0] == code:
            for index in at:
                cells[index] = str(int(cells[index]) - 1)
            lines[number] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _upload(office: Office) -> None:
    office.clock.reach(PUBLIC_AT)
    steps.tick(office.app)
    doubted = office.delivery("ESS", "link officer").id
    why = ("--because", "the link officer has it", "--as", "alex", "--yes")
    office.run("delivery", "settle", doubted, "accepted", *why)
    office.show("mailout-unreached-at-last", "mailout", "unreached", NAME)
    although = ("--although", "two post rooms were told by telephone", "--as", "alex")
    words = ("upload", "bundle", NAME, "--out", "public", *although)
    office.run("audit", "checkpoint", "--out", "first.txt")
    office.show("upload-shown", *words)
    office.show("upload", *words, "--yes")
    office.show("upload-verify", "upload", "verify", "public")
    office.show("mailout-status-uploaded", "mailout", "status", NAME)


def _audit(office: Office) -> None:
    office.run("audit", "checkpoint", "--out", "second.txt")
    checkpoints = ("--checkpoint", "first.txt", "--checkpoint", "second.txt")
    office.show("audit-verify", "audit", "verify", *checkpoints)
    office.show("audit-show", "audit", "show")
    office.show("audit-show-authority", "audit", "show", "--authority", "MAN")
    office.show_csv("audit-show-csv", "audit", "show")
    office.show("audit-events", "audit", "show", "--events")
    office.show_csv("audit-events-csv", "audit", "show", "--events")
    office.show("audit-events-person", "audit", "show", "--events", "--person", "kim")


def _purge(office: Office) -> None:
    office.clock.reach(YEARS_LATER)
    office.show("audit-purge-shown", "audit", "purge")
    office.show("audit-purge", "audit", "purge", "--yes", "--as", "alex")
    office.show("audit-verify-purged", "audit", "verify", "--checkpoint", "second.txt")
    office.show("audit-show-purged", "audit", "show", "--authority", "MAN")
    office.show("delivery-list-purged", "delivery", "list", NAME)
    office.show("contacts-show-purged", "contacts", "show", "MAN")
    office.show("upload-verify-purged", "upload", "verify", "public")


def _people(office: Office) -> None:
    """Let people have accounts, which the commands before had no need of."""
    for name, role in (("Kim Achebe", "admin"), ("Alex Morgan", "approver")):
        office.run("user", "add", name, "--role", role, "--also", name.split()[0].lower())
    office.run("user", "end", "alex", "--because", "left", "--yes")
    office.show("user-list", "user", "list", "--all")
    office.run("token", "make", "board", "--scope", "mailouts", "--scope", "events", "--as", "kim")
    office.show("token-list", "token", "list")
