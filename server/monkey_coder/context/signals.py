"""What speaks for each definition at a place: one row of numbers a definition, for `rank.py` to weigh."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from ..workspace.atlas import Atlas, joined, words_of
from ..workspace.imports import FAMILY, Import
from .place import Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

FAMILIES = ("python", "ecma", "go", "rust")
SELF = frozenset({"self", "this", "cls", "super", "Self"})
NAMES = (
    "imported", "imported_unused", "module_imported", "module_member", "member", "member_alike",
    "same_folder", "folder_near", "near_before", "near_after", "around", "count",
    "bm25", "line_words", "holder_words", "next_words", "unit_alike", "file_alike",
    "ref_files", "orphan", "folder_refs", "is_function", "is_method", "is_class", "is_value", "is_macro",
    "private", "test", "exported", "length", "same_names", "callee_now", "callee_open", "typed",
    "container_visible", "file_affinity", "container_type", "container_named", "module_unused", "module_near",
)  # fmt: skip
PLACE_NAMES = (
    "has_receiver", "receiver_self", "receiver_module", "at_arguments", "is_blank", "after_equals",
    "after_return", "in_call", "after_at", "after_new", *FAMILIES,
)  # fmt: skip
_K1, _B = 1.2, 0.75
_MOST = 2_500
_LEAST_BM25 = 0.25
# A name with so few definitions tells which file is meant.
_RARE = 4
# A container of more members is named too often to tell which is meant.
_MOST_MEMBERS = 400
# What makes a definition a candidate, and what tells the best of too many.
_TELLING = (
    "imported", "module_imported", "module_member", "member", "member_alike",
    "near_before", "near_after", "count", "line_words", "holder_words", "unit_alike", "file_alike",
    "callee_now", "callee_open", "typed", "container_type",
)  # fmt: skip
_COARSE = {
    "imported": 4.0, "member": 3.0, "module_member": 3.0, "near_before": 1.0, "bm25": 1.0, "unit_alike": 1.0,
    "file_alike": 1.0, "line_words": 1.0, "same_folder": 0.5, "module_imported": 1.0, "callee_now": 6.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signals:
    """`rows` are numbers of definitions in the atlas, `values` a line of `NAMES` for each, `place` one of
    `PLACE_NAMES` for all."""

    rows: Array
    values: Array
    place: Array


class _Scores:
    """Columns of one number a definition, zero at first, and made only once something is put in.

    What is known by the name alone stands in `by_name`, and counts as far as the name tells (its share).
    """

    def __init__(self, atlas: Atlas) -> None:
        import numpy as np

        self._np = np
        self._n = len(atlas.rows)
        self._table = atlas.table()
        self.seen = np.zeros(len(atlas.name_ids), bool)
        self.by_row: dict[str, Array] = {}
        self.by_name: dict[str, Array] = {}

    def column(self, name: str) -> Array:
        """Return a column to write in."""
        known = self.by_row.get(name)
        if known is None:
            known = self.by_row[name] = self._np.zeros(self._n, self._np.float32)
        return known

    def put(self, name: str, rows: Iterable[int], value: float = 1.0) -> None:
        """Raise these definitions to `value`."""
        at: slice | Array
        if isinstance(rows, range):
            at = slice(rows.start, rows.stop)
        else:
            at = self._np.fromiter(rows, self._np.int32)
        column = self.column(name)
        column[at] = self._np.maximum(column[at], self._np.float32(value))

    def put_all(self, name: str, pieces: list[tuple[float, array[int]]]) -> None:
        """Fill a column: each definition gets the highest of its values."""
        pieces.sort(key=lambda piece: piece[0])
        rows, sizes = joined([rows for _, rows in pieces])
        # Of several values for one row, the last one stays.
        self.column(name)[rows] = self._np.repeat([value for value, _ in pieces], sizes)

    def of(self, name: str, rows: Array) -> Array:
        """Return a column for these rows alone."""
        if (column := self.by_row.get(name)) is not None:
            return column[rows]
        if (values := self.by_name.get(name)) is not None:
            shared: Array = values[self._table.name[rows]] * self._table.common_share[rows]
            return shared
        return self._np.zeros(len(rows), self._np.float32)


def signals(atlas: Atlas, place: Place) -> Signals:
    """Return the definitions that can be meant at `place`, with what speaks for each."""
    import numpy as np

    scores = _Scores(atlas)
    own = atlas.file_of.get(place.path, -1)
    modules = _imports(atlas, place, scores)
    _members(atlas, place, scores, modules)
    _visible(atlas, place, scores)
    _words(atlas, place, scores)
    _alike(atlas, place, scores, own)
    _calls(atlas, place, scores)
    family = FAMILY.get(place.language, place.language)
    chosen = _candidates(atlas, place, scores, family, own)
    if len(chosen) > _MOST:
        coarse = np.zeros(len(chosen), np.float32)
        for name, weight in _COARSE.items():
            coarse += np.float32(weight) * scores.of(name, chosen)
        chosen = chosen[np.argpartition(-coarse, _MOST)[:_MOST]]
    fixed = _fixed(atlas, place, scores, chosen, own)
    values = np.empty((len(chosen), len(NAMES)), np.float32)
    for at, name in enumerate(NAMES):
        values[:, at] = fixed[name] if name in fixed else scores.of(name, chosen)
    return Signals(chosen, values, np.array(_place(place, family, modules), np.float32))


def _candidates(atlas: Atlas, place: Place, scores: _Scores, family: str, own: int) -> Array:
    """Return the rows of other files of the language for which anything speaks."""
    import numpy as np

    table = atlas.table()
    mask = table.folder == atlas.folder_id(place.path.rpartition("/")[0])
    scores.by_row["same_folder"] = mask.astype(np.float32)
    mask |= scores.by_row["bm25"] > _LEAST_BM25
    named = np.zeros(len(atlas.name_ids), bool)
    for name in _TELLING:
        if name in scores.by_row:
            mask |= scores.by_row[name] > 0
        elif name in scores.by_name:
            named |= scores.by_name[name] > 0
    mask |= (named & table.name_tells)[table.name]
    mask &= table.allowed_in(atlas.family_id(family))
    if own >= 0:
        rows = atlas.files[own].rows
        mask[rows.start : rows.stop] = False
    return np.flatnonzero(mask)


def _imports(atlas: Atlas, place: Place, scores: _Scores) -> dict[str, list[int]]:
    """Note what the imports resolve to; return the files each local name of a module means."""
    modules: dict[str, list[int]] = {}
    files: dict[int, int] = {}
    counts = place.counts
    for one in place.imports:
        origin = atlas.origin(one, place.path)
        if origin.rows:
            scores.put("imported", origin.rows, 1.0 / len(origin.rows) ** 0.5)
            if not one.is_export and counts.get(one.local, 0) <= 1:
                scores.put("imported_unused", origin.rows)
        elif origin.files:
            modules.setdefault(one.local.split(".")[0], []).extend(origin.files)
            if "." in one.local:
                modules.setdefault(one.local.rpartition(".")[2], []).extend(origin.files)
        for file in origin.files:
            files[file] = files.get(file, 0) + 1
    for local, found in modules.items():
        near = max(place.distance.get(local, (0.0, 0.0)))
        for file in found:
            scores.put("module_near", atlas.files[file].rows, near)
            if counts.get(local, 0) <= 1:
                scores.put("module_unused", atlas.files[file].rows)
    for file, n in files.items():
        scores.put("module_imported", atlas.files[file].rows, 0.5 + 0.25 * math.log(n))
    return modules


def _members(atlas: Atlas, place: Place, scores: _Scores, modules: dict[str, list[int]]) -> None:
    for name, at_type in (("member", place.receiver_names), ("container_type", place.callee_receiver)):
        if at_type:
            _members_of(atlas, place, scores, modules, at_type, name)


def _members_of(
    atlas: Atlas, place: Place, scores: _Scores, modules: dict[str, list[int]], names: list[str], column: str
) -> None:
    last = names[-1]
    files = [file for name in names[-2:] for file in modules.get(name, ())]
    if not files and "::" in (place.receiver or place.line):
        path = tuple(name for name in names if name not in SELF and name != "crate")
        files = [*atlas.modules(Import(path, 0, "", ""), place.path)]
    for file in files:
        rows = atlas.files[file].rows
        top = [row for row in rows if not atlas.rows[row].container]
        scores.put("module_member", top)
        for one in atlas.files[file].imports:
            if one.is_export or atlas.files[file].family == "python":
                scores.put("module_member", atlas.find(one.local, [file]), 0.8)
    types = [last]
    if last in SELF:
        for header in place.holders:
            types += re.findall(r"[A-Za-z_]\w*", header)[:8]
    types += place.types_of(last)
    for word in list(types):
        for row in list(atlas.by_name.get(word, ()))[:4]:
            header = atlas.rows[row].header
            if atlas.row_kind[row] <= 1:
                types += re.findall(
                    r"[A-Za-z_]\w*",
                    header.rpartition("->")[2] if "->" in header else header.rpartition(")")[2],
                )[:4]
            elif atlas.row_kind[row] == 2:
                types += re.findall(r"[A-Za-z_]\w*", header)[1:5]
    for distance, word in enumerate(dict.fromkeys(types)):
        scores.put(column, atlas.by_container.get(word, ()), 1.0 if distance < 3 else 0.7)
    wanted = set(words_of(last))
    if wanted and last not in SELF:
        for word in wanted:
            for container in atlas.containers_with(word):
                parts = set(words_of(container))
                alike = len(parts & wanted) / len(parts | wanted)
                scores.put("member_alike", atlas.by_container.get(container, ()), alike)


def _visible(atlas: Atlas, place: Place, scores: _Scores) -> None:
    import numpy as np

    table, counts, around, distance = atlas.table(), place.counts, place.around_names, place.distance
    visible: list[tuple[float, array[int]]] = []
    named: list[tuple[float, array[int]]] = []
    by_container, like = atlas.by_container, atlas.containers_like
    for name, near in distance.items():
        rows = by_container.get(name)
        if rows and len(rows) <= _MOST_MEMBERS:
            visible.append((1.0 if name in around else 0.4, rows))
        for container in like(name):
            rows = by_container[container]
            if len(rows) <= _MOST_MEMBERS:
                named.append((0.3 + 0.7 * max(near), rows))
    scores.put_all("container_visible", visible)
    scores.put_all("container_named", named)
    seen = np.zeros((4, len(atlas.name_ids)), np.float32)
    number_of = atlas.name_ids.get
    numbers = np.array([number_of(name, -1) for name in distance], np.int32)
    known = numbers >= 0
    numbers = numbers[known]
    pairs = np.fromiter(chain.from_iterable(distance.values()), np.float32, 2 * len(distance))
    seen[:2, numbers] = pairs.reshape(-1, 2)[known].T
    seen[2, numbers] = np.array([counts.get(name, 0) for name in distance], np.float32)[known]
    seen[3, numbers] = np.array([name in around for name in distance], np.float32)[known]
    scores.seen = seen[2] > 0
    scores.by_name |= {"near_before": seen[0], "near_after": seen[1], "count": np.log1p(seen[2])}
    scores.by_name["around"] = seen[3]
    telling = np.flatnonzero((scores.seen & (table.name_rows <= _RARE))[table.name])
    affinity = np.bincount(table.file[telling], weights=table.share[telling], minlength=len(atlas.files))
    scores.by_row["file_affinity"] = np.log1p(affinity).astype(np.float32)[table.file]
    for name in atlas.names_starting(place.typed):
        scores.put("typed", atlas.by_name[name])


def _bm25(atlas: Atlas, kind: str, words: Sequence[str]) -> Array:
    import numpy as np

    found = [atlas.weights_of(kind, word) for word in dict.fromkeys(words)]
    some = [(rows, values) for rows, values in found if rows is not None]
    result = np.zeros(len(atlas.rows), np.float32)
    if some:
        every, weights = (np.concatenate(parts) for parts in zip(*some, strict=True))
        result += np.bincount(every, weights=weights, minlength=len(result))
    for rows, values in found:
        if rows is None:
            result += values
    return _relative(result)


def _words(atlas: Atlas, place: Place, scores: _Scores) -> None:
    columns = scores.by_row
    columns["bm25"] = _bm25(atlas, "word", place.query_words)
    columns["line_words"] = _bm25(atlas, "name", place.line_words)
    holders = place.holders[:1]
    columns["holder_words"] = _bm25(atlas, "name", words_of(holders[0]) if holders else [])
    columns["next_words"] = _bm25(atlas, "name", words_of("\n".join(place.near_after[:2])))


def _alike(atlas: Atlas, place: Place, scores: _Scores, own: int) -> None:
    """Score names by how much the functions and files that use them share with this one."""
    import numpy as np

    table = atlas.table()
    n_units = len(atlas.unit_names)
    if not n_units:
        return
    most = n_units * 0.2 + 20
    named = [(name, known) for name in place.distance if (known := atlas.name_units.get(name)) is not None]
    named = [(name, known) for name, known in named if len(known) <= most]
    if not named:
        return
    units, sizes = joined([known for _, known in named])
    weights = np.log(1 + n_units / sizes)
    inner = weights**2 * np.array([name in place.around_names for name, _ in named])
    outside = (table.unit_file != own) & table.unit_alive
    wide = np.bincount(units, weights=np.repeat(weights, sizes), minlength=n_units)
    per_file = np.bincount(table.unit_file, weights=wide * outside, minlength=len(atlas.files))
    per_file = per_file / np.sqrt(table.file_length + 20)
    shared = np.bincount(units, weights=np.repeat(inner, sizes), minlength=n_units)
    shared = shared * outside / np.sqrt(table.unit_length + 4)
    scores.by_name["unit_alike"] = _relative(_spread(atlas, shared, 24))
    totals = np.zeros(len(atlas.name_ids), np.float32)
    for file in np.argsort(-per_file)[:10]:
        if per_file[file] > 0:
            totals[atlas.names_used(int(file))] += per_file[file]
    scores.by_name["file_alike"] = _relative(totals)


def _spread(atlas: Atlas, weights: Array, most: int) -> Array:
    """Return how much the heaviest units weigh together, for each name."""
    import numpy as np

    best = np.argpartition(-weights, most)[:most] if len(weights) > most else np.arange(len(weights))
    best = best[weights[best] > 0]
    names, sizes = joined([atlas.unit_names[unit] for unit in best.tolist()])
    values = np.repeat(weights[best], sizes)
    return np.bincount(names, weights=values, minlength=len(atlas.name_ids)).astype(np.float32)


def _relative(totals: Array) -> Array:
    """Return totals relative to the highest of all."""
    most = float(totals.max()) if len(totals) else 0.0
    return totals / most if most > 0 else totals


def _calls(atlas: Atlas, place: Place, scores: _Scores) -> None:
    for depth, name in enumerate(place.calls[:2]):
        rows = atlas.by_name.get(name, ())
        if depth == 0 and place.is_at_arguments:
            scores.put("callee_now", rows)
        else:
            scores.put("callee_open", rows)


def _fixed(atlas: Atlas, place: Place, scores: _Scores, chosen: Array, own: int) -> dict[str, Array]:
    """Return what is costly to know of every definition, for the chosen ones alone."""
    import numpy as np

    table = atlas.table()
    folder = place.path.rpartition("/")[0]
    folder_id = atlas.folder_id(folder)
    names = table.name[chosen]
    own_names = np.zeros(len(atlas.name_ids), np.int32)
    if own >= 0:
        own_names[atlas.names_used(own)] = 1
    n_files = np.maximum(0, table.name_files[names] - own_names[names])
    n_here = atlas.files_using_in(folder_id)[names] - own_names[names] if folder_id >= 0 else n_files * 0
    kind, flags = table.kind[chosen], table.flags[chosen]
    contained = table.contained[chosen]
    return {
        "folder_near": atlas.nearness(folder)[table.folder[chosen]],
        "orphan": (n_files == 0) & ~scores.seen[names],
        "ref_files": np.log1p(n_files),
        "same_names": np.log(np.maximum(1, table.name_rows[names])),
        "folder_refs": np.log1p(np.maximum(0, n_here)),
        "is_function": (kind == 0) & ~contained,
        "is_method": ((kind == 0) & contained) | (kind == 1),
        "is_class": (kind >= 2) & (kind <= 5),
        "is_value": (kind >= 6) & (kind <= 8),
        "is_macro": kind == 9,
        "private": flags & 1,
        "test": (flags & 2) > 0,
        "exported": (flags & 4) > 0,
        "length": np.log1p(table.lines[chosen]),
    }


def _place(place: Place, family: str, modules: dict[str, list[int]]) -> list[float]:
    line = place.line.rstrip()
    receiver = place.receiver_names
    return [
        float(bool(place.receiver)),
        float(bool(receiver) and receiver[0] in SELF),
        float(bool(receiver) and any(name in modules for name in receiver)),
        float(place.is_at_arguments),
        float(not line.strip()),
        float(line.endswith("=")),
        float(line.strip().endswith(("return", "yield", "await", "return await"))),
        float(line.endswith(("(", ",", "[", "{"))),
        float(line.strip().startswith("@")),
        float(line.endswith(("new", "raise", "throw"))),
        *(float(family == known) for known in FAMILIES),
    ]
