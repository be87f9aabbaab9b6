"""A program in the sandbox: what it sees, what it may take, and that nothing is left of it."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from monkey_coder.codegen.isolation import isolation
from monkey_coder.codegen.project_tests import run_project_tests
from monkey_coder.codegen.sandbox import Outcome, SandboxLimits, run_sandboxed
from monkey_coder.core.documents import Document
from monkey_coder.core.errors import InputError

posix = pytest.mark.skipif(os.name != "posix", reason="limits of memory and size are POSIX's")


async def run(code: str, **options: object) -> Outcome:
    return await run_sandboxed([sys.executable, "-I", "-c", code], **options)  # type: ignore[arg-type]


def command_lines() -> list[str]:
    return [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]


async def test_it_reads_its_input_and_files_and_tells_how_it_ended() -> None:
    code = "import sys; print(open('a/b.txt').read() + sys.stdin.read()); sys.exit(3)"
    outcome = await run(code, files={"a/b.txt": "one "}, stdin="two")
    assert (outcome.stdout, outcome.exit_code) == (f"one two{os.linesep}", 3)
    assert outcome.isolation


async def test_it_works_on_a_copy_without_ignored_and_secret_files(tmp_path: Path) -> None:
    for name, text in {
        "a.txt": "a",
        ".env": "KEY=1",
        "out/b.txt": "b",
        ".gitignore": "out/\n",
        "x.lock": "l",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    code = "import os; open('a.txt', 'w').write('changed'); print(sorted(os.listdir()))"
    outcome = await run(code, folder=str(tmp_path))
    assert outcome.stdout.strip() == "['.gitignore', 'a.txt', 'x.lock']"
    assert (tmp_path / "a.txt").read_text() == "a"


async def test_it_is_told_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    outcome = await run("import os; print(os.environ)")
    assert "sk-secret" not in outcome.stdout


@posix
async def test_nothing_is_left_of_it_nor_of_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    child = (
        "import subprocess, sys; "
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(61.5)'], start_new_session=True)"
    )
    outcome = await run(f"{child}; import time; time.sleep(60)", limits=SandboxLimits(time_s=1.0))
    assert outcome.is_timed_out
    assert outcome.seconds < 10
    for _ in range(100):
        running = [line for line in await asyncio.to_thread(command_lines) if "sleep(61.5)" in line]
        if not running:
            break
        await asyncio.sleep(0.01)
    assert not running
    assert list(tmp_path.iterdir()) == []


@posix
async def test_it_cannot_take_more_memory_than_it_is_given() -> None:
    outcome = await run("x = bytearray(700 << 20); print(len(x))", limits=SandboxLimits(memory_mb=512))
    assert outcome.exit_code != 0
    assert "MemoryError" in outcome.stderr


@posix
async def test_it_cannot_write_a_larger_file_than_it_may() -> None:
    outcome = await run("open('a', 'wb').write(bytes(3 << 20))", limits=SandboxLimits(file_mb=1))
    assert outcome.exit_code != 0


async def test_its_output_is_cut_at_the_limit_and_read_to_the_end() -> None:
    outcome = await run("print('x' * 5_000_000)", limits=SandboxLimits(output_bytes=1_000))
    assert outcome.exit_code == 0
    assert len(outcome.stdout) == 1_000


async def test_it_has_no_network_where_the_system_can_take_it_away() -> None:
    if "no network" not in isolation().words:
        pytest.skip("this system has nothing that cuts off the network")
    outcome = await run("import socket; socket.create_connection(('1.1.1.1', 53), 2)")
    assert "unreachable" in outcome.stderr or "Operation not permitted" in outcome.stderr


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x"])
async def test_files_outside_are_refused(name: str) -> None:
    with pytest.raises(InputError, match="outside"):
        await run("", files={name: ""})


async def test_a_missing_program_is_named() -> None:
    with pytest.raises(InputError, match="no program 'no-such-thing'"):
        await run_sandboxed(["no-such-thing"])


def document(folder: Path, name: str = "a.py") -> Document:
    path = folder / name
    return Document(path.as_uri(), "python", 1, path.read_text(), str(path), str(folder))


@pytest.fixture
def pytest_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    # The interpreter of this very test run has pytest; a project's own environment would.
    monkeypatch.setenv("VIRTUAL_ENV", str(Path(sys.executable).parent.parent))
    (tmp_path / "a.py").write_text("def f():\n    return 1\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text("from a import f\n\n\ndef test_f():\n    assert f() == 1\n")
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    return tmp_path


async def test_the_project_s_tests_run_on_the_change(pytest_project: Path) -> None:
    one = document(pytest_project)
    assert one.path is not None
    good = await run_project_tests(one, {one.path: "def f():\n    return 2 - 1\n"})
    assert (good.words, good.is_good) == ("1 test passed (pytest)", True)
    bad = await run_project_tests(one, {one.path: "def f():\n    return 2\n"})
    assert bad.words == "1 test failed (pytest): tests/test_a.py::test_f"
    assert "assert 2 == 1" in bad.details
    assert (pytest_project / "a.py").read_text() == "def f():\n    return 1\n"


async def test_unittest_is_run_too(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def f():\n    return 1\n")
    (tmp_path / "test_a.py").write_text(
        "import unittest\n\nfrom a import f\n\n\nclass ATests(unittest.TestCase):\n"
        "    def test_f(self):\n        self.assertEqual(f(), 1)\n"
    )
    one = document(tmp_path)
    assert one.path is not None
    assert (await run_project_tests(one, {})).words == "1 test passed (unittest)"
    assert (await run_project_tests(one, {one.path: "def f():\n    return 2\n"})).words == (
        "1 test failed (unittest): test_f"
    )


@posix
async def test_without_bubblewrap_the_limits_and_the_end_hold_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from monkey_coder.codegen import isolation as module

    for missing in (("bwrap",), ("bwrap", "unshare", "sandbox-exec")):
        found = module.find_program
        monkeypatch.setattr(
            module,
            "find_program",
            lambda name, gone=missing, find=found: None if name in gone else find(name),
        )
        module.isolation.cache_clear()
        nap = "import time; time.sleep(62.5)"
        child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {nap!r}])"
        outcome = await run(f"{child}; import time; time.sleep(60)", limits=SandboxLimits(time_s=1.0))
        assert outcome.is_timed_out
        assert (await run("print(1)")).stdout == "1\n"
        await asyncio.sleep(0.05)
        assert not [line for line in await asyncio.to_thread(command_lines) if "sleep(62.5)" in line]
        monkeypatch.undo()
        module.isolation.cache_clear()
    assert "not cut off" in outcome.isolation
