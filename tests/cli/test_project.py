"""`monkey-coder project` as a person and a program read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from monkey_coder.cli.main import main
from monkey_coder.features import find


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONKEY_CODER_HOME", str(tmp_path / "home"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    top = tmp_path / "p"
    (top / "web").mkdir(parents=True)
    (top / "pyproject.toml").write_text('[project]\nname = "shop"\ndependencies = ["flask>=3"]\n')
    (top / "web" / "package.json").write_text('{"name": "we\\u001b[2Jb", "scripts": {"test": "jest"}}')
    (top / "a.py").write_text("x = 1\n")
    (top / "AGENTS.md").write_text("Be kind.\u200b", encoding="utf-8")
    return top


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["project", *arguments]) == 0
    return capsys.readouterr().out


def test_a_person_sees_each_folder_and_the_rules(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, str(folder))
    assert "the project  shop" in text
    assert "flask >=3" in text
    assert "web/" in text
    assert "npm test" in text
    assert "AGENTS.md" in text
    assert "not used: this folder is not trusted" in text
    assert "characters of no width" in text
    assert "\x1b" not in text


def test_a_terminal_gets_colours(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    text = shown(capsys, str(folder))
    assert "\x1b[" in text
    assert "\x1b[2J" not in text


def test_a_program_gets_all_of_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(shown(capsys, str(folder), "--json"))
    assert [package["folder"] for package in found["packages"]] == ["", "web"]
    assert found["packages"][0]["manifests"][0]["dependencies"] == [
        {"name": "flask", "version": ">=3", "scope": "main"}
    ]
    assert found["rules"][0]["path"] == "AGENTS.md"
    assert found["trusted"] is False
    assert found["rules"][0]["used"] is False


def test_a_folder_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["project", "/no/such/folder"]) == 2
    assert "is no folder" in capsys.readouterr().err


PRICES = (
    'def round_price(amount):\n    """Round to cents."""\n    return round(amount, 2)\n\n\n'
    "def open_basket(user):\n    return [user]\n"
)
USES = "from prices import round_price\n\n\ndef pay_{n}(x):\n    return round_price(x)\n"


@pytest.fixture
def shop(folder: Path) -> Path:
    (folder / "prices.py").write_text(PRICES)
    for n in range(4):
        (folder / f"user_{n}.py").write_text(USES.format(n=n))
    return folder


def test_the_map_begins_with_what_is_used_most(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, str(shop), "--map").startswith("prices.py:\ndef round_price(amount):\n")
    found = json.loads(shown(capsys, str(shop), "--map", "--json", "--focus", str(shop / "user_1.py")))
    assert found["files"][0]["path"] == "prices.py"
    assert found["files"][0]["definitions"][0] == {
        "name": "round_price",
        "kind": "function",
        "lines": [1, 3],
        "signature": "def round_price(amount):",
    }
    assert 0 < found["tokens"] <= 1_024
    assert "pay_1" not in found["text"]


def test_in_a_large_project_too(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "_MOST_TEXTS", 2)
    assert shown(capsys, str(shop), "--search", "queries of baskets").startswith(
        "prices.py:6  def open_basket"
    )


def test_a_description_finds_a_function(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, str(shop), "--search", "round an amount to cents")
    assert text.splitlines()[:2] == ["prices.py:1  def round_price(amount):", "    Round to cents."]
    found = json.loads(shown(capsys, str(shop), "--search", "the basket of a user", "--json"))
    assert found["found"][0]["name"] == "open_basket"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--map", "--tokens", "0"), "--tokens is at least 1"),
        (("--map", "--focus", "gone.py"), "'gone.py' is no file"),
    ],
)
def test_bad_arguments_of_the_map_are_told(
    shop: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    assert main(["project", str(shop), *arguments]) == 2
    assert says in capsys.readouterr().err


def test_nothing_to_find_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    for asked in (("--map",), ("--search", "anything")):
        assert main(["project", str(tmp_path / "empty"), *asked]) == 3
        assert "nothing was found" in capsys.readouterr().err
