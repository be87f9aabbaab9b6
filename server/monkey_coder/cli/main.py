"""The command `monkey-coder`."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    raise SystemExit(f"unknown command: {arguments!r}")
