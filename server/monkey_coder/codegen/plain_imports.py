"""Imports of Go, Java and PHP: added where one place has the name, else named; removed when orphaned."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from ..core.documents import Document, TextEdit, apply_edits
from ..workspace.nearby import entries_of, project_files, read_source
from ..workspace.syntax import Node, SyntaxTree, walk


def _words(text: str) -> list[str]:
    return text.split()


_GO = {
    path.split("/")[-1]: path
    for path in _words(
        """
        bufio bytes context errors flag fmt html io log math mime net os path reflect regexp runtime
        sort strconv strings sync syscall testing time unicode unsafe archive/tar archive/zip
        compress/gzip container/heap container/list container/ring crypto/hmac crypto/md5
        crypto/sha1 crypto/sha256 crypto/sha512 crypto/tls database/sql encoding/base64
        encoding/binary encoding/csv encoding/gob encoding/hex encoding/json encoding/pem
        encoding/xml hash/crc32 hash/fnv io/fs io/ioutil log/slog math/big math/bits math/cmplx
        mime/multipart net/http net/http/httptest net/mail net/netip net/smtp net/url os/exec
        os/signal os/user path/filepath runtime/debug slices maps cmp sync/atomic text/tabwriter
        unicode/utf8 unicode/utf16 embed iter testing/fstest
        """
    )
}
# Two packages of the library have these names.
_GO_UNSURE = {"template": ["text/template", "html/template"], "rand": ["math/rand", "crypto/rand"]}
_JAVA = {
    name: f"{package}.{name}"
    for package, names in {
        "java.util": "List ArrayList LinkedList Map HashMap LinkedHashMap TreeMap Set HashSet LinkedHashSet"
        " TreeSet Collection Collections Arrays Optional Objects Iterator Comparator Queue Deque ArrayDeque"
        " PriorityQueue UUID Random Scanner StringJoiner Locale NoSuchElementException EnumMap EnumSet",
        "java.util.stream": "Collectors Stream IntStream",
        "java.util.function": "Function BiFunction Supplier Consumer Predicate UnaryOperator BinaryOperator",
        "java.util.concurrent": "ConcurrentHashMap ExecutorService Executors CompletableFuture TimeUnit"
        " CountDownLatch",
        "java.io": "IOException File InputStream OutputStream UncheckedIOException BufferedReader",
        "java.nio.file": "Path Paths Files",
        "java.nio.charset": "StandardCharsets",
        "java.time": "LocalDate LocalDateTime Instant Duration ZonedDateTime LocalTime ZoneId",
        "java.math": "BigDecimal BigInteger",
        "java.util.regex": "Pattern Matcher",
    }.items()
    for name in names.split()
}

_JAVA_LANG = frozenset(
    _words(
        """
        Object String StringBuilder StringBuffer CharSequence Character Boolean Byte Short Integer Long Float
        Double Number Void Math StrictMath System Runtime Thread Runnable Process ProcessBuilder ThreadLocal
        Class ClassLoader Enum Record Iterable Comparable Cloneable AutoCloseable Readable Appendable Package
        Module Override Deprecated SuppressWarnings FunctionalInterface SafeVarargs StackTraceElement
        StackWalker InheritableThreadLocal ThreadGroup Throwable Exception Error RuntimeException
        ArithmeticException ArrayIndexOutOfBoundsException ArrayStoreException AssertionError
        ClassCastException ClassNotFoundException CloneNotSupportedException IllegalAccessException
        IllegalArgumentException IllegalMonitorStateException IllegalStateException
        IndexOutOfBoundsException InstantiationException InterruptedException LinkageError
        NegativeArraySizeException NoSuchFieldException NoSuchMethodException NullPointerException
        NumberFormatException OutOfMemoryError ReflectiveOperationException SecurityException
        StackOverflowError StringIndexOutOfBoundsException UnsupportedOperationException
        EnumConstantNotPresentException TypeNotPresentException NoClassDefFoundError VirtualMachineError
        ExceptionInInitializerError MatchException ScopedValue
        """
    )
)

Mended = tuple[str, list[str], list[str]]


def go_imports(document: Document, after: str) -> Mended:
    """Return the text, what was done, and what is left to the user."""
    old, new = SyntaxTree(document.text, "go"), SyntaxTree(after, "go")
    used_before, used = _go_used(old), _go_used(new)
    specs = {_go_name(new, node): node for node in walk(new.root) if node.type == "import_spec"}
    was = {_go_name(old, node) for node in walk(old.root) if node.type == "import_spec"}
    edits: list[TextEdit] = []
    done: list[str] = []
    warnings: list[str] = []
    for name, node in specs.items():
        if name in was and name in used_before and name not in used:
            edits.append(_go_gone(new, node))
            done.append(f"import of `{name}` removed")
    text = apply_edits(after, edits)
    for name in sorted(used - used_before - set(specs)):
        if name in _GO:
            text = _go_added(text, _GO[name])
            done.append(f"import of `{name}` added (the standard library has it)")
            continue
        paths = _GO_UNSURE.get(name) or _go_paths(document, name)
        if paths is None:
            continue
        if len(paths) == 1:
            text = _go_added(text, paths[0])
            done.append(f"import of `{name}` added (other files of the project import it)")
        elif paths:
            warnings.append(f"`{name}` is not imported; it could come from {' or '.join(paths[:4])}")
        else:
            warnings.append(
                f"`{name}` is neither declared nor imported, and no file of the project imports it"
            )
    return text, done, warnings


def _go_paths(document: Document, name: str) -> list[str] | None:
    """Return the paths that other files import under a name; None if the package itself declares it."""
    if document.path is None or document.folder is None:
        return None
    here = Path(document.path).parent
    declared = re.compile(rf"^(?:\t|(?:var|const|type|func)\s+(?:\([^)\n]*\)\s*)?){name}\b", re.MULTILINE)
    imported = re.compile(r'^\s*(?:import\s+)?(\w+\s+)?"([^"\n]+)"', re.MULTILINE)
    found: Counter[str] = Counter()
    for path in project_files(document.folder, (".go",), near=document.path, limit=2_000, seconds=1.0):
        source = read_source(path) or ""
        if path.parent == here and path != Path(document.path) and declared.search(source):
            return None
        found.update(
            to for alias, to in imported.findall(source) if (alias.strip() or _go_package(to)) == name
        )
    return [path for path, _ in found.most_common()]


def _go_used(tree: SyntaxTree) -> set[str]:
    """Return the names that are only ever used as a package is."""
    used: set[str] = set()
    others: set[str] = set()
    for node in walk(tree.root):
        parent = node.parent
        if node.type == "package_identifier" and parent is not None and parent.type == "qualified_type":
            used.add(tree.text_of(node))
        elif node.type == "identifier" and parent is not None:
            is_operand = (
                parent.type == "selector_expression" and parent.child_by_field_name("operand") == node
            )
            (used if is_operand else others).add(tree.text_of(node))
    return used - others


def _go_name(tree: SyntaxTree, node: Node) -> str:
    named = node.child_by_field_name("name")
    if named is not None:
        return tree.text_of(named)
    return _go_package(tree.text_of(node.child_by_field_name("path")).strip('"`'))


def _go_package(path: str) -> str:
    """Return the name that a package most likely has: its path's last part, without version and `go`."""
    parts = path.split("/")
    last = parts[-2] if re.fullmatch(r"v\d+", parts[-1]) and len(parts) > 1 else parts[-1]
    return re.sub(r"^go-|\.v\d+$|[.-]go$", "", last)


def _go_gone(tree: SyntaxTree, node: Node) -> TextEdit:
    whole = node
    parent = node.parent
    if parent is not None and parent.type == "import_declaration":
        whole = parent
    elif parent is not None and len(parent.named_children) == 1 and parent.parent is not None:
        whole = parent.parent
    start = tree.text.rfind("\n", 0, tree.start(whole)) + 1
    end = tree.text.find("\n", tree.end(whole)) + 1 or len(tree.text)
    if whole is not node and tree.text[end : end + 1] == "\n":
        end += 1
    return TextEdit(start, end, "")


def _go_added(text: str, path: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    tree = SyntaxTree(text, "go")
    specs = [node for node in walk(tree.root) if node.type == "import_spec"]
    group = next((node for node in walk(tree.root) if node.type == "import_spec_list"), None)
    if group is not None and group.named_children:
        inside = [node for node in specs if node.parent == group]
        first = tree.text_of(inside[0].child_by_field_name("path")).strip('"')
        library = [node for node in inside if "." not in tree.text_of(node).split("/")[0]]
        line = f'\t"{path}"{newline}'
        if not library:
            at = text.rfind("\n", 0, tree.start(inside[0])) + 1
            return text[:at] + line + (newline if "." in first else "") + text[at:]
        later = [node for node in library if tree.text_of(node.child_by_field_name("path")).strip('"') > path]
        if later:
            at = text.rfind("\n", 0, tree.start(later[0])) + 1
        else:
            at = text.find("\n", tree.end(library[-1])) + 1
        return text[:at] + line + text[at:]
    if specs:
        holder = specs[0].parent
        assert holder is not None
        old = tree.text_of(specs[0])
        both = sorted([old, f'"{path}"'], key=lambda one: one.split('"')[1])
        block = newline.join(["import (", *(f"\t{one}" for one in both), ")"])
        return text[: tree.start(holder)] + block + text[tree.end(holder) :]
    clause = next((node for node in tree.root.named_children if node.type == "package_clause"), None)
    if clause is None:
        return text
    at = tree.end(clause)
    return f'{text[:at]}{newline}{newline}import "{path}"{text[at:]}'


def java_imports(document: Document, after: str) -> Mended:
    """Return the text, what was done, and what is left to the user."""
    old, new = SyntaxTree(document.text, "java"), SyntaxTree(after, "java")
    text, done = lines_gone(old, new, "import_declaration")
    bound = _types(old) | {_last(new, node) for node in _all(new, "import_declaration")}
    declared = {
        new.text_of(node.child_by_field_name("name"))
        for node in walk(new.root)
        if node.type.endswith("_declaration")
    } | {new.text_of(node.child_by_field_name("name")) for node in _all(new, "type_parameter")}
    folder = str(Path(document.path).parent) if document.path else ""
    beside = {entry.name.removesuffix(".java") for entry in entries_of(folder)} if folder else set()
    if re.search(r"^import (static )?[\w.]+\.\*;", after, re.MULTILINE):
        return text, done, []
    inherits = re.search(r"\b(extends|implements)\b", after)  # A nested type may come from there.
    warnings: list[str] = []
    for name in sorted(_types(new) - bound - declared - beside - _JAVA_LANG):
        if name in _JAVA:
            text = _java_added(text, _JAVA[name])
            done.append(f"import of `{name}` added (the standard library has it)")
            continue
        places = _java_places(document, name)
        if len(places) == 1:
            text = _java_added(text, places[0])
            done.append(f"import of `{name}` added (the project has it)")
        elif places:
            warnings.append(f"`{name}` is not imported; it could come from {' or '.join(places[:4])}")
        elif not inherits:
            warnings.append(
                f"`{name}` is neither defined nor imported, and no file of the project is named so"
            )
    return text, done, warnings


def _java_places(document: Document, name: str) -> list[str]:
    """Return the full names of the project's classes of that name."""
    if document.folder is None:
        return []
    files = project_files(
        document.folder, (f"/{name}.java", f"\\{name}.java"), near=document.path, seconds=1.0
    )
    packages = (re.search(r"^package ([\w.]+);", read_source(path) or "", re.MULTILINE) for path in files)
    return sorted({f"{found[1]}.{name}" for found in packages if found})


def _types(tree: SyntaxTree) -> set[str]:
    found = {tree.text_of(node) for node in walk(tree.root) if node.type == "type_identifier"}
    calls = [node.child_by_field_name("object") for node in _all(tree, "method_invocation")]
    return found | {name for node in calls if (name := tree.text_of(node))[:1].isupper()}


def _java_added(text: str, wanted: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    line = f"import {wanted};"
    imports = list(re.finditer(r"^import (?!static)([\w.]+);[^\n]*\n", text, re.MULTILINE))
    if imports:
        later = [found for found in imports if found[1] > wanted]
        is_sorted = [found[1] for found in imports] == sorted(found[1] for found in imports)
        at = later[0].start() if later and is_sorted else imports[-1].end()
        return text[:at] + line + newline + text[at:]
    package = re.search(r"^package [\w.]+;[^\n]*\n", text, re.MULTILINE)
    if package:
        return f"{text[: package.end()]}{newline}{line}{newline}{text[package.end() :]}"
    return f"{line}{newline}{newline}{text}"


def php_imports(document: Document, after: str) -> Mended:
    """Return the text, what was done, and what is left to the user."""
    old, new = SyntaxTree(document.text, "php"), SyntaxTree(after, "php")
    text, done = lines_gone(old, new, "namespace_use_declaration")
    return text, done, []


def _all(tree: SyntaxTree, kind: str) -> list[Node]:
    return [node for node in walk(tree.root) if node.type == kind]


def _last(tree: SyntaxTree, node: Node) -> str:
    return re.split(r"::|\.|\\| as ", tree.text_of(node).rstrip("; \t"))[-1].strip()


def lines_gone(old: SyntaxTree, new: SyntaxTree, kind: str) -> tuple[str, list[str]]:
    """Take out the imports of one name that the old text used and the new one does not."""
    old_imports = {old.text_of(node) for node in _all(old, kind)}
    was, now = _without(old, kind), _without(new, kind)
    edits: list[TextEdit] = []
    done: list[str] = []
    for node in _all(new, kind):
        text, name = new.text_of(node), _last(new, node)
        is_plain = re.fullmatch(r"\w+", name) and "{" not in text and not text.startswith("pub")
        if not is_plain or name in ("_", "self") or text not in old_imports or name[:1].islower():
            continue  # A trait's methods are used without its name; so are macros in small letters.
        if re.search(rf"\b{name}\b", was) and not re.search(rf"\b{name}\b", now) and not _is_trait(name):
            start = new.text.rfind("\n", 0, new.start(node)) + 1
            end = new.text.find("\n", new.end(node)) + 1 or len(new.text)
            if new.text[start:end].strip() == text.strip():
                edits.append(TextEdit(start, end, ""))
                done.append(f"import of `{name}` removed")
    return apply_edits(new.text, edits), done


def _is_trait(name: str) -> bool:
    return name in (
        "Read",
        "Write",
        "BufRead",
        "Seek",
        "Hash",
        "Hasher",
        "FromStr",
        "Borrow",
    ) or name.endswith("Ext")


def _without(tree: SyntaxTree, kind: str) -> str:
    return apply_edits(
        tree.text, [TextEdit(tree.start(node), tree.end(node), "") for node in _all(tree, kind)]
    )
