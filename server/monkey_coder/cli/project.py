"""`monkey-coder project`: what a project is made of, by its own files."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from .. import app
from ..core.errors import InputError
from ..features.project import CommandKind, Dependency, Language, Package, Project, RuleFile, project
from . import finds
from .exits import Exit
from .terminal import Terminal, cut, standard_terminal, visible

_LABEL = 16
_MOST_DEPENDENCIES = 40
_KINDS = {
    CommandKind.TEST: "tests",
    CommandKind.LINT: "checks",
    CommandKind.TYPES: "types",
    CommandKind.FORMAT: "formats",
    CommandKind.BUILD: "builds",
    CommandKind.RUN: "runs",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folder", nargs="?", default=".", metavar="DIR", help="the project (default: here)")
    parser.add_argument("--json", action="store_true", help="print one JSON object with all of it")
    finds.configure(parser)


def run(options: argparse.Namespace) -> int:
    """Print what was found, and return the exit code."""
    folder = Path(options.folder)
    if not folder.is_dir():
        raise InputError(f"{options.folder!r} is no folder")
    terminal = standard_terminal()
    top = str(folder.absolute())
    if options.map or options.search is not None:
        return finds.run(top, options, terminal)
    found, is_trusted = project(top), app.is_trusted(top)
    if options.json:
        terminal.print(json.dumps(found.as_json(trusted=is_trusted)))
        return Exit.DONE
    _show(found, is_trusted, terminal)
    return Exit.DONE


def _show(found: Project, is_trusted: bool, terminal: Terminal) -> None:
    facts = found.facts
    terminal.print(terminal.style(_line(facts.folder), "bold"))
    if facts.languages:
        _row(terminal, "languages", _languages(facts.languages))
    for line in facts.layout:
        label, _, rest = line.partition(": ") if line.startswith("folders") else ("layout", "", line)
        _row(terminal, "folders" if label.startswith("folders") else label, rest)
    for package in facts.packages:
        _show_package(package, terminal)
    if found.rules:
        terminal.print()
        used = "used" if is_trusted else "not used: this folder is not trusted (`monkey-coder config trust`)"
        terminal.print(f"{terminal.style('rules for assistants', 'bold')}  {terminal.style(used, 'dim')}")
        for rule in found.rules:
            _show_rule(rule, terminal)
    for problem in facts.problems:
        terminal.print(terminal.style(f"problem: {_line(problem)}", "yellow"))
    if facts.is_partial:
        terminal.print(
            terminal.style("The project is so large that only a part of it was looked at.", "yellow")
        )
    if not facts.packages and not facts.languages:
        terminal.print("No source and no project file was found here.")


def _languages(languages: Sequence[Language]) -> str:
    total = sum(one.n_bytes for one in languages) or 1
    shown = [
        f"{one.name} {one.n_bytes / total:.0%} ({one.n_files:,}{', ' + one.naming if one.naming else ''})"
        for one in languages
        if one.n_bytes / total >= 0.01
    ]
    return ", ".join(shown[:8])


def _show_package(package: Package, terminal: Terminal) -> None:
    terminal.print()
    title = " ".join(filter(None, (package.name, package.version)))
    head = terminal.style(_line(package.folder + "/" if package.folder else "the project"), "bold", "cyan")
    terminal.print(f"{head}  {_line(title)}".rstrip())
    for label, text in _rows(package):
        if text:
            _row(terminal, label, text)


def _rows(package: Package) -> Iterator[tuple[str, str]]:
    yield "runs on", ", ".join(package.runtimes)
    yield "managers", ", ".join(package.managers)
    yield "frameworks", ", ".join(package.frameworks)
    yield "test frameworks", ", ".join(package.test_frameworks)
    for kind, label in _KINDS.items():
        yield label, " · ".join(package.commands(kind)[:6])
    for scope, found in _by_scope(package.dependencies).items():
        listed = ", ".join(f"{one.name} {one.version}".strip() for one in found[:_MOST_DEPENDENCIES])
        more = f" and {len(found) - _MOST_DEPENDENCIES} more" if len(found) > _MOST_DEPENDENCIES else ""
        yield ("needs" if scope == "main" else f"needs ({scope})"), listed + more
    yield "formatting", ", ".join(f"{one.tool} {one.name}={one.value}" for one in package.settings[:14])
    yield "entry points", ", ".join(f"{one.name} → {one.target}".strip(" →") for one in package.entries[:14])
    yield "members", ", ".join(member for manifest in package.manifests for member in manifest.members[:20])
    yield "read from", ", ".join(manifest.path for manifest in package.manifests)


def _by_scope(dependencies: Sequence[Dependency]) -> dict[str, list[Dependency]]:
    found: dict[str, list[Dependency]] = {}
    for one in dependencies:
        found.setdefault(one.scope, []).append(one)
    return found


def _show_rule(rule: RuleFile, terminal: Terminal) -> None:
    about = ", ".join(rule.globs) or (f"{rule.scope}/" if rule.scope else "everything")
    if rule.is_on_request:
        about = f"on request only{': ' + rule.description if rule.description else ''}"
    text = f"  {_line(rule.path)}  {terminal.style(_line(f'{rule.tool}, {about}'), 'dim')}"
    terminal.print(text)
    for warning in rule.warnings:
        terminal.print(terminal.style(f"    {_line(warning)}", "yellow"))


def _row(terminal: Terminal, label: str, text: str) -> None:
    padded = terminal.style(f"  {visible(label):{_LABEL}}", "dim")
    line = _line(text)
    if terminal.has_colour:  # On a terminal a long list is cut; a pipe gets all of it.
        line = cut(line, max(terminal.width - _LABEL - 3, 40) * 3)
    terminal.print(f"{padded} {line}")


def _line(text: str) -> str:
    return visible(text).replace("\n", " ")
