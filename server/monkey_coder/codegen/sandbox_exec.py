"""Run a program under limits: `python sandbox_exec.py LIMITS PROGRAM ARGUMENTS...`.

A process of its own sets them, since a server with threads must not run code between fork and exec.
It is run by its path, so it imports the standard library alone.
"""

import json
import os
import sys


def main() -> None:
    """Set the limits that this system has, and become the program."""
    limits = json.loads(sys.argv[1])
    try:
        import resource
    except ImportError:  # Windows has none; the caller limits the time.
        resource = None  # type: ignore[assignment]
    if resource is not None:
        for name, value in limits.items():
            kind = getattr(resource, name, None)
            if kind is None:
                continue
            _, hard = resource.getrlimit(kind)
            most = value if hard == resource.RLIM_INFINITY else min(value, hard)
            try:
                resource.setrlimit(kind, (most, most))
            except (ValueError, OSError):
                sys.stderr.write(f"the limit {name} cannot be set here\n")
    try:
        os.execv(sys.argv[2], sys.argv[2:])
    except OSError as error:
        sys.stderr.write(f"{sys.argv[2]}: {error.strerror}\n")
        raise SystemExit(127) from error


if __name__ == "__main__":
    main()
