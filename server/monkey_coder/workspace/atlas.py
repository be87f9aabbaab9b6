"""What a project defines and uses, laid out so that a place in it can be matched in milliseconds.

An `Atlas` holds columns of numbers (numpy) beside postings of words. A file that changes is taken out
and put in again: its old rows stay behind, marked dead, until `is_worn` asks for a new atlas.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from .imports import FAMILY, Import

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_CAMEL = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORD = re.compile(r"[A-Za-z0-9]+")
_TEST = re.compile(
    r"(^|/)(tests?|testing|testdata|docs|docs_src|examples?|benches|benchmarks?|fuzz|__tests__|fixtures|e2e"
    r"|playground|scripts)(/|$)|_test\.go$|(^|/)test_[^/]*\.py$|(^|/)conftest\.py$|\.(spec|test)\.[cm]?[jt]sx?$"
)
# The files that stand for the folder they lie in.
_INDEX = frozenset({"__init__", "index", "mod", "lib", "main"})
KINDS = ("function", "method", "class", "interface", "enum", "type", "constant", "variable", "field", "macro")
_KIND = {kind: at for at, kind in enumerate(KINDS)} | {"constructor": 1, "property": 8, "module": 10}
MAX_DEPTH = 4
_MOST_ORIGINS = 20_000
_MOST_FOLDERS = 64
# A name with more definitions than that tells little.
_COMMON = 60
_START = 2
# Of the words looked for, the common ones are kept as arrays, those of many rows with one number a row.
_WORTH_KEEPING, _MOST_KEPT, _DENSE = 500, 100, 0.1


def joined(lists: Sequence[array[int]]) -> tuple[Array, Array]:
    """Return lists of numbers as one, and how long each is."""
    import numpy as np

    return np.frombuffer(b"".join(lists), np.int32), np.array([len(one) for one in lists], np.int64)


@lru_cache(1 << 15)
def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def words_of(text: str) -> list[str]:
    """Return the parts of the identifiers in a text, in lower case, one letter ones left out."""
    return [*chain.from_iterable(map(_parts_of, _WORD.findall(text)))]


@lru_cache(1 << 15)
def _parts_of(word: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in _CAMEL.findall(word) if len(part) > 1)


class DefinitionRow(NamedTuple):
    """A definition as the atlas takes it in. Lines count from 1; `header` are its first lines."""

    name: str
    kind: str
    container: str
    line: int
    last_line: int
    header: str


@dataclass(frozen=True, slots=True)
class FileRows:
    """One file as the atlas takes it in. `path` is relative to its folder, with "/".

    `uses` are the names used in the file, with the line of each.
    """

    path: str
    language: str
    definitions: tuple[DefinitionRow, ...]
    uses: tuple[tuple[str, int], ...]
    imports: tuple[Import, ...]


class AtlasFile(NamedTuple):
    """A file in an atlas: `parts` name it as a module, `rows` and `units` are its numbers there."""

    path: str
    family: str
    folder: str
    parts: tuple[str, ...]
    rows: range
    units: range
    imports: tuple[Import, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """What an import means: the files of its module, and the rows of the name it takes from there."""

    files: Sequence[int]
    rows: Sequence[int]


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of an atlas as arrays: by row, then by unit, by file, and by name."""

    name: Array
    share: Array
    common_share: Array
    file: Array
    kind: Array
    flags: Array
    lines: Array
    contained: Array
    norm: Array
    folder: Array
    family: Array
    allowed: Array
    unit_file: Array
    unit_length: Array
    unit_alive: Array
    file_length: Array
    name_rows: Array
    name_tells: Array
    name_files: Array
    folder_names: dict[int, Array]
    folder_near: dict[str, Array]
    families: dict[int, Array]
    origins: dict[tuple[str, Import], Origin]
    weights: dict[tuple[str, str], tuple[Array | None, Array]]

    def allowed_in(self, family: int) -> Array:
        """Return which rows can be meant in a file of this family of languages."""
        known = self.families.get(family)
        if known is None:
            known = self.families[family] = self.allowed & (self.family == family)
        return known


class Atlas:
    """The definitions of one project and where their names are used."""

    def __init__(self) -> None:
        self.rows: list[DefinitionRow] = []
        self.files: list[AtlasFile] = []
        self.file_of: dict[str, int] = {}
        self.by_name: dict[str, array[int]] = defaultdict(lambda: array("i"))
        self.by_container: dict[str, array[int]] = defaultdict(lambda: array("i"))
        self.by_word: dict[str, array[int]] = defaultdict(lambda: array("i"))
        self.by_name_word: dict[str, array[int]] = defaultdict(lambda: array("i"))
        self.by_folder: dict[str, list[int]] = defaultdict(list)
        self.by_tail: dict[str, list[int]] = defaultdict(list)
        self.folder_tails: dict[str, set[str]] = defaultdict(set)
        self.name_ids: dict[str, int] = {}
        self.name_units: dict[str, array[int]] = defaultdict(lambda: array("i"))
        self.unit_names: list[array[int]] = []
        self.name_files = array("i")
        self.row_name = array("i")
        self.row_lines = array("i")
        self.row_contained = array("b")
        self.unit_length = array("i")
        self.file_family = array("i")
        self._starts: dict[str, list[str]] = defaultdict(list)
        self.unit_file = array("i")
        self.row_file = array("i")
        self.row_length = array("i")
        self.row_kind = array("b")
        self.row_flags = array("B")
        self.dead: set[int] = set()
        self._total_length = 0
        self._table: Table | None = None
        self._family_ids: dict[str, int] = {}
        self._container_words: dict[str, list[str]] = defaultdict(list)
        self._file_names: dict[int, Array] = {}
        self._container_keys: dict[str, list[str]] = defaultdict(list)
        self._folder_ids: dict[str, int] = {}
        self.file_folder = array("i")

    @property
    def is_worn(self) -> bool:
        """Return whether so many files changed that a new atlas would be smaller and faster."""
        return len(self.dead) > max(200, len(self.files) // 2)

    @property
    def mean_length(self) -> float:
        return self._total_length / max(1, len(self.rows))

    def add(self, file: FileRows) -> None:
        """Take a file in; it replaces what was known of its path."""
        self.remove(file.path)
        self._table = None
        number = len(self.files)
        path = PurePosixPath(file.path)
        folder = "" if str(path.parent) == "." else str(path.parent)
        first_row, first_unit = len(self.rows), len(self.unit_names)
        path_words = words_of(file.path[-60:])
        for definition in file.definitions:
            self._add_row(definition, file.path, number, path_words)
        self._add_units(file, number)
        self._add_file(
            AtlasFile(
                file.path,
                FAMILY.get(file.language, file.language),
                folder,
                _parts(path),
                range(first_row, len(self.rows)),
                range(first_unit, len(self.unit_names)),
                file.imports,
            )
        )
        for name in self.names_used(number):
            self.name_files[name] += 1

    def restore(self, columns: Mapping[str, Any], files: Iterable[AtlasFile]) -> None:
        """Take the place of an atlas that had these files, and of whose fields these are the values."""
        for name, values in columns.items():
            known = getattr(self, name)
            (known.update if isinstance(known, dict) else known.extend)(values)
        self._total_length = sum(self.row_length)
        for file in files:
            self._add_file(file)
        for name in self.by_name:
            self._starts[name[:_START].lower()].append(name)
        for container in self.by_container:
            self._add_container(container)

    def _add_file(self, file: AtlasFile) -> None:
        number = len(self.files)
        self.files.append(file)
        self.file_family.append(self.family_id(file.family))
        self.file_folder.append(self._folder_ids.setdefault(file.folder, len(self._folder_ids)))
        self.file_of[file.path] = number
        self.by_folder[file.folder].append(number)
        if file.parts:
            self.by_tail[_tail(file.parts[-1])].append(number)
        self.folder_tails[file.folder.rpartition("/")[2]].add(file.folder)

    def remove(self, path: str) -> None:
        """Forget a file."""
        number = self.file_of.pop(path, None)
        if number is None:
            return
        self._table = None
        file = self.files[number]
        self.dead.add(number)
        for name in self.names_used(number):
            self.name_files[name] -= 1
        self._file_names.pop(number, None)
        self.by_folder[file.folder].remove(number)
        if file.parts:
            self.by_tail[_tail(file.parts[-1])].remove(number)

    def table(self) -> Table:
        """Return the columns as arrays, made anew only after a change."""
        if self._table is None:
            self._table = self._columns()
        return self._table

    def _columns(self) -> Table:
        import numpy as np

        n_files, n_names = len(self.files), len(self.name_ids)
        # Counted as files come and go, so that little is left to do here after a change.
        file = np.array(self.row_file, np.int32)
        kind = np.array(self.row_kind, np.int8)
        name = np.array(self.row_name, np.int32)
        alive = np.ones(n_files, bool)
        alive[list(self.dead)] = False
        unit_file = np.array(self.unit_file, np.int32)
        unit_length = np.array(self.unit_length, np.float32)
        length = np.array(self.row_length, np.float32)
        families = np.array(self.file_family, np.int16)
        name_rows = np.bincount(name[alive[file]], minlength=n_names)
        share = (1 / np.sqrt(np.maximum(1, name_rows[name]))).astype(np.float32)
        relative = length / max(1.0, self.mean_length)
        return Table(
            name=name,
            share=share,
            common_share=np.where(name_rows[name] <= _COMMON, share, np.float32(0)),
            file=file,
            kind=kind,
            flags=np.array(self.row_flags, np.uint8),
            lines=np.array(self.row_lines, np.float32),
            contained=np.array(self.row_contained, bool),
            norm=(2.2 / (1 + 1.2 * (0.25 + 0.75 * relative))).astype(np.float32),
            folder=np.array(self.file_folder, np.int32)[file],
            family=families[file],
            allowed=alive[file] & (kind != _KIND["field"]) & (kind < len(KINDS)),
            unit_file=unit_file,
            unit_length=unit_length,
            unit_alive=alive[unit_file],
            file_length=np.bincount(unit_file, weights=unit_length, minlength=n_files),
            name_rows=name_rows,
            name_tells=name_rows <= _COMMON,
            name_files=np.array(self.name_files, np.int32),
            folder_names={},
            folder_near={},
            families={},
            origins={},
            weights={},
        )

    def _files_using(self, files: Iterable[int]) -> Array:
        """Return for each name how many of these files use it."""
        import numpy as np

        counts = np.zeros(len(self.name_ids), np.int32)
        for file in files:
            counts[self.names_used(file)] += 1
        return counts

    def names_used(self, file: int) -> Array:
        """Return the numbers of the names that a file uses, each once."""
        import numpy as np

        known = self._file_names.get(file)
        if known is None:
            units = [np.array(self.unit_names[unit], np.int32) for unit in self.files[file].units]
            known = np.unique(np.concatenate(units)) if units else np.zeros(0, np.int32)
            self._file_names[file] = known
        return known

    def files_using_in(self, folder: int) -> Array:
        """Return for each name how many files of a folder use it."""
        known = self.table().folder_names
        if folder not in known:
            if len(known) > _MOST_FOLDERS:
                known.clear()
            files = [at for at, one in enumerate(self.file_folder) if one == folder and at not in self.dead]
            known[folder] = self._files_using(files)
        return known[folder]

    def weights_of(self, kind: str, word: str) -> tuple[Array | None, Array]:
        """Return the rows that a word of their text ("word") or name ("name") speaks for, and how much.

        A word of many rows comes as one number for every row, and None in place of the rows.
        """
        import numpy as np

        table = self.table()
        key = (kind, word)
        known = table.weights.get(key)
        if known is None:
            n = len(self.rows)
            found = (self.by_word if kind == "word" else self.by_name_word).get(word, ())
            rows = np.array(found, np.int32)
            idf = np.float32(math.log(1 + (n - len(rows) + 0.5) / (len(rows) + 0.5)))
            values = idf * table.norm[rows]
            known = rows, values
            if len(rows) > n * _DENSE:
                every = np.zeros(n, np.float32)
                every[rows] = values
                known = None, every
            # What is rare is found as quickly as it is kept.
            if len(rows) >= _WORTH_KEEPING:
                if len(table.weights) >= _MOST_KEPT:
                    table.weights.clear()
                table.weights[key] = known
        return known

    def nearness(self, folder: str) -> Array:
        """Return for each folder how much of its path it shares with this one, 0 to 1."""
        import numpy as np

        known = self.table().folder_near
        if folder not in known:
            if len(known) > _MOST_FOLDERS:
                known.clear()
            here = folder.split("/") if folder else []
            shares = []
            for other in self._folder_ids:
                there = other.split("/") if other else []
                same = 0
                while same < min(len(here), len(there)) and here[same] == there[same]:
                    same += 1
                shares.append((1 + same) / (1 + max(len(here), len(there))))
            known[folder] = np.array(shares, np.float32)
        return known[folder]

    def family_id(self, family: str) -> int:
        return self._family_ids.setdefault(family, len(self._family_ids))

    def containers_with(self, word: str) -> list[str]:
        """Return the names of containers that have `word` as a part."""
        return self._container_words.get(word, [])

    def names_starting(self, typed: str) -> list[str]:
        """Return the defined names that begin so, in whatever case; nothing for less than two letters."""
        typed = typed.lower()
        known = self._starts.get(typed[:_START], ()) if len(typed) >= _START else ()
        return [name for name in known if name.lower().startswith(typed)]

    def containers_like(self, name: str) -> Sequence[str]:
        """Return the names of containers that a variable of this name may hold."""
        return self._container_keys.get(_plain(name), ())

    def folder_id(self, folder: str) -> int:
        return self._folder_ids.get(folder, -1)

    def _name_id(self, name: str) -> int:
        number = self.name_ids.setdefault(name, len(self.name_ids))
        if number == len(self.name_files):
            self.name_files.append(0)
        return number

    def _add_container(self, container: str) -> None:
        self._container_keys[container.lower()].append(container)
        for word in set(words_of(container)):
            self._container_words[word].append(container)

    def _add_row(self, row: DefinitionRow, path: str, file: int, path_words: list[str]) -> None:
        number = len(self.rows)
        self.rows.append(row)
        if row.name not in self.by_name:
            self._starts[row.name[:_START].lower()].append(row.name)
        self.by_name[row.name].append(number)
        if row.container:
            container = row.container.rpartition(".")[2]
            if container not in self.by_container:
                self._add_container(container)
            self.by_container[container].append(number)
        name_words = words_of(row.name)
        words = name_words + words_of(row.container) + path_words + words_of(row.header)
        for word in set(words):
            self.by_word[word].append(number)
        for word in set(name_words):
            self.by_name_word[word].append(number)
        self.row_name.append(self._name_id(row.name))
        self.row_file.append(file)
        self.row_length.append(len(words))
        self._total_length += len(words)
        self.row_lines.append(row.last_line - row.line + 1)
        self.row_contained.append(bool(row.container))
        self.row_kind.append(_KIND.get(row.kind, len(KINDS)))
        self.row_flags.append(_flags(row, path))

    def _add_units(self, file: FileRows, number: int) -> None:
        """Group the uses by the outermost definition that holds them; each group is a unit."""
        outer = [(d.line, d.last_line) for d in file.definitions if d.kind in ("function", "method")]
        outer.sort()
        groups: dict[int, dict[str, None]] = defaultdict(dict)
        at = 0
        for name, line in sorted(file.uses, key=lambda use: use[1]):
            while at + 1 < len(outer) and outer[at + 1][0] <= line:
                at += 1
            holder = at if outer and outer[at][0] <= line <= outer[at][1] else -1
            groups[holder][name] = None
        for names in groups.values():
            unit = len(self.unit_names)
            self.unit_names.append(array("i", [self._name_id(name) for name in names]))
            self.unit_file.append(number)
            self.unit_length.append(len(names))
            for name in names:
                self.name_units[name].append(unit)

    # Modules

    def origin(self, one: Import, path: str) -> Origin:
        """Return what an import in `path` means, remembered until a file changes."""
        known = self.table().origins
        key = (path, one)
        if key not in known:
            if len(known) > _MOST_ORIGINS:
                known.clear()
            known[key] = self._origin(one, path)
        return known[key]

    def _origin(self, one: Import, path: str) -> Origin:
        found = list(self.modules(one, path))
        if one.name in ("", "*", "default"):
            return Origin(found, ())
        rows = list(self.find(one.name, found))
        if rows:
            return Origin(found, rows)
        # The name may be that of a module, or one whose own module is not to be found by its path.
        inner = Import((*one.module, one.name), one.level, "", one.local)
        if files := list(self.modules(inner, path)):
            return Origin(files, ())
        rows = [row for row in self.by_name.get(one.name, ()) if not self.rows[row].container]
        module = {part for part in one.module if part != "src"}
        near = [row for row in rows if module & {*self.files[self.row_file[row]].parts}]
        return Origin(found, near if len(rows) <= 6 else ())

    def find(self, name: str, files: Iterable[int], depth: int = 0) -> Iterator[int]:
        """Yield the rows that `name` means as a member of these files, through what they hand on."""
        for number in files:
            file = self.files[number]
            own = [
                row for row in self.by_name.get(name, ()) if row in file.rows and not self.rows[row].container
            ]
            yield from own
            if own or depth >= MAX_DEPTH:
                continue
            for one in file.imports:
                if not one.is_export and file.family != "python":
                    continue
                if one.local == name or (one.name == "*" and one.local == "*"):
                    origin = [at for at in self.modules(one, file.path) if at != number]
                    yield from self.find(name if one.name == "*" else one.name, origin, depth + 1)

    def modules(self, one: Import, path: str) -> Sequence[int]:
        """Return the files that an import in `path` means; nothing for one outside the project."""
        if one.targets:
            return [self.file_of[target] for target in one.targets if target in self.file_of]
        family = self.files[self.file_of[path]].family if path in self.file_of else ""
        folder = str(PurePosixPath(path).parent)
        if one.level:
            base = [part for part in folder.split("/") if part not in ("", ".")]
            base = base[: len(base) - (one.level - 1)] if one.level <= len(base) + 1 else []
            found = self._exact((*base, *one.module))
            if not found and family in ("rust", ""):
                stem = PurePosixPath(path).stem
                found = self._exact((*base, stem, *one.module))
            return found
        if not one.module:
            return ()
        if path.endswith(".go"):
            return self._go_package(one.module)
        return self._suffix(one.module, strict=path.endswith((".py", ".pyi")))

    def _exact(self, parts: tuple[str, ...]) -> list[int]:
        wanted = tuple(part for part in parts if part not in ("src",))
        if not wanted:
            return [
                at for at in self.by_folder.get("", ()) if PurePosixPath(self.files[at].path).stem in _INDEX
            ]
        return [at for at in self.by_tail.get(_tail(wanted[-1]), ()) if self.files[at].parts == wanted]

    def _suffix(self, module: tuple[str, ...], *, strict: bool) -> list[int]:
        wanted = tuple(_tail(part) for part in module if part != "src")
        if not wanted:
            return []
        best: list[int] = []
        most = 0
        for at in self.by_tail.get(wanted[-1], ()):
            parts = self.files[at].parts
            same = 0
            while same < min(len(wanted), len(parts)) and _tail(parts[-1 - same]) == wanted[-1 - same]:
                same += 1
            if strict and same < len(wanted):
                continue
            if same > most:
                best, most = [], same
            if same == most:
                best.append(at)
        return best[:8]

    def _go_package(self, module: tuple[str, ...]) -> list[int]:
        best, most = "", 0
        for folder in self.folder_tails.get(module[-1], ()):
            parts = tuple(folder.split("/")) if folder else ()
            if parts and parts == module[-len(parts) :] and len(parts) > most:
                best, most = folder, len(parts)
        if most:
            return self.by_folder.get(best, [])
        is_root = 3 <= len(module) <= 4 and module[0].count(".") and (len(module) == 3 or module[3][0] == "v")
        return self.by_folder.get("", []) if is_root else []


def _parts(path: PurePosixPath) -> tuple[str, ...]:
    """Return the components that name a file as a module."""
    parts = [part for part in path.parent.parts if part != "src"]
    stem = path.name.split(".")[0]
    return tuple(parts if stem in _INDEX else [*parts, stem])


def _tail(part: str) -> str:
    return part.replace("-", "_")


def _flags(row: DefinitionRow, path: str) -> int:
    """Return the bits: 1 private by its name, 2 of a test or example, 4 exported by its header."""
    header = row.header.lstrip()
    is_exported = header.startswith(("export", "pub")) or (path.endswith(".go") and row.name[:1].isupper())
    return row.name.startswith("_") | bool(_TEST.search(path)) << 1 | is_exported << 2
