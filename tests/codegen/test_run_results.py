"""What the runners of tests print, read."""

from __future__ import annotations

import pytest

from monkey_coder.codegen.run_results import in_words, read_results

CASES = [
    (
        "pytest",
        "..F\nFAILED tests/test_a.py::test_b - assert 1 == 2\n1 failed, 2 passed in 0.03s\n",
        1,
        "1 test failed (pytest): tests/test_a.py::test_b",
    ),
    ("pytest", "12 passed, 1 warning in 0.03s\n", 0, "12 tests passed (pytest)"),
    ("pytest", "ERROR tests/test_a.py\n1 error in 0.1s\n", 2, "1 test failed (pytest): tests/test_a.py"),
    ("unittest", "Ran 3 tests in 0.001s\n\nOK (skipped=1)\n", 0, "2 tests passed (unittest)"),
    (
        "unittest",
        "FAIL: test_a (t.T.test_a)\nRan 3 tests in 0.001s\n\nFAILED (failures=1)\n",
        1,
        "1 test failed (unittest): test_a",
    ),
    (
        "vitest",
        "\x1b[31m FAIL \x1b[39m a.test.ts > f > adds\n      Tests  1 failed | 2 passed (3)\n",
        1,
        "1 test failed (vitest): a.test.ts > f > adds",
    ),
    ("vitest", " Test Files  1 passed (1)\n      Tests  3 passed (3)\n", 0, "3 tests passed (vitest)"),
    (
        "jest",
        "  ● f › adds\n\nTests:       1 failed, 2 passed, 3 total\n",
        1,
        "1 test failed (jest): f › adds",
    ),
    ("jest", "Tests:       3 passed, 3 total\n", 0, "3 tests passed (jest)"),
    ("node:test", "# tests 2\n# pass 2\n# fail 0\n", 0, "2 tests passed (node:test)"),
    ("node:test", "not ok 1 - adds\n# pass 1\n# fail 1\n", 1, "1 test failed (node:test): adds"),
    (
        "go test",
        "=== RUN   TestA\n--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\nFAIL\n",
        1,
        "1 test failed (go test): TestB",
    ),
    (
        "cargo test",
        "test result: ok. 1 passed; 0 failed;\n\ntest result: ok. 2 passed; 0 failed;\n",
        0,
        "3 tests passed (cargo test)",
    ),
    (
        "cargo test",
        "test tests::a ... FAILED\ntest result: FAILED. 0 passed; 1 failed; 0 ignored\n",
        101,
        "1 test failed (cargo test): tests::a",
    ),
    ("junit", "[INFO] Tests run: 4, Failures: 0, Errors: 0, Skipped: 0\n", 0, "4 tests passed (junit)"),
    ("phpunit", "OK (4 tests, 5 assertions)\n", 0, "4 tests passed (phpunit)"),
    ("bats", "1..2\nok 1 a\nnot ok 2 adds\n", 1, "1 test failed (bats): adds"),
    ("pytest", "no tests ran in 0.01s\n", 0, "no tests were found (pytest)"),
    ("pytest", "No module named pytest\n", 1, "the tests could not be run (pytest ended with code 1)"),
    ("pytest", "", None, "the tests were stopped at their time limit (pytest)"),
]


@pytest.mark.parametrize(("framework", "output", "code", "words"), CASES)
def test_an_outcome_is_said_in_words(framework: str, output: str, code: int | None, words: str) -> None:
    said, is_good = in_words(read_results(framework, output), framework, code)
    assert said == words
    assert is_good == (code == 0)
