"""The map of a project: what matters first, within a budget."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monkey_coder.workspace.index import Index
from monkey_coder.workspace.index_builder import IndexBuilder
from monkey_coder.workspace.project_map import project_map

CORE = """\
class CentralThing:
    def central_method(self):
        pass


def rarely_used():
    pass
"""
EDGE = """\
from core import CentralThing, rarely_used
x = CentralThing()
rarely_used()
def edge_helper(): pass
"""
USER = "from core import CentralThing\ny = CentralThing().central_method()\n"
FILES = {
    "core.py": CORE,
    "edge.py": EDGE,
    **{f"user_{n}.py": f"{USER}def own_{n}(): pass\n" for n in range(6)},
    "other.js": "class CentralThing {\n  go() {}\n}\n",
}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    root = tmp_path / "project"
    root.mkdir()
    for name, text in FILES.items():
        (root / name).write_text(text)
    builder = IndexBuilder(tmp_path / "index.sqlite", str(root), lambda _: None)
    builder.update()
    builder.close()
    index = Index()
    index.attach(str(root), tmp_path / "index.sqlite")
    yield index
    index.close()


def name_of(path: str) -> str:
    return Path(path).name


def test_what_many_files_use_comes_first(index: Index) -> None:
    found = project_map(index, 500, shown_path=name_of)
    assert name_of(found.entries[0].path) == "core.py"
    assert found.text.startswith("core.py:\nclass CentralThing:\n    def central_method(self):\n")
    assert "other.js" not in found.text  # Python does not use what JavaScript defines.


def test_the_budget_holds(index: Index) -> None:
    sizes = [project_map(index, budget, shown_path=name_of).tokens for budget in (0, 8, 12, 500)]
    assert sizes[0] == 0
    assert all(size <= budget for size, budget in zip(sizes, (0, 8, 12, 500), strict=True))
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[1]


def test_the_focus_counts_more_and_is_left_out(index: Index) -> None:
    edge = next(path for path in index.files() if path.endswith("edge.py"))
    found = project_map(index, 500, [edge], shown_path=name_of)
    assert "edge.py" not in found.text
    assert "def rarely_used" in found.text


def test_without_files_the_map_is_empty() -> None:
    assert project_map(Index(), 100).text == ""
