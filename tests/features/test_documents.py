"""Which path a URI names, and which workspace folder holds it."""

from __future__ import annotations

import os

import pytest

from monkey_coder.features.documents import holds, make_document, path_of, uri_of

POSIX = pytest.mark.skipif(os.name == "nt", reason="POSIX paths")


@POSIX
@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b%20c.py", "/a/b c.py"),
        ("file://localhost/a.py", "/a.py"),
        ("file:///a/../b.py", "/b.py"),
        ("file://host/a.py", None),
        ("untitled:Untitled-1", None),
        ("file:///a%00b", None),
        ("file:/a.py", None),
        ("FILE:///a.py", None),
        ("file:///a.py?x", None),
        ("file:///a.py#x", None),
        ("file:///%zz", None),
        ("file:///%c0%ae", None),
    ],
)
def test_path_of(uri: str, path: str | None) -> None:
    assert path_of(uri) == path


@POSIX
def test_uri_of_is_the_way_back() -> None:
    assert path_of(uri_of("/a/ü %.py")) == "/a/ü %.py"


@POSIX
def test_the_innermost_folder_holds_the_document() -> None:
    document = make_document("file:///w/sub/a.py", "py", 1, "", ["/w", "/w/sub", "/w/su"])
    assert (document.folder, document.language) == ("/w/sub", "python")


def test_a_name_that_only_begins_alike_is_not_inside() -> None:
    assert not holds(os.sep + "w", os.sep + "work")
