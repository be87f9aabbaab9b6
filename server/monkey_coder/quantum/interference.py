"""Which candidates do the same: they reinforce each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .candidate import RAISED, Candidate


def classes(candidates: Sequence[Candidate]) -> tuple[tuple[str, ...], ...]:
    """Return a key for each candidate; those with the same key are equivalent.

    By their outputs where all were run on the same inputs (behavioural clustering: Li et al. 2022,
    AlphaCode; Chen et al. 2022, CodeT), else by structure. An input on which most candidates raise is
    outside of what was asked for, and left out. A candidate that does not parse is like no other.
    """
    kept = telling_inputs(candidates)
    keys: list[tuple[str, ...]] = []
    for candidate in candidates:
        evidence = candidate.evidence
        if not evidence.parses:
            keys.append(("", candidate.id))
        elif kept:
            keys.append(("outputs", *(evidence.outputs[i] for i in kept)))
        else:
            keys.append(("structure", evidence.structure or candidate.id))
    return tuple(keys)


def telling_inputs(candidates: Sequence[Candidate]) -> tuple[int, ...]:
    """Return the inputs on which at least half of the candidates gave a value; none if they differ
    in what they were run on."""
    running = [c.evidence.outputs for c in candidates if c.evidence.parses]
    if not running or len({len(outputs) for outputs in running}) != 1:
        return ()
    return tuple(
        i
        for i in range(len(running[0]))
        if sum(not outputs[i].startswith(RAISED) for outputs in running) * 2 >= len(candidates)
    )


def distinguishing_input(candidates: Sequence[Candidate]) -> int | None:
    """Return the input that splits the candidates most, or None if none does: the one to ask about.

    The split is measured by Gini's impurity of the outputs (Breiman et al. 1984), as in choosing a
    question that leaves the fewest hypotheses (query by committee: Seung, Opper & Sompolinsky 1992).
    """
    best, most = None, 0.0
    for i in telling_inputs(candidates):
        counts = Counter(c.evidence.outputs[i] for c in candidates if c.evidence.parses)
        total = sum(counts.values())
        impurity = 1 - sum((n / total) ** 2 for n in counts.values())
        if impurity > most + 1e-12:
            best, most = i, impurity
    return best
