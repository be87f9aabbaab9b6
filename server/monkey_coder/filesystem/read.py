"""Read one text file, exactly as it stands."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..core.errors import ConfirmError, FileError
from .encoding import decode
from .entry import Found, names_beside, take
from .guard import Ignores, reached_to_read
from .paths import split
from .walk import Place, reached

LIMIT_BYTES = 8_000_000

# Returns the encoding that the project names for the file at a path, links resolved, or "".
Charsets = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class FileText:
    """The text of a file with what is needed to write it back in the same form.

    `path` is the file itself, with symbolic links resolved. `text` has no byte order mark and keeps
    the line ends as found; `eol` is the one that all lines share, or "" if there is none or they
    differ. `encoding` is as Python calls it. `size` and `hash` (SHA-256) are those of the bytes on disk.
    """

    path: str
    text: str
    has_bom: bool
    encoding: str
    eol: str
    mode: int
    size: int
    hash: str


def read_text(
    path: str,
    *,
    limit_bytes: int = LIMIT_BYTES,
    roots: Sequence[str] = (),
    confirmed: bool = False,
    ignores: Ignores | None = None,
    charsets: Charsets | None = None,
) -> FileText:
    """Return the text of the regular file at `path`: UTF-8, what it says itself, or what `charsets` does.

    With `roots`, the file, links resolved, must lie in one of these folders, and a relative path
    starts at the first; without, `path` is the user's own. `confirmed` says that the user agreed to
    have read what is a secret by its name, is ignored, or has a second name (hard link) elsewhere.
    Raises: ConfirmError, FileError; also for a folder, a pipe, a device, and more than `limit_bytes`.
    """
    with reached_to_read(path, roots, confirmed=confirmed, ignores=ignores) as place:
        found = _taken(place, limit_bytes, has_roots=bool(roots), confirmed=confirmed)
        charset = "" if charsets is None else charsets(place.path)
        decoded = decode(found.content, place.path, charset=charset)
        return FileText(
            path=place.path,
            text=decoded.text,
            has_bom=decoded.has_bom,
            encoding=decoded.encoding,
            eol=common_eol(decoded.text),
            mode=stat.S_IMODE(found.status.st_mode),
            size=len(found.content),
            hash=found.hash,
        )


def list_folder(path: str, roots: Sequence[str]) -> list[str]:
    """Return the names in a folder inside `roots`, sorted; "." is the first root. Raises: FileError."""
    root, parts = split(path, roots, may_be_folder=True)
    # A name below the folder stands for it: what is listed is the folder that was opened on the way.
    with reached(root, [*parts, "listed"], follows_last=False) as place:
        if place.n_missing:
            raise FileError(f"cannot list {path!r}: there is no such folder; check the spelling")
        try:
            return names_beside(place)
        except OSError as error:
            raise _failed("list", place.path, error) from error


def common_eol(text: str) -> str:
    """Return the line end that all lines of `text` share, or "" if there is none or they differ."""
    n_crlf = text.count("\r\n")
    n_lf, n_cr = text.count("\n") - n_crlf, text.count("\r") - n_crlf
    found = [eol for eol, n in (("\r\n", n_crlf), ("\n", n_lf), ("\r", n_cr)) if n]
    return found[0] if len(found) == 1 else ""


def _taken(place: Place, limit_bytes: int, *, has_roots: bool, confirmed: bool) -> Found:
    try:
        found = take(place, limit_bytes)
    except OSError as error:
        raise _failed("read", place.path, error) from error
    if stat.S_ISLNK(found.status.st_mode):
        raise FileError(f"{place.path!r} was replaced by a link while it was opened; try again")
    if found.status.st_nlink > 1 and has_roots and not confirmed:
        raise ConfirmError(
            f"{place.path!r} has {found.status.st_nlink} names (hard links), of which some may lie "
            "outside the workspace; it is not read unless you say so",
            target=place.path,
        )
    return found


def _failed(what: str, path: str, error: OSError) -> FileError:
    reason = (error.strerror or str(error)).lower()
    advice = ""
    if isinstance(error, FileNotFoundError):
        advice = "; check the spelling and the folder"
    elif isinstance(error, PermissionError):
        advice = "; check its permissions"
    return FileError(f"cannot {what} {path!r}: {reason}{advice}")
