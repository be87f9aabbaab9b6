"""Rewrites by rule do the same: each is run beside what stood there, on many values."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import textwrap

import pytest

from monkey_coder.core.documents import Document, Span, apply_edits
from monkey_coder.creative.variation import Part
from monkey_coder.features.python_places import Rule, edits_of
from monkey_coder.features.rewrites import rewrites
from monkey_coder.features.rewrites_ecma import flattened
from monkey_coder.features.rewrites_python import FLATTER, IDIOMATIC, RESTRUCTURED

VALUES = ["", "a", "b", "abc", 0, 1, -2, [], [1, 2, 2], ["a", "b"], ("x", "y"), {"k": 1}, None, 1.5]


def rewritten(code: str, rules: tuple[Rule, ...]) -> str:
    """Return the code after the rules' edits, as long as there are any."""
    text = textwrap.dedent(code).lstrip("\n")
    while edit := next(edits_of(text, Span(0, len(text)), rules), None):
        text = apply_edits(text, [edit])
    return text


def outcome(code: str, value: object) -> object:
    """Return what `f(value)` gives, or how it fails; and what it did to `log`."""
    names: dict[str, object] = {"log": []}
    exec(code, names)
    try:
        result = names["f"](value)  # type: ignore[operator]
    except Exception as error:  # noqa: BLE001  (whatever it raises is compared)
        result = type(error)
    return result, names["log"]


def check(code: str, rules: tuple[Rule, ...], shows: str, values: list[object] | None = None) -> None:
    before, after = textwrap.dedent(code).lstrip("\n"), rewritten(code, rules)
    assert shows in after
    for value in VALUES if values is None else values:
        assert outcome(after, value) == outcome(before, value), value


@pytest.mark.parametrize(
    ("condition", "shows"),
    [
        ("x", "if not x:"),
        ("not x", "if x:"),
        ("x == 1", "if x != 1:"),
        ("x in ('a', 1)", "if x not in ('a', 1):"),
        ("x is None", "if x is not None:"),
        ("x and x != 1", "if not (x and x != 1):"),
        ("(x or 1) == 1", "if (x or 1) != 1:"),
        ("((x or 1) and 2) == 2", "if ((x or 1) and 2) != 2:"),
        ("((1) if x else 2) == 1", "if ((1) if x else 2) != 1:"),
        ("isinstance(x, str)", "if not isinstance(x, str):"),
    ],
)
def test_an_if_about_all_that_is_left_becomes_an_early_exit(condition: str, shows: str) -> None:
    check(
        f"""
        def f(x):
            log.append("first")
            if {condition}:
                log.append(x)
                for y in [x, x]:
                    log.append(y)  # Each.
        """,
        FLATTER,
        f"{shows}\n        return\n    log.append(x)\n    for y in [x, x]:\n        log.append(y)  # Each.\n",
    )


def test_in_a_loop_too_and_where_the_else_only_leaves() -> None:
    code = """
        def f(x):
            for y in x:
                if y:
                    log.append(y)
                    log.append(y)
    """
    check(code, FLATTER, "if not y:\n            continue\n        log.append(y)")
    code = """
        def f(x):
            if x:
                log.append(1)
                log.append(2)
                log.append(3)
            else:
                raise KeyError(x)
            return x
    """
    check(code, FLATTER, "if not x:\n        raise KeyError(x)\n    log.append(1)")


@pytest.mark.parametrize(
    ("body", "shows"),
    [
        ("s = []\nfor y in x:\n    s.append((y, 1) if y else 2)", "s = [(y, 1) if y else 2 for y in x]"),
        ("s: list[int] = []\nfor y in x:\n    s.append(y)", "s: list[int] = [y for y in x]"),
        ("s = set()\nfor y in x:\n    s.add(y * 2)", "s = {y * 2 for y in x}"),
        ("s = set()\nfor y in x:\n    if y:\n        s.add(y)", "s = {y for y in x if y}"),
        ("s = {}\nfor k, v in x.items():\n    s[v] = k", "s = {v: k for k, v in x.items()}"),
        ('s = ""\nfor y in x:\n    s += f"<{y}>"', 's = "".join(f"<{y}>" for y in x)'),
        ('s = ""\nfor y in x:\n    s += str(y) + "!"', 's = "".join(str(y) + "!" for y in x)'),
        ("s = 0\nfor y in x:\n    if y == 2:\n        s += 1", "s = sum(1 for y in x if y == 2)"),
    ],
)
def test_a_loop_that_only_collects_becomes_an_expression(body: str, shows: str) -> None:
    check(f"def f(x):\n{textwrap.indent(body, '    ')}\n    return s\n", IDIOMATIC, shows)


@pytest.mark.parametrize(
    "body",
    [
        "s = set()\nfor y in x:\n    s.add(y)\nreturn s, y",  # The loop's variable is read after it.
        "s = 0\nfor y in x:\n    s += y",  # A sum of floats is not what adding one by one gives.
        's = ""\nfor y in x:\n    s += y',  # It may be no text.
        "s = {}\nfor y in x:\n    s[y] = len(s)",  # It reads what it fills.
        "try:\n    s = set()\n    for y in x:\n        s.add(y)\nexcept TypeError:\n    pass",
        "s = set()\nfor y in x:\n    s.add(y)\nelse:\n    log.append(1)",
        "s = set()\nfor y in x:\n    s.add(y); log.append(y)",
        "s = set(); log.append(2)\nfor y in x:\n    s.add(y)",
        "s = set()\nfor y in x:\n    s.add(z := y)",
        "s = set()\nfor y in x:\n    s.add(y)\nreturn locals()",
        "def g():\n    return len(s)\ns = set()\nfor y in x:\n    s.add(g())",  # It looks while it fills.
        "with suppress(TypeError):\n    s = set()\n    for y in x:\n        s.add(y)",
        's = ""\nfor y in x:\n    s += str(next(x))',  # In a generator that ends with another error.
        "s = set()\nfor y in (1), (2):\n    s.add(y)",
        "s = []\nfor y in x:\n    s.append(y + len(s))",
    ],
)
def test_a_loop_that_does_more_stays(body: str) -> None:
    code = f"def f(x):\n{textwrap.indent(body, '    ')}\n    return s\n"
    assert rewritten(code, IDIOMATIC) == code


def test_a_name_that_the_file_binds_is_no_builtin() -> None:
    code = "%s\ndef f(x):\n    s = %s\n    for y in x:\n        %s\n    return s\n"
    for before, start, step in (
        ("def sum(x): return 7", "0", "s += 1"),
        ("from q import str", '""', "s += str(y)"),
        ("from q import OrderedSet as set", "set()", "s.add(y)"),
        ("from q import *", "dict()", "s[y] = 1"),
    ):
        text = code % (before, start, step)
        assert rewritten(text, IDIOMATIC) == text


@pytest.mark.parametrize(
    "body",
    [
        "try:\n    s = []\n    for y in x:\n        s.append(int(y))\nexcept ValueError:\n    pass\nreturn s",
        "def g():\n    return len(s)\ns = []\nfor y in x:\n    s.append(g())\nreturn s",
        "for y in x:\n    if next(y):\n        return True\nreturn False",
    ],
)
def test_ruff_is_not_asked_for_what_it_cannot_prove(body: str) -> None:
    code = f"def f(x):\n{textwrap.indent(body, '    ')}\n"
    assert rewrites(Document("", "python", 1, code), Span(0, len(code))) == ()


def test_an_index_that_only_reads_becomes_the_element() -> None:
    values: list[object] = [[], [1, 2, 2], ["a"]]
    code = "def f(xs: list[int]):\n    for i in range(len(xs)):\n        log.append((i, xs[i]))\n"
    check(code, IDIOMATIC, "for i, x in enumerate(xs):\n        log.append((i, x))", values)
    code = "def f(xs: list):\n    for i in range(len(xs)):\n        log.append(xs[i] + xs[i])\n"
    check(code, IDIOMATIC, "for x in xs:\n        log.append(x + x)", values)


@pytest.mark.parametrize(
    "code",
    [
        "def f(xs):\n    for i in range(len(xs)):\n        log.append(xs[i])\n",  # It may be a dict.
        "def f(xs: list):\n    for i in range(len(xs)):\n        xs[i] = 1\n",
        "def f(xs: list):\n    for i in range(len(xs)):\n        log.append(xs[i])\n    return i\n",
        "def f(xs: list):\n    for i in range(len(xs)):\n        log.append(xs[i - 1] + xs[i])\n",
        "def f(xs: list):\n    ys = xs\n    for i in range(len(xs)):\n        ys.append(xs[i])\n",
        "def f(xs: list):\n    for i in range(len(xs)):\n        yield xs[i]\n",  # Others may change it.
        "def f(xs: list[int] | dict[int, int]):\n    for i in range(len(xs)):\n        log.append(xs[i])\n",
        "def f(xs: list):\n    x = 1\n    for i in range(len(xs)):\n        log.append(xs[i] + x)\n",
    ],
)
def test_an_index_that_does_more_stays(code: str) -> None:
    assert rewritten(code, IDIOMATIC) == code


def test_a_missing_key_is_set_by_default() -> None:
    code = """
        def f(x):
            d = {}
            for y in x:
                if y not in d:
                    d[y] = []
                d[y].append(1)
            return d
    """
    check(code, IDIOMATIC, "d.setdefault(y, []).append(1)")
    for kept in (
        code.replace("d = {}", "d = make()"),
        code.replace("f(x)", "f(x, d)"),
        code.replace("d = {}", "def g(): d = {}"),
    ):
        assert "setdefault" not in rewritten(kept, IDIOMATIC)


@pytest.mark.parametrize("end", ["    else:\n        return 0\n", "    return 0\n", ""])
@pytest.mark.parametrize("word", ["if", "elif"])
def test_a_chain_of_comparisons_becomes_a_table(end: str, word: str) -> None:
    if word == "if" and "else" in end:
        end = "    return 0\n"
    code = (
        "def f(x: str):\n"
        '    if x == "a":\n        return 1\n'
        f'    {word} x == "b":\n        return 2\n'
        f'    {word} x == "abc":\n        return None\n'
        f"{end}"
    )
    check(code, RESTRUCTURED, 'return {\n        "a": 1,\n        "b": 2,', ["", "a", "b", "abc"])
    for kept in (
        code.replace(": str", ""),
        code.replace('"abc"', '"a"'),
        code.replace("return 2", "return g()"),
        code.replace('"b"', "1"),
        code.replace('    if x == "a"', '    x = x + ""\n    if x == "a"'),
    ):
        assert rewritten(kept, RESTRUCTURED) == kept


def test_a_chain_that_is_the_else_of_another_condition_stays() -> None:
    code = (
        "def f(x: str):\n"
        '    if log:\n        log.append(1)\n    elif x == "a":\n        return 1\n'
        '    elif x == "b":\n        return 2\n'
        '    elif x == "c":\n        return 3\n    else:\n        return 0\n'
        "    return 9\n"
    )
    assert rewritten(code, RESTRUCTURED) == code


def test_each_rule_has_its_part_and_no_comment_is_lost() -> None:
    code = (
        "def f(x: str):\n"
        '    if x == "a":\n        return 1\n'
        '    if x == "b":\n        return 2  # Two.\n'
        '    if x == "c":\n        return 3\n'
        "    return 0\n"
    )

    def parts(text: str) -> set[Part]:
        body = Span(text.index("if"), len(text.rstrip()))
        return {part for part, _ in rewrites(Document("", "python", 1, text + "\n\nx = 1\n"), body)}

    assert Part.BRIDGE in parts(code.replace("  # Two.", ""))
    assert Part.BRIDGE not in parts(code)


JS = """\
function f(x) {
  log.push("first");
  if (%s) {
    log.push(x);
    log.push(x);
  }
}
"""
JS_ELSE = """\
function f(x) {
  if (x) {
    return 1;
  } else {
    log.push(x);
    for (const y of [1]) {
      log.push(y);
    }
  }
  return 2;
}
"""


def flat(code: str, language: str = "javascript") -> str:
    return flattened(Document("file:///a", language, 1, code), Span(0, len(code)))


def test_javascript_that_leaves_needs_no_else_and_a_guard_comes_first() -> None:
    assert "  if (!x) {\n    return;\n  }\n  log.push(x);\n  log.push(x);\n}\n" in flat(JS % "x")
    assert "  if (x !== 1) {\n    return;" in flat(JS % "x === 1", "typescript")
    assert "    return 1;\n  }\n  log.push(x);\n  for (const y of [1]) {\n    log.push(y);\n  }\n" in flat(
        JS_ELSE
    )


@pytest.mark.parametrize(
    "code",
    [
        JS_ELSE.replace("log.push(x);", "const z = 1;"),  # Its name might clash.
        JS_ELSE.replace("return 1", "log.push(1)"),
        JS_ELSE.replace("log.push(x);", "log.push(`a\n    b`);"),
        (JS % "x").replace("    log.push(x);\n    log.push(x);", "    log.push(x);"),
        JS_ELSE.replace("log.push(x);", "function* z() {}"),
        JS_ELSE.replace("log.push(x);", "log.push('a\\\n      b');"),
        JS_ELSE.replace("      log.push(y);\n    }\n", "    }\n    x = log.push\n").replace(
            "return 2", "(x)(2)"
        ),
        "const f = (x) => x;\n",
    ],
)
def test_javascript_that_might_change_stays(code: str) -> None:
    assert flat(code) == code


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node here")
def test_javascript_does_the_same_when_it_is_run() -> None:
    conditions = (
        "x",
        "!x",
        "x === 1",
        "x == null",
        "x && x > 1",
        "typeof x === 'string'",
        "f.length > x",
    )
    for code in (JS_ELSE, *(JS % condition for condition in conditions)):
        assert flat(code) != code
        runs = [
            f"(() => {{ const log = []; {text}\nreturn JSON.stringify([f({value}), log]); }})()"
            for text, value in itertools.product((code, flat(code)), ("0", "1", "2", "null", "'a'", "''"))
        ]
        program = f"console.log(JSON.stringify([{', '.join(runs)}]))"
        done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
        values = done.stdout.strip().removeprefix("[").removesuffix("]")
        half = len(values) // 2
        assert values[:half] == values[half + 1 :]
