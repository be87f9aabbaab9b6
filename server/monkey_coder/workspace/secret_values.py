"""Does a value look like a real secret, or like a stand-in, a name, a sentence?"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import cache
from itertools import pairwise

_WORDS = """
    password passwd pass secret token key apikey api_key test testing example dummy foobar foo bar
    changeme hunter2 none null nil true false todo fixme undefined string str default admin root user
    username my_token mytoken mysecret mypassword replace_me required optional value empty unknown
    hidden redacted basic bearer digest negotiate session cookie oauth2 authorization_code
    client_credentials text
"""
_STAND_INS = frozenset(_WORDS.split())
_STAND_IN = re.compile(
    r"x{4,}|X{4,}|\*{3,}|\.{3}|#{4,}|0{8,}|1{8,}|[<>]|\$\{|\$\(|^\\?\$[A-Za-z_]|\{\{|%\w+%|%\(|EXAMPLE"
    r"|[Rr]edacted|REDACTED|[Pp]laceholder|PLACEHOLDER|[Cc]hange.?[Mm]e|CHANGE.?ME|[Yy]our.|YOUR.|insert-|INSERT."
    r"|1234567890|0123456789|abcdefghij|ABCDEFGHIJ|env\(|vault:|\bsecrets\.|123123123|abc123|a1b2c3d4|A1B2C3D4|1a2b3c4d|1A2B3C4D|1234-1234|aaaaaaaa|[Hh]ere$|initial$"
)
_REFERENCE = re.compile(
    r"[A-Za-z_]\w*(?:(?:\.|->|::|\?\.)[A-Za-z_]\w*)+(?:\(.*)?|[\w.]*[(\[{].*|[A-Z][a-z]+(?:[A-Z][a-z]+)+\d?"
    r"|[A-Z]+(?:_[A-Z0-9]+)+|[a-z]+(?:_[a-z]+)+\d?|[a-z]+(?:[A-Z][a-z]+)+\d?|(?:/|\./|~/).*"
)
# Words and numbers in a row: "id-Gost28147-89-None-KeyMeshing".
_NAMED = re.compile(
    r"(?:(?:[A-Z]?[a-z]{2,}){0,4}\d{0,5}|[A-Z]{1,6}\d{0,3})(?:[-_.=:/](?:(?:[A-Z]?[a-z]{2,}){0,4}\d{0,5}|[A-Z]{1,6}\d{0,3})){2,}"
)
_DIGESTS = re.compile(r"sha\d|md5|checksum|chksum|integrity|digest|etag|fingerprint|commit|revision|resolved")


def is_stand_in(value: str) -> bool:
    """Return whether a value stands for a secret without being one."""
    if value.lower() in _STAND_INS or _STAND_IN.search(value):
        return True
    return len(value) >= 8 and max(Counter(value).values()) > len(value) * 0.5


def is_reference(value: str) -> bool:
    """Return whether an unquoted value names something: a variable, a call, a type, a path."""
    return _REFERENCE.fullmatch(value) is not None and not _is_jumbled(value)


def _is_jumbled(value: str) -> bool:
    """Return whether a name's humps are too short for words: "suHsHtCdUvyycc", not "userPassword"."""
    if len(value) < 12 or not value.isalpha():
        return False
    n_humps = sum(map(str.isupper, value))
    return n_humps > 2 and n_humps < len(value) - 2 and len(value) / n_humps < 3.2


def is_about_digests(line: str) -> bool:
    """Return whether a line speaks of checksums, which look random and are not secret."""
    return _DIGESTS.search(line.lower()) is not None


@cache
def _log2(n: int) -> float:
    return math.log2(n)


def entropy(value: str) -> float:
    """Return the Shannon entropy of a text's characters, in bits a character."""
    n = len(value)
    return sum(count * (_log2(n) - _log2(count)) for count in Counter(value).values()) / n if n else 0.0


def looks_random(value: str, least: int = 16, *, changes: float = 0.16) -> bool:
    """Return whether a value of at least `least` characters is more like a key than like words.

    `changes` is the share of its places where letters turn to digits, or lower case to upper.
    """
    if len(value) < least or is_stand_in(value) or _NAMED.fullmatch(value):
        return False
    plain = "".join(c for c in value if c.isalnum())
    digits = sum(map(str.isdigit, plain))
    if not plain or digits == len(plain):
        return len(plain) >= 14
    if not digits:
        # Hexadecimal digits that happen to be letters alone.
        is_hex = len(plain) >= 32 and set(plain.lower()) <= set("abcdef")
        return is_hex or (len(plain) >= 12 and _changes(plain) > 0.38)
    return entropy(value) >= (2.5 if least < 16 else 3.0) and _changes(plain) >= changes


def _changes(value: str) -> float:
    kinds = [0 if c.isdigit() else 1 if c.islower() else 2 for c in value]
    return sum(a != b for a, b in pairwise(kinds)) / len(value)
