"""Tests for Ruby, PHP, C#, C, C++, Lua and shell, each in its framework."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from ..core.documents import Document
from ..core.errors import InputError
from ..workspace.functions import Definition, definitions
from ..workspace.nearby import read_source
from ..workspace.syntax import SyntaxTree
from ..workspace.test_layout import Framework
from .proved import Known, known_calls
from .proved_tests import literal, snake, spelled, titles
from .words import split_words

_OPEN = "To fill in"
_NO_TESTS = "these functions have tests already; nothing was added"


@dataclass(frozen=True, slots=True)
class Subject:
    """One function to test: how it is called, what must hold before, what calls of it give."""

    definition: Definition
    target: str
    setup: str
    known: tuple[Known, ...]

    @property
    def name(self) -> str:
        return self.definition.name


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be written, and into which text."""

    document: Document
    tree: SyntaxTree
    subjects: tuple[Subject, ...]
    framework: str
    existing: str
    target: str


def write_more(
    document: Document,
    tree: SyntaxTree,
    chosen: list[Definition],
    framework: Framework,
    existing: str,
    target: str,
) -> tuple[str, tuple[str, ...]]:
    """Return a test file's whole text, and what the user should know. Raises: InputError."""
    subjects = tuple(_subject(tree, definition) for definition in chosen if _is_open(tree, definition))
    if not subjects:
        raise InputError("there is no function here that a test can call")
    writer = _WRITERS[document.language]
    text = writer(Job(document, tree, subjects, framework.name, existing, target))
    notes = (f"look for `{_OPEN}`: what to expect is yours to say",) if _OPEN in text else ()
    return text, notes


def _is_open(tree: SyntaxTree, definition: Definition) -> bool:
    text = tree.text_of(definition.node)
    head = text.split("(")[0]
    is_hidden = re.search(r"\b(private|protected)\b", head) or (
        tree.language in ("c", "cpp") and "static " in head
    )
    if tree.language == "c" and definition.name == "main":
        return False
    if tree.language == "lua" and re.match(r"local function", tree.text_of(definition.node)):
        return False
    return definition.kind != "constructor" and not is_hidden and not definition.name.startswith(("__", "~"))


def _subject(tree: SyntaxTree, definition: Definition) -> Subject:
    known = tuple(known_calls(tree, definition))
    owner, name, language = definition.owner.replace(".", "::"), definition.name, tree.language
    if language == "lua":
        return Subject(definition, f"subject.{name}", "", known)
    if not owner:
        return Subject(definition, name, "", known)
    head = tree.text_of(definition.node).split("(")[0]
    is_static = " static " in f" {head}" or definition.node.type == "singleton_method"
    dot = "::" if language in ("php", "cpp") else "."
    if is_static:
        plain = owner.replace("::", ".") if language == "csharp" else owner
        return Subject(definition, f"{plain}{dot}{name}", "", known)
    made = next(
        (d for d in definitions(tree) if d.owner == definition.owner and d.kind == "constructor"), None
    )
    needs = [parameter for parameter in made.parameters if not parameter.is_optional] if made else []
    setup = {
        "ruby": f"subject = {owner}.new",
        "php": f"$subject = new {owner}();",
        "csharp": f"var subject = new {owner.replace('::', '.')}();",
        "cpp": f"{owner} subject;",
    }[language]
    if needs:
        return Subject(definition, "", f"{_OPEN}: make a {owner} to test", ())
    target = {"ruby": "subject.", "php": "$subject->", "csharp": "subject.", "cpp": "subject."}[language]
    return Subject(definition, f"{target}{name}", setup, known)


def _pending(subject: Subject) -> str:
    return f"{_OPEN}: what `{subject.name}` must do"


def _indented(lines: Sequence[str], indent: str) -> str:
    return "\n".join(indent + line if line else "" for line in lines)


def _into_end(existing: str, block: str, close: str) -> str:
    """Return the text with a block before its last `close`."""
    at = existing.rstrip().rfind(close)
    if at < 0:
        return f"{existing.rstrip()}\n\n{block}\n"
    at = existing.rfind("\n", 0, at) + 1
    return f"{existing[:at].rstrip()}\n\n{block}\n{existing[at:]}"


# Ruby


def _ruby(job: Job) -> str:
    path = job.document.path
    assert path is not None
    folder = Path(job.document.folder or Path(path).parent)
    is_rails = (folder / "config" / "application.rb").is_file()
    inside = Path(path).relative_to(folder) if Path(path).is_relative_to(folder) else Path(Path(path).name)
    is_lib = inside.parts[0] == "lib"
    relative = os.path.relpath(Path(path).with_suffix(""), PurePath(job.target).parent).replace(os.sep, "/")
    required = (
        f'require "{PurePath(*inside.parts[1:]).with_suffix("").as_posix()}"'
        if is_lib
        else f'require_relative "{relative}"'
    )
    if is_lib and job.framework == "minitest" and not (folder / "test" / "test_helper.rb").is_file():
        required = f'require_relative "{relative}"'
    helper = {"rspec": "rails_helper" if is_rails else "spec_helper", "minitest": "test_helper"}[
        job.framework
    ]
    has_helper = (folder / ("spec" if job.framework == "rspec" else "test") / f"{helper}.rb").is_file()
    head = [f'require "{helper}"'] if has_helper else []
    if job.framework == "minitest" and not has_helper:
        head.append('require "minitest/autorun"')
    head += [] if is_rails else [required]
    return _rspec(job, head) if job.framework == "rspec" else _minitest(job, head)


def _ruby_line(known: Known, target: str, framework: str) -> str:
    call = f"{target}({spelled(known, 'ruby')})" if known.arguments else target
    want = literal(known.returns, "ruby")
    if framework == "rspec":
        if known.raises:
            return f"expect {{ {call} }}.to raise_error({known.raises})"
        return f"expect({call}).to be_nil" if known.returns is None else f"expect({call}).to eq({want})"
    if known.raises:
        return f"assert_raises({known.raises}) {{ {call} }}"
    if isinstance(known.returns, bool):
        return f"assert_equal {want}, {call}"
    return f"assert_nil {call}" if known.returns is None else f"assert_equal {want}, {call}"


def _rspec(job: Job, head: list[str]) -> str:
    groups: list[str] = []
    for subject in job.subjects:
        sign = "." if subject.definition.node.type == "singleton_method" else "#"
        title = json.dumps(f"{sign}{subject.name}" if subject.definition.owner else subject.name)
        if (
            f"describe {title}" in job.existing
            or f"describe {title.replace(chr(34), chr(39))}" in job.existing
        ):
            continue
        setup = [subject.setup] if subject.setup and subject.known else []
        tests = [
            "\n".join(
                [
                    f"it {json.dumps(name)} do",
                    *(f"  {line}" for line in [*setup, _ruby_line(known, subject.target, "rspec")]),
                    "end",
                ]
            )
            for name, known in zip(titles(subject.known, "ruby", words=""), subject.known, strict=True)
        ] or [f"it {json.dumps(_pending(subject))}"]
        inner = _indented("\n\n".join(tests).split("\n"), "  ")
        groups.append(f"describe {title} do\n{inner}\nend")
    if not groups:
        raise InputError(_NO_TESTS)
    body = _indented("\n\n".join(groups).split("\n"), "  ")
    if job.existing.strip():
        return _into_end(job.existing, body, "end")
    owner = job.subjects[0].definition.owner.replace(".", "::")
    about = owner or json.dumps(PurePath(job.document.path or "").stem)
    return "\n".join([*head, *([""] if head else []), f"RSpec.describe {about} do", body, "end"]) + "\n"


def _minitest(job: Job, head: list[str]) -> str:
    tests: list[str] = []
    for subject in job.subjects:
        setup = [subject.setup] if subject.setup and subject.known else []
        for title, known in zip(
            titles(subject.known, "ruby", words=f"{subject.name} "), subject.known, strict=True
        ):
            lines = [*setup, _ruby_line(known, subject.target, "minitest")]
            tests.append("\n".join([f"def test_{snake(title)}", *(f"  {line}" for line in lines), "end"]))
        if not subject.known:
            tests.append(f"def test_{snake(subject.name)}\n  skip {json.dumps(_pending(subject))}\nend")
    fresh = [test for test in tests if test.split("\n")[0] not in job.existing]
    if not fresh:
        raise InputError(_NO_TESTS)
    body = _indented("\n\n".join(fresh).split("\n"), "  ")
    if job.existing.strip():
        return _into_end(job.existing, body, "end")
    name = "".join(word.capitalize() for word in split_words(PurePath(job.document.path or "").stem))
    return "\n".join([*head, "", f"class {name}Test < Minitest::Test", body, "end"]) + "\n"


# PHP


def _php(job: Job) -> str:
    path = job.document.path
    assert path is not None
    methods: list[str] = []
    for subject in job.subjects:
        for title, known in zip(
            titles(subject.known, "php", words=f"{subject.name} "), subject.known, strict=True
        ):
            call = f"{subject.target}({spelled(known, 'php')})"
            lines = [subject.setup] if subject.setup else []
            if known.raises:
                lines += [f"$this->expectException(\\{known.raises.lstrip(chr(92))}::class);", f"{call};"]
            else:
                lines.append(f"$this->assertSame({literal(known.returns, 'php')}, {call});")
            methods.append(_php_method(f"test_{snake(title)}", lines))
        if not subject.known:
            text = _pending(subject).replace("'", "")
            methods.append(
                _php_method(f"test_{snake(subject.name)}", [f"$this->markTestIncomplete('{text}');"])
            )
    fresh = [method for method in methods if method.split("(")[0] not in job.existing]
    if not fresh:
        raise InputError(_NO_TESTS)
    body = _indented("\n\n".join(fresh).split("\n"), "    ")
    if job.existing.strip():
        return _into_end(job.existing, body, "}")
    space = re.search(r"^namespace ([\w\\]+);", job.document.text, re.MULTILINE)
    owner = job.subjects[0].definition.owner
    uses = ["use PHPUnit\\Framework\\TestCase;"]
    if space:
        names = {owner} if owner else {subject.name for subject in job.subjects}
        kind = "" if owner else "function "
        uses += [f"use {kind}{space[1]}\\{name};" for name in sorted(names)]
    lines = ["<?php", "", *_php_namespace(job)]
    lines += sorted(uses, key=lambda use: use.lower())
    if not owner:
        relative = os.path.relpath(path, PurePath(job.target).parent).replace(os.sep, "/")
        lines += ["", f"require_once __DIR__ . '/{relative}';"]
    return (
        "\n".join([*lines, "", f"final class {PurePath(job.target).stem} extends TestCase", "{", body, "}"])
        + "\n"
    )


def _php_method(name: str, lines: list[str]) -> str:
    camel = re.sub(r"_(\w)", lambda match: match[1].upper(), name)
    return "\n".join([f"public function {camel}(): void", "{", *(f"    {line}" for line in lines), "}"])


def _php_namespace(job: Job) -> list[str]:
    """Return the namespace of a new test, as composer.json loads tests."""
    folder = Path(job.document.folder or "")
    try:
        composer = json.loads(read_source(folder / "composer.json") or "{}")
        loads = composer.get("autoload-dev", {}).get("psr-4", {})
    except (ValueError, AttributeError):
        return []
    for space, place in loads.items() if isinstance(loads, dict) else ():
        if isinstance(place, str) and PurePath(job.target).is_relative_to(folder / place):
            inner = PurePath(job.target).parent.relative_to(folder / place).parts
            return [f"namespace {chr(92).join([space.strip(chr(92)), *inner])};", ""]
    return []


# C#


def _csharp(job: Job) -> str:
    attribute = {"xunit": "[Fact]", "nunit": "[Test]", "mstest": "[TestMethod]"}[job.framework]
    methods: list[str] = []
    for subject in job.subjects:
        for title, known in zip(
            titles(subject.known, "csharp", words=f"{subject.name} "), subject.known, strict=True
        ):
            lines = [subject.setup] if subject.setup else []
            lines.append(_csharp_line(known, subject.target, job.framework))
            name = "".join(word[:1].upper() + word[1:] for word in snake(title).split("_"))
            methods.append(
                "\n".join([attribute, f"public void {name}()", "{", *(f"    {line}" for line in lines), "}"])
            )
        if not subject.known:
            text = json.dumps(_pending(subject))
            skipped = {
                "xunit": f"[Fact(Skip = {text})]",
                "nunit": f"[Test, Ignore({text})]",
                "mstest": f"[TestMethod, Ignore({text})]",
            }
            methods.append(f"{skipped[job.framework]}\npublic void {subject.name}()\n{{\n}}")
    fresh = [method for method in methods if method.split("\n")[1] not in job.existing]
    if not fresh:
        raise InputError(_NO_TESTS)
    body = _indented("\n\n".join(fresh).split("\n"), "    ")
    if job.existing.strip():
        return _into_end(job.existing, body, "}")
    space = re.search(r"^namespace ([\w.]+)", job.document.text, re.MULTILINE)
    library = {
        "xunit": "Xunit",
        "nunit": "NUnit.Framework",
        "mstest": "Microsoft.VisualStudio.TestTools.UnitTesting",
    }
    uses = ["using System;"] if "Throws" in body else []
    uses += [f"using {library[job.framework]};", *([f"using {space[1]};"] if space else [])]
    name = PurePath(job.target).stem
    on_class = {"nunit": ["[TestFixture]"], "mstest": ["[TestClass]"]}.get(job.framework, [])
    return "\n".join([*uses, "", *on_class, f"public class {name}", "{", body, "}"]) + "\n"


def _csharp_line(known: Known, target: str, framework: str) -> str:
    call = f"{target}({spelled(known, 'csharp')})"
    want = literal(known.returns, "csharp")
    if known.raises:
        return {
            "xunit": f"Assert.Throws<{known.raises}>(() => {{ {call}; }});",
            "nunit": f"Assert.Throws<{known.raises}>(() => {call});",
            "mstest": f"Assert.ThrowsException<{known.raises}>(() => {{ {call}; }});",
        }[framework]
    if framework == "nunit":
        return f"Assert.That({call}, Is.EqualTo({want}));"
    equal = "Equal" if framework == "xunit" else "AreEqual"
    if known.returns is None:
        return f"Assert.{'Null' if framework == 'xunit' else 'IsNull'}({call});"
    if isinstance(known.returns, bool):
        return f"Assert.{'' if framework == 'xunit' else 'Is'}{known.returns}({call});"
    return f"Assert.{equal}({want}, {call});"


# C++


def _cpp(job: Job) -> str:
    blocks: list[str] = []
    suite = "".join(word.capitalize() for word in split_words(PurePath(job.document.path or "").stem))
    for subject in job.subjects:
        if re.search(rf"\b{re.escape(subject.name)}\b", job.existing):
            continue
        lines = [subject.setup] if subject.setup and subject.known else []
        lines += [_cpp_line(known, subject.target, job.framework) for known in subject.known]
        title = "".join(word.capitalize() for word in split_words(subject.name))
        if job.framework == "gtest":
            lines = lines if subject.known else [f'GTEST_SKIP() << "{_pending(subject)}";']
            head = f"TEST({suite}, {title}) {{"
        else:
            lines = (
                lines
                if subject.known
                else [f'{"SKIP" if job.framework == "catch2" else "MESSAGE"}("{_pending(subject)}");']
            )
            head = f'TEST_CASE("{subject.name}") {{'
        blocks.append("\n".join([head, *(f"  {line}" for line in lines), "}"]))
    if not blocks:
        raise InputError(_NO_TESTS)
    if job.existing.strip():
        return job.existing.rstrip() + "\n\n" + "\n\n".join(blocks) + "\n"
    library = {
        "gtest": "<gtest/gtest.h>",
        "catch2": "<catch2/catch_test_macros.hpp>",
        "doctest": "<doctest/doctest.h>",
    }
    heads = [f"#include {library[job.framework]}", "", _included(job), ""]
    return "\n".join([*heads, "\n\n".join(blocks)]) + "\n"


def _included(job: Job) -> str:
    """Return the line by which a test includes what it tests: the header, where there is one."""
    source = Path(job.document.path or "")
    headers = (source.with_suffix(ending) for ending in (".h", ".hpp", ".hh"))
    header = next((one for one in headers if one.is_file()), source)
    relative = os.path.relpath(header, PurePath(job.target).parent).replace(os.sep, "/")
    return f'#include "{relative}"'


def _cpp_line(known: Known, target: str, framework: str) -> str:
    call = f"{target}({spelled(known, 'cpp')})"
    want = literal(known.returns, "cpp")
    if framework == "gtest":
        return f"EXPECT_THROW({call}, {known.raises});" if known.raises else f"EXPECT_EQ({call}, {want});"
    return f"CHECK_THROWS_AS({call}, {known.raises});" if known.raises else f"CHECK({call} == {want});"


# C


def _c(job: Job) -> str:
    is_unity = job.framework == "unity"
    tests: dict[str, str] = {}
    for subject in job.subjects:
        name = f"test_{snake(subject.name)}"
        if re.search(rf"\b{name}\b|\b{re.escape(subject.name)}\(", job.existing):
            continue
        lines = [_c_line(known, subject.target, is_unity=is_unity) for known in subject.known]
        if not lines:
            text = _pending(subject)
            lines = [f"TEST_IGNORE_MESSAGE({json.dumps(text)});" if is_unity else f"/* {text}. */"]
        scope = "" if is_unity else "static "
        tests[name] = "\n".join([f"{scope}void {name}(void) {{", *(f"  {line}" for line in lines), "}"])
    if not tests:
        raise InputError(_NO_TESTS)
    calls = [f"  RUN_TEST({name});" if is_unity else f"  {name}();" for name in tests]
    body = "\n\n".join(tests.values())
    if job.existing.strip():
        return _into_c(job.existing, body, calls)
    heads = ['#include "unity.h"'] if is_unity else ["#include <assert.h>"]
    uses = {"NULL": "<stddef.h>", "strcmp(": "<string.h>", "true": "<stdbool.h>", "false": "<stdbool.h>"}
    heads += [f"#include {header}" for word, header in uses.items() if word in body and not is_unity]
    parts = ["\n".join(dict.fromkeys(heads)), _included(job)]
    parts += ["void setUp(void) {}\n\nvoid tearDown(void) {}"] if is_unity else []
    if is_unity and (Path(job.document.folder or "") / "project.yml").is_file():
        return "\n\n".join([*parts, body]) + "\n"  # Ceedling writes `main` itself.
    ends = ["  UNITY_BEGIN();", *calls, "  return UNITY_END();"] if is_unity else [*calls, "  return 0;"]
    return "\n\n".join([*parts, body, "\n".join(["int main(void) {", *ends, "}"])]) + "\n"


def _into_c(existing: str, body: str, calls: list[str]) -> str:
    """Return the test file with tests before its `main`, which calls them before it returns."""
    main = re.search(r"^int main\(", existing, re.MULTILINE)
    if main is None:
        return f"{existing.rstrip()}\n\n{body}\n"
    last = list(re.finditer(r"^[ \t]*return\b[^\n]*\n", existing[main.start() :], re.MULTILINE))
    at = main.start() + last[-1].start() if last else existing.rindex("}")
    called = "".join(f"{call}\n" for call in calls)
    return f"{existing[: main.start()]}{body}\n\n{existing[main.start() : at]}{called}{existing[at:]}"


def _c_line(known: Known, target: str, *, is_unity: bool) -> str:
    call = f"{target}({spelled(known, 'c')})"
    value, want = known.returns, literal(known.returns, "c")
    if isinstance(value, bool):
        plain = call if value else f"!{call}"
        return f"TEST_ASSERT_{want.upper()}({call});" if is_unity else f"assert({plain});"
    if value is None:
        return f"TEST_ASSERT_NULL({call});" if is_unity else f"assert({call} == NULL);"
    if isinstance(value, str):
        return (
            f"TEST_ASSERT_EQUAL_STRING({want}, {call});"
            if is_unity
            else f"assert(strcmp({call}, {want}) == 0);"
        )
    if is_unity:
        return f"TEST_ASSERT_{'EQUAL_INT' if isinstance(value, int) else 'EQUAL_DOUBLE'}({want}, {call});"
    return f"assert({call} == {want});"


# Lua


def _lua(job: Job) -> str:
    path = job.document.path
    assert path is not None
    folder = Path(job.document.folder or Path(path).parent)
    groups: list[str] = []
    for subject in job.subjects:
        if f'"{subject.name}"' in job.existing:
            continue
        tests: list[str] = []
        for title, known in zip(titles(subject.known, "lua", words=""), subject.known, strict=True):
            call = f"{subject.target}({spelled(known, 'lua')})"
            line = f"assert.has_error(function() {call} end)"
            if not known.raises:
                line = f"assert.are.equal({literal(known.returns, 'lua')}, {call})"
            tests.append(f"it({json.dumps(title)}, function()\n  {line}\nend)")
        tests = tests or [f"pending({json.dumps(_pending(subject))})"]
        groups.append(
            "\n".join(
                [
                    f'describe("{subject.name}", function()',
                    _indented("\n\n".join(tests).split("\n"), "  "),
                    "end)",
                ]
            )
        )
    if not groups:
        raise InputError(_NO_TESTS)
    body = _indented("\n\n".join(groups).split("\n"), "  ")
    if job.existing.strip():
        return _into_end(job.existing, body, "end)")
    parts = (
        list(Path(path).relative_to(folder).with_suffix("").parts)
        if Path(path).is_relative_to(folder)
        else [Path(path).stem]
    )
    parts = parts[1:] if parts[0] in ("src", "lua", "lib") and len(parts) > 1 else parts
    module = ".".join(parts[:-1] if parts[-1] == "init" and len(parts) > 1 else parts)
    return f'local subject = require("{module}")\n\ndescribe("{module}", function()\n{body}\nend)\n'


# Shell


def _shell(job: Job) -> str:
    path = job.document.path
    assert path is not None
    blocks: list[str] = []
    for subject in job.subjects:
        if f'@test "{subject.name} ' in job.existing:
            continue
        given = " ".join(f'"{index + 1}"' for index, _ in enumerate(subject.definition.parameters))
        lines = [
            f"run {subject.name} {given}".rstrip(),
            '[ "$status" -eq 0 ]',
            f"# {_OPEN}: what $output must be.",
        ]
        blocks.append(
            "\n".join([f'@test "{subject.name} succeeds" {{', *(f"  {line}" for line in lines), "}"])
        )
    if not blocks:
        raise InputError(_NO_TESTS)
    if job.existing.strip():
        return job.existing.rstrip() + "\n\n" + "\n\n".join(blocks) + "\n"
    relative = os.path.relpath(path, PurePath(job.target).parent).replace(os.sep, "/")
    setup = f'setup() {{\n  source "$BATS_TEST_DIRNAME/{relative}"\n}}'
    return "\n\n".join(["#!/usr/bin/env bats", setup, *blocks]) + "\n"


_WRITERS: dict[str, Callable[[Job], str]] = {
    "ruby": _ruby,
    "php": _php,
    "csharp": _csharp,
    "c": _c,
    "cpp": _cpp,
    "lua": _lua,
    "shellscript": _shell,
}
