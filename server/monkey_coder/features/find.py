"""What is where in a project, with no model: a ranked map of it, and a search of its code by words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from heapq import nlargest
from pathlib import Path

from ..context.code_search import CodeSearch, CodeText
from ..context.stem import stem
from ..context.words import query_words
from ..filesystem.encoding import decode_to_show
from ..workspace.index import Found, Index
from ..workspace.project_map import MapEntry, ProjectMap, project_map
from ..workspace.walk import read_bytes

__all__ = ["Found", "Hit", "MapEntry", "ProjectMap", "map_of", "relative_path", "search"]

# What a search can be about; names of fields and variables alone say too little.
_KINDS = frozenset({"function", "method", "constructor", "class", "interface", "enum", "type", "macro"})
# Of more definitions than these, those that hold most of the words are searched: ranking so many takes
# about a second.
_MOST_TEXTS = 1_000
_MOST_LINES = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """A definition that a search found. `path` is relative to the folder."""

    path: str
    found: Found


def map_of(index: Index, folder: str, tokens: int, focus: Collection[str] = ()) -> ProjectMap:
    """Return the most important definitions of a folder within so many tokens; `focus` are whole paths."""
    return project_map(index, tokens, focus, shown_path=lambda path: relative_path(path, folder))


def search(index: Index, folder: str, words: str, limit: int = 10) -> tuple[Hit, ...]:
    """Return the definitions that a description in words fits best, best first. Nothing is sent."""
    found: dict[str, Found] = {}
    texts: list[CodeText] = []
    lines: Sequence[str] = ()
    at = path = ""
    for one in index.all_definitions():
        if one.definition.kind not in _KINDS:
            continue
        if one.path != at:
            data = read_bytes(one.path, folder) or b""
            at, path = one.path, relative_path(one.path, folder)
            lines = decode_to_show(data, one.path).splitlines()
        whole = one.definition.whole
        text = "\n".join(lines[whole.first - 1 : min(whole.last, whole.first - 1 + _MOST_LINES)])
        key = f"{path}:{one.definition.header.first}:{one.definition.name}"
        if text and key not in found:
            found[key] = one
            texts.append(CodeText(key, path, text, (one.definition.name,)))
    if len(texts) > _MOST_TEXTS:
        # A stem may end otherwise than its words do: "queri".
        stems = {stem(word).rstrip("i") for word in query_words(words)}
        texts = nlargest(_MOST_TEXTS, texts, key=lambda text: _n_within(stems, text))
    keys = CodeSearch(texts).search(words, limit) if texts else []
    return tuple(Hit(relative_path(found[key].path, folder), found[key]) for key in keys)


def _n_within(stems: Collection[str], text: CodeText) -> int:
    lower = f"{text.path}\n{text.text}".lower()
    return sum(stem in lower for stem in stems)


def relative_path(path: str, folder: str) -> str:
    """Return a path as it is shown: from the folder on, with "/"."""
    inside = Path(path)
    return inside.relative_to(folder).as_posix() if inside.is_relative_to(folder) else inside.as_posix()
