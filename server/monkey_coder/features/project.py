"""What is known of a project, for a person or a program."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ..workspace.facts import project_facts
from ..workspace.facts_types import Command, CommandKind, Dependency, Language, Package, ProjectFacts
from ..workspace.rules import RuleFile, relative, rule_files, rules_for

__all__ = [
    "Command",
    "CommandKind",
    "Dependency",
    "Language",
    "Package",
    "Project",
    "ProjectFacts",
    "RuleFile",
    "project",
    "relative",
    "rules_for",
]


@dataclass(frozen=True, slots=True)
class Project:
    """The facts of a project, and its rule files for assistants."""

    facts: ProjectFacts
    rules: tuple[RuleFile, ...]

    def as_json(self, *, trusted: bool) -> dict[str, Any]:
        """Return it as plain values. Whether the rules are used depends on the user's trust."""
        rules = [
            {
                "path": rule.path,
                "tool": rule.tool,
                "scope": rule.scope,
                "globs": list(rule.globs),
                "on_request": rule.is_on_request,
                "description": rule.description,
                "characters": len(rule.text),
                "used": trusted and not rule.is_on_request,
                "warnings": list(rule.warnings),
            }
            for rule in self.rules
        ]
        return {**asdict(self.facts), "rules": rules, "trusted": trusted}


def project(folder: str) -> Project:
    """Return what the files under `folder` say of the project. Runs nothing of it."""
    return Project(project_facts(folder), rule_files(folder))
