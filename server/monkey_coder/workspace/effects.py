"""What a body does besides computing: input and output, network, processes, shared and passed-in state."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .functions import Definition
from .shapes import SHAPES
from .syntax import Node, SyntaxTree, walk


def _words(text: str) -> list[str]:
    return text.split()


# What the callee is written as -> what that does. Alternatives are parted by white space.
_CALLS = {
    "runs a process": r"""
        subprocess\.\w+ os\.(system|popen|spawn\w*|exec\w*|fork) child_process\.\w+ exec(Sync|File)?
        spawn(Sync)? execSync exec\.Command\w* Command::new Runtime\.getRuntime ProcessBuilder
        system popen shell_exec proc_open Process\.Start os\.execute io\.popen
    """,
    "uses the network": r"""
        (requests|httpx|aiohttp|urllib\.request|http|https|axios|net|socket|reqwest)(\.\w+|::\w+)+
        urlopen fetch socket\.\w+ XMLHttpRequest WebSocket HttpClient curl_exec urlretrieve curl
        wget
    """,
    "reads or writes files": r"""
        open io\.open
        os\.(open|remove|unlink|rename|replace|mkdir|makedirs|rmdir|listdir|scandir|walk|stat|chmod|symlink|truncate|ReadFile|WriteFile|Open|Create|Remove)
        shutil\.\w+
        .*\.(read_text|write_text|read_bytes|write_bytes|unlink|mkdir|rmdir|touch|rename|iterdir|glob|rglob)
        tempfile\.\w+ fs(Promises)?\.\w+ (read|write|append)File(Sync)? fopen fclose fread fwrite
        fgets fputs file_(get|put)_contents File(\.|::)\w+ Files\.\w+ ioutil\.\w+ fs::\w+
        io\.(lines|write|read)
    """,
    "prints or logs": r"""
        print println printf puts echo pprint console\.\w+ fmt\.(Print|Fprint)\w*
        log(ger|ging)?\.\w+ self\.(log|logger|stdout|stderr)(\.\w+)* logger\.\w+
        sys\.(stdout|stderr)\.write System\.(out|err)\.\w+ Console\.\w+ std::cout print_r var_dump
        println! eprintln! print! dbg! warnings\.warn
    """,
    "reads input": r"""
        input sys\.stdin\.\w+ readline gets scanf fmt\.Scan\w* prompt read
    """,
    "reads or changes the environment": r"""
        os\.(getenv|putenv|unsetenv|chdir|environ\.\w+|Getenv|Setenv) process\.exit sys\.exit
        os\.(Exit|_exit) exit std::env::\w+ env::\w+ System\.(getenv|exit|setProperty)
    """,
    "depends on the time or sleeps": r"""
        time\.\w+ datetime(\.\w+)*\.(now|today|utcnow) date\.today timezone\.now asyncio\.sleep
        Date\.now setTimeout setInterval time\.(Now|Sleep|Since) Thread\.sleep Instant::now sleep
    """,
    "depends on chance": r"""
        random\.\w+ secrets\.\w+ uuid\.uuid[14] uuid4 Math\.random rand(\.\w+|::\w+)*
        crypto\.randomUUID os\.urandom
    """,
    "talks to a database": r"""
        .*\.(execute|executemany|executescript|commit|rollback|fetchone|fetchall|fetchmany)
        .*\.objects\.\w+ .*\.save .*\.bulk_(create|update) mysqli_\w+ db\.(Query|Exec)\w*
    """,
}
_COMPILED = tuple(
    (label, re.compile(rf"^({'|'.join(pattern.split())})$")) for label, pattern in _CALLS.items()
)
_MUTATORS = frozenset(
    _words(
        """
        append extend insert remove pop popitem clear update setdefault add discard sort reverse
        push unshift shift splice fill delete push_str push_back
        """
    )
)
_CALL_TYPES = frozenset(
    _words(
        """
        call call_expression new_expression method_invocation object_creation_expression
        invocation_expression function_call function_call_expression member_call_expression
        scoped_call_expression command macro_invocation
        """
    )
)


@dataclass(frozen=True, slots=True)
class Effect:
    """Something a body does: `what` in words, `how` as its source text, `line` from 1."""

    what: str
    how: str
    line: int


def effects(tree: SyntaxTree, definition: Definition) -> tuple[Effect, ...]:
    """Return the side effects that the body of a function shows, by the names of what it calls and sets."""
    shape = SHAPES[definition.language]
    body = definition.body
    if body is None:
        return ()
    names = {parameter.name for parameter in definition.parameters}
    rebound = _rebound(tree, body, names)
    found: list[Effect] = []
    for node in walk(body, skip=shape.classes):
        if not node.is_named:
            continue
        if node.type in _CALL_TYPES:
            found += _of_call(tree, node, names - rebound)
        elif node.type in ("global_statement", "nonlocal_statement"):
            what = (
                "changes a global"
                if node.type.startswith("global")
                else "changes a variable of the outer function"
            )
            found.append(Effect(what, tree.text_of(node).split(None, 1)[-1], tree.line(node)))
        elif node.type in (
            "assignment",
            "augmented_assignment",
            "assignment_expression",
            "assignment_statement",
        ):
            found += _of_assignment(tree, node, names - rebound)
    unique: dict[tuple[str, str], Effect] = {}
    for effect in found:
        unique.setdefault((effect.what, effect.how), effect)
    return tuple(unique.values())


def callee(tree: SyntaxTree, node: Node) -> str:
    """Return what a call calls, as dotted source text without arguments."""
    made = node.child_by_field_name("function") or node.child_by_field_name("constructor")
    if made is not None:
        return " ".join(tree.text_of(made).split())
    named = (
        node.child_by_field_name("name")
        or node.child_by_field_name("method")
        or node.child_by_field_name("macro")
    )
    holder = (
        node.child_by_field_name("object")
        or node.child_by_field_name("receiver")
        or node.child_by_field_name("scope")
    )
    kind = node.child_by_field_name("type")
    text = tree.text_of(named or kind)
    if node.type == "macro_invocation":
        text += "!"
    return f"{tree.text_of(holder)}.{text}" if holder is not None else text


def _rebound(tree: SyntaxTree, body: Node, names: set[str]) -> set[str]:
    """Return the parameters that the body assigns anew, whose later changes touch a local value."""
    found: set[str] = set()
    for node in walk(body):
        if node.type in ("assignment", "assignment_expression"):
            left = tree.text_of(node.child_by_field_name("left"))
            found |= {left} & names
    return found


def _of_call(tree: SyntaxTree, node: Node, names: set[str]) -> list[Effect]:
    text = callee(tree, node)
    if len(text) > 120:
        return []
    line = tree.line(node)
    for label, pattern in _COMPILED:
        if pattern.match(text):
            if label == "reads or writes files" and text == "open" and len(tree.text_of(node)) < 60:
                return [Effect(label, " ".join(tree.text_of(node).split()), line)]
            return [Effect(label, f"{text}(...)", line)]
    root, _, method = text.rpartition(".")
    if method in _MUTATORS:
        base = re.split(r"[.\[(]", root)[0]
        if base in names:
            return [Effect("changes an argument", f"{text}(...)", line)]
        if base in ("self", "this"):
            return [Effect("changes its object", f"{text}(...)", line)]
    return []


def _of_assignment(tree: SyntaxTree, node: Node, names: set[str]) -> list[Effect]:
    left = node.child_by_field_name("left")
    text = tree.text_of(left)
    if left is None or len(text) > 100 or not re.match(r"[\w$]+(\.|\[|->)", text):
        return []
    base = re.split(r"[.\[(-]", text)[0]
    if base in names:
        return [Effect("changes an argument", text, tree.line(node))]
    return [Effect("changes its object", text, tree.line(node))] if base in ("self", "this", "cls") else []
