"""`python -m monkey_coder` is the command `monkey-coder`."""

from .cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
