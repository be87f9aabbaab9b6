"""Headers of the standard library of C and C++ that new code needs and nothing includes yet."""

from __future__ import annotations

import re
from pathlib import Path

from ..core.documents import Document
from ..workspace.nearby import read_source
from ..workspace.syntax import Node, SyntaxTree, walk
from .plain_imports import Mended

_C = {
    name: header
    for header, names in {
        "stdio.h": "printf fprintf sprintf snprintf scanf sscanf fopen fclose fread fwrite fgets fputs puts"
        " putchar getchar perror fflush FILE stdin stdout stderr EOF",
        "stdlib.h": "malloc calloc realloc free exit abort atoi atof strtol strtoul strtod qsort bsearch rand"
        " srand getenv system EXIT_SUCCESS EXIT_FAILURE",
        "string.h": "strlen strcmp strncmp strcpy strncpy strcat strncat strchr strrchr strstr strdup strtok"
        " memcpy memmove memset memcmp memchr strerror",
        "ctype.h": "isalpha isdigit isalnum isspace isupper islower toupper tolower isxdigit ispunct",
        "math.h": "sqrt pow fabs floor ceil sin cos tan exp log log10 fmod",
        "assert.h": "assert",
        "errno.h": "errno ENOMEM EINVAL ENOENT EINTR EAGAIN",
        "stdint.h": "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t uintptr_t intptr_t"
        " INT32_MAX UINT32_MAX INT64_MAX UINT64_MAX SIZE_MAX",
        "stddef.h": "ptrdiff_t offsetof",
        "limits.h": "INT_MAX INT_MIN UINT_MAX LONG_MAX LONG_MIN CHAR_BIT",
        "time.h": "time_t clock_t time clock strftime localtime gmtime mktime difftime",
        "stdarg.h": "va_list va_start va_end va_arg va_copy",
    }.items()
    for name in names.split()
}
_CPP = {
    f"std::{name}": header
    for header, names in {
        "vector": "vector",
        "string": "string to_string stoi stod getline",
        "string_view": "string_view",
        "map": "map multimap",
        "unordered_map": "unordered_map",
        "set": "set multiset",
        "unordered_set": "unordered_set",
        "array": "array",
        "deque": "deque",
        "list": "list",
        "queue": "queue priority_queue",
        "stack": "stack",
        "memory": "unique_ptr shared_ptr weak_ptr make_unique make_shared",
        "optional": "optional nullopt make_optional",
        "variant": "variant visit monostate",
        "tuple": "tuple make_tuple tie",
        "utility": "pair make_pair move forward swap exchange",
        "functional": "function bind",
        "algorithm": "sort find_if any_of all_of none_of transform copy_if remove_if min max clamp count_if"
        " reverse",
        "numeric": "accumulate iota",
        "iostream": "cout cerr cin endl",
        "sstream": "stringstream ostringstream istringstream",
        "fstream": "ifstream ofstream fstream",
        "stdexcept": "runtime_error logic_error invalid_argument out_of_range",
        "thread": "thread this_thread",
        "mutex": "mutex lock_guard unique_lock scoped_lock",
        "atomic": "atomic",
        "chrono": "chrono",
        "filesystem": "filesystem",
        "cstdint": "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t",
        "cstddef": "size_t byte",
    }.items()
    for name in names.split()
}
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
_MOST_HEADERS = 60


def c_includes(document: Document, after: str) -> Mended:
    """Return the text, what was done, and what is left to the user.

    A header is included for a name that the edit brings, if neither the file nor a header of the project
    that it includes has it, and no other name of that header was used before without it.
    """
    is_cpp = document.language == "cpp"
    table = _CPP if is_cpp else _C
    old, new = SyntaxTree(document.text, document.language), SyntaxTree(after, document.language)
    had, used = _used(old, is_cpp=is_cpp), _used(new, is_cpp=is_cpp)
    wanted = {table[name]: name for name in sorted(used - had, reverse=True) if name in table}
    there = {table[name] for name in had if name in table}
    if not wanted:
        return after, [], []
    reached, unread = _reached(document, after)
    text = after
    done: list[str] = []
    warnings: list[str] = []
    for header, name in sorted(wanted.items()):
        if header in there or header in reached or f"c{header.removesuffix('.h')}" in reached:
            continue
        if unread:
            warnings.append(f"`{name}` needs <{header}>, if {sorted(unread)[0]} does not include it")
            continue
        text = _included(text, header)
        done.append(f"include of <{header}> added for `{name}`")
    return text, done, warnings


def _used(tree: SyntaxTree, *, is_cpp: bool) -> set[str]:
    """Return the names that a text uses and does not declare; in C++ those of `std`, which says so."""
    found: set[str] = set()
    declared: set[str] = set()
    for node in walk(tree.root):
        if is_cpp:
            if (
                node.type == "qualified_identifier"
                and tree.text_of(node.child_by_field_name("scope")) == "std"
            ):
                inner = re.match(r"std::(\w+)", tree.text_of(node))
                found |= {f"std::{inner[1]}"} if inner else set()
        elif node.type in ("identifier", "type_identifier", "primitive_type"):
            (declared if _is_declared(node) else found).add(tree.text_of(node))
    return found - declared


def _is_declared(node: Node) -> bool:
    parent = node.parent
    if parent is None:
        return False
    kinds = ("declarator", "name")
    return (
        any(parent.child_by_field_name(kind) == node for kind in kinds) and parent.type != "call_expression"
    )


def _reached(document: Document, text: str) -> tuple[set[str], set[str]]:
    """Return the headers in <> that a text includes, itself or by the project's, and which were not read.

    A header that is not of the standard library may include any other.
    """
    reached: set[str] = set()
    unread: set[str] = set()
    todo = [(Path(document.path).parent if document.path else None, text)]
    seen: set[Path] = set()
    folder = Path(document.folder) if document.folder else None
    known = {*_C.values(), *_CPP.values()}
    while todo:
        here, source = todo.pop()
        for sign, name in _INCLUDE.findall(source):
            if sign == "<":
                reached.add(name)
                if name not in known and "/" in name:
                    unread.add(f"<{name}>")
                continue
            places = [base / name for base in (here, folder, folder and folder / "include") if base]
            path = next((place for place in places if place.is_file()), None)
            content = read_source(path) if path and len(seen) < _MOST_HEADERS else None
            if path is None or content is None:
                unread.add(f'"{name}"')
            elif path not in seen:
                seen.add(path)
                todo.append((path.parent, content))
    return reached, unread


def _included(text: str, header: str) -> str:
    """Return the text with an include among those in <>, else above the others, else below its head."""
    lines = text.split("\n")
    end = "\r" if lines[0].endswith("\r") else ""
    line = f"#include <{header}>"
    system = [at for at in _unconditional(lines) if _INCLUDE.match(lines[at])]
    library = [at for at in system if "<" in lines[at]]
    if library:
        run = [at for n, at in enumerate(library) if at == library[0] + n]
        names = [found[2] for at in run if (found := _INCLUDE.match(lines[at]))]
        later = [at for at, name in zip(run, names, strict=True) if name > header]
        lines.insert(later[0] if later and names == sorted(names) else run[-1] + 1, line + end)
    elif system:
        lines[system[0] : system[0]] = [line + end, end]
    else:
        at = _head(lines)
        lines[at:at] = [end, line + end] if at else [line + end, end]
    return "\n".join(lines)


def _unconditional(lines: list[str]) -> list[int]:
    """Return the lines that are under no condition, a guard against a second inclusion apart."""
    depth = 0
    at: list[int] = []
    for index, line in enumerate(lines):
        word = re.match(r"\s*#\s*(if|endif)", line)
        if word and word[1] == "if":
            defines = re.match(r"\s*#\s*ifndef\s+(\w+)", line)
            is_guard = defines and index + 1 < len(lines) and f"define {defines[1]}" in lines[index + 1]
            depth += 0 if is_guard else 1
        elif word:
            depth = max(0, depth - 1)
        if not depth:
            at.append(index)
    return at


def _head(lines: list[str]) -> int:
    """Return the line below the comment, the pragma and the guard that a file begins with."""
    at, is_comment = 0, False
    for index, line in enumerate(lines):
        bare = line.strip()
        is_comment = is_comment or bare.startswith("/*")
        if is_comment or bare.startswith(("//", "#pragma once", "#ifndef", "#define")):
            at = index + 1
        elif bare:
            break
        is_comment = is_comment and "*/" not in bare
    return at
