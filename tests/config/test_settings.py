"""What holds, from where, and what is said of what is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monkey_coder.config.paths import cache_dir, config_dir, data_dir
from monkey_coder.config.settings import Settings, load_settings
from monkey_coder.config.trust import is_trusted, trust, trusted_folders, untrust
from monkey_coder.core.errors import ConfigError


class Home:
    """A user's home in a test: a settings file, an environment, a workspace folder."""

    def __init__(self, path: Path) -> None:
        self.environment = {"MONKEY_CODER_HOME": str(path / "home")}
        self.file = path / "home" / "config" / "config.toml"
        self.file.parent.mkdir(parents=True)
        self.folder = path / "work"
        self.folder.mkdir()

    def workspace(self, text: str) -> Path:
        file = self.folder / ".monkey-coder.toml"
        file.write_text(text)
        return file

    def load(
        self, user: str = "", editor: dict[str, object] | None = None, **environment: str
    ) -> tuple[Settings, tuple[str, ...]]:
        if user:
            self.file.write_text(user)
            self.file.chmod(0o600)
        return load_settings([str(self.folder)], editor, self.environment | environment)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_with_nothing_set_up_everything_is_offline(home: Home) -> None:
    settings, warnings = home.load()
    assert settings.endpoint is None
    assert settings.complete_endpoint is None
    assert settings.ghost_text
    assert warnings == ()
    assert {row.source for row in settings.rows} == {"default"}
    assert {row.name: row.value for row in settings.rows}["limits.complete_s"] == "10.0"


@pytest.mark.parametrize(
    ("variable", "name", "host"),
    [
        ("OPENAI_API_KEY", "openai", "api.openai.com"),
        ("ANTHROPIC_API_KEY", "anthropic", "api.anthropic.com"),
        ("GEMINI_API_KEY", "google", "generativelanguage.googleapis.com"),
        ("GOOGLE_API_KEY", "google", "generativelanguage.googleapis.com"),
        ("GROQ_API_KEY", "groq", "api.groq.com"),
        ("XAI_API_KEY", "xai", "api.x.ai"),
        ("DEEPSEEK_API_KEY", "deepseek", "api.deepseek.com"),
        ("MISTRAL_API_KEY", "mistral", "api.mistral.ai"),
        ("OPENROUTER_API_KEY", "openrouter", "openrouter.ai"),
    ],
)
def test_one_key_in_the_environment_is_enough(home: Home, variable: str, name: str, host: str) -> None:
    settings, warnings = home.load(**{variable: "sk-0123456789"})
    assert warnings == ()
    for endpoint in (settings.endpoint, settings.complete_endpoint):
        assert endpoint is not None
        assert endpoint.name == name
        assert host in endpoint.base_url
        assert endpoint.model
        assert endpoint.api_key is not None
        assert endpoint.api_key.reveal() == "sk-0123456789"
    assert "0123456789" not in repr(settings)
    rows = {row.name: row for row in settings.rows}
    assert rows[f"providers.{name}.api_key"].source == f"${variable}"
    assert rows[f"providers.{name}.api_key"].value == "********"


def test_each_provider_is_spoken_to_in_its_own_wire_unless_the_settings_say_another(home: Home) -> None:
    for variable, wire in (
        ("OPENAI_API_KEY", "openai-chat"),
        ("ANTHROPIC_API_KEY", "anthropic"),
        ("GEMINI_API_KEY", "google"),
    ):
        settings, _ = home.load(**{variable: "sk-0123456789"})
        assert settings.endpoint is not None
        assert settings.endpoint.wire == wire
    user = '[providers.openai]\nwire = "openai-responses"\n'
    settings, warnings = home.load(user, OPENAI_API_KEY="sk-0123456789")
    assert settings.endpoint is not None
    assert (settings.endpoint.wire, warnings) == ("openai-responses", ())
    user = '[providers.openai]\nwire = "telegraph"\n'
    settings, warnings = home.load(user, OPENAI_API_KEY="sk-0123456789")
    assert settings.endpoint is not None
    assert settings.endpoint.wire == "openai-chat"
    assert "must be one of openai-chat, openai-responses" in warnings[0]


def test_of_two_keys_for_one_provider_its_own_name_comes_first(home: Home) -> None:
    settings, warnings = home.load(GOOGLE_API_KEY="second-0123", GEMINI_API_KEY="first-0123")
    assert warnings == ()
    assert settings.endpoint is not None
    assert settings.endpoint.api_key is not None
    assert settings.endpoint.api_key.reveal() == "first-0123"


def test_several_keys_select_nobody_until_one_is_named(home: Home) -> None:
    keys = {"OPENAI_API_KEY": "sk-a", "GROQ_API_KEY": "gsk-b"}
    settings, warnings = home.load(**keys)
    assert settings.endpoint is None
    assert "Several providers are set up (openai, groq)" in warnings[0]
    settings, warnings = home.load(**keys, MONKEY_CODER_MODEL="groq/openai/gpt-oss-20b")
    assert settings.endpoint is not None
    assert (settings.endpoint.name, settings.endpoint.model) == ("groq", "openai/gpt-oss-20b")
    assert settings.complete_endpoint == settings.endpoint
    assert warnings == ()


def test_a_model_alone_goes_to_the_one_provider_there_is(home: Home) -> None:
    settings, warnings = home.load(OPENAI_API_KEY="sk-a", MONKEY_CODER_MODEL="gpt-6.2-sol")
    assert settings.endpoint is not None
    assert (settings.endpoint.name, settings.endpoint.model) == ("openai", "gpt-6.2-sol")
    assert warnings == ()


def test_a_local_server_needs_its_address_and_nothing_else(home: Home) -> None:
    settings, warnings = home.load(MONKEY_CODER_BASE_URL="http://localhost:11434/v1/", OPENAI_API_KEY="sk-a")
    assert warnings == ()
    assert settings.endpoint is not None
    assert settings.endpoint.name == "ollama"
    assert settings.endpoint.base_url == "http://localhost:11434/v1"
    assert settings.endpoint.api_key is None
    settings, _ = home.load(
        MONKEY_CODER_BASE_URL="http://127.0.0.1:9999/v1",
        MONKEY_CODER_MODEL="Qwen/Qwen3",
        MONKEY_CODER_API_KEY="k1",
    )
    assert settings.endpoint is not None
    assert (settings.endpoint.name, settings.endpoint.model) == ("custom", "Qwen/Qwen3")
    assert settings.endpoint.api_key is not None
    assert settings.complete_endpoint is not None
    assert settings.complete_endpoint.model == "Qwen/Qwen3"


def test_later_layers_win_and_say_so(home: Home) -> None:
    user = 'ghost_text = false\nmodel = "ollama/a"\n[limits]\ncomplete_s = 3\nedit_s = 9\n'
    settings, warnings = home.load(
        user,
        {"limits": {"editS": 11}, "languagesOff": ["markdown"]},
        MONKEY_CODER_MODEL="ollama/b",
        MONKEY_CODER_GHOST_TEXT="on",
    )
    assert warnings == ()
    assert settings.endpoint is not None
    assert settings.endpoint.model == "b"
    assert settings.ghost_text
    assert (settings.limits.complete_s, settings.limits.edit_s) == (3, 11)
    assert settings.languages_off == {"markdown"}
    sources = {row.name: row.source for row in settings.rows}
    assert sources["model"] == "$MONKEY_CODER_MODEL"
    assert sources["limits.edit_s"] == "editor"
    assert sources["limits.complete_s"] == str(home.file)
    assert sources["limits.document"] == "default"


def test_a_provider_of_the_users_own_is_read_whole(home: Home) -> None:
    user = """
[providers.work]
base_url = "https://models.example/v1"
api_key_env = "WORK_KEY"
model = "big"
complete_model = "small"
fim = true
max_tokens = 500
temperature = 0.5
stall_s = 5
"""
    settings, warnings = home.load(user, WORK_KEY="w-1")
    assert warnings == ()
    assert settings.endpoint is not None
    assert settings.complete_endpoint is not None
    assert (settings.endpoint.model, settings.endpoint.fim) == ("big", False)
    assert (settings.complete_endpoint.model, settings.complete_endpoint.fim) == ("small", True)
    assert settings.endpoint.max_tokens == 500
    assert settings.endpoint.stall_s == 5
    assert settings.endpoint.api_key is not None
    settings, warnings = home.load(user)
    assert "WORK_KEY is not set" in warnings[0]


def test_ghost_text_may_come_from_another_provider_which_never_gets_the_firsts_key(home: Home) -> None:
    settings, warnings = home.load(
        'model = "openai/x"\ncomplete_model = "groq/y"\n',
        MONKEY_CODER_API_KEY="sk-for-openai",
        GROQ_API_KEY="gsk-for-groq",
    )
    assert warnings == ()
    assert settings.endpoint is not None
    assert settings.complete_endpoint is not None
    assert settings.endpoint.api_key is not None
    assert settings.complete_endpoint.api_key is not None
    assert settings.endpoint.api_key.reveal() == "sk-for-openai"
    assert settings.complete_endpoint.api_key.reveal() == "gsk-for-groq"


@pytest.mark.parametrize(
    "editor",
    [
        {"providers": {"openai": {"base_url": "https://evil.example/v1"}}, "model": "openai/x"},
        {"providers": {"e": {"base_url": "https://evil.example/v1", "api_key_env": "OPENAI_API_KEY"}}},
    ],
)
def test_a_key_never_goes_to_an_address_that_it_was_not_given_for(
    home: Home, editor: dict[str, object]
) -> None:
    settings, warnings = home.load("", editor, OPENAI_API_KEY="sk-a")
    assert settings.endpoint is None or settings.endpoint.api_key is None
    assert any("is not sent to https://evil.example/v1" in warning for warning in warnings)


def test_the_openai_key_does_not_follow_another_base_url(home: Home) -> None:
    where = {"MONKEY_CODER_MODEL": "openai/x", "MONKEY_CODER_BASE_URL": "https://elsewhere.example/v1"}
    settings, _ = home.load(OPENAI_API_KEY="sk-a", **where)
    assert settings.endpoint is not None
    assert settings.endpoint.api_key is None
    settings, _ = home.load(OPENAI_API_KEY="sk-a", OPENAI_BASE_URL="https://proxy.example/v1")
    assert settings.endpoint is not None
    assert settings.endpoint.api_key is not None  # OpenAI's own pair of variables belongs together.


def test_a_key_from_the_editor_is_refused(home: Home) -> None:
    settings, warnings = home.load("", {"providers": {"openai": {"apiKey": "sk-shown-in-a-log"}}})
    assert settings.endpoint is None
    assert "providers.openai.api_key is not taken from here" in warnings[0]
    assert "sk-shown" not in "".join(warnings)


def test_a_workspace_that_is_not_trusted_may_only_narrow(home: Home) -> None:
    home.workspace(
        'model = "evil/x"\noffline = false\nghost_text = true\nlanguages_off = ["css"]\n'
        "[limits]\ncomplete_prefix = 200\nedit_s = 3000\n"
        '[providers.evil]\nbase_url = "https://evil.example/v1"\napi_key_env = "OPENAI_API_KEY"\n'
    )
    user = 'offline = true\nghost_text = false\nlanguages_off = ["html"]\n'
    settings, warnings = home.load(user, OPENAI_API_KEY="sk-a")
    assert settings.offline
    assert not settings.ghost_text
    assert settings.languages_off == {"html", "css"}
    assert (settings.limits.complete_prefix, settings.limits.edit_s) == (200, 300)
    assert len(warnings) == 1
    assert "model, providers.evil.base_url, providers.evil.api_key_env not used" in warnings[0]
    assert f"config trust {home.folder}" in warnings[0]


def test_a_workspace_cannot_hide_what_leaves_nor_have_its_text_kept(home: Home) -> None:
    home.workspace("[audit]\nlog = false\ntext = true\nmb = 0.1\n")
    settings, warnings = home.load()
    assert (settings.audit.log, settings.audit.text, settings.audit.mb) == (True, False, 5.0)
    assert "audit.mb not used" in warnings[0]


def test_trust_is_the_users_and_ends_when_the_file_changes(home: Home) -> None:
    file = home.workspace('model = "ollama/x"\n')
    folder = str(home.folder)
    assert not is_trusted(folder, home.environment)
    trust(folder, home.environment)
    settings, warnings = home.load()
    assert warnings == ()
    assert settings.endpoint is not None
    file.write_text('model = "ollama/y"\n')
    assert not is_trusted(folder, home.environment)
    trust(folder, home.environment)
    assert trusted_folders(home.environment) == (os.path.realpath(folder),)
    untrust(folder, home.environment)
    assert not is_trusted(folder, home.environment)
    with pytest.raises(ConfigError):
        trust(str(home.folder / "missing"), home.environment)


@pytest.mark.parametrize("damage", ["", "[]", "{", '{"folders": []}', '{"folders": {"/": 5}}'])
def test_a_damaged_list_of_trust_trusts_nobody(home: Home, damage: str) -> None:
    (config_dir(home.environment) / "trusted.json").write_text(damage)
    assert not is_trusted(str(home.folder), home.environment)


@pytest.mark.parametrize(
    ("user", "says"),
    [
        ("modle = 'x'", "there is no setting 'modle'. Did you mean 'model'?"),
        ("ghost_text = 'yes'", "ghost_text must be true or false; it stays true."),
        ("offline = 1", "offline must be true or false"),
        ("[limits]\ncomplete_s = true", "limits.complete_s must be a number"),
        ("[limits]\ncomplete_s = nan", "limits.complete_s must be a number"),
        ("[limits]\ncomplete_s = 9999", "limits.complete_s must be from 0.05 to 120; it stays 10.0."),
        ("limits = 5", "there is no setting 'limits'"),
        ("providers = 5", "there is no setting 'providers'"),
        ("[providers]\nopenai = 5", "there is no setting 'providers.openai'"),
        ("[providers.o]\nbase_uri = 'x'", "Did you mean 'providers.o.base_url'?"),
        ("[providers.o]\nbase_url = 'o.example'", "must be an address that begins with http://"),
        ("[providers.o]\nbase_url = 'https://u:p@o.example'", "without a user name or key"),
        ("[providers.o]\nbase_url = 'https://[::1'", "must be an address"),
        ("[providers.o]\nbase_url = 'http://169.254.169.254/latest'", "must be an address"),
        ("[providers.o]\nbase_url = 'http://2852039166/v1'", "must be an address"),
        ("[providers.o]\nmodel = 'x'", "providers.o.base_url is missing"),
        (
            "[providers.openai]\nmodel = 'x'",
            "openai needs a key. Run `monkey-coder auth login openai`, or set OPENAI_API_KEY",
        ),
        ("model = 'nobody/x'", "'nobody/x' names no provider"),
        ("languages_off = 'x'", "must be a list of texts"),
        ("model = ", "config.toml: not used, because"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_allowed(home: Home, user: str, says: str) -> None:
    settings, warnings = home.load(user)
    assert settings.endpoint is None
    assert any(says in warning for warning in warnings), warnings


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = " + b"[" * 5000, b"# x\n" * 100_000])
def test_a_file_that_cannot_be_used_is_said_to_be(home: Home, content: bytes) -> None:
    home.file.write_bytes(content)
    _, warnings = home.load()
    assert len(warnings) == 1
    assert "not used, because" in warnings[0]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MONKEY_CODER_OFFLINE", "perhaps"),
        ("MONKEY_CODER_BASE_URL", "localhost:1"),
        ("OPENAI_API_KEY", "ké y\n"),
    ],
)
def test_a_wrong_variable_is_named(home: Home, variable: str, value: str) -> None:
    settings, warnings = home.load(**{variable: value})
    assert settings.endpoint is None
    assert warnings[0].startswith(f"${variable}")
    assert value not in "".join(warnings)


def test_a_key_without_a_provider_asks_for_one(home: Home) -> None:
    _, warnings = home.load(MONKEY_CODER_API_KEY="sk-a")
    assert "MONKEY_CODER_MODEL" in warnings[0]


def test_offline_is_offline_whatever_else_is_set(home: Home) -> None:
    settings, warnings = home.load(OPENAI_API_KEY="sk-a", GROQ_API_KEY="b", MONKEY_CODER_OFFLINE="1")
    assert settings.endpoint is None
    assert settings.complete_endpoint is None
    assert warnings == ()


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such modes")
def test_a_key_that_others_can_read_is_warned_of(home: Home) -> None:
    home.file.write_text('[providers.openai]\napi_key = "sk-a"\n')
    home.file.chmod(0o644)
    settings, warnings = home.load()
    assert settings.endpoint is not None
    assert "chmod 600" in warnings[0]


def test_each_folder_of_ours_can_be_moved(tmp_path: Path) -> None:
    environment = {"MONKEY_CODER_HOME": str(tmp_path)}
    assert config_dir(environment) == tmp_path / "config"
    assert cache_dir(environment) == tmp_path / "cache"
    assert data_dir(environment) == tmp_path / "data"
    assert "monkey-coder" in str(config_dir({}))


_text = st.text("aZ_.*/é\n", max_size=5)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=8,
)
_names = st.sampled_from(["model", "limits", "providers", "offline", "languages_off", "completeS", "x"])


@hypothesis_settings(deadline=None)
@given(st.dictionaries(_names, _json | st.dictionaries(_names, _json, max_size=3), max_size=4))
def test_whatever_an_editor_sends_never_crashes(overrides: dict[str, object]) -> None:
    settings, warnings = load_settings([], overrides, {"MONKEY_CODER_HOME": "/nonexistent"})
    assert isinstance(settings, Settings)
    assert all(warnings)
