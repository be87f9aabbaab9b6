"""Does a value look like a real secret, or like a stand-in, a name, a sentence?"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

_WORDS = """
    password passwd pass secret token key apikey api_key test testing example dummy foobar foo bar
    changeme hunter2 none null nil true false todo fixme undefined string str default admin root user
    username my_token mytoken mysecret mypassword replace_me required optional value empty unknown
    hidden redacted basic bearer digest negotiate session cookie oauth2 authorization_code
    client_credentials text qwerty letmein swordfish asdf asdfg asdfgh open_sesame opensesame
    correcthorsebatterystaple
"""
_STAND_INS = frozenset(_WORDS.split())
_STAND_IN = re.compile(
    r"x{4,}|X{4,}|\*{3,}|\.{3}|#{4,}|0{8,}|1{8,}|^[<>]+[\w .:/'-]*>?$|^[\w./:-]*<[\w .:/-]+>|&lt;|[#$]\{\w"
    r"|\$\(\w[^)]*\)|^\\?\$[A-Za-z_]|\{\{[\s.\w]|^%\w+%|%\(\w+\)|EXAMPLE"
    r"|[Rr]edacted|REDACTED|[Pp]laceholder|PLACEHOLDER|[Cc]hange.?[Mm]e|CHANGE.?ME|[Yy]our.|YOUR.|insert-|INSERT."
    r"|1234567890|0123456789|abcdefghij|ABCDEFGHIJ|env\(|vault:|\bsecrets\.|123123123|abc123|a1b2c3d4|A1B2C3D4|1a2b3c4d|1A2B3C4D|1234-1234|aaaaaaaa|[Hh]ere$|initial$"
)
# Made up of these alone, a value tells what it is in a test or an example: "testuser", "new_secret1".
_TOLD = re.compile(
    r"(?:(?:in|un)?(?:correct|valid)|wrong|different|other|another|same|test(?:ing)?|client|user|admin|guest|secret"
    r"|pass(?:w(?:or)?d|wd)?|pwd|token|key|api|foo|bar|baz|qux|new|old|my|no|some|any|the|a|bad|good|strong|weak"
    r"|super|very|fake|dummy|mock|sample|example|demo|default|random|empty|value|string|1?2?3?4?5?6?)"
    r"(?:[-_ .]?(?:in|un)?(?:correct|valid|wrong|different|other|test(?:ing)?|client|user|admin|guest|secret"
    r"|pass(?:w(?:or)?d|wd)?|pwd|token|key|api|foo|bar|baz|qux|new|old|my|fake|dummy|mock|sample|example|demo"
    r"|default|random|value|string|here|one|two))*\W?\d{0,4}",
    re.IGNORECASE,
)
# Digits of base 16 in both cases: generators print one, so somebody typed them.
_TYPED_HEX = re.compile(r"(?=[0-9a-f]*[A-F])(?=[0-9A-F]*[a-f])[0-9a-fA-F]{32,}")
# The commonest pairs of letters in English, nine tenths of all (P. Norvig, "English Letter Frequency
# Counts: Mayzner Revisited", 2012).
_COMMON_PAIRS = """
    th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi
    ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc
    et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv
    ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do
    uc bu ei ov by rm ep tt oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht
    ru ug ds lt pi rc rr eg au ck ew mu br bi pt ak pu ui rg ib tl ny ki
"""
_PAIRS = frozenset(_COMMON_PAIRS.split())
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LONG_HEX = re.compile(r"[0-9a-f]{16}")
_REFERENCE = re.compile(
    r"[A-Za-z_]\w*(?:(?:\.|->|::|\?\.)[A-Za-z_]\w*)+(?:\(.*)?|[\w.]*[(\[{].*|[A-Z][a-z]+(?:[A-Z][a-z]+)+\d?"
    r"|[A-Z]+(?:_[A-Z0-9]+)+|[a-z]+(?:_[a-z]+)+\d?|[a-z]+(?:[A-Z][a-z]+)+\d?|(?:/|\./|~/).*"
    r"|[*&@]+[A-Za-z_]\w*\W{0,4}|[A-Za-z]+(?:/[A-Za-z]+)+\W?"
)
# Words and numbers in a row: "id-Gost28147-89-None-KeyMeshing".
_NAMED = re.compile(
    r"(?:(?:[A-Z]?[a-z]{2,}){0,4}\d{0,5}|[A-Z]{1,6}\d{0,3})(?:[-_.=:/](?:(?:[A-Z]?[a-z]{2,}){0,4}\d{0,5}|[A-Z]{1,6}\d{0,3})){2,}"
)
_VERSION = re.compile(r"v\d{1,4}\.\d{1,4}\.\d{1,4}(?:[-+/.]|$)")
_DIGESTS = re.compile(
    r"sha\d|md5|checksum|chksum|integrity|digest|etag|fingerprint|commit|revision|resolved|recv-?keys?|keyserver"
)


def is_stand_in(value: str) -> bool:
    """Return whether a value stands for a secret without being one."""
    if value.lower() in _STAND_INS or _STAND_IN.search(value):
        return True
    if _TOLD.fullmatch(value) or _TYPED_HEX.fullmatch(value):
        return True
    return len(value) >= 8 and max(Counter(value).values()) > len(value) * 0.5


def is_reference(value: str) -> bool:
    """Return whether an unquoted value names something: a variable, a call, a type, a path."""
    return _REFERENCE.fullmatch(value) is not None and not any(map(_is_jumbled, _PIECE.split(value)))


_PIECE = re.compile(r"[./+=]+")
_INNER_DIGIT = re.compile(r"[A-Za-z]\d+[A-Za-z]")


def _is_jumbled(value: str) -> bool:
    """Return whether a name is none that one would give: "suHsHtCdUvyycc", "z6nT8", not "userPassword1"."""
    if not value.isalnum():
        return False
    if value != value.lower() and any(map(str.isdigit, value)):
        return _INNER_DIGIT.search(value) is not None or _share_of_common(_pairs(value)) < 0.4
    if len(value) < 12 or not value.isalpha():
        return False
    n_humps = sum(map(str.isupper, value))
    return n_humps > 2 and n_humps < len(value) - 2 and len(value) / n_humps < 3.2


def is_prose(value: str) -> bool:
    """Return whether a text is in a script that keys and most passwords are not written in."""
    letters = [c for c in value if c.isalpha()]
    return sum(c > "\u024f" for c in letters) * 2 > len(letters)


def is_worded(value: str) -> bool:
    """Return whether the letters of a text follow each other as they do in words, digits or not."""
    pairs = _pairs(value)
    if len(pairs) < 8 or len(pairs) < len(value) * 0.5 or _LONG_HEX.search(value):
        return False
    return _share_of_common(pairs) >= 0.66


def _pairs(value: str) -> list[str]:
    """Return each two letters that stand together in a hump of a name: "OAuthKey" has ut th ke ey."""
    runs = (run.lower() for run in _HUMP.findall(value))
    return [run[at : at + 2] for run in runs for at in range(len(run) - 1)]


def _share_of_common(pairs: Sequence[str]) -> float:
    return sum(pair in _PAIRS for pair in pairs) / len(pairs) if pairs else 0.0


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
    if _VERSION.match(value):
        return False
    plain = "".join(c for c in value if c.isalnum())
    digits = sum(map(str.isdigit, plain))
    if not plain or digits == len(plain):
        return len(plain) >= 14
    if not digits:
        # Hexadecimal digits that happen to be letters alone.
        is_hex = len(plain) >= 32 and set(plain.lower()) <= set("abcdef")
        return is_hex or (len(plain) >= 12 and _changes(plain) > 0.38)
    if entropy(value) < (2.5 if least < 16 else 3.0) or _changes(plain) < changes:
        return False
    return not is_worded(value)


def _changes(value: str) -> float:
    kinds = [0 if c.isdigit() else 1 if c.islower() else 2 for c in value]
    return sum(a != b for a, b in pairwise(kinds)) / len(value)
