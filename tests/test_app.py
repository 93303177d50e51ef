from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from dispatch import app as wiring
from dispatch.app import (
    App,
    build,
    from_environ,
    isolated,
    ledger_signer,
    own_signer,
    ready,
    seconds_until,
)
from dispatch.database import schema
from dispatch.domain.errors import BadInput, RuleBroken
from dispatch.domain.remedy import Remedy, RemedyKind
from dispatch.domain.reply import Outcome, Verdict
from dispatch.mail.catcher import Catcher
from dispatch.mail.incoming.imap import ImapInbox
from dispatch.mail.incoming.maildir import Maildir
from dispatch.mail.outgoing.guard import GuardedTransport
from dispatch.mail.outgoing.ways import RelayTransport
from dispatch.mail.sent_folder import SentFolder
from dispatch.settings import Settings
from tests.mail.oauth.token_endpoint import TokenEndpoint
from tests.mail.servers import CA_FILE, ScriptedServer

pytestmark = pytest.mark.heavy

KEY = "given" * 8


def at(home: Path, **settings: str) -> App:
    return from_environ({"DISPATCH_HOME": str(home), **settings})


def relay_of(app: App) -> RelayTransport:
    """Return the mail server behind the guard."""
    assert isinstance(app.transport, GuardedTransport)
    assert isinstance(app.transport.inner, RelayTransport)
    return app.transport.inner


def test_a_home_that_nobody_else_can_enter_is_made(tmp_path: Path) -> None:
    at(tmp_path / "home")
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_nobody_else_can_read_the_database_of_a_home_that_they_may_enter(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir(mode=0o755)
    before = os.umask(0o022)
    try:
        app = ready(at(tmp_path / "home"))
    finally:
        os.umask(before)
    with app.sessions.begin():
        found = [
            each for each in (tmp_path / "home").iterdir() if each.name.startswith("dispatch.db")
        ]
        assert len(found) > 1
        assert {each.stat().st_mode & 0o777 for each in found} == {0o600}


def test_a_key_is_made_once_and_kept_to_ourselves(tmp_path: Path) -> None:
    first, second = at(tmp_path), at(tmp_path)
    assert first.sender.key == second.sender.key
    assert len(first.sender.key) >= 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_of_two_processes_that_make_a_key_the_first_wins(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(b"the first one's")
    wiring.make_key(path)
    assert path.read_bytes() == b"the first one's"


def test_a_given_key_is_used(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, secret_key=SecretStr(KEY))
    assert build(settings).sender.key == KEY.encode()
    assert not (tmp_path / "secret.key").exists()


def test_a_database_of_our_own_is_made_on_first_use(tmp_path: Path) -> None:
    app = ready(at(tmp_path))
    with app.sessions.begin() as session:
        assert schema.age(session) is schema.Age.CURRENT
    assert ready(app) is app


def test_a_database_of_somebody_else_is_upgraded_only_on_a_persons_word(tmp_path: Path) -> None:
    theirs = f"sqlite:///{tmp_path}/theirs.db"
    app = at(tmp_path, DISPATCH_DATABASE_URL=theirs, DISPATCH_SMTP_URL="catcher")
    with pytest.raises(RuleBroken, match="not up to date") as refused:
        ready(app)
    assert refused.value.remedy == Remedy(kind=RemedyKind.DB_UPGRADE)


def shared(home: Path, database: Path, **settings: str) -> App:
    url = f"sqlite:///{database}"
    return at(home, DISPATCH_DATABASE_URL=url, DISPATCH_SMTP_URL="catcher", **settings)


@pytest.fixture
def first(tmp_path: Path) -> App:
    """The first home beside a database that others share."""
    app = shared(tmp_path / "first", tmp_path / "shared.db")
    with app.sessions.begin() as session:
        schema.upgrade(session)
    return ready(app)


@pytest.mark.usefixtures("first")
@pytest.mark.parametrize("settings", [{}, {"DISPATCH_SECRET_KEY": KEY}])
def test_a_home_without_the_secret_key_of_a_shared_database_is_refused(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    second = tmp_path / "second"
    with pytest.raises(RuleBroken, match=f"copy secret.key of the home .* to {second}/secret.key"):
        ready(shared(second, tmp_path / "shared.db", **settings))
    assert not (second / "secret.key").exists()
    (second / "secret.key").write_bytes((tmp_path / "first/secret.key").read_bytes())
    assert ready(shared(second, tmp_path / "shared.db"))


def test_a_home_without_the_signing_key_of_a_shared_database_is_refused(
    tmp_path: Path, first: App
) -> None:
    second, own = tmp_path / "second", tmp_path / "first"
    second.mkdir()
    (second / "secret.key").write_bytes((own / "secret.key").read_bytes())
    other = shared(second, tmp_path / "shared.db")
    signer = ledger_signer(first)
    with pytest.raises(RuleBroken, match=f"copy ledger.pem of the home .* to {second}/ledger.pem"):
        ledger_signer(other)
    assert not (second / "ledger.pem").exists()
    own_signer(other)
    with pytest.raises(RuleBroken, match="does not have the key that the ledger"):
        ledger_signer(other)
    (second / "ledger.pem").write_bytes((own / "ledger.pem").read_bytes())
    assert ledger_signer(other).public == signer.public


def test_a_key_that_the_home_of_its_own_database_has_lost_is_not_made_anew(tmp_path: Path) -> None:
    ready(at(tmp_path))
    (tmp_path / "secret.key").unlink()
    with pytest.raises(RuleBroken, match="does not have the secret key"):
        ready(at(tmp_path))
    assert not (tmp_path / "secret.key").exists()


def test_no_key_is_made_beside_a_database_that_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "shared.db").write_text("Dear Ms Adeyemi, " * 100)
    app = shared(tmp_path / "home", tmp_path / "shared.db")
    assert not (tmp_path / "home/secret.key").exists()
    (tmp_path / "shared.db").unlink()
    with app.sessions.begin() as session:
        schema.upgrade(session)
    with pytest.raises(RuleBroken, match="start again"):
        ready(app)


@pytest.mark.parametrize(
    ("age", "remedy"),
    [
        (schema.Age.NEWER, "upgrade the program"),
        (schema.Age.OLDER, "not up to date"),
        (schema.Age.TOO_OLD, "go on with the dispatch that made it"),
    ],
)
def test_a_database_of_another_age_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: schema.Age, remedy: str
) -> None:
    monkeypatch.setattr(schema, "age", lambda _: age)
    with pytest.raises(RuleBroken, match=remedy):
        ready(at(tmp_path))


def test_the_clock_is_the_machines_own_or_shifted_for_a_rehearsal(tmp_path: Path) -> None:
    moment = datetime(2020, 7, 22, 8, tzinfo=UTC)
    shifted = at(tmp_path, DISPATCH_CLOCK_OFFSET=str(seconds_until(moment)))
    assert abs(shifted.clock() - moment) < timedelta(minutes=1)
    assert abs(seconds_until(at(tmp_path).clock())) < 60


@pytest.mark.parametrize(
    "url",
    [
        "garbage",
        "foo://user:secret@db.example/dispatch",
        "mysql://user:secret@db.example/dispatch",
        "postgresql+psycopg://user:secret@db.example:port/dispatch",
    ],
)
def test_a_database_url_that_cannot_be_used_is_named_but_not_repeated(
    tmp_path: Path, url: str
) -> None:
    with pytest.raises(BadInput, match="DISPATCH_DATABASE_URL") as caught:
        at(tmp_path, DISPATCH_DATABASE_URL=url, DISPATCH_SMTP_URL="catcher")
    assert "secret" not in str(caught.value)


def test_a_home_that_cannot_be_made_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for home, reason in ((tmp_path / "file" / "home", "Not a dir"), (tmp_path / "file", "exists")):
        with pytest.raises(BadInput, match=f"DISPATCH_HOME cannot be used: .*{reason}"):
            at(home)


def test_a_home_in_which_no_key_can_be_kept_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(BadInput, match=r"DISPATCH_HOME cannot be used: .*secret\.key"):
        at(tmp_path)


def test_a_person_without_a_name_goes_by_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pwd, "getpwuid", lambda uid: {}[uid])
    assert at(tmp_path).person == f"uid {os.getuid()}"


def test_the_system_says_who_is_at_the_keyboard_and_not_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(name, "alex")
    assert at(tmp_path).person == pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722])
def test_a_home_that_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    with pytest.raises(BadInput, match=r"DISPATCH_HOME, .*home, can be changed by other users"):
        at(home)


def test_without_a_mail_server_letters_go_to_the_catcher_of_the_home(tmp_path: Path) -> None:
    app = at(tmp_path)
    nobody = app.transport.connect()
    assert isinstance(nobody, Outcome)
    assert nobody.verdict is Verdict.DEFERRED
    assert "dispatch run" in str(nobody)

    with Catcher(app.settings.maildir) as catcher:
        app.settings.catcher_port_file.write_text(f"{catcher.port}\n")
        line = app.transport.connect()
        assert not isinstance(line, Outcome)
        assert f":{catcher.port}" in line.server
        line.close()


def test_the_catcher_can_be_named_too(tmp_path: Path) -> None:
    app = at(tmp_path, DISPATCH_SMTP_URL="catcher")
    assert app.transport == at(tmp_path).transport


def test_a_mail_server_that_is_named_is_used(tmp_path: Path) -> None:
    app = at(tmp_path, DISPATCH_SMTP_URL="smtps://user:word@mail.example")
    relay = relay_of(app)
    assert (relay.server.host, relay.server.security) == ("mail.example", "tls")
    assert "word" not in repr(app.transport)


def test_what_comes_back_is_looked_for_where_the_settings_say(tmp_path: Path) -> None:
    assert at(tmp_path).inboxes == ()
    url = "imaps://office:secret@mail.example/Back"
    found = at(tmp_path, DISPATCH_IMAP_URL=url, DISPATCH_INCOMING_MAILDIR=str(tmp_path))
    assert found.inboxes == (ImapInbox.from_url(url), Maildir(tmp_path))
    assert "secret@" not in repr(found)
    with pytest.raises(BadInput, match="the IMAP server's URL lacks a user or a password"):
        at(tmp_path, DISPATCH_IMAP_URL="imaps://mail.example")


def test_copies_of_letters_go_where_the_settings_say(tmp_path: Path) -> None:
    url = "imaps://office:secret@mail.example"
    given = {"DISPATCH_SMTP_URL": "smtp://relay.example", "DISPATCH_SENT_URL": url}
    found = at(tmp_path, **given)
    assert found.sent_folder == SentFolder.from_url(url)
    assert "secret@" not in repr(found)
    assert at(tmp_path, DISPATCH_SENT_URL=url).sent_folder is None  # to the mail catcher
    with pytest.raises(BadInput, match="DISPATCH_SENT_URL cannot be used: the IMAP server's URL"):
        at(tmp_path, **given | {"DISPATCH_SENT_URL": "imaps://mail.example"})
    taken = {"DISPATCH_IMAP_URL": f"{url}/Both", "DISPATCH_SENT_URL": f"{url}/Both"}
    with pytest.raises(BadInput, match="it is the folder of DISPATCH_IMAP_URL"):
        at(tmp_path, **given | taken)


def test_one_application_logs_in_by_token_both_ways(tmp_path: Path) -> None:
    account = tmp_path / "account.json"
    account.write_text("{}")
    account.chmod(0o600)
    given = {
        "DISPATCH_SMTP_URL": "smtp://letters@office.example@smtp.gmail.com:587",
        "DISPATCH_IMAP_URL": "imaps://bounces%40office.example@imap.gmail.com",
        "DISPATCH_OAUTH_SERVICE_ACCOUNT": str(account),
    }
    app = at(tmp_path, **given)
    relay = relay_of(app)
    [inbox] = app.inboxes
    assert isinstance(inbox, ImapInbox)
    assert relay.server.tokens is inbox.at.tokens is not None
    assert (relay.server.username, inbox.at.username) == (
        "letters@office.example",
        "bounces@office.example",
    )
    account.chmod(0o640)
    with pytest.raises(BadInput, match=r"account.json can be read by other users: run `chmod 600`"):
        at(tmp_path, **given)
    account.unlink()
    with pytest.raises(BadInput, match=r"account.json cannot be read: No such file"):
        at(tmp_path, **given)


def test_what_the_settings_say_is_enough_to_log_in_by_token(tmp_path: Path) -> None:
    with (
        TokenEndpoint() as endpoint,
        ScriptedServer(extensions=["AUTH XOAUTH2"]) as server,
    ):
        app = at(
            tmp_path,
            DISPATCH_SMTP_URL=f"smtp://bounces@office.example@localhost:{server.port}",
            DISPATCH_OAUTH_TENANT="office.example",
            DISPATCH_OAUTH_CLIENT_ID="01234567-89ab-cdef-0123-456789abcdef",
            DISPATCH_OAUTH_CLIENT_SECRET="made-up",  # noqa: S106 - it is
            DISPATCH_OAUTH_AUTHORITY=endpoint.url,
            DISPATCH_OAUTH_CA=str(CA_FILE),
        )
        line = app.transport.connect()
        assert not isinstance(line, Outcome), line
        line.close()
    assert any(said.startswith("AUTH XOAUTH2 ") for said in server.heard)


def test_a_url_with_a_password_is_used_with_it_beside_one_that_wants_a_token(
    tmp_path: Path,
) -> None:
    app = at(
        tmp_path,
        DISPATCH_SMTP_URL="smtp://me:word@relay.example",
        DISPATCH_IMAP_URL="imaps://bounces@office.example@outlook.office365.com",
        DISPATCH_OAUTH_TENANT="office.example",
        DISPATCH_OAUTH_CLIENT_ID="01234567-89ab-cdef-0123-456789abcdef",
        DISPATCH_OAUTH_CLIENT_SECRET="made-up",  # noqa: S106 - it is
    )
    relay = relay_of(app)
    assert relay.server.tokens is None
    assert relay.server.password == "word"  # noqa: S105 - made up
    assert "made-up" not in repr(app)


def test_an_isolated_environment_hides_every_setting_but_those_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPATCH_SMTP_URL", "smtps://mail.example")
    environ = isolated(DISPATCH_HOME=str(tmp_path))
    assert Settings.read(environ) == Settings(home=tmp_path)


def test_a_dotenv_file_in_the_current_folder_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DISPATCH_SENDER_NAME=The Ombudsman\nDISPATCH_HOME=here\n")
    monkeypatch.chdir(tmp_path)
    for name in ("DISPATCH_SENDER_NAME", "DISPATCH_HOME"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    assert wiring.from_environment().sender.name == "The Ombudsman"
    assert (tmp_path / "here").is_dir()
    assert wiring.environment()["DISPATCH_SENDER_NAME"] == "The Ombudsman"


@pytest.mark.parametrize("name", ["PYTHONPATH", "LD_PRELOAD", "PATH", "LOGNAME", "dispatch_home"])
def test_a_dotenv_file_sets_settings_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / ".env").write_text(f"{name}=of the file\nDISPATCH_HOME={tmp_path / 'home'}\n")
    monkeypatch.chdir(tmp_path)
    wiring.from_environment()
    assert wiring.environment().get(name) != "of the file"


def test_a_dotenv_file_that_others_may_change_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DISPATCH_SENDER_NAME=The Ombudsman\n")
    (tmp_path / ".env").chmod(0o664)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=r"\.env can be changed by other users: run `chmod go-w`"):
        wiring.from_environment()


def test_a_dotenv_file_that_is_not_text_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_bytes(b"DISPATCH_SENDER_NAME=Jos\xe9\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=r"\.env cannot be read: "):
        wiring.from_environment()


def test_a_lease_is_as_long_as_the_settings_say(tmp_path: Path) -> None:
    assert build(Settings(home=tmp_path, lease_seconds=60)).lease == timedelta(minutes=1)
