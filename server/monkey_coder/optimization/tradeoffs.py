"""What one gets for more or less money, as a table of three lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .frontier import Option, frontier


@dataclass(frozen=True, slots=True)
class Line:
    """One way to choose: its label, the option, and what it would have cost for the requests of a
    time that is past; None where that is not known."""

    label: str
    option: Option
    past_usd: float | None = None


def tradeoffs(
    options: Sequence[Option], *, n_past: int = 0, past_usd: Mapping[str, float] | None = None
) -> tuple[Line, ...]:
    """Return "cheapest", "balanced" and "best" among the options worth having; fewer if they coincide.

    Balanced is the knee of the frontier: farthest above the line from the cheapest to the best, both
    axes scaled to 1 (Das 1999). `past_usd` is what each option would have cost for `n_past` requests
    where that was computed, else the expected cost times their number.
    """
    front = frontier(options)
    if not front:
        return ()
    cheapest, best = front[0], front[-1]
    chosen = [("cheapest", cheapest)]
    if len(front) > 2:
        rise = best.quality - cheapest.quality
        run = best.cost_usd - cheapest.cost_usd
        knee = max(
            front[1:-1],
            key=lambda o: (o.quality - cheapest.quality) / rise - (o.cost_usd - cheapest.cost_usd) / run,
        )
        chosen.append(("balanced", knee))
    if best is not cheapest:
        chosen.append(("best", best))
    return tuple(Line(label, option, _past(option, n_past, past_usd or {})) for label, option in chosen)


def table(lines: Sequence[Line], *, period: str = "last week") -> str:
    """Return the lines as Markdown."""
    rows = [f"| | model | good | a request | {period} |", "| --- | --- | ---: | ---: | ---: |"]
    for line in lines:
        past = "–" if line.past_usd is None else f"${line.past_usd:.2f}"
        rows.append(
            f"| {line.label} | {line.option.name} | {line.option.quality:.0%} | "
            f"${line.option.cost_usd:.4f} | {past} |"
        )
    return "\n".join(rows)


def _past(option: Option, n_past: int, past_usd: Mapping[str, float]) -> float | None:
    if option.name in past_usd:
        return past_usd[option.name]
    return option.cost_usd * n_past if n_past else None
