"""Which files an import means."""

from __future__ import annotations

import pytest

from monkey_coder.workspace.import_graph import Resolver
from monkey_coder.workspace.tags import tags

PYTHON = {
    "src/pkg/__init__.py": "",
    "src/pkg/a.py": "",
    "src/pkg/sub/__init__.py": "",
    "src/pkg/sub/b.py": "",
    "tests/test_a.py": "",
    "tests/helpers.py": "",
    "lib/space/c.py": "",
}
SCRIPT = {
    "package.json": '{"name": "root", "workspaces": ["packages/*"]}',
    "tsconfig.json": '{ // base\n "compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["app/*"],}} }',
    "app/x.ts": "",
    "app/comp/index.tsx": "",
    "app/main.ts": "",
    "packages/one/package.json": '{"name": "@scope/one", "main": "dist/index.js"}',
    "packages/one/src/index.ts": "",
    "packages/one/src/deep.ts": "",
    "packages/two/u.ts": "",
    "packages/two/tsconfig.json": '{"extends": "../../tsconfig.json"}',
}
GO = {
    "go.mod": "module example.com/me\n",
    "main.go": "",
    "in/a.go": "",
    "in/b.go": "",
    "in/a_test.go": "",
    "other/go.mod": "module example.com/me/other\n",
    "other/c.go": "",
}
RUST = {
    "Cargo.toml": '[workspace]\nmembers = ["one", "two"]\n',
    "one/Cargo.toml": '[package]\nname = "my-one"\n',
    "one/src/lib.rs": "",
    "one/src/a.rs": "",
    "one/src/a/b.rs": "",
    "one/src/c/mod.rs": "",
    "two/Cargo.toml": '[package]\nname = "two"\n',
    "two/src/main.rs": "",
}
OTHERS = {
    "src/main/java/a/b/C.java": "",
    "src/main/java/a/b/D.java": "",
    "src/main/java/a/E.java": "",
    "include/x/y.h": "",
    "src/z.c": "",
    "src/z.h": "",
    "lib/a/b.rb": "",
    "lib/c.rb": "",
    "src/X/Y/Z.php": "",
    "lua/a/init.lua": "",
    "bin/run.sh": "",
    "bin/lib.sh": "",
    "n/N.cs": "",
}

CASES = [
    (PYTHON, "tests/test_a.py", "python", "import pkg.a", ["src/pkg/a.py"]),
    (
        PYTHON,
        "tests/test_a.py",
        "python",
        "from pkg import sub, a",
        ["src/pkg/__init__.py", "src/pkg/sub/__init__.py", "src/pkg/a.py"],
    ),
    (PYTHON, "tests/test_a.py", "python", "import helpers", ["tests/helpers.py"]),
    (PYTHON, "src/pkg/sub/b.py", "python", "from ..a import x", ["src/pkg/a.py"]),
    (PYTHON, "src/pkg/a.py", "python", "from .sub import b", ["src/pkg/sub/__init__.py", "src/pkg/sub/b.py"]),
    (PYTHON, "tests/test_a.py", "python", "from space.c import x", ["lib/space/c.py"]),
    (PYTHON, "tests/test_a.py", "python", "import os", []),
    (SCRIPT, "app/main.ts", "typescript", 'import "./x"', ["app/x.ts"]),
    (SCRIPT, "app/main.ts", "typescript", 'import "./x.js"', ["app/x.ts"]),
    (SCRIPT, "app/x.ts", "typescript", 'import "./comp"', ["app/comp/index.tsx"]),
    (SCRIPT, "app/x.ts", "typescript", 'import {a} from "@/comp"', ["app/comp/index.tsx"]),
    (SCRIPT, "packages/two/u.ts", "typescript", 'import {a} from "@/x"', ["app/x.ts"]),
    (SCRIPT, "packages/two/u.ts", "typescript", 'import "@scope/one"', ["packages/one/src/index.ts"]),
    (SCRIPT, "packages/two/u.ts", "typescript", 'import "@scope/one/deep"', ["packages/one/src/deep.ts"]),
    (SCRIPT, "app/x.ts", "typescript", 'import React from "react"', []),
    (GO, "main.go", "go", 'import "example.com/me/in"', ["in/a.go", "in/b.go"]),
    (GO, "main.go", "go", 'import o "example.com/me/other"', ["other/c.go"]),
    (GO, "main.go", "go", 'import "fmt"', []),
    (RUST, "one/src/lib.rs", "rust", "mod a;", ["one/src/a.rs"]),
    (RUST, "one/src/a.rs", "rust", "use crate::c::X;", ["one/src/c/mod.rs"]),
    (RUST, "one/src/a/b.rs", "rust", "use super::Y;", ["one/src/a.rs"]),
    (RUST, "one/src/c/mod.rs", "rust", "use crate::a::b::P;", ["one/src/a/b.rs"]),
    (RUST, "two/src/main.rs", "rust", "use my_one::a::T;", ["one/src/a.rs"]),
    (RUST, "two/src/main.rs", "rust", "use std::fs;", []),
    (OTHERS, "src/main/java/a/E.java", "java", "import a.b.C;", ["src/main/java/a/b/C.java"]),
    (
        OTHERS,
        "src/main/java/a/E.java",
        "java",
        "import a.b.*;",
        ["src/main/java/a/b/C.java", "src/main/java/a/b/D.java"],
    ),
    (OTHERS, "src/z.c", "c", '#include "z.h"', ["src/z.h"]),
    (OTHERS, "src/z.c", "c", "#include <x/y.h>", ["include/x/y.h"]),
    (OTHERS, "lib/c.rb", "ruby", 'require "a/b"', ["lib/a/b.rb"]),
    (OTHERS, "lib/a/b.rb", "ruby", 'require_relative "../c"', ["lib/c.rb"]),
    (OTHERS, "x.php", "php", "<?php use Root\\X\\Y\\Z;", ["src/X/Y/Z.php"]),
    (OTHERS, "main.lua", "lua", 'local a = require("a")', ["lua/a/init.lua"]),
    (OTHERS, "bin/run.sh", "shellscript", '. "$DIR/lib.sh"', ["bin/lib.sh"]),
    (OTHERS, "n/M.cs", "csharp", "using N.Inner;", ["n/N.cs"]),
]  # fmt: skip


@pytest.mark.parametrize(("files", "path", "language", "text", "expected"), CASES)
def test_an_import_means_files(
    files: dict[str, str], path: str, language: str, text: str, expected: list[str]
) -> None:
    resolver = Resolver(files, files.get, {"N.Inner": ["n/N.cs"]})
    (written,) = tags(text + "\n", language).imports
    assert sorted(resolver.resolve(path, language, written)) == sorted(expected)


@pytest.mark.parametrize("manifest", ["{", "[]", '{"name": 3, "exports": []}', "null", "\0"])
def test_a_broken_manifest_is_no_error(manifest: str) -> None:
    files = dict.fromkeys(("package.json", "tsconfig.json", "go.mod", "Cargo.toml"), manifest)
    files |= {"a.ts": "", "b.go": "", "c.rs": ""}
    resolver = Resolver(files, files.get)
    for path, language, text in (
        ("a.ts", "typescript", 'import "x/y"'),
        ("b.go", "go", 'import "x"'),
        ("c.rs", "rust", "use x::y;"),
    ):
        (written,) = tags(text, language).imports
        assert resolver.resolve(path, language, written) == ()
