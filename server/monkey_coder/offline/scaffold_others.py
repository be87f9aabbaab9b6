"""Tests for JavaScript, TypeScript, Go, Rust and Java, each in its framework."""

from __future__ import annotations

import json
import os
import re
from pathlib import PurePath

from ..codegen.imports import Import
from ..codegen.scaffolds import add_ecma, add_go, add_java, add_rust
from ..core.documents import Document
from ..core.errors import InputError
from ..workspace.functions import Definition, Parameter, definitions
from ..workspace.syntax import SyntaxTree
from ..workspace.test_layout import Framework
from .ecma_style import in_hand_of
from .proved import known_calls
from .proved_tests import ecma_tests, go_tests, java_lines, rust_lines

_OPEN = "look for `To fill in`: what to expect is yours to say"


def write_other(
    document: Document,
    tree: SyntaxTree,
    chosen: list[Definition],
    framework: Framework,
    existing: str,
    target: str,
) -> tuple[str, tuple[str, ...]]:
    """Return a test file's whole text, and what the user should know."""
    match document.language:
        case "go":
            return _noted(_go(document, tree, chosen, existing))
        case "rust":
            return _noted(_rust(document, tree, chosen, existing))
        case "java":
            return _noted(_java(document, tree, chosen, framework, existing, target))
    return _ecma(document, tree, chosen, framework, existing, target)


def _noted(text: str) -> tuple[str, tuple[str, ...]]:
    return text, (_OPEN,) if "To fill in" in text else ()


# JavaScript and TypeScript


def _ecma(
    document: Document,
    tree: SyntaxTree,
    chosen: list[Definition],
    framework: Framework,
    existing: str,
    target: str,
) -> tuple[str, tuple[str, ...]]:
    blocks: list[str] = []
    imports: list[Import] = _ecma_framework_imports(framework)
    notes: list[str] = []
    source = _relative(document, target, framework)
    is_commonjs = "module.exports" in document.text and not re.search(
        r"^export ", document.text, re.MULTILINE
    )
    for definition in chosen:
        name = definition.owner.split(".")[-1] or definition.name
        kind = _export_kind(document.text, name)
        if not kind:
            notes.append(f"`{name}` is not exported, so a test cannot import it; export it first")
            continue
        if f'"{definition.name}"' in existing or f"'{definition.name}'" in existing:
            notes.append(f"`{definition.name}` has tests already")
            continue
        wanted = Import(source, "default", name) if kind == "default" else Import(source, name)
        if wanted not in imports:
            imports.append(wanted)
        blocks.append(_ecma_block(definition, tree, framework, document.language))
    if not blocks:
        raise InputError("; ".join(dict.fromkeys(notes)))
    hand = existing if existing.strip() else document.text
    if framework.case != "it":
        blocks = [
            re.sub(r"^( *)it\(", rf"\1{framework.case}(", block, flags=re.MULTILINE) for block in blocks
        ]
        imports = [Import(one.module, framework.case) if one.name == "it" else one for one in imports]
    blocks = [in_hand_of(block, hand) for block in blocks]
    if is_commonjs and not existing.strip():
        lines = [_required(wanted) for wanted in imports]
        head = in_hand_of("\n".join(lines), hand)
        text, more = _noted(head + "\n\n" + "\n\n".join(blocks) + "\n")
    elif existing.strip():
        text, more = _noted(add_ecma(existing, imports, blocks, document.language))
    else:
        # The head of a new file, in the same hand as the rest.
        head = in_hand_of(add_ecma("", imports, [], document.language).rstrip(), hand)
        text, more = _noted(head + "\n\n" + "\n\n".join(blocks) + "\n")
    return text, (*dict.fromkeys(notes), *more)


def _required(wanted: Import) -> str:
    name = wanted.alias if wanted.name == "default" else f"{{ {wanted.name} }}"
    return f'const {name} = require("{wanted.module}");'


def _ecma_framework_imports(framework: Framework) -> list[Import]:
    match framework.name:
        case "vitest":
            return [Import("vitest", "describe"), Import("vitest", "expect"), Import("vitest", "it")]
        case "node:test":
            return [
                Import("node:assert/strict", "default", "assert"),
                Import("node:test", "describe"),
                Import("node:test", "it"),
            ]
        case "mocha":
            return [Import("node:assert/strict", "default", "assert")]
    return []


def _export_kind(text: str, name: str) -> str:
    escaped = re.escape(name)
    if re.search(rf"^export default (async )?(function\*?|class)? ?{escaped}\b", text, re.MULTILINE):
        return "default"
    named = rf"^export (async |abstract |declare )*(function\*?|class|const|let|var) {escaped}\b"
    if re.search(named, text, re.MULTILINE) or re.search(
        rf"^export \{{[^}}]*\b{escaped}\b", text, re.MULTILINE
    ):
        return "named"
    if re.search(rf"(module\.)?exports\.{escaped}\s*=|module\.exports\s*=\s*\{{[^}}]*\b{escaped}\b", text):
        return "named"
    return "default" if re.search(rf"module\.exports\s*=\s*{escaped}\b", text) else ""


def _relative(document: Document, target: str, framework: Framework) -> str:
    assert document.path is not None
    path = os.path.relpath(document.path, PurePath(target).parent).replace(os.sep, "/")
    if document.language.startswith("typescript") and framework.name != "node:test":
        as_written = re.search(r"""from ['"]\.{1,2}/[^'"]*\.[cm]?jsx?['"]""", document.text)
        stem, dot, ending = path.rpartition(".")
        path = stem + dot + ending.replace("t", "j", 1) if as_written else stem
    return path if path.startswith(".") else f"./{path}"


def _ecma_block(definition: Definition, tree: SyntaxTree, framework: Framework, language: str) -> str:
    call = "await " if definition.is_async else ""
    is_static = "static " in tree.text_of(definition.node)[:40]
    arguments = [
        _ecma_argument(parameter) for parameter in definition.parameters if not parameter.is_optional
    ]
    lines: list[str] = []
    owner = definition.owner.split(".")[-1]
    if owner and definition.kind != "constructor" and not is_static:
        made = next(
            (d for d in definitions(tree) if d.owner == definition.owner and d.kind == "constructor"), None
        )
        given = [_ecma_argument(p) for p in made.parameters if not p.is_optional] if made else []
        lines.append(f"const subject = new {owner}({', '.join(given)});")
        target = f"subject.{definition.name}"
    else:
        target = f"{owner}.{definition.name}" if owner else definition.name
    if definition.kind == "constructor":
        target = f"new {owner}"
    proved = (
        [] if re.match(r"\s*(static )?get ", tree.text_of(definition.node)) else known_calls(tree, definition)
    )
    proved = proved if not lines or lines[0].endswith("();") else []
    is_expect = framework.name in ("vitest", "jest")
    certain = [
        _it(title, [*lines, line], is_async=False)
        for title, line in ecma_tests(proved, target, language, is_expect=is_expect)
    ]
    if any(not known.raises for known in proved):
        return _described(definition, certain)
    access = f"{target}({', '.join(arguments)})"
    if re.match(r"\s*(static )?get ", tree.text_of(definition.node)):
        access = target
    if definition.yielded:
        access = f"[...{access}]"
    lines += [f"const result = {call}{access};", "// To fill in: what `result` must be."]
    kind = {"string": "string", "number": "number", "boolean": "boolean"}.get(
        _unwrapped(definition.returns), ""
    )
    if kind:
        is_expect = framework.name in ("vitest", "jest")
        check = (
            f'expect(typeof result).toBe("{kind}");'
            if is_expect
            else f'assert.equal(typeof result, "{kind}");'
        )
        lines.append(check)
    tests = [_it("can be called", lines, is_async=definition.is_async)]
    guard = _ecma_guard(definition, tree)
    tests += certain
    if guard and not owner and not certain:
        tests.append(_throws(definition, guard, framework, language))
    return _described(definition, tests)


def _described(definition: Definition, tests: list[str]) -> str:
    inner = "\n\n".join("\n".join(f"  {line}" if line else "" for line in test.split("\n")) for test in tests)
    return f'describe("{definition.name}", () => {{\n{inner}\n}});'


def _it(title: str, lines: list[str], *, is_async: bool) -> str:
    body = "\n".join(f"  {line}" for line in lines)
    return f"it({json.dumps(title)}, {'async ' if is_async else ''}() => {{\n{body}\n}});"


def _unwrapped(kind: str) -> str:
    return re.sub(r"^Promise<(.*)>$", r"\1", kind)


def _ecma_argument(parameter: Parameter) -> str:
    kind = parameter.type.split("|")[0].strip()
    known = {
        "string": '"text"',
        "number": "1",
        "boolean": "true",
        "bigint": "1n",
        "unknown": "undefined",
        "null": "null",
        "undefined": "undefined",
        "Date": "new Date(0)",
        "RegExp": "/x/",
    }
    if kind in known:
        return known[kind]
    if kind.endswith("[]") or kind.startswith(("Array<", "ReadonlyArray<")):
        return "[]"
    if "=>" in kind or parameter.name in ("callback", "cb", "fn", "func", "handler"):
        return "() => undefined"
    if kind:
        return f"{{}} as {kind}" if re.fullmatch(r"[\w.<>]+", kind) and kind != "any" else "{} as any"
    return '"text"' if parameter.name in ("name", "text", "key", "path", "url", "str") else "{}"


def _ecma_guard(definition: Definition, tree: SyntaxTree) -> tuple[str, str, str] | None:
    """Return (error, parameter, value that trips the guard) if the body begins with such a guard."""
    if definition.body is None or not definition.body.named_children or not definition.raises:
        return None
    first = definition.body.named_children[0]
    raised = definition.raises[0]
    if first.type != "if_statement" or not raised.condition or raised.condition not in tree.text_of(first):
        return None
    names = [parameter.name for parameter in definition.parameters]
    patterns = (
        (r"!(\w+)", "undefined"),
        (r"(\w+) < 0", "-1"),
        (r"(\w+) <= 0", "0"),
        (r"(\w+) ===? null", "null"),
        (r"(\w+) ===? undefined", "undefined"),
        (r"typeof (\w+) !==? ['\"]string['\"]", "1"),
        (r"typeof (\w+) !==? ['\"](?!number)\w+['\"]", "1"),
        (r"typeof (\w+) !==? ['\"]number['\"]", '"x"'),
    )
    for pattern, value in patterns:
        match = re.fullmatch(pattern, raised.condition)
        if match and match[1] in names:
            return raised.type, match[1], value
    return None


def _throws(definition: Definition, guard: tuple[str, str, str], framework: Framework, language: str) -> str:
    error, name, value = guard
    cast = " as any" if language.startswith("typescript") and value in ("undefined", "null", '"x"') else ""
    arguments = [
        value + cast if parameter.name == name else _ecma_argument(parameter)
        for parameter in definition.parameters
        if parameter.name == name or not parameter.is_optional
    ]
    access = f"{definition.name}({', '.join(arguments)})"
    is_expect = framework.name in ("vitest", "jest")
    if definition.is_async:
        line = (
            f"await expect({access}).rejects.toThrow({error});"
            if is_expect
            else f"await assert.rejects({access}, {error});"
        )
    else:
        line = (
            f"expect(() => {access}).toThrow({error});"
            if is_expect
            else f"assert.throws(() => {access}, {error});"
        )
    known = error if error in ("Error", "TypeError", "RangeError", "SyntaxError") else ""
    return _it(
        f"throws {error}", [line if known else line.replace(error, "Error")], is_async=definition.is_async
    )


# Go


def _go(document: Document, tree: SyntaxTree, chosen: list[Definition], existing: str) -> str:
    package = (re.search(r"^package (\w+)", document.text, re.MULTILINE) or ["", "main"])[1]
    imports = {"testing"}
    blocks = []
    for definition in chosen:
        title = f"Test{definition.owner}{definition.name[:1].upper()}{definition.name[1:]}"
        if f"func {title}(" in existing:
            continue
        given = [_go_argument(p) for p in definition.parameters if p.kind == "plain"]
        for parameter in definition.parameters:
            for name in re.findall(r"\b([a-z]\w*)\.", parameter.type if parameter.kind == "plain" else ""):
                match = re.search(rf'"((?:[\w./-]+/)?{name})"', document.text)
                imports |= {match[1]} if match else set()
        target = f"subject.{definition.name}" if definition.owner else definition.name
        lines = [f"func {title}(t *testing.T) {{"]
        lines += [f"\tvar subject {definition.owner}"] if definition.owner else []
        if proved := go_tests(known_calls(tree, definition), target, definition):
            blocks.append("\n".join([*lines, *proved, "}"]))
            continue
        lines += _go_check(definition, f"{target}({', '.join(given)})")
        blocks.append("\n".join([*lines, "}"]))
    if not blocks:
        raise InputError("these functions have tests already; nothing was added")
    return add_go(existing, package, imports, blocks)


def _go_check(definition: Definition, call: str) -> list[str]:
    results = [
        part.strip()
        for part in re.split(
            r",(?![^\[(]*[\])])", definition.returns.strip().removeprefix("(").removesuffix(")")
        )
        if part.strip()
    ]
    if not results:
        return ["\t// To fill in: what must have happened after this.", f"\t{call}"]
    has_error = results[-1].split(" ")[-1] == "error"
    values = ["got", "second", "third", "fourth"][: len(results) - has_error]
    left = ", ".join([*values, *(["err"] if has_error else [])])
    lines = [f"\t{left} := {call}"]
    if has_error:
        lines += ["\tif err != nil {", f'\t\tt.Fatalf("{definition.name} failed: %v", err)', "\t}"]
    if values:
        shown = ", ".join("%v" for _ in values)
        lines += [
            "\t// To fill in: compare with what is expected, and call t.Errorf where it differs.",
            f'\tt.Logf("{definition.name} gave {shown}", {", ".join(values)})',
        ]
    return lines


def _go_argument(parameter: Parameter) -> str:
    kind = parameter.type
    known = {
        "string": '"text"',
        "bool": "true",
        "error": "nil",
        "any": "nil",
        "context.Context": "context.Background()",
        "float64": "1.5",
        "float32": "1.5",
        "byte": "1",
        "rune": "'a'",
    }
    if kind in known:
        return known[kind]
    if re.fullmatch(r"u?int\d*", kind):
        return "1"
    return "nil" if kind.startswith(("*", "[]", "map[", "func(", "chan ", "interface")) else f"*new({kind})"


# Rust


def _rust(document: Document, tree: SyntaxTree, chosen: list[Definition], existing: str) -> str:
    base = existing or document.text
    blocks = []
    for definition in chosen:
        name = f"{definition.owner.lower() + '_' if definition.owner else ''}{definition.name}"
        if (
            re.search(rf"fn {name}_works\b", base)
            or "#[test]" in document.text[: definition.span.start][-40:]
        ):
            continue
        given = ", ".join(_rust_argument(parameter) for parameter in definition.parameters)
        head = tree.text_of(definition.node.child_by_field_name("parameters"))
        lines = ["#[test]", f"fn {name}_works() {{"]
        if definition.owner and "self" in head:
            made = next(
                (d for d in definitions(tree) if d.owner == definition.owner and d.name == "new"), None
            )
            if made is not None:
                build = f"{definition.owner}::new({', '.join(_rust_argument(p) for p in made.parameters)})"
            elif re.search(
                rf"derive\([^)]*Default[^)]*\)\][^{{;]*struct {definition.owner}\b", document.text
            ):
                build = f"{definition.owner}::default()"
            else:
                build = f'todo!("build a {definition.owner} to test")'
            mutable = "mut " if "&mut self" in head else ""
            lines.append(f"    let {mutable}subject: {definition.owner} = {build};")
            target = f"subject.{definition.name}"
        else:
            target = f"{definition.owner + '::' if definition.owner else ''}{definition.name}"
        call = f"{target}({given})"
        proved, panics = rust_lines(known_calls(tree, definition), target)
        if proved and "todo!" not in "".join(lines):
            blocks.append("\n".join([*lines, *(f"    {line}" for line in proved), "}"]))
            if panics and "let" not in "".join(lines):
                head_lines = [
                    "#[test]",
                    "#[should_panic]",
                    f"fn {name}_panics() {{",
                    f"    {panics[0]};",
                    "}",
                ]
                blocks.append("\n".join(head_lines))
            continue
        if definition.returns.startswith("Result<"):
            lines += [
                f"    let result = {call};",
                "    assert!(result.is_ok()); // To fill in: and what it holds.",
            ]
        elif definition.returns:
            lines += [
                f"    let result = {call};",
                "    // To fill in: assert_eq!(result, what is expected);",
                "    let _ = result;",
            ]
        else:
            lines += ["    // To fill in: what must hold after this.", f"    {call};"]
        blocks.append("\n".join([*lines, "}"]))
    if not blocks:
        raise InputError("these functions have tests already; nothing was added")
    return add_rust(base, blocks)


def _rust_argument(parameter: Parameter) -> str:
    kind = parameter.type.replace("'static ", "").strip()
    if re.fullmatch(r"[iu](8|16|32|64|128|size)", kind):
        return "1"
    known = {
        "&str": '"text"',
        "String": '"text".to_string()',
        "bool": "true",
        "f32": "1.5",
        "f64": "1.5",
        "char": "'a'",
    }
    if kind in known:
        return known[kind]
    if kind.startswith("Option<"):
        return "None"
    if kind.startswith("&mut "):
        return "&mut Default::default()"
    if kind.startswith("&["):
        return "&[]"
    return "&Default::default()" if kind.startswith("&") else "Default::default()"


# Java


def _java(
    document: Document,
    tree: SyntaxTree,
    chosen: list[Definition],
    framework: Framework,
    existing: str,
    target: str,
) -> str:
    package = (re.search(r"^package ([\w.]+);", document.text, re.MULTILINE) or ["", ""])[1]
    imports = {"org.junit.Test" if framework.major == 4 else "org.junit.jupiter.api.Test"}
    blocks = []
    for definition in chosen:
        if (
            re.search(rf"void {definition.name}\b", existing)
            or "private " in tree.text_of(definition.node)[:40]
        ):
            continue
        given = ", ".join(_java_argument(p) for p in definition.parameters if p.kind == "plain")
        lines = [
            "@Test",
            f"{'public ' if framework.major == 4 else ''}void {definition.name}() throws Exception {{",
        ]
        is_static = "static " in tree.text_of(definition.node).split("(")[0]
        if definition.kind == "constructor":
            lines += [
                f"    var subject = new {definition.owner}({given});",
                "    // To fill in: what the new object must look like.",
            ]
            blocks.append("\n".join([*lines, "}"]))
            continue
        if not is_static:
            made = next(
                (d for d in definitions(tree) if d.owner == definition.owner and d.kind == "constructor"),
                None,
            )
            arguments = ", ".join(_java_argument(p) for p in made.parameters) if made else ""
            lines.append(f"    var subject = new {definition.owner}({arguments});")
        target_of = f"{definition.owner if is_static else 'subject'}.{definition.name}"
        proved, used = java_lines(known_calls(tree, definition), target_of)
        if proved and (is_static or lines[-1].endswith("();")):
            holder = "org.junit.Assert" if framework.major == 4 else "org.junit.jupiter.api.Assertions"
            imports |= {f"static {holder}.{method}" for method in used}
            for error in re.findall(r"assertThrows\((\w+)\.class", "\n".join(proved)):
                found = re.search(rf"^import ([\w.]+\.{error});", document.text, re.MULTILINE)
                imports |= {found[1]} if found else set()
            blocks.append("\n".join([*lines, *(f"    {line}" for line in proved), "}"]))
            continue
        call = f"{target_of}({given})"
        if definition.returns in ("", "void"):
            lines += ["    // To fill in: what must hold after this.", f"    {call};"]
        else:
            lines += [
                f"    var result = {call};",
                "    // To fill in: assertEquals(what is expected, result);",
            ]
        blocks.append("\n".join([*lines, "}"]))
    if not blocks:
        raise InputError("there is no method here that a test can call and that has no test yet")
    return add_java(existing, package, imports, PurePath(target).stem, blocks)


def _java_argument(parameter: Parameter) -> str:
    known = {
        "int": "1",
        "long": "1L",
        "short": "(short) 1",
        "byte": "(byte) 1",
        "double": "1.5",
        "float": "1.5f",
        "boolean": "true",
        "char": "'a'",
        "String": '"text"',
        "Integer": "1",
        "Long": "1L",
        "Boolean": "true",
    }
    if parameter.type in known:
        return known[parameter.type]
    collections = {"List": "java.util.List.of()", "Map": "java.util.Map.of()", "Set": "java.util.Set.of()"}
    return collections.get(parameter.type.split("<")[0], "null")
