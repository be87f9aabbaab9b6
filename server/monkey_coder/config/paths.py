"""Where Monkey Coder keeps what is the user's own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

USER_FILE = "config.toml"
WORKSPACE_FILE = ".monkey-coder.toml"
_NAME = "monkey-coder"


def config_dir(environment: Mapping[str, str] | None = None) -> Path:
    """Return the folder of settings and trust: $MONKEY_CODER_HOME/config, or the platform's own."""
    return _folder("config", platformdirs.user_config_dir, environment)


def cache_dir(environment: Mapping[str, str] | None = None) -> Path:
    """Return the folder of what can be made again: $MONKEY_CODER_HOME/cache, or the platform's own."""
    return _folder("cache", platformdirs.user_cache_dir, environment)


def data_dir(environment: Mapping[str, str] | None = None) -> Path:
    """Return the folder of what cannot be made again: $MONKEY_CODER_HOME/data, or the platform's own."""
    return _folder("data", platformdirs.user_data_dir, environment)


def user_file(environment: Mapping[str, str] | None = None) -> Path:
    """Return the path of the user's settings. The file need not exist."""
    return config_dir(environment) / USER_FILE


def _folder(kind: str, own: object, environment: Mapping[str, str] | None) -> Path:
    home = (os.environ if environment is None else environment).get("MONKEY_CODER_HOME")
    if home:
        return Path(home).expanduser().absolute() / kind
    assert callable(own)
    return Path(str(own(_NAME, appauthor=False)))
