"""Which workspace folders the user trusts, kept where no workspace can write."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from ..core.errors import ConfigError
from .paths import WORKSPACE_FILE, config_dir
from .write import replace_file


def is_trusted(folder: str, environment: Mapping[str, str] | None = None) -> bool:
    """Return whether the user has trusted this folder with the settings file that it holds now.

    Trust ends when the folder's settings file changes: what was looked at is what was trusted.
    """
    return _read(environment).get(_canonical(folder)) == _fingerprint(folder)


def trust(folder: str, environment: Mapping[str, str] | None = None) -> None:
    """Remember that the user trusts this folder as it is now.

    Raises: ConfigError if it is no folder or cannot be remembered.
    """
    if not Path(folder).is_dir():
        raise ConfigError(f"{folder!r} is no folder, so there is nothing to trust.")
    _write(_read(environment) | {_canonical(folder): _fingerprint(folder)}, environment)


def untrust(folder: str, environment: Mapping[str, str] | None = None) -> None:
    """Forget the trust in this folder. Raises: ConfigError if that cannot be written."""
    trusted = _read(environment)
    if trusted.pop(_canonical(folder), None) is not None:
        _write(trusted, environment)


def trusted_folders(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the folders that were trusted, whether or not they have changed since."""
    return tuple(sorted(_read(environment)))


def _canonical(folder: str) -> str:
    return os.path.normcase(os.path.realpath(folder))


def _fingerprint(folder: str) -> str:
    path = Path(folder) / WORKSPACE_FILE
    try:
        content = path.read_bytes() if path.is_file() else b""
    except OSError:
        return "unreadable"
    return hashlib.sha256(content).hexdigest()


def _read(environment: Mapping[str, str] | None) -> dict[str, str]:
    try:
        found = json.loads((config_dir(environment) / "trusted.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # Nothing is trusted until the file can be read.
    folders = found.get("folders") if isinstance(found, dict) else None
    if not isinstance(folders, dict):
        return {}
    return {
        str(folder): mark for folder, mark in folders.items() if isinstance(mark, str) and len(mark) == 64
    }


def _write(folders: Mapping[str, str], environment: Mapping[str, str] | None) -> None:
    text = json.dumps({"version": 1, "folders": dict(sorted(folders.items()))}, indent=2) + "\n"
    replace_file(config_dir(environment) / "trusted.json", text)
