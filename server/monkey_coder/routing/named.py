"""The policies by the names that a user selects them by."""

from __future__ import annotations

from typing import Any

from .policy import Policy


def policy_named(name: str) -> Policy[Any] | None:
    """Return the policy of a name, such as "thompson"; None for one that there is not, such as "off"."""
    match name:
        case "thompson":
            from .thompson import Thompson

            return Thompson()
        case "linucb":
            from .linucb import LinUcb

            return LinUcb()
        case "q":
            from .q_learning import QLearning

            return QLearning()
        case "dqn":
            from .dqn import Dqn

            return Dqn()
        case _:
            return None
