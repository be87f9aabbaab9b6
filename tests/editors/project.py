"""The small project that every editor works on, and the home that keeps it apart from the user's own."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .editors import ROOT

KINDS = ("book", "record", "poster", "ticket", "puzzle", "lamp")
_TOTAL = """
def total_of_{kind}s(orders):
    total = 0
    for order in orders:
        if order.kind == "{kind}" and not order.is_cancelled:
            total += order.price * order.count
    return total
"""
TOTALS = "\n".join(_TOTAL.format(kind=kind) for kind in KINDS).lstrip("\n")
# One more of them, typed line by line, and what then follows the next word, "total".
GAMES = (
    "def total_of_games(orders):",
    "total = 0",
    "for order in orders:",
    'if order.kind == "game" and not order.is_cancelled:',
)
REST = " += order.price * order.count"
# The same for editors that do not indent by themselves.
BEGUN = TOTALS + "\n\n{}\n    {}\n    {}\n        {}\n            ".format(*GAMES)
PRICES = """\
def discounted(price, percent):
    if percent > 100:
        raise ValueError("more than everything")
    return price - price * percent / 100


def rounded(price):
    return round(price, 2)
"""
# A name that the standard library defines, and no import of it.
REPORT = """\
def report(orders):
    return json.dumps([order.kind for order in orders])
"""
# A function that structure alone can write in other ways.
LARGE = """\
def large(orders, limit):
    if limit < 0:
        raise ValueError("limit")
    found = []
    for order in orders:
        if order.price > limit:
            found.append(order.kind)
    if found:
        return found
    else:
        return []


def small(orders):
    return [order for order in orders if order.count < 2]
"""
FILES = {"totals.py": TOTALS, "begun.py": BEGUN, "prices.py": PRICES, "report.py": REPORT, "large.py": LARGE}


@dataclass(frozen=True)
class Project:
    """A folder with source in it, and the environment to start an editor in."""

    folder: Path
    home: Path
    environment: Mapping[str, str]

    def configure(self, text: str) -> None:
        """Write the user's own configuration of Monkey Coder."""
        file = Path(self.environment["MONKEY_CODER_HOME"]) / "config" / "config.toml"
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")

    def settings(self, name: str, text: str) -> None:
        """Write a file of the editor's settings below `~/.config`."""
        file = self.home / ".config" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def make_project(at: Path, environment: Mapping[str, str]) -> Project:
    """Write the project below `at`, and a home where `monkey-coder` is on PATH as the pages say."""
    folder, home = at / "shop", at / "home"
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
    project = Project(folder, home, {**_environment(home, at / "monkey-coder"), **environment})
    for name, text in FILES.items():
        (folder / name).write_text(text)
    commands = home / ".local" / "bin"
    commands.mkdir(parents=True)
    (commands / "monkey-coder").symlink_to(Path(sys.executable).with_name("monkey-coder"))
    return project


def _environment(home: Path, ours: Path) -> dict[str, str]:
    """Return an environment with nothing of the user's in it: no settings, no keys."""
    return {
        "PATH": os.pathsep.join([str(home / ".local" / "bin"), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local" / "share"),
        "XDG_STATE_HOME": str(home / ".local" / "state"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "MONKEY_CODER_HOME": str(ours),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        "SHELL": "/bin/sh",
    }


def page_codes(page: str, language: str) -> list[str]:
    """Return all blocks of a language in one of the pages that users follow."""
    text = (ROOT / "docs" / "editors" / f"{page}.md").read_text(encoding="utf-8")
    found = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert found, f"docs/editors/{page}.md has no block of {language}"
    return found


def page_code(page: str, language: str) -> str:
    """Return the one block of a language in a page."""
    (code,) = page_codes(page, language)
    return code
