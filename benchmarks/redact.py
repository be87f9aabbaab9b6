"""Redact what comes on stdin: one JSON object {"id", "text"} a line; {"id", "redacted"} back."""

from __future__ import annotations

import json
import sys

from monkey_coder.context.redact import redact


def main() -> None:
    """Answer each line on stdout."""
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"id": asked["id"], "redacted": redact(asked["text"])}), flush=True)


if __name__ == "__main__":
    main()
