"""The memory as lines of JSON, for other programs and other machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ..core.errors import InputError
from ..core.memory import Decision, Said, Transcript

_FORMAT = 1


def to_lines(transcripts: Iterable[Transcript], decisions: Sequence[Decision]) -> Iterator[str]:
    """Yield one line for each conversation with its messages, then one for each decision. In ASCII."""
    for transcript in transcripts:
        of = transcript.conversation
        yield json.dumps(
            {
                "kind": "conversation",
                "format": _FORMAT,
                "id": of.id,
                "project": of.project,
                "title": of.title,
                "created": of.created.isoformat(),
                "pinned": of.is_pinned,
                "messages": [
                    {
                        "role": said.role,
                        "text": said.text,
                        "model": said.model,
                        "at": said.at.isoformat(),
                        "pinned": said.is_pinned,
                    }
                    for said in transcript.messages
                ],
            }
        )
    for decision in decisions:
        yield json.dumps(
            {
                "kind": "decision",
                "format": _FORMAT,
                "project": decision.project,
                "conversation": decision.conversation,
                "text": decision.text,
                "at": decision.at.isoformat(),
            }
        )


def from_line(line: str, number: int) -> Transcript | Decision:
    """Return what one line holds. Raises: InputError, which says what is wrong with it."""
    try:
        row = json.loads(line)
        if not isinstance(row, dict) or row.get("kind") not in ("conversation", "decision"):
            raise ValueError('it holds neither "kind": "conversation" nor "kind": "decision"')
        if row.get("format") != _FORMAT:
            raise ValueError("it is of another format; upgrade Monkey Coder")
        return _transcript(row) if row["kind"] == "conversation" else _decision(row)
    except KeyError as error:
        raise InputError(f"line {number} cannot be imported: {error} is missing") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"line {number} cannot be imported: {error}") from error


def _transcript(row: dict[str, Any]) -> Transcript:
    from ..core.memory import Conversation

    created = _time(row["created"])
    messages = tuple(
        Said(
            "",
            _role(one["role"]),
            _text(one["text"]),
            _time(one["at"]),
            _text(one.get("model", "")),
            one.get("pinned", False) is True,
        )
        for one in row["messages"]
    )
    key = _text(row["id"])
    if not key.isalnum() or len(key) > 64:
        raise ValueError("its id is not of letters and digits")
    of = Conversation(
        key,
        _text(row["project"]),
        _text(row["title"]),
        created,
        created,
        row.get("pinned", False) is True,
        len(messages),
    )
    return Transcript(of, messages)


def _decision(row: dict[str, Any]) -> Decision:
    return Decision(
        "", _text(row["project"]), _text(row["text"]), _time(row["at"]), _text(row.get("conversation", ""))
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a text was expected, not {type(value).__name__}")
    return value


def _role(value: object) -> str:
    if value not in ("user", "assistant"):
        raise ValueError(f"the role {value!r} is neither user nor assistant")
    return str(value)


def _time(value: object) -> datetime:
    at = datetime.fromisoformat(_text(value))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
