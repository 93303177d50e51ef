from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from dispatch.domain.errors import BadInput
from dispatch.domain.sending.envelope import ReturnPathStyle, return_path
from dispatch.domain.sending.modes import Mode
from dispatch.domain.sending.pace import Rates
from dispatch.mail.oauth.google import Google
from dispatch.mail.oauth.microsoft import Microsoft
from dispatch.mail.outgoing.address import DOT_ATOMS
from dispatch.settings import MAILBOX_OCTETS, NAMES, Settings

EXAMPLE = Path(__file__).parents[1] / "config/dispatch.env.example"


def example() -> dict[str, str]:
    return {name: value or "" for name, value in dotenv_values(EXAMPLE).items()}


def test_the_example_file_names_every_setting_and_its_default() -> None:
    assert sorted(example()) == sorted(NAMES)
    assert Settings.read(example()) == Settings()


def test_every_setting_in_the_example_file_is_explained() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for number, line in enumerate(lines):
        if line.startswith("DISPATCH_"):
            assert lines[number - 1].startswith(("# ", "DISPATCH_")), line


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        Settings.read({"DISPATCH_WORKERS": "many", "DISPATCH_SENDER": "nobody"})
    assert [line.split(":")[0].strip() for line in caught.value.problems] == [
        "DISPATCH_SENDER",
        "DISPATCH_WORKERS",
    ]


MAIL = "smtp://mail.example"


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        ({}, Mode.TRIAL),
        ({"SMTP_URL": "catcher"}, Mode.TRIAL),
        ({"SMTP_URL": MAIL}, Mode.PRODUCTION),  # as before there were modes
        ({"SMTP_URL": MAIL, "MODE": "production"}, Mode.PRODUCTION),
        ({"MODE": "rehearsal"}, Mode.REHEARSAL),
        ({"SMTP_URL": MAIL, "MODE": "rehearsal", "REHEARSAL_TO": "a@b.example"}, Mode.REHEARSAL),
    ],
)
def test_the_mode_is_the_one_named_or_follows_from_the_mail_server(
    given: dict[str, str], mode: Mode
) -> None:
    assert Settings.read({f"DISPATCH_{name}": each for name, each in given.items()}).runs_in is mode


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"MODE": "production"}, "production needs DISPATCH_SMTP_URL"),
        ({"MODE": "trial", "SMTP_URL": MAIL}, "trial does not go with DISPATCH_SMTP_URL"),
        ({"MODE": "rehearsal", "SMTP_URL": MAIL}, "rehearsal needs DISPATCH_REHEARSAL_TO"),
        ({"SMTP_URL": MAIL, "REHEARSAL_TO": "a@b.example"}, "needs DISPATCH_MODE=rehearsal"),
        ({"MODE": "rehersal"}, "DISPATCH_MODE: Input should be 'production'"),
        ({"ALLOWED_RECIPIENTS": "*.example"}, "not an address or a domain"),
    ],
)
def test_a_mode_that_does_not_fit_is_refused(given: dict[str, str], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        Settings.read({f"DISPATCH_{name}": each for name, each in given.items()})


def test_a_misspelt_name_is_an_error_and_not_ignored() -> None:
    with pytest.raises(BadInput, match="DISPATCH_SMTP: no such setting"):
        Settings.read({"DISPATCH_SMTP": "smtp://mail.example"})


def test_other_programs_variables_are_none_of_our_business() -> None:
    environ = {"HOME": "/root", "DISPATCH_TEST_REDIS_URL": "redis://localhost", "DISPATCH_HOME": ""}
    assert Settings.read(environ) == Settings()


def test_a_secret_is_not_shown() -> None:
    settings = Settings.read({"DISPATCH_SECRET_KEY": "very secret" * 3})
    assert "very secret" not in repr(settings)


@pytest.mark.parametrize("name", ["DISPATCH_SMTP_URL", "DISPATCH_REDIS_URL", "DISPATCH_IMAP_URL"])
def test_a_url_that_may_hold_a_password_is_not_shown(name: str) -> None:
    settings = Settings.read({name: "x://office:secret@server.example"})
    assert "secret@" not in f"{settings!r}{settings}"


@pytest.mark.parametrize("key", ["x", "...", "changeme", "k" * 31])
def test_a_key_that_can_be_guessed_is_refused(key: str) -> None:
    with pytest.raises(BadInput, match=r"DISPATCH_SECRET_KEY: .* must have 32 or more"):
        Settings.read({"DISPATCH_SECRET_KEY": key})


def test_waits_are_read_as_seconds() -> None:
    settings = Settings.read({"DISPATCH_RETRY_WAITS": "1, 2 4.5"})
    assert settings.retry_waits == tuple(timedelta(seconds=each) for each in (1, 2, 4.5))


@pytest.mark.parametrize("waits", ["soon", "-5", "0", "inf", "nan", "1e300", "60 604801", ","])
def test_waits_that_are_none_are_refused(waits: str) -> None:
    with pytest.raises(BadInput, match="DISPATCH_RETRY_WAITS"):
        Settings.read({"DISPATCH_RETRY_WAITS": waits})


@pytest.mark.parametrize("jitter", ["-0.1", "1.1", "nan", "some"])
def test_a_wait_at_most_doubles_by_chance(jitter: str) -> None:
    assert Settings.read({"DISPATCH_RETRY_JITTER": "1"}).retry_jitter == 1
    with pytest.raises(BadInput, match="DISPATCH_RETRY_JITTER"):
        Settings.read({"DISPATCH_RETRY_JITTER": jitter})


@pytest.mark.parametrize(
    ("name", "value"),
    [("CONNECTIONS", "0"), ("CONNECTIONS", "65"), ("MARK_AHEAD", "0"), ("MARK_AHEAD", "1001")],
)
def test_lines_and_marks_have_their_bounds(name: str, value: str) -> None:
    with pytest.raises(BadInput, match=f"DISPATCH_{name}: Input should be"):
        Settings.read({f"DISPATCH_{name}": value})


@pytest.mark.parametrize(
    ("rate", "interval"),
    [
        ("5/s", timedelta(milliseconds=200)),
        ("120/M", timedelta(milliseconds=500)),
        ("1/h", timedelta(hours=1)),
        ("3/s", timedelta(microseconds=333_334)),
        ("999999/s", timedelta(microseconds=2)),
    ],
)
def test_a_rate_is_read_as_an_interval_and_never_as_a_higher_one(
    rate: str, interval: timedelta
) -> None:
    rates = Settings.read({"DISPATCH_RATE": rate, "DISPATCH_DOMAIN_RATE": rate}).rates
    assert (rates.service, rates.domain) == (interval, interval)


def test_without_rates_nothing_is_limited() -> None:
    assert Settings().rates == Rates()
    assert Settings(rate=None, domain_rates={}).rates == Rates()


@pytest.mark.parametrize("rate", ["5", "5/d", "0/s", "-1/s", "1.5/s", "s", "1000000/s", "5 /s"])
def test_what_is_no_rate_is_refused(rate: str) -> None:
    with pytest.raises(BadInput, match=r"DISPATCH_RATE: '.*' is not a rate; write letters by the"):
        Settings.read({"DISPATCH_RATE": rate})


def test_domains_and_exchangers_have_rates_by_name() -> None:
    settings = Settings.read(
        {
            "DISPATCH_DOMAIN_RATES": "GOV.example=2/s, b\u00fccher.example=30/m",
            "DISPATCH_EXCHANGER_RATES": "*.Mail.protection.outlook.com=5/s mx*.google.com=120/m"
            " Mimecast=1/s *.a.example+*.B.example=1/s",
        }
    )
    half, fifth = timedelta(milliseconds=500), timedelta(milliseconds=200)
    assert settings.rates.domains == {"gov.example": half, "xn--bcher-kva.example": 4 * half}
    assert settings.rates.groups == {
        "*.mail.protection.outlook.com": fifth,
        "mx*.google.com": half,
        "mimecast": 5 * fifth,
        "*.a.example+*.b.example": 5 * fifth,
    }


@pytest.mark.parametrize(
    ("rates", "why"),
    [
        ("gov.example", "'gov.example' is not a name and rate"),
        ("gov.example=", "'gov.example=' is not a name and rate"),
        ("=2/s", "'=2/s' is not a name and rate"),
        ("gov..example=2/s", "is not a name and rate"),
        ("g[o]v.example=2/s", "is not a name and rate"),
        ("gov.example=2", "'2' is not a rate"),
        ("gov.example=2/s GOV.example=3/s", "gov.example is there twice"),
    ],
)
def test_a_rate_by_name_that_cannot_be_used_is_named(rates: str, why: str) -> None:
    for name in ("DISPATCH_DOMAIN_RATES", "DISPATCH_EXCHANGER_RATES"):
        with pytest.raises(BadInput) as caught:
            Settings.read({name: rates})
        assert f"{name}: " in str(caught.value)
        assert why in str(caught.value)


def test_a_pattern_is_for_exchangers_and_no_domain() -> None:
    with pytest.raises(BadInput, match=r"DISPATCH_DOMAIN_RATES: \*\.example is not a domain"):
        Settings.read({"DISPATCH_DOMAIN_RATES": "*.example=1/s"})


@pytest.mark.parametrize("offset", ["soon", "nan", "inf", "-inf", "1e300", "-3153600001"])
def test_a_clock_is_shifted_by_a_century_at_most(offset: str) -> None:
    with pytest.raises(BadInput, match="DISPATCH_CLOCK_OFFSET"):
        Settings.read({"DISPATCH_CLOCK_OFFSET": offset})


def test_a_lease_ends_within_a_day() -> None:
    with pytest.raises(BadInput, match="DISPATCH_LEASE_SECONDS"):
        Settings.read({"DISPATCH_LEASE_SECONDS": "1000000000000000"})


@pytest.mark.parametrize("name", ["DISPATCH_SENDER", "DISPATCH_RETURN_PATH", "DISPATCH_REPLY_TO"])
@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "@ombudsman.example",
        "office@",
        "office@@ombudsman.example",
        "office@ombudsman.example, other@ombudsman.example",
        "a@ombudsman.example,b",
        "Office <office@ombudsman.example>",
        '"office"@ombudsman.example',
        "office@[192.0.2.1]",
        "office(here)@ombudsman.example",
        "office;@ombudsman.example",
        "mailto:office@ombudsman.example",
        "office\\@ombudsman.example",
        "office@ombudsman.example\n",
        "office@ombudsman.example\x00",
    ],
)
def test_an_address_of_ours_is_a_plain_one(name: str, address: str) -> None:
    with pytest.raises(BadInput, match=f"{name}: this is not a plain address"):
        Settings.read({name: address})


@given(st.text(st.sampled_from('ab.@ <>,;:()[]\\"\x00\x7f\xa0\u00fc\u3000\n'), min_size=1))
def test_what_passes_as_our_address_mail_can_carry(address: str) -> None:
    with suppress(BadInput):
        sender = Settings.read({"DISPATCH_SENDER": address}).sender
        assert DOT_ATOMS.fullmatch(sender)


@pytest.mark.parametrize("written", ["a@b.example, c@d.example", " a@b.example,c@d.example "])
def test_the_office_may_have_several_addresses(written: str) -> None:
    settings = Settings.read({"DISPATCH_OFFICE": written})
    assert settings.office == ("a@b.example", "c@d.example")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("a@b.example nobody", "'nobody' is not a plain address"),
        ("Office <office@b.example>", "'Office' is not a plain address"),
        ("a@b.example;c@d.example", "'a@b.example;c@d.example' is not a plain address"),
        ("a@b.example, A@B.example", "an address is there twice"),
    ],
)
def test_an_address_of_the_office_that_mail_cannot_carry_is_named(
    written: str, problem: str
) -> None:
    with pytest.raises(BadInput) as caught:
        Settings.read({"DISPATCH_OFFICE": written})
    assert f"DISPATCH_OFFICE: {problem}" in str(caught.value)


def test_without_addresses_nobody_in_the_office_is_told() -> None:
    assert Settings().office == Settings.read({"DISPATCH_OFFICE": " , "}).office == ()


def test_nobody_can_be_without_an_address_but_for_answers() -> None:
    assert Settings(reply_to="").reply_to == ""
    for name in ("sender", "return_path"):
        with pytest.raises(ValidationError, match="not a plain address"):
            Settings.model_validate({name: ""})


def test_a_return_path_has_room_for_a_token_and_no_more() -> None:
    longest = f"{'b' * MAILBOX_OCTETS}@ombudsman.example"
    assert Settings.read({"DISPATCH_RETURN_PATH": longest}).return_path == longest
    signed = return_path(longest, uuid4(), b"key")
    assert len(signed.rpartition("@")[0]) == 64
    for mailbox in (f"b{longest}", "rückläufer@ombudsman.example"):
        with pytest.raises(BadInput, match="DISPATCH_RETURN_PATH: before the @"):
            Settings.read({"DISPATCH_RETURN_PATH": mailbox})


@pytest.mark.parametrize(
    ("environ", "mailbox", "is_signed"),
    [
        ({}, "bounces@ombudsman.example", True),
        ({"STYLE": "signed"}, "bounces@ombudsman.example", True),
        ({"STYLE": "plain"}, "annual.review@ombudsman.example", False),
        ({"STYLE": "plain", "": f"{'b' * 60}@office.example"}, f"{'b' * 60}@office.example", False),
    ],
)
def test_the_return_path_is_signed_unless_the_server_takes_the_mailbox_alone(
    environ: dict[str, str], mailbox: str, *, is_signed: bool
) -> None:
    named = {"STYLE": "DISPATCH_RETURN_PATH_STYLE", "": "DISPATCH_RETURN_PATH"}
    settings = Settings.read({named[each]: value for each, value in environ.items()})
    assert settings.return_mailbox == mailbox
    assert (settings.return_path_style is ReturnPathStyle.SIGNED) is is_signed


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"KEY": "k.pem"}, "DISPATCH_DKIM_KEY needs DISPATCH_DKIM_SELECTOR as well"),
        ({"SELECTOR": "s"}, "DISPATCH_DKIM_SELECTOR and _DOMAIN need DISPATCH_DKIM_KEY"),
        ({"KEY": "k.pem", "SELECTOR": "no name"}, "DKIM_SELECTOR: this is not a name in the DNS"),
        (
            {"KEY": "k.pem", "SELECTOR": "s", "DOMAIN": "other.example"},
            "DISPATCH_DKIM_DOMAIN is other.example, and letters are from ombudsman.example: a",
        ),
        (
            {"KEY": "k.pem", "SELECTOR": "s", "DOMAIN": "mail.ombudsman.example"},
            "DISPATCH_DKIM_DOMAIN is mail.ombudsman.example, and letters are from ombudsman",
        ),
    ],
)
def test_a_signature_that_would_count_for_nothing_is_refused(
    environ: dict[str, str], said: str
) -> None:
    with pytest.raises(BadInput) as caught:
        Settings.read({f"DISPATCH_DKIM_{name}": value for name, value in environ.items()})
    assert said in str(caught.value)


def test_messages_are_signed_for_the_domain_of_their_sender_or_one_above() -> None:
    signs = {"DISPATCH_DKIM_KEY": "k.pem", "DISPATCH_DKIM_SELECTOR": "s"}
    assert Settings.read(signs).signs_for == "ombudsman.example"
    below = {"DISPATCH_SENDER": "a@letters.o.example", "DISPATCH_DKIM_DOMAIN": "O.example"}
    assert Settings.read(signs | below).signs_for == "o.example"


def test_a_real_database_wants_a_word_on_where_letters_go() -> None:
    database = {"DISPATCH_DATABASE_URL": "postgresql+psycopg://db.example/dispatch"}
    with pytest.raises(BadInput, match="DISPATCH_DATABASE_URL needs DISPATCH_SMTP_URL"):
        Settings.read(database)
    assert Settings.read({**database, "DISPATCH_SMTP_URL": "catcher"}).uses_catcher
    assert not Settings.read({**database, "DISPATCH_SMTP_URL": "smtp://mail.example"}).uses_catcher
    assert Settings().uses_catcher


def test_a_shifted_clock_and_a_real_database_do_not_go_together() -> None:
    environ = {
        "DISPATCH_CLOCK_OFFSET": "60",
        "DISPATCH_DATABASE_URL": "postgresql+psycopg://db.example/dispatch",
        "DISPATCH_SMTP_URL": "catcher",
    }
    together = "DISPATCH_CLOCK_OFFSET does not go with DISPATCH_DATABASE_URL"
    with pytest.raises(BadInput, match=together):
        Settings.read(environ)
    assert Settings.read({**environ, "DISPATCH_DATABASE_URL": ""}).clock_offset == 60


def test_a_shifted_clock_and_a_real_mail_server_do_not_go_together() -> None:
    with pytest.raises(BadInput, match="DISPATCH_CLOCK_OFFSET does not go with DISPATCH_SMTP_URL"):
        Settings.read({"DISPATCH_CLOCK_OFFSET": "60", "DISPATCH_SMTP_URL": "smtp://mail.example"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("IMAP_URL", "imaps://a:b@mail.example"), ("INCOMING_MAILDIR", "/var/mail/office")],
)
def test_no_rehearsal_takes_real_mail_away(name: str, value: str) -> None:
    with pytest.raises(BadInput, match="does not go with a mailbox of real mail"):
        Settings.read({"DISPATCH_CLOCK_OFFSET": "60", f"DISPATCH_{name}": value})
    assert "a:b" not in repr(Settings.read({f"DISPATCH_{name}": value}))


def test_state_lies_in_the_home_unless_it_is_told_where(tmp_path: Path) -> None:
    settings = Settings.read({"DISPATCH_HOME": str(tmp_path)})
    assert settings.database == tmp_path / "dispatch.db"
    assert {settings.broker_folder.parent, settings.maildir.parent} == {tmp_path}
    theirs = Settings(
        database_url=SecretStr("postgresql+psycopg://db"), smtp_url=SecretStr("catcher")
    )
    assert theirs.database == "postgresql+psycopg://db"


@pytest.mark.parametrize(
    "name",
    ["OFFICE", "WITNESSES", "RETRY_WAITS", "RATE", "DOMAIN_RATES", "KEEP", "WORKERS", "SENDER"],
)
def test_a_url_in_the_wrong_setting_is_not_repeated(name: str) -> None:
    with pytest.raises(BadInput) as refused:
        Settings.read({f"DISPATCH_{name}": "smtp://office:s3cret@mail.example"})
    assert f"DISPATCH_{name}" in str(refused.value)
    assert "s3cret" not in str(refused.value)


MICROSOFT = {
    "DISPATCH_SMTP_URL": "smtp://letters@office.example@smtp.office365.com:587",
    "DISPATCH_OAUTH_TENANT": "office.example",
    "DISPATCH_OAUTH_CLIENT_ID": "01234567-89ab-cdef-0123-456789abcdef",
    "DISPATCH_OAUTH_CLIENT_SECRET": "Abc8Q~made-up",
}
GOOGLE = {
    "DISPATCH_IMAP_URL": "imaps://letters%40office.example@imap.gmail.com",
    "DISPATCH_OAUTH_SERVICE_ACCOUNT": "account.json",
}


def test_an_application_at_microsoft_or_google_is_read() -> None:
    assert Settings().token_issuer is None
    assert Settings.read(GOOGLE).token_issuer == Google(Path("account.json"))
    settings = Settings.read(MICROSOFT)
    assert settings.token_issuer == Microsoft(
        "office.example", "01234567-89ab-cdef-0123-456789abcdef", "Abc8Q~made-up"
    )
    assert "made-up" not in f"{settings!r}{settings.token_issuer!r}"


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"TENANT": ""}, "needs DISPATCH_OAUTH_TENANT as well"),
        ({"CLIENT_ID": ""}, "needs DISPATCH_OAUTH_CLIENT_ID as well"),
        ({"CLIENT_SECRET": ""}, "needs DISPATCH_OAUTH_CLIENT_SECRET or DISPATCH_OAUTH_CERTIFICATE"),
        ({"TENANT": "", "CLIENT_ID": ""}, "TENANT and DISPATCH_OAUTH_CLIENT_ID as well"),
        ({"CERTIFICATE": "c.pem"}, "are both set"),
        ({"CERTIFICATE_KEY": "k.pem"}, "KEY needs DISPATCH_OAUTH_CERTIFICATE"),
        ({"SERVICE_ACCOUNT": "a.json"}, "set one or the other"),
        ({"TENANT": "common"}, "not the id or the domain of a tenant"),
        ({"TENANT": "https://office.example"}, "not the id or the domain of a tenant"),
        ({"CLIENT_ID": "dispatch"}, "not an application's id"),
        ({"CLIENT_SECRET": "01234567-89ab-cdef-0123-456789abcdef"}, "this is the secret's id"),
        ({"AUTHORITY": "http://login.example"}, "not a host's HTTPS address"),
        ({"AUTHORITY": "https://login.example/tenant"}, "not a host's HTTPS address"),
    ],
)
def test_a_login_by_token_that_could_only_fail_is_refused(
    changed: dict[str, str], why: str
) -> None:
    given = MICROSOFT | {f"DISPATCH_OAUTH_{name}": value for name, value in changed.items()}
    with pytest.raises(BadInput, match=why) as caught:
        Settings.read(given)
    assert "made-up" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "smtp://smtp.office365.com:587", "smtp://letters:word@smtp.office365.com:587"]
)
def test_credentials_for_tokens_that_no_url_asks_for_are_refused(url: str) -> None:
    with pytest.raises(BadInput, match="names a user without a password"):
        Settings.read(MICROSOFT | {"DISPATCH_SMTP_URL": url})


@pytest.mark.parametrize(
    ("smtp", "provider", "title"),
    [
        ("smtp://a:b@smtp.office365.com:587", "", "Microsoft 365"),
        ("smtp://a:b@smtp.gmail.com", "", "Gmail"),
        ("smtp://a:b@tunnel.office.example", "microsoft365", "Microsoft 365"),
        ("smtp://office-example.mail.protection.outlook.com", "", None),
        ("smtp://smtp-relay.gmail.com", "", None),
        ("smtp://relay.office.example", "", None),
        ("smtp://smtp.office365.com", "own-relay", None),
        ("", "", None),
    ],
)
def test_nobody_gets_two_copies_in_the_sent_folder(
    smtp: str, provider: str, title: str | None
) -> None:
    given = {
        "DISPATCH_SMTP_URL": smtp,
        "DISPATCH_PROVIDER": provider,
        "DISPATCH_SENT_URL": "imaps://office:s3cret@mail.example",
    }
    if title is None:
        assert "s3cret" not in repr(Settings.read(given))
        return
    with pytest.raises(BadInput, match=f"DISPATCH_SENT_URL: {title} puts a copy") as refused:
        Settings.read(given)
    assert "s3cret" not in str(refused.value)
