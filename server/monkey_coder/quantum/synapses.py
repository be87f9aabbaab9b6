"""What candidates have learned, for those that begin after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .candidate import RAISED, Candidate, Evidence
from .interference import distinguishing_input

_MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Finding:
    """What a judge says of an answer. `problem` is why it cannot be used, "" if it can.

    `inputs` are what it was run on, in words, one for each of the evidence's outputs; `learned` is what
    it brought to light that holds for every other answer too.
    """

    evidence: Evidence
    problem: str = ""
    inputs: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()


def told(findings: Sequence[Finding]) -> str:
    """Return what a candidate that begins now should know of those that ended; "" if nothing.

    Failed checks with their reasons (Shinn et al. 2023, "Reflexion"), what the answers have in common, and
    the input on which they differ most, as the question that tells hypotheses apart (query by committee:
    Seung, Opper & Sompolinsky 1992). A stream that runs cannot be told anything: it is let run.
    """
    problems = Counter(one.problem for one in findings if one.problem)
    shared = dict.fromkeys(line for one in findings for line in one.learned)
    said: list[str] = []
    if problems:
        said.append("Another answer to this failed its checks; do not repeat its mistake:")
        said += [f"- {problem}{_times(n)}" for problem, n in problems.most_common(_MOST_LINES)]
    if shared:
        said.append("What other answers brought to light:")
        said += [f"- {line}" for line in list(shared)[:_MOST_LINES]]
    if difference := _difference(findings):
        said.append(difference)
    return "\n".join(said)


def _difference(findings: Sequence[Finding]) -> str:
    ran = [one for one in findings if one.inputs and len(one.inputs) == len(one.evidence.outputs)]
    if len({one.inputs for one in ran}) != 1:
        return ""
    candidates = [Candidate(str(i), "", one.evidence) for i, one in enumerate(ran)]
    at = distinguishing_input(candidates)
    if at is None:
        return ""
    outputs = Counter(one.evidence.outputs[at] for one in ran)
    words = "; ".join(f"{_output(output)}{_times(n)}" for output, n in outputs.most_common(_MOST_LINES))
    return f"Answers so far differ on `{ran[0].inputs[at]}`: {words}. Decide what the request wants there."


def _output(output: str) -> str:
    return f"it raises {output.removeprefix(RAISED)}" if output.startswith(RAISED) else f"`{output}`"


def _times(n: int) -> str:
    return f" ({n} answers)" if n > 1 else ""
