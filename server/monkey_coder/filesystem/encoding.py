"""Text as bytes and back, in the encoding that a file says is its own.

A byte order mark says it, one of the first two lines of Python (PEP 263), an XML declaration (XML 1.0,
4.3.3). Where nothing does, a file is UTF-8, or else what its project names for it. Nothing is guessed,
and bytes that would not come back the same are refused.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from ..core.errors import FileError

# A mark of UTF-32 begins as one of UTF-16 does.
_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
_HEAD = 4096
_ASCII = "".join(map(chr, range(128)))
_PYTHON = (".py", ".pyi", ".pyw")
_COOKIE = re.compile(
    r"(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))?[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)"
)
_XML = re.compile(r"""<\?xml\s[^<>]*?\bencoding\s*=\s*["']([a-zA-Z][-_.a-zA-Z0-9]*)["']""")
# Emacs names the line ends together with the encoding.
_EMACS = re.compile(r"-(?:unix|dos|mac)$")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text without its byte order mark, and how it was written down."""

    text: str
    encoding: str
    has_bom: bool


def decode(content: bytes, path: str, *, charset: str = "") -> Decoded:
    """Return the text of a file's bytes.

    `charset` is what the project names for files that say nothing themselves and are not UTF-8; one that
    holds ASCII alone, which is the same in both, counts as such a file. Raises: FileError.
    """
    marked = next((name for name, mark in _MARKS.items() if content.startswith(mark)), "")
    if marked:
        return Decoded(_text(content[len(_MARKS[marked]) :], [marked], path)[0], marked, has_bom=True)
    said = encoding_said(content[:_HEAD].decode("latin-1"), path)
    text, encoding = _text(content, [said, "utf-8"] if said else ["utf-8", charset], path)
    if charset and not said and encoding == "utf-8" and text.isascii() and _extends_ascii(charset):
        encoding = charset
    return Decoded(text, encoding, has_bom=False)


def decode_to_show(content: bytes, path: str) -> str:
    """Return the text of a file's bytes; those that are none are shown as `\\xe9`."""
    try:
        return decode(content, path).text
    except FileError:
        return content.decode("utf-8", "backslashreplace")


def encode(text: str, path: str, encoding: str, *, has_bom: bool) -> bytes:
    """Return the bytes of a text. Raises: FileError for a character that the encoding does not have."""
    with suppress(UnicodeError):  # Which character it was, is found below.
        content = text.encode(encoding)
        if encoding == "utf-8" or content.decode(encoding) == text:
            return _MARKS[encoding] + content if has_bom else content
    at = next((at for at, char in enumerate(text) if not _comes_back(char, encoding)), 0)
    if "\ud800" <= text[at] <= "\udfff":
        raise FileError(f"the text for {path!r} holds half of a surrogate pair; nothing was written")
    raise FileError(
        f"{path!r} is {encoding}, which does not have {text[at]!r} (U+{ord(text[at]):04X} in line "
        f"{_line(text[:at])}); nothing was written. Do without it, or convert the file to UTF-8 first"
    )


def encoding_said(text: str, path: str) -> str:
    """Return the encoding that the first lines of a text name as the file's, or "" if none that we know."""
    head = text[:_HEAD]
    match = _XML.match(head)
    is_python = path.lower().endswith(_PYTHON) or re.match(r"#![^\r\n]*python", head)
    if match is None and is_python:
        match = _COOKIE.match(head)
    if match is None:
        return ""
    name = _EMACS.sub("", match[1].lower().replace("_", "-"))
    if name.startswith("utf-8-"):
        return "utf-8"
    return codecs.lookup(name).name if _extends_ascii(name) else ""


def _text(content: bytes, encodings: list[str], path: str) -> tuple[str, str]:
    """Return the text in the first of the encodings that is exactly right, and which. Raises: FileError."""
    for name in filter(None, encodings):
        try:
            text = content.decode(name)
            if "\0" not in text and (name == "utf-8" or text.encode(name) == content):
                return text, name
        except UnicodeError:
            continue
    raise FileError(_why_not(content, encodings[0], path))


def _why_not(content: bytes, encoding: str, path: str) -> str:
    if b"\0" in content and not encoding.startswith(("utf-16", "utf-32")):
        return f"{path!r} is a binary file: it holds NUL bytes; only text can be worked on"
    name = encoding.upper() if encoding.startswith("utf") else encoding
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line(content[: error.start].decode(encoding, "replace"))
        what = f"is not {name} (byte 0x{content[error.start]:02x} in line {line})"
    else:
        if "\0" in text:
            return f"{path!r} is a binary file: it holds NUL characters; only text can be worked on"
        what = f"is {name} that would not be written back byte for byte"
    if encoding == "utf-8":
        return f"{path!r} {what}; convert it to UTF-8 first, or name its charset in .editorconfig"
    return f"{path!r} says that it is {name}, but {what}; convert it to UTF-8 first"


def _line(text_before: str) -> int:
    return len(re.findall(r"\r\n|\r|\n", text_before)) + 1


def _comes_back(char: str, encoding: str) -> bool:
    try:
        return char.encode(encoding).decode(encoding) == char
    except UnicodeError:
        return False


@lru_cache(maxsize=64)
def _extends_ascii(name: str) -> bool:
    """Tell whether there is an encoding of this name, of text, in which ASCII stays what it is."""
    try:
        return _ASCII.encode(name) == _ASCII.encode("ascii") and _ASCII.encode("ascii").decode(name) == _ASCII
    except (LookupError, UnicodeError):
        return False
