"""What every command that asks a model needs: the app for one file's project, closed at the end."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from .. import app
from ..core.documents import Document
from ..core.kit import Kit
from ..features.files import read_document
from .terminal import Terminal, visible


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of every command that asks a model."""
    parser.add_argument("--offline", action="store_true", help="use no provider, whatever is configured")
    parser.add_argument("--folder", help="the project's folder; by default found from the file")


@contextmanager
def kit_for(document: Document, terminal: Terminal, *, offline: bool) -> Iterator[Kit]:
    """Yield the kit for the project of `document`; what should be known goes to standard error."""
    built = app.build([document.folder] if document.folder else [])  # type: ignore[attr-defined,unused-ignore]
    try:
        for warning in built.warnings:
            terminal.note(terminal.style(f"warning: {visible(warning)}", "yellow"))
        kit = built.kit
        yield replace(kit, model=kit.offline_model, complete_model=kit.offline_model) if offline else kit
    finally:
        built.close()


def opened(path: str, options: argparse.Namespace) -> Document:
    """Return the document at `path`. Raises: FileError."""
    return read_document(path, folder=options.folder)
