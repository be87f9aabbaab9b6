"""What of a project a question in words is about, where no document is open to start from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..core.model import Fact
from ..workspace.atlas import Atlas, words_of

_MOST, _LINES = 6, 40
_NAME_TIMES, _TEST_TIMES = 2.0, 0.4
_TEST_FLAG = 2
# Of the best definition's score; what fits worse is not worth showing.
_LEAST = 0.45
_WORDS = """
    about an and are at be by can code did do does done explain find for from get happen happens has
    have how implement implemented in into is it its made make me my not of on or our project show
    tell that the their them there this to use used was we what when where which who why will with
    work works you your
"""
_COMMON = frozenset(_WORDS.split())


def about(
    atlas: Atlas, question: str, characters: int, lines_of: Callable[[str], Sequence[str] | None]
) -> list[Fact]:
    """Return the definitions whose names, signatures and paths fit a question best, best first.

    `lines_of` gives the lines of a file by its shown path, None if it cannot be read.
    """
    import numpy as np

    words = [word for word in dict.fromkeys(words_of(question)) if word not in _COMMON]
    if not words or not atlas.rows:
        return []
    table = atlas.table()
    scores = np.zeros(len(atlas.rows), np.float32)
    for word in words:
        best = np.zeros(len(atlas.rows), np.float32)
        for kind, times in (("word", 1.0), ("name", _NAME_TIMES)):
            for form in _forms(word):
                rows, values = atlas.weights_of(kind, form)
                found = np.zeros(len(atlas.rows), np.float32)
                found[rows if rows is not None else slice(None)] = times * values
                best = np.maximum(best, found)
        scores += best
    # A name that is written out in the question is meant before all others.
    for name in dict.fromkeys(question.replace("`", " ").replace("?", " ").split()):
        name = name.strip(".,;:!()'\"")
        for row in atlas.by_name.get(name, ()) if name not in _COMMON else ():
            scores[row] *= _NAME_TIMES
    scores *= table.allowed * np.where(table.flags & _TEST_FLAG, _TEST_TIMES, 1.0)
    order = np.argsort(-scores, kind="stable")[: 4 * _MOST]
    least = _LEAST * float(scores[order[0]])
    facts: list[Fact] = []
    left = characters
    for row in order.tolist():
        if len(facts) == _MOST or scores[row] <= 0 or scores[row] < least:
            break
        fact = _whole(atlas, row, lines_of)
        if fact is not None and len(fact.text) <= left and not _is_inside(fact, facts):
            facts.append(fact)
            left -= len(fact.text)
    return facts


def _forms(word: str) -> tuple[str, ...]:
    """Return a word as it is and in the singular or plural."""
    return (word, word[:-1]) if word.endswith("s") and len(word) > 3 else (word, f"{word}s")


def _whole(atlas: Atlas, row: int, lines_of: Callable[[str], Sequence[str] | None]) -> Fact | None:
    definition, path = atlas.rows[row], atlas.files[atlas.row_file[row]].path
    lines = lines_of(path)
    if lines is None or len(lines) < definition.line:
        return None
    shown = lines[definition.line - 1 : min(definition.last_line, definition.line - 1 + _LINES)]
    last = definition.line + len(shown) - 1
    return Fact(path, definition.line, "\n".join(shown), last, f"definition of {definition.name}")


def _is_inside(fact: Fact, others: Sequence[Fact]) -> bool:
    return any(fact.path == one.path and one.line <= fact.line <= one.last for one in others)
