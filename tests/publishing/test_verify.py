from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text, update

from dispatch.app import App
from dispatch.database.tables import Document, Letter
from dispatch.domain.errors import BadInput, NotApproved
from dispatch.domain.letters.resending import Choice
from dispatch.domain.proof.manifest import NAME
from dispatch.domain.publishing.bundle import checkpoint
from dispatch.domain.publishing.spreadsheet import from_csv, to_csv
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.upkeep.retention import retention
from dispatch.files.bundles import read
from dispatch.files.keys import SigningKey
from dispatch.mailouts.store import mailout_named
from dispatch.proof.checkpoints import Signer, sign
from dispatch.proof.seal import catch_up, seal
from dispatch.publishing.verify import Comparison, verify
from dispatch.upkeep.purge import delete, propose
from tests import steps
from tests.corrections.test_resend import again, appoint
from tests.factories import a_word
from tests.fakes import FakeClock
from tests.uploads import NEXT, PUBLIC_AT, sealed_again, sent, sent_next_year, uploaded

OXFORD = f"letters/{steps.NAME}/oxford-city-council-2020.pdf"
ADUR = f"letters/{steps.NAME}/adur-city-council-2020.pdf"
OURS, OTHERS = (
    Signer("o.example/dispatch", SigningKey(Ed25519PrivateKey.from_private_bytes(bytes([n] * 32))))
    for n in (1, 2)
)


@pytest.fixture
def public(app: App, clock: FakeClock, tmp_path: Path) -> Path:
    """A bundle that is public, with the letters of two authorities."""
    sent(app, clock, "OXO", "ADU")
    folder = tmp_path / "public"
    uploaded(app, folder)
    return folder


def compared(app: App, folder: Path, signer: Signer = OURS) -> Comparison:
    with app.sessions.read() as session:
        return verify(session, read(folder), lambda: signer.public)


def test_letters_that_are_as_they_were_sent_are_proven(app: App, public: Path) -> None:
    found = compared(app, public)
    assert (found.letters, found.messages, found.files) == (2, 2, 15)
    assert found.mailouts == (steps.NAME,)


def test_a_changed_page_by_which_letters_are_checked_is_told(app: App, public: Path) -> None:
    page = public / "check.html"
    page.write_text(page.read_text().replace("No: this file is not", "Yes: this file is"))
    with pytest.raises(BadInput, match=r"check\.html: changed"):
        compared(app, public)
    sealed_again(public)
    with pytest.raises(BadInput, match="the ledger knows of no upload with this manifest"):
        compared(app, public)


def test_so_are_those_of_earlier_years(app: App, clock: FakeClock, public: Path) -> None:
    sent_next_year(app, clock)
    uploaded(app, public, NEXT)
    assert compared(app, public).letters == 4


def test_an_older_bundle_in_the_place_of_the_newer_one_is_told(
    app: App, clock: FakeClock, public: Path, tmp_path: Path
) -> None:
    shutil.copytree(public, tmp_path / "older")
    sent_next_year(app, clock)
    uploaded(app, public, NEXT)
    shutil.rmtree(public)
    (tmp_path / "older").rename(public)
    with pytest.raises(
        BadInput, match=f"older: this was public until {NEXT} was uploaded on "
    ) as e:
        compared(app, public)
    assert e.value.remedy == Remedy(kind=RemedyKind.UPLOAD, mailout=NEXT)

    uploaded(app, public, NEXT)
    assert compared(app, public).mailouts == (steps.NAME, NEXT)


def test_the_messages_in_which_a_letter_was_sent_again_count_too(
    app: App, clock: FakeClock, tmp_path: Path
) -> None:
    steps.released(app, clock, "OXO", cc_roles=())
    steps.send_due(app)
    steps.tick(app)
    clock.advance(days=1)
    appoint(app)
    again(app, Choice.CHANGED)
    clock.reach(PUBLIC_AT)
    uploaded(app, tmp_path / "public")
    assert compared(app, tmp_path / "public").messages == 2


def signed(app: App, signer: Signer = OURS) -> bytes:
    """Seal all there is, and return how far the ledger goes."""
    with app.sessions.begin() as session:
        seal(session, now=app.clock())
        return sign(session, signer, now=app.clock()).text.encode()


@pytest.fixture
def attested(app: App, clock: FakeClock, tmp_path: Path) -> Path:
    """A bundle that is public with a checkpoint of the ledger."""
    sent(app, clock, "OXO")
    folder = tmp_path / "public"
    uploaded(app, folder, checkpoint=signed(app))
    return folder


def test_a_checkpoint_is_of_a_seal_of_this_ledger_and_signed(app: App, attested: Path) -> None:
    found = compared(app, attested).checkpoints[steps.NAME]
    assert (found.seal, found.at) == (1, PUBLIC_AT)
    with pytest.raises(BadInput, match=r"checkpoints/.*\.txt is not signed with the key"):
        compared(app, attested, OTHERS)


def forge(folder: Path, content: bytes) -> None:
    (folder / checkpoint(steps.NAME)).write_bytes(content)
    sealed_again(folder)


def test_a_forged_checkpoint_is_named(app: App, attested: Path) -> None:
    where = f"{attested}/{checkpoint(steps.NAME)}"
    real = (attested / checkpoint(steps.NAME)).read_bytes()
    origin, size, rest = real.split(b"\n", 2)
    forge(attested, b"\n".join([origin, b"%d" % (int(size) - 1), rest]))
    with pytest.raises(BadInput, match=f"{where} is not signed"):
        compared(app, attested)
    forge(attested, signed(app, OTHERS))
    with pytest.raises(BadInput, match=f"{where} is not signed"):
        compared(app, attested)
    forge(attested, b"")
    with pytest.raises(BadInput, match=f"{where} is not a checkpoint"):
        compared(app, attested)


def test_a_checkpoint_of_another_ledger_is_named_though_it_is_signed(
    app: App, attested: Path
) -> None:
    for tampering in ("UPDATE seal SET root = 'x' WHERE number = 1", "DELETE FROM seal"):
        with app.sessions.begin() as session:
            session.execute(text(tampering))
        with pytest.raises(BadInput, match=r"\.txt: seal 1 of the ledger here is another"):
            compared(app, attested)


Tampering = Callable[[Path], object]


def swapped(folder: Path) -> None:
    one, other = (folder / OXFORD).read_bytes(), (folder / ADUR).read_bytes()
    (folder / OXFORD).write_bytes(other)
    (folder / ADUR).write_bytes(one)


def rows_without_oxford(folder: Path) -> None:
    (folder / OXFORD).unlink()
    rows = from_csv((folder / "letters.csv").read_bytes())
    kept = [row for row in rows if row["authority_code"] != "OXO"]
    (folder / "letters.csv").write_bytes(to_csv([*rows[0]], kept))


def rows_with_another(folder: Path) -> None:
    rows = from_csv((folder / "letters.csv").read_bytes())
    extra = {**rows[0], "authority_code": "XYZ"}
    (folder / "letters.csv").write_bytes(to_csv([*rows[0]], [*rows, extra]))


def rows_that_say(column: str, value: str) -> Tampering:
    """Change what the table of letters says of the last one."""

    def say(folder: Path) -> None:
        rows = from_csv((folder / "letters.csv").read_bytes())
        rows[-1][column] = value
        (folder / "letters.csv").write_bytes(to_csv([*rows[0]], rows))

    return say


def without_a_column(folder: Path) -> None:
    rows = from_csv((folder / "letters.csv").read_bytes())
    kept = [name for name in rows[0] if name != "mailout"]
    rows = [{name: row[name] for name in kept} for row in rows]
    (folder / "letters.csv").write_bytes(to_csv(kept, rows))


def replaced(path: str, old: bytes, new: bytes) -> Tampering:
    def replace_it(folder: Path) -> None:
        content = (folder / path).read_bytes()
        assert old in content
        (folder / path).write_bytes(content.replace(old, new, 1))

    return replace_it


def put(path: str, content: bytes = b"") -> Tampering:
    def put_it(folder: Path) -> None:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)

    return put_it


def flipped(folder: Path) -> None:
    """Change one bit, and so not the size."""
    content = (folder / OXFORD).read_bytes()
    (folder / OXFORD).write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])


SEEN_BY_THE_MANIFEST: list[tuple[Tampering, str]] = [
    (lambda folder: (folder / OXFORD).write_bytes(b"%PDF"), rf"{OXFORD}: changed"),
    (lambda folder: (folder / OXFORD).unlink(), rf"{OXFORD}: missing"),
    (lambda folder: (folder / "a.pdf").write_bytes(b"%PDF"), r"a\.pdf: added"),
    (lambda folder: (folder / "index.html").write_bytes(b""), r"index\.html: changed"),
    (lambda folder: (folder / NAME).unlink(), r"there is no manifest\.json in it"),
    (lambda folder: (folder / NAME).write_bytes(b"{}"), r"not the manifest"),
    (swapped, rf"{ADUR}: changed"),
    (flipped, rf"{OXFORD}: changed"),
    (put(".htaccess", b"Redirect / https://other.example/"), r"\.htaccess: added"),
    (put(f"letters/{steps.NAME}/.hidden.pdf", b"%PDF"), r"\.hidden\.pdf: added"),
    (put("checkpoints/another.txt", b"x"), r"checkpoints/another\.txt: added"),
    (put("INDEX.html", b"x"), r"INDEX\.html: added"),
    (put(f"{OXFORD} ", b"%PDF"), r"2020\.pdf : added"),
    (put("letters/annual\u2010review-2020/a.pdf"), "added"),
    (lambda folder: (folder / "withdrawn").mkdir(), "withdrawn: added: it is an empty folder"),
    (lambda folder: (folder / "a.pdf").symlink_to("/etc/hosts"), "added: it is not a plain file"),
    (lambda folder: (folder / "all").symlink_to(folder / "letters"), "added: it is not a plain f"),
    (lambda folder: (folder / "datapackage.json").unlink(), r"datapackage\.json: missing"),
    (lambda folder: (folder / "letters.csv").unlink(), r"letters\.csv: missing"),
    (replaced(NAME, b'"size": ', b'"size": 1'), "."),
    (replaced(NAME, b'"files":', b'"files": [], "files":'), "not as an upload writes it"),
    (replaced(NAME, b"{", b" {"), "not as an upload writes it"),
    (replaced(NAME, b'"size": ', b'"size": ' + b"9" * 5000), "not the manifest of an upload"),
    (put(NAME, b"[" * 100_000), "not the manifest of an upload"),
    (put(NAME, b"\xff\xfe"), "not the manifest of an upload"),
    (replaced(NAME, b'"mailouts": [', b'"mailouts": ["\\ud800",'), "manifest"),
]

SEEN_THOUGH_THE_MANIFEST_HIDES_IT: list[tuple[Tampering, str]] = [
    (lambda folder: (folder / OXFORD).write_bytes(b"%PDF"), r"not the letter of OXO that was"),
    (swapped, r"not the letter of ADU that was sent"),
    (rows_without_oxford, r"missing: the letter of OXO"),
    (rows_with_another, r"added: XYZ has no such letter"),
    (lambda folder: (folder / "figures.csv").write_bytes(b"a\r\n"), r"the ledger knows of no"),
    (lambda folder: (folder / "index.html").write_bytes(b""), r"the ledger knows of no upload"),
    (flipped, r"not the letter of OXO that was"),
    (put(".htaccess", b"Redirect / https://other.example/"), "the ledger knows of no upload"),
    (put("withdrawn.html", b"<p>Withdrawn"), "the ledger knows of no upload"),
    (replaced("datapackage.json", b"title", b"titel"), "the ledger knows of no upload"),
    (rows_that_say("file", "../../etc/passwd"), "there is no such file in it"),
    (rows_that_say("file", ADUR), "not the letter of OXO that was sent"),
    (rows_that_say("authority_code", "ADU"), "."),
    (rows_that_say("sha256", "0" * 64), "the ledger knows of no upload"),
    (rows_that_say("mailout", "annual-review-1999"), "missing: the letter of"),
    (without_a_column, "the tables in it are not those of an upload"),
    (put("letters.csv", b"\xff\xfe"), "the tables in it are not those of an upload"),
    (put("letters.csv", b""), "missing: the letter of|the tables in it are not those"),
]


def test_the_first_file_that_is_wrong_is_named(app: App, public: Path) -> None:
    for number, (tampering, said) in enumerate(SEEN_BY_THE_MANIFEST):
        copy = shutil.copytree(public, public.with_name(f"copy{number}"))
        tampering(copy)
        with pytest.raises(BadInput, match=said):
            compared(app, copy)


def test_a_change_that_the_manifest_hides_is_found_by_what_was_sent_and_by_the_ledger(
    app: App, public: Path
) -> None:
    for number, (tampering, said) in enumerate(SEEN_THOUGH_THE_MANIFEST_HIDES_IT):
        copy = shutil.copytree(public, public.with_name(f"copy{number}"))
        tampering(copy)
        sealed_again(copy)
        with pytest.raises(BadInput, match=said):
            compared(app, copy)


def test_what_was_uploaded_from_elsewhere_cannot_be_compared(app: App, public: Path) -> None:
    with app.sessions.begin() as session:
        mailout_named(session, steps.NAME).name = "another"
    with pytest.raises(BadInput, match="nothing to compare: no mailout is called"):
        compared(app, public)


def test_what_was_purged_is_compared_by_its_digest(
    app: App, clock: FakeClock, public: Path
) -> None:
    catch_up(app.sessions, clock)
    clock.advance(days=3 * 366)
    kept = retention("addresses=1y letters=1y")
    with app.sessions.read() as session:
        proposal = propose(session, kept, now=clock())
    assert not delete(app.sessions, kept, proposal.digest, a_word(clock(), "alex")).trouble
    assert (compared(app, public).letters, compared(app, public).messages) == (2, 0)
    (public / OXFORD).write_bytes(b"%PDF-another")
    sealed_again(public)
    with pytest.raises(BadInput, match="changed: it is not the letter of OXO that was sent"):
        compared(app, public)


def test_letters_that_are_not_as_they_were_stored_prove_nothing(app: App, public: Path) -> None:
    digest = steps.letters_of(app)["OXO"].parts["mail"]
    with app.sessions.begin() as session:
        rows = update(Document).where(Document.sha256 == digest)
        session.execute(rows.values(content=b"forged"))
    with pytest.raises(NotApproved, match="not what it was"):
        compared(app, public)


def test_a_letter_whose_row_was_changed_proves_nothing(app: App, public: Path) -> None:
    with app.sessions.begin() as session:
        rows = update(Letter).where(Letter.authority_code == "OXO")
        session.execute(rows.values(subject="Another letter"))
    with pytest.raises(NotApproved, match="letter of OXO is not the approved one"):
        compared(app, public)
