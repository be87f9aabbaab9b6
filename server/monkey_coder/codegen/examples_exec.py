"""Run a module's examples: a line of JSON in says which, a line of JSON out for each that came to an end.

It is run as `python -I -c TEXT` in a project's own environment, so it imports the standard library alone.
"""

import contextlib
import doctest
import importlib
import io
import json
import sys
from typing import Any

RAISED = "!"


def main() -> None:
    """Read what is wanted from standard input, and write what came of it after the given mark, which stands
    alone at the end."""
    wanted = json.loads(sys.stdin.readline())
    sys.path[0:0] = wanted["paths"]
    write = sys.stdout

    def tell(source: str, got: str, passed: bool) -> None:
        write.write(wanted["mark"] + json.dumps([source, got, passed]) + "\n")
        write.flush()

    with contextlib.redirect_stdout(io.StringIO()):
        module = importlib.import_module(wanted["module"])
        runner = _Runner(tell)
        for test in doctest.DocTestFinder().find(module, name="m"):
            if test.name.partition(".")[2] in wanted["names"]:
                runner.run(test, out=lambda text: None)
        for source, expected in wanted["calls"]:
            got, passed = _called(source, expected, vars(module))
            tell(source, got, passed)
    write.write(wanted["mark"] + "\n")
    write.flush()


def _called(source: str, expected: str, names: dict[str, Any]) -> tuple[str, bool]:
    """Evaluate a call of the project's tests; what is expected is a literal, or the name of an error."""
    try:
        value = eval(source, dict(names))
        return repr(value), not expected.startswith(RAISED) and bool(value == eval(expected, {}))
    except Exception as error:  # noqa: BLE001  (whatever the user's code raises is its answer)
        # A test that asks for a base class is content with any error below it.
        kinds = [kind.__name__ for kind in type(error).__mro__]
        return RAISED + type(error).__name__, expected.startswith(RAISED) and expected[1:] in kinds


class _Runner(doctest.DocTestRunner):
    """Tells of each example what it gave."""

    def __init__(self, tell: Any) -> None:
        super().__init__(verbose=False)
        self._tell = tell

    def report_start(self, out: Any, test: Any, example: Any) -> None:
        pass

    def report_success(self, out: Any, test: Any, example: Any, got: str) -> None:
        self._report(example, got, passed=True)

    def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
        self._report(example, got, passed=False)

    def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
        self._tell(example.source.strip(), RAISED + exc_info[0].__name__, False)

    def _report(self, example: Any, got: str, *, passed: bool) -> None:
        if example.exc_msg is not None and "Traceback (most recent call last)" in got:
            got = RAISED + got.strip().splitlines()[-1].partition(":")[0]
        if example.want or not passed:
            self._tell(example.source.strip(), got.strip(), passed)


if __name__ == "__main__":
    main()
