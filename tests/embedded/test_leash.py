from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator

import pytest

from dispatch.embedded import leash
from tests.embedded.processes import python, start


@pytest.fixture
def unleashed() -> Iterator[None]:
    """Take this process off the leash that a test has put it on."""
    yield
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(leash.PR_SET_PDEATHSIG, 0)


def test_it_becomes_the_program() -> None:
    leashed = python("-m", leash.__name__, os.getpid(), *python("-c", "print('hello'); exit(3)"))

    with start(leashed) as program:
        assert program.communicate()[0] == "hello\n"

    assert program.returncode == 3


@pytest.mark.usefixtures("unleashed")
def test_it_does_not_begin_once_its_parent_is_gone() -> None:
    with pytest.raises(SystemExit, match="is gone"):
        leash.become(2**22, ["true"])


@pytest.mark.usefixtures("unleashed")
def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(SystemExit, match="no/such/program: No such file"):
        leash.become(os.getppid(), ["no/such/program"])
