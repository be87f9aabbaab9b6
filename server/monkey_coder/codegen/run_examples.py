"""The examples of a Python function, run in the sandbox: those it documents, and those its tests call."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..core.documents import Document
from ..core.errors import InputError
from ..workspace.unresolved import module_name
from .project_tests import python_of, source_folders
from .sandbox import SandboxLimits, run_sandboxed

_TIME_S = 20.0
_LONGEST = 200
MOST_CALLS = 60
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+")
_EQUALS = ("assertEqual", "assertEquals", "assertListEqual", "assertDictEqual", "assertSetEqual")
RAISED = "!"


@dataclass(frozen=True, slots=True)
class Call:
    """A call with literal arguments in a test, and the literal expected of it; of an error `RAISED` and
    its name."""

    source: str
    expected: str


@dataclass(frozen=True, slots=True)
class ExampleRun:
    """What an example gave: `RAISED` and the error's name where it raised; cut by a digest where long."""

    source: str
    got: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Examples:
    """All that came to an end, in order. `problem` says why more did not, "" if all did."""

    runs: tuple[ExampleRun, ...]
    problem: str = ""


async def run_examples(
    document: Document,
    text: str,
    names: Sequence[str],
    calls: Sequence[Call] = (),
    *,
    files: Mapping[str, str] = MappingProxyType({}),
    time_s: float = _TIME_S,
) -> Examples:
    """Return what the examples give when `text` stands in the document's place, in a copy of its folder.

    Those in the documentation of `names` (qualified, as "f" or "C.f") are run, then `calls`. `files` are
    the texts of other files by path. The user has to trust the folder: its code is run. Raises:
    InputError if nothing can be run.
    """
    if document.folder is None or document.path is None or document.language != "python":
        raise InputError("only examples of a Python file in a workspace folder can be run")
    folder = Path(document.folder)
    inside = {
        Path(path).relative_to(folder).as_posix(): new
        for path, new in {**files, document.path: text}.items()
        if Path(path).is_relative_to(folder)
    }
    mark = uuid.uuid4().hex
    wanted = {
        "mark": mark,
        "paths": source_folders(document.folder),
        "module": module_name(document.path, document.folder),
        "names": list(names),
        "calls": [(call.source, call.expected) for call in calls[:MOST_CALLS]],
    }
    program = Path(__file__).with_name("examples_exec.py").read_text(encoding="utf-8")
    outcome = await run_sandboxed(
        [python_of(document.folder), "-I", "-c", program],
        folder=document.folder,
        files=inside,
        stdin=json.dumps(wanted) + "\n",
        limits=SandboxLimits(time_s=time_s, cpu_s=int(time_s) + 1),
    )
    told = [line.removeprefix(mark) for line in outcome.stdout.splitlines() if line.startswith(mark)]
    runs = tuple(_run(line) for line in told if line)
    if outcome.is_timed_out:
        return Examples(runs, f"its examples do not end within {time_s:g} s")
    if outcome.exit_code:
        last = (outcome.stderr.strip().splitlines() or [f"code {outcome.exit_code}"])[-1]
        return Examples(runs, f"its module cannot be run: {last[:_LONGEST]}")
    if "" not in told:  # It left with success, or wrote more than is read.
        return Examples(runs, "it ends before its examples do")
    return Examples(runs)


def calls_in_tests(text: str, name: str) -> tuple[Call, ...]:
    """Return what the asserts of a Python test file say of the function `name`, as far as that is literal.

    Found are `assert f(1) == 2` either way round, `assert f(1)`, `is`, `not`, unittest's equality, and
    `with pytest.raises(E): f(1)`. Nothing from a file that does not parse.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    found: dict[Call, None] = {}
    for node in ast.walk(tree):
        for call, form, expected in _claims(node):
            if _name(call.func) == name and _has_literals(call):
                plain = ast.unparse(ast.Call(ast.Name(name, ast.Load()), call.args, call.keywords))
                found[Call(form.format(plain), expected)] = None
    return tuple(found)


def documented_calls(text: str, name: str) -> tuple[Call, ...]:
    """Return the literal calls of the function `name` in its documentation, whatever they are to give."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError):
        return ()
    found: dict[Call, None] = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            for source in re.findall(r"^\s*>>> (.+)$", ast.get_docstring(node) or "", re.MULTILINE):
                call = _expression(source)
                if isinstance(call, ast.Call) and _name(call.func) == name and _has_literals(call):
                    found[Call(ast.unparse(call), "None")] = None
    return tuple(found)


def _expression(source: str) -> ast.expr | None:
    try:
        return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _run(line: str) -> ExampleRun:
    source, got, passed = json.loads(line)
    got = _ADDRESS.sub("0x", got)
    if len(got) > _LONGEST:
        digest = hashlib.blake2b(got.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        got = f"{got[:_LONGEST]}… ({digest})"
    return ExampleRun(source, got, bool(passed))


def _claims(node: ast.AST) -> list[tuple[ast.Call, str, str]]:
    """Return the calls that a statement of a test makes claims about, in what form it does, and what it
    expects of each."""
    match node:
        case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right])):
            return _pair(left, right)
        case ast.Assert(test=ast.Call() as call):
            return [(call, "bool({})", "True")]
        case ast.Assert(test=ast.UnaryOp(op=ast.Not(), operand=ast.Call() as call)):
            return [(call, "bool({})", "False")]
        case ast.Call(func=ast.Attribute(attr=attribute), args=[left, right, *_]) if attribute in _EQUALS:
            return _pair(left, right)
        case ast.With(
            items=[ast.withitem(ast.Call(args=[error]) as context)], body=[ast.Expr(ast.Call() as call)]
        ):
            is_raising = _name(context.func) in ("raises", "assertRaises") and _name(error)
            return [(call, "{}", RAISED + _name(error))] if is_raising else []
    return []


def _pair(left: ast.expr, right: ast.expr) -> list[tuple[ast.Call, str, str]]:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, ast.Call) and _is_literal(other):
            return [(one, "{}", ast.unparse(other))]
    return []


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _has_literals(call: ast.Call) -> bool:
    return all(map(_is_literal, (*call.args, *(keyword.value for keyword in call.keywords))))


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
