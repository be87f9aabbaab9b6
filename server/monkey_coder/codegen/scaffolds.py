"""New tests put into a test file: what is there stays, imports go where imports are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..core.documents import apply_edits
from .imports import Import, import_edit


def add_python(
    existing: str, imports: Iterable[Import], blocks: Sequence[str], *, first_party: frozenset[str]
) -> str:
    """Return a Python test module with `imports` and top-level `blocks` added."""
    newline = "\r\n" if "\r\n" in existing else "\n"
    text = existing
    for wanted in sorted(imports, key=lambda wanted: (wanted.module, wanted.name)):
        edit = import_edit(text, wanted, "python", first_party=first_party)
        if edit is not None:
            text = apply_edits(text, [edit])
    body = (newline * 3).join(block.replace("\n", newline) for block in blocks)
    guard = re.search(r"^if __name__ == ", text, re.MULTILINE)
    head, tail = (text[: guard.start()], text[guard.start() :]) if guard else (text, "")
    head = head.rstrip()
    joined = (head + newline * 3 if head else "") + body + newline
    return joined + (newline * 2 + tail if tail else "")


def add_ecma(existing: str, imports: Iterable[Import], blocks: Sequence[str], language: str) -> str:
    """Return a JavaScript or TypeScript test file with `imports` and `blocks` added."""
    text = existing
    for wanted in imports:
        edit = import_edit(text, wanted, language)
        if edit is not None:
            text = apply_edits(text, [edit])
    head = text.rstrip()
    return (head + "\n\n" if head else "") + "\n\n".join(blocks) + "\n"


def add_go(existing: str, package: str, imports: Iterable[str], blocks: Sequence[str]) -> str:
    """Return a Go test file of `package` with import paths and functions added."""
    text = existing if existing.strip() else f"package {package}\n"
    missing = [path for path in sorted(set(imports)) if f'"{path}"' not in text]
    if missing:
        group = re.search(r"^import \(\n", text, re.MULTILINE)
        clause = re.search(r"^package \w+[^\n]*\n", text, re.MULTILINE)
        if group:
            text = text[: group.end()] + "".join(f'\t"{path}"\n' for path in missing) + text[group.end() :]
        elif clause:
            lines = [f'import "{missing[0]}"\n'] if len(missing) == 1 else [
                "import (\n", *(f'\t"{path}"\n' for path in missing), ")\n"
            ]  # fmt: skip
            text = text[: clause.end()] + "\n" + "".join(lines) + text[clause.end() :]
    return text.rstrip() + "\n\n" + "\n\n".join(blocks) + "\n"


def add_rust(existing: str, blocks: Sequence[str]) -> str:
    """Return a Rust source with test functions in its `mod tests`, which is made if it is not there."""
    body = "\n\n".join(
        "\n".join(f"    {line}" if line else "" for line in block.split("\n")) for block in blocks
    )
    module = re.search(r"^#\[cfg\(test\)\]\s*\n(?:#\[[^\n]*\]\n)*mod \w+ \{\n", existing, re.MULTILINE)
    close = existing.rstrip().rfind("\n}") if module else -1
    if module and close > module.start():
        return f"{existing[:close].rstrip()}\n\n{body}\n{existing[close + 1 :]}"
    return f"{existing.rstrip()}\n\n#[cfg(test)]\nmod tests {{\n    use super::*;\n\n{body}\n}}\n"


def add_java(existing: str, package: str, imports: Iterable[str], name: str, blocks: Sequence[str]) -> str:
    """Return a Java test class `name` with imports and methods added."""
    body = "\n\n".join(
        "\n".join(f"    {line}" if line else "" for line in block.split("\n")) for block in blocks
    )
    lines = [f"import {wanted};" for wanted in sorted(set(imports)) if f"import {wanted};" not in existing]
    if existing.strip():
        clause = re.search(r"^(package|import) [^\n]*\n", existing, re.MULTILINE)
        at = clause.end() if clause else 0
        text = existing[:at] + "".join(f"{line}\n" for line in lines) + existing[at:]
        close = text.rstrip().rfind("}")
        return f"{text[:close].rstrip()}\n\n{body}\n}}\n"
    head = [f"package {package};", ""] if package else []
    return "\n".join([*head, *lines, "", f"class {name} {{", body, "}"]) + "\n"
