"""Whether the broker answers. Losing it loses no letter, but nobody is woken to send one."""

from __future__ import annotations

from contextlib import closing
from typing import Final
from urllib.parse import parse_qs

from redis import Redis, RedisError

SECONDS: Final = 3.0


def trouble_with(url: str, seconds: float = SECONDS) -> str:
    """Return what keeps the broker at a URL from answering, as the name of an error; else ""."""
    plain, _, query = url.replace("redis+socket://", "unix://", 1).partition("?")
    authorities = parse_qs(query).get("ca")
    own = {"ssl_ca_certs": authorities[0]} if authorities else {}
    try:
        with closing(
            Redis.from_url(plain, socket_timeout=seconds, socket_connect_timeout=seconds, **own)
        ) as broker:
            broker.ping()
    except (RedisError, OSError, ValueError) as error:
        return type(error).__name__
    return ""
