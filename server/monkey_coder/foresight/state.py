"""Learned states as text and back: what is damaged is said, and learning starts anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

S = TypeVar("S")
_VERSION = 1


def save_state(name: str, data: Any) -> str:
    """Return what a `dump_...` of this room gave, as text; `name` says whose it is."""
    return json.dumps({"version": _VERSION, "name": name, "state": data})


def restore_state(name: str, text: str, load: Callable[[Any], S], start: S) -> tuple[S, str]:
    """Return the state in `text`, and a message for the user ("" if all is well).

    Nothing is raised: a text that is damaged, or another's, gives `start`, and says so.
    """
    if not text.strip():
        return start, ""
    try:
        data: Any = json.loads(text)
        if data["version"] != _VERSION or data["name"] != name:
            raise ValueError(f"it is not {name!r} of version {_VERSION}")
        return load(data["state"]), ""
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return start, (
            f"what {name!r} had learned cannot be read ({error}); it starts anew. "
            "Restore the file from a backup if you have one"
        )
