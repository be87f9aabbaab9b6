"""Python tests: examples from docstrings, guards proved by reading, else an honest call."""

from __future__ import annotations

import ast
import builtins
import doctest
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..codegen.imports import Import
from ..workspace.functions import Definition
from ..workspace.test_layout import Framework
from . import values
from .words import split_words


@dataclass
class Case:
    """One test to write: its name, its lines, what it imports. `is_filled` if it asserts something known."""

    name: str
    lines: list[str] = field(default_factory=list)
    imports: set[Import] = field(default_factory=set)
    is_async: bool = False
    is_filled: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """What the writer of cases knows: the module, its definitions and source, the framework."""

    module: str
    source: str
    definitions: tuple[Definition, ...]
    framework: Framework

    def text(self, definition: Definition) -> str:
        return (definition.node.text or b"").decode("utf-8", "replace")


def cases(definition: Definition, context: Context) -> list[Case]:
    """Return the tests of one function or method."""
    stem = "_".join([*split_words(definition.owner), definition.name.strip("_") or definition.name])
    found = list(_examples(definition, context, stem))
    if not definition.owner:
        found += _proved(definition, context, stem)
    if not found:
        found.append(_call(definition, context, stem))
    return found


def render(found: list[Case], context: Context, class_name: str) -> tuple[list[str], set[Import]]:
    """Return the top-level blocks of a test module, and what they import."""
    imports = {wanted for case in found for wanted in case.imports}
    text = "\n".join(line for case in found for line in case.lines)
    if context.framework.name == "unittest":
        imports.add(Import("unittest"))
        is_async = any(case.is_async for case in found)
        base = "IsolatedAsyncioTestCase" if is_async else "TestCase"
        methods = [
            "\n".join(f"    {line}" if line else "" for line in _function(case, "self")) for case in found
        ]
        return [f"class {class_name}(unittest.{base}):\n" + "\n\n".join(methods)], imports
    blocks = []
    receiver = "self" if context.framework.is_grouped else ""
    for case in found:
        lines = _function(case, receiver)
        if case.is_async and not context.framework.is_async_ready:
            lines = _run_async(case, receiver)
            imports.add(Import("asyncio"))
        blocks.append("\n".join(lines))
    if receiver:
        inner = "\n\n".join(blocks).split("\n")
        name = "Test" + class_name.removesuffix("Too").removesuffix("Tests")
        blocks = [f"class {name}:\n" + "\n".join(f"    {line}" if line else "" for line in inner)]
    if "pytest." in text:
        imports.add(Import("pytest"))
    return blocks, imports


def _function(case: Case, receiver: str) -> list[str]:
    prefix = "async " if case.is_async else ""
    return [f"{prefix}def {case.name}({receiver}):", *(f"    {line}" if line else "" for line in case.lines)]


def _run_async(case: Case, receiver: str) -> list[str]:
    inner = [f"        {line}" if line else "" for line in case.lines]
    return [f"def {case.name}({receiver}):", "    async def run():", *inner, "", "    asyncio.run(run())"]


# Examples


def _examples(definition: Definition, context: Context, stem: str) -> Iterator[Case]:
    docstring = _docstring(context.text(definition))
    try:
        examples = doctest.DocTestParser().get_examples(docstring)
    except ValueError:
        return
    usable = [example for example in examples if not example.options.get(doctest.SKIP)]
    if not usable or not any(definition.name.strip("_") in example.source for example in usable):
        return
    case = Case(f"test_{stem}_examples")
    for example in usable:
        lines = _example(example, context)
        if lines is None:
            case.lines.append(f"# The example `{example.source.strip().splitlines()[0]}` is left to you.")
            continue
        case.lines += lines
    case.imports |= _used(case.lines, definition, context)
    if any(not line.startswith("#") for line in case.lines):
        yield case


def _docstring(source: str) -> str:
    import textwrap

    try:
        body = ast.parse(textwrap.dedent(source)).body
    except (SyntaxError, ValueError, RecursionError):
        return ""
    first = body[0] if body else None
    is_known = isinstance(first, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return (ast.get_docstring(first) or "") if is_known else ""  # type: ignore[arg-type]


def _example(example: doctest.Example, context: Context) -> list[str] | None:
    source = example.source.strip()
    want = example.want.rstrip("\n")
    is_unittest = context.framework.name == "unittest"
    if example.exc_msg is not None:
        kind = re.split(r"[:\n]", example.exc_msg)[0].strip().split(".")[-1]
        if not kind.isidentifier():
            return None
        opening = f"with self.assertRaises({kind}):" if is_unittest else f"with pytest.raises({kind}):"
        return [opening, *(f"    {line}" for line in source.split("\n"))]
    if not want:
        return source.split("\n")
    try:
        ast.parse(source, mode="eval")
    except SyntaxError:
        return None
    if example.options.get(doctest.ELLIPSIS) or "..." in want or source.startswith("print("):
        return None
    joined = source if "\n" not in source else f"({source})"
    return [_equal(joined, want, is_unittest=is_unittest)]


def _equal(source: str, want: str, *, is_unittest: bool) -> str:
    try:
        value = ast.literal_eval(want)
    except (ValueError, SyntaxError):
        if is_unittest:
            return f"self.assertEqual(repr({source}), {want!r})"
        return f"assert repr({source}) == {want!r}"
    if value is None or value is True or value is False:
        if is_unittest:
            return f"self.assertIs({source}, {value})"
        return f"assert {source} is {value}"
    if is_unittest:
        return f"self.assertEqual({source}, {want})"
    return (
        f"assert {source} == {want}"
        if " " not in source or source.endswith(")")
        else f"assert ({source}) == {want}"
    )


# Proved by reading


def _proved(definition: Definition, context: Context, stem: str) -> list[Case]:
    found: list[Case] = []
    is_unittest = context.framework.name == "unittest"
    for arguments, outcome, value in values.known_results(context.text(definition), definition)[:6]:
        call = f"{definition.name}({_spelled(definition, arguments)})"
        if outcome == "raises":
            name = f"test_{stem}_raises_{'_'.join(split_words(value))}"
            opening = f"with self.assertRaises({value}):" if is_unittest else f"with pytest.raises({value}):"
            lines = [opening, f"    {call}"]
        else:
            name = f"test_{stem}_returns_{'_'.join(split_words(value)[:3]) or 'empty'}"
            lines = [_equal(call, value, is_unittest=is_unittest)]
        taken = sum(case.name == name or case.name.startswith(f"{name}_") for case in found)
        found.append(Case(f"{name}_{taken + 1}" if taken else name, lines, _used(lines, definition, context)))
    return found


def _spelled(definition: Definition, arguments: dict[str, str]) -> str:
    kinds = {parameter.name: parameter.kind for parameter in definition.parameters}
    is_gap = False
    parts = []
    for name, text in arguments.items():
        is_gap = is_gap or kinds.get(name) == "keyword"
        parts.append(f"{name}={text}" if is_gap else text)
    return ", ".join(parts)


# An honest call


def _call(definition: Definition, context: Context, stem: str) -> Case:
    case = Case(f"test_{stem}", is_async=definition.is_async, is_filled=False)
    arguments = {parameter.name: values.argument(parameter) for parameter in values.required(definition)}
    target = _receiver(definition, context, case)
    decorators = {decorator.split("(")[0].split(".")[-1] for decorator in definition.decorators}
    spelled = _spelled(definition, {name: text for name, (text, _) in arguments.items()})
    is_property = bool(decorators & {"property", "cached_property", "classproperty"})
    is_manager = bool(decorators & {"contextmanager", "asynccontextmanager"})
    access = f"{target}{definition.name}" + ("" if is_property else f"({spelled})")
    if definition.kind == "constructor":
        access = f"{definition.owner.split('.')[-1]}({spelled})"
    if (
        definition.name.startswith("__")
        and definition.name.endswith("__")
        and definition.kind != "constructor"
    ):
        access = f"{target}{definition.name}({spelled})"
    guessed = "Mock()" in " ".join(case.lines) + spelled or any(not fits for _, fits in arguments.values())
    is_unittest = context.framework.name == "unittest"
    if is_manager:
        case.lines += [f"{'async ' if 'asynccontextmanager' in decorators else ''}with {access} as result:"]
        case.lines += ["    # To fill in: what must hold here.", "    del result"]
        case.is_async = "asynccontextmanager" in decorators
    else:
        case.lines += _result(definition, access, is_guessed=guessed, is_unittest=is_unittest)
    case.imports |= _used(case.lines, definition, context)
    for line in values.needed_imports("\n".join(case.lines)):
        _, module, _, name = line.split(" ")
        case.imports.add(Import(module, name))
    return case


def _result(definition: Definition, access: str, *, is_guessed: bool, is_unittest: bool) -> list[str]:
    todo = "To fill in: " + ("arguments that mean something, and " if is_guessed else "")
    if definition.kind == "constructor":
        name = definition.owner.split(".")[-1]
        check = (
            f"self.assertIsInstance(result, {name})" if is_unittest else f"assert isinstance(result, {name})"
        )
        return [f"result = {access}", "", f"# {todo}what the new object must look like.", check]
    if definition.is_async and definition.yielded:
        return [
            f"result = [item async for item in {access}]",
            "",
            f"# {todo}the items to expect.",
            "del result",
        ]
    if definition.yielded:
        return [f"result = list({access})", "", f"# {todo}the items to expect.", "del result"]
    awaited = f"await {access}" if definition.is_async else access
    gives = any(text not in ("", "None") for text in definition.returned) or definition.returns not in (
        "",
        "None",
    )
    if not gives:
        return [f"# {todo}what must have happened after this.", awaited]
    declared = definition.returns.strip("'\"").split("[")[0]
    if declared in ("int", "str", "bytes", "bool", "float", "list", "dict", "set", "tuple"):
        line = (
            f"self.assertIsInstance(result, {declared})"
            if is_unittest
            else f"assert isinstance(result, {declared})"
        )
        return [f"result = {awaited}", "", f"# {todo}the value to expect.", line]
    return [f"result = {awaited}", "", f"# {todo}what `result` must be.", "del result"]


def _receiver(definition: Definition, context: Context, case: Case) -> str:
    if not definition.owner:
        return ""
    name = definition.owner
    decorators = {decorator.split(".")[-1] for decorator in definition.decorators}
    if decorators & {"classmethod", "staticmethod"} or definition.kind == "constructor":
        return f"{name}."
    made = next((d for d in context.definitions if d.owner == name and d.name == "__init__"), None)
    arguments = {p.name: values.argument(p)[0] for p in values.required(made)} if made else {}
    variable = "_".join(split_words(name.split(".")[-1]))
    variable += "_" * (keyword.iskeyword(variable) or hasattr(builtins, variable))
    case.lines.append(f"{variable} = {name}({_spelled(made, arguments) if made else ''})")
    return f"{variable}."


def _used(lines: list[str], definition: Definition, context: Context) -> set[Import]:
    """Return the imports of names that the lines use: from the module itself, or as it imports them."""
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    names = set(re.findall(r"(?<![\w.'\"])([A-Za-z_]\w*)", text))
    top = {found.name for found in context.definitions if not found.owner}
    bound = set(re.findall(r"^(\w+) = ", text, re.MULTILINE))
    names -= {line.split(" ")[-1] for line in values.needed_imports(text)}
    found = {Import(context.module, name) for name in names & top - (bound - {definition.name})}
    ours = {"pytest", "self", "Mock", "asyncio", "unittest"}
    for name in names - top - bound - set(dir(builtins)) - ours:
        bind = rf"^(?:from [\w.]+ )?import [^\n]*\b{name}\b|^{name}\b.*=|^    {name},$"
        if re.search(bind, context.source, re.MULTILINE):
            found.add(Import(context.module, name))
    return found
