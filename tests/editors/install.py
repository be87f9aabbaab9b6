"""`python -m tests.editors.install`: put real editors where the tests find them, if this machine lets us.

On Debian, as root, the system's packages come by apt, and editors that the system has too old are
unpacked from a newer suite, with their own libraries, into `build/editors/`. Elsewhere nothing is
installed: the tests use what they find on PATH, and skip with a message what they do not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .editors import BUILD, EMACS, HELIX, NEOVIM, Newer, is_new_enough
from .vscode_editor import install_if_missing

LOG = BUILD / "install.log"
# `patchelf` is for the unpacked editors, chromium shows VS Code, and what follows it is for Kate.
PACKAGES = (
    *("tmux", "patchelf", "vim-nox", "vim-ale", "emacs-nox", "elpa-lsp-mode", "npm"),
    *("chromium", "fonts-dejavu-core", "kate", "xvfb", "xdotool", "imagemagick", "dbus"),
)
_SOURCES = Path("/etc/apt")


@dataclass(frozen=True)
class Archive:
    """The machine's own Debian archive: its address and the keys that it is signed with."""

    address: str
    keys: str


def main() -> int:
    """Install what is missing. A failure is told and left to the tests, which then skip."""
    BUILD.mkdir(parents=True, exist_ok=True)
    if why := _cannot_install():
        say(f"no package is installed: {why}; editors on PATH are used, tests of others are skipped")
    else:
        _try(_from_debian)
    _try(lambda: install_if_missing(say))
    return 0


def _from_debian() -> None:
    _packages()
    for editor in (NEOVIM, HELIX, EMACS):
        _newer(editor)


def _try(install: Callable[[], None]) -> None:
    try:
        install()
    except (OSError, subprocess.SubprocessError) as error:
        say(f"not everything could be installed: {error}; see {LOG}")


def say(message: str) -> None:
    sys.stderr.write(f"editors: {message}\n")


def run(*command: str | Path, quiet: bool = True) -> None:
    """Run a command, its output added to the log."""
    with LOG.open("a") as log:
        log.write(f"$ {' '.join(map(str, command))}\n")
        log.flush()
        subprocess.run(
            list(map(str, command)),
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            timeout=900,
        )


def _cannot_install() -> str:
    """Return why nothing can be installed here, or ""."""
    if sys.platform != "linux" or shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        return "this is no Debian"
    if os.geteuid() != 0:
        return "only root may install packages"
    return ""


def _packages() -> None:
    missing = [name for name in PACKAGES if not _has(name) and not (name == "npm" and shutil.which("npm"))]
    if not missing:
        return
    say(f"installing {', '.join(missing)}")
    run("apt-get", "update", "-qq")
    for name in missing:
        try:
            run("apt-get", "install", "-y", "-qq", "--no-install-recommends", name)
        except subprocess.CalledProcessError:
            say(f"{name} could not be installed; see {LOG}")


def _has(package: str) -> bool:
    asked = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", package]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout == "installed"


def _newer(editor: Newer) -> None:
    """Unpack an editor from a newer suite, unless one that is new enough is there."""
    if is_new_enough(editor):
        return
    archive = debian_archive(_source_files())
    if archive is None:
        say(f"{editor.name} is missing: apt knows no Debian archive to take it from")
        return
    say(f"unpacking {editor.name} of Debian {editor.suite} into {editor.home}")
    shutil.rmtree(editor.home, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="suite-") as folder:
        for package in _download(archive, editor, Path(folder)):
            run("dpkg-deb", "--extract", package, editor.home)
    _use_own_libraries(editor)
    if not is_new_enough(editor):
        say(f"{editor.name} was unpacked into {editor.home}, but does not run or is too old")


def _download(archive: Archive, editor: Newer, folder: Path) -> list[Path]:
    """Return the packages of an editor and of all it needs; the system's own lists stay as they are."""
    cache = folder / "cache"
    for path in (folder / "lists" / "partial", cache / "archives" / "partial", folder / "parts"):
        path.mkdir(parents=True)
    (folder / "status").touch()
    (folder / "parts" / "newer.sources").write_text(
        f"Types: deb\nURIs: {archive.address}\nSuites: {editor.suite}\nComponents: main\n"
        f"Signed-By: {archive.keys}\n"
    )
    places = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": folder / "parts",
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": cache,
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
    }
    options = [part for name, value in places.items() for part in ("-o", f"{name}={value}")]
    run("apt-get", *options, "update", "-qq")
    run("apt-get", *options, "install", "-y", "--download-only", "--no-install-recommends", editor.package)
    return sorted((cache / "archives").glob("*.deb"))


def _use_own_libraries(editor: Newer) -> None:
    """Have the program load the libraries, and the loader itself, that came with it."""
    loader = next(path for path in sorted(editor.home.rglob("ld-linux*.so*")) if path.is_file())
    folders = [path for path in sorted(editor.home.glob("**/lib/*-linux-gnu*")) if path.is_dir()]
    run(
        "patchelf",
        "--set-interpreter",
        loader,
        "--force-rpath",
        "--set-rpath",
        ":".join(map(str, folders)),
        editor.program.resolve(),
    )


def _source_files() -> list[Path]:
    return [*sorted((_SOURCES / "sources.list.d").glob("*")), _SOURCES / "sources.list"]


def debian_archive(files: Sequence[Path]) -> Archive | None:
    """Return the first Debian archive among apt's source files of either form."""
    keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
        if file.suffix == ".sources":
            for stanza in text.split("\n\n"):
                found = dict(line.split(":", 1) for line in stanza.splitlines() if ":" in line[:20])
                keys, suites = found.get("Signed-By", keyring).strip(), found.get("Suites", "").split()
                if "debian-archive" in keys and any("-security" not in suite for suite in suites):
                    return Archive(found["URIs"].split()[0], keys)
        elif file.suffix == ".list":
            for line in text.splitlines():
                words = [word for word in line.split() if not word.startswith("[") and "=" not in word]
                words = [word for word in words if word != "]"]
                if words[:1] == ["deb"] and words[1].rstrip("/").endswith("/debian"):
                    return Archive(words[1], keyring)
    return None


if __name__ == "__main__":
    raise SystemExit(main())
