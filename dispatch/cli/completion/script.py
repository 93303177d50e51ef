"""`dispatch completion`: the script by which a shell completes our commands and names."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import get_completion_class

from dispatch.cli.output import show

INSTALL: Final = {
    "bash": "dispatch completion bash > ~/.local/share/bash-completion/completions/dispatch",
    "zsh": "dispatch completion zsh > ~/.zfunc/_dispatch",
    "fish": "dispatch completion fish > ~/.config/fish/completions/dispatch.fish",
}

FIRST: Final = {
    "bash": "mkdir -p ~/.local/share/bash-completion/completions",
    "zsh": "mkdir -p ~/.zfunc, and put `fpath+=~/.zfunc` before `compinit` in ~/.zshrc",
    "fish": "mkdir -p ~/.config/fish/completions",
}


@click.command()
@click.argument("shell", type=click.Choice(list(INSTALL)))
def completion(shell: str) -> None:
    """Print the script for a shell to complete with.

    A key then completes commands, options, mailouts, codes of authorities, and ids. How to install
    it is said at its head.
    """
    kind = get_completion_class(shell)
    assert kind is not None, shell  # noqa: S101 - for the type checker: click has all three
    source = kind(click.Command("dispatch"), {}, "dispatch", "_DISPATCH_COMPLETE").source()
    first, _, rest = source.strip().partition("\n") if shell == "zsh" else ("", "", source)
    head = [
        *([first] if first else []),  # zsh takes a script for completion by its first line
        f"# First: {FIRST[shell]}",
        f"# Install: {INSTALL[shell]}",
        "# Then open a new terminal.",
    ]
    show.data("\n".join([*head, rest.strip()]))
