"""Learned states as text and back: what is damaged is said, and learning starts anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .policy import Policy, S

_VERSION = 1


def save_state(policy: Policy[S], state: S) -> str:
    """Return the state as JSON, with the name of the policy it belongs to."""
    return json.dumps({"version": _VERSION, "policy": policy.name, "state": policy.dump(state)})


def restore_state(policy: Policy[S], text: str) -> tuple[S, str]:
    """Return the state in `text`, and a message for the user ("" if all is well).

    Nothing is raised: a text that is damaged, or another policy's, gives the state of one who has
    seen nothing, and says so.
    """
    if not text.strip():
        return policy.start(), ""
    try:
        data: Any = json.loads(text)
        if not isinstance(data, Mapping) or data.get("version") != _VERSION:
            raise ValueError("it is not a state of this version")
        if data["policy"] != policy.name:
            return (
                policy.start(),
                f"what {data['policy']!r} learned is no use to {policy.name!r}: it starts anew",
            )
        return policy.load(data["state"]), ""
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        return policy.start(), (
            f"what {policy.name!r} had learned cannot be read ({error}); it starts anew. "
            "Restore the file from a backup if you have one"
        )
