"""One setting is changed; the rest of the file stays as its owner wrote it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.config.settings import load_settings
from monkey_coder.config.write import replace_file, set_setting, with_setting
from monkey_coder.core.errors import ConfigError

FILE = """# mine
model = "a/b"   # the best
languages_off = [
  "markdown",  # prose
]

[limits]
complete_s = 3

[providers.work]
# ours
base_url = "https://w.example/v1"
"""


@pytest.mark.parametrize(
    ("name", "value", "old", "new"),
    [
        ("model", "c/d", 'model = "a/b"   # the best\n', 'model = "c/d"\n'),
        ("offline", True, "]\n\n[limits]", "]\noffline = true\n\n[limits]"),
        (
            "languages_off",
            ("css",),
            FILE[FILE.index("lang") : FILE.index("\n\n[lim")],
            'languages_off = ["css"]',
        ),
        ("limits.edit_s", 5.5, "complete_s = 3\n", "complete_s = 3\nedit_s = 5.5\n"),
        ("limits.complete_s", None, "complete_s = 3\n", ""),
        ("providers.work.model", 'q"\\ü', 'w.example/v1"\n', 'w.example/v1"\nmodel = "q\\"\\\\ü"\n'),
        ("providers.new.fim", True, 'v1"\n', 'v1"\n\n[providers.new]\nfim = true\n'),
        ("offline", None, "", ""),
    ],
)
def test_one_setting_changes_and_all_else_stays(name: str, value: object, old: str, new: str) -> None:
    assert with_setting(FILE, name, value) == FILE.replace(old, new, 1)  # type: ignore[arg-type]


def test_an_empty_file_gets_its_first_setting() -> None:
    assert with_setting("", "limits.edit_s", 5) == "[limits]\nedit_s = 5\n"
    assert with_setting("model = 'x'", "offline", True) == "model = 'x'\noffline = true\n"


@pytest.mark.parametrize(
    "before", ["limits = {edit_s = 1}\n", "limits.edit_s = 1\n", "limits = 3\n", "x = [\n"]
)
def test_what_cannot_be_changed_safely_is_left_to_a_person(before: str) -> None:
    with pytest.raises(ConfigError):
        with_setting(before, "limits.edit_s", 2)


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["model", "complete_model", "limits.a", "providers.p.model", "providers.q.model"]
            ),
            st.none() | st.text("a\"'\\\n\x7fé👋\ud800#]=", max_size=8),
        ),
        max_size=8,
    )
)
def test_any_sequence_of_changes_reads_back(changes: list[tuple[str, str | None]]) -> None:
    text, expected = FILE, tomllib.loads(FILE)
    for name, value in changes:
        try:
            text = with_setting(text, name, value)
        except ConfigError:
            continue  # Some texts cannot be written in TOML, such as half a surrogate pair.
        tables = expected
        *parents, leaf = name.split(".")
        for parent in parents:
            tables = tables.setdefault(parent, {})
        if value is None:
            tables.pop(leaf, None)
        else:
            tables[leaf] = value
    found = tomllib.loads(text)
    for table in (expected, found):
        table["providers"] = {name: inner for name, inner in table["providers"].items() if inner}
    assert found == expected


def test_what_was_set_holds_at_the_next_start(tmp_path: Path) -> None:
    environment = {"MONKEY_CODER_HOME": str(tmp_path)}
    set_setting("limits.complete_s", "2.5", environment)
    set_setting("languages_off", "css, html", environment)
    path = set_setting("providers.openai.api_key", "sk-a", environment)
    settings, warnings = load_settings([], None, environment)
    assert warnings == ()
    assert settings.limits.complete_s == 2.5
    assert settings.languages_off == {"css", "html"}
    assert settings.endpoint is not None
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
    set_setting("providers.openai.api_key", None, environment)
    assert load_settings([], None, environment)[0].endpoint is None


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("ghosttext", "on", "Did you mean 'ghost_text'?"),
        ("limits.complete_s", "soon", "must be a number, not 'soon'"),
        ("limits.complete_s", "0", "must be from 0.05 to 120"),
        ("providers.*.model", "x", "There is no setting"),
        ("offline", "", "must be true or false"),
    ],
)
def test_what_is_not_allowed_is_not_written(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says.replace("*", r"\*").replace("?", r"\?")):
        set_setting(name, text, {"MONKEY_CODER_HOME": str(tmp_path)})
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_replaced_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        replace_file(tmp_path / "blocked" / "config.toml", "x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ConfigError):
        replace_file(tmp_path / "folder", "x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocked", "folder"]
