"""The tests that are written without a model, in each framework: the right place, and its runner passes."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from monkey_coder.codegen.syntax import syntax_problems
from monkey_coder.core.documents import Document, Span
from monkey_coder.core.errors import InputError
from monkey_coder.offline.scaffold import scaffold
from monkey_coder.workspace.languages import language_of
from monkey_coder.workspace.test_layout import test_framework as framework_of
from monkey_coder.workspace.test_layout import test_path as path_of


@dataclass(frozen=True)
class Project:
    """A tiny project: `source` is tested, `runs` runs its tests, `n_asserted` of which match `asserts`."""

    framework: str
    source: str
    target: str
    files: dict[str, str]
    runs: tuple[str, ...]
    asserts: str
    n_asserted: int


RUBY = """\
def grade(score)
  raise ArgumentError, "negative" if score < 0
  return "pass" if score >= 50

  "fail"
end

class Till
  def half(cents)
    cents / 2
  end

  def self.label(name)
    return "none" if name.empty?

    "#{name.upcase}!"
  end
end
"""
PHP = """\
<?php

namespace App;

class Till
{
    public function half(int $cents): int
    {
        if ($cents < 0) {
            throw new \\InvalidArgumentException('negative');
        }
        return $cents * 2;
    }

    public static function label(string $name, int $count = 1): string
    {
        return $count > 1 ? $name . $count : strtoupper($name);
    }
}
"""
LUA = """\
local M = {}

function M.grade(score)
  if score < 0 then
    error("negative")
  end
  if score >= 50 then
    return "pass"
  else
    return "fail"
  end
end

function M.join(a, b)
  return a .. "-" .. b
end

return M
"""
CPP = """\
#include <stdexcept>
#include <string>

inline int grade(int score) {
  if (score < 0) {
    throw std::invalid_argument("negative");
  }
  return score / 2;
}

inline std::string label(bool on) {
  return on ? "on" : "off";
}
"""
SHELL = "#!/usr/bin/env bash\n\nadd() {\n  echo $(($1 + $2))\n}\n"
GO = """\
package till

import "errors"

func Grade(score int) (string, error) {
\tif score < 0 {
\t\treturn "", errors.New("negative")
\t}
\tif score >= 50 {
\t\treturn "pass", nil
\t}
\treturn "fail", nil
}

func Half(cents int) int {
\treturn cents / 2
}

type Till struct{}

func (t *Till) Label(name string) string {
\treturn name + "!"
}
"""
C = """\
#include "till.h"

static int twice(int cents) { return cents * 2; }

int half(int cents) {
    if (cents < 0) {
        return -1;
    }
    return cents / 2;
}

bool is_free(int price) { return price == 0; }

int total(const struct basket *basket) { return basket->cents + twice(basket->fee); }
"""
C_HEADER = """\
#include <stdbool.h>

struct basket { int cents, fee; };

int half(int cents);
bool is_free(int price);
int total(const struct basket *basket);
"""
UNITY = """\
#define UNITY_BEGIN()
#define UNITY_END() 0
#define RUN_TEST(test) test()
#define TEST_IGNORE_MESSAGE(text)
#define TEST_ASSERT_TRUE(value) if (!(value)) __builtin_trap()
#define TEST_ASSERT_FALSE(value) if (value) __builtin_trap()
#define TEST_ASSERT_EQUAL_INT(want, value) if ((want) != (value)) __builtin_trap()
"""
RUST = """\
pub fn grade(score: i32) -> Result<String, String> {
    if score < 0 {
        return Err("negative".to_string());
    }
    if score >= 50 { Ok("pass".to_string()) } else { Ok("fail".to_string()) }
}

pub fn half(cents: i32) -> i32 {
    cents / 2
}

pub fn first(text: &str) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    Some(text.len())
}

pub fn must(flag: bool) -> i32 {
    if !flag {
        panic!("no");
    }
    7
}
"""
JAVA = """\
package shop;

public class Till {
    public static String grade(int score) {
        if (score < 0) {
            throw new IllegalArgumentException("negative");
        }
        return score >= 50 ? "pass" : "fail";
    }

    public int half(int cents) {
        return cents / 2;
    }

    public boolean isFree(double price) {
        return price == 0.0;
    }
}
"""
TS = """\
export function grade(score: number): string {
  if (score < 0) {
    throw new RangeError("negative");
  }
  return score >= 50 ? "pass" : `fail ${score}`;
}

export class Till {
  half(cents: number): number {
    return cents / 2;
  }
}

export const label = (name: string, on: boolean): string | null => (on ? name.toUpperCase() : null);
"""
JS = TS
for _typed in (": string | null", ": string", ": number", ": boolean"):
    JS = JS.replace(_typed, "")

PROJECTS = [
    Project("rspec", "lib/till.rb", "spec/till_spec.rb",
            {"lib/till.rb": RUBY, ".rspec": "", "spec/spec_helper.rb": ""}, ("rspec",), r"expect", 6),
    Project("minitest", "lib/till.rb", "test/test_till.rb", {"lib/till.rb": RUBY, "Gemfile": ""},
            ("ruby", "test/test_till.rb"), r"assert_", 6),
    Project("phpunit", "src/Till.php", "tests/TillTest.php",
            {"src/Till.php": PHP, "load.php": "<?php require 'src/Till.php';"},
            ("phpunit", "--bootstrap", "load.php", "tests"), r"\$this->", 3),
    Project("busted", "src/till.lua", "spec/till_spec.lua", {"src/till.lua": LUA},
            ("busted", "--lpath=./src/?.lua"), r"assert\.", 4),
    Project("bats", "till.sh", "test/till.bats", {"till.sh": SHELL}, ("bats", "test"), r"\[ ", 1),
    Project("assert", "src/till.c", "tests/test_till.c", {"src/till.c": C, "src/till.h": C_HEADER},
            ("sh", "-c", "cc -Wall -Werror tests/test_till.c src/till.c -o t && ./t"), r"assert\(", 4),
    Project("unity", "src/till.c", "test/test_till.c",
            {"src/till.c": C, "src/till.h": C_HEADER, "test/unity.h": UNITY,
             "test/test_other.c": '#include "unity.h"\n'},
            ("sh", "-c", "cc -Wall -Werror test/test_till.c src/till.c -o t && ./t"), r"TEST_ASSERT", 4),
    Project("go test", "till.go", "till_test.go", {"till.go": GO, "go.mod": "module till\n\ngo 1.19\n"},
            ("go", "test", "./..."), r"if .*(!=|==)", 4),
    Project("node:test", "till.mjs", "till.test.mjs", {"till.mjs": JS, "package.json": "{}"},
            ("node", "--test"), r"assert\.", 6),
]  # fmt: skip
SLOW = [
    Project("gtest", "till.hpp", "tests/test_till.cpp",
            {"till.hpp": CPP, "CMakeLists.txt": "find_package(GTest REQUIRED)\n"},
            ("sh", "-c", "g++ -o t tests/test_till.cpp -lgtest -lgtest_main -pthread && ./t"), r"EXPECT_", 4),
    Project("cargo test", "src/lib.rs", "src/lib.rs",
            {"src/lib.rs": RUST,
             "Cargo.toml": '[package]\nname = "till"\nedition = "2021"\nversion = "0.1.0"\n'},
            ("cargo", "test", "--offline"), r"assert", 7),
    Project("vitest", "src/till.ts", "src/till.test.ts",
            {"src/till.ts": TS, "package.json": '{"type": "module", "devDependencies": {"vitest": "^3"}}'},
            ("sh", "-c", "npm install --no-audit --no-fund --silent && npx vitest run"), r"expect\(", 6),
    Project("jest", "till.js", "till.test.js",
            {"till.js": JS.replace("export ", "") + "\nmodule.exports = { grade, Till, label };\n",
             "package.json": '{"devDependencies": {"jest": "^30"}}'},
            ("sh", "-c", "npm install --no-audit --no-fund --silent && npx jest"), r"expect\(", 6),
    Project("junit", "src/main/java/shop/Till.java", "src/test/java/shop/TillTest.java",
            {"src/main/java/shop/Till.java": JAVA, "pom.xml": ""}, (), r"assert\w+\(", 6),
]  # fmt: skip


def written(project: Project, folder: Path) -> str:
    """Write the project and its tests to `folder`, and return the tests' text."""
    for name, text in project.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    path = folder / project.source
    text = path.read_text()
    document = Document(path.as_uri(), language_of(str(path)), 1, text, str(path), str(folder))
    assert framework_of(document).name == project.framework
    target = Path(path_of(document))
    assert target.relative_to(folder).as_posix() == project.target
    existing = target.read_text() if target.exists() else ""
    there = Document(target.as_uri(), language_of(str(target)), 0, existing, str(target), str(folder))
    found = scaffold(document, Span(0, len(text)), there)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(found.text)
    return found.text


def check(project: Project, folder: Path) -> None:
    text = written(project, folder)
    assert syntax_problems("", text, language_of(project.target)) == ()
    added = text.removeprefix(project.files.get(project.target, ""))
    assert len(re.findall(project.asserts, added)) >= project.n_asserted, text
    if not project.runs or shutil.which(project.runs[0]) is None:
        pytest.skip(f"the tests were written, and there is nothing here to run {project.framework} with")
    done = subprocess.run(project.runs, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.framework)
def test_a_framework_passes_what_is_written_for_it(project: Project, tmp_path: Path) -> None:
    check(project, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("project", SLOW, ids=lambda project: project.framework)
def test_a_framework_that_takes_longer_passes_too(project: Project, tmp_path: Path) -> None:
    check(project, tmp_path)


@pytest.mark.parametrize("project", [*PROJECTS, *SLOW], ids=lambda project: project.framework)
def test_asking_again_adds_nothing(project: Project, tmp_path: Path) -> None:
    first = written(project, tmp_path)
    source = tmp_path / project.source
    if project.source == project.target:
        return
    document = Document(
        source.as_uri(), language_of(str(source)), 1, source.read_text(), str(source), str(tmp_path)
    )
    target = tmp_path / project.target
    there = Document(target.as_uri(), language_of(str(target)), 0, first, str(target), str(tmp_path))
    with pytest.raises(InputError, match=r"already|no test yet"):
        scaffold(document, Span(0, len(document.text)), there)


def test_tests_in_c_join_a_file_that_has_some(tmp_path: Path) -> None:
    there = (
        '#include <assert.h>\n\n#include "till.h"\n\n'
        "static void test_till(void) { assert(1); }\n\n"
        "int main(void) {\n  test_till();\n  return 0;\n}\n"
    )
    files = {"till.c": C.split("bool")[0], "till.h": C_HEADER, "till_test.c": there}
    assert written(Project("assert", "till.c", "till_test.c", files, (), "", 0), tmp_path) == there.replace(
        "int main",
        "static void test_half(void) {\n  assert(half(2) == 1);\n  assert(half(-1) == -1);\n}\n\nint main",
    ).replace("  return 0;", "  test_half();\n  return 0;")


def test_tests_in_c_of_another_framework_are_left_to_a_model(tmp_path: Path) -> None:
    files = {"till.c": C, "tests/test_other.c": "#include <cmocka.h>\n"}
    with pytest.raises(InputError, match="this project tests with cmocka"):
        written(Project("", "till.c", "", files, (), "", 0), tmp_path)


def test_new_tests_are_written_in_the_hand_of_the_project(tmp_path: Path) -> None:
    source = (
        "export function half(cents) {\n    if (cents < 0) {\n        throw new Error('negative')\n    }\n"
        "    return cents / 2\n}\n\nexport const name = 'till'\n"
    )
    files = {
        "till.js": source,
        "other.test.js": "import { expect, test } from 'vitest'\n\ntest('1', () => {\n    expect(1)\n})\n",
        "package.json": '{"devDependencies": {"vitest": "1"}}',
    }
    project = Project("vitest", "till.js", "till.test.js", files, (), "", 0)
    assert written(project, tmp_path) == (
        "import { describe, expect, test } from 'vitest'\n"
        "import { half } from './till.js'\n\n"
        "describe('half', () => {\n"
        "    test('returns 1 for (2)', () => {\n        expect(half(2)).toBe(1)\n    })\n\n"
        "    test('throws Error for (-1)', () => {\n        expect(() => half(-1)).toThrow(Error)\n"
        "    })\n})\n"
    )


def test_pytest_classes_where_the_project_groups_its_tests(tmp_path: Path) -> None:
    files = {
        "till.py": "def half(cents: int) -> float:\n    return cents / 2\n",
        "tests/test_other.py": "import pytest\n\n\nclass TestA:\n    def test_one(self):\n        assert 1\n",
    }
    project = Project("pytest", "till.py", "tests/test_till.py", files, (), "", 0)
    assert written(project, tmp_path) == (
        "from till import half\n\n\nclass TestTill:\n    def test_half_returns_0_5(self):\n"
        "        assert half(1) == 0.5\n"
    )
