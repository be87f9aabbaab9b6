"""Which names are secrets, which ones programs obey, and which ones not every system can hold.

A name is compared after folding, so that no other spelling of it slips by: case, Unicode forms,
invisible characters, trailing dots and spaces, streams (`:`), and the short names of old Windows.
Whoever is asked once too often can say yes; what is written unasked can run a program.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

# What programs obey: whoever writes these can start a process, or give an assistant orders
# (CVE-2025-53773, CVE-2025-54135, CVE-2025-61590, CVE-2025-55012 and their kin). At any depth.
PROTECTED = (
    ".git/**", ".gitmodules", ".gitattributes", ".gitconfig", ".hg/**", ".svn/**", ".jj/**",
    ".vscode/**", "*.code-workspace", ".idea/**", ".zed/**", ".vs/**", ".nvim.lua", ".nvimrc", ".exrc",
    ".vimrc", ".dir-locals.el", ".helix/**", ".fleet/**", ".devcontainer/**", ".devcontainer.json",
    ".cursor/**", ".cursorrules", ".cursorignore", ".windsurf/**", ".windsurfrules", ".claude/**",
    "claude.md", "claude.local.md", "agents.md", "agent.md", "gemini.md", ".gemini/**", ".codex/**",
    ".mcp.json", "mcp.json", ".roo/**", ".roorules", ".clinerules", ".clinerules/**", ".continue/**",
    ".amazonq/**", ".kiro/**", ".aider.conf.yml", ".aiexclude", ".github/copilot-instructions.md",
    ".github/instructions/**", ".github/prompts/**", ".github/agents/**", ".github/workflows/**",
    ".github/actions/**", ".gitlab-ci.yml", ".circleci/**", "jenkinsfile", "azure-pipelines.yml",
    ".envrc", ".husky/**", ".pre-commit-config.yaml", "lefthook.yml", ".npmrc", ".yarnrc", ".yarnrc.yml",
    ".pnpmfile.cjs", ".pypirc", "pip.conf", "sitecustomize.py", "usercustomize.py", ".cargo/config",
    ".cargo/config.toml", ".bashrc", ".bash_profile", ".profile", ".zshrc", ".zshenv",
    ".monkeycoder/**", ".monkey-coder/**", ".monkey-coder.toml", ".monkeyignore",
)  # fmt: skip
# What holds keys and passwords.
SECRET = (
    ".env", ".env.*", "*.env", ".envrc", ".git/config", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519",
    "id_*_sk", ".ssh/**", ".aws/**", ".azure/**", ".gnupg/**", ".kube/**", "kubeconfig", "*.kubeconfig",
    ".netrc", "_netrc", ".npmrc", ".yarnrc.yml", ".pypirc", ".pgpass", ".my.cnf", ".htpasswd",
    ".git-credentials", ".vault-token", ".dockercfg", ".docker/config.json", ".gem/credentials",
    ".cargo/credentials",
    ".cargo/credentials.toml", ".terraformrc", "*.tfstate", "*.tfstate.backup", "*.tfvars",
    "*.tfvars.json", "secrets.yaml", "secrets.yml", "secrets.json", "secrets.toml", ".secrets",
    ".secrets.*", "service-account*.json", "service_account*.json", "client_secret*.json",
    "application_default_credentials.json", ".credentials", "credentials.json", "*.key", "*.pem", "*.p12",
    "*.pfx", "*.p8", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.ovpn",
)  # fmt: skip
# These show what belongs into the real one.
_EXAMPLE = re.compile(r"\.env\.(.+\.)?(example|sample|template|dist|defaults?)")
_SHORT = re.compile(r"([^~.]{1,6})~[0-9]+(\.[^.]{0,3})?")
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])(\..*)?", re.I)
# Characters that show nothing and that some file systems leave out when they compare.
_IGNORED = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")
# C0, DEL, C1, and the marks that make a name look like another one (CVE-2021-42574).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_FORBIDDEN = re.compile(r'[<>:"|?*\\]')


def is_protected(parts: Sequence[str]) -> bool:
    """Return whether programs obey the file at `parts`, a path split into its names."""
    return _matches(_PROTECTED, fold(parts))


def is_secret(parts: Sequence[str]) -> bool:
    """Return whether the file at `parts` is one that holds keys or passwords, by its name."""
    folded = fold(parts)
    return _matches(_SECRET, folded) and not _EXAMPLE.fullmatch(folded.rpartition("/")[2])


def fold(parts: Iterable[str]) -> str:
    """Return a path as names are compared, joined by "/"."""
    return "/".join(_fold(part) for part in parts)


def why_unsafe(name: str) -> str:
    """Return why no file may be called by `name`, or "" if it is a good name."""
    if match := _UNSAFE.search(name):
        return f"it holds the character U+{ord(match[0]):04X}"
    if "\\" in name:
        return 'it holds a backslash; write "/" between the folders'
    if len(name.encode("utf-8")) > 255:
        return "a name in it is longer than 255 bytes"
    return ""


def why_not_portable(name: str) -> str:
    """Return why a new file should not get `name`, since some systems cannot hold it, or ""."""
    if match := _FORBIDDEN.search(name):
        return f"Windows allows no {match[0]} in a name"
    if _DEVICE.fullmatch(name):
        return "on Windows it is a device"
    if name.endswith((".", " ")) and name.strip("."):
        return "Windows drops the dot or space at its end"
    return ""


def _fold(part: str) -> str:
    if part.isascii():
        folded = part.lower()
    else:
        folded = unicodedata.normalize("NFKC", part)
        folded = "".join(char for char in folded if unicodedata.category(char) != "Cf")
        folded = _IGNORED.sub("", folded).casefold()
        folded = unicodedata.normalize("NFKC", folded).replace("i\u0307", "i").replace("\u0131", "i")
    folded = folded.partition(":")[0].rstrip(". ") or folded
    match = _SHORT.fullmatch(folded)
    return _LONG_NAMES.get(match[1], folded) if match else folded


def _matches(pattern: re.Pattern[str], folded: str) -> bool:
    return pattern.fullmatch(folded) is not None


def _pattern(globs: Sequence[str]) -> re.Pattern[str]:
    """Return one pattern for all `globs`, each at any depth."""
    bodies = (re.escape(glob).replace(r"/\*\*", "(?:/.*)?").replace(r"\*", "[^/]*") for glob in globs)
    return re.compile(f"(?:.*/)?(?:{'|'.join(bodies)})", re.DOTALL)


def _short_names(globs: Sequence[str]) -> dict[str, str]:
    """Return what each 8.3 short name, without its number, may stand for."""
    names = {glob.split("/")[0] for glob in globs} - {"*"}
    return {
        re.sub(r"[. ]", "", name.rpartition(".")[0] or name)[:6]: name for name in names if "*" not in name
    }


_PROTECTED = _pattern(PROTECTED)
_SECRET = _pattern(SECRET)
_LONG_NAMES = _short_names((*SECRET, *PROTECTED))
