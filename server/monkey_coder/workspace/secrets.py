"""Find secrets in a text: private keys, keys of published formats, passwords where they are set."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from ..core.documents import Span
from .secret_disguises import disguised
from .secret_formats import BY_CONTEXT, FORMATS, PUBLISHED
from .secret_values import is_about_digests, is_prose, is_reference, is_stand_in, looks_random


@dataclass(frozen=True, slots=True)
class FoundSecret:
    """A place in the text that should not leave this machine, and what kind of secret it seems."""

    span: Span
    kind: str


def find_secrets(text: str) -> tuple[FoundSecret, ...]:
    """Return the secrets in a text, in order and without overlap.

    Values that stand for a secret ("changeme", "<your key>", "${TOKEN}", os.environ lookups) are
    not among them. About 0.17 ms for 1 kB of code.
    """
    assigned = tuple(_assigned(text))
    found = sorted(
        (*_blocks(text), *_shaped(text), *assigned, *_logins(text, assigned), *_disguised(text)),
        key=lambda secret: (secret.span.start, -secret.span.end),
    )
    merged: list[FoundSecret] = []
    for secret in found:
        if merged and secret.span.start < merged[-1].span.end:
            last = merged[-1]
            end = max(last.span.end, secret.span.end)
            merged[-1] = FoundSecret(Span(last.span.start, end), last.kind)
        else:
            merged.append(secret)
    return tuple(secret for secret in merged if not _is_published(text[secret.span.start : secret.span.end]))


def _is_published(value: str) -> bool:
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16] in PUBLISHED


def _shaped(text: str) -> Iterator[FoundSecret]:
    yield from _formats(text)
    yield from _addresses(text)


def _disguised(text: str) -> Iterator[FoundSecret]:
    for span, kind in disguised(text, lambda view: ((one.span, one.kind) for one in _shaped(view))):
        yield FoundSecret(span, kind)


# ---------------------------------------------------------------------- private keys

_BEGIN = re.compile(r"-----BEGIN[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----")
_END = re.compile(r"-----END[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(r"(?:[A-Za-z0-9+/=:,\-\s\"'`+\\>|#*;]|\\n){0,20000}")
_LONGEST_BLOCK = 20_000


def _blocks(text: str) -> Iterator[FoundSecret]:
    if "PRIVATE KEY" not in text:
        return
    done = 0
    for begin in _BEGIN.finditer(text):
        if begin.start() < done:
            continue
        end = _END.search(text, begin.end(), begin.end() + _LONGEST_BLOCK)
        body = _KEY_BODY.match(text, begin.end())
        stop = end.end() if end else body.end() if body else begin.end()
        if stop - begin.end() > 120 or (not end and stop - begin.end() > 40):
            done = stop
            yield FoundSecret(Span(begin.start(), stop), "private-key")


# ---------------------------------------------------------------------- published formats


_LONG_WORD = re.compile(r"[\w.+/=~:$-]{12,}")


@cache
def _compiled(number: int) -> re.Pattern[str]:
    pattern = FORMATS[number][2]
    return re.compile(rf"(?<![A-Za-z0-9])(?:{pattern})(?![A-Za-z0-9])")


def _formats(text: str) -> Iterator[FoundSecret]:
    # The literals are looked for in the long words alone that are no plain names: a tenth of a usual text.
    # To split the text first halves the work of looking for them.
    long = "\n".join([word for word in text.split() if len(word) >= 12])
    words = "\n".join(
        word
        for word in _LONG_WORD.findall(long)
        if len(word) >= 34 or not word.replace("_", "").replace(".", "").isalpha()
    )
    for number, (kind, literals, _) in enumerate(FORMATS):
        where = text if kind in BY_CONTEXT else words
        for literal in literals:
            if literal in where:
                break
        else:
            continue
        pattern = _compiled(number)
        if pattern.search(where) is None:
            continue
        for match in pattern.finditer(text):
            group = 1 if match.lastindex else 0
            value = match[group]
            if is_stand_in(value) or _MASK.match(text, match.end()):
                continue
            if kind == "api-key" and _DIGEST.search(text, max(match.start() - 100, 0), match.start()):
                continue
            if _is_keylike(value, kind):
                yield FoundSecret(Span(*match.span(group)), kind)


# Before what may stand in the middle of a digest by chance.
_DIGEST = re.compile(r"(?:sha\d{1,3}|md5)[=:\-\"' ]{1,4}[\w+/=-]{0,90}\Z")
# What is shown of a key with the rest of it blotted out.
_MASK = re.compile(r"[\w-]{0,80}?(?:#{4}|\*{4}|[xX]{6}|\.{4})")


def _is_keylike(value: str, kind: str) -> bool:
    if kind == "api-key":
        return looks_random(value[3:], 12, changes=0.12)
    has_digit = any(map(str.isdigit, value))
    is_mixed = value not in (value.lower(), value.upper())
    return (has_digit or is_mixed or kind in _ONE_CASE) and len(set(value)) >= 8


_ONE_CASE = ("aws-key", "huggingface-token")


# ---------------------------------------------------------------------- addresses

_URL = re.compile(
    r"\b(\w[\w+.-]{0,30})?://([^\s:/?#@\"'`<>\\]{0,100}:(?!\d{1,5}[/?#])([^\s/\"'`<>]{3,200}?))@(?=[\w.\[$-])"
    r"((?:\[[\da-fA-F:.%]*\]|[\w.-]{0,120})(?::\d{1,5})?)"
)
# With these, what is after the "@" is as good as the key's door.
_STORES = re.compile(r"mongodb|postgres|mysql|mariadb|rediss?|amqps?|mssql|sqlserver|oracle|cockroach|ldaps?")
# Hosts that documentation may name since there are none (RFC 2606, RFC 5737, RFC 3849).
_NO_HOST = re.compile(
    r"(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid)(?::\d+)?$|^192\.0\.2\.|^198\.51\.100\.|^203\.0\.113\."
    r"|^\[2001:0?db8:",
    re.IGNORECASE,
)


def _addresses(text: str) -> Iterator[FoundSecret]:
    if "@" in text and "://" in text:
        for match in _URL.finditer(text):
            is_store = match[1] is not None and _STORES.match(match[1]) is not None
            is_weak = match[3].isalnum() and not looks_random(match[3], 8)
            is_example = is_weak and _NO_HOST.search(match[4]) is not None
            if not is_example and _is_password(match[3], _EXAMPLES if is_store else _PLAIN_PASSWORDS):
                yield FoundSecret(Span(match.start(2), match.end(4 if is_store else 2)), "url-password")
    for literals, source in _COMMANDS:
        if any(literal in text for literal in literals):
            pattern = _at_first_use(source)
            for match in pattern.finditer(text):
                # The last group is the password; one before it is whom it lets in.
                if _is_password(match[pattern.groups], _PLAIN_PASSWORDS):
                    yield FoundSecret(Span(match.start(1), match.end(pattern.groups)), "password")
    for literals, source in _STATED:
        if any(literal in text for literal in literals):
            pattern = _at_first_use(source)
            for match in pattern.finditer(text):
                if match[pattern.groups][0] not in "$%{<*[" and "{{" not in match[0]:
                    yield FoundSecret(Span(match.start(1), match.end(pattern.groups)), "password")


@cache
def _at_first_use(pattern: str) -> re.Pattern[str]:
    """Return a pattern that few texts need: compiling all of them would be felt at start-up."""
    return re.compile(pattern)


_QUOTED_TEXT = r"[\"']([^\"'\n]{2,100})[\"']"
_COMMANDS = (
    (("sshpass",), r"sshpass\s+-p\s*[\"']?([^\s\"']{5,})"),
    (("mysql",), r"\bmysql\w*\s(?:[^\n|;]{0,80}?\s)?-p[\"']?([^\s\"']{5,})"),
    (("curl",), r"\bcurl\s[^\n]{0,300}?(?:-u|--user)[ =][\"']?([^\s:\"']{1,60}):([^\s\"']{5,})"),
    (("Credential(",), r"Credential\(\s*[\"']([^\"'\n]*)[\"'],\s*[\"']([^\"'\n]{5,})[\"']"),
    (
        ("psexec", "PsExec", "PSEXEC", "psExec", "Psexec"),
        r"(?i:psexec)[^\n]{0,100}?-u\s*(\S+)\s+-p\s*\$?([^\s%]\S{4,})",
    ),
    (
        ("Connect-VIServer", "connect-viserver", "Connect-viserver"),
        (
            r"(?i:connect-viserver)[^\n]{0,80}?-(?i:user)\s+(\S{3,60})"
            r"\s[^\n]{0,50}?-(?i:password)\s+(\S{4,60})"
        ),
    ),
    (
        ("ostmark", "OSTMARK"),
        r"(?i)postmark[\w-]{0,20}.{0,10}?\b([a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12})\b",
    ),
    (("assword",), r"[Pp]assword[^\n]{0,60}:\s*\n\s*([a-f0-9]{32})\s*\n"),
)
# Here a literal is the credential, however weak it is: "the password for user 'x' is 'admin'".
_STATED = (
    (
        ("DirectoryEntry(",),
        rf"DirectoryEntry\(\s*{_QUOTED_TEXT}\s*,\s*{_QUOTED_TEXT}\s*,\s*{_QUOTED_TEXT}",
    ),
    (
        ("assword for", "ASSWORD FOR"),
        rf"(?i)\bpassword for (?:the )?(?:user(?:name)? )?{_QUOTED_TEXT} is {_QUOTED_TEXT}",
    ),
    (("assword is ", "ASSWORD IS "), r"(?i)\bpassword is [\"']([^\"'\n#$|{<+ ()\\]{4,60})[\"']"),
    (
        ("credentials",),
        (
            r"\bcredentials\s*\{(?:\s*//[^\n]*)*\s*(?:username|password)\s+"
            rf"{_QUOTED_TEXT}(?:\s*//[^\n]*)*\s*(?:username|password)\s+{_QUOTED_TEXT}"
        ),
    ),
)
_PLAIN_PASSWORDS = frozenset(
    ("password", "passwd", "pass", "secret", "pw", "pwd", "changeme", "token", "xxx", "example")
)
_EXAMPLES = frozenset(("password", "passwd", "pass", "pw", "pwd", "changeme", "xxx", "example"))


def _is_password(value: str, examples: frozenset[str]) -> bool:
    if value[0] in "$%{<*[" or "${" in value or "{{" in value or value.lower() in examples:
        return False
    return value == "secret" or not is_stand_in(value)


# Who logs in, right before the password of it.
_LOGIN = r"""(?ix)(?:user(?:[ _-]?(?:name|id))?|uid|login)["']?[\])]?
    (?:[ \t]*(?:=>|=|:)[ \t]*|[ \t]+)["']?([^\s;"',=(){}$<>]{3,60})["']?[;,]?\s{0,20}
    (?:(?:\#|//)[^\n]{0,60}\s+)?                                                # a comment between them
    ["']?[\w.$\-\[>'" ]{0,30}(?:pass\w{0,6}|pwd)["']?[\])]?(?:\s*(?:=>|=|:)\s*|\s+)["']?\Z"""


def _logins(text: str, found: Sequence[FoundSecret]) -> Iterator[FoundSecret]:
    """Yield the names of users that stand right before their password."""
    for secret in found:
        if secret.kind == "password":
            first = max(secret.span.start - 240, 0)
            match = _at_first_use(_LOGIN).search(text[first : secret.span.start])
            if match:
                yield FoundSecret(Span(first + match.start(1), first + match.end(1)), "login")


# ---------------------------------------------------------------------- set by name

_WORDS = re.compile(
    r"pass(?:w(?:or)?d|phrase|wd)?|pwd|secret|token|key|auth(?:orization)?|credential|bearer|basic |_pat\b"
    r"|\bpsk\b"
)
_STRONG = re.compile(
    r"passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_.-]?key|access[_.-]?key|auth[_.-]?key"
    r"|authorization|account[_.-]?key|private[_.-]?key|enc(?:ryption)?[_.-]?key|shared[_.-]?key|signing[_.-]?key"
    r"|bearer|basic |master[_.-]?key|key_?base|_pass\b|preshared[_.-]?key|stream_?key|developer_?key"
    r"|license_?key|apikey"
)
_PASSWORD = re.compile(r"passw(?:or)?d|passwd|passphrase|pwd|_pass\b|^pass$|\bpsk$")
_NOT_SECRET = re.compile(
    r"public|pubkey|publishable|(?<!private_key)_id$|[a-z]id$|_ids$|name$|_file$|file$|_path$|path$|_url$|url$|uri$"
    r"|endpoint$|_type$|type$|_count$|_size$|size$|length$|_hash$|expires|expiry|ttl|version|csrf|xsrf|pagetoken"
    r"|page_token|tokens$|tokeniz|keyword|keyboard|keychars|keystr$|keystore|keytab|keycode|keyframe|keypress"
    r"|keypair|keying|author(?!iz)|authentication|bypass|compass|passive|passenger|passport|monkey$|donkey|turkey|hockey"
    r"|jockey|whiskey|field$|label$|header$|prefix$|regex|pattern$|format$|algorithm|method$|policy|scope|issuer"
    r"|results|sec-web_?socket|idempotency|sort_?key|cache_?key|bucket_?key|schema_?key|partition|primary_?key"
    r"|foreign_?key|_keys$|meshing"
)
_LINK = re.compile(
    r"""[\w.-]{0,40}["'`\\)\]}]{0,4}
    (?:
        [ \t]{1,20}(?:value|content)[ \t]*=[ \t]*                                    # XML attributes
      | [ \t{]{0,4}\r?\n\s*(?:value|default|pass\w*|secret)[ \t]*[:=][ \t]*          # the next line
      | [ \t]{0,4}\{[ \t]*get;[^}\n]{0,30}\}[ \t]*=[ \t]*                              # a property of C#
      | [ \t]{0,20}(?::[ \t]*[A-Za-z_][\w.<>\[\], |?*]{0,40}[ \t]*)?=>?[ \t]*        # name: Type = value
      | [ \t]{0,20}(?::=|={2,3}|!={1,2}|=|:|,|>)[ \t]*
      | [ \t]+(?:is|was|to)[ \t]+(?:to[ \t]+)?:?[ \t]*
      | [ \t]{1,24}(?=[^\s=:,(){}]{8,})                                              # password hunter
      | \([ \t]{0,4}(?=["'`])                                                         # setPassword("...")
    )
    (?:(?:Bearer|Basic|Token|token|Bot|SSWS|ApiKey|Digest)[ ]+)?
    (?:[a-z]?(?P<quote>\\?["'`]{1,3})(?P<quoted>(?:(?!(?P=quote))[^\n]){4,400}?)(?P=quote)
      |(?P<plain>[^\s"'`,;<>(){}\[\]&|\\]{4,200}))
    """,
    re.VERBOSE,
)


class _How(Enum):
    """How a value stands beside its name."""

    LITERAL = auto()  # name = "value"
    PLAIN = auto()  # name = value, which may be another name
    LISTED = auto()  # "name", "value"
    LISTED_PLAIN = auto()  # "name", value
    PASSED = auto()  # set_name("value")


_KEYWORD = re.compile(r"[A-Za-z_]\w*=")
_SETTER = re.compile(r"(?:^|[._])(?:set|with|use|add)_\w*(?:pass(?:word|wd)|secret|token|api_?key)$")
_STRONG_END = re.compile(r"(?:pass(?:w(?:or)?d|phrase|wd)?|pwd|psk)\d*$")
_QUOTED = re.compile(r"[\"'`]([\w+/=.~-]{20,200})[\"'`]")


def _assigned(text: str) -> Iterator[FoundSecret]:
    lower = text.lower()
    done = 0
    for word in _WORDS.finditer(lower):
        if word.start() < done:
            continue
        link = _LINK.match(text, word.end())
        start, end = _name_around(lower, word.start(), word.end())
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text[start:end]).lower()
        line_start = _line_start(text, word.start())
        if link is None:
            before = text[line_start:start]
            if _STRONG.search(name) and ("//" in before or "#" in before):
                yield from _before_comment(before, line_start)
            continue
        group = "quoted" if link["quoted"] is not None else "plain"
        link_text = text[end : link.start(group)]
        if name in ("pass", "passwords") and not (
            group == "quoted" and ("=" in link_text or '":' in link_text)
        ):
            continue  # The English word, or Python's.
        is_quoted = group == "quoted"
        if "," in link_text:
            how = _How.LISTED if is_quoted else _How.LISTED_PLAIN
        elif link_text.endswith("("):
            how = _How.PASSED
        elif is_quoted or _is_set_outright(text, start, end, link.start(group)):
            how = _How.LITERAL
        else:
            how = _How.PLAIN
        is_compared = link_text.strip(" \t\\\"'`") in ("==", "===", "!=", "!==") and group == "quoted"
        if is_compared and name.endswith("secret") and _is_worded(link[group]):
            done = link.end(group)
            yield FoundSecret(Span(link.start(group), done), "secret")
        elif _is_secret(name, link[group], text[line_start : link.end()], how):
            done = _end_of_word(text, link.end(group)) if group == "plain" else link.end(group)
            yield FoundSecret(
                Span(link.start(group), done), "password" if _PASSWORD.search(name) else "secret"
            )


def _is_worded(value: str) -> bool:
    """Return whether a text that a secret is compared with may be the secret: `secret == "opal-tree"`."""
    return len(value) >= 6 and " " not in value and value[0] not in "$%{<" and not is_stand_in(value)


_REST = re.compile(r"[^\s\"'`,;<>(){}\[\]&|\\]*")


def _end_of_word(text: str, at: int) -> int:
    rest = _REST.match(text, at)
    return rest.end() if rest else at


def _line_start(text: str, at: int) -> int:
    """Return where the line of `at` begins, looking back 400 characters at most."""
    first = max(at - 400, 0)
    return max(text.rfind("\n", first, at) + 1, first)


def _name_around(lower: str, start: int, end: int) -> tuple[int, int]:
    """Return where the name that holds a word begins and ends."""
    first = max(start - 60, 0)
    while start > first and (lower[start - 1].isalnum() or lower[start - 1] in "_.-"):
        start -= 1
    last = min(end + 60, len(lower))
    while end < last and (lower[end].isalnum() or lower[end] in "_.-"):
        end += 1
    return start, end


def _before_comment(before: str, offset: int) -> Iterator[FoundSecret]:
    """Yield the keys on a line whose comment names them."""
    for match in _QUOTED.finditer(before):
        if looks_random(match[1], 20):
            yield FoundSecret(Span(offset + match.start(1), offset + match.end(1)), "secret")


def _is_set_outright(text: str, start: int, end: int, value: int) -> bool:
    """Return whether an unquoted value is itself and no name: in a URL, a flag, an environment file."""
    before = text[start - 1] if start else ""
    is_adjacent = text[end:value] == "="
    return is_adjacent and (before in "?&;-" or text[start:end].isupper() or text[start : start + 2] == "--")


def _is_secret(name: str, value: str, line: str, how: _How) -> bool:
    if how is _How.PASSED and not _SETTER.search(name):
        return False
    if _NOT_SECRET.search(name) or is_stand_in(value) or " " in value.strip():
        return False
    if how not in (_How.LITERAL, _How.LISTED) and "==" in value[:-2]:
        return False
    if is_prose(value):
        return False
    if how is _How.LISTED_PLAIN and (_KEYWORD.match(value) or not looks_random(value, 8, changes=0.2)):
        return False
    is_literal = how in (_How.LITERAL, _How.PASSED)
    is_password = _PASSWORD.search(name) is not None
    is_quoted = is_literal or how is _How.LISTED
    if is_reference(value) and not (is_quoted and ((is_literal and is_password) or looks_random(value, 20))):
        return False
    if is_password:
        if how is _How.LISTED and not (_STRONG_END.search(name) and any(map(str.isdigit, value))):
            return False
        if not is_quoted:
            value = value.rstrip(".:,;!?")
        has_sign = any(not c.isalnum() and c not in "_.-" for c in value)
        has_digit = any(map(str.isdigit, value))
        is_word = value[:1] in "/#" or "password" in value.lower()
        return not is_word and len(value) >= 5 and (is_literal or has_sign or has_digit)
    if is_about_digests(line.replace("sha256~", "")):
        return False
    if _STRONG.search(name):
        return looks_random(value, 8, changes=0.12 if is_literal else 0.2)
    return looks_random(value, 20, changes=0.25)
