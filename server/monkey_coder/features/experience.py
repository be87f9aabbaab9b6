"""What became of answers: kept on this machine, learned from, and told before the next request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import random
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ..agents.router import NO_RECORD
from ..agents.router import Record as RouterRecord
from ..agents.router import learn as learn_router
from ..communication.contract_net import Bid
from ..core.clock import Clock
from ..core.errors import FileError
from ..core.kit import Answer
from ..core.model import Request, Strategy, Task, TaskKind, UsageReport
from ..filesystem.lock import locked
from ..foresight.forecast import Forecast
from ..foresight.posterior import Record, belief, learn_success, success
from ..foresight.projection import Amount, Amounts, learn_amount, project
from ..foresight.risk import Failures, learn_failures, risks
from ..foresight.strategies import Prospect, prefer
from ..quantum.producers import Producers, learn_producer
from ..routing.features import TaskFeatures, features_of, load_features
from ..routing.policy import Arm, Choice, Outcome, Policy, Portfolio
from ..routing.reward import Act, quality

_MOST_LINES = 20_000
_MOST_EPISODES = 2_000
# What is known of an answer on which the user has not said a word counts for so much.
_UNSEEN = 0.3
_DIRECT = Strategy.DIRECT.value


@dataclass(frozen=True, slots=True)
class Episode:
    """One answer and what became of it. No part of its text is kept.

    `passed` says whether it applied and parsed, `said` how likely that was thought to be beforehand
    (None: nothing was known). `cause` is why it failed. An unknown cost is None. `change` is the id of
    the change of files that was written, where one was.
    """

    id: str
    at: str
    features: TaskFeatures
    model: str
    passed: bool
    cost_usd: float | None
    seconds: float
    n_files: int = 0
    said: float | None = None
    cause: str = ""
    act: Act = Act.NONE
    change: str = ""
    strategy: str = _DIRECT
    asked: str = ""
    personas: tuple[tuple[str, float, bool], ...] = ()

    @property
    def of(self) -> str:
        """The model that it speaks of: who answered, or who was asked to have it worked out in phases."""
        return self.model if self.strategy == _DIRECT else self.asked or self.model

    @property
    def outcome(self) -> Outcome:
        """The same for a policy that learns."""
        worth = quality(self.act, float(self.passed))
        weight = 1.0 if self.act is not Act.NONE or not self.passed else _UNSEEN
        return Outcome(self.features, self.model, worth, self.cost_usd or 0.0, weight)


@dataclass(slots=True)
class _Known:
    """What follows from all episodes."""

    episodes: dict[str, Episode] = field(default_factory=dict)
    record: Record = field(default_factory=Record)
    costs: Amounts = field(default_factory=Amounts)
    times: Amounts = field(default_factory=Amounts)
    failures: Failures = field(default_factory=Failures)
    router: RouterRecord = NO_RECORD
    worths: dict[tuple[str, str, str], tuple[float, float]] = field(default_factory=dict)
    producers: Producers = field(default_factory=Producers)
    state: Any = None
    message: str = ""

    def take(self, episode: Episode) -> None:
        """Learn what is there as soon as an answer is: whether it passed, its cost and its time."""
        kind, model = episode.features.kind, episode.of
        key = _key(kind, model, episode.strategy)
        self.record = learn_success(self.record, kind, model, episode.strategy, float(episode.passed))
        self.router = learn_router(self.router, episode.personas)
        self.failures = learn_failures(self.failures, kind, model, (episode.cause,) if episode.cause else ())
        self.times = learn_amount(self.times, key, episode.seconds)
        self.weigh(episode, 1.0)
        if episode.cost_usd is not None:
            self.costs = learn_amount(self.costs, key, episode.cost_usd)

    def weigh(self, episode: Episode, sign: float) -> None:
        """Count how good an answer was; with -1, take that back, for what the user did since changes it."""
        outcome = episode.outcome
        weight = sign * outcome.weight
        self.producers = learn_producer(self.producers, outcome.model, outcome.quality, weight=weight)
        key = (episode.features.kind, episode.of, episode.strategy)
        good, bad = self.worths.get(key, (0.0, 0.0))
        self.worths[key] = (good + weight * outcome.quality, bad + weight * (1 - outcome.quality))


Price = Callable[[str, UsageReport, datetime], float | None]


class Experience:
    """Episodes in a file of lines at `path`, which several processes may write at once.

    With `policy`, `choose` says which of `arms` to ask. Nothing is read before the first question. A
    damaged line is passed over, and `take_message` says so once. `price` and `arms` may take long.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        price: Price,
        *,
        policy: Policy[Any] | None = None,
        arms: Callable[[], tuple[Arm, ...]] = tuple,
        rng: random.Random | None = None,
    ) -> None:
        self._path = path
        self._clock = clock
        self._price = price
        self._policy = policy
        self._arms = arms
        self._rng = rng or random.Random()
        self._loading = asyncio.Lock()
        self._known: _Known | None = None
        self._portfolio = Portfolio(())

    async def choose(self, request: Request) -> Choice:
        """Return which model to ask, and why. Raises: FileError."""
        known = await self._loaded()
        assert self._policy is not None, "routing is switched off"
        return self._policy.choose(features_of(request.task), self._portfolio, known.state, self._rng)

    async def failed(self, request: Request, model: str, cause: str = "no answer") -> None:
        """Take note that a model gave no answer, or none that could be used."""
        await self.answered(replace(request.task, strategy=None), Answer(model, False, 0.0, cause=cause))

    async def answered(self, task: Task, answer: Answer) -> str:
        """Keep what came of a request; return its id, for `acted`. Raises: FileError."""
        known = await self._loaded()
        features = features_of(task)
        strategy = _strategy_of(task)
        of = answer.model if strategy == _DIRECT else answer.asked or answer.model
        before = success(known.record, features.kind, of, strategy)
        now = self._clock.now()
        cost = None
        if answer.usage is not None:
            cost = await asyncio.to_thread(self._price, answer.model, answer.usage, now)
        cost = None if cost is None or answer.others_usd is None else cost + answer.others_usd
        episode = Episode(
            uuid.uuid4().hex[:16],
            now.isoformat(timespec="seconds"),
            features,
            answer.model,
            answer.passed,
            cost,
            answer.seconds,
            answer.n_files,
            before.mean if before.n else None,
            answer.cause,
            strategy=strategy,
            asked=answer.asked,
            personas=answer.personas,
        )
        known.episodes[episode.id] = episode
        known.take(episode)
        if not episode.passed:
            self._learn(known, episode)
        await asyncio.to_thread(self._append, asdict(episode))
        return episode.id

    async def acted(self, id_: str, act: str, change: str = "") -> None:
        """Learn what the user did with an answer: a value of `Act`; `change` is what was written.

        Raises: FileError, ValueError.
        """
        known = await self._loaded()
        old = known.episodes.get(id_)
        if old is None or old.act is Act(act):
            return
        known.episodes[id_] = replace(old, act=Act(act), change=change or old.change)
        known.weigh(old, -1.0)
        known.weigh(known.episodes[id_], 1.0)
        self._learn(known, known.episodes[id_])
        await asyncio.to_thread(self._append, {"id": id_, "act": act, "change": change or old.change})

    async def undone(self, change: str) -> None:
        """The user took back a change of files. Raises: FileError."""
        known = await self._loaded()
        for episode in list(known.episodes.values()):
            if change and episode.change == change:
                await self.acted(episode.id, Act.UNDONE)

    async def forecast(self, task: Task, model: str) -> str:
        """Return what a request will probably come to, in words; "" as long as nothing like it was
        ever asked of the model, and where the file cannot be read."""
        try:
            known = await self._loaded()
        except FileError:
            return ""
        found = _forecast(known, features_of(task).kind, model, _strategy_of(task))
        return found.words if found is not None else ""

    async def preferred(self, task: Task, model: str, strategies: Sequence[Strategy]) -> tuple[Strategy, str]:
        """Return which of the strategies the outcomes speak for, and why; the first without a reason."""
        try:
            known = await self._loaded()
        except FileError:
            return strategies[0], ""
        kind, worths = task.kind.value, Record(known.worths)
        prospects = [
            Prospect(
                one.value,
                *belief(worths, kind, model, one.value),
                project(known.costs, _key(kind, model, one.value)),
            )
            for one in strategies
        ]
        found = prefer(prospects)
        return Strategy(found.strategy), found.why

    async def price(self, model: str, usage: UsageReport) -> float | None:
        """Return what a call cost in US dollars; None if nobody knows."""
        return await asyncio.to_thread(self._price, model, usage, self._clock.now())

    async def bid(self, request: Request, model: str) -> Bid:
        """Return what is to be expected of a model that writes an answer. Raises: FileError."""
        known = await self._loaded()
        kind = request.task.kind.value
        guess = next((arm.expected_usd for arm in self._portfolio.arms if arm.model == model), None)
        cost = project(known.costs, _key(kind, model, _DIRECT), guess=guess)
        return Bid(success(known.record, kind, model, _DIRECT).mean, cost.middle if cost is not None else 0.0)

    async def router_record(self) -> RouterRecord:
        """Return how personas did so far. Raises: FileError."""
        return (await self._loaded()).router

    async def warm_up(self) -> None:
        """Read what is kept, so that forecasts are at hand; what cannot be read is told of later."""
        with contextlib.suppress(FileError):
            await self._loaded()

    def forecast_at_hand(
        self, kind: TaskKind, model: str, strategy: Strategy = Strategy.DIRECT
    ) -> str | None:
        """Return the same for a kind of request at once; None if nothing was read yet."""
        if self._known is None:
            return None
        found = _forecast(self._known, kind.value, model, strategy.value)
        return found.words if found is not None else ""

    def producers(self) -> Producers:
        """Return how often each model's answers were right, as far as that was read: what a candidate of
        its starts with. An answer on which the user has said nothing counts little."""
        return self._known.producers if self._known is not None else Producers()

    async def episodes(self) -> tuple[Episode, ...]:
        """Return what is kept, oldest first. Raises: FileError."""
        return tuple((await self._loaded()).episodes.values())

    def take_message(self) -> str:
        """Return what is wrong with the file, once."""
        if self._known is None:
            return ""
        message, self._known.message = self._known.message, ""
        return message

    async def reset(self) -> None:
        """Forget everything. Raises: FileError."""
        await asyncio.to_thread(self._remove)
        self._known = None

    def _learn(self, known: _Known, episode: Episode) -> None:
        if self._policy is not None:
            known.state = self._policy.learn(known.state, episode.outcome)

    async def _loaded(self) -> _Known:
        async with self._loading:
            if self._known is None:
                known = await asyncio.to_thread(self._read)
                self._portfolio = Portfolio(await asyncio.to_thread(self._arms))
                self._known = known  # Last: who is cancelled in between leaves nothing half read.
            return self._known

    def _read(self) -> _Known:
        known = _Known(state=self._policy.start() if self._policy is not None else None)
        try:
            lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()[-_MOST_LINES:]
        except FileNotFoundError:
            return known
        except OSError as error:
            raise FileError(f"{str(self._path)!r} cannot be read: {error.strerror}") from error
        episodes, n_bad = _parsed(lines)
        if n_bad:
            known.message = (
                f"{n_bad} of {len(lines)} lines of {str(self._path)!r} are damaged and passed over; "
                "`monkey-coder routing report --reset` starts anew"
            )
        known.episodes = {one.id: one for one in episodes[-_MOST_EPISODES:]}
        for episode in known.episodes.values():
            known.take(episode)
            self._learn(known, episode)
        return known

    def _append(self, values: dict[str, Any]) -> None:
        try:
            with locked(self._path.parent), self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(values) + "\n")
        except OSError as error:
            raise FileError(f"{str(self._path)!r} cannot be written: {error.strerror}") from error

    def _remove(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise FileError(f"{str(self._path)!r} cannot be removed: {error.strerror}") from error


def _strategy_of(task: Task) -> str:
    return task.strategy.value if task.strategy not in (None, Strategy.AUTO) else _DIRECT


def _key(kind: str, model: str, strategy: str) -> str:
    return f"{kind} {model}" + ("" if strategy == _DIRECT else f" {strategy}")


def _forecast(known: _Known, kind: str, model: str, strategy: str) -> Forecast | None:
    key = _key(kind, model, strategy)
    wanted = (kind, model, strategy)
    alike = [one for one in known.episodes.values() if (one.features.kind, one.of, one.strategy) == wanted]
    if not alike:
        return None
    cost: Amount | None = project(known.costs, key)
    if cost is None and any(one.cost_usd == 0 for one in alike):
        cost = Amount(0.0, 0.0, 0.0)
    passed = sorted(one.n_files for one in alike if one.passed)
    return Forecast(
        success(known.record, kind, model, strategy),
        cost,
        project(known.times, key),
        passed[len(passed) // 2] if passed else 0,
        risks(known.failures, kind, model),
    )


def _parsed(lines: Iterable[str]) -> tuple[list[Episode], int]:
    """Return the episodes with what was done to each last, and how many lines cannot be read."""
    episodes: dict[str, Episode] = {}
    n_bad = 0
    for line in lines:
        try:
            data = json.loads(line)
            if "features" in data:
                one = _episode(data)
                episodes[one.id] = one
            elif data["id"] in episodes:
                old, change = episodes[data["id"]], str(data.get("change", ""))
                episodes[old.id] = replace(old, act=Act(data["act"]), change=change)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            n_bad += 1
    return list(episodes.values()), n_bad


def _episode(data: dict[str, Any]) -> Episode:
    """Return the episode of a line. Raises: ValueError, TypeError, KeyError, OverflowError."""
    features = load_features(data["features"])
    cost = None if data["cost_usd"] is None else float(data["cost_usd"])
    seconds = float(data["seconds"])
    said = None if data["said"] is None else float(data["said"])
    if not all(math.isfinite(number) and number >= 0 for number in (seconds, cost or 0.0, said or 0.0)):
        raise ValueError("a number is none, or less than nothing")
    if not isinstance(features.kind, str) or not isinstance(data["model"], str):
        raise TypeError("a name is none")
    datetime.fromisoformat(data["at"])
    return Episode(
        str(data["id"]),
        data["at"],
        features,
        data["model"],
        bool(data["passed"]),
        cost,
        seconds,
        int(data["n_files"]),
        said,
        str(data["cause"]),
        Act(data["act"]),
        strategy=Strategy(data.get("strategy", _DIRECT)).value,
        asked=str(data.get("asked", "")),
        personas=tuple((str(name), float(said), bool(had)) for name, said, had in data.get("personas", ())),
    )
