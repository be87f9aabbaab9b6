"""The evidence behind the choice of models, as text and as pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from ..core.errors import ConfigError, FileError
from ..foresight.calibration import Calibration, calibration
from ..optimization.frontier import Option, frontier
from ..optimization.tradeoffs import Line, table, tradeoffs
from ..routing.contest import Standing, may_take_over, replayed
from ..routing.named import policy_named
from ..routing.policy import Arm, Portfolio
from ..routing.reward import Act
from .experience import Episode

_POLICIES = ("thompson", "linucb", "q", "dqn")
_COST_WEIGHT = 0.2
# The history that the policies are replayed on: a deep network learns a few hundred in a second.
_REPLAYED = 400
_MARKS = "▁▂▃▄▅▆▇█"
_BAR = 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known: the episodes, how good forecasts were, how each policy would have done."""

    episodes: tuple[Episode, ...]
    forecasts: Calibration
    standings: tuple[Standing, ...]


def evidence_of(episodes: Sequence[Episode]) -> Evidence:
    """Return what the episodes prove."""
    told = [one for one in episodes if one.said is not None]
    said = [one.said for one in told if one.said is not None]
    history = [one.outcome for one in episodes[-_REPLAYED:]]
    portfolio = Portfolio(tuple(Arm(name) for name in dict.fromkeys(one.model for one in history)))
    policies = [policy for name in _POLICIES if (policy := policy_named(name)) is not None]
    standings = replayed(history, policies, portfolio, _COST_WEIGHT) if len(portfolio.arms) > 1 else ()
    return Evidence(tuple(episodes), calibration(said, [one.passed for one in told]), standings)


def report(evidence: Evidence, routing: str) -> str:
    """Return the report as plain text."""
    if not evidence.episodes:
        return "no history yet: nothing was asked of a model, or it was forgotten"
    lines = [f"routing is {routing}; {len(evidence.episodes)} answers are remembered", ""]
    lines += _models(evidence.episodes)
    lines += ["", f"forecasts: {evidence.forecasts.words}"]
    for one in evidence.forecasts.bins:
        bar = "█" * round(one.was * _BAR)
        lines.append(f"  said {one.said:>4.0%}  was {one.was:>4.0%}  {bar:<{_BAR}}  {one.n}")
    lines += ["", *_contest(evidence.standings, routing)]
    return "\n".join(lines)


def _models(episodes: Sequence[Episode]) -> list[str]:
    names = list(dict.fromkeys(one.model for one in episodes))
    wide = max(len("model"), *map(len, names))
    acts = (Act.KEPT, Act.EDITED, Act.UNDONE, Act.DISMISSED)
    head = "  ".join(f"{act.value:>9}" for act in acts)
    lines = [f"{'model':<{wide}}  answers  passed  {head}  {'a request':>9}  seconds"]
    for name in names:
        own = [one for one in episodes if one.model == name]
        counts = Counter(one.act for one in own)
        row = "  ".join(f"{counts[act]:>9}" for act in acts)
        passed = sum(one.passed for one in own) / len(own)
        costs = [one.cost_usd for one in own if one.cost_usd is not None]
        cost = f"${sum(costs) / len(costs):.4f}" if costs else "unknown"
        seconds = sum(one.seconds for one in own) / len(own)
        lines.append(f"{name:<{wide}}  {len(own):>7}  {passed:>6.0%}  {row}  {cost:>9}  {seconds:>7.1f}")
    return lines


def _contest(standings: Sequence[Standing], routing: str) -> list[str]:
    if not standings:
        return ["the policies are compared once two models have answered"]
    lines = [f"how each policy would have done on this history (quality less {_COST_WEIGHT:g} a dollar)"]
    for one in standings:
        if one.n:
            error = f"±{one.error:.3f}" if one.n > 1 else ""
            lines.append(f"  {one.policy:<9} {one.mean:>6.3f} {error:<7} {one.n:>4}  {curve(one.means)}")
    policy = policy_named(routing)
    reigning = next((one for one in standings if policy is not None and one.policy == policy.name), None)
    better = [one for one in standings if reigning is not None and may_take_over(reigning, one)]
    if better:
        lines.append(f"{better[0].policy} did better than {routing} beyond doubt: set routing to it")
    return lines


def curve(values: Sequence[float], *, width: int = 40) -> str:
    """Return values as a line of blocks, the lowest to the highest, at most `width` of them."""
    if not values:
        return ""
    picked = [values[i * len(values) // width] for i in range(width)] if len(values) > width else list(values)
    low, high = min(picked), max(picked)
    spread = high - low
    return "".join(_MARKS[round((one - low) / spread * 7) if spread > 1e-9 else 3] for one in picked)


def options_of(episodes: Sequence[Episode]) -> tuple[Option, ...]:
    """Return each model's quality (what the checks and the user said) and mean cost, as far as known."""
    options = []
    for name in dict.fromkeys(one.model for one in episodes):
        own = [one for one in episodes if one.model == name]
        costs = [one.cost_usd for one in own if one.cost_usd is not None]
        if costs:
            good = sum(one.outcome.quality for one in own)
            options.append(Option(name, (1 + good) / (2 + len(own)), sum(costs) / len(costs)))
    return tuple(options)


def tradeoff_lines(episodes: Sequence[Episode], now: datetime) -> tuple[Line, ...]:
    """Return cheapest, balanced and best, with what each would have cost in the week before `now`."""
    week = now - timedelta(days=7)
    n_past = sum(datetime.fromisoformat(one.at) >= week for one in episodes)
    return tradeoffs(options_of(episodes), n_past=n_past)


def frontier_report(episodes: Sequence[Episode], now: datetime) -> str:
    """Return the table of trade-offs, and the models that others beat on both quality and cost."""
    lines = tradeoff_lines(episodes, now)
    if not lines:
        return "no history yet: no answer's cost is known"
    options = options_of(episodes)
    front = {one.name for one in frontier(options)}
    beaten = [
        f"{one.name} ({one.quality:.0%} at ${one.cost_usd:.4f})" for one in options if one.name not in front
    ]
    return "\n".join([table(lines), *([f"not worth asking: {', '.join(beaten)}"] if beaten else [])])


def draw_report(evidence: Evidence, path: Path) -> None:
    """Draw how the policies would have done, and how good forecasts were. Raises: ConfigError, FileError."""
    figure = _figure()
    left, right = figure.subplots(1, 2)
    for one in evidence.standings:
        left.plot(range(1, one.n + 1), one.means, label=one.policy)
    left.set(title="Policies on this history", xlabel="answers", ylabel="mean reward")
    if evidence.standings:
        left.legend()
    right.plot([0, 1], [0, 1], color="grey", linestyle="--")
    bins = evidence.forecasts.bins
    right.plot([one.said for one in bins], [one.was for one in bins], marker="o")
    right.set(title="Forecasts", xlabel="said", ylabel="came true", xlim=(0, 1), ylim=(0, 1))
    _save(figure, path)


def draw_frontier(episodes: Sequence[Episode], path: Path) -> None:
    """Draw models by cost and quality with the frontier. Raises: ConfigError, FileError."""
    figure = _figure()
    axes = figure.subplots()
    options = options_of(episodes)
    for one in options:
        axes.scatter(one.cost_usd, one.quality)
        axes.annotate(one.name, (one.cost_usd, one.quality))
    front = frontier(options)
    axes.step([one.cost_usd for one in front], [one.quality for one in front], where="post")
    axes.set(title="Worth having", xlabel="US dollars a request", ylabel="good")
    _save(figure, path)


def _figure() -> Any:
    try:
        return import_module("matplotlib.figure").Figure(figsize=(10, 5), layout="constrained")
    except ImportError as error:
        raise ConfigError(
            "pictures need matplotlib; install it with: pip install 'monkey-coder[plots]'"
        ) from error


def _save(figure: Any, path: Path) -> None:
    try:
        figure.savefig(path, format="png")
    except OSError as error:
        raise FileError(f"{str(path)!r} cannot be written: {error.strerror}") from error
