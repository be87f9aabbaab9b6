# ruff: noqa: E402, PTH100, PTH118, PTH120 (the way to the imports comes before them)
"""Serve the file layer on standard input and output, one JSON object a line, one answer a line.

Asked: {"op", "root", "form": "path" or "uri", "input", "input2", "data"}, with "find" and "replace" for
`edit` and "base_sha256" for `write_if`. Answered: {"ok": true, "data"} or {"ok": false, "error", "confirm"}.
Usage: python benchmarks/files.py [--store FOLDER]. It needs the standard library alone.
"""

from __future__ import annotations

import os
import sys

# Whoever tests this starts it as another user, in another folder, with a Python of their own. The folder
# of this file must not be searched: it holds a `typing` of its own.
_HERE = os.path.dirname(os.path.abspath(__file__))
_SERVER = os.path.join(os.path.dirname(_HERE), "server")
sys.path[:] = [_SERVER, *(one for one in sys.path if one != _HERE)]

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from monkey_coder.core.errors import ConfirmError, FileError, MonkeyCoderError
from monkey_coder.filesystem.commit import recover
from monkey_coder.filesystem.move import delete, rename
from monkey_coder.filesystem.patch import parse_patch, patched
from monkey_coder.filesystem.paths import path_of_uri
from monkey_coder.filesystem.read import FileText, list_folder, read_text
from monkey_coder.filesystem.write import NewText, write_text, write_texts

Json = dict[str, Any]


def main() -> None:
    """Answer until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", help="where old versions are kept; by default a temporary folder")
    given = parser.parse_args().store
    with tempfile.TemporaryDirectory(prefix="monkey-coder-") as own:
        store = given or own
        recover(Path(store))
        for line in sys.stdin:
            print(json.dumps(answered(json.loads(line), store)), flush=True)


def answered(asked: Json, store: str) -> Json:
    """Return the answer to one question."""
    try:
        return {"ok": True, "data": _do(asked, store)}
    except ConfirmError as error:
        return {"ok": False, "confirm": True, "error": str(error)}
    except MonkeyCoderError as error:
        return {"ok": False, "error": str(error)}


def _do(asked: Json, store: str) -> str:
    roots = [asked["root"]]
    path = path_of_uri(asked["input"]) if asked["form"] == "uri" else asked["input"]
    match asked["op"]:
        case "read":
            return read_text(path, roots=roots).text
        case "list":
            return "\n".join(list_folder(path, roots))
        case "write":
            write_text(path, asked["data"], like=_like(path, roots), roots=roots, backups=store)
        case "write_if":
            _write_if(path, asked, store)
        case "edit":
            _edit(path, asked, store)
        case "delete":
            delete(path, roots=roots, backups=store)
        case "rename":
            rename(path, asked["input2"], roots=roots, backups=store)
        case "patch":
            _patch(path, roots, store)
        case other:
            raise FileError(f"unsupported: {other!r}")
    return ""


def _like(path: str, roots: list[str]) -> FileText | None:
    """Return the file that is to be replaced, or None if there is none."""
    try:
        return read_text(path, roots=roots)
    except FileError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise


def _write_if(path: str, asked: Json, store: str) -> None:
    like = read_text(path, roots=[asked["root"]])
    if like.hash != asked["base_sha256"]:
        raise FileError(f"{path!r} has changed since it was read; nothing was written")
    write_text(path, asked["data"], like=like, roots=[asked["root"]], backups=store)


def _edit(path: str, asked: Json, store: str) -> None:
    like = read_text(path, roots=[asked["root"]])
    if like.text.count(asked["find"]) != 1:
        raise FileError(f"{path!r} does not hold the text to be replaced exactly once")
    text = like.text.replace(asked["find"], asked["replace"])
    write_text(path, text, like=like, roots=[asked["root"]], backups=store)


def _patch(diff: str, roots: list[str], store: str) -> None:
    texts: list[NewText] = []
    for file in parse_patch(diff):
        like = None if file.creates else read_text(file.path, roots=roots)
        new = patched("" if like is None else like.text, file)
        texts.append(NewText(file.path, None if file.deletes else new, like))
    write_texts(texts, roots=roots, backups=store)


if __name__ == "__main__":
    main()
