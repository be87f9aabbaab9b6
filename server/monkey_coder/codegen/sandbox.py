"""Run a program on a temporary copy of a project, with limits, and leave nothing behind."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from ..core.errors import InputError
from ..filesystem.names import is_secret
from ..workspace.programs import find_program, scrubbed_environment
from ..workspace.walk import walk
from .isolation import isolation

_MOST_FILES, _MOST_BYTES = 50_000, 500_000_000
_LOCKS = re.compile(r".*[.-]lock(\.json|\.yaml)?$|.*-lock\.(json|yaml)$|.*\.map$")
_MARK = "MONKEY_CODER_SANDBOX"


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What a program may take: of the clock, of each process, of its output.

    `memory_mb` limits the address space of each process; programs that reserve far more than they use (node,
    go, java) need `reserves`, which limits their data instead. Only the time is limited on Windows.
    """

    time_s: float = 60.0
    cpu_s: int = 60
    memory_mb: int = 2_048
    processes: int = 256
    file_mb: int = 64
    output_bytes: int = 1_000_000
    reserves: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended. `exit_code` is None if it was stopped at its time limit, negative for a signal.

    `isolation` says in words what held the program back; what it wrote is cut at the limit.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    seconds: float
    isolation: str

    @property
    def is_timed_out(self) -> bool:
        return self.exit_code is None


async def run_sandboxed(
    argv: Sequence[str],
    *,
    folder: str | None = None,
    files: Mapping[str, str] = MappingProxyType({}),
    stdin: str = "",
    limits: SandboxLimits | None = None,
    shared: Sequence[str] = (),
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Outcome:
    """Run a program in a temporary folder and return how it ended.

    The folder holds a copy of the user's files under `folder` (none that are ignored or secret), then
    `files`, by relative path; `shared` are names in `folder` that are linked in place of copied, such as
    "node_modules". `argv[0]` is a name on PATH or an absolute path; no shell is used. The program is told
    no variable but the harmless ones and `environment`, and is ended with all that it started.

    The caller has made sure that the user trusts what is run. Raises: InputError if there is no such
    program or the copy would be too large.
    """
    limits = limits or SandboxLimits()
    program = argv[0] if Path(argv[0]).is_absolute() else find_program(argv[0], outside=folder)
    if program is None:
        raise InputError(f"there is no program {argv[0]!r} on PATH; install it, or run without it")
    root = await asyncio.to_thread(tempfile.mkdtemp, prefix="monkey-coder-")
    try:
        await asyncio.to_thread(_fill, Path(root), folder, files, shared)
        return await _run([program, *argv[1:]], root, stdin, limits, environment)
    finally:
        await asyncio.to_thread(_remove, root)


def _fill(root: Path, folder: str | None, files: Mapping[str, str], shared: Sequence[str]) -> None:
    work = root / "work"
    for name in ("work", "tmp", "home"):
        (root / name).mkdir()
    if folder is not None:
        _copy(Path(folder), work)
        for name in shared:
            if (Path(folder) / name).exists() and not (work / name).exists():
                (work / name).parent.mkdir(parents=True, exist_ok=True)
                _link(work / name, (Path(folder) / name).resolve())
    for name, text in files.items():
        pure = PurePosixPath(name.replace("\\", "/"))
        if pure.is_absolute() or ".." in pure.parts or not pure.parts:
            raise InputError(f"{name!r} lies outside of the folder that the program is run in")
        path = work / pure
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))


def _link(place: Path, target: Path) -> None:
    try:
        place.symlink_to(target, target_is_directory=target.is_dir())
    except OSError as error:
        raise InputError(
            f"{str(target)!r} cannot be linked into the sandbox ({error.strerror or error}); on Windows that "
            "needs the developer mode"
        ) from error


def _copy(folder: Path, work: Path) -> None:
    """Copy the user's files, and the lock files that tools have made of them."""
    seen: set[Path] = {folder}
    n_files = n_bytes = 0
    for file in walk(str(folder), plaintext=True):
        path = Path(file.path)
        seen.add(path.parent)
        n_files, n_bytes = n_files + 1, n_bytes + file.size
        if n_files > _MOST_FILES or n_bytes > _MOST_BYTES:
            raise InputError(f"{str(folder)!r} holds too much to be copied; open a smaller folder")
        _copy_one(path, folder, work)
    for place in seen:
        with suppress(OSError):
            for entry in os.scandir(place):
                if _LOCKS.match(entry.name) and entry.is_file(follow_symlinks=False):
                    _copy_one(Path(entry.path), folder, work)


def _copy_one(path: Path, folder: Path, work: Path) -> None:
    relative = path.relative_to(folder)
    if is_secret(relative.parts):
        return
    target = work / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # Gone since it was listed, or not readable: then it is not there.
        shutil.copy(path, target, follow_symlinks=False)


async def _run(
    command: list[str], root: str, stdin: str, limits: SandboxLimits, environment: Mapping[str, str]
) -> Outcome:
    around = await asyncio.to_thread(isolation)
    mark = uuid.uuid4().hex
    given = scrubbed_environment() | _own(root) | dict(environment) | {_MARK: mark}
    if sys.platform == "win32":
        wrapped, more = command, {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    else:
        launcher = str(Path(__file__).with_name("sandbox_exec.py"))
        inner = [sys.executable, "-I", "-S", launcher, json.dumps(_rlimits(limits)), *command]
        wrapped, more = around.wrap(inner, root), {"start_new_session": True}
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *wrapped,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=str(Path(root) / "work"),
        env=given,
        **more,  # type: ignore[arg-type]
    )
    out, err = bytearray(), bytearray()
    code: int | None = None
    try:
        async with asyncio.timeout(limits.time_s), asyncio.TaskGroup() as group:
            group.create_task(_feed(process, stdin))
            group.create_task(_drain(process.stdout, out, limits.output_bytes))
            group.create_task(_drain(process.stderr, err, limits.output_bytes))
            code = await process.wait()
    except TimeoutError:
        code = None
    finally:
        _end(process, mark)
        with suppress(ProcessLookupError):
            await process.wait()
    seconds = time.monotonic() - began
    return Outcome(code, _text(out), _text(err), seconds, around.words)


def _own(root: str) -> dict[str, str]:
    """Return the variables by which programs find a home, room for what they make, and their tools."""
    home = Path.home()
    given = {"HOME": f"{root}/home", "TMPDIR": f"{root}/tmp", "TEMP": f"{root}/tmp", "TMP": f"{root}/tmp"}
    given |= {
        "GOCACHE": f"{root}/tmp/go",
        "CARGO_TARGET_DIR": f"{root}/tmp/cargo",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    tools = {"CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup", "GOMODCACHE": "go/pkg/mod"}
    given |= {
        name: str(home / place)
        for name, place in tools.items()
        if name not in os.environ and (home / place).is_dir()
    }
    return given


def _rlimits(limits: SandboxLimits) -> dict[str, int]:
    memory = "RLIMIT_DATA" if limits.reserves else "RLIMIT_AS"
    return {
        memory: limits.memory_mb << 20,
        "RLIMIT_CPU": limits.cpu_s,
        "RLIMIT_FSIZE": limits.file_mb << 20,
        "RLIMIT_NPROC": limits.processes + _own_tasks(),
        "RLIMIT_CORE": 0,
    }


def _own_tasks() -> int:
    """Return how many threads this user runs already: the limit of processes counts them all."""
    if not sys.platform.startswith("linux"):
        return 1_000
    count = 0
    for entry in os.scandir("/proc"):
        with suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid == os.getuid():
                count += len(list(Path(entry.path, "task").iterdir()))
    return count


async def _feed(process: asyncio.subprocess.Process, stdin: str) -> None:
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(stdin.encode("utf-8", "surrogatepass"))
        await process.stdin.drain()
    process.stdin.close()


async def _drain(stream: asyncio.StreamReader | None, into: bytearray, most: int) -> None:
    assert stream is not None
    while piece := await stream.read(65_536):
        into += piece[: max(0, most - len(into))]


def _text(data: bytearray) -> str:
    return data.decode("utf-8", "replace")


def _end(process: asyncio.subprocess.Process, mark: str) -> None:
    """End the program and all that it started, whatever group or session that went into."""
    if sys.platform == "win32":
        if process.returncode is None:
            killer = str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "taskkill.exe")
            subprocess.run([killer, "/F", "/T", "/PID", str(process.pid)], capture_output=True, check=False)
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if sys.platform.startswith("linux"):
        wanted = f"{_MARK}={mark}".encode()
        for entry in os.scandir("/proc"):
            with suppress(OSError):
                if entry.name.isdigit() and wanted in Path(entry.path, "environ").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)


def _remove(root: str) -> None:
    """Take the temporary folder away, also what a program has made unwritable."""

    def force(function: object, path: str, error: object) -> None:
        with suppress(OSError):
            Path(path).parent.chmod(0o700)
            Path(path).chmod(0o700)
            Path(path).unlink() if not Path(path).is_dir() else shutil.rmtree(path, ignore_errors=True)

    shutil.rmtree(root, onerror=force)
