"""The command `monkey-coder`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Protocol

# Nothing else is imported here: the language server starts through this file, and its users wait.

COMMANDS = {
    "lsp": "start the language server that editors talk to",
    "edit": "change code by an instruction, shown as a diff first",
    "complete": "suggest what comes next at a place",
    "context": "show what of the project a request at a place would send",
    "explain": "say what code does, as Markdown",
    "document": "write the doc comments that are missing",
    "test": "write tests",
    "fix": "fix what is wrong",
    "review": "say what is wrong with code, as Markdown",
    "alternatives": "show other ways to write a function, with what each gives and takes",
    "undo": "take back the newest change of files, or list the changes",
    "diff": "show what the newest change of files did",
    "demo": "show all of it on real source, with no key and no network",
    "doctor": "say what was found on this machine, and what to do about each problem",
    "memory": "look at the conversations that are kept, find them, forget them",
    "usage": "say what was used and what it cost",
    "routing": "say what was learned of each model from what you kept, and how good forecasts were",
    "frontier": "say which models are worth their price, and what each would have cost last week",
    "project": "say what a project is made of: languages, dependencies, commands, rules for assistants",
    "audit": "say what left this machine, when, to whom and how much; empty that log",
    "auth": "give a provider's key, see where it is from, take it away",
    "config": "show and change settings; trust a workspace",
}


class Command(Protocol):
    """What the module of each command offers."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's arguments."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it, and return the exit code. Raises: MonkeyCoderError, to be shown as it stands."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # The matrices here are small: further threads of numpy's library would only spin, a core each.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] not in COMMANDS:
        return _without_command(given)
    name = given[0]
    command: Command = importlib.import_module(f".{name}", __package__)
    parser = _Parser(
        prog=f"monkey-coder {name}",
        description=f"{COMMANDS[name][0].upper()}{COMMANDS[name][1:]}.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.configure(parser)
    return _guarded(command, parser, given[1:])


def _guarded(command: Command, parser: argparse.ArgumentParser, given: Sequence[str]) -> int:
    """Run a command; whatever goes wrong becomes one line on standard error and an exit code."""
    from .exits import Exit

    try:
        code = command.run(parser.parse_args(given))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 (the door: whatever it is, it is told and ends here)
        return _failed(error)


def _failed(error: Exception) -> int:
    from ..core.errors import InputError, MonkeyCoderError
    from .exits import Exit
    from .terminal import visible

    if isinstance(error, MonkeyCoderError):
        print(f"monkey-coder: {visible(str(error))}", file=sys.stderr)
        return Exit.USAGE if isinstance(error, InputError) else Exit.FAILED
    if os.environ.get("MONKEY_CODER_DEBUG"):
        raise error
    print(
        f"monkey-coder: internal error: {type(error).__name__}: {visible(str(error))}\n"
        "This is a defect. Run again with MONKEY_CODER_DEBUG=1 for what to put into a report.",
        file=sys.stderr,
    )
    return Exit.FAILED


def _without_command(given: Sequence[str]) -> int:
    """Answer `--help`, `--version`, no command at all, or one that there is not."""
    parser = _Parser(
        prog="monkey-coder",
        usage="monkey-coder [--version] [--help] COMMAND ...",
        description="An AI coding language server, useful with no key and no network.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_commands(),
    )
    parser.add_argument("--version", action="version", version=f"monkey-coder {_version()}")
    _, rest = parser.parse_known_args(given)
    if not rest:
        parser.print_help()
        return 0
    import difflib

    near = difflib.get_close_matches(rest[0], COMMANDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "see monkey-coder --help"
    print(f"monkey-coder: there is no command {rest[0]!r}; {hint}", file=sys.stderr)
    return 2


def _version() -> str:
    """Return the version as written in the package's own `__init__`, which no room may import."""
    from importlib.metadata import version

    return version("monkey-coder")


def _commands() -> str:
    lines = [f"  {name:<10} {summary}" for name, summary in COMMANDS.items()]
    return "\n".join(["commands:", *lines, "", "monkey-coder COMMAND --help says more about one."])


class _Parser(argparse.ArgumentParser):
    """A parser whose help ends with the exit codes."""

    def format_help(self) -> str:
        from .exits import MEANINGS

        table = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in MEANINGS.items())
        return f"{super().format_help()}\nexit codes:\n{table}\n"
