"""What editors load of themselves when they open a file: the schemas that it names."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_NAMED = re.compile(
    r"""(?:\$schema["']?\s*[:=]\s*["']?                     # JSON, TOML, and YAML by a comment
      |schemaLocation\s*=\s*["'][^"']{0,300}?                # XML
      |<!(?:DOCTYPE|ENTITY)\s[^>"']{0,100}["'](?:[^"'<>]{0,200}["']\s+["'])?)
    ((?:https?|ftp|file|wss?):[^\s"'<>,]{3,})""",
    re.VERBOSE | re.IGNORECASE,
)
# Those that everyone names; an address of theirs with a query could still carry something off.
_USUAL = ("json-schema.org", "json.schemastore.org", "www.schemastore.org", "www.w3.org", "maven.apache.org")


def remote_schemas(before: str, after: str) -> tuple[str, ...]:
    """Return a sentence for each address that a text newly names as its schema.

    An editor that opens the file asks that host, and so tells it what the address holds
    (CVE-2025-49150): whoever can have a model write the address has text carried off.
    """
    known = set(_NAMED.findall(before))
    found = []
    for url in dict.fromkeys(_NAMED.findall(after)):
        host = urlsplit(url).netloc.lower() if url.isascii() and "[" not in url else ""
        if url not in known and (host not in _USUAL or "?" in url):
            found.append(f"an editor that opens this file loads {url[:100]}")
    return tuple(found)
