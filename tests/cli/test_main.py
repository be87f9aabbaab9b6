"""However a command ends, it ends with one line and an exit code, on a real process too."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from monkey_coder.cli import review
from monkey_coder.cli.main import main

ROOT = Path(__file__).parents[2]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monkey_coder", *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "server")} | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [
        (KeyboardInterrupt(), 130, "stopped\n"),
        (RuntimeError("bad\x1b[2J luck"), 1, "internal error: RuntimeError: bad␛[2J luck\nThis is a defect."),
    ],
)
def test_every_end_is_told(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: BaseException,
    code: int,
    says: str,
) -> None:
    def fail(_: argparse.Namespace) -> int:
        raise raised

    monkeypatch.setattr(review, "run", fail)
    monkeypatch.delenv("MONKEY_CODER_DEBUG", raising=False)
    assert main(["review", "x"]) == code
    assert says in capsys.readouterr().err


def test_defect_shows_its_traceback_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: argparse.Namespace) -> int:
        raise RuntimeError("x")

    monkeypatch.setattr(review, "run", fail)
    monkeypatch.setenv("MONKEY_CODER_DEBUG", "1")
    with pytest.raises(RuntimeError):
        main(["review", "x"])


def test_bad_input_of_a_real_process() -> None:
    missing = run("explain", "no/such/file.py")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.startswith("monkey-coder: ") and missing.stderr.count("\n") == 1
    assert run("edit").returncode == 2
    assert run("--help").stdout.startswith("usage: monkey-coder")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_reader_that_goes_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    probe = (
        "from monkey_coder.cli import main, review\n"
        "review.run = lambda options: print('much') or 0\n"
        "raise SystemExit(main.main(['review', 'x']))"
    )
    with os.fdopen(write, "w") as closed:
        ended = subprocess.run(
            [sys.executable, "-c", probe],
            env=os.environ | {"PYTHONPATH": str(ROOT / "server")},
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )
    assert (ended.returncode, ended.stderr) == (141, "")


def test_server_starts_without_anything_heavy() -> None:
    """What is imported up to the moment the server itself is."""
    probe = (
        "import sys; sys.modules['monkey_coder.lsp.server'] = None\n"
        "from monkey_coder.cli.main import main\n"
        "main(['lsp', '--stdio'])\n"
        "print(*sorted(name for name in sys.modules if name.count('.') < 3))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", probe],
        env=os.environ | {"PYTHONPATH": str(ROOT / "server")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()
    assert "monkey_coder.cli.lsp" in shown
    heavy = {"asyncio", "numpy", "openai", "apsw", "tree_sitter", "pygls", "lsprotocol", "json", "difflib"}
    assert not heavy & set(shown)
    assert {n for n in shown if n.startswith("monkey_coder.") and n.count(".") == 1} <= {
        "monkey_coder.cli", "monkey_coder.core", "monkey_coder.lsp",
    }  # fmt: skip
