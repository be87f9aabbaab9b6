"""Where the installer takes newer editors from."""

from __future__ import annotations

from pathlib import Path

import pytest

from .install import Archive, debian_archive

KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
OTHER = """\
Types: deb
URIs: https://packages.example/apt
Suites: stable
Signed-By: /usr/share/keyrings/example.gpg
"""
SECURITY = f"""\
Types: deb
URIs: http://archive.example/debian-security
Suites: bookworm-security
Signed-By: {KEYS}
"""
DEBIAN = f"""\
Types: deb
# a comment
URIs: http://archive.example/debian
Suites: bookworm bookworm-updates
Signed-By: {KEYS}
"""


@pytest.mark.parametrize(
    ("name", "text", "address"),
    [
        ("debian.sources", f"{SECURITY}\n{DEBIAN}", "http://archive.example/debian"),
        ("debian.sources", f"{OTHER}\n{DEBIAN}", "http://archive.example/debian"),
        (
            "sources.list",
            "# x\ndeb http://archive.example/debian bookworm main\n",
            "http://archive.example/debian",
        ),
        (
            "sources.list",
            f"deb [arch=amd64 signed-by={KEYS}] http://archive.example/debian/ bookworm main\n",
            "http://archive.example/debian/",
        ),
        ("other.sources", OTHER, None),
        ("sources.list", "deb http://archive.example/debian-security bookworm-security main\n", None),
        ("sources.list", "deb-src http://archive.example/debian bookworm main\n", None),
        ("sources.list", "", None),
    ],
)
def test_the_machine_s_own_debian_archive_is_found(
    tmp_path: Path, name: str, text: str, address: str | None
) -> None:
    (tmp_path / name).write_text(text)
    found = debian_archive([tmp_path / "missing.list", tmp_path / name])
    assert found == (None if address is None else Archive(address, KEYS))
