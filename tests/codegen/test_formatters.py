"""The real formatters, where this machine has them: only what the edit touched is formatted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from monkey_coder.codegen.checks import check_edit
from monkey_coder.core.documents import Document
from monkey_coder.workspace.languages import language_of

GO = "package m\n\nfunc F( a int ) int {\n  return a\n}\n\nfunc G() int {\n\treturn 1\n}\n"
RUST = "fn f( a: i32 ) -> i32 { a }\n\nfn g() -> i32 {\n    return 1;\n}\n"
CPP = "int f( int a ){return a;}\n\nint g(int a) {\n  a++;\n  return 1;\n}\n"
JS = "const a = {b:1}\n\nfunction f() {\n  return 1\n}\n"

CASES = [
    ("gofmt", "a.go", GO, {"go.mod": "module m\n"}),
    ("rustfmt", "a.rs", RUST, {"Cargo.toml": '[package]\nname = "a"\nedition = "2021"\n'}),
    ("clang-format", "a.cpp", CPP, {".clang-format": "BasedOnStyle: LLVM\n"}),
]


def formatted(folder: Path, name: str, before: str, after: str, files: dict[str, str]) -> tuple[str, str]:
    for place, text in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text(text)
    path = folder / name
    document = Document(path.as_uri(), language_of(name), 1, before, str(path), str(folder))
    checked = check_edit(document, after, model="m", is_trusted=True)
    return checked.text, checked.checks[-1]


@pytest.mark.parametrize(("program", "name", "before", "files"), CASES)
def test_only_what_was_touched_is_formatted(
    tmp_path: Path, program: str, name: str, before: str, files: dict[str, str]
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program} here")
    text, said = formatted(tmp_path, name, before, before.replace("return 1", "return   1+2"), files)
    assert text == before.replace("return 1", "return 1 + 2")
    assert said == f"formatted with {program}"


@pytest.mark.parametrize(("program", "name", "before", "files"), CASES)
def test_without_the_program_the_text_stays_and_that_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    name: str,
    before: str,
    files: dict[str, str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    after = before.replace("return 1", "return   1+2")
    text, said = formatted(tmp_path, name, before, after, files)
    assert text == after
    assert said == f"not formatted with {program}: there is no {program} on PATH"


def test_a_program_inside_of_the_workspace_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "bin" / "gofmt"
    planted.parent.mkdir()
    planted.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    planted.chmod(0o755)
    monkeypatch.setenv("PATH", f"bin:.:{planted.parent}")
    monkeypatch.chdir(tmp_path)
    _, said = formatted(tmp_path, "a.go", GO, GO.replace("1", "2"), {"go.mod": "module m\n"})
    assert "there is no gofmt" in said
    assert not (tmp_path / "ran").exists()


def test_the_project_s_own_prettier_runs_in_a_trusted_folder(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("there is no node here")
    script = (
        "let text = ''; process.stdin.on('data', (d) => (text += d));"
        "const tidy = (t) => t.replace(/ +=/g, ' =').replace('{b:1}', '{ b: 1 }');"
        "process.stdin.on('end', () => process.stdout.write(tidy(text)))"
    )
    files = {
        "package.json": json.dumps({"devDependencies": {"prettier": "3"}}),
        "node_modules/prettier/package.json": json.dumps({"bin": {"prettier": "./bin/p.cjs"}}),
        "node_modules/prettier/bin/p.cjs": script,
    }
    text, said = formatted(tmp_path, "a.js", JS, JS.replace("return 1", "let x   = 1\n  return x"), files)
    assert text == JS.replace("return 1", "let x = 1\n  return x")
    assert said == "formatted with prettier"


def test_a_formatter_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("node") is None:
        pytest.skip("there is no node here")
    from monkey_coder.codegen import programs

    monkeypatch.setattr(programs.run_filter, "__kwdefaults__", {"timeout_s": 0.5})
    files = {
        ".prettierrc": "{}",
        "node_modules/prettier/package.json": json.dumps({"bin": "p.cjs"}),
        "node_modules/prettier/p.cjs": "setInterval(() => 0, 1000)",
    }
    after = JS.replace("1", "2")
    text, said = formatted(tmp_path, "a.js", JS, after, files)
    assert text == after
    assert said == "not formatted with prettier: node took longer than 0.5 s"
