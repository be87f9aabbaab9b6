"""Which messages of a conversation fit into a window, and which are told by a summary."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..core.memory import Packed, Said
from ..core.model import Message

# Shares of the budget: a single older message, the newest turns, what is told before them.
_ONE = 0.25
_NEWEST = 0.6
_TOLD = 0.25
# The window moves on by so many messages at once, so that its beginning stays the same for a while and
# a provider's prompt cache hits.
_STEP = 4
# Relevance halves about every so many messages back.
_FADING = 40.0
_LEAST_RELEVANCE = 0.2
_PER_MESSAGE = 4


@dataclass(frozen=True, slots=True)
class Window:
    """What goes in whole: the newest turns from `start` on, older ones in `pinned` and `fitting` (places)."""

    start: int
    pinned: tuple[int, ...]
    fitting: tuple[int, ...]
    left_out: tuple[int, ...]
    n_tokens: int


def chosen(
    messages: Sequence[Said],
    budget_tokens: int,
    *,
    count: Callable[[str], int],
    relevance: Mapping[str, float],
) -> Window:
    """Return which messages go in: what is pinned and the newest one always, then the newest turns, then
    older ones by how well they fit the question and how old they are.
    """
    sizes = [_cost(said, at, messages, budget_tokens, count) for at, said in enumerate(messages)]
    last = len(messages) - 1
    always = {at for at, said in enumerate(messages) if said.is_pinned or at == last}
    room = budget_tokens - sum(sizes[at] for at in always)
    if sum(sizes) <= budget_tokens:
        return Window(0, (), (), (), sum(sizes))
    room -= int(budget_tokens * _TOLD)
    start, newest_room = last, min(room, int(budget_tokens * _NEWEST))
    while start > 0 and (start - 1 in always or sizes[start - 1] <= newest_room):
        start -= 1
        newest_room -= 0 if start in always else sizes[start]
    start = min(last, -(-start // _STEP) * _STEP) if start else 0
    room -= sum(sizes[at] for at in range(start, last) if at not in always)
    fitting: list[int] = []
    for at in sorted(range(start), key=lambda at: -_worth(at, start, messages, relevance)):
        fits = _worth(at, start, messages, relevance) >= _LEAST_RELEVANCE and sizes[at] <= room
        if at not in always and fits:
            fitting.append(at)
            room -= sizes[at]
    pinned = tuple(at for at in sorted(always) if at < start)
    inside = {*pinned, *fitting, *range(start, last + 1)}
    left_out = tuple(at for at in range(start) if at not in inside)
    return Window(start, pinned, tuple(sorted(fitting)), left_out, sum(sizes[at] for at in inside))


def packed(
    messages: Sequence[Said],
    window: Window,
    budget_tokens: int,
    *,
    count: Callable[[str], int],
    summary: str,
    decisions: Sequence[str],
) -> Packed:
    """Return the messages for a model: what was settled and the summary, what is pinned, the newest turns,
    and before the newest message what of the older ones fits it.
    """
    said: list[Message] = []
    told = _told(decisions, summary, int(budget_tokens * _TOLD * 4))
    if told:
        said.append(Message("system", told))
    said += [_message(messages[at], budget_tokens) for at in window.pinned]
    last = len(messages) - 1
    said += [_message(messages[at], budget_tokens) for at in range(window.start, last)]
    if window.fitting:
        passages = "\n".join(
            f"<earlier role={messages[at].role!r}>\n{_clipped(messages[at], budget_tokens)}\n</earlier>"
            for at in window.fitting
        )
        said.append(Message("user", f"From earlier in this conversation, for reference:\n{passages}"))
    if messages:
        said.append(Message(messages[-1].role, messages[-1].text))
    n_tokens = sum(count(message.content) + _PER_MESSAGE for message in said)
    return Packed(tuple(said), n_tokens, len(window.left_out), n_tokens > budget_tokens)


def summary_characters(budget_tokens: int) -> int:
    """Return how long a summary may be for a window of this size."""
    return max(200, int(budget_tokens * _TOLD * 4 * 0.6))


def _told(decisions: Sequence[str], summary: str, most_characters: int) -> str:
    parts: list[str] = []
    if decisions:
        lines: list[str] = []
        left = most_characters // 2
        for decision in reversed(decisions):  # The newest matter most, and are told in their order.
            left -= len(decision) + 3
            if left < 0:
                break
            lines.append(f"- {decision}")
        parts.append("Decided for this project:\n" + "\n".join(reversed(lines)) if lines else "")
    if summary:
        parts.append(f"Earlier in this conversation, in short:\n{summary}")
    return "\n\n".join(filter(None, parts))


def _worth(at: int, start: int, messages: Sequence[Said], relevance: Mapping[str, float]) -> float:
    return relevance.get(messages[at].id, 0.0) * (0.5 + 0.5 * math.exp(-(start - at) / _FADING))


def _cost(
    said: Said, at: int, messages: Sequence[Said], budget_tokens: int, count: Callable[[str], int]
) -> int:
    is_whole = said.is_pinned or at == len(messages) - 1
    return count(said.text if is_whole else _clipped(said, budget_tokens)) + _PER_MESSAGE


def _message(said: Said, budget_tokens: int) -> Message:
    return Message(said.role, said.text if said.is_pinned else _clipped(said, budget_tokens))


def _clipped(said: Said, budget_tokens: int) -> str:
    """Return the message, without the middle of one that would take more than its share."""
    most = max(400, int(budget_tokens * _ONE * 3))
    if len(said.text) <= most:
        return said.text
    head, tail = said.text[: most * 2 // 3], said.text[-most // 3 :]
    return f"{head}\n[… {len(said.text) - len(head) - len(tail)} characters left out …]\n{tail}"
