"""A folder with its index, and what gathers in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from monkey_coder.context.gather import Gatherer
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.model import Task, TaskKind
from monkey_coder.workspace.index import Index
from monkey_coder.workspace.index_builder import IndexBuilder
from monkey_coder.workspace.languages import language_of

CURSOR = "<|>"


class Project:
    """Files under `root`; `update` reads them into the index and lays them out."""

    def __init__(self, root: Path, files: Mapping[str, str], *, is_trusted: bool = False) -> None:
        self.root, self._database = root / "project", root / "index.sqlite"
        self.index = Index()
        self.gatherer = Gatherer(self.index, is_trusted=is_trusted)
        self.gatherer.open_folders([str(self.root)])
        self.write(files)

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        builder = IndexBuilder(self._database, str(self.root), lambda _: None)
        try:
            builder.update()
        finally:
            builder.close()
        self.index.attach(str(self.root), self._database)
        self.gatherer.keeper.refresh()

    def document(self, name: str, marked: str) -> tuple[Document, int]:
        path = self.root / name
        text = marked.replace(CURSOR, "")
        document = Document(path.as_uri(), language_of(name), 1, text, str(path), str(self.root))
        return document, marked.index(CURSOR)

    def task(self, name: str, marked: str, kind: TaskKind = TaskKind.COMPLETE, **more: object) -> Task:
        document, offset = self.document(name, marked)
        return Task(kind, document, Span(offset, offset), **more)  # type: ignore[arg-type]

    def close(self) -> None:
        self.gatherer.close()
        self.index.close()


@contextmanager
def project(root: Path, files: Mapping[str, str], *, is_trusted: bool = False) -> Iterator[Project]:
    made = Project(root, files, is_trusted=is_trusted)
    try:
        yield made
    finally:
        made.close()
