"""A candidate answer, and what has been measured of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field

# How an output begins that is an exception or a time-out instead of a value.
RAISED = "!"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a candidate. Whatever was not measured is left empty.

    `examples`: whether it passed each of the user's own examples or checks, which are right (tests that
    a model wrote are mostly wrong, and hurt when they are counted). `outputs`: a digest of its output on
    each of the inputs that all candidates were run on (`RAISED` first where it raised).
    `structure`: a key that candidates share whose syntax trees are the same but for names.
    """

    parses: bool = True
    examples: tuple[bool, ...] = ()
    outputs: tuple[str, ...] = ()
    structure: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of several answers to the same request; `producer` is the model, or model and strategy."""

    id: str
    producer: str
    evidence: Evidence = field(default_factory=Evidence)
