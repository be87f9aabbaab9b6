"""`monkey-coder auth`: give a provider's key, see where it comes from, take it away."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import json
import sys
from dataclasses import asdict

from .. import app
from ..core.endpoint import Secret
from ..core.errors import ConfigError, InputError, MonkeyCoderError, ProviderError, ProviderFault
from .exits import Exit
from .terminal import Terminal, standard_terminal, visible

_REFUSALS = (ProviderFault.AUTHENTICATION, ProviderFault.PERMISSION)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    acts = parser.add_subparsers(title="what to do", metavar="", required=True)
    login = acts.add_parser("login", help="ask for a key, check it with the provider, and keep it")
    login.add_argument("provider")
    login.add_argument("--no-check", action="store_true", help="keep it without asking the provider")
    login.set_defaults(act=_login)
    status = acts.add_parser("status", help="where each key is from; with PROVIDER, whether it is taken")
    status.add_argument("provider", nargs="?")
    status.add_argument("--json", action="store_true", help="print JSON")
    status.set_defaults(act=_status)
    logout = acts.add_parser("logout", help="forget a key that was kept")
    logout.add_argument("provider")
    logout.set_defaults(act=_logout)


def run(options: argparse.Namespace) -> int:
    """Do it, and return the exit code."""
    code: int = options.act(options, standard_terminal())
    return code


def _login(options: argparse.Namespace, terminal: Terminal) -> int:
    provider = options.provider
    key = _read_key(provider)
    if options.no_check:
        terminal.note("the key was not checked")
    else:
        try:
            with terminal.live(f"asking {visible(provider)} …"):
                models = asyncio.run(app.check_key(provider, key))
        except ProviderError as error:
            what = "is not kept" if error.fault in _REFUSALS else "could not be checked and is not kept"
            hint = "" if error.fault in _REFUSALS else " To keep it all the same: --no-check."
            raise ConfigError(f"The key {what}. {error}{hint}") from None
        terminal.note(f"{visible(provider)} takes the key and offers {len(models)} models")
    terminal.note(f"kept in {app.store_key(provider, key)}")
    state = app.key_state(provider)
    if state.source.startswith("$"):
        terminal.note(terminal.style(f"{state.source} is set and comes first", "yellow"))
    return Exit.DONE


def _read_key(provider: str) -> Secret:
    """Return the key that the user types without echo, or the one line on standard input."""
    text = getpass.getpass(f"key of {provider}: ") if sys.stdin.isatty() else sys.stdin.readline()
    key = text.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise InputError("that is no key: it is one line of plain characters without spaces")
    return Secret(key)


def _status(options: argparse.Namespace, terminal: Terminal) -> int:
    if options.provider is None:
        states = app.key_states()
        if options.json:
            print(json.dumps([asdict(state) for state in states]))
            return Exit.DONE
        width = max(len(state.provider) for state in states)
        for state in states:
            told = f"key from {state.source}, for {state.base_url}" if state.source else "no key"
            name = f"{visible(state.provider):<{width}}"
            terminal.print(f"{terminal.style(name, 'bold')}  {visible(told)}")
        return Exit.DONE
    return _status_of(options.provider, terminal, as_json=options.json)


def _status_of(provider: str, terminal: Terminal, *, as_json: bool) -> int:
    """Ask one provider whether it takes its key."""
    state = app.key_state(provider)
    models: tuple[str, ...] = ()
    problem = ""
    try:
        with terminal.live(f"asking {visible(provider)} …"):
            models = asyncio.run(app.check_key(provider))
    except MonkeyCoderError as error:
        problem = str(error)
    if as_json:
        print(json.dumps(asdict(state) | {"models": models, "problem": problem}))
    else:
        terminal.print(f"key from {visible(state.source)}" if state.source else "no key")
        if problem:
            terminal.note(terminal.style(visible(problem), "red"))
        else:
            terminal.print(
                f"{visible(provider)} at {visible(state.base_url)} answers, with {len(models)} models"
            )
    return Exit.FAILED if problem else Exit.DONE


def _logout(options: argparse.Namespace, terminal: Terminal) -> int:
    was_kept = app.forget_key(options.provider)
    terminal.note("the key is forgotten" if was_kept else f"no key of {visible(options.provider)} was kept")
    state = app.key_state(options.provider)
    if state.source:
        terminal.note(terminal.style(f"a key still comes from {visible(state.source)}", "yellow"))
    return Exit.DONE if was_kept else Exit.NOTHING
