"""Each setting with where it comes from and what is wrong with it, for a person to see.

It can be shown where the settings cannot be used, which is when somebody looks at them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from dispatch.domain.errors import BadInput
from dispatch.environment import PREFIX, sources
from dispatch.secret_files import FOLDER, SECRETS, with_secrets
from dispatch.settings import NAMES, TEST_PREFIX, Settings

HIDDEN: Final = "(hidden)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingView:
    """A setting: what it is, where it comes from, and what is wrong with it."""

    name: str
    value: str
    """Empty if nothing is set; of a secret only that there is one."""
    source: str
    """`default`, `environment`, or the path of the `.env` file or of a secret's own."""
    trouble: str
    remedy: str


def configured() -> list[SettingView]:
    """Return every setting, and every name that looks like one and is none."""
    given = {name: of for name, of in sources().items() if not name.startswith(TEST_PREFIX)}
    secrets, wrong = _secrets(given)
    given = secrets | given
    troubles = _troubles({name: value for name, (value, _) in given.items()}) | wrong
    defaults = Settings.model_construct()

    def view(name: str) -> SettingView:
        value, source = given.get(name, (None, "default"))
        return SettingView(
            name=name,
            value=_shown(name, value, defaults),
            source=source,
            trouble=troubles.get(name, ""),
            remedy=_remedy(name, source) if name in troubles else "",
        )

    names = [*NAMES, *sorted(given.keys() - {*NAMES})]
    return [*map(view, names), *_together(troubles)]


def _secrets(
    given: Mapping[str, tuple[str, str]],
) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    """Return the secrets in the folder of secrets, as settings, and what is wrong with it."""
    values = {name: value for name, (value, _) in given.items()}
    try:
        found = with_secrets(values)
    except BadInput as error:
        return {}, {FOLDER: str(error)}
    folder = Path(values.get(FOLDER, ""))
    new = found.keys() - values.keys()
    return {name: (found[name], str(folder / name.lower())) for name in new}, {}


def _troubles(given: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong, by the names of settings; `together` for what does not go together."""
    try:
        Settings.read(given)
    except BadInput as error:
        said = (line.strip().partition(": ") for line in error.problems)
        return {name: trouble for name, _, trouble in said}
    return {}


def _together(troubles: Mapping[str, str]) -> Iterator[SettingView]:
    if trouble := troubles.get("together"):
        remedy = "change one of the settings that it names"
        yield SettingView(name="together", value="", source="", trouble=trouble, remedy=remedy)


def _remedy(name: str, source: str) -> str:
    where = "in the environment" if source == "environment" else f"in {source}"
    verb = "correct it" if name in NAMES else "correct its name, or delete it,"
    return f"{verb} {where}"


def _shown(name: str, given: str | None, defaults: Settings) -> str:
    """Return the value as it is spelt; of a secret what may be seen."""
    if given is None:
        return _spelt(getattr(defaults, name.removeprefix(PREFIX).lower(), None))
    is_secret = name not in NAMES or name in SECRETS
    return _without_secrets(given) if is_secret or "://" in given else given


def _without_secrets(given: str) -> str:
    """Return a URL without what nobody else should read; of any other secret, nothing."""
    try:
        parts = urlsplit(given)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    if "://" not in given or not parts.hostname:
        return HIDDEN
    user = f"{parts.username}{':' + HIDDEN if parts.password else ''}@" if parts.username else ""
    return f"{parts.scheme}://{user}{parts.hostname}{port}{parts.path}"


def _spelt(value: Any) -> str:  # noqa: ANN401 - a setting of any kind
    match value:
        case None | SecretStr():
            return ""
        case timedelta():
            return f"{value.total_seconds():g}"
        case Enum():
            return str(value.value)
        case tuple():
            return " ".join(map(_spelt, value))
        case Mapping():
            return " ".join(f"{_spelt(key)}={_spelt(each)}" for key, each in value.items())
    return str(value)
