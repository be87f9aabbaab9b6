"""What a test runner's output says: how many passed, which failed."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_MOST_NAMES = 10


@dataclass(frozen=True, slots=True)
class Results:
    """`passed` and `failed` are None where the output does not say; `names` are those that failed."""

    passed: int | None
    failed: int | None
    names: tuple[str, ...] = ()


# For each framework: what counts the passed, what counts the failed (all matches add up), what names them.
_READERS: dict[str, tuple[str, str, str]] = {
    "pytest": (r"(\d+) passed", r"(\d+) (?:failed|errors?)\b", r"^(?:FAILED|ERROR) (\S+)"),
    "vitest": (r"^\s*Tests .*?(\d+) passed", r"^\s*Tests .*?(\d+) failed", r"^\s*FAIL\s+(.+?)\s*$"),
    "jest": (r"^Tests:.*?(\d+) passed", r"^Tests:.*?(\d+) failed", r"^\s+● (.+?)\s*$"),
    "mocha": (r"^\s+(\d+) passing", r"^\s+(\d+) failing", r"^\s+\d+\) (.+?):?\s*$"),
    "node:test": (
        r"^[#ℹ] pass (\d+)",
        r"^[#ℹ] fail (\d+)",
        r"^\s*(?:not ok \d+ - |✖ )(.+?)(?: \([\d.]+ms\))?\s*$",
    ),
    "cargo test": (r"(\d+) passed;", r"(\d+) failed;", r"^test (\S+) \.\.\. FAILED"),
    "rspec": (r"(\d+) examples?,", r"examples?, (\d+) failures?", r"^rspec (\S+)"),
    "minitest": (r"(\d+) runs,", r"(\d+) failures", r"^(?:Failure|Error):\s*(\S+)"),
    "phpunit": (r"OK \((\d+) tests?|Tests: (\d+)", r"(?:Failures|Errors): (\d+)", r"^\d+\) (\S+)"),
    "bats": (r"^1\.\.(\d+)", r"(?!)", r"^not ok \d+ (.+?)\s*$"),
    "busted": (r"(\d+) success", r"(\d+) (?:failure|error)", r"^(?:Failure|Error) → (.+?)\s*$"),
    "junit": (r"^\[?.*Tests run: (\d+), F", r"Failures: (\d+), Errors: \d+", r"^\[ERROR\]\s+(\S+?):\d+"),
}
# These count all that ran where the others count what passed.
_COUNT_ALL = frozenset({"rspec", "minitest", "bats", "junit", "phpunit"})


def read_results(framework: str, output: str) -> Results:
    """Return what the output of a framework's runner says."""
    text = _COLOURS.sub("", output)
    if framework == "go test":
        return _counted(text, r"^\s*--- PASS: (\S+)", r"^\s*--- FAIL: (\S+)")
    if framework == "unittest":
        return _unittest(text)
    if framework not in _READERS:
        return Results(None, None)
    passing, failing, naming = _READERS[framework]
    names = tuple(dict.fromkeys(re.findall(naming, text, re.MULTILINE)))
    passed, failed = _total(passing, text, framework), _total(failing, text, framework)
    if passed is None and failed is None:
        return Results(None, None, names)
    failed = len(names) if framework == "bats" else failed or 0
    passed = (passed or 0) - (failed if framework in _COUNT_ALL else 0)
    return Results(passed, failed, names)


def _total(pattern: str, text: str, framework: str) -> int | None:
    matches = re.findall(pattern, text, re.MULTILINE)
    found = ["".join(match) for match in matches]  # Of several groups one has matched.
    if not found:
        return None
    numbers = [int(number) for number in found]
    return sum(numbers) if framework in ("cargo test", "pytest") and pattern.startswith("(") else numbers[-1]


def _counted(text: str, passing: str, failing: str) -> Results:
    passed, failed = re.findall(passing, text, re.MULTILINE), re.findall(failing, text, re.MULTILINE)
    if not passed and not failed:
        return Results(None, None)
    return Results(len(passed), len(failed), tuple(dict.fromkeys(failed)))


def _unittest(text: str) -> Results:
    ran = re.findall(r"^Ran (\d+) tests?", text, re.MULTILINE)
    if not ran:
        return Results(None, None)
    names = tuple(dict.fromkeys(re.findall(r"^(?:FAIL|ERROR): (\w+)", text, re.MULTILINE)))
    failed = sum(int(number) for number in re.findall(r"\b(?:failures|errors)=(\d+)", text))
    skipped = sum(int(number) for number in re.findall(r"\bskipped=(\d+)", text))
    return Results(int(ran[-1]) - failed - skipped, failed, names)


def in_words(results: Results, framework: str, exit_code: int | None) -> tuple[str, bool]:
    """Return the outcome as a sentence, and whether all is well."""
    if exit_code is None:
        return f"the tests were stopped at their time limit ({framework})", False
    if results.failed or (results.names and exit_code):
        named = ", ".join(results.names[:_MOST_NAMES]) + (" …" if len(results.names) > _MOST_NAMES else "")
        count = results.failed or len(results.names)
        return f"{count} {_tests(count)} failed ({framework}){': ' if named else ''}{named}", False
    if exit_code:
        return f"the tests could not be run ({framework} ended with code {exit_code})", False
    if not results.passed:
        return f"no tests were found ({framework})", True
    return f"{results.passed} {_tests(results.passed)} passed ({framework})", True


def _tests(count: int) -> str:
    return "test" if count == 1 else "tests"
