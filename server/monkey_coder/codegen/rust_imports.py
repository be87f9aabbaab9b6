"""Imports of Rust: types of the standard library brought in, orphans removed, what is unknown named."""

from __future__ import annotations

import re

from ..core.documents import Document
from ..workspace.syntax import Node, SyntaxTree, walk
from .plain_imports import Mended, lines_gone

_STD = {
    name: f"std::{module}::{name}"
    for module, names in {
        "collections": "HashMap HashSet BTreeMap BTreeSet VecDeque BinaryHeap",
        "rc": "Rc",
        "sync": "Arc Mutex RwLock OnceLock LazyLock Condvar",
        "cell": "RefCell Cell OnceCell",
        "path": "Path PathBuf",
        "time": "Duration Instant SystemTime",
        "fs": "File OpenOptions",
        "io": "BufReader BufWriter",
        "borrow": "Cow",
        "marker": "PhantomData",
        "pin": "Pin",
        "str": "FromStr",
        "net": "TcpListener TcpStream IpAddr SocketAddr",
        "process": "Command ExitCode",
        "ffi": "OsStr OsString CString CStr",
        "num": "ParseIntError ParseFloatError",
        "sync::atomic": "AtomicBool AtomicU64 AtomicUsize",
    }.items()
    for name in names.split()
}
# Known without an import: the prelude and what the language itself names.
_PRELUDE = frozenset(
    """
    Self Option Some None Result Ok Err Box String Vec ToString ToOwned Clone Copy Send Sync Sized Unpin Drop
    Fn FnMut FnOnce AsRef AsMut Into From TryFrom TryInto Default Iterator IntoIterator Extend FromIterator
    DoubleEndedIterator ExactSizeIterator Eq PartialEq Ord PartialOrd Debug
    Hash AsyncFn AsyncFnMut AsyncFnOnce
    """.split()  # noqa: SIM905
)


def rust_imports(document: Document, after: str) -> Mended:
    """Return the text, what was done, and what is left to the user.

    Where a module is brought in as a whole, or a macro may define types, a name can come from there:
    nothing is claimed of it.
    """
    old, new = SyntaxTree(document.text, "rust"), SyntaxTree(after, "rust")
    text, done = lines_gone(old, new, "use_declaration")
    uses = [new.text_of(node) for node in walk(new.root) if node.type == "use_declaration"]
    if any("*" in use and "super::*" not in use for use in uses) or _is_macro_made(new):
        return text, done, []
    fresh = _used(new) - _used(old) - _declared(new, uses) - _PRELUDE
    warnings: list[str] = []
    for name in sorted(fresh):
        if name in _STD:
            text = _added(text, _STD[name])
            done.append(f"import of `{name}` added (the standard library has it)")
        elif "macro_rules!" not in after:
            warnings.append(f"`{name}` is neither defined nor imported in this file")
    return text, done, warnings


def _used(tree: SyntaxTree) -> set[str]:
    """Return the names that begin with a capital letter and stand for a type, not behind a path."""
    found: set[str] = set()
    for node in walk(tree.root):
        parent = node.parent
        if parent is None or _is_inside_macro(node):
            continue
        if node.type == "type_identifier":
            is_declared = parent.type.endswith("_item") and parent.child_by_field_name("name") == node
            is_bound = parent.type in ("type_parameter", "type_binding", "const_parameter", "associated_type")
            behind = parent.type in ("scoped_type_identifier", "scoped_identifier")
            if (
                not is_declared
                and not is_bound
                and not (behind and parent.child_by_field_name("path") != node)
            ):
                found.add(tree.text_of(node))
        elif node.type == "identifier" and parent.type.startswith("scoped_"):
            found |= {tree.text_of(node)} if parent.child_by_field_name("path") == node else set()
    return {name for name in found if name[:1].isupper()}


def _is_inside_macro(node: Node) -> bool:
    above = node.parent
    while above is not None:
        if above.type in ("token_tree", "macro_definition", "use_declaration", "attribute_item"):
            return True
        above = above.parent
    return False


def _declared(tree: SyntaxTree, uses: list[str]) -> set[str]:
    """Return the names that this file declares or brings in."""
    names = {
        tree.text_of(node.child_by_field_name("name"))
        for node in walk(tree.root)
        if node.type.endswith("_item")
        or node.type in ("type_parameter", "associated_type", "const_parameter")
    }
    return names | {word for use in uses for word in re.findall(r"\w+", use)}


def _is_macro_made(tree: SyntaxTree) -> bool:
    """Tell whether a macro at the top of the file or of a module may define types."""
    return any(
        node.type == "macro_invocation"
        and node.parent is not None
        and node.parent.type in ("source_file", "declaration_list", "expression_statement")
        and (node.parent.type != "expression_statement" or node.parent.parent == tree.root)
        for node in walk(tree.root)
    )


def _added(text: str, path: str) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    tree = SyntaxTree(text, "rust")
    uses = [node for node in tree.root.named_children if node.type == "use_declaration"]
    line = f"use {path};"
    if uses:
        later = [node for node in uses if tree.text_of(node) > line]
        listed = [tree.text_of(node) for node in uses]
        if later and listed == sorted(listed):
            at = tree.start(later[0])
            return text[:at] + line + newline + text[at:]
        at = tree.end(uses[-1])
        return text[:at] + newline + line + text[at:]
    heads = 0
    for node in tree.root.named_children:
        is_doc = node.type == "line_comment" and tree.text_of(node).startswith("//!")
        if node.type != "inner_attribute_item" and not is_doc:
            break
        heads = text.find("\n", tree.end(node) - 1) + 1 or len(text)
    return f"{text[:heads]}{newline if heads else ''}{line}{newline}{'' if heads else newline}{text[heads:]}"
