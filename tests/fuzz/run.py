"""Look for inputs that break a property, guided by coverage, with atheris.

Usage: python -m tests.fuzz.run PROPERTY [--seconds N] [--corpus FOLDER]

An input that breaks it is written to FOLDER and printed; the exit code is then 1. Where atheris cannot be
imported (it has no wheel for this Python or system), that is said and the exit code is 0.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

NAMES = ("block_reader", "line_diff", "positions")
# What is watched for new paths taken.
_WATCHED = ["monkey_coder.codegen", "monkey_coder.features.edit_session", "monkey_coder.lsp", "tests.fuzz"]


def main() -> int:
    """Run one property for so many seconds."""
    parser = argparse.ArgumentParser(description="Look for inputs that break a property.")
    parser.add_argument("property", choices=NAMES)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, default=Path("build/fuzz"))
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        sys.stderr.write(f"skipped {options.property}: atheris cannot be imported here; the tests cover it\n")
        return 0
    folder = options.corpus / options.property
    folder.mkdir(parents=True, exist_ok=True)
    return _fuzz(options.property, options.seconds, folder)


def _fuzz(name: str, seconds: int, folder: Path) -> int:
    import atheris  # type: ignore[import-not-found,unused-ignore]

    with atheris.instrument_imports(include=_WATCHED):
        from .properties import PROPERTIES
    arguments = [
        sys.argv[0], str(folder), f"-max_total_time={seconds}", "-max_len=600", "-timeout=20",
        f"-artifact_prefix={folder}/", "-print_final_stats=1",
    ]  # fmt: skip
    atheris.Setup(arguments, PROPERTIES[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
