from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.cli.conftest import Dispatch


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_says_how_it_is_installed(dispatch: Dispatch, shell: str) -> None:
    result = dispatch("completion", shell, "--quiet")
    assert result.exit_code == 0
    assert f"# Install: dispatch completion {shell} > ~/" in result.output
    assert f"_DISPATCH_COMPLETE={shell}_complete" in result.output
    assert result.output.startswith("#compdef dispatch" if shell == "zsh" else "# First: ")
    if shutil.which(shell):
        read = [shell, "-n" if shell != "fish" else "--no-execute"]
        subprocess.run(read, input=result.output, text=True, check=True)  # noqa: S603 - a shell
