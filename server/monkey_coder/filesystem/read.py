"""Read one text file, exactly as it stands."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import FileError

BOM = b"\xef\xbb\xbf"
LIMIT_BYTES = 8_000_000
# Linux has O_NONBLOCK (opening a pipe must not wait for its writer), Windows has O_BINARY.
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file with what is needed to write it back in the same form.

    `path` is the file itself, with symbolic links resolved. `text` has no byte order mark and keeps
    the line ends as found; `eol` is the one that all lines share, or "" if there is none or they
    differ. `size` and `hash` (SHA-256) are those of the bytes on disk.
    """

    path: str
    text: str
    has_bom: bool
    eol: str
    mode: int
    size: int
    hash: str


def read_text(path: str, *, limit_bytes: int = LIMIT_BYTES, roots: Sequence[str] = ()) -> FileText:
    """Return the text of the regular file at `path`, which must be strict UTF-8.

    With `roots`, the file, links resolved, must lie in one of these folders.
    Raises: FileError, also for a folder, a pipe, a device, and a file of more than `limit_bytes`.
    """
    target = resolve(path, roots)
    content, status = read_bytes(target, limit_bytes)
    text = _decode(content.removeprefix(BOM), path)
    return FileText(
        path=target,
        text=text,
        has_bom=content.startswith(BOM),
        eol=common_eol(text),
        mode=stat.S_IMODE(status.st_mode),
        size=len(content),
        hash=hash_of(content),
    )


def resolve(path: str, roots: Sequence[str] = ()) -> str:
    """Return `path` absolute with links resolved; it need not exist.

    Raises: FileError if it lies outside all `roots` (where there are any) or its links run in a loop.
    """
    if "\0" in path:
        raise FileError(f"{path!r} is no path: it holds a NUL character")
    try:
        target = Path(path).resolve()
        inside = not roots or any(target.is_relative_to(Path(root).resolve()) for root in roots)
    except (OSError, RuntimeError) as error:
        raise FileError(f"cannot follow {path!r}: {_reason(error)}; look at its symbolic links") from error
    if not inside:
        raise FileError(
            f"{path!r} lies outside the workspace folders (it is {str(target)!r}); "
            "open its folder in the workspace to work on it"
        )
    return str(target)


def read_bytes(target: str, limit_bytes: int) -> tuple[bytes, os.stat_result]:
    """Return the bytes and the status of a regular file. Raises: FileError."""
    try:
        # Opening some devices does something already, so look before opening, and again after.
        _require_readable(target, Path(target).stat(), limit_bytes)
        descriptor = os.open(target, _FLAGS)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            _require_readable(target, status, limit_bytes)
            content = file.read(limit_bytes + 1)
    except (OSError, RuntimeError) as error:
        raise FileError(f"cannot read {target!r}: {_reason(error)}{_advice(error)}") from error
    if len(content) > limit_bytes:
        raise FileError(_too_large(target, len(content), limit_bytes))
    return content, status


def hash_of(content: bytes) -> str:
    """Return what `FileText.hash` holds for these bytes."""
    return hashlib.sha256(content).hexdigest()


def common_eol(text: str) -> str:
    """Return the line end that all lines of `text` share, or "" if there is none or they differ."""
    n_crlf = text.count("\r\n")
    n_lf, n_cr = text.count("\n") - n_crlf, text.count("\r") - n_crlf
    found = [eol for eol, n in (("\r\n", n_crlf), ("\n", n_lf), ("\r", n_cr)) if n]
    return found[0] if len(found) == 1 else ""


def _require_readable(target: str, status: os.stat_result, limit_bytes: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise FileError(f"{target!r} is a folder; name a file in it")
    if not stat.S_ISREG(status.st_mode):
        raise FileError(f"{target!r} is a pipe or a device; only regular files are read")
    if status.st_size > limit_bytes:
        raise FileError(_too_large(target, status.st_size, limit_bytes))


def _too_large(target: str, size: int, limit_bytes: int) -> str:
    return (
        f"{target!r} is too large: {size / 1e6:.1f} MB, and at most {limit_bytes / 1e6:.1f} MB are read; "
        "split the file or copy the part in question into one of its own"
    )


def _decode(content: bytes, path: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError(f"{path!r} is UTF-16; convert it to UTF-8 first")
    if b"\0" in content:
        raise FileError(f"{path!r} is a binary file: it holds NUL bytes; only text can be worked on")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError(
            f"{path!r} is not UTF-8 (byte 0x{content[error.start]:02x} in line {line}); "
            "convert it to UTF-8 first"
        ) from error


def _reason(error: OSError | RuntimeError) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def _advice(error: OSError | RuntimeError) -> str:
    if isinstance(error, FileNotFoundError):
        return "; check the spelling and the folder"
    if isinstance(error, PermissionError):
        return "; check its permissions"
    return ""
