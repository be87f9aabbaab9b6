"""Names are compared so that no other spelling of a protected or secret one slips by."""

from __future__ import annotations

import pytest

from monkey_coder.filesystem.names import is_protected, is_secret, why_not_portable, why_unsafe


@pytest.mark.parametrize(
    "path",
    [
        ".git", ".git/config", "sub/.git/hooks/post-checkout", ".vscode/settings.json", "x.code-workspace",
        "a/b/CLAUDE.md", ".github/workflows/ci.yml", ".cursor/rules/x.mdc", ".npmrc", "src/sitecustomize.py",
        ".monkeyignore", ".monkey-coder.toml",
        # Other spellings.
        ".GIT/config", ".git./config", ".git /config", ".git::$INDEX_ALLOCATION/config", "GIT~1/config",
        ".g\u200cit/config", ".g\u00adit/config", "\uff0egit/config", ".g\u0131t/config", ".G\u0130T/config",
        ".g\ufe0fit/config", "VSCODE~1/settings.json", ".v\u017fcode/tasks.json", "CURSOR~2/mcp.json",
        ".vscode/settings.json::$DATA", ".mcp.json.", "agents.MD",
    ],
)  # fmt: skip
def test_what_programs_obey_is_protected_in_every_spelling(path: str) -> None:
    assert is_protected(path.split("/"))


@pytest.mark.parametrize(
    "path",
    [
        ".gitignore", "git/config", ".github/README.md", "src/agents.py", "vscode/settings.json",
        "gitea~1.txt", "docs/claude.md.txt", ".envrc.md", "..git/x", "\u6f22\u5b57.py",
    ],
)  # fmt: skip
def test_other_names_are_not_protected(path: str) -> None:
    assert not is_protected(path.split("/"))


@pytest.mark.parametrize(
    "path",
    [
        ".env", "deploy/.env.production", ".ENV", ".env.", ".ssh/id_ed25519", "home/.aws/credentials",
        "id_rsa", "terraform.tfstate", "certs/server.KEY", "service-account-prod.json", ".docker/config.json",
        "a/.netrc", "secrets.yaml", "server.pem", ".git/config",
    ],
)  # fmt: skip
def test_secrets_are_known_by_their_names(path: str) -> None:
    assert is_secret(path.split("/"))


@pytest.mark.parametrize(
    "path", [".env.example", "src/env.py", "keys.py", "secrets.py", "key/a.py", "id_rsa.py"]
)
def test_other_names_are_no_secrets(path: str) -> None:
    assert not is_secret(path.split("/"))


@pytest.mark.parametrize(
    "name", ["a\0", "a\nb", "\x1b[2J", "a\u202etxt.py", "\udcff", "a\\b", "\U0001f600" * 64]
)
def test_unsafe_names_are_refused(name: str) -> None:
    assert why_unsafe(name)


@pytest.mark.parametrize("name", ["\U0001f468\u200d\U0001f469.py", "x" * 255, "...", "-rf", "100%.txt", " a"])
def test_good_names_are_taken(name: str) -> None:
    assert not why_unsafe(name)
    assert not why_not_portable(name)


@pytest.mark.parametrize(
    "name", ["CON", "nul.tar.gz", "com1.py", "LPT\u00b9", "a:b", "a.", "a ", "a?b", "CONIN$"]
)
def test_names_that_windows_cannot_hold_are_known(name: str) -> None:
    assert why_not_portable(name)
