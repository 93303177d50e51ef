from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.reply import Outcome, Reply, Verdict
from dispatch.domain.sending.attempt import Claim, Tried
from dispatch.sending.recorder import Spool

NINE = datetime(2020, 7, 22, 9, tzinfo=UTC)


def a_tried(number: int = 1, outcome: Outcome | None = None) -> Tried:
    """An attempt at a delivery that is named by the number."""
    claim = Claim(
        delivery_id=UUID(int=number),
        mailout_id=UUID(int=100),
        letter_id=UUID(int=200),
        token=number,
        number=number,
        created_at=NINE,
        address="chief@adur.example",
    )
    return Tried(
        claim=claim,
        started_at=NINE,
        offered_at=NINE + timedelta(seconds=1),
        ended_at=NINE + timedelta(seconds=2),
        server="mail.test:25",
        tls="TLSv1.3 TLS_AES_256_GCM_SHA384",
        outcome=outcome or Outcome.answered(Reply(".", 250, "2.0.0 queued")),
        retry_at=None,
    )


def kept(folder: Path) -> list[Tried]:
    """What is there for a process that has just started."""
    return list(Spool(folder).tried())


texts = st.text(max_size=200)
moments = st.datetimes(timezones=st.just(UTC))
outcomes = st.builds(
    Outcome,
    st.sampled_from(Verdict),
    st.none() | st.builds(Reply, texts, st.integers(-1, 999), texts),
    st.none() | texts,
)


@settings(max_examples=50)
@given(outcomes, moments, st.none() | moments, st.none() | texts, texts)
def test_what_is_kept_comes_back_as_it_was(
    outcome: Outcome, ended_at: datetime, again: datetime | None, tls: str | None, server: str
) -> None:
    tried = replace(
        a_tried(outcome=outcome), ended_at=ended_at, retry_at=again, tls=tls, server=server
    )
    with tempfile.TemporaryDirectory() as folder:
        Spool(Path(folder)).put(tried)
        assert kept(Path(folder)) == [tried]


def test_the_folder_is_made_when_it_is_needed_and_nobody_else_can_look_into_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "home" / "spool"
    assert kept(folder) == []
    assert not folder.exists()
    Spool(folder).put(a_tried())
    assert folder.stat().st_mode & 0o777 == 0o700


def test_one_attempt_has_one_place_however_often_it_is_put(tmp_path: Path) -> None:
    for _ in range(2):
        Spool(tmp_path).put(a_tried(1))
    Spool(tmp_path).put(a_tried(2))
    assert kept(tmp_path) == [a_tried(1), a_tried(2)]
    assert len(list(tmp_path.iterdir())) == 2


def test_what_is_recorded_is_forgotten_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in (1, 2):
        spool.put(a_tried(number))
    for _ in range(2):  # another worker may have been first
        spool.drop(a_tried(1))
    assert kept(tmp_path) == [a_tried(2)]


@pytest.mark.parametrize("content", [b"", b"{", b'{"claim": {}}', b"\xff\xfe"])
def test_a_file_that_cannot_be_read_stays_for_a_person_and_holds_nobody_up(
    tmp_path: Path, content: bytes
) -> None:
    bad = tmp_path / "0.json"
    bad.write_bytes(content)
    Spool(tmp_path).put(a_tried())
    assert kept(tmp_path) == [a_tried()]
    assert bad.read_bytes() == content


def test_a_name_that_is_no_file_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "0.json").mkdir()
    Spool(tmp_path).put(a_tried())
    assert kept(tmp_path) == [a_tried()]


def test_a_file_that_was_half_written_as_the_power_went_is_none(tmp_path: Path) -> None:
    Spool(tmp_path).put(a_tried())
    [whole] = tmp_path.iterdir()
    whole.with_suffix(".4711").write_bytes(whole.read_bytes()[:40])
    assert kept(tmp_path) == [a_tried()]


def test_what_another_worker_has_recorded_meanwhile_is_passed_by(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in (1, 2, 3):
        spool.put(a_tried(number))
    waiting = spool.tried()
    assert next(waiting) == a_tried(1)
    Spool(tmp_path).drop(a_tried(2))
    assert list(waiting) == [a_tried(3)]


def put_all(folder: Path, numbers: Iterable[int]) -> None:
    try:
        for number in numbers:
            Spool(folder).put(a_tried(number))
    except OSError:
        os._exit(1)  # whichever process it is, it must not go on as two of pytest


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where there is fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_two_processes_may_keep_things_at_once(tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        put_all(tmp_path, range(30))
        os._exit(0)
    put_all(tmp_path, range(10, 40))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sorted(tried.claim.number for tried in kept(tmp_path)) == list(range(40))
    assert len(list(tmp_path.iterdir())) == 40


def test_a_disk_that_takes_nothing_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("in the way")
    with pytest.raises(FileExistsError):
        Spool(tmp_path / "spool").put(a_tried())
