"""`docs/protocol.md` was looked at when our own methods last changed."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_protocol_page_names_the_hash_of_our_methods() -> None:
    source = (ROOT / "server" / "monkey_coder" / "lsp" / "ext.py").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    expected = hashlib.sha256(source.encode()).hexdigest()[:16]
    found = re.search(r"^ext\.py sha256: (\w+)$", page, re.MULTILINE)
    assert found is not None
    assert found[1] == expected, f"describe the change in docs/protocol.md, then write {expected} there"
