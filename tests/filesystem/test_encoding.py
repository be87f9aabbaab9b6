"""Files are read in the encoding that they say is theirs, and written back in it or not at all."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.core.errors import FileError
from monkey_coder.filesystem.encoding import decode, decode_to_show, encode
from monkey_coder.filesystem.history import diff_of_change, undo
from monkey_coder.filesystem.read import read_text
from monkey_coder.filesystem.write import NewText, write_text, write_texts

MARKED = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}


@pytest.mark.parametrize(
    ("name", "first_line", "encoding"),
    [
        ("a.py", "# -*- coding: latin-1 -*-", "iso8859-1"),
        ("a.py", "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :", "cp1252"),
        ("a.pyi", "\n# coding=iso-8859-15-unix é", "iso8859-15"),
        ("tool", "#!/usr/bin/env python3\n# coding: latin-1", "iso8859-1"),
        ("a.svg", "<?xml version='1.0' encoding='ISO-8859-1'?>", "iso8859-1"),
        ("a.csproj", '<?xml version="1.0" encoding="windows-1252" standalone="yes"?>', "cp1252"),
        ("a.py", "x = 1\n# coding: utf-8", "utf-8"),
    ],
)
def test_what_a_file_says_is_how_it_is_read_and_written(
    tmp_path: Path, name: str, first_line: str, encoding: str
) -> None:
    file, store = tmp_path / name, str(tmp_path / "kept")
    before = f"{first_line}\nname = 'café'\n"
    file.write_bytes(before.encode(encoding))
    found = read_text(str(file))
    assert (found.text, found.encoding, found.has_bom) == (before, encoding, False)
    change = write_text(str(file), before.replace("café", "naïf"), like=found, backups=store)
    assert file.read_bytes() == before.replace("café", "naïf").encode(encoding)
    assert "-name = 'café'\n+name = 'naïf'\n" in diff_of_change(store)
    undo(store, id_=change.id)
    assert file.read_bytes() == before.encode(encoding)


@pytest.mark.parametrize("encoding", MARKED)
def test_a_byte_order_mark_says_it_all(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "a.py"
    text = "# coding: latin-1\r\n\tname = 'café \U0001f412'\r\nx = 1"
    file.write_bytes(MARKED[encoding] + text.encode(encoding))
    found = read_text(str(file))
    assert (found.text, found.encoding, found.has_bom) == (text, encoding, True)
    new = text.replace("x = 1", "→ = 2")
    write_text(str(file), new, like=found)
    assert file.read_bytes() == MARKED[encoding] + new.encode(encoding)


@given(st.sampled_from(sorted(MARKED)), st.text(st.characters(exclude_characters="\0", codec="utf-8")))
def test_any_text_comes_back_as_the_same_bytes(encoding: str, text: str) -> None:
    content = MARKED[encoding] + text.encode(encoding)
    decoded = decode(content, "a.txt")
    assert decoded.text == text
    assert encode(decoded.text, "a.txt", decoded.encoding, has_bom=decoded.has_bom) == content


@given(st.sampled_from(["latin-1", "cp1252", "shift_jis", "euc-jp", "gb18030", "iso-2022-jp"]), st.binary())
def test_whatever_is_read_would_be_written_back_byte_for_byte(encoding: str, data: bytes) -> None:
    content = b"# coding: " + encoding.encode() + b"\n" + data
    try:
        decoded = decode(content, "a.py")
    except FileError:
        return
    assert encode(decoded.text, "a.py", decoded.encoding, has_bom=decoded.has_bom) == content


@pytest.mark.parametrize(
    ("charset", "content", "text", "encoding"),
    [
        ("iso8859-1", b"caf\xe9\n", "café\n", "iso8859-1"),
        ("iso8859-1", b"cafe\n", "cafe\n", "iso8859-1"),
        ("iso8859-1", "café\n".encode(), "café\n", "utf-8"),
        ("iso8859-1", b"# coding: cp1252\n\x80\n", "# coding: cp1252\n€\n", "cp1252"),
        ("utf-16-le", b"a\0\n\0", "a\n", "utf-16-le"),
        ("utf-16-be", b"\0a\0\n", "a\n", "utf-16-be"),
        ("utf-16-le", b"abcd", "abcd", "utf-8"),
        ("utf-16-le", b"\xfe\xff\0a", "a", "utf-16-be"),
    ],
)
def test_the_project_is_heard_where_a_file_says_nothing(
    tmp_path: Path, charset: str, content: bytes, text: str, encoding: str
) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(content)
    found = read_text(str(file), charsets=lambda path: charset if path == str(file.resolve()) else "")
    assert (found.text, found.encoding) == (text, encoding)
    write_text(str(file), found.text + "b", like=found)
    assert file.read_bytes() == content + "b".encode(encoding)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            b"# no word\nx = '\xe9'\n",
            "is not UTF-8 (byte 0xe9 in line 2); convert it to UTF-8 first, or name",
        ),
        (b"# coding: utf-8\n\xe9\n", "is not UTF-8 (byte 0xe9 in line 2); convert it"),
        (b"# coding: ascii\n\xe9\n", "says that it is ascii, but is not ascii (byte 0xe9 in line 2)"),
        (b"# coding: shift_jis\n\x81", "says that it is shift_jis, but is not shift_jis"),
        (b"# coding: cp932\n\xee\xf9\n", "is cp932 that would not be written back byte for byte"),
        (b"# coding: latin-1\n\0\xe9", "is a binary file"),
        (b"\xff\xfea\0\0\0", "is a binary file"),
        (b"\xff\xfe\0\xd8\0\0", "is not UTF-16-LE"),
    ],
)
def test_what_is_not_as_it_says_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(content)
    with pytest.raises(FileError) as error:
        read_text(str(file))
    assert says in str(error.value)
    assert decode_to_show(content, "a.py") != decode_to_show(content + b"\xe8", "a.py")


@pytest.mark.parametrize(
    "name", ["utf-7", "rot13", "hex", "unicode_escape", "utf-8-sig", "nonsense", "utf-16"]
)
def test_an_encoding_that_no_source_can_have_counts_as_none(name: str) -> None:
    text = f"# coding: {name}\nx = '+AOk- é'\n"
    assert decode(text.encode(), "a.py").text == text


@pytest.mark.parametrize(
    ("declared", "char", "says"),
    [
        ("latin-1", "→", "is iso8859-1, which does not have '→' (U+2192 in line 3)"),
        ("shift_jis", "\xa5", "is shift_jis, which does not have '\xa5' (U+00A5 in line 3)"),
        ("latin-1", "\ud83d", "half of a surrogate pair"),
        ("utf-8", "\ud83d", "half of a surrogate pair"),
    ],
)
def test_a_character_that_the_encoding_lacks_is_named_and_nothing_written(
    tmp_path: Path, declared: str, char: str, says: str
) -> None:
    files = [tmp_path / "a.py", tmp_path / "b.py"]
    old = f"# coding: {declared}\r\nx = 1\r\n".encode()
    for file in files:
        file.write_bytes(old)
    texts = [
        NewText(str(file), new, read_text(str(file)))
        for file, new in zip(
            files, ["x = 2\r\n", f"# coding: {declared}\r\nx = 1\r\ny = '{char}'\r\n"], strict=True
        )
    ]
    with pytest.raises(FileError) as error:
        write_texts(texts)
    assert says in str(error.value)
    assert "nothing was written" in str(error.value)
    assert [file.read_bytes() for file in files] == [old, old]


def test_a_text_that_now_says_otherwise_is_written_as_it_says(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"# coding: latin-1\nx = '\xe9'\n")
    write_text(str(file), "# coding: cp1252\nx = '€'\n", like=read_text(str(file)))
    assert file.read_bytes() == b"# coding: cp1252\nx = '\x80'\n"
    write_text(str(file), "x = '€'\n", like=read_text(str(file)))
    assert file.read_bytes() == "x = '€'\n".encode()


def test_a_new_file_is_in_the_encoding_it_says_or_its_project_names(tmp_path: Path) -> None:
    texts = [
        NewText("said.py", "# coding: latin-1\n'é'\n", charset="utf-16-le"),
        NewText("latin.txt", "é\n", charset="iso8859-1"),
        NewText("wide.txt", "é\n", charset="utf-16-be"),
    ]
    write_texts(texts, roots=[str(tmp_path)])
    assert (tmp_path / "said.py").read_bytes() == b"# coding: latin-1\n'\xe9'\n"
    assert (tmp_path / "latin.txt").read_bytes() == b"\xe9\n"
    assert (tmp_path / "wide.txt").read_bytes() == b"\xfe\xff\0\xe9\0\n"
