"""An atlas on disk, beside the rows of the index that it is laid out from.

Laying one out takes half a second for ten thousand definitions, which is why the process that indexes
does it; reading it takes a twentieth of that.
"""

from __future__ import annotations

import json
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise
from pathlib import PurePath

from ..filesystem.names import is_secret
from .atlas import Atlas, AtlasFile, DefinitionRow, FileRows
from .imports import Import, from_statement
from .index import Index
from .index_store import stamp_parts, stamps_of

# Not so much as one of these is in a source text: see `walk.source_text`.
_END = "\0"
# The fields of an atlas, beside its files and what follows from these.
_POSTINGS = ("by_name", "by_container", "by_word", "by_name_word", "name_units")
_ARRAYS = (
    *("name_files", "row_name", "row_lines", "row_contained", "row_file", "row_length", "row_kind"),
    *("row_flags", "unit_length", "unit_file"),
)
_NUMBERS = ("line", "last_line")


def file_rows(index: Index, path: str, shown: Callable[[str], str]) -> FileRows:
    """Return a file as an atlas takes it in; `shown` gives the path that a file has there."""
    language = index.language_of(path) or ""
    definitions = tuple(
        DefinitionRow(d.name, d.kind, d.container, d.header.first, d.whole.last, d.signature)
        for d in index.definitions_in(path)
    )
    uses = tuple((use.name, use.line) for use in index.references_in(path) if use.role != "import")
    return FileRows(shown(path), language, definitions, uses, imports_in(index, path, shown))


def imports_in(index: Index, path: str, shown: Callable[[str], str]) -> tuple[Import, ...]:
    """Return what a file imports, by the index."""
    language = index.language_of(path) or ""
    found: list[Import] = []
    for one in index.imports_of(path):
        found += from_statement(one.written, language, tuple(shown(target) for target in one.paths))
    return tuple(found)


def parts_of(atlas: Atlas, stamps: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return an atlas as bytes, by name; `stamps` tell for each path in it what its content was."""
    assert not atlas.dead
    files = [
        (*one[:4], one.rows.start, one.rows.stop, one.units.start, one.units.stop, one.imports)
        for one in atlas.files
    ]
    parts = {"files": json.dumps(files, separators=(",", ":")).encode()}
    parts |= stamp_parts({file.path: stamps[file.path] for file in atlas.files})
    for name in DefinitionRow._fields:
        values = [getattr(row, name) for row in atlas.rows]
        parts[f"rows.{name}"] = array("i", values).tobytes() if name in _NUMBERS else _written(values)
    for name in _ARRAYS:
        parts[name] = getattr(atlas, name).tobytes()
    parts["name_ids"] = _written(atlas.name_ids)
    for name in _POSTINGS:
        postings: dict[str, array[int]] = getattr(atlas, name)
        parts[f"{name}.keys"] = _written(postings)
        parts |= _lists(name, postings.values())
    return parts | _lists("unit_names", atlas.unit_names)


def atlas_of(parts: Mapping[str, bytes]) -> tuple[Atlas, dict[str, bytes]]:
    """Return the atlas and the stamps that `parts_of` was given. Raises: ValueError, KeyError."""
    atlas = Atlas()
    fields: list[Sequence[object]] = []
    for name in DefinitionRow._fields:
        data = parts[f"rows.{name}"]
        fields.append(_read_array("i", data) if name in _NUMBERS else _read(data))
    columns: dict[str, object] = {"rows": [*map(DefinitionRow._make, zip(*fields, strict=True))]}
    for name in _ARRAYS:
        columns[name] = _read_array(getattr(atlas, name).typecode, parts[name])
    columns["name_ids"] = {name: number for number, name in enumerate(_read(parts["name_ids"]))}
    for name in _POSTINGS:
        columns[name] = dict(zip(_read(parts[f"{name}.keys"]), _read_lists(name, parts), strict=True))
    columns["unit_names"] = _read_lists("unit_names", parts)
    files: list[AtlasFile] = []
    for path, family, folder, names, row, row_end, unit, unit_end, imports in json.loads(parts["files"]):
        known = tuple(Import._make((tuple(one[0]), *one[1:5], tuple(one[5]))) for one in imports)
        rows, units = range(row, row_end), range(unit, unit_end)
        files.append(AtlasFile(path, family, folder, tuple(names), rows, units, known))
    atlas.restore(columns, files)
    return atlas, stamps_of(parts)


def _written(values: Iterable[str]) -> bytes:
    return "".join(f"{value.replace(_END, ' ')}{_END}" for value in values).encode("utf-8", "surrogatepass")


def _read(data: bytes) -> list[str]:
    return data.decode("utf-8", "surrogatepass").split(_END)[:-1]


def _lists(name: str, lists: Iterable[array[int]]) -> dict[str, bytes]:
    found = [*lists]
    sizes = array("i", map(len, found))
    return {f"{name}.sizes": sizes.tobytes(), f"{name}.values": b"".join(one.tobytes() for one in found)}


def _read_lists(name: str, parts: Mapping[str, bytes]) -> list[array[int]]:
    values = _read_array("i", parts[f"{name}.values"])
    ends = accumulate(_read_array("i", parts[f"{name}.sizes"]), initial=0)
    return [values[start:end] for start, end in pairwise(ends)]


def _read_array(kind: str, data: bytes) -> array[int]:
    values: array[int] = array(kind)
    values.frombytes(data)
    return values


def laying_out(index: Index, folder: str) -> Iterator[dict[str, bytes] | None]:
    """Lay out the atlas of a folder: yield None after each file, in the end its parts."""
    top = os.path.normpath(folder).rstrip(os.sep) + os.sep
    atlas, stamps = Atlas(), {}

    def shown(path: str) -> str:
        return path.removeprefix(top).replace(os.sep, "/")

    for path, stamp in index.stamps().items():
        if isinstance(stamp, bytes) and not is_secret(PurePath(path).parts):
            atlas.add(file_rows(index, path, shown))
            stamps[shown(path)] = stamp
        yield None
    yield parts_of(atlas, stamps)
