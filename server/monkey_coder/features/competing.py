"""Several models at one edit, as the product has them compete."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from ..core.clock import Clock
from ..core.errors import FileError
from ..core.model import Model, Request
from ..quantum.race import Contender, Price, Rules
from ..quantum.superposed import Superposed
from .candidates import Referee, wants_candidates
from .edit import cause_of
from .experience import Experience
from .joining import Joining

# The temperature of a second answer by the same model.
_VARIED = 0.8


def competing(
    models: Sequence[Model], clock: Clock, experience: Experience, referee: Referee, price: Price, *, n: int
) -> Model:
    """Return the model that asks `n` of these at once, and the rest only as those fail.

    Where there are fewer than that, they are asked again with more chance in their answers.
    """
    contenders = [Contender(model) for model in models]
    while len(contenders) < n:
        contenders.append(Contender(models[len(contenders) % len(models)], _VARIED))

    async def failed(request: Request, model: str, problem: str) -> None:
        # What cannot be written is told of when the answer that is kept is to be remembered.
        with suppress(FileError):
            await experience.failed(request, model, cause_of(problem))

    producers = experience.producers
    rules = Rules(producers=producers, price=price, failed=failed, join=Joining(producers).join)
    return Superposed(contenders, referee.judge, clock, applies=wants_candidates, width=n, rules=rules)
