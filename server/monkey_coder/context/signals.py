"""What speaks for each definition at a place: one row of numbers a definition, for `rank.py` to weigh."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .atlas import Atlas, words_of
from .imports import FAMILY, Import
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


@dataclass(frozen=True, slots=True)
class Signals:
    """`rows` are numbers of definitions in the atlas, `values` a line of `NAMES` for each, `place` one of
    `PLACE_NAMES` for all."""

    rows: Array
    values: Array
    place: Array


class _Scores:
    """Columns of one number a definition, zero at first."""

    def __init__(self, atlas: Atlas) -> None:
        import numpy as np

        self.np = np
        self.n = len(atlas.rows)
        self.seen = np.zeros(len(atlas.name_ids), bool)
        self.columns = {name: np.zeros(self.n, np.float32) for name in NAMES}

    def put(self, name: str, rows: Iterable[int], value: float = 1.0) -> None:
        column = self.columns[name]
        for row in rows:
            if value > column[row]:
                column[row] = value


def signals(atlas: Atlas, place: Place) -> Signals:
    """Return the definitions that can be meant at `place`, with what speaks for each."""
    import numpy as np

    table = atlas.table()
    scores = _Scores(atlas)
    columns = scores.columns
    own = atlas.file_of.get(place.path, -1)
    modules = _imports(atlas, place, scores)
    _members(atlas, place, scores, modules)
    _visible(atlas, place, scores)
    _words(atlas, place, columns)
    _alike(atlas, place, columns, own)
    _calls(atlas, place, scores)
    family = FAMILY.get(place.language, place.language)
    allowed = table.allowed & (table.family == atlas.family_id(family)) & (table.file != own)
    folder = atlas.folder_id(place.path.rpartition("/")[0])
    columns["same_folder"] = (table.folder == folder).astype(np.float32)
    chosen = np.flatnonzero(allowed & _candidates(columns))
    if len(chosen) > _MOST:
        coarse = (
            4 * columns["imported"] + 3 * columns["member"] + 3 * columns["module_member"]
            + columns["near_before"] + columns["bm25"] + columns["unit_alike"] + columns["file_alike"]
            + columns["line_words"] + 0.5 * columns["same_folder"] + columns["module_imported"]
            + 6 * columns["callee_now"]
        )  # fmt: skip
        chosen = chosen[np.argpartition(-coarse[chosen], _MOST)[:_MOST]]
    _fixed(atlas, place, scores, chosen, own)
    values = np.stack([columns[name][chosen] for name in NAMES], axis=1).astype(np.float32)
    return Signals(chosen, values, np.array(_place(place, family, modules), np.float32))


def _candidates(columns: dict[str, Array]) -> Array:
    names = (
        "imported", "module_imported", "module_member", "member", "member_alike", "same_folder",
        "near_before", "near_after", "count", "line_words", "holder_words", "unit_alike", "file_alike",
        "callee_now", "callee_open", "typed", "container_type",
    )  # fmt: skip
    mask = columns["bm25"] > 0.25
    for name in names:
        mask = mask | (columns[name] > 0)
    return mask


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
    columns = scores.columns
    for local, found in modules.items():
        near = max(place.distance.get(local, (0.0, 0.0)))
        for file in found:
            span = atlas.files[file].rows
            column = columns["module_near"][span.start : span.stop]
            column[:] = scores.np.maximum(column, near)
            if counts.get(local, 0) <= 1:
                columns["module_unused"][span.start : span.stop] = 1.0
    for file, n in files.items():
        span = atlas.files[file].rows
        columns["module_imported"][span.start : span.stop] = 0.5 + 0.25 * math.log(n)
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

    table, columns, counts, around = atlas.table(), scores.columns, place.counts, place.around_names
    numbers: list[int] = []
    values: list[tuple[float, float, int, bool]] = []
    for name, (before, after) in place.distance.items():
        number = atlas.name_ids.get(name)
        if number is not None:
            numbers.append(number)
            values.append((before, after, counts.get(name, 0), name in around))
        rows = atlas.by_container.get(name)
        if rows and len(rows) <= 400:
            scores.put("container_visible", rows, 1.0 if name in around else 0.4)
        for container in atlas.containers_like(name):
            rows = atlas.by_container[container]
            if len(rows) <= 400:
                scores.put("container_named", rows, 0.3 + 0.7 * max(before, after))
    seen = np.zeros((4, len(atlas.name_ids)), np.float32)
    if numbers:
        seen[:, numbers] = np.array(values, np.float32).T
    scores.seen = seen[2] > 0
    share = table.common_share
    columns["near_before"] = seen[0, table.name] * share
    columns["near_after"] = seen[1, table.name] * share
    columns["count"] = np.log1p(seen[2])[table.name] * share
    columns["around"] = seen[3, table.name] * share
    telling = np.flatnonzero((seen[2, table.name] > 0) & (table.name_rows[table.name] <= 4))
    affinity = np.bincount(table.file[telling], weights=table.share[telling], minlength=len(atlas.files))
    columns["file_affinity"] = np.log1p(affinity).astype(np.float32)[table.file]
    for name in atlas.names_starting(place.typed):
        scores.put("typed", atlas.by_name[name])


def _bm25(atlas: Atlas, postings: Any, words: Sequence[str]) -> Array:
    import numpy as np

    n = len(atlas.rows)
    result = np.zeros(n, np.float32)
    norm = atlas.table().norm
    for word in dict.fromkeys(words):
        found = postings.get(word)
        if found is None:
            continue
        rows = np.array(found, np.int32)
        idf = math.log(1 + (n - len(rows) + 0.5) / (len(rows) + 0.5))
        result[rows] += idf * norm[rows]
    most = float(result.max()) if n else 0.0
    return result / most if most > 0 else result


def _words(atlas: Atlas, place: Place, columns: dict[str, Array]) -> None:
    columns["bm25"] = _bm25(atlas, atlas.by_word, place.query_words)
    columns["line_words"] = _bm25(atlas, atlas.by_name_word, place.line_words)
    holders = place.holders[:1]
    columns["holder_words"] = _bm25(atlas, atlas.by_name_word, words_of(holders[0]) if holders else [])
    columns["next_words"] = _bm25(atlas, atlas.by_name_word, words_of("\n".join(place.near_after[:2])))


def _alike(atlas: Atlas, place: Place, columns: dict[str, Array], own: int) -> None:
    """Score names by how much the functions and files that use them share with this one."""
    import numpy as np

    table = atlas.table()
    n_units = len(atlas.unit_names)
    if not n_units:
        return
    around = place.around_names
    units, weights, squares = [], [], []
    for name in place.distance:
        known = atlas.name_units.get(name)
        if known is not None and len(known) <= n_units * 0.2 + 20:
            weight = math.log(1 + n_units / len(known))
            units.append(np.array(known, np.int32))
            weights.append(weight)
            squares.append(weight * weight if name in around else 0.0)
    if not units:
        return
    every, sizes = np.concatenate(units), [len(one) for one in units]
    wide = np.bincount(every, weights=np.repeat(weights, sizes), minlength=n_units)
    shared = np.bincount(every, weights=np.repeat(squares, sizes), minlength=n_units)
    outside = (table.unit_file != own) & table.unit_alive
    shared = shared * outside / np.sqrt(table.unit_length + 4)
    per_file = np.bincount(table.unit_file, weights=wide * outside, minlength=len(atlas.files))
    per_file = per_file / np.sqrt(table.file_length + 20)
    columns["unit_alike"] = _spread(atlas, shared, 24)
    totals = np.zeros(len(atlas.name_ids), np.float32)
    for file in np.argsort(-per_file)[:10]:
        if per_file[file] > 0:
            totals[atlas.names_used(int(file))] += per_file[file]
    columns["file_alike"] = _shared_out(atlas, totals)


def _spread(atlas: Atlas, weights: Array, most: int) -> Array:
    """Return how much the names of the heaviest units weigh together, for each row."""
    import numpy as np

    best = np.argpartition(-weights, most)[:most] if len(weights) > most else np.arange(len(weights))
    totals = np.zeros(len(atlas.name_ids), np.float32)
    for unit in best:
        if weights[unit] > 0:
            totals[np.array(atlas.unit_names[unit], np.int32)] += weights[unit]
    return _shared_out(atlas, totals)


def _shared_out(atlas: Atlas, totals: Array) -> Array:
    """Return for each row its name's total, relative to the highest of all."""
    table = atlas.table()
    most = float(totals.max()) if len(totals) else 0.0
    values: Array = totals[table.name] * table.common_share
    return values / most if most > 0 else values


def _calls(atlas: Atlas, place: Place, scores: _Scores) -> None:
    for depth, name in enumerate(place.calls[:2]):
        rows = atlas.by_name.get(name, ())
        if depth == 0 and place.is_at_arguments:
            scores.put("callee_now", rows)
        else:
            scores.put("callee_open", rows)


def _fixed(atlas: Atlas, place: Place, scores: _Scores, chosen: Array, own: int) -> None:
    """Fill in what is costly to know of every definition, for the chosen ones alone."""
    import numpy as np

    table, columns = atlas.table(), scores.columns
    folder = place.path.rpartition("/")[0]
    here = folder.split("/") if folder else []
    folder_id = atlas.folder_id(folder)
    folders = atlas.folders
    near = np.zeros(len(folders), np.float32)
    for number in np.unique(table.folder[chosen]):
        there = [*filter(None, folders[number].split("/"))]
        same = 0
        while same < min(len(here), len(there)) and here[same] == there[same]:
            same += 1
        near[number] = (1 + same) / (1 + max(len(here), len(there)))
    columns["folder_near"][chosen] = near[table.folder[chosen]]
    names = table.name[chosen]
    own_names = np.zeros(len(atlas.name_ids), np.int32)
    if own >= 0:
        own_names[atlas.names_used(own)] = 1
    n_files = np.maximum(0, table.name_files[names] - own_names[names])
    n_here = atlas.files_using_in(folder_id)[names] - own_names[names] if folder_id >= 0 else n_files * 0
    columns["orphan"][chosen] = (n_files == 0) & ~scores.seen[names]
    columns["ref_files"][chosen] = np.log1p(n_files)
    columns["same_names"][chosen] = np.log(np.maximum(1, table.name_rows[names]))
    columns["folder_refs"][chosen] = np.log1p(np.maximum(0, n_here))
    kind, flags = table.kind[chosen], table.flags[chosen]
    contained = table.contained[chosen]
    columns["is_function"][chosen] = (kind == 0) & ~contained
    columns["is_method"][chosen] = ((kind == 0) & contained) | (kind == 1)
    columns["is_class"][chosen] = (kind >= 2) & (kind <= 5)
    columns["is_value"][chosen] = (kind >= 6) & (kind <= 8)
    columns["is_macro"][chosen] = kind == 9
    columns["private"][chosen] = flags & 1
    columns["test"][chosen] = (flags & 2) > 0
    columns["exported"][chosen] = (flags & 4) > 0
    columns["length"][chosen] = np.log1p(table.lines[chosen])


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
