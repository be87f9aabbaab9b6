"""Plain words out of identifiers, and true short sentences out of plain words."""

from __future__ import annotations

import re

_PART = re.compile(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z]+\d*|[A-Z]+\d*|\d+|[^\W\d_a-zA-Z]+")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Words that begin an identifier in the imperative.
_VERBS = _set(
    """
    abort absorb accept accumulate acknowledge acquire activate adapt add adjust admit advance advise
    age aggregate aim alert align allocate allow alter amend analyse analyze anchor annotate announce
    anonymize answer append apply approve archive arrange ask assemble assert assess assign assume
    attach attempt augment authenticate authorize avoid await back backup balance batch beautify begin
    bind blend block boot bootstrap borrow bring broadcast browse buffer build bulk bump bundle bypass
    cache calculate call camelize cancel canonicalize capitalize capture cast categorize center
    centralize chain change charge check choose chunk clamp classify clean cleanup clear click clip
    clone close coerce collapse collect color colorize combine commence commit compare compile complain
    complete compose compress compute concat concatenate condense configure confirm conform connect
    constrain construct consume contain continue contract contribute convert copy correct count cover
    crawl create cut cycle deactivate deal deallocate debug decide declare decode decompress decorate
    decouple decrease decrypt dedent deduce defend defer define delay delegate delete deliver demote
    deny depend deprecate dequeue derive describe deserialize designate destroy detach detect determine
    diff dig dim disable discard disconnect discover discriminate dismiss dispatch display dispose
    distribute divert divide do downgrade download drain draw drive drop duck dump duplicate edit elect
    eliminate embed emit empty emulate enable encapsulate encode encounter encrypt end enforce engage
    enlarge enqueue enrich enroll ensure enter enumerate erase escape establish estimate evaluate evict
    exceed exchange exclude exec execute exit expand expect explain explode explore export expose
    express extend extract factor fail fake favor fetch fill filter finalize find finish fire fix flag
    flatten flip flush focus fold follow force forget fork format forward free freeze fulfill gather
    generate geocode get give go grant greet group grow guard guess halt halve handle harvest hash hide
    highlight hold hook humanize hydrate identify ignore illustrate imply import impose improve include
    incorporate increase increment indent index indicate infer inform inherit initialise initialize
    inject inline inquire insert inspect inspire install instantiate instruct instrument intern
    interpolate interrupt intersect introduce introspect invalidate inventory invert invoke isolate
    issue iterate join jump keep kill label latch launch learn leave lift limit link lint list listen
    load localize locate lock log login logout look lookup loop lower lowercase maintain make manage
    mangle map mark match materialize maximize measure memoize mention merge migrate minimize mirror mix
    mock modify monitor mount move multiply mutate mute name narrow navigate negotiate nest normalise
    normalize note notify nudge obfuscate observe obtain offer omit open operate optimise optimize order
    orient output overlay override overwrite own pack pad page paginate paint parse partition paste
    patch pause peek perform permit persist pick pin ping pipe pipeline pivot place plan plot point poll
    pop populate post prefer prefetch prefix prepare prepend preprocess press prevent prime print
    prioritize probe process produce project promise promote prompt propagate protect prove provide
    proxy prune publish pull pump punch purge purify push put qualify query queue quit quote raise ramp
    randomize rank reach react read realize reap rearrange reason rebase rebuild recall receive
    recommend recompute reconcile reconfigure reconnect record recover recurse recycle redefine redirect
    redo redraw reduce refactor refer refine reflect reformat refresh refund refuse register reindex
    reinitialize reinstate reject relabel relate relax release reload relocate remember remind remove
    rename render reopen reorder repaint repair repeat replace reply repopulate report reposition repost
    represent reproduce request require rerender rerun reschedule resend reserve reset resign resize
    resolve respond restart restore restrict resume retain rethrow retire retrieve retry return reuse
    reverse revert review revoke rewind rewire rewrite rollback rotate round route run sample sanitise
    sanitize satisfy save scale scan schedule score scroll scrub seal search seek segment select send
    sense separate serialize serve set setup sew shade share shift shorten show shrink shuffle shut
    shutdown sign silence simplify simulate skip sleep slice slide slugify smooth snap solidify solve
    sort spawn specify split spread squash stack stage standardize start stash step stop store stream
    strengthen stringify strip style submit subscribe substitute subtract suggest sum summarize suppress
    survey suspend swallow swap sweep switch sync synchronize tag take tally target teach tear tell
    terminate test thread throttle throw tile tint toggle tokenize touch trace track train transfer
    transform transition translate transmit transpose trap traverse trigger trim truncate try turn undo
    unescape unfold ungroup unify uninstall union unlink unload unlock unmount unpack unquote unregister
    unroll unset unsubscribe untrack unwrap unzip update upgrade upload uppercase urlencode urlize use
    utilize vacuum validate vary verify view visit vote wait wake walk warn watch weigh widen wire
    withdraw work wrap write yank yield zip
    """
)
_NOUNISH = _set(
    """
    archive back backup block boot bulk cache call cast cleanup click complete control copy count cut
    debug diff display empty exit export filter fold fork format free guess hash hold import index issue
    limit link list log login logout lower map mark match note offer open order output override place
    plan plot post print process prompt quote rank record reply report request return round route sample
    scale scan schedule seal search setup shift show shutdown sign slice sort split stack start step
    stop store stream string sum switch tag test trace transition try turn union use view visit walk
    watch wrap write zip
    """
)
_PREPOSITIONS = _set(
    """
    after against and as at before by for from if in into not of on or over per since to under until via
    with without
    """
)
_QUESTIONS = {
    "is": "is",
    "are": "are",
    "has": "has",
    "have": "have",
    "can": "can",
    "should": "should",
    "was": "was",
    "will": "will",
    "does": "does",
    "needs": "needs",
    "supports": "supports",
    "contains": "contains",
    "allows": "allows",
    "exists": "exists",
    "must": "must",
    "equals": "equals",
    "accepts": "accepts",
    "includes": "includes",
    "requires": "requires",
}
_ACRONYMS = _set(
    """
    ajax ansi api ascii ast cors cpu csrf css csv db ddl dns fk ftp gdal geos gis gpu html http https id
    io ip jpeg js json llm lsp md5 orm os pdf pk png rfc sha sql srid sse ssl tcp tls udp ui uri url utf
    uuid wkb wkt xml yaml
    """
)
_SHORT = {
    "attr": "attribute", "attrs": "attributes", "arg": "argument", "args": "arguments", "param": "parameter",
    "params": "parameters", "config": "configuration", "cfg": "configuration", "ctx": "context",
    "db": "database", "dir": "directory", "dirs": "directories", "dest": "destination", "dst": "destination",
    "src": "source", "env": "environment", "err": "error", "exc": "exception", "expr": "expression",
    "fmt": "format", "func": "function", "fn": "function", "idx": "index", "img": "image", "init": "initial",
    "info": "information", "lang": "language", "len": "length", "max": "maximum", "min": "minimum",
    "msg": "message", "num": "number", "obj": "object", "objs": "objects", "opts": "options", "opt": "option",
    "pos": "position", "prev": "previous", "ptr": "pointer", "qs": "query set", "req": "request",
    "res": "result", "resp": "response", "str": "string", "tmp": "temporary", "temp": "temporary",
    "val": "value", "vals": "values", "var": "variable", "vars": "variables", "cb": "callback",
    "auth": "authentication", "elem": "element", "el": "element", "evt": "event", "char": "character",
    "chars": "characters", "col": "column", "cols": "columns", "cmd": "command", "cls": "class",
    "klass": "class", "dict": "dictionary", "kwargs": "keyword arguments", "doc": "document",
    "desc": "description", "pwd": "password", "repo": "repository", "util": "utility", "utils": "utilities",
    "ref": "reference", "refs": "references", "rel": "relation", "conn": "connection", "buf": "buffer",
    "prop": "property", "props": "properties", "seq": "sequence", "sep": "separator", "ts": "timestamp",
    "spec": "specification", "arr": "array", "lib": "library", "pkg": "package", "ver": "version",
    "impl": "implementation", "async": "asynchronous", "del": "delete",
}  # fmt: skip
_DUNDERS = {
    "__str__": "Return a readable string for this object.",
    "__repr__": "Return a string for debugging.",
    "__len__": "Return the number of items.",
    "__iter__": "Iterate over the items.",
    "__next__": "Return the next item.",
    "__contains__": "Return whether `{0}` is contained.",
    "__getitem__": "Return the item at `{0}`.",
    "__setitem__": "Set the item at `{0}`.",
    "__delitem__": "Delete the item at `{0}`.",
    "__eq__": "Return whether this equals `{0}`.",
    "__ne__": "Return whether this differs from `{0}`.",
    "__lt__": "Return whether this sorts before `{0}`.",
    "__le__": "Return whether this sorts before `{0}` or equals it.",
    "__gt__": "Return whether this sorts after `{0}`.",
    "__ge__": "Return whether this sorts after `{0}` or equals it.",
    "__hash__": "Return the hash of this object.",
    "__bool__": "Return whether this counts as true.",
    "__enter__": "Enter the context.",
    "__exit__": "Leave the context.",
    "__aenter__": "Enter the asynchronous context.",
    "__aexit__": "Leave the asynchronous context.",
    "__call__": "Call this object like a function.",
    "__getattr__": "Return the attribute `{0}` that was not found the usual way.",
    "__getattribute__": "Return the attribute `{0}`.",
    "__setattr__": "Set the attribute `{0}`.",
    "__delattr__": "Delete the attribute `{0}`.",
    "__add__": "Return the sum of this and `{0}`.",
    "__radd__": "Return the sum of `{0}` and this.",
    "__iadd__": "Add `{0}` in place.",
    "__sub__": "Return this minus `{0}`.",
    "__mul__": "Return the product of this and `{0}`.",
    "__truediv__": "Return this divided by `{0}`.",
    "__and__": "Combine this and `{0}` with `&`.",
    "__or__": "Combine this and `{0}` with `|`.",
    "__xor__": "Combine this and `{0}` with `^`.",
    "__neg__": "Return this negated.",
    "__invert__": "Return this inverted.",
    "__copy__": "Return a shallow copy.",
    "__deepcopy__": "Return a deep copy.",
    "__reduce__": "Return what pickle needs to rebuild this object.",
    "__getstate__": "Return the state to pickle.",
    "__setstate__": "Restore the pickled state.",
    "__get__": "Return the attribute's value for the instance that it is read on.",
    "__set__": "Set the attribute's value on an instance.",
    "__set_name__": "Take note of the class and name that this is assigned to.",
    "__init_subclass__": "Set up a subclass as it is defined.",
    "__class_getitem__": "Return this class parametrised by `{0}`.",
    "__new__": "Create an instance.",
    "__del__": "Clean up as the object is destroyed.",
    "__format__": "Return this formatted by `{0}`.",
    "__int__": "Return this as an integer.",
    "__float__": "Return this as a float.",
    "__bytes__": "Return this as bytes.",
    "__await__": "Make this object awaitable.",
    "__aiter__": "Iterate over the items asynchronously.",
    "__anext__": "Return the next item.",
    "__reversed__": "Iterate over the items backwards.",
    "__dir__": "Return the names of the attributes.",
    "__post_init__": "Finish initialization after the fields are set.",
}


_NAMES = {"mysql": "MySQL", "postgresql": "PostgreSQL", "sqlite": "SQLite", "javascript": "JavaScript",
          "typescript": "TypeScript", "graphql": "GraphQL", "github": "GitHub", "geojson": "GeoJSON",
          "oauth": "OAuth", "numpy": "NumPy", "openai": "OpenAI", "websocket": "WebSocket"}  # fmt: skip
_NAMED = re.compile("|".join(_NAMES.values()))


def split_words(name: str) -> list[str]:
    """Return the parts of an identifier in lower case: `getHTTPResponse` gives get, http, response."""
    whole = _NAMED.sub(lambda found: found[0].capitalize(), name)
    return [part.lower() for part in _PART.findall(whole)]


def phrase(words: list[str]) -> str:
    """Return words as they read in a sentence: short forms written out, acronyms in capitals."""
    return " ".join(
        word.upper()
        if word in _ACRONYMS and word not in _SHORT
        else _NAMES.get(word) or _SHORT.get(word, word)
        for word in words
    )


def outcome(words: list[str], first_parameter: str) -> str:
    """Return the noun phrase for what a name gives: "discounted" of a `price` is the discounted price."""
    is_participle = len(words) == 1 and words[0].endswith("ed") and len(words[0]) > 4
    return phrase(words + split_words(first_parameter)) if is_participle else phrase(words)


def spoken(name: str) -> str:
    return phrase(split_words(name)) or name


def dunder(name: str, first_parameter: str) -> str:
    """Return what a Python special method does by the language's own rules; "" for another name."""
    return _DUNDERS.get(name, "").format(first_parameter or "the argument")


def is_verb(word: str) -> bool:
    return word in _VERBS


def article(noun: str) -> str:
    """Return "a" or "an" for a noun phrase."""
    first = noun.split(" ")[0]
    if first.isupper():
        return "an" if first[:1] in "AEFHILMNORSX" else "a"
    return (
        "an"
        if noun[:1].lower() in "aeio" or (noun.startswith(("un", "up")) and not noun.startswith("uni"))
        else "a"
    )


def question(words: list[str]) -> str:
    """Return the clause after "whether" for words such as `is valid`; "" if they ask nothing."""
    if words[:1] and words[0] in _QUESTIONS and len(words) > 1:
        rest = phrase(words[1:])
        return {
            "is": f"this is {rest}",
            "are": f"they are {rest}",
            "was": f"this was {rest}",
            "will": f"this will {rest}",
            "must": f"this must {rest}",
        }.get(words[0], f"this {words[0]} {'a ' if _is_single_noun(words) else ''}{rest}")
    return ""


def _is_single_noun(words: list[str]) -> bool:
    return (
        words[0] in ("has", "have", "contains", "needs", "requires")
        and not words[-1].endswith(("s", "ed", "en"))
        and (article(phrase(words[1:])) == "a")
        and words[1] not in ("any", "all", "no", "the", "been", "same", "only")
        and words[-1] not in ("data", "content", "information")
    )


def action(words: list[str]) -> str:
    """Return an imperative clause for words that begin with a verb, such as `Parse the date`; else ""."""
    if not words or words[0] not in _VERBS:
        return ""
    verb, rest = words[0].capitalize(), words[1:]
    if verb in ("Get",):
        verb = "Return"
    if not rest:
        return verb
    if rest[0] in _PREPOSITIONS or rest[0] in (
        "up",
        "down",
        "out",
        "off",
        "all",
        "any",
        "no",
        "is",
        "each",
        "only",
    ):
        joined = phrase(rest)
        if len(rest) > 1 and rest[0] in (
            "to",
            "from",
            "for",
            "with",
            "into",
            "on",
            "against",
            "by",
            "in",
            "of",
        ):
            verb = "Look up" if verb == "Return" else verb
            return f"{verb} {rest[0]} {_the(rest[1:])}"
        return f"{verb} {joined}"
    if verb == "Return" and rest[-1] == "display" and len(rest) > 1:
        return f"Return the display value of {_the(rest[:-1])}"
    for at, word in enumerate(rest[1:], 1):
        if word in (
            "for",
            "from",
            "to",
            "with",
            "by",
            "in",
            "on",
            "of",
            "into",
            "as",
            "at",
            "via",
        ) and at + 1 < len(rest):
            return f"{verb} {_the(rest[:at])} {word} {_the(rest[at + 1 :])}"
        if word in ("or", "and") and at + 1 < len(rest):
            second = phrase(rest[at + 1 :])
            return f"{verb} {_the(rest[:at])} {word} {second}"
    return f"{verb} {_the(rest)}"


def _the(words: list[str]) -> str:
    if words and words[0] in (
        "all",
        "any",
        "each",
        "every",
        "no",
        "this",
        "the",
        "a",
        "an",
        "none",
        "true",
        "false",
    ):
        return phrase(words)
    return f"the {phrase(words)}"


def third_person(clause: str) -> str:
    """Return an imperative clause in the third person: `Parse the date` gives `Parses the date`."""
    verb, space, rest = clause.partition(" ")
    verb, mark = (verb[:-1], verb[-1]) if verb[-1:] in ":.," else (verb, "")
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        verb += "es"
    elif verb.endswith("y") and verb[-2:-1] not in "aeiou":
        verb = verb[:-1] + "ies"
    else:
        verb += "s"
    return verb + mark + space + rest


def is_nounish(word: str) -> bool:
    """Return whether a verb is as likely a noun, as `count` and `format` are."""
    return word in _NOUNISH
