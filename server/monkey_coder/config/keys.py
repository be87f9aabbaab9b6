"""Keys that the user has given: in the system's key store, in a file for them alone, from a program."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Any

from ..core.endpoint import Secret
from ..core.errors import ConfigError
from .paths import config_dir
from .write import replace_file

_FILE = "keys.json"
_COMMAND_S = 30.0


class Place(StrEnum):
    """Where a key is kept."""

    KEYRING = "the system's key store"
    FILE = "a file that you alone can read"


@dataclass(frozen=True, slots=True)
class Kept:
    """A key that is kept for the user. `base_url` is the address that it was given for."""

    provider: str
    base_url: str
    place: Place


def kept_keys(environment: Mapping[str, str] | None = None) -> dict[str, Kept]:
    """Return which keys are kept, by provider. The keys themselves are not looked at."""
    return {
        provider: Kept(provider, str(row.get("base_url", "")), Place[str(row["place"]).upper()])
        for provider, row in _read(environment).items()
        if str(row.get("place")).upper() in Place.__members__
    }


def kept_key(provider: str, environment: Mapping[str, str] | None = None) -> Secret:
    """Return a kept key, which is fetched when it is first needed."""

    def fetch() -> str:
        row = _read(environment).get(provider, {})
        key = row.get("key") if row.get("place") == "file" else _from_keyring(provider, environment)
        if not isinstance(key, str) or not is_key(key):
            raise ConfigError(f"The key of {provider} is gone. Run `monkey-coder auth login {provider}`.")
        return key

    return Secret(fetch)


def keep_key(provider: str, base_url: str, key: Secret, environment: Mapping[str, str] | None = None) -> Kept:
    """Keep a key in the system's key store, or in a file where there is none. Raises: ConfigError."""
    rows = _read(environment)
    keyring = _keyring()
    row = {"base_url": base_url, "place": "file", "key": key.reveal()}
    if keyring is not None:
        try:
            keyring.set_password(_service(environment), provider, key.reveal())
            row = {"base_url": base_url, "place": "keyring"}
        except import_module("keyring.errors").KeyringError:
            keyring = None  # It is there, but locked or refusing: the file is what is left.
    _write(rows | {provider: row}, environment)
    return Kept(provider, base_url, Place.FILE if keyring is None else Place.KEYRING)


def forget_key(provider: str, environment: Mapping[str, str] | None = None) -> bool:
    """Take a kept key away; return whether there was one. Raises: ConfigError if it stays."""
    rows = _read(environment)
    row = rows.pop(provider, None)
    if row is None:
        return False
    if row.get("place") == "keyring":
        _forget_in_keyring(provider, environment)
    _write(rows, environment)
    return True


def key_from_command(argv: Sequence[str], provider: str) -> Secret:
    """Return the key that a program of the user's prints, run without a shell when it is first needed."""

    def fetch() -> str:
        name = f"providers.{provider}.api_key_command"
        try:
            done = subprocess.run(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_COMMAND_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ConfigError(f"{name}: {argv[0]!r} printed no key within {_COMMAND_S:.0f} s.") from None
        except (OSError, ValueError) as error:
            raise ConfigError(f"{name}: {argv[0]!r} cannot be run: {error}.") from None
        # What it printed is not repeated: it may be the key.
        key = done.stdout.decode("utf-8", "replace").strip()
        if done.returncode or not is_key(key):
            why = f"ended with {done.returncode}" if done.returncode else "printed no key"
            raise ConfigError(f"{name}: {argv[0]!r} {why}. Run it in a terminal to see why.")
        return key

    return Secret(fetch)


def is_key(text: str) -> bool:
    """Return whether a text can be a key at all: one line that a header may carry."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def _keyring() -> Any:
    """Return the system's key store, None where there is none that encrypts."""
    try:
        keyring = import_module("keyring")
    except ImportError:
        return None
    backend = keyring.get_keyring()
    # Below 1 are those that fail, forget or write plain text.
    return keyring if float(getattr(backend, "priority", 0)) >= 1 else None


def _from_keyring(provider: str, environment: Mapping[str, str] | None) -> object:
    keyring = _keyring()
    if keyring is None:
        raise ConfigError(
            f"The key of {provider} is in a key store that cannot be reached here. Unlock it, install"
            " `keyring`, or set the key in the environment."
        )
    try:
        return keyring.get_password(_service(environment), provider)
    except import_module("keyring.errors").KeyringError as error:
        raise ConfigError(f"The key store did not give the key of {provider}: {error}") from None


def _forget_in_keyring(provider: str, environment: Mapping[str, str] | None) -> None:
    keyring = _keyring()
    if keyring is None:
        raise ConfigError(f"The key of {provider} is in a key store that cannot be reached now.")
    errors = import_module("keyring.errors")
    try:
        if keyring.get_password(_service(environment), provider) is not None:
            keyring.delete_password(_service(environment), provider)
    except errors.KeyringError as error:
        raise ConfigError(f"The key store did not give up the key of {provider}: {error}") from None


def _service(environment: Mapping[str, str] | None) -> str:
    home = (os.environ if environment is None else environment).get("MONKEY_CODER_HOME", "")
    return f"monkey-coder {home}".strip()


def _path(environment: Mapping[str, str] | None) -> Path:
    return config_dir(environment) / _FILE


def _read(environment: Mapping[str, str] | None) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(_path(environment).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # No key is known until the file can be read.
    rows = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(rows, dict):
        return {}
    return {str(provider): row for provider, row in rows.items() if isinstance(row, dict)}


def _write(rows: Mapping[str, Mapping[str, Any]], environment: Mapping[str, str] | None) -> None:
    text = json.dumps({"version": 1, "keys": dict(sorted(rows.items()))}, indent=2) + "\n"
    replace_file(_path(environment), text)
