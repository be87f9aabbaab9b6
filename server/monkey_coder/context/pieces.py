"""Choose what fits: signatures of many definitions, the whole text of the few that matter most."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter

from ..core.model import Fact
from ..workspace.atlas import Atlas
from .rank import Ranked

# What the text of a definition is worth beside its signature, and how much of it is read at most.
_BODY_WORTH = 0.06
_BODY_LINES = 30
_FULL_HEADERS = 12
_MOST_BODIES = 40
_LEAST_ODDS = 0.002
# What stands around the path of a piece.
_LABEL = 9
# A signature is rarely shorter: more than fit need not be looked at.
_SHORT = 28
_LINES = Callable[[str], Sequence[str] | None]


def most_that_fit(characters: int) -> int:
    """Return how many signatures can fit at most: more need not be ranked."""
    return characters // _SHORT + 1


def pack(atlas: Atlas, ranked: Sequence[Ranked], characters: int, lines_of: _LINES) -> list[Fact]:
    """Return pieces of at most so many characters when rendered: outlines of files by path, then texts.

    Outlines change least from one key to the next, so they stand first, where a provider's cache of
    prompts finds them again. `lines_of` gives the lines of a file, None if it cannot be read.
    """
    chosen = _choose(atlas, ranked, characters, lines_of)
    outlines: dict[str, list[int]] = {}
    bodies: list[Fact] = []
    full = {one.row for one in ranked[:_FULL_HEADERS]}
    for row, text in chosen.items():
        definition = atlas.rows[row]
        path = atlas.files[atlas.row_file[row]].path
        if text:
            last = definition.line + text.count("\n")
            bodies.append(Fact(path, definition.line, text, last, f"definition of {definition.name}"))
        else:
            outlines.setdefault(path, []).append(row)
    pieces = []
    for path, rows in sorted(outlines.items()):
        rows.sort(key=lambda row: atlas.rows[row].line)
        text = "\n".join(header(atlas, row, full=row in full) for row in rows)
        first, last = atlas.rows[rows[0]].line, atlas.rows[rows[-1]].line
        pieces.append(Fact(path, first, text, last, "signatures"))
    return pieces + bodies[::-1]


def render(pieces: Sequence[Fact]) -> str:
    """Return the pieces as one text, each with its path."""
    return "\n".join(f"# {piece.path}:{piece.line}\n{piece.text}" for piece in pieces)


def header(atlas: Atlas, row: int, *, full: bool) -> str:
    """Return the signature of a definition, or its first line alone."""
    text = atlas.rows[row].header
    return text if full else text.partition("\n")[0]


def _choose(atlas: Atlas, ranked: Sequence[Ranked], characters: int, lines_of: _LINES) -> dict[int, str]:
    """Return the rows that fit, each with its text, or "" where the signature has to do."""
    options: list[tuple[float, int, int, str]] = []
    shown = ranked[: most_that_fit(characters)]
    for at, (row, odds) in enumerate(shown):
        size = len(header(atlas, row, full=at < _FULL_HEADERS)) + 1
        options.append((odds / (size + _LABEL), at, size, ""))
        if at < _MOST_BODIES and odds > _LEAST_ODDS and (text := _body(atlas, row, lines_of)):
            size = len(text) + 1
            options.append((odds * _BODY_WORTH / size, at, size, text))
    options.sort(key=itemgetter(0), reverse=True)
    least = min((size for _, _, size, _ in options), default=0)
    left = characters
    chosen: dict[int, str] = {}
    outlined: dict[int, int] = {}
    costs: dict[int, int] = {}
    for _, at, size, text in options:
        if left < least and not text:
            continue
        row = shown[at].row
        file = atlas.row_file[row]
        label = len(atlas.files[file].path) + _LABEL
        if text:
            saved = costs.get(row, 0)
            cost = size + label
            if row in chosen and outlined[file] == 1:
                saved += label
        else:
            if row in chosen:
                continue
            saved, cost = 0, size + (0 if outlined.get(file) else label)
        if cost - saved > left:
            continue
        if text and row in chosen:
            outlined[file] -= 1
        elif not text:
            outlined[file] = outlined.get(file, 0) + 1
            costs[row] = size
        left -= cost - saved
        chosen[row] = text
    return chosen


def _body(atlas: Atlas, row: int, lines_of: _LINES) -> str:
    definition = atlas.rows[row]
    lines = lines_of(atlas.files[atlas.row_file[row]].path)
    if lines is None or len(lines) < definition.line:
        return ""
    text = lines[definition.line - 1 : min(definition.last_line, definition.line - 1 + _BODY_LINES)]
    return "\n".join(text)
