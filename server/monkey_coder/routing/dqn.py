"""A deep Q-network in numpy: a small neural network of the value of each model for a task."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .features import N_FEATURES, TaskFeatures
from .policy import Choice, Outcome, Portfolio, Rival, affordable, checked, nothing_affordable
from .reward import reward

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# So many models can be told apart; each takes the next free output when its first outcome is learned.
MOST_MODELS = 32


@dataclass(frozen=True, slots=True)
class Memory:
    """One outcome for replay: what was seen, which output was chosen, what it gave, what followed."""

    vector: tuple[float, ...]
    output: int
    reward: float
    then: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """The state: weights, the target network's, Adam's moments, and the memory. Never written to."""

    weights: tuple[Floats, ...] = ()
    target: tuple[Floats, ...] = ()
    first: tuple[Floats, ...] = ()
    second: tuple[Floats, ...] = ()
    memory: tuple[Memory, ...] = ()
    outputs: Mapping[str, int] = field(default_factory=dict)
    costs: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    n: int = 0


@dataclass(frozen=True, slots=True)
class Dqn:
    """Take the model that the network values most; sometimes another, to learn.

    Technique: deep Q-learning (Mnih et al. 2015): experience replay from the last `memory` outcomes
    (Lin 1992), a target network copied every `copy_every` outcomes, the error clipped, epsilon-greedy
    with decay; Adam (Kingma & Ba 2015). The numbers drawn while learning depend on the state alone.
    """

    cost_weight: float = 0.2
    hidden: int = 32
    rate: float = 3e-3
    epsilon: float = 0.3
    decay: float = 0.99
    gamma: float = 0.0
    batch: int = 32
    steps: int = 4
    memory: int = 1_000
    copy_every: int = 20
    name: str = "dqn"

    def start(self) -> Network:
        return Network()

    def choose(
        self, features: TaskFeatures, portfolio: Portfolio, state: Network, rng: random.Random
    ) -> Choice:
        import numpy as np

        arms = affordable(portfolio, {model: usd for model, (usd, _) in state.costs.items()})
        if not arms:
            return nothing_affordable(portfolio)
        values = (
            _values(state.weights, np.asarray([features.vector]))[0]
            if state.weights
            else np.zeros(MOST_MODELS)
        )
        rivals = []
        for arm in arms:
            output = state.outputs.get(arm.model)
            usd, n = state.costs.get(arm.model, (0.0, 0.0))
            rivals.append(Rival(arm.model, 0.0 if output is None else float(values[output]), usd, n))
        epsilon = self.epsilon * self.decay**state.n
        if rng.random() < epsilon:
            chosen = rng.choice(rivals)
            why = f"{chosen.model}: tried to learn more ({epsilon:.0%} of requests)"
        else:
            best = max(rival.quality for rival in rivals)
            chosen = rng.choice([rival for rival in rivals if rival.quality == best])
            why = f"{chosen.model}: the network's value is {best:.2f} after {state.n} outcomes"
        return Choice(chosen.model, why, tuple(rivals))

    def learn(self, state: Network, outcome: Outcome) -> Network:
        outcome = checked(outcome)
        is_new = outcome.model not in state.outputs
        if not outcome.weight or (is_new and len(state.outputs) >= MOST_MODELS):
            return state
        outputs = {**state.outputs, outcome.model: state.outputs.get(outcome.model, len(state.outputs))}
        usd, paid = state.costs.get(outcome.model, (0.0, 0.0))
        event = Memory(
            outcome.features.vector,
            outputs[outcome.model],
            reward(outcome.quality, outcome.cost_usd, self.cost_weight),
            None if outcome.then is None else outcome.then.vector,
        )
        weights = state.weights or self._weights()
        zeros = tuple(array * 0 for array in weights)
        state = replace(
            state,
            weights=weights,
            target=state.target or weights,
            first=state.first or zeros,
            second=state.second or zeros,
            memory=(*state.memory, event)[-self.memory :],
            outputs=outputs,
            costs={**state.costs, outcome.model: ((usd * paid + outcome.cost_usd) / (paid + 1), paid + 1)},
            n=state.n + 1,
        )
        if len(state.memory) >= 8:
            state = self._train(state)
        return replace(state, target=state.weights) if state.n % self.copy_every == 0 else state

    def _train(self, state: Network) -> Network:
        """Return the state after `steps` steps on batches drawn from its memory."""
        import numpy as np

        rng = np.random.default_rng(state.n)
        weights, first, second = list(state.weights), list(state.first), list(state.second)
        for step in range(self.steps):
            drawn = rng.integers(len(state.memory), size=min(self.batch, len(state.memory)))
            events = [state.memory[i] for i in drawn]
            x = np.asarray([event.vector for event in events])
            chosen = np.asarray([event.output for event in events])
            wanted = np.asarray([event.reward for event in events]) + self.gamma * self._after(state, events)
            hidden = np.maximum(x @ weights[0] + weights[1], 0)
            rows = np.arange(len(events))
            error = (hidden @ weights[2] + weights[3])[rows, chosen] - wanted
            slope = np.zeros((len(events), MOST_MODELS))
            slope[rows, chosen] = np.clip(error, -1, 1) / len(events)
            back = (slope @ weights[2].T) * (hidden > 0)
            count = (state.n - 1) * self.steps + step + 1
            for i, g in enumerate((x.T @ back, back.sum(0), hidden.T @ slope, slope.sum(0))):
                first[i] = 0.9 * first[i] + 0.1 * g
                second[i] = 0.999 * second[i] + 0.001 * g * g
                scale = np.sqrt(second[i] / (1 - 0.999**count)) + 1e-8
                weights[i] = weights[i] - self.rate * (first[i] / (1 - 0.9**count)) / scale
        return replace(state, weights=tuple(weights), first=tuple(first), second=tuple(second))

    def _after(self, state: Network, events: list[Memory]) -> Floats:
        """Return what the target network expects of the tasks that followed; 0 where none did."""
        import numpy as np

        result = np.zeros(len(events))
        if self.gamma and state.outputs:
            for i, event in enumerate(events):
                if event.then is not None:
                    values = _values(state.target, np.asarray([event.then]))[0]
                    result[i] = values[: len(state.outputs)].max()
        return result

    def _weights(self) -> tuple[Floats, ...]:
        """Return weights to start from (He et al. 2015); the outputs start near zero."""
        import numpy as np

        rng = np.random.default_rng(0)
        return (
            rng.normal(0, (2 / N_FEATURES) ** 0.5, (N_FEATURES, self.hidden)),
            np.zeros(self.hidden),
            rng.normal(0, 0.1 * self.hidden**-0.5, (self.hidden, MOST_MODELS)),
            np.zeros(MOST_MODELS),
        )

    def dump(self, state: Network) -> Mapping[str, Any]:
        arrays = ("weights", "target", "first", "second")
        return {
            **{name: [array.tolist() for array in getattr(state, name)] for name in arrays},
            "memory": [[e.vector, e.output, e.reward, e.then] for e in state.memory],
            "outputs": dict(state.outputs),
            "costs": dict(state.costs),
            "n": state.n,
        }

    def load(self, data: Mapping[str, Any]) -> Network:
        import numpy as np

        shapes = [array.shape for array in self._weights()]

        def arrays(name: str) -> tuple[Floats, ...]:
            found = tuple(np.array(array, float) for array in data[name])
            if found and ([array.shape for array in found] != shapes or not all(map(_is_finite, found))):
                raise ValueError(f"{name!r} does not fit this network")
            return found

        outputs = {str(model): int(output) for model, output in dict(data["outputs"]).items()}
        memory = tuple(
            Memory(_vector(x), int(output), float(worth), None if then is None else _vector(then))
            for x, output, worth, then in data["memory"]
        )
        if sorted(outputs.values()) != list(range(len(outputs))) or len(outputs) > MOST_MODELS:
            raise ValueError("its models and outputs do not match")
        if any(not 0 <= event.output < len(outputs) for event in memory):
            raise ValueError("it remembers a model that it does not know")
        costs = {str(m): (float(usd), float(n)) for m, (usd, n) in dict(data["costs"]).items()}
        return Network(
            arrays("weights"), arrays("target"), arrays("first"), arrays("second"), memory, outputs, costs,
            int(data["n"]),
        )  # fmt: skip


def _values(weights: tuple[Floats, ...], x: Floats) -> Floats:
    import numpy as np

    result: Floats = np.maximum(x @ weights[0] + weights[1], 0) @ weights[2] + weights[3]
    return result


def _vector(numbers: Any) -> tuple[float, ...]:
    vector = tuple(float(number) for number in numbers)
    if len(vector) != N_FEATURES:
        raise ValueError(f"{N_FEATURES} features were expected, and {len(vector)} found")
    return vector


def _is_finite(array: Floats) -> bool:
    import numpy as np

    return bool(np.isfinite(array).all())
