"""The project's rule files for assistants: which there are, and which of them speak of a path.

They are data from whoever wrote the project. Nothing in them starts a program, writes a file or asks
for anything; hidden characters are taken out, and a language model gets them in trusted folders alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import monotonic

from pathspec import GitIgnoreSpec

from .hidden_text import without_hidden
from .nearby import read_source
from .walk import walk

_LARGEST = 40_000
_READ_AT_MOST = 400_000
_MOST_FILES = 50_000
_MOST_RULES = 200

# A path relative to the project, whose tool it is for, and whether it speaks of its own folder alone.
_KINDS = tuple(
    (re.compile(pattern, re.IGNORECASE), tool, is_nested)
    for pattern, tool, is_nested in (
        (r"(?P<scope>(?:.*/)?)AGENTS?\.md", "AGENTS.md", True),
        (r"(?P<scope>(?:.*/)?)(?:\.claude/)?CLAUDE(?:\.local)?\.md", "Claude Code", True),
        (r"(?P<scope>(?:.*/)?)\.claude/rules/.+\.md", "Claude Code", True),
        (r"(?P<scope>(?:.*/)?)GEMINI\.md", "Gemini CLI", True),
        (r"\.cursorrules", "Cursor", False),
        (r"(?P<scope>(?:.*/)?)\.cursor/rules/.+\.(?:mdc|md)", "Cursor", True),
        (r"\.github/copilot-instructions\.md", "GitHub Copilot", False),
        (r"\.github/instructions/.+\.instructions\.md", "GitHub Copilot", False),
        (r"\.windsurfrules", "Windsurf", False),
        (r"(?P<scope>(?:.*/)?)\.windsurf/rules/.+\.md", "Windsurf", True),
        (r"\.clinerules|\.clinerules/.+\.(?:md|txt)", "Cline", False),
        (r"\.roorules|\.roo/rules/.+\.(?:md|txt)", "Roo Code", False),
        (r"\.junie/(?:guidelines|AGENTS)\.md", "Junie", False),
        (r"\.kiro/steering/.+\.md", "Kiro", False),
        (r"\.amazonq/rules/.+\.md", "Amazon Q", False),
        (r"\.continue/rules/.+\.md", "Continue", False),
        (r"\.augment-guidelines", "Augment", False),
        (r"CONVENTIONS\.md", "Aider", False),
    )
)
# Where each tool's front matter says which paths a file speaks of.
_GLOBS = ("globs", "applyTo", "paths", "fileMatchPattern")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One rule file. `path` and `scope`, the folder it speaks of, are relative to the project.

    With `globs` it speaks of those paths in its scope alone. `is_on_request` marks one that its tool
    hands out only when asked. `text` is without front matter and hidden characters; `warnings` say what
    was taken out or cut.
    """

    path: str
    tool: str
    text: str
    scope: str = ""
    globs: tuple[str, ...] = ()
    is_on_request: bool = False
    description: str = ""
    warnings: tuple[str, ...] = ()

    def applies_to(self, path: str) -> bool:
        """Return whether it speaks of a path relative to the project."""
        if self.is_on_request or (self.scope and not path.startswith(f"{self.scope}/")):
            return False
        if not self.globs:
            return True
        inner = path[len(self.scope) + 1 :] if self.scope else path
        spec = GitIgnoreSpec.from_lines(self.globs)
        return spec.match_file(inner) or (bool(self.scope) and spec.match_file(path))


def rule_files(folder: str, *, seconds: float = 3.0) -> tuple[RuleFile, ...]:
    """Return the project's rule files, the general ones first. Links and ignored files are left out."""
    until = monotonic() + seconds
    top = Path(folder).absolute()
    found: list[RuleFile] = []
    n_files = 0
    for file in walk(str(top), plaintext=True):
        n_files += 1
        if n_files > _MOST_FILES or len(found) >= _MOST_RULES or monotonic() > until:
            break
        path = Path(file.path).relative_to(top).as_posix()
        if (rule := _rule(top, path)) is not None:
            found.append(rule)
    if n_files > _MOST_FILES or monotonic() > until:  # What lies at the top is not missed.
        seen = {rule.path for rule in found}
        names = (entry.name for entry in top.iterdir() if entry.is_file() and not entry.is_symlink())
        found += filter(None, (_rule(top, name) for name in sorted(names) if name not in seen))
    return tuple(
        sorted(_without_copies(found), key=lambda rule: (rule.scope.count("/"), rule.scope, rule.path))
    )


def rules_for(path: str, rules: Iterable[RuleFile], *, most_characters: int = 12_000) -> tuple[RuleFile, ...]:
    """Return the rules that speak of a path relative to the project, the general ones first.

    When they are too long together, those nearest to the path stay.
    """
    left = most_characters
    kept: list[RuleFile] = []
    for rule in reversed([rule for rule in rules if rule.applies_to(path)]):
        if len(rule.text) <= left:
            kept.append(rule)
            left -= len(rule.text)
    return tuple(reversed(kept))


def _without_copies(rules: Sequence[RuleFile]) -> list[RuleFile]:
    """Return the rules without those that say in the same scope what an earlier one says."""
    seen: set[tuple[str, tuple[str, ...], str]] = set()
    kept: list[RuleFile] = []
    for rule in rules:
        key = (rule.scope, rule.globs, rule.text)
        if key not in seen or not rule.text:
            seen.add(key)
            kept.append(rule)
    return kept


def _rule(top: Path, path: str) -> RuleFile | None:
    for pattern, tool, is_nested in _KINDS:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        text = read_source(top / path, max_bytes=_READ_AT_MOST)
        if text is None:
            warning = "it is not UTF-8, or larger than 400 kB, and is not used"
            return RuleFile(path, tool, "", warnings=(warning,), is_on_request=True)
        scope = match["scope"].strip("/") if is_nested else ""
        return _parsed(RuleFile(path, tool, text, scope))
    return None


def _parsed(raw: RuleFile) -> RuleFile:
    text, hidden = without_hidden(raw.text.replace("\r\n", "\n"))
    warnings = [f"held {what}, taken out" for what in hidden]
    front, body = _front_matter(text)
    if len(body) > _LARGEST:
        warnings.append(f"is longer than {_LARGEST:,} characters, the rest is cut off")
        body = body[:_LARGEST]
    globs = tuple(glob for key in _GLOBS for glob in _globs(front.get(key, "")))
    is_everywhere = (
        front.get("alwaysApply", "").lower() == "true"
        or front.get("trigger") == "always_on"
        or "**" in globs
        or "*" in globs
    )
    is_on_request = (
        (raw.path.endswith(".mdc") and not globs and front.get("alwaysApply", "").lower() != "true")
        or (front.get("trigger") in ("manual", "model_decision"))
        or (front.get("inclusion") == "manual")
        or (raw.path.endswith(".instructions.md") and not globs)
    )
    return RuleFile(
        raw.path,
        raw.tool,
        body.strip(),
        raw.scope,
        () if is_everywhere else globs,
        is_on_request and not is_everywhere,
        front.get("description", "")[:300],
        tuple(warnings),
    )


def _front_matter(text: str) -> tuple[Mapping[str, str], str]:
    """Return the front matter's plain keys, lists joined by commas, and the text after it."""
    match = re.match(r"\s*---[ \t]*\n(.{0,8000}?)\n---[ \t]*(?:\n|$)", text, re.DOTALL)
    if match is None:
        return {}, text
    found: dict[str, str] = {}
    key = ""
    for line in match[1].splitlines():
        if told := re.match(r"([A-Za-z]\w*):\s*(.*)$", line):
            key = told[1]
            found[key] = told[2].strip().strip("\"'")
        elif key and (item := re.match(r"\s+-\s+(.+)$|-\s+(.+)$", line)):
            one = (item[1] or item[2]).strip().strip("\"'")
            found[key] = f"{found[key]},{one}" if found[key] else one
    return found, text[match.end() :]


def _globs(text: str) -> list[str]:
    """Return the globs of a list in brackets or with commas, braces written out."""
    bare = text.strip()
    if bare.startswith("[") and bare.endswith("]"):
        bare = bare[1:-1]
    parts = re.split(r",(?![^{]*\})", bare)
    return [glob for part in parts for glob in _expanded(part.strip().strip("\"'"))][:100]


def _expanded(glob: str) -> list[str]:
    match = re.search(r"\{([^{}]{1,200})\}", glob)
    if match is None:
        return [glob] if glob else []
    choices = match[1].split(",")[:20]
    return [
        one for choice in choices for one in _expanded(glob[: match.start()] + choice + glob[match.end() :])
    ]


def relative(path: str, folder: str) -> str | None:
    """Return a path relative to the project, with "/"; None for one outside."""
    try:
        return PurePosixPath(Path(path).absolute().relative_to(Path(folder).absolute()).as_posix()).as_posix()
    except ValueError:
        return None
