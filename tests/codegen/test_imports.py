"""Where an import goes."""

from __future__ import annotations

import pytest

from monkey_coder.codegen.imports import Import, import_edit
from monkey_coder.core.documents import apply_edits

CASES = [
    ("", Import("os"), "import os\n"),
    ("x = 1\n", Import("os"), "import os\n\nx = 1\n"),
    ('"""Doc."""\n\nx = 1\n', Import("os"), '"""Doc."""\n\nimport os\n\nx = 1\n'),
    (
        "#!/usr/bin/env python\n# Licence\n\nx = 1\n",
        Import("os"),
        "#!/usr/bin/env python\n# Licence\n\nimport os\n\nx = 1\n",
    ),
    ("import re\n\nimport numpy as np\n", Import("os"), "import os\nimport re\n\nimport numpy as np\n"),
    ("import re\n\nimport numpy as np\n", Import("sys"), "import re\nimport sys\n\nimport numpy as np\n"),
    (
        "import re\nfrom a import b\n",
        Import("own.x", "f"),
        "import re\nfrom a import b\n\nfrom own.x import f\n",
    ),
    (
        "from __future__ import annotations\n\nx = 1\n",
        Import("os"),
        "from __future__ import annotations\n\nimport os\n\nx = 1\n",
    ),
    ("from .a import b\n", Import("os", "path"), "from os import path\n\nfrom .a import b\n"),
    ("from os import environ, sep\n", Import("os", "path"), "from os import environ, path, sep\n"),
    ("from os import environ\n", Import("os", "path", "p"), "from os import environ, path as p\n"),
    (
        "from os import (\n    environ,\n    sep,\n)\n",
        Import("os", "walk"),
        "from os import (\n    environ,\n    sep,\n    walk,\n)\n",
    ),
    (
        "from os import (\n    environ,\n    sep,\n)\n",
        Import("os", "path"),
        "from os import (\n    environ,\n    path,\n    sep,\n)\n",
    ),
    (
        "from typing import Any, cast\n",
        Import("typing", "TypeVar"),
        "from typing import Any, TypeVar, cast\n",
    ),
    ("from os import path\n", Import("os", "path"), None),
    ("import re  # why\r\nx = 1\r\n", Import("sys"), "import re  # why\r\nimport sys\r\nx = 1\r\n"),
    (
        "import numpy as np\nx = 1\nimport late\n",
        Import("pandas", alias="pd"),
        "import numpy as np\nimport pandas as pd\nx = 1\nimport late\n",
    ),
]


@pytest.mark.parametrize(("before", "wanted", "after"), CASES)
def test_python(before: str, wanted: Import, after: str | None) -> None:
    edit = import_edit(before, wanted, "python", first_party=frozenset({"own"}))
    assert (apply_edits(before, [edit]) if edit else None) == after


ECMA = [
    ("f();\n", Import("./a", "f"), 'import { f } from "./a";\n\nf();\n'),
    ("import x from './x'\nf()\n", Import("./a", "f"), "import x from './x'\nimport { f } from './a'\nf()\n"),
    ("import { a } from './a';\n", Import("./a", "f"), "import { a, f } from './a';\n"),
    ("import { f } from './a';\n", Import("./a", "f"), None),
    (
        "import type { a } from './a';\n",
        Import("./a", "f"),
        "import type { a } from './a';\nimport { f } from './a';\n",
    ),
    (
        "const a = require('a');\nf();\n",
        Import("./b", "f"),
        "const a = require('a');\nconst { f } = require('./b');\nf();\n",
    ),
    ('"use client";\nf();\n', Import("./b", "default", "f"), '"use client";\nimport f from "./b";\nf();\n'),
]


@pytest.mark.parametrize(("before", "wanted", "after"), ECMA)
def test_typescript(before: str, wanted: Import, after: str | None) -> None:
    edit = import_edit(before, wanted, "typescript")
    assert (apply_edits(before, [edit]) if edit else None) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f():\n    json\n", "import json\n\n\ndef f():\n    json\n"),
        ("\ndef f():\n    json\n", "import json\n\n\ndef f():\n    json\n"),
        ("# Why.\n\n@d\nclass A:\n    json\n", "# Why.\n\nimport json\n\n\n@d\nclass A:\n    json\n"),
        ("x = json\n", "import json\n\nx = json\n"),
        ('"""Doc."""\ndef f():\n    json\n', '"""Doc."""\n\nimport json\n\n\ndef f():\n    json\n'),
        ('"""Doc."""\n\nx = json\n', '"""Doc."""\n\nimport json\n\nx = json\n'),
        ('"""Doc."""\n\n\ndef f():\n    json\n', '"""Doc."""\n\nimport json\n\n\ndef f():\n    json\n'),
    ],
)
def test_the_first_import_has_the_blank_lines_of_pep_8_below_it(before: str, after: str) -> None:
    edit = import_edit(before, Import("json"), "python")
    assert edit is not None
    assert apply_edits(before, [edit]) == after
