"""The index of a workspace on disk: one stream of tokens, sorted by what stands before each.

One file of arrays, mapped into memory and never changed: a newer index is another file. The
order of the contexts is a suffix array of the reversed stream, so that the places that share the
last n tokens lie side by side for every n (as in Liu et al. 2024, infini-gram).
"""

from __future__ import annotations

import json
import mmap
import os
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = 1
MAGIC = b"MonkeyCoderGhost"
_ALIGN = 64
# Contexts longer than this are not told apart.
DEPTH = 16


@dataclass(frozen=True, slots=True)
class IndexedFile:
    """A file in an index: its path, what it was when read, and where its tokens are."""

    path: str
    mtime_ns: int
    size: int
    start: int
    stop: int


class DamagedIndexError(ValueError):
    """The file is no index of this version; it is to be built again. It never reaches a user."""


class Index:
    """A mapped index. Reads nothing but what is looked up."""

    def __init__(self, path: Path) -> None:
        """Map the index at `path`. Raises: OSError, DamagedIndexError."""
        import numpy as np

        with path.open("rb") as file:
            start = file.read(len(MAGIC) + 16)
            if not start.startswith(MAGIC) or len(start) < len(MAGIC) + 16:
                raise DamagedIndexError(f"{path} is not an index")
            length, checksum = (int.from_bytes(start[i : i + 8], "little") for i in (16, 24))
            if length > 256 << 20:
                raise DamagedIndexError(f"{path} is damaged")
            header = file.read(length)
            if len(header) != length or zlib.crc32(header) != checksum:
                raise DamagedIndexError(f"{path} is damaged")
            meta: dict[str, Any] = json.loads(header)
            size = os.fstat(file.fileno()).st_size
            if meta.get("version") != VERSION or size != meta.get("size"):
                raise DamagedIndexError(f"{path} is cut off or of another version")
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        arrays = {
            name: np.frombuffer(self._map, np.dtype(kind), count, offset)
            for name, (kind, count, offset) in meta["arrays"].items()
        }
        self.path = path
        self.files = [IndexedFile(**entry) for entry in meta["files"]]
        self.by_path = {file.path: file for file in self.files}
        self.stream: NDArray[np.int32] = arrays["stream"]
        self.spaces: NDArray[np.uint8] = arrays["spaces"]
        self.order: NDArray[np.int32] = arrays["order"]
        self.buckets: NDArray[np.int32] = arrays["buckets"]
        self.classes: NDArray[np.uint8] = arrays["classes"]
        self.opens: NDArray[np.float16] = arrays["opens"]
        self._hashes: NDArray[np.uint64] = arrays["hashes"]
        self._by_hash: NDArray[np.int32] = arrays["by_hash"]
        self._text: NDArray[np.uint8] = arrays["text"]
        self._ends: NDArray[np.int32] = arrays["ends"]

    def __len__(self) -> int:
        return len(self._ends)

    def text(self, token: int) -> str:
        """Return what a token says."""
        start = int(self._ends[token - 1]) if token else 0
        return self._text[start : int(self._ends[token])].tobytes().decode("utf-8", "surrogatepass")

    def find(self, text: str) -> int:
        """Return the number of a token, or -1."""
        key = word_hash(text)
        at = int(self._hashes.searchsorted(key))
        while at < len(self._hashes) and self._hashes[at] == key:
            token = int(self._by_hash[at])
            if self.text(token) == text:
                return token
            at += 1
        return -1


def word_hash(text: str) -> Any:
    """Return a 64-bit hash that is the same in every process."""
    import hashlib

    import numpy as np

    data = text.encode("utf-8", "surrogatepass")
    return np.uint64(int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little"))


def write_index(path: Path, files: list[IndexedFile], arrays: dict[str, NDArray[Any]]) -> None:
    """Write an index so that a reader finds either all of it or nothing. Raises: OSError."""
    table: dict[str, tuple[str, int, int]] = {}
    meta = {"version": VERSION, "size": 0, "files": [asdict(file) for file in files], "arrays": table}
    room = len(json.dumps(meta).encode()) + 200 * len(arrays) + 100
    offset = -(-(len(MAGIC) + 16 + room) // _ALIGN) * _ALIGN
    first = offset
    for name, array in arrays.items():
        table[name] = (array.dtype.str, len(array), offset)
        offset += -(-array.nbytes // _ALIGN) * _ALIGN
    meta["size"] = offset
    header = json.dumps(meta).encode().ljust(first - len(MAGIC) - 16)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(MAGIC + len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(8, "little"))
            file.write(header)
            for name, array in arrays.items():
                file.seek(table[name][2])
                file.write(array.data)
            file.truncate(offset)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def sort_contexts(stream: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the places of a stream sorted by the tokens before each, the nearest first.

    Prefix doubling (Manber and Myers 1993) up to `DEPTH` tokens.
    """
    import numpy as np

    n = len(stream)
    rank = np.zeros(n, np.int64)
    rank[1:] = stream[:-1]
    width = 1
    order = np.argsort(rank, kind="stable")
    while width < DEPTH:
        key = rank * (int(rank.max()) + 2)
        key[width:] += rank[:-width] + 1
        order = np.argsort(key, kind="stable")
        if 2 * width >= DEPTH:
            break
        ordered = key[order]
        del key
        rank[order] = np.concatenate(([0], np.cumsum(ordered[1:] != ordered[:-1])))
        width *= 2
    return order.astype(np.int32)


def derive(stream: NDArray[np.int32], n_words: int) -> dict[str, NDArray[Any]]:
    """Return the arrays that follow from the stream: sorted contexts, and what opens a block."""
    import numpy as np

    from .vocabulary import DEEPER, SAME, SHALLOWER

    counts = np.bincount(stream[:-1], minlength=n_words) if len(stream) else np.zeros(n_words, np.int64)
    before, after = stream[:-1], stream[1:]
    deeper = np.bincount(before[after == DEEPER], minlength=n_words)
    breaks = np.bincount(before[(after >= SAME) & (after <= SHALLOWER)], minlength=n_words)
    order = sort_contexts(stream)
    # The first place has nothing before it; it sorts among those after token 0.
    counts[0] += 1 if len(stream) else 0
    return {
        "order": order,
        "buckets": np.concatenate(([0], np.cumsum(counts))).astype(np.int32),
        "opens": ((deeper + 0.2) / (breaks + 1.0)).astype(np.float16),
    }
