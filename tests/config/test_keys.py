"""Keys that the user gave: where they are kept, who may have them, who may say where they come from."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError, PasswordSetError

from monkey_coder.config.keys import Place, forget_key, keep_key, kept_key, kept_keys, key_from_command
from monkey_coder.config.settings import load_settings, provider_endpoint
from monkey_coder.core.endpoint import Secret
from monkey_coder.core.errors import ConfigError

KEY = Secret("sk-kept-0123456789")
OPENAI = "https://api.openai.com/v1"


class MemoryKeyring(KeyringBackend):
    """A key store that lives as long as a test."""

    priority = 5  # type: ignore[assignment]

    def __init__(self, *, is_locked: bool = False) -> None:
        super().__init__()
        self.passwords: dict[tuple[str, str], str] = {}
        self.is_locked = is_locked
        self.n_read = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.n_read += 1
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.is_locked:
            raise PasswordSetError("locked")
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError("not there")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"MONKEY_CODER_HOME": str(tmp_path / "home")}


@pytest.fixture
def store() -> Iterator[MemoryKeyring]:
    before = keyring.get_keyring()
    memory = MemoryKeyring()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


def keys_file(environment: dict[str, str]) -> Path:
    return Path(environment["MONKEY_CODER_HOME"]) / "config" / "keys.json"


def test_a_key_is_kept_in_the_systems_store_and_read_when_needed(
    environment: dict[str, str], store: MemoryKeyring
) -> None:
    assert keep_key("openai", OPENAI, KEY, environment).place is Place.KEYRING
    assert KEY.reveal() not in keys_file(environment).read_text()
    settings, warnings = load_settings([], None, environment)
    assert warnings == ()
    assert settings.endpoint is not None
    assert settings.endpoint.api_key is not None
    assert store.n_read == 0, "the store may ask the user to unlock it: not at start"
    assert settings.endpoint.api_key.reveal() == KEY.reveal()
    assert settings.endpoint.api_key.reveal() == KEY.reveal()
    assert store.n_read == 1
    assert {row.value for row in settings.rows if row.name.endswith("api_key")} == {"********"}
    assert forget_key("openai", environment)
    assert store.passwords == {}
    assert not forget_key("openai", environment)
    assert load_settings([], None, environment)[0].endpoint is None


@pytest.mark.usefixtures("store")
def test_without_a_store_a_key_lies_in_a_file_for_the_user_alone(environment: dict[str, str]) -> None:
    for backend in (MemoryKeyring(is_locked=True), keyring.backends.fail.Keyring()):
        keyring.set_keyring(backend)
        assert keep_key("openai", OPENAI, KEY, environment).place is Place.FILE
        assert kept_key("openai", environment).reveal() == KEY.reveal()
    if os.name == "posix":
        assert stat.S_IMODE(keys_file(environment).stat().st_mode) == 0o600
    assert forget_key("openai", environment)
    assert KEY.reveal() not in keys_file(environment).read_text()


@pytest.mark.usefixtures("store")
def test_a_key_goes_only_where_it_was_given_for(environment: dict[str, str]) -> None:
    keep_key("openai", OPENAI, KEY, environment)
    elsewhere = environment | {"OPENAI_BASE_URL": "https://evil.example/v1"}
    settings, warnings = load_settings([], None, elsewhere)
    assert settings.endpoint is None or settings.endpoint.api_key is None
    assert "is not sent to https://evil.example/v1" in warnings[0]


@pytest.mark.usefixtures("store")
def test_the_environment_comes_before_what_is_kept(environment: dict[str, str]) -> None:
    keep_key("openai", OPENAI, KEY, environment)
    endpoint, source, _ = provider_endpoint("openai", None, environment | {"OPENAI_API_KEY": "sk-mine"})
    assert endpoint is not None
    assert endpoint.api_key == Secret("sk-mine")
    assert source == "$OPENAI_API_KEY"


def test_a_key_that_has_gone_is_said_to_be(environment: dict[str, str], store: MemoryKeyring) -> None:
    keep_key("openai", OPENAI, KEY, environment)
    store.passwords.clear()
    with pytest.raises(ConfigError, match="auth login openai"):
        kept_key("openai", environment).reveal()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"keys": [1]}', '{"keys": {"openai": 1}}'])
def test_a_damaged_list_holds_no_key(environment: dict[str, str], damage: str) -> None:
    file = keys_file(environment)
    file.parent.mkdir(parents=True)
    file.write_text(damage)
    assert kept_keys(environment) == {}


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_program_of_the_users_prints_the_key_once(environment: dict[str, str], tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'ran')!r}, 'a').write('x'); print('sk-from-a-program')"
    file = keys_file(environment).with_name("config.toml")
    file.parent.mkdir(parents=True)
    file.write_text(f"[providers.openai]\napi_key_command = {json.dumps(python(code))}\n")
    settings, warnings = load_settings([], None, environment)
    assert warnings == ()
    assert settings.endpoint is not None
    assert settings.complete_endpoint is not None
    assert not (tmp_path / "ran").exists(), "nothing is run before a key is needed"
    for endpoint in (settings.endpoint, settings.complete_endpoint):
        assert endpoint.api_key is not None
        assert endpoint.api_key.reveal() == "sk-from-a-program"
    assert (tmp_path / "ran").read_text() == "x"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (python("print('sk-secret'); raise SystemExit(3)"), "ended with 3"),
        (python("pass"), "printed no key"),
        (python("print('two words of sk-secret')"), "printed no key"),
        (["no-such-program-anywhere"], "cannot be run"),
    ],
)
def test_a_program_that_fails_is_named_and_its_words_are_not_repeated(argv: list[str], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        key_from_command(argv, "work").reveal()
    assert "providers.work.api_key_command" in str(caught.value)
    assert "sk-secret" not in str(caught.value)


@pytest.mark.parametrize("setting", ['api_key_command = ["touch", "x"]', 'api_key = "sk-theirs"'])
def test_neither_a_workspace_nor_the_editor_gives_a_key_or_a_program(
    environment: dict[str, str], tmp_path: Path, setting: str
) -> None:
    (tmp_path / ".monkey-coder.toml").write_text(f"[providers.openai]\n{setting}\n")
    for trusted in (False, True):
        settings, warnings = load_settings([str(tmp_path)], None, environment, trusted)
        assert settings.endpoint is None
        assert "not taken from here" in "".join(warnings) or "not used" in "".join(warnings)
    overrides = {"providers": {"openai": {"apiKeyCommand": ["touch", "x"]}}}
    settings, warnings = load_settings([], overrides, environment)
    assert settings.endpoint is None
    assert "api_key_command is not taken from here" in warnings[0]


def test_an_untrusted_workspace_only_tightens_what_is_spent(
    environment: dict[str, str], tmp_path: Path
) -> None:
    file = keys_file(environment).with_name("config.toml")
    file.parent.mkdir(parents=True)
    file.write_text('fallbacks = ["chain", "ollama"]\n[budget]\nday_usd = 5\n[retry]\nattempts = 4\n')
    (tmp_path / ".monkey-coder.toml").write_text(
        'fallbacks = ["ollama", "evil/x"]\n[budget]\nday_usd = 50\nmonth_usd = 9\nrefuses_unknown = true\n'
        "[retry]\nattempts = 9\n[cache]\nanswers = false\n[providers.openai]\nrequests_per_minute = 1\n"
    )
    settings, warnings = load_settings(
        [str(tmp_path)], None, environment | {"OPENAI_API_KEY": "sk-0123456789"}
    )
    assert (settings.spending.day_usd, settings.spending.month_usd) == (5, 9)
    assert settings.spending.refuses_unknown
    assert settings.retry.attempts == 4
    assert not settings.cache.answers
    assert not settings.has_chain
    assert [endpoint.name for endpoint in settings.fallbacks] == ["ollama"]
    assert settings.rates == {}
    assert "providers.openai.requests_per_minute not used" in "".join(warnings)


def test_a_key_from_the_editor_chooses_its_provider_and_comes_first(tmp_path: Path) -> None:
    environment = {"MONKEY_CODER_HOME": str(tmp_path), "OPENAI_API_KEY": "sk-environment"}
    settings, warnings = load_settings([], None, environment, keys={"openai": Secret("sk-editor")})
    assert not warnings
    assert settings.endpoint is not None
    assert settings.endpoint.api_key is not None
    assert settings.endpoint.api_key.reveal() == "sk-editor"


def test_a_key_from_the_editor_follows_no_address_of_a_workspace(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / ".monkey-coder.toml").write_text(
        'model = "openai/x"\n[providers.openai]\nbase_url = "https://elsewhere.example/v1"\n'
    )
    environment = {"MONKEY_CODER_HOME": str(tmp_path)}
    settings, warnings = load_settings(
        [str(folder)], None, environment, trusted=True, keys={"openai": Secret("sk-editor")}
    )
    assert settings.endpoint is None or settings.endpoint.api_key is None
    assert any("is not sent to https://elsewhere.example/v1" in warning for warning in warnings)
    assert not any("sk-editor" in warning for warning in warnings)
