"""What personas must return: typed values, checked before anybody believes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..core.errors import MonkeyCoderError

_MOST_CHARACTERS = 100_000
_MOST_ITEMS, _MOST_WORDS = 12, 400
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class BadReturnError(MonkeyCoderError):
    """A persona returned something else than it must."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a change is to be made, step by step; `files` are those it needs, `risks` what to watch."""

    steps: tuple[str, ...]
    files: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defect:
    """Something wrong with an answer, and how to mend it."""

    what: str
    remedy: str
    is_serious: bool


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer thinks: whether the answer can be kept, and how sure of that it is, from 0 to 1."""

    keeps: bool
    confidence: float
    defects: tuple[Defect, ...] = ()


_TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
PLAN_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"steps": _TEXTS, "files": _TEXTS, "risks": _TEXTS},
    "required": ["steps", "files", "risks"],
    "additionalProperties": False,
}
REVIEW_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": ["keep", "rework"]},
        "confidence": {"type": "number"},
        "defects": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "what": {"type": "string"},
                    "remedy": {"type": "string"},
                    "severity": {"type": "string", "enum": ["serious", "minor"]},
                },
                "required": ["what", "remedy", "severity"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["verdict", "confidence", "defects"],
    "additionalProperties": False,
}


def plan_of(text: str) -> Plan:
    """Return the plan in an answer. Raises: BadReturnError, which says what is wrong."""
    data = _object(text)
    steps = _texts(data, "steps")
    if not steps:
        raise BadReturnError('"steps" is empty: name at least one')
    return Plan(steps, _texts(data, "files"), _texts(data, "risks"))


def review_of(text: str) -> Review:
    """Return the review in an answer. Raises: BadReturnError, which says what is wrong."""
    data = _object(text)
    verdict, confidence = data.get("verdict"), data.get("confidence")
    if verdict not in ("keep", "rework"):
        raise BadReturnError('"verdict" must be "keep" or "rework"')
    if not isinstance(confidence, int | float) or confidence is True or not 0 <= confidence <= 1:
        raise BadReturnError('"confidence" must be a number from 0 to 1')
    given = data.get("defects")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise BadReturnError('"defects" must be a list of objects')
    defects = tuple(
        Defect(_text(one, "what"), _text(one, "remedy"), one.get("severity") == "serious")
        for one in given[:_MOST_ITEMS]
    )
    if verdict == "rework" and not defects:
        raise BadReturnError('a verdict of "rework" needs at least one entry in "defects"')
    return Review(verdict == "keep", float(confidence), defects)


def _object(text: str) -> Mapping[str, Any]:
    """Return the JSON object in an answer, which may stand in a fence or between sentences."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start or end - start > _MOST_CHARACTERS:
        raise BadReturnError("the answer must be one JSON object")
    try:
        data = json.loads(text[start : end + 1])
    except (ValueError, RecursionError) as error:
        raise BadReturnError("the answer must be one JSON object, and this does not parse") from error
    assert isinstance(data, dict)
    return data


def _texts(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    given = data.get(key)
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise BadReturnError(f'"{key}" must be a list of texts')
    return tuple(_plain(one) for one in given[:_MOST_ITEMS] if one.strip())


def _text(data: Mapping[str, Any], key: str) -> str:
    given = data.get(key)
    if not isinstance(given, str) or (key == "what" and not given.strip()):
        raise BadReturnError(f'"{key}" must be a text')
    return _plain(given)


def _plain(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()[:_MOST_WORDS]
