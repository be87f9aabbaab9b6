"""Where things lie in a project and how its files are named."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from .facts_types import Language
from .walk import SourceFile

_STYLES = (
    ("snake_case", re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+")),
    ("kebab-case", re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+")),
    ("PascalCase", re.compile(r"(?:[A-Z][a-z0-9]+){2,}|[A-Z][a-z]{2,}")),
    ("camelCase", re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)+")),
)
_TESTS = (
    ("test_*.py", r"test_[\w-]+\.py"),
    ("*_test.py", r"[\w-]+_test\.py"),
    ("*_test.go", r"[\w-]+_test\.go"),
    ("*.test.*", r"[\w.-]+\.test\.[cm]?[jt]sx?"),
    ("*.spec.*", r"[\w.-]+\.spec\.[cm]?[jt]sx?"),
    ("*Test.java", r"\w+Tests?\.java"),
    ("*Test.kt", r"\w+Tests?\.kt"),
    ("*Test.php", r"\w+Test\.php"),
    ("*_spec.rb", r"\w+_spec\.rb"),
    ("*_test.rb", r"\w+_test\.rb"),
)
_MOST = 8


def languages_of(files: Sequence[SourceFile], paths: Sequence[str]) -> tuple[Language, ...]:
    """Return the languages of the files, that of most bytes first, with how their files are named."""
    sizes: Counter[str] = Counter()
    names: dict[str, list[str]] = defaultdict(list)
    for file, path in zip(files, paths, strict=True):
        if file.language not in ("plaintext",):
            sizes[file.language] += file.size
            names[file.language].append(path.rpartition("/")[2].partition(".")[0])
    return tuple(
        Language(language, len(names[language]), size, naming(names[language]))
        for language, size in sizes.most_common()
    )


def naming(stems: Sequence[str]) -> str:
    """Return the style that four of five names of more than one word follow; "" where there is none."""
    votes: Counter[str] = Counter()
    for stem in stems:
        style = next((style for style, pattern in _STYLES if pattern.fullmatch(stem.strip("_"))), None)
        if style is not None:
            votes[style] += 1
    if not votes:
        return ""
    style, n_votes = votes.most_common(1)[0]
    return style if n_votes >= 3 and n_votes >= 0.8 * votes.total() else ""


def layout_of(paths: Sequence[str]) -> tuple[str, ...]:
    """Return short sentences about where sources and tests lie."""
    found: list[str] = []
    tops = Counter(path.partition("/")[0] for path in paths if "/" in path)
    folders = [f"{name}/ ({count})" for name, count in tops.most_common(_MOST) if not name.startswith(".")]
    if folders:
        found.append("folders by files: " + ", ".join(folders))
    if any(path.startswith("src/") for path in paths):
        found.append("sources lie in src/")
    tests = Counter(_test_home(path) for path in paths if _test_home(path))
    if tests:
        found.append("tests lie in " + ", ".join(name for name, _ in tests.most_common(3)))
    names = Counter(
        label for path in paths for label, pattern in _TESTS if re.fullmatch(pattern, path.rpartition("/")[2])
    )
    if names:
        found.append("tests are named " + ", ".join(label for label, _ in names.most_common(2)))
    return tuple(found)


def _test_home(path: str) -> str:
    parts = path.split("/")[:-1]
    for place, part in enumerate(parts):
        if part in ("tests", "test", "spec", "__tests__", "e2e"):
            if part == "__tests__":
                return "__tests__/ beside the sources"
            return "/".join(parts[: place + 1]) + "/"
    if any(re.fullmatch(pattern, path.rpartition("/")[2]) for _, pattern in _TESTS):
        return "the sources' own folders"
    return ""
