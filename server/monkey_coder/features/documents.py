"""Make a `Document` of what a door was handed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath

from ..core.documents import Document
from ..core.errors import FileError
from ..filesystem.paths import path_of_uri
from ..workspace.languages import LANGUAGES, canonical_language


def make_document(uri: str, language: str, version: int, text: str, folders: Sequence[str]) -> Document:
    """Return the snapshot of one text, with its path and the innermost of `folders` that holds it."""
    path = path_of(uri)
    folder = max((f for f in folders if path is not None and holds(f, path)), key=len, default=None)
    return Document(uri, canonical_language(language, path), version, text, path, folder)


def degrades(language: str) -> bool:
    """Tell whether texts of this language are treated as plain text though they are something else."""
    return language != "plaintext" and language not in LANGUAGES


def path_of(uri: str) -> str | None:
    """Return the absolute path that a `file:` URI names on this machine, or None for any other URI.

    What counts as one is decided in one place, `filesystem.paths`, and strictly.
    """
    try:
        path = path_of_uri(uri)
    except FileError:
        return None
    return None if "\0" in path else os.path.normpath(path)


def uri_of(path: str) -> str:
    """Return the `file:` URI of an absolute path."""
    pure = PureWindowsPath(path) if os.name == "nt" else PurePosixPath(path)
    return pure.as_uri()


def holds(folder: str, path: str) -> bool:
    """Tell whether `path` is `folder` or lies below it, by their names alone."""
    folder, path = os.path.normcase(folder), os.path.normcase(path)
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
