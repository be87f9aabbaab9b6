"""What a command line is for, and the command lines in build and CI files. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .facts_types import Command, CommandKind, Manifest

_MOST_LINES = 400
# What a command is started through: "poetry run", "npx", "CI=1".
_WRAPPED = (
    r"(?:(?:[A-Z_]{1,40}=[^\s]{0,200}|sudo|time|exec|xvfb-run(?: -a)?|bundle exec"
    r"|(?:poetry|uv|pdm|hatch|pipenv) run(?: --?[\w-]{1,30}(?:=\S{1,80})?)*|python3? -m"
    r"|coverage run(?: --?[\w-]{1,30}(?:=\S{1,80})?)* -m|npx(?: --?[\w-]{1,30})*|yarn(?: run)?"
    r"|pnpm(?: run| exec| -r| dlx)?|npm run(?:-script)?|npm|bunx?(?: run)?|php|composer(?: run(?:-script)?)?"
    r")\s+)*"
    r"(?:\./|bin/|(?:\./)?vendor/bin/|node_modules/\.bin/)?"
)
_CARGO = r"cargo (?:\+\S{1,30} )?"
_KINDS = (
    (
        CommandKind.TYPES,
        r"""mypy pyright basedpyright ty\ check tsc\b(?!.*--build) type-?check\b check-types types\b phpstan
        psalm sorbet srb vue-tsc check:types lint:types""",
    ),
    (
        CommandKind.TEST,
        r"""pytest py\.test tox\b nox\b unittest manage\.py\ test tests?\b jest vitest mocha ava\b karma
        playwright cypress CARGO(?:test|nextest) cross\ test go\ test gotestsum gradlew?\b.*\b(?:test|check)\b
        mvnw?\b.*\b(?:test|verify)\b ctest rspec rake\ (?:test|spec) rails\ test phpunit pest\b dotnet\ test
        mix\ test swift\ test make\ (?:test|check) bazel\ test trial\b""",
    ),
    (
        CommandKind.FORMAT,
        r"""black\b ruff\ format isort prettier CARGOfmt rustfmt gofmt gofumpt goimports go\ fmt clang-format
        fmt\b format\b pint\b php-cs-fixer spotless dprint biome\ format yapf""",
    ),
    (
        CommandKind.LINT,
        r"""ruff flake8 pylint pre-commit prek\b eslint tslint stylelint oxlint biome xo\b standard\b lint\b
        CARGO(?:hack\ )?clippy golangci-lint staticcheck go\ vet checkstyle rubocop phpcs shellcheck hadolint
        cppcheck clang-tidy codespell bandit standardrb detekt ktlint""",
    ),
    (
        CommandKind.BUILD,
        r"""build\b CARGO(?:build|check) go\ build gradlew?\b.*\b(?:build|assemble)\b
        mvnw?\b.*\b(?:package|install)\b cmake\b make\b(?!.*test) tsc\b webpack vite\ build rollup
        docker\ build compile\b bundle\b(?!\ exec|\ install)""",
    ),
    (CommandKind.RUN, r"start\b dev\b serve\b run\b runserver uvicorn gunicorn rails\ s"),
)


def _pattern(words: str) -> re.Pattern[str]:
    """Return what fits a line that begins with one of `words`, which white space parts but where escaped."""
    found = "|".join(re.split(r"(?<!\\)\s+", words.strip())).replace("CARGO", _CARGO)
    return re.compile(f"{_WRAPPED}(?:{found})")


_PATTERNS = tuple((kind, _pattern(words)) for kind, words in _KINDS)
_NO_COMMAND = re.compile(
    r"(?:echo|cd|mkdir|cp|mv|rm|export|if|fi|then|else|pip|curl|wget|apt(?:-get)?|git|set|cat|uses"
    r"|npm (?:ci|install|i))\b"
)


def kind_of(line: str) -> CommandKind | None:
    """Return what a command line is for, None if it is none of the purposes that are known."""
    if _NO_COMMAND.match(line):
        return None
    return next((kind for kind, pattern in _PATTERNS if pattern.match(line)), None)


_NAMES = {
    CommandKind.TEST: r"(?:unit|integration|all|run|e2e|do)?[-_:]?(?:tests?|check|spec)(?:[-_:].*)?|coverage",
    CommandKind.TYPES: r"type-?(?:s|check)?(?:ing|check)?(?:[-_:].*)?|tsc|mypy|check[-_:]types",
    CommandKind.FORMAT: r"(?:fmt|format|prettier|style)(?:[-_:].*)?|fix|reformat",
    CommandKind.LINT: r"lint(?:[-_:].*)?|eslint|clippy|check[-_:]?style|cs|vet",
    CommandKind.BUILD: r"build(?:[-_:].*)?|compile|dist|bundle|package|all",
    CommandKind.RUN: r"start|dev|serve|run|up|server|watch",
}


def kind_of_name(name: str) -> CommandKind | None:
    """Return what a script or target is for by its name."""
    for kind in (CommandKind.TYPES, *_NAMES):
        if re.fullmatch(_NAMES[kind], name):
            return kind
    return None


def commands_in(lines: Iterable[str]) -> tuple[Command, ...]:
    """Return the command lines of a known purpose, each once."""
    found: dict[str, Command] = {}
    for line in lines:
        for part in re.split(r"\s*(?:&&|;|\|\|)\s*", line.strip()):
            cleaned = part.strip().lstrip("-@").strip().rstrip("\\").strip()
            kind = kind_of(cleaned) if cleaned and len(cleaned) <= 300 else None
            if kind is not None and cleaned not in found:
                found[cleaned] = Command(kind, cleaned)
        if len(found) >= _MOST_LINES:
            break
    return tuple(found.values())


def ci_file(path: str, text: str) -> Manifest:
    """Return what a CI file runs (GitHub Actions, GitLab, CircleCI, Travis, Azure, Bitbucket, Jenkins)."""
    lines = _jenkins(text) if path.lower().endswith("jenkinsfile") else yaml_scripts(text)
    commands = commands_in(lines)
    images = re.findall(r"^\s*-?\s*image:\s*[\"']?([\w./:@-]+)", text, re.MULTILINE)
    manager = "github-actions" if path.startswith(".github/") else path.split("/")[0].strip(".")
    return Manifest(
        path,
        "ci",
        manager=manager.removesuffix(".yml"),
        commands=commands,
        runtime=", ".join(dict.fromkeys(images))[:200],
    )


_KEY = re.compile(
    r"^(?P<indent>\s*)(?:-\s+)?[\"']?(?P<key>run|script|command|before_script|after_script|before_install|install|bash|pwsh|powershell|commands|entry)[\"']?:\s*(?P<rest>.*)$"
)


def yaml_scripts(text: str) -> Iterator[str]:
    """Yield the shell lines of a YAML file: `run: x`, `run: |` with its block, `script:` with its list."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        match = _KEY.match(lines[at])
        at += 1
        if match is None:
            continue
        rest = match["rest"].strip()
        if rest and not re.fullmatch(r"[|>][-+\d]*(?:\s+#.*)?", rest):
            yield _unquoted(rest)
            continue
        indent = len(match["indent"]) + (2 if lines[at - 1].lstrip().startswith("- ") else 0)
        joined = ""
        while at < len(lines):
            line = lines[at]
            here = len(line) - len(line.lstrip())
            is_item = line.lstrip().startswith("- ")
            if line.strip() and (here < indent or (here == indent and not (is_item and not rest))):
                break
            if is_item and not rest and re.match(r"\s*-\s+\w+:\s", line):
                break
            at += 1
            body = line.strip()
            if not rest:
                body = _unquoted(re.sub(r"^-\s+", "", body))
            joined += body.removesuffix("\\")
            if not body.endswith("\\") and joined and not joined.startswith("#"):
                yield joined
                joined = ""
            elif joined.startswith("#"):
                joined = ""


def _unquoted(text: str) -> str:
    text = re.sub(r"\s+#.*$", "", text).strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def _jenkins(text: str) -> Iterator[str]:
    for match in re.finditer(r"\b(?:sh|bat)\s*\(?\s*(\"\"\"|'''|\"|')(.*?)\1", text, re.DOTALL):
        yield from match[2].splitlines()


def makefile(path: str, text: str) -> Manifest:
    """Return the targets of a Makefile that have a known purpose."""
    return _targets(
        path,
        "make",
        text,
        re.compile(r"^([A-Za-z][\w./-]*(?:[ \t]+[A-Za-z][\w./-]*)*)[ \t]*::?(?![=:])", re.M),
    )


def justfile(path: str, text: str) -> Manifest:
    """Return the recipes of a justfile that have a known purpose."""
    return _targets(
        path, "just", text, re.compile(r"^@?([A-Za-z][\w-]*)(?:[ \t][^:=\n]*)?:(?!=)", re.MULTILINE)
    )


def taskfile(path: str, text: str) -> Manifest:
    """Return the tasks of a Taskfile that have a known purpose."""
    tasks = text.partition("\ntasks:")[2]
    return _targets(path, "task", tasks, re.compile(r"^ {2}([A-Za-z][\w:-]*):[ \t]*$", re.MULTILINE))


def _targets(path: str, tool: str, text: str, pattern: re.Pattern[str]) -> Manifest:
    names = dict.fromkeys(name for match in pattern.finditer(text) for name in match[1].split())
    commands = tuple(
        Command(kind, f"{tool} {name}") for name in names if (kind := kind_of_name(name)) is not None
    )
    return Manifest(path, tool, manager=tool, commands=commands)
