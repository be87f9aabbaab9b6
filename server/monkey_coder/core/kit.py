"""The `Kit`: what every feature is handed. `app` builds it; features never build their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from .documents import Document
from .gathering import Gathering
from .memory import Memory
from .model import Model, Strategy, Task, TaskKind, UsageReport


class Learner(Protocol):
    """Something that learns from the user's own code. Every call returns at once."""

    @property
    def state(self) -> str:
        """What it is doing, for a person."""

    @property
    def is_learning(self) -> bool:
        """Tell whether it is still at work on the folders that were opened."""

    def open_folders(self, folders: Sequence[str]) -> None:
        """Learn these workspace folders in the background; they replace the ones known before."""

    def observe(self, document: Document) -> None:
        """Take note of the newest text of an open document."""

    def forget(self, uri: str) -> None:
        """The document was closed; what is on disk counts again."""

    def refresh(self, paths: Sequence[str]) -> None:
        """These files changed on disk, outside the editor."""

    def close(self) -> None:
        """Stop all background work."""


class IndexState(StrEnum):
    """What the index of the workspace is doing."""

    IDLE = "idle"
    BUILDING = "building"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How many files are read `of` all; `detail` says why it stopped or failed."""

    state: IndexState
    files: int
    of: int
    detail: str = ""


class Indexing(Protocol):
    """The reading of the workspace's files, to be shown and to be stopped."""

    @property
    def progress(self) -> IndexProgress:
        """How far it is."""

    @property
    def notes(self) -> Sequence[str]:
        """What the user should be told, once each."""

    def watch(self, callback: Callable[[], None]) -> None:
        """Have `callback` called, on another thread, whenever progress or notes change."""

    def stop(self) -> None:
        """Stop reading files; what was read stays."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is told of an answer when it has come, or failed: then `cause` says why, in a few words.

    `passed` says whether it applied and parsed, and passed the project's tests where they were run.
    `others_usd` is what was spent on the request besides this answer, None if that is not known. `asked` is
    the model that the user chose, where the answer may be another's; `personas` are those that worked on
    it: name, how likely they were thought to have anything to say, and whether they had.
    """

    model: str
    passed: bool
    seconds: float
    usage: UsageReport | None = None
    n_files: int = 0
    cause: str = ""
    others_usd: float | None = 0.0
    asked: str = ""
    personas: tuple[tuple[str, float, bool], ...] = ()


class Outcomes(Protocol):
    """What remembers what became of answers."""

    async def forecast(self, task: Task, model: str) -> str:
        """Return what the request will probably come to by its strategy, in words; "" without a history."""

    async def warm_up(self) -> None:
        """Read what is kept, so that forecasts are at hand. Never fails."""

    def forecast_at_hand(
        self, kind: TaskKind, model: str, strategy: Strategy = Strategy.DIRECT
    ) -> str | None:
        """Return the same for a kind of request at once; None if it has to be read first."""

    async def preferred(self, task: Task, model: str, strategies: Sequence[Strategy]) -> tuple[Strategy, str]:
        """Return which of the strategies the outcomes speak for, and why; the first without a reason."""

    async def answered(self, task: Task, answer: Answer) -> str:
        """Keep what came of a request; return its id, for `acted`. Raises: FileError."""

    async def acted(self, id_: str, act: str, change: str = "") -> None:
        """Learn what the user did: "kept", "edited", "undone" or "dismissed".

        `change` is the id of the change of files that was written, if any. Raises: FileError.
        """

    async def undone(self, change: str) -> None:
        """The user took back a change of files. Raises: FileError."""

    def take_message(self) -> str:
        """Return what is wrong with what is kept, once."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how large. Times in seconds, sizes in characters unless named otherwise.

    `quiet_s` is how long typing must pause before a model is asked for ghost text unasked.
    `context_tokens` and `context_s` are what the project's passages may take in a request, and how long
    they are looked for; `complete_context_tokens` and `complete_context_s` the same for ghost text.
    """

    complete_s: float = 10.0
    quiet_s: float = 0.0
    edit_s: float = 300.0
    complete_prefix: int = 6_000
    complete_suffix: int = 2_000
    complete_max_tokens: int = 160
    context_tokens: int = 4_000
    complete_context_tokens: int = 1_000
    context_s: float = 0.4
    complete_context_s: float = 0.03
    document: int = 2_000_000


@dataclass(frozen=True, slots=True)
class Kit:
    """The models, learners and limits of one session.

    `complete_model` answers ghost text, `model` everything else; `offline_model` is the embedded
    engine, there whatever is configured. `memory` keeps conversations, `outcomes` what became of
    answers; `gathering` finds what of the project a model should see. `alternative_models` each write one
    of several alternatives; none means `model`. `monotonic` is a clock in seconds. Ghost text comes
    unasked only if `suggests_unasked`, and never in `silent_languages`. Code of a project is run only in
    `trusted_folders`; its tests, as a check of each change, only if `runs_tests`. Changes are worked out by
    `strategy` where `model` knows several.
    """

    model: Model
    complete_model: Model
    offline_model: Model
    monotonic: Callable[[], float]
    learners: tuple[Learner, ...] = ()
    limits: Limits = field(default_factory=Limits)
    suggests_unasked: bool = True
    silent_languages: frozenset[str] = frozenset()
    memory: Memory | None = None
    indexing: Indexing | None = None
    gathering: Gathering | None = None
    trusted_folders: frozenset[str] = frozenset()
    runs_tests: bool = False
    outcomes: Outcomes | None = None
    alternative_models: tuple[Model, ...] = ()
    strategy: Strategy = Strategy.AUTO
