"""An atlas that was kept is the one that was laid out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monkey_coder.workspace.atlas import Atlas
from monkey_coder.workspace.atlas_kept import atlas_of, file_rows, laying_out
from monkey_coder.workspace.index import Index
from monkey_coder.workspace.index_builder import IndexBuilder

SECRET = ".env.py"
FILES = {
    "app/__init__.py": "from .store import Store as Kept, load_all\n",
    "app/store.py": (
        "import os\n\nLIMIT = 3\n\n\nclass Store:\n    size: int = 0\n\n    def load(self, key):\n"
        "        return os.stat(key)\n\n\n"
        "def load_all(\n    first,\n    second,\n):\n    Store().load(first)\n"
    ),
    "web/main.ts": "import { one as two } from './other'\nexport const über = () => two()\n",
    "web/other.ts": "export function one() {}\n",
    "empty.py": "",
    "go/main.go": 'package main\n\nimport "fmt"\n\nfunc (s *Server) Run() { fmt.Println(s) }\n',
    SECRET: "KEY = 'x'\n",
}


@contextmanager
def indexed(tmp_path: Path) -> Iterator[tuple[IndexBuilder, Index, str]]:
    folder = tmp_path / "project"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    builder = IndexBuilder(tmp_path / "index.sqlite", str(folder), lambda _: None)
    builder.update()
    index = Index()
    index.attach(str(folder), builder.database)
    try:
        yield builder, index, str(folder)
    finally:
        index.close()
        builder.close()


def laid_out(index: Index, folder: str) -> dict[str, bytes]:
    return next(parts for parts in laying_out(index, folder) if parts is not None)


def fields(atlas: Atlas) -> dict[str, object]:
    return {name: value for name, value in vars(atlas).items() if name not in ("_table", "_file_names")}


def test_it_comes_back_as_it_was(tmp_path: Path) -> None:
    with indexed(tmp_path) as (builder, index, folder):
        parts = laid_out(index, folder)
        builder.keep_atlas(parts)
        kept = index.kept_atlas(folder)
        assert kept == parts
        atlas, stamps = atlas_of(kept)
        whole = Atlas()
        for path in [path for path in index.stamps() if not path.endswith(SECRET)]:
            whole.add(file_rows(index, path, lambda path: path[len(folder) + 1 :].replace("\\", "/")))
        assert fields(atlas) == fields(whole)
        assert stamps == {path: one.hash for path, one in builder.store.stamps().items() if path != SECRET}
        assert [row.name for row in atlas.rows].count("load_all") == 1


def test_what_comes_after_is_taken_in_as_before(tmp_path: Path) -> None:
    with indexed(tmp_path) as (_, index, folder):
        first = laid_out(index, folder)
        one, other = atlas_of(first)[0], atlas_of(first)[0]
        rows = file_rows(index, str(Path(folder, "app", "store.py")), lambda _: "app/again.py")
        for atlas in (one, other):
            atlas.remove("web/main.ts")
            atlas.add(rows)
        assert fields(one) == fields(other)
        assert "app/again.py" in one.file_of
        assert "web/main.ts" not in one.file_of
        assert len(one.by_name["Store"]) == 2


def test_how_many_files_are_not_what_they_were(tmp_path: Path) -> None:
    with indexed(tmp_path) as (builder, index, folder):
        assert builder.store.n_stale() == len(FILES) - 1, "a file of secrets is in no atlas"
        builder.keep_atlas(laid_out(index, folder))
        assert builder.store.n_stale() == 0
        Path(folder, "empty.py").write_text("other = 1\n")
        Path(folder, "new.py").write_text("new = 1\n")
        Path(folder, "web", "other.ts").unlink()
        builder.update()
        assert builder.store.n_stale() == 3


@pytest.mark.parametrize("part", ["files", "rows.name", "by_word.sizes", "row_name"])
def test_a_part_that_is_gone_or_cut_is_an_error(tmp_path: Path, part: str) -> None:
    with indexed(tmp_path) as (_, index, folder):
        parts = laid_out(index, folder)
        with pytest.raises(KeyError):
            atlas_of({name: data for name, data in parts.items() if name != part})
        with pytest.raises(ValueError):
            atlas_of({**parts, part: parts[part][:-3]})
