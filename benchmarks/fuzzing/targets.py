"""The readers of foreign input, each with its seeds and the errors that it may raise."""

from __future__ import annotations

import gzip
import io
import json
import runpy
import smtplib
import socket
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from benchmarks.fuzzing.server import Server
from dispatch.child import Child
from dispatch.documents import markdown
from dispatch.documents.sandbox import environment
from dispatch.documents.template import Template
from dispatch.domain.errors import BadInput, CannotRender, DispatchError, Unavailable
from dispatch.domain.proof import checkpoint, manifest
from dispatch.domain.proof.checkpoint import PublicKey
from dispatch.domain.reply import Outcome
from dispatch.domain.sending.envelope import Envelope, Sender, return_path
from dispatch.environment import of_file
from dispatch.files import authorities, bundles, contacts, figures
from dispatch.files.dumps import Dump
from dispatch.files.keys import SigningKey, is_signed
from dispatch.files.plan.plan import read_plan
from dispatch.files.tables import grid, workbook
from dispatch.files.word import reader
from dispatch.letters.wording import from_word
from dispatch.mail import notices, postfix
from dispatch.mail.incoming.imap import ImapInbox, Mailbox
from dispatch.mail.incoming.lmtp import Listener
from dispatch.mail.outgoing.relay import SmtpServer
from dispatch.mail.outgoing.transport import SmtpTransport
from dispatch.settings import Settings
from tests.documents.contents import OXFORD, a_content
from tests.files.tables.written import ods_of, ods_row, xlsx_of
from tests.files.word.written import control, docx, field, p, raw, simple, table
from tests.frozen.sealed import BACKUP, CHECKPOINTS, FOLDER, PACK, REDACTED
from tests.mail.notices import mails
from tests.worker import channels

Work = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Target:
    """One reader."""

    work: Work
    """Reads one case. What it raises is a finding, unless it is one of `errors`."""
    seeds: Sequence[bytes]
    errors: tuple[type[BaseException], ...] = ()
    """What it is documented to raise."""
    words: Sequence[bytes] = ()
    is_zip: bool = False


ROOT: Final = Path(__file__).parents[2]
SAMPLE: Final = ROOT / "config" / "sample"
PLAN: Final = ROOT / "config" / "mailouts" / "annual-review-2020.toml"
TEMPLATE: Final = ROOT / "templates" / "annual-review"
VERIFIER: Final = ROOT / "templates" / "evidence" / "verify.py"

DELIVERY: Final = UUID("1f0e5bd4-6c1b-4c66-9f3f-7f0a5ad1c001")
SENDER: Final = Sender(
    name="Ombudsman",
    address="annual.review@ombudsman.example",
    reply_to="",
    return_path="b@ombudsman.example",
    key=b"k" * 32,
)
NOON: Final = datetime(2020, 7, 22, 12, tzinfo=UTC)


def made(folder: Path) -> dict[str, Callable[[], Target]]:
    """Return what makes each target, by its name; `folder` is for the files of one of them."""
    return {
        "mail": _mail,
        "imap": _imap,
        "lmtp": _lmtp,
        "smtp": _smtp,
        "postfix": lambda: _postfix(folder),
        "contacts": _contacts,
        "figures": _figures,
        "authorities": _authorities,
        "xlsx": _xlsx,
        "ods": _ods,
        "word": _word,
        "plan": lambda: _plan(folder),
        "markdown": _markdown,
        "template": _template,
        "backup": lambda: _backup(folder),
        "pack": lambda: _pack(folder),
        "bundle": lambda: _bundle(folder),
        "checkpoint": _checkpoint,
        "key": lambda: _key(folder),
        "env": lambda: _env(folder),
        "settings": _settings,
        "queue": _queue,
    }


def _mail() -> Target:
    said = "550 5.1.1 <chief.executive@oxo.example>: Recipient address rejected"
    seeds = [
        mails.a_dsn(mails.failed(diagnostic=said)),
        mails.a_dsn(mails.failed(status="4.2.2") + "\n" + mails.failed("b@oxo.example")),
        mails.a_mail(f"The following addresses failed:\n\n  {mails.CHIEF}\n    {said}\n"),
        mails.an_answer("I am away until 3 August. Please write to jo@oxo.example."),
        mails.an_answer("Jane Roe has left. Her successor is John Doe <john@oxo.example>."),
        mails.a_report("Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\n"),
        mails.a_mail("<html><body><p>Not <b>delivered</b></p>", content_type="text/html"),
    ]
    words = [
        b"--b\n", b"Content-Type: multipart/mixed; boundary=b\n\n", b"Content-Type: ",
        b"Content-Transfer-Encoding: base64\n", b"message/rfc822", b"charset=utf-7", b"x*0*=utf-8''%",
        b"Final-Recipient: rfc822; ", b"Status: ", b"From: ", b"To: ", b"@", b"<a@b>, ", b"5.1.1 ",
        b"=\n", b"<div>", b"&#x110000;", b"Received: ", b"\n\n", b"\t", b"Date: ", b"+", b";",
    ]  # fmt: skip
    return Target(notices.read, seeds, (BadInput,), words)


SCRIPT: Final = b"\n%%NEXT%%\n"
"""Between two replies of a server, in a case."""


def _imap() -> Target:
    server = Server()
    at = Mailbox("127.0.0.1", server.port, "u", "p", security="none", done="done")

    def work(content: bytes) -> None:
        server.replies = content.split(SCRIPT)
        ImapInbox(at).collect(lambda *_: (), lambda *_: None)

    mail = b"Subject: x\r\n\r\nhi"
    script = [
        b"* OK hi\r\n",
        b"* CAPABILITY IMAP4rev1 MOVE UIDPLUS\r\n%TAG% OK done\r\n",
        b"%TAG% OK [CAPABILITY IMAP4rev1 MOVE] in\r\n",
        b"* FLAGS (\\Seen)\r\n* 2 EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n%TAG% OK done\r\n",
        b"* SEARCH 1 2\r\n%TAG% OK done\r\n",
        b"* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%s)\r\n%%TAG%% OK done\r\n" % (len(mail), mail),
        b'* 2 FETCH (UID 2 BODY[]<0> "")\r\n%TAG% OK done\r\n',
        b"* SEARCH 1 2\r\n%TAG% OK done\r\n",
        b'* LIST () "/" done\r\n%TAG% OK done\r\n',
        b"%TAG% OK [COPYUID 1 1 1] done\r\n",
        b"* BYE\r\n%TAG% OK bye\r\n",
    ]
    words = [
        b"* ", b"{5}\r\n", b"{99999999999999}\r\n", b" FETCH (", b"UID ", b"BODY[]", b"%TAG% NO x\r\n",
        b"* BYE x\r\n", b"* SEARCH ", b"+ go\r\n", b"%TAG% BAD x\r\n", b"{-1}\r\n", b"~{3}\r\n", b"NIL", SCRIPT,
    ]  # fmt: skip
    return Target(work, [SCRIPT.join(script)], (Unavailable,), words)


def _lmtp() -> Target:
    taken: list[object] = []
    listener = Listener("127.0.0.1:0", lambda *each: taken.append(each))
    listener.start()

    def work(content: bytes) -> None:
        taken.clear()
        with suppress(OSError), _line(listener.port) as line:
            line.sendall(content)
            line.shutdown(1)
            while line.recv(65536):
                pass
        with smtplib.LMTP("127.0.0.1", listener.port, timeout=5) as alive:
            assert alive.noop()[0] == 250, "the listener does not answer any longer"

    said = (
        b"LHLO relay.example\r\nMAIL FROM:<> SIZE=20 BODY=8BITMIME SMTPUTF8\r\n"
        b"RCPT TO:<b+abc@ombudsman.example>\r\nRCPT TO:<b@ombudsman.example> NOTIFY=NEVER\r\n"
        b"DATA\r\nSubject: x\r\n\r\n..hi\r\n.\r\nRSET\r\nVRFY x\r\nNOOP\r\nQUIT\r\n"
    )
    words = [
        b"MAIL FROM:<", b"RCPT TO:<a@b>\r\n", b"DATA\r\n", b"\r\n.\r\n", b"\n.\n", b"BDAT 9 LAST\r\n",
        b"AUTH PLAIN AA==\r\n", b"STARTTLS\r\n", b"LHLO x\r\n", b"HELP\r\n", b"EXPN a\r\n", b">", b" SIZE=",
    ]  # fmt: skip
    return Target(work, [said], (), words)


def _line(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=5)
    line.settimeout(5)
    return line


def _smtp() -> Target:
    server = Server()
    at = SmtpServer("127.0.0.1", server.port, "none", "u", "p" * 9, timeout=0.3, dot_timeout=0.3)
    to = Envelope("b+x1@ombudsman.example", "chief@oxo.example", "attempt=1")

    def work(content: bytes) -> None:
        server.replies = content.split(SCRIPT)
        line = SmtpTransport(at).connect()
        if not isinstance(line, Outcome):
            outcome = line.offer(to, b"Subject: x\r\n\r\nhi\r\n", before_dot=lambda: True)
            assert isinstance(outcome, Outcome)
            line.close()

    features = b"250-relay\r\n250-SIZE 9999999\r\n250-DSN\r\n250-8BITMIME\r\n250-AUTH PLAIN LOGIN CRAM-MD5\r\n250 "
    script = [
        b"220 relay ESMTP\r\n", features + b"ENHANCEDSTATUSCODES\r\n", b"235 2.7.0 in\r\n",
        b"250 2.1.0 OK\r\n", b"250 2.1.5 OK\r\n", b"354 go\r\n", b"250 2.0.0 queued as 7F3A\r\n", b"221 bye\r\n",
    ]  # fmt: skip
    words = [
        b"250-",
        b"250 ",
        b"550 5.1.1 no\r\n",
        b"421 bye\r\n",
        b"AUTH ",
        b"334 \r\n",
        b"SIZE ",
        SCRIPT,
    ]
    return Target(work, [SCRIPT.join(script)], (), words)


def _postfix(folder: Path) -> Target:
    log = folder / "mail.log"

    def work(content: bytes) -> None:
        log.write_bytes(content)
        postfix.read([log], [DELIVERY], sender=SENDER, now=NOON)

    path = return_path(SENDER.return_path, DELIVERY, SENDER.key)
    head = "Jul 22 09:00:00 relay postfix"
    text = (
        f"{head}/anvil[7]: statistics: max cache size 1 at Jul 22 06:21:40\n"
        f"{head}/cleanup[12]: 3D256210045: message-id=<{DELIVERY}@ombudsman.example>\n"
        f"{head}/qmgr[3]: 3D256210045: from=<{path}>, size=4, nrcpt=1 (queue active)\n"
        f"{head}/smtp[4]: 3D256210045: to=<chief@oxo.example>, relay=mx.oxo.example[192.0.2.1]:25, "
        f"delay=0.1, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 OK)\n"
        f"2020-07-22T09:00:02+01:00 relay postfix/qmgr[3]: 3D256210045: removed\n"
    ).encode()
    words = [
        b"status=sent (",
        b"message-id=<",
        b"to=<",
        b"Feb 30 25:61:61",
        b"postfix/smtp[",
        b"2020-02-30T",
    ]
    return Target(work, [text, gzip.compress(text)], (BadInput,), words)


CELLS: Final = (
    b",",
    b'"',
    b";",
    b"\t",
    b"=cmd|' /C calc'!A0",
    b"#REF!",
    b"OXO",
    b"2019-20",
    b"@",
    b"\xe9",
)


def _contacts() -> Target:
    lines = (
        "authority,role,name,job_title,email\n"
        "OXO,chief executive,Mr A Mitchell,Interim Chief Executive,chief@oxford.example\n"
        'OXO,leader,"Cllr Roe, Jane",,jane@oxford.example\n'
    )
    seeds = [lines.encode(), lines.replace(",", ";").encode("utf-16"), lines.encode("cp1252")]
    return Target(
        lambda text: contacts.read("c.csv", text, known={"OXO": OXFORD}), seeds, (BadInput,), CELLS
    )


def _figures() -> Target:
    seed = b"".join((SAMPLE / "figures-2019-20.csv").read_bytes().splitlines(keepends=True)[:9])
    return Target(
        lambda text: figures.read("f.csv", text, known={"OXO", "ADU"}), [seed], (BadInput,), CELLS
    )


def _authorities() -> Target:
    seed = b"".join((SAMPLE / "authorities.csv").read_bytes().splitlines(keepends=True)[:9])
    return Target(lambda text: authorities.read("a.csv", text), [seed], (BadInput,), CELLS)


def _workbook() -> Work:
    """Return what reads a workbook in the child with limits, of which one reads many here.

    Whatever its parsers do there, the parent must tell of a damaged file.
    """
    reader = f"{workbook.__name__}:answer"
    return Child(reader, seconds=workbook.SECONDS, largest_answer=grid.ANSWER_BYTES).ask


def _xlsx() -> Target:
    seed = xlsx_of(
        ("authority", "role", "email"), ("OXO", "leader", "a@oxo.example"), ("ADU", 1.5, True)
    )
    words = [
        b"<c r='A1048576'>",
        b"<row r='9999999'>",
        b'<!DOCTYPE a [<!ENTITY b "c">]>',
        b"&b;",
        b"<v>",
        b"t='s'",
    ]
    return Target(_workbook(), [seed], (), words, is_zip=True)


def _ods() -> Target:
    seed = ods_of(ods_row("authority", "role"), ods_row("OXO", "leader"))
    repeated = b"table:number-rows-repeated='99999999'"
    words = [
        repeated,
        repeated.replace(b"rows", b"columns"),
        b'<!DOCTYPE a [<!ENTITY b "c">]>',
        b"&b;",
    ]
    return Target(_workbook(), [seed], (), words, is_zip=True)


def _word() -> Target:
    """Read documents of Word, and compile the letter that each becomes."""
    facts = read_plan(PLAN).plan
    rate = field("MERGEFIELD ", "Upheld_Rate")
    body = (
        p("Dear ", simple("MERGEFIELD Salutation"))
        + p("Title", style="H1")
        + p("In ", field("IF ", rate, ' > 50 "a" "b"'), raw('<w:br w:type="page"/>'))
        + p("one", number=(1, 0))
        + table((p("a"), p("b")), (p("1"), p("«Council»")))
        + control(p("x"), alias="Council")
        + p("Yours sincerely")
    )

    def work(content: bytes) -> None:
        [said] = reader.answer(content)
        if "refused" not in said:
            found = reader.taken("letter.docx", [said])
            letter = from_word.taken(found, facts, "letter.docx").markdown
            environment({"letter.md": letter}).get_template("letter.md")

    words = [
        b"<w:p>", b"</w:p>", b"<w:tbl><w:tr><w:tc>", b"<w:fldChar w:fldCharType='begin'/>",
        b"<w:fldChar w:fldCharType='end'/>", b'<w:instrText>IF \\ = "{{" "%}"</w:instrText>',
        b"<w:ilvl w:val='99'/>", b"<w:gridSpan w:val='99999'/>", b"<w:del>", b"<w:sdt><w:sdtContent>",
        b'<!DOCTYPE a [<!ENTITY b "c">]>', b"&b;", b"{{ ", b"{% ", b"#}", b"\xee\x80\x809\xee\x80\x81",
    ]  # fmt: skip
    return Target(work, [docx(body)], (), words, is_zip=True)


def _plan(folder: Path) -> Target:
    path = folder / "plan.toml"

    def work(content: bytes) -> None:
        path.write_bytes(content)
        read_plan(path)

    words = [
        b"[", b"[[", b"]]", b"a.b.c=", b"'''", b'"""', b"\\U0010FFFF", b"0x", b"1979-05-27T07:32:00Z",
        b"inf", b"nan", b"{a=", b"[dates]", b"[constants]", b"../", b"\n", b"=",
    ]  # fmt: skip
    return Target(work, [PLAN.read_bytes()], (BadInput,), words)


MARKS: Final = (
    b"::: body\n", b"**", b"[", b"](http://", b"![](", b"> ", b"* ", b"1. ", b"| a | b |\n|---|---|\n",
    b"{{ ", b" }}", b"{% if ", b"{% endif %}", b"{% for a in b %}", b"{% set a = ", b"| format(", b"{# ",
    b"| markdown", b"~", b".__class__", b"|attr('a')", b"range(9)", b"{% include 'letter.md' %}", b"`", b"\\",
)  # fmt: skip


def _markdown() -> Target:
    def work(content: bytes) -> None:
        for each in markdown.parts(content.decode(errors="surrogateescape")):
            assert each.name

    text = b"::: head\n\n# A *title*\n\n> a [link](http://a.example)\n\n* one\n* **two**\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n"
    return Target(work, [text], (CannotRender,), MARKS)


def _template() -> Target:
    files = {path.name: path.read_bytes() for path in TEMPLATE.iterdir()}

    def work(content: bytes) -> None:
        changed = Template("0" * 64, files | {"letter.md": content})
        changed.names()
        changed.text(a_content(), attachments=0)

    return Target(work, [files["letter.md"]], (CannotRender,), MARKS)


def _backup(folder: Path) -> Target:
    """Change the lines of a backup, and its packed octets."""
    path = folder / "x.dispatch"

    def work(content: bytes) -> None:
        is_packed = content[:2] == b"\x1f\x8b"
        path.write_bytes(content if is_packed else gzip.compress(content, 1))
        Dump(path).check()

    lines = gzip.decompress(BACKUP.read_bytes()).splitlines(keepends=True)
    short = b"".join(line for line in lines if len(line) < 2000)[:200_000] + lines[-1]
    words = [
        b"null",
        b"[]",
        b"{}",
        b'{"table":"letter","columns":[]}\n',
        b"true",
        b'"\\ud800"',
        b"[[[[",
        b",",
        b"]",
    ]
    return Target(work, [short, gzip.compress(short)], (BadInput,), words)


def _pack(folder: Path) -> Target:
    """Change one file of a pack, and call the verifier as people do."""
    path = folder / "pack.zip"
    key = _public_key()
    verify = runpy.run_path(str(VERIFIER))["main"]

    def work(content: bytes) -> None:
        path.write_bytes(content)
        sys.argv = ["verify.py", str(path), "--key", key]
        nowhere = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with redirect_stdout(nowhere), redirect_stderr(nowhere):
            status = verify()
        assert status == 1 or _parts(content) in whole, "a pack that was changed is proven"

    seeds = [_zip_of(tarfile.open(pack)) for pack in (REDACTED, PACK)]  # noqa: SIM115
    whole = [_parts(seed) for seed in seeds]
    words = [b"null", b"[]", b"{}", b'"', b":", b",", b"1e999", b'"\\ud800"', b"\xe2\x80\x94 "]
    return Target(work, seeds, (), words, is_zip=True)


def _parts(archive: bytes) -> dict[str, bytes]:
    """Return the files of an archive, by path."""
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        return {name: read.read(name) for name in read.namelist()}


def _zip_of(archive: tarfile.TarFile) -> bytes:
    into = io.BytesIO()
    with archive, zipfile.ZipFile(into, "w") as packed:
        for member in archive:
            if read := archive.extractfile(member):
                packed.writestr(member.name.removeprefix("./"), read.read())
    return into.getvalue()


def _public_key() -> str:
    key = SigningKey.read(FOLDER / "key-for-tests-only.pem")
    origin = CHECKPOINTS[0].read_text().partition("\n")[0]
    return str(PublicKey(origin, key.public))


def _bundle(folder: Path) -> Target:
    """Change the manifest of a public bundle."""
    public = folder / "public"
    (public / "letters").mkdir(parents=True)
    (public / "letters" / "1.pdf").write_bytes(b"%PDF-")

    def work(content: bytes) -> None:
        (public / manifest.NAME).write_bytes(content)
        bundles.read(public)

    entry = {"path": "letters/1.pdf", "sha256": "0" * 64, "bytes": 5}
    listed = {"format": "dispatch-upload-1", "mailouts": ["a"], "files": [entry]}
    words = [b"null", b"[]", b"{}", b'"', b":", b",", b"1e999", b"../", b'"\\ud800"', b"[" * 5000]
    return Target(work, [json.dumps(listed).encode()], (BadInput,), words)


def _checkpoint() -> Target:
    key = PublicKey.parse(_public_key())

    def work(content: bytes) -> None:
        checkpoint.read("c", content, key, lambda *said: is_signed(key.octets, *said))

    return Target(
        work,
        [path.read_bytes() for path in CHECKPOINTS],
        (BadInput,),
        [b"\xe2\x80\x94 ", b"\n\n", b"="],
    )


def _key(folder: Path) -> Target:
    path = folder / "key.pem"

    def work(content: bytes) -> None:
        path.write_bytes(content)
        with suppress(BadInput):
            SigningKey.read(path)
        PublicKey.parse(content.decode(errors="replace"))

    seeds = [(FOLDER / "key-for-tests-only.pem").read_bytes(), _public_key().encode()]
    return Target(work, seeds, (BadInput,), [b"-----BEGIN ", b"ENCRYPTED ", b"+", b"="])


def _env(folder: Path) -> Target:
    path = folder / ".env"

    def work(content: bytes) -> None:
        path.write_bytes(content)
        path.chmod(0o600)
        found = of_file(path)
        assert all(name.startswith("DISPATCH_") for name in found)

    seed = b"# ours\nDISPATCH_HOME=a\nexport DISPATCH_SENDER='a@b.example'\nPATH=x\nDISPATCH_KEEP=\"mail=2y ${HOME}\"\n"
    return Target(
        work,
        [seed],
        (BadInput,),
        [b"${", b"}", b"=", b"\\", b"'", b"export ", b"PYTHONPATH=", b"#"],
    )


def _settings() -> Target:
    """Read each line NAME=VALUE as a setting; no error shows the password that is in the seed."""

    def work(content: bytes) -> None:
        lines = content.decode(errors="replace").splitlines()
        given = dict(line.split("=", 1) for line in lines if "=" in line)
        try:
            found = Settings.read({f"DISPATCH_{name}": value for name, value in given.items()})
            assert "s3cret" not in f"{found!r}{found}"
            SmtpServer.from_url(found.smtp_url.get_secret_value())
            Mailbox.from_url(found.imap_url.get_secret_value())
        except DispatchError as error:
            said = "".join(line for line in str(error).splitlines() if "_URL" in line)
            if "s3cret" in said:
                raise AssertionError(said) from None
            raise

    text = (
        b"SMTP_URL=smtps://u:s3cret@mail.example:465?name=a\nIMAP_URL=imaps://u:s3cret@imap.example/INBOX?done=x\n"
        b"DATABASE_URL=postgresql+psycopg://u:s3cret@db.example/d\nREDIS_URL=rediss://:s3cret@broker.example:6379/0\n"
    )
    more = (
        b"RATE=5/s\nDOMAIN_RATES=a.example=2/s\nRETRY_WAITS=60 300\nKEEP=mail=2y letters=10y\nOFFICE=a@b.example\n"
        b"RETURN_PATH=b@c.example\nCLOCK_OFFSET=-5.5\nWORKERS=2\nSECRET_KEY=" + b"k" * 40 + b"\n"
    )
    words = [
        b"/",
        b"?",
        b"#",
        b"@",
        b":",
        b"%",
        b"%00",
        b"[::1]",
        b"&ca=/etc/passwd",
        b"inf",
        b"=",
        b"ssl_cert_reqs=none",
    ]
    return Target(work, [text, more], (BadInput,), words)


def _queue() -> Target:
    """Say that what lies in a task's queue, whatever it is, becomes a wake-up or nothing."""

    def work(content: bytes) -> None:
        for taken in (channels.taken(content), channels.heard(content)):
            assert taken in ([], ["dispatch.send_letters"]), taken

    seed = b'{"body":"W1tdLCB7fSwge31d","content-type":"application/json","headers":{"task":"x"},"properties":{"delivery_tag":"a"}}'
    words = [
        b"null",
        b"[",
        b"{",
        b'"',
        b":",
        b",",
        b'{"__type__":"datetime","__value__":5}',
        b"1e999",
    ]
    return Target(work, [seed], (), words)
