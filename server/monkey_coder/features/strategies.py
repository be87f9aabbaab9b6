"""How a change is to be worked out: what the user says, else what the outcomes speak for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..core.kit import Kit
from ..core.model import Strategy, Task, TaskKind


@dataclass(frozen=True, slots=True)
class Chosen:
    """The strategy of a request, why it was chosen ("" without a choice), and what it probably comes to.

    `warning` says why the user does not get what was asked for, "" if that is what comes.
    """

    strategy: Strategy
    why: str = ""
    forecast: str = ""
    warning: str = ""

    @property
    def words(self) -> str:
        """The choice and its forecast in one line; "" where there is nothing to tell."""
        if not self.why:
            return self.forecast
        return f"{self.strategy} ({self.why})" + (f": {self.forecast}" if self.forecast else "")


def _runs_tests(kit: Kit, task: Task) -> bool:
    """Tell whether an answer can be told right from wrong. Then one call, and a plan and another only where
    it fails, is the better bet: see `agents/pipeline.py`."""
    return kit.runs_tests and task.document.folder in kit.trusted_folders


async def with_strategy(kit: Kit, task: Task) -> tuple[Task, Chosen]:
    """Return the task with its strategy settled, and what to tell the user of it. No model is asked."""
    from ..agents.pipeline import Pipeline

    if not isinstance(kit.model, Pipeline):
        wanted = task.strategy
        warning = ""
        if wanted not in (None, Strategy.AUTO, Strategy.DIRECT):
            warning = f"{kit.model.name} answers at once: the strategy {wanted} needs a language model"
        chosen = Chosen(Strategy.DIRECT, warning=warning)
        task = replace(task, strategy=Strategy.DIRECT)
    else:
        usual, wanted = kit.model.strategies[0], task.strategy or kit.strategy
        strategy, why = wanted, "" if wanted is usual else "as you asked"
        if wanted is Strategy.AUTO:
            strategy, why = usual, ""
            if kit.outcomes is not None:
                strategy, why = await kit.outcomes.preferred(task, kit.model.name, kit.model.strategies)
            if not why and usual is Strategy.DIRECT and _runs_tests(kit, task):
                strategy, why = Strategy.CASCADE, "its tests are run"
        chosen = Chosen(strategy, why)
        # What the other settings come to is done as they say.
        is_usual = wanted is Strategy.AUTO and strategy is usual
        task = replace(task, strategy=Strategy.AUTO if is_usual else strategy)
    if kit.outcomes is None:
        return task, chosen
    asked = replace(task, strategy=chosen.strategy)
    return task, replace(chosen, forecast=await kit.outcomes.forecast(asked, kit.model.name))


def forecast_at_hand(kit: Kit, kind: TaskKind) -> str | None:
    """Return what a request of a kind will probably come to, at once; None if that has to be read first."""
    if kit.outcomes is None:
        return ""
    from ..agents.pipeline import KINDS, Pipeline

    strategy = Strategy.DIRECT
    if isinstance(kit.model, Pipeline) and kind in KINDS:
        strategy = kit.model.strategies[0] if kit.strategy is Strategy.AUTO else kit.strategy
    found = kit.outcomes.forecast_at_hand(kind, kit.model.name, strategy)
    return f"{strategy}: {found}" if found and strategy is not Strategy.DIRECT else found
