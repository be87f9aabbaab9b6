"""What can be told of a task before any model has seen it, cheaply and without its text leaving."""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import dataclass
from typing import Any

from ..core.model import Task, TaskKind

_KINDS = tuple(kind.value for kind in TaskKind)
_N_LANGUAGES = 6
_TRACEBACK = re.compile(
    r"Traceback \(most recent call last\)|^\s+at .+:\d+|panicked at|Exception in thread", re.M
)
_ERROR = re.compile(r"\b\w*(?:Error|Exception)\b|\berror\b", re.I)
_PATH = re.compile(r"\b[\w./-]+\.(?:py|ts|tsx|js|jsx|go|rs|java|c|h|cc|cpp|cs|rb|php|lua|sh)\b")

# No count is larger.
_MOST = 1 << 53
# Length of `TaskFeatures.vector`.
N_FEATURES = 8 + len(_KINDS) + _N_LANGUAGES


@dataclass(frozen=True, slots=True)
class TaskFeatures:
    """Counts and flags of a task. No part of its text is kept."""

    kind: str
    language: str = ""
    n_chars: int = 0
    n_selected: int = 0
    n_files: int = 0
    n_code_blocks: int = 0
    n_diagnostics: int = 0
    has_traceback: bool = False
    has_error: bool = False

    @property
    def bucket(self) -> str:
        """The cell of a table this task falls into: its kind, its language, the order of its size."""
        return f"{self.kind}/{self.language}/{int(math.log10(1 + self.n_chars) * 2)}"

    @property
    def vector(self) -> tuple[float, ...]:
        """The same as `N_FEATURES` numbers of about -1..1, the first of them 1."""
        kinds = [float(self.kind == kind) for kind in _KINDS]
        languages = [0.0] * _N_LANGUAGES
        if self.language:
            languages[zlib.crc32(self.language.encode()) % _N_LANGUAGES] = 1.0
        return (
            1.0,
            math.log1p(self.n_chars) / 10,
            math.log1p(self.n_selected) / 10,
            min(self.n_files, 6) / 6,
            min(self.n_code_blocks, 8) / 8,
            min(self.n_diagnostics, 5) / 5,
            float(self.has_traceback),
            float(self.has_error),
            *kinds,
            *languages,
        )


def features_of(task: Task) -> TaskFeatures:
    """Return the features of a task."""
    found = features_of_text(task.instruction, kind=task.kind.value, language=task.document.language)
    return TaskFeatures(
        kind=found.kind,
        language=found.language,
        n_chars=found.n_chars + len(task.selected),
        n_selected=len(task.selected),
        n_files=found.n_files,
        n_code_blocks=found.n_code_blocks,
        n_diagnostics=len(task.diagnostics),
        has_traceback=found.has_traceback,
        has_error=found.has_error or bool(task.diagnostics),
    )


def features_of_text(text: str, *, kind: str, language: str = "") -> TaskFeatures:
    """Return the features of a request in words."""
    return TaskFeatures(
        kind=kind,
        language=language,
        n_chars=len(text),
        n_files=len(set(_PATH.findall(text))),
        n_code_blocks=text.count("```") // 2,
        has_traceback=_TRACEBACK.search(text) is not None,
        has_error=_ERROR.search(text) is not None,
    )


def load_features(data: Any) -> TaskFeatures:
    """Return the features that `dataclasses.asdict` wrote. Raises: ValueError, TypeError, KeyError."""
    names = TaskFeatures.__dataclass_fields__
    features = TaskFeatures(**{name: value for name, value in dict(data).items() if name in names})
    for name in names:
        value = getattr(features, name)
        kind = int if name.startswith("n_") else bool if name.startswith("has_") else str
        if type(value) is not kind:
            raise TypeError(f"{name} cannot be {value!r}")
        if type(value) is int and not 0 <= value <= _MOST:
            raise ValueError(f"{name} cannot be {value}")
    return features
