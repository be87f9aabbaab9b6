"""A key is read without echo, checked with its provider, kept, and never shown."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from tests.providers.loopback import Reply, serving

from monkey_coder.cli.main import main

KEY = "sk-typed-0123456789"
MODELS = Reply(
    [b'{"object": "list", "data": [{"id": "a"}, {"id": "b"}]}'], 200, {"content-type": "application/json"}
)
REFUSED = Reply([b'{"error": {"message": "Incorrect API key"}}'], 401, {"content-type": "application/json"})


@contextlib.contextmanager
def provider(reply: Reply) -> Iterator[str]:
    """Serve one reply from a thread of its own, since a command runs its own event loop."""
    loop = asyncio.new_event_loop()
    started, url = threading.Event(), []

    async def serve() -> None:
        async with serving(reply) as server:
            url.append(server.url)
            started.set()
            await ended.wait()

    ended = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    started.wait()
    try:
        yield url[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "MONKEY_CODER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    yield tmp_path
    keyring.set_keyring(before)


def typed(monkeypatch: pytest.MonkeyPatch, text: str = KEY) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text + "\n"))


def use(home: Path, url: str) -> None:
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "config.toml").write_text(f'[providers.mine]\nbase_url = "{url}"\n')


def test_a_key_is_checked_kept_used_and_forgotten(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch)
    with provider(MODELS) as url:
        use(home, url)
        assert main(["auth", "login", "mine"]) == 0
        assert main(["auth", "status", "mine"]) == 0
    told = capsys.readouterr()
    assert "takes the key and offers 2 models" in told.err
    assert "kept in a file that you alone can read" in told.err
    assert "key from a file that you alone can read" in told.out
    assert main(["auth", "status", "--json"]) == 0
    states = {row["provider"]: row for row in json.loads(capsys.readouterr().out)}
    assert states["mine"]["source"] == "a file that you alone can read"
    assert states["openai"]["source"] == ""
    assert main(["auth", "logout", "mine"]) == 0
    assert main(["auth", "logout", "mine"]) == 3
    assert KEY not in told.out + told.err + str(capsys.readouterr())
    assert KEY not in (home / "config" / "keys.json").read_text()


def test_a_key_that_is_refused_is_not_kept(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch)
    with provider(REFUSED) as url:
        use(home, url)
        assert main(["auth", "login", "mine"]) == 1
    told = capsys.readouterr().err
    assert "The key is not kept." in told
    assert KEY not in told
    assert not (home / "config" / "keys.json").exists()


def test_a_provider_that_cannot_be_reached_keeps_nothing_unless_asked(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(home, "http://127.0.0.1:1/v1")
    typed(monkeypatch)
    assert main(["auth", "login", "mine"]) == 1
    assert "--no-check" in capsys.readouterr().err
    typed(monkeypatch)
    assert main(["auth", "login", "mine", "--no-check"]) == 0
    assert main(["auth", "status", "mine"]) == 1
    assert "cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "two words", "schlüssel"])
def test_what_is_no_key_is_refused(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, text)
    assert main(["auth", "login", "openai"]) == 2
    assert "that is no key" in capsys.readouterr().err


def test_an_unknown_provider_needs_an_address(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch)
    assert main(["auth", "login", "nobody"]) == 1
    assert "providers.nobody.base_url is missing" in capsys.readouterr().err


def test_the_environment_is_said_to_come_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    typed(monkeypatch)
    assert main(["auth", "login", "openai", "--no-check"]) == 0
    assert "$OPENAI_API_KEY is set and comes first" in capsys.readouterr().err
    assert main(["auth", "logout", "openai"]) == 0
    assert "a key still comes from $OPENAI_API_KEY" in capsys.readouterr().err
