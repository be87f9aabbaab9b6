"""What a project's own files say, each kind from a small example."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monkey_coder.workspace.facts import _READERS, Reader, project_facts
from monkey_coder.workspace.facts_shell import kind_of
from monkey_coder.workspace.facts_types import CommandKind, Manifest, Package

# "-- path --" starts a file.
PARTS = re.split(
    r"^-- (.+) --\n", (Path(__file__).parent / "project.txt").read_text("utf-8"), flags=re.MULTILINE
)
FILES = dict(zip(PARTS[1::2], PARTS[2::2], strict=True))


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    top = tmp_path_factory.mktemp("project")
    for path, text in FILES.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text, encoding="utf-8")
    return {one.folder: one for one in project_facts(str(top)).packages}


def of(packages: dict[str, Package], path: str) -> Manifest:
    return next(one for package in packages.values() for one in package.manifests if one.path == path)


@pytest.mark.parametrize(
    ("path", "dependencies"),
    [
        (
            "pyproject.toml",
            "Django >=5.1,<6 main|httpx  main|uvloop ==0.21 fast|pytest >=8 dev|ruff  lint|hatchling  build",
        ),
        (
            "requirements-dev.txt",
            "coverage ==7.6 dev|x @ git+https://h/x.git@v1 dev|wheel @ https://h/w.whl dev",
        ),
        ("setup.cfg", "six >=1.16 main"),
        ("setup.py", "attrs >=23 main|nose  t"),
        ("Pipfile", "flask  main|requests >=2 main|black ==24.1 dev"),
        ("web/package.json", "react ^19.0.0 main|vitest ~3.1 dev"),
        ("core/Cargo.toml", "serde 1 main|tokio workspace main|insta 1.40 dev|libc 0.2 main"),
        (
            "go/go.mod",
            (
                "github.com/gin-gonic/gin v1.10.0 main|golang.org/x/net v0.33.0 indirect"
                "|github.com/stretchr/testify v1.9.0 main"
            ),
        ),
        ("java/pom.xml", "org.junit.jupiter:junit-jupiter 5.11 test"),
        (
            "kt/build.gradle.kts",
            (
                "ch.qos.logback:logback-classic 1.5.12 main|org.jetbrains.kotlin:kotlin-test  test"
                "|:core  main|libs.okio  main|io.ktor.plugin 3.0.1 plugin"
                "|org.jetbrains.kotlin.jvm 2.1.0 plugin"
            ),
        ),
        ("kt/gradle/libs.versions.toml", "com.squareup.okio:okio 3.9 catalog"),
        ("old/build.gradle", "junit:junit 4.13 main|com.google.guava:guava 33.0-jre main|java  plugin"),
        ("php/composer.json", "laravel/framework ^12.0 main|phpunit/phpunit ^11 dev"),
        ("rb/Gemfile", "rails ~> 8.0, >= 8.0.1 main|rspec-rails  development|puma  main"),
        ("rb/x.gemspec", "rack ~> 3.0 main|rake  dev"),
        ("cpp/CMakeLists.txt", "Boost 1.80 main"),
        ("Dockerfile", "python 3.13-slim image"),
        (".pre-commit-config.yaml", "ruff-pre-commit v0.12.0 hook"),
    ],
)
def test_dependencies_have_their_versions_and_groups(
    packages: dict[str, Package], path: str, dependencies: str
) -> None:
    found = of(packages, path).dependencies
    assert "|".join(f"{one.name} {one.version} {one.scope}" for one in found) == dependencies


@pytest.mark.parametrize(
    ("path", "runtime"),
    [
        ("pyproject.toml", "python >=3.11"),
        ("setup.cfg", "python >=3.8"),
        ("Pipfile", "python 3.12"),
        ("web/package.json", "node >=20"),
        ("core/Cargo.toml", "rust 1.80, edition 2021"),
        ("go/go.mod", "go 1.24.1"),
        ("java/pom.xml", "java 21"),
        ("kt/build.gradle.kts", "java 17"),
        ("old/build.gradle", "java 1.8"),
        ("php/composer.json", "php ^8.2"),
        ("rb/Gemfile", "ruby 3.3.0"),
        ("cpp/CMakeLists.txt", "cmake 3.20"),
    ],
)
def test_what_a_project_runs_on(packages: dict[str, Package], path: str, runtime: str) -> None:
    assert of(packages, path).runtime == runtime


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("pyproject.toml", ["test: pytest", "lint: ruff check"]),
        (
            "web/package.json",
            ["test: pnpm test", "lint: pnpm run lint", "types: pnpm run typecheck", "format: pnpm run x"],
        ),
        ("Makefile", ["test: make test", "test: make unit-tests", "lint: make lint", "build: make build"]),
        (
            ".github/workflows/ci.yml",
            ["test: uv run pytest -n auto", "lint: ruff check .", "lint: npm run lint"],
        ),
        (".gitlab-ci.yml", ["test: bundle exec rspec", "lint: bundle exec rubocop"]),
        ("Dockerfile", ["test: pytest -q"]),
        ("tox.ini", ["test: tox", "test: pytest", "lint: flake8 src"]),
        ("php/composer.json", ["test: composer test"]),
        (
            "cpp/CMakeLists.txt",
            ["build: cmake -B build && cmake --build build", "test: ctest --test-dir build"],
        ),
    ],
)  # fmt: skip
def test_commands_are_known_by_their_purpose(
    packages: dict[str, Package], path: str, lines: list[str]
) -> None:
    assert [f"{one.kind}: {one.line}" for one in of(packages, path).commands] == lines


def test_formatters_and_entry_points(packages: dict[str, Package]) -> None:
    settings_found = {f"{one.tool} {one.name} {one.value}" for one in packages[""].settings}
    assert settings_found >= {
        "ruff line-length 100",
        "ruff select E, F",
        "flake8 max-line-length 99",
        "editorconfig indent_style [*.go] tab",
        "docker port 8000",
    }
    assert {f"{one.tool} {one.name} {one.value}" for one in packages["web"].settings} == {
        "prettier semi false",
        "prettier singleQuote true",
        "prettier printWidth 100",
        "typescript strict true",
        "typescript target ES2022",
    }
    entries = {f"{one.name} {one.target}" for one in packages[""].entries}
    assert entries >= {"shop shop.cli:main", "old old.main:run", "o o:m", "CMD uvicorn shop:app"}
    assert ("corectl", "src/main.rs") in {(one.name, one.target) for one in packages["core"].entries}


def test_each_folder_of_a_monorepo_has_its_own_facts(packages: dict[str, Package]) -> None:
    assert packages["web"].managers == ("pnpm",)
    assert packages["web"].frameworks == ("React",)
    assert packages["web"].test_frameworks == ("Vitest",)
    assert packages["go"].frameworks == ("Gin",)
    assert packages["kt"].name == "kt"
    assert packages["kt"].manifests[1].members == ("core", "app/ui")
    assert packages["rb"].frameworks == ("Rails",)
    assert "Django" in packages[""].frameworks
    assert "tests" not in packages


def test_languages_layout_and_names(tmp_path: Path) -> None:
    for path in ("src/a/first_thing.py", "src/a/second_thing.py", "src/b/third_thing.py", "tests/test_a.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x = 1\n")
    facts = project_facts(str(tmp_path))
    (python,) = facts.languages
    assert (python.name, python.n_files, python.naming) == ("python", 4, "snake_case")
    assert "sources lie in src/" in facts.layout
    assert "tests are named test_*.py" in facts.layout


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("pyproject.toml", "[project", "not TOML"),
        ("package.json", "{", "no JSON object"),
        (
            "pom.xml",
            '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><project>&b;</project>',
            "not followed",
        ),
        ("pom.xml", "<project>", "not XML"),
        ("setup.py", "def", "cannot be parsed"),
        ("setup.cfg", "no section", "cannot be read"),
        ("composer.json", "[]", "no JSON object"),
    ],
)
def test_a_broken_file_is_named_and_hides_no_other(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / "Makefile").write_text("test:\n")
    facts = project_facts(str(tmp_path))
    assert len(facts.problems) == 1
    assert says in facts.problems[0]
    assert facts.packages[0].commands(CommandKind.TEST) == ("make test",)


def test_a_file_of_the_project_is_read_and_never_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    (tmp_path / "setup.py").write_text(
        f"open({str(mark)!r}, 'w')\nfrom setuptools import setup\nsetup(name='a')\n"
    )
    (tmp_path / "Makefile").write_text(f"X := $(shell touch {mark})\ntest:\n\ttouch {mark}\n")
    (tmp_path / "conftest.py").write_text(f"open({str(mark)!r}, 'w')\n")
    assert project_facts(str(tmp_path)).packages[0].name == "a"
    assert not mark.exists()


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([reader for _, reader in _READERS]),
    st.text("ab:=-[]{}()\"'\n \t.,#\\$<>/!", max_size=200),
)
def test_no_text_makes_a_reader_fail(reader: Reader, text: str) -> None:
    assert isinstance(reader("x/setup.cfg", text), Manifest)


@pytest.mark.parametrize(
    "unit",
    ["A=A", "  ", "run: ", "- ", "FROM a\\\n", "implementation(", "'a', ", "gem 'a'", "add_", "a: b\n"],
)
def test_no_text_makes_a_reader_slow(unit: str) -> None:
    text = unit * (8_000 // len(unit))
    for _, reader in _READERS:
        began = time.process_time()
        reader("setup.cfg", text)
        assert time.process_time() - began < 2.0, reader


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("poetry run pytest -x", CommandKind.TEST),
        ("CI=1 npx --yes jest", CommandKind.TEST),
        ("python -m mypy src", CommandKind.TYPES),
        ("cargo +nightly fmt --check", CommandKind.FORMAT),
        ("./gradlew :app:test", CommandKind.TEST),
        ("pip install pytest", None),
        ("echo test", None),
    ],
)
def test_a_line_is_known_by_what_it_starts(line: str, kind: CommandKind | None) -> None:
    assert kind_of(line) is kind
