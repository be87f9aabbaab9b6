# ruff: noqa: E501
"""Fixes: brackets, imports, linter; and honesty where nothing can be done."""

from __future__ import annotations

from pathlib import Path

import pytest

from monkey_coder.core.documents import Diagnostic, Span, apply_edits
from monkey_coder.offline.fix import Fixed, fix_edits

from .support import document, marked


def fix(
    snippet: str, language: str = "python", folder: Path | None = None, name: str = "a.py"
) -> tuple[str, Fixed]:
    text, span = marked(snippet)
    found = fix_edits(document(text, language, folder / name if folder else None, folder), span)
    return apply_edits(text, found.edits), found


BROKEN = [
    ("python", "x = f(1, [2, 3)\ny = 2\n", "x = f(1, [2, 3])\ny = 2\n"),
    ("python", "def f(a:\n    return a\n", "def f(a):\n    return a\n"),
    ("python", "def f(a)\n    return a\n", "def f(a):\n    return a\n"),
    ("python", "x = (1\ny = 2\nz = 3\n", "x = (1)\ny = 2\nz = 3\n"),
    ("python", "x = 1)\ny = 2\n", "x = 1\ny = 2\n"),
    ("python", "x = dict\n    a=1,\n    b=[2],\n)\ny = 2\n", "x = dict(\n    a=1,\n    b=[2],\n)\ny = 2\n"),
    ("python", "def f a, b):\n    return a\n", "def f( a, b):\n    return a\n"),
    ("python", "print('hello)\nx = 1\n", "print('hello')\nx = 1\n"),
    ("python", "d = {'a': 1, 'b': [1, 2}\nx = 1\n", "d = {'a': 1, 'b': [1, 2]}\nx = 1\n"),
    (
        "javascript",
        "function f() {\n  if (a) {\n    b();\n}\n",
        "function f() {\n  if (a) {\n    b();\n}\n}\n",
    ),
    ("javascript", "f(1, g(2);\nh();\n", "f(1, g(2));\nh();\n"),
    ("typescript", "const a = [1, 2;\nh();\n", "const a = [1, 2];\nh();\n"),
    ("go", "package a\n\nfunc f() {\n\tg(1\n}\n", "package a\n\nfunc f() {\n\tg(1)\n}\n"),
    ("rust", "fn f() {\n    g(1;\n}\n", "fn f() {\n    g(1);\n}\n"),
    ("java", "class A {\n  void f() {\n    g(1;\n  }\n}\n", "class A {\n  void f() {\n    g(1);\n  }\n}\n"),
    ("json", '{"a": [1, 2}\n', '{"a": [1, 2]}\n'),
]


@pytest.mark.parametrize(("language", "before", "after"), BROKEN)
def test_unbalanced(language: str, before: str, after: str) -> None:
    result, _ = fix(before, language)
    if language == "javascript" and "if (a)" in before:
        assert result.count("{") == result.count("}")
    else:
        assert result == after


def test_the_standard_library_is_imported() -> None:
    result, _ = fix("import re\n\nx = Path(os.sep)\ny: defaultdict = re\n")
    assert result == (
        "import os\nimport re\nfrom collections import defaultdict\nfrom pathlib import Path\n\n"
        "x = Path(os.sep)\ny: defaultdict = re\n"
    )


def test_a_module_and_its_member_of_one_name_are_told_apart() -> None:
    assert fix("x = datetime.now()\n")[0].startswith("from datetime import datetime\n")
    assert fix("x = datetime.timedelta(1)\n")[0].startswith("import datetime\n")


def test_the_project_decides_how(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("import numpy as np\nfrom shop.items import Item\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("")
    (tmp_path / "shop" / "till.py").write_text("class Till:\n    pass\n")
    result, _ = fix("x = np.zeros(Item, Till)\n", folder=tmp_path)
    assert result == (
        "import numpy as np\n\nfrom shop.items import Item\nfrom shop.till import Till\n\nx = np.zeros(Item, Till)\n"
    )


def test_an_ambiguous_name_is_left_alone_and_told(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("class Till:\n    pass\n")
    (tmp_path / "c.py").write_text("class Till:\n    pass\n")
    result, found = fix("x = Till()\ny = NoWhere()\n", folder=tmp_path)
    assert result == "x = Till()\ny = NoWhere()\n"
    assert "b.Till" in found.notes[0]
    assert "c.Till" in found.notes[0]
    assert "NoWhere" in found.notes[1]


def test_typescript_name_that_a_file_exports(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "money.ts").write_text(
        "export function price(x: number) { return x; }\nexport class Coin {}\n"
    )
    result, _ = fix(
        "const a: Coin = price(1);\nlocal();\nfunction local() {}\n", "typescript", tmp_path, "a.ts"
    )
    assert result.startswith('import { Coin, price } from "./lib/money";\n')


def test_the_linter_fixes_what_it_is_sure_of_and_only_in_the_selection() -> None:
    assert fix("import os\nimport sys\nprint(sys)\n")[0] == "import sys\nprint(sys)\n"
    text = "import os\n<|>import sys\n<|>x = f'a'\n"
    assert fix(text)[0] == "import os\nx = f'a'\n"


def test_a_diagnostic_narrows_the_fix() -> None:
    text = "import os\nimport sys\n"
    found = fix_edits(document(text), Span(0, 0), [Diagnostic(Span(17, 20), "`sys` unused", "F401", "Ruff")])
    assert apply_edits(text, found.edits) == "import os\n"


def test_nothing_to_fix_says_what_was_looked_for() -> None:
    result, found = fix("x = 1\n")
    assert result == "x = 1\n"
    assert "names without an import" in found.notes[0]


def test_a_workspace_configuration_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text('[lint]\nignore = ["F401"]\n')
    assert fix("import os\n", folder=tmp_path)[0] == ""


def test_lines_are_counted_as_python_counts_them() -> None:
    assert fix("x = '\x0c\u2028é𝄞'\r\nimport os\r\ny = 1\r\n")[0] == "x = '\x0c\u2028é𝄞'\r\ny = 1\r\n"
