"""Write text files: each as a whole or not at all, and several of them all or none."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..core.errors import FileError
from .commit import Change, commit
from .encoding import encode, encoding_said
from .entry import hash_of
from .guard import place_to_write
from .history import prune
from .read import FileText, common_eol


@dataclass(frozen=True, slots=True)
class NewText:
    """What a file shall hold: `text`, or None for no file.

    `like` is what was read there before; None creates the file, in `charset` unless its text says that it
    is in another encoding. Byte order mark, encoding, mode, owner, attributes and symbolic links stay.
    Where all line ends were CRLF, new ones become so. `roots` are the folders in which this file must lie,
    where they are not those of all the texts.
    """

    path: str
    text: str | None
    like: FileText | None = None
    roots: Sequence[str] | None = None
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The files that were written, the hash of each one's new bytes, and the change's id for `undo`."""

    paths: tuple[str, ...]
    hashes: tuple[str | None, ...]
    id: str

    @property
    def path(self) -> str:
        return self.paths[0]

    @property
    def hash(self) -> str | None:
        return self.hashes[0]


def write_text(
    path: str,
    text: str,
    *,
    like: FileText | None = None,
    backups: str | None = None,
    roots: Sequence[str] = (),
    confirmed: bool = False,
    title: str = "",
) -> Written:
    """Replace the file at `path` by `text`, or create it, as `write_texts` does with several."""
    new = NewText(path, text, like)
    return write_texts([new], backups=backups, roots=roots, confirmed=confirmed, title=title)


def write_texts(
    texts: Sequence[NewText],
    *,
    backups: str | None = None,
    roots: Sequence[str] = (),
    confirmed: bool | Collection[str] = False,
    title: str = "",
) -> Written:
    """Write all of `texts`, or none of them.

    `backups` is the folder that keeps what `history` shows and takes back; without it, nothing is
    kept, and what the end of this process interrupts stays so. `confirmed` says that the user agreed to
    writing what programs obey and what holds secrets, and to part a file from its other names: all of
    them, or the files that it holds, each as `ConfirmError.target` names it.
    Raises: ConfirmError, or FileError: with every file untouched, if one is not as `like` says, if
    there is one where one was to be created, if it is read-only or lies outside `roots`.
    """
    changes = [_change(new, roots if new.roots is None else new.roots, confirmed) for new in texts]
    with _store(backups) as store:
        id_ = commit(changes, store, title=title)
        prune(store)
    hashes = [None if change.content is None else hash_of(change.content) for change in changes]
    return Written(tuple(change.path for change in changes), tuple(hashes), id_)


def _change(new: NewText, roots: Sequence[str], confirmed: bool | Collection[str]) -> Change:
    root, parts = place_to_write(new.path, roots, confirmed=True)
    agreed = confirmed if isinstance(confirmed, bool) else str(Path(root, *parts)) in confirmed
    if not agreed:
        root, parts = place_to_write(new.path, roots, confirmed=False)
    content = None if new.text is None else _encode(new, new.text)
    change = Change(root, parts, content, None if new.like is None else new.like.hash, parts_links=agreed)
    if new.like is not None and change.path != new.like.path:
        raise FileError(f"{new.path!r} has changed since it was read; nothing was written, try again")
    return change


def _encode(new: NewText, text: str) -> bytes:
    like = new.like
    if like is not None and like.eol == "\r\n" and common_eol(text) != "\r\n":
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    said = encoding_said(text, new.path if like is None else like.path)
    if like is None:
        encoding = said or new.charset or "utf-8"
        # Without a mark, nobody could tell.
        return encode(text, new.path, encoding, has_bom=encoding.startswith("utf-16"))
    is_same = like.has_bom or said == encoding_said(like.text, like.path)
    return encode(text, new.path, like.encoding if is_same else said or "utf-8", has_bom=like.has_bom)


@contextmanager
def _store(backups: str | None) -> Iterator[Path]:
    if backups is not None:
        yield Path(backups)
        return
    with tempfile.TemporaryDirectory(prefix="monkey-coder-") as folder:
        yield Path(folder)
