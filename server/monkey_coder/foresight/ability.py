"""How able each model is and how hard tasks are, learned together from attempts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from .verifier import Verifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# How much a step of ability or difficulty changes the odds. Tasks differ widely (many are easy for all
# models or for none) until more is known (worth `_USUAL` tasks), models by less, as those that anyone
# configures are all able. A slope of 3 fitted best on three public sets of outcomes of many models on
# the same tasks, on which ability grew by 0.05 to 0.23 for e times the cost.
_SLOPE = 3.0
SPREAD = 0.4
_GROWTH, _GROWTH_SPREAD = 0.06, 0.1
_USUAL, _WIDE = 30.0, 2.0
_N_LEVELS = 25
_MOST_PATTERNS = 400
_STAGE_PRIOR = 5.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """A model's try at a task. `is_certain`: `accepted` is the truth (the user's word, or a test that
    cannot err), not the verdict of checks that may be wrong."""

    model: str
    accepted: bool
    cost_usd: float
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """What was paid for a model: dollars, attempts, the dearest. `n` counts an attempt that was made
    after others had failed, and so at a harder task, as `Abilities.dearer` more."""

    usd: float = 0.0
    n: float = 0.0
    most_usd: float = 0.0


# What happened to one task: (model, accepted, certain) of each attempt, sorted.
Pattern = tuple[tuple[str, bool, bool], ...]


@dataclass(frozen=True, slots=True)
class Abilities:
    """The state. `ability` and `variance` by model; `patterns` counts what happened to tasks.

    `difficulty` is how common each of `levels()` is among tasks, () for the usual. `stages` sums, for
    attempts at tasks at which one or two others had failed, what they cost in terms of the model's mean.
    """

    ability: Mapping[str, float] = field(default_factory=dict)
    variance: Mapping[str, float] = field(default_factory=dict)
    patterns: Mapping[Pattern, float] = field(default_factory=dict)
    costs: Mapping[str, Cost] = field(default_factory=dict)
    difficulty: tuple[float, ...] = ()
    stages: tuple[tuple[float, float], ...] = ((0.0, 0.0), (0.0, 0.0))

    @property
    def dearer(self) -> tuple[float, ...]:
        """How many times its mean an attempt costs after none, one or two others have failed."""
        ratios = [(_STAGE_PRIOR + ratio) / (_STAGE_PRIOR + n) for ratio, n in self.stages]
        return (1.0, *(min(max(ratio, 0.5), 4.0) for ratio in ratios))

    def guess(self, cost_usd: float | None = None) -> float:
        """Return the ability of a model of which nothing is known, or only its cost."""
        models = list(self.ability)
        logs = [_log_cost(self.costs.get(model)) for model in models]
        mean, slope, middle = _trend([self.ability[model] for model in models], logs)
        return mean if not cost_usd else mean + slope * (math.log(cost_usd) - middle)


@cache
def levels() -> Floats:
    """Return the difficulties that are told apart."""
    import numpy as np

    return np.linspace(-4, 4, _N_LEVELS)


@cache
def usual() -> Floats:
    """Return how likely each difficulty is for a task of which nothing is known."""
    import numpy as np

    weights = np.exp(-((levels() / _WIDE) ** 2) / 2)
    result: Floats = weights / weights.sum()
    return result


def pass_rates(abilities: Sequence[float]) -> Floats:
    """Return how likely each model solves a task of each difficulty."""
    import numpy as np

    odds = _SLOPE * (np.asarray(abilities)[:, None] - levels()[None])
    result: Floats = np.clip(1 / (1 + np.exp(-odds)), 1e-3, 1 - 1e-3)
    return result


def _log_cost(cost: Cost | None) -> float | None:
    return math.log(cost.usd / cost.n) if cost is not None and cost.n > 0 and cost.usd > 0 else None


def _trend(ability: Sequence[float], logs: Sequence[float | None]) -> tuple[float, float, float]:
    """Return the mean ability, how it grows with the logarithm of cost, and the mean logarithm.

    Most models solve most tasks, and dearer ones more: the prior is an ability of 0.5, and `_GROWTH`
    more for e times the cost. A conjugate normal regression.
    """
    mean = (0.5 + sum(ability)) / (1 + len(ability))
    pairs = [(log, a) for log, a in zip(logs, ability, strict=True) if log is not None]
    if not pairs:
        return mean, _GROWTH, 0.0
    middle = sum(log for log, _ in pairs) / len(pairs)
    strength = (SPREAD / _GROWTH_SPREAD) ** 2
    products = sum((log - middle) * (a - mean) for log, a in pairs)
    slope = (strength * _GROWTH + products) / (strength + sum((log - middle) ** 2 for log, _ in pairs))
    return mean, slope, middle


def learn_attempts(
    state: Abilities,
    attempts: Sequence[Attempt],
    verifier: Verifier,
    *,
    discount: float = 0.999,
    rounds: int = 4,
    together: bool = False,
) -> Abilities:
    """Return the state that also knows the attempts made at one task, in their order.

    `together`: they were made side by side, none because another had failed.

    Technique: item response theory, one parameter a model (Rasch 1960), the tasks' difficulties
    integrated out by EM over a grid (Bock & Aitkin 1981) with `rounds` rounds from where the last
    call stopped, the spread of difficulties learned too. Abilities are shrunk by a normal prior to what
    models of their price can do, which is a regression learned beside them; their variance is Laplace's
    approximation. A verdict counts for what the verifier's error rates leave of it. Old tasks fade
    by `discount`.
    """
    attempts = [a for a in attempts if math.isfinite(a.cost_usd)]
    if not attempts:
        return state
    pattern: Pattern = tuple(sorted({(a.model, a.accepted, a.is_certain) for a in attempts}))
    patterns = {key: count * discount for key, count in state.patterns.items()}
    patterns[pattern] = patterns.pop(pattern, 0.0) + 1.0
    if len(patterns) > _MOST_PATTERNS:
        patterns.pop(min(patterns, key=patterns.__getitem__))
    state = replace(_paid(state, attempts, discount, together), patterns=patterns)
    return fitted(state, verifier, rounds=rounds)


def learn_many(
    state: Abilities, tasks: Iterable[Sequence[Attempt]], verifier: Verifier, *, rounds: int = 30
) -> Abilities:
    """Return the state that also knows many tasks, fitted once."""
    for attempts in tasks:
        state = learn_attempts(state, attempts, verifier, discount=1.0, rounds=0, together=True)
    return fitted(state, verifier, rounds=rounds)


def _paid(state: Abilities, attempts: Sequence[Attempt], discount: float, together: bool) -> Abilities:
    """Return the state with what the attempts cost, and how that grew with failures before them."""
    costs, stages, dearer = dict(state.costs), [list(stage) for stage in state.stages], state.dearer
    for at, attempt in enumerate(attempts):
        usd = max(attempt.cost_usd, 0.0)
        old = costs.get(attempt.model, Cost())
        failed = [not other.accepted for i, other in enumerate(attempts) if (i != at if together else i < at)]
        stage = 0 if together else min(len(failed), len(stages))
        if old.n >= 2 and old.usd > 0:
            ratio = usd / (old.usd / old.n)
            for k, sums in enumerate(stages, start=1):
                # Side by side: how likely it is that k of the others, drawn at random, all failed.
                weight = (sum(failed) / max(len(failed), 1)) ** k if together else float(stage == k)
                sums[0] = sums[0] * (1 - weight * (1 - discount)) + weight * min(ratio, 10.0)
                sums[1] = sums[1] * (1 - weight * (1 - discount)) + weight
        most = max(old.most_usd * discount, usd)
        costs[attempt.model] = Cost(old.usd * discount + usd, old.n * discount + dearer[stage], most)
    return replace(state, costs=costs, stages=tuple((total, n) for total, n in stages))


def fitted(state: Abilities, verifier: Verifier, *, rounds: int) -> Abilities:
    """Return the state with abilities that fit what happened better."""
    import numpy as np

    models = sorted({model for pattern in state.patterns for model, _, _ in pattern})
    if not rounds or not models:
        return state
    place = {model: i for i, model in enumerate(models)}
    counts = np.asarray(list(state.patterns.values()))
    # Outcomes by [pattern, model]: accepted and rejected by the checks, right and wrong for certain.
    seen = np.zeros((4, len(counts), len(models)))
    for row, pattern in enumerate(state.patterns):
        for model, accepted, is_certain in pattern:
            seen[2 * is_certain + (not accepted), row, place[model]] = 1
    logs = [_log_cost(state.costs.get(model)) for model in models]
    guess = state.guess()
    ability = np.asarray([state.ability.get(model, guess) for model in models])
    common = difficulty_of(state)
    slip, luck = verifier.false_reject, verifier.false_accept
    for _ in range(rounds):
        passes = pass_rates(ability.tolist())
        verdict = np.clip(passes * (1 - slip) + (1 - passes) * luck, 1e-3, 1 - 1e-3)
        chances = np.stack([verdict, 1 - verdict, passes, 1 - passes])
        likelihood = np.einsum("orm,omd->rd", seen, np.log(chances))
        weights = common * np.exp(likelihood - likelihood.max(1, keepdims=True))
        weights *= (counts / weights.sum(1))[:, None]
        tally = np.einsum("orm,rd->omd", seen, weights)
        ability, information = _improved(ability, _expected(ability, logs), tally, slip, luck)
        common = _USUAL * usual() + weights.sum(0)
        common = common / common.sum()
    known = dict(zip(models, ability.tolist(), strict=True))
    variance = dict(zip(models, (1 / information).tolist(), strict=True))
    return replace(state, ability=known, variance=variance, difficulty=tuple(common.tolist()))


def difficulty_of(state: Abilities) -> Floats:
    """Return how likely each difficulty is for a task of which nothing else is known."""
    import numpy as np

    return np.asarray(state.difficulty) if state.difficulty else usual()


def _expected(ability: Floats, logs: Sequence[float | None]) -> Floats:
    """Return the ability that is expected of each model by its cost."""
    import numpy as np

    mean, slope, middle = _trend(ability.tolist(), logs)
    return np.asarray([mean + (0.0 if log is None else slope * (log - middle)) for log in logs])


def _improved(
    ability: Floats, expected: Floats, tally: Floats, slip: float, luck: float
) -> tuple[Floats, Floats]:
    """Return abilities after a Fisher scoring step, and the information there is about each."""
    import numpy as np

    passes = pass_rates(ability.tolist())
    bend = _SLOPE * passes * (1 - passes)
    slope = -(ability - expected) / SPREAD**2
    information = np.full(len(ability), 1 / SPREAD**2)
    verdict = np.clip(passes * (1 - slip) + (1 - passes) * luck, 1e-3, 1 - 1e-3)
    for yes, no, chance, change in (
        (tally[0], tally[1], verdict, bend * (1 - slip - luck)),
        (tally[2], tally[3], passes, bend),
    ):
        n = yes + no
        weight = change / (chance * (1 - chance))
        slope = slope + ((yes - n * chance) * weight).sum(1)
        information = information + (n * change * weight).sum(1)
    return ability + np.clip(slope / information, -1, 1), information


def dump_abilities(state: Abilities) -> Mapping[str, Any]:
    """Return the state as JSON values."""
    return {
        "ability": dict(state.ability),
        "variance": dict(state.variance),
        "patterns": [[list(map(list, pattern)), count] for pattern, count in state.patterns.items()],
        "costs": {model: [cost.usd, cost.n, cost.most_usd] for model, cost in state.costs.items()},
        "difficulty": list(state.difficulty),
        "stages": [list(stage) for stage in state.stages],
    }


def load_abilities(data: Mapping[str, Any]) -> Abilities:
    """Return the state that was dumped. Raises: ValueError, TypeError, KeyError if it is none."""
    ability = {str(m): _finite(value) for m, value in dict(data["ability"]).items()}
    variance = {str(m): _finite(value, least=0) for m, value in dict(data["variance"]).items()}
    patterns = {
        tuple((str(m), bool(accepted), bool(certain)) for m, accepted, certain in pattern): _finite(
            n, least=0
        )
        for pattern, n in data["patterns"]
    }
    costs = {
        str(m): Cost(*(_finite(number, least=0) for number in (usd, n, most)))
        for m, (usd, n, most) in dict(data["costs"]).items()
    }
    if set(ability) != set(variance):
        raise ValueError("its abilities and variances are of different models")
    difficulty = tuple(_finite(share, least=0) for share in data["difficulty"])
    stages = tuple((_finite(ratio, least=0), _finite(n, least=0)) for ratio, n in data["stages"])
    if len(difficulty) not in (0, _N_LEVELS) or (difficulty and not sum(difficulty)) or len(stages) != 2:
        raise ValueError("its difficulties do not fit")
    return Abilities(ability, variance, patterns, costs, difficulty, stages)


def _finite(number: Any, *, least: float = -math.inf) -> float:
    value = float(number)
    if not math.isfinite(value) or value < least:
        raise ValueError(f"{number!r} is no number that could have been learned")
    return value
