"""What is checked of an edit before it is shown as ready, and mended where that is safe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.documents import Document
from ..core.errors import EditError
from .dependencies import missing_dependencies
from .duplicates import duplicates
from .formatting import format_touched
from .leftovers import leftovers
from .names import resolve_imports
from .remote_schemas import remote_schemas
from .syntax import syntax_problems
from .touched import touched


@dataclass(frozen=True, slots=True)
class Checked:
    """The text as it may be shown, what was checked with what outcome, and what the user should know."""

    text: str
    checks: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def check_edit(
    document: Document,
    after: str,
    *,
    model: str,
    creates: bool = False,
    is_trusted: bool = False,
    created: Sequence[str] = (),
) -> Checked:
    """Return the new text of `document`, checked: it parses, nothing is left over or doubled, its
    imports are in order, and the lines that changed are formatted as the project formats.

    `created` are the paths of files that come with this edit. Outside of the touched lines only imports
    change. A formatter that runs the project's own code is run only if `is_trusted`. Reads the disk and
    runs formatters: call it in a thread. Raises: EditError for what cannot be shown.
    """
    before, language = document.text, document.language
    problems = syntax_problems(before, after, language)
    if problems:
        raise EditError(
            f"the answer of {model} does not parse as {language} ({problems[0]}); nothing was "
            "changed. Ask again, or with a more exact instruction"
        )
    checks = ["applies cleanly", f"parses as {language}"]
    if before == after:
        return Checked(after, tuple(checks))
    left = leftovers(before, touched(before, after), language)
    doubled = duplicates(before, after, language)
    checks.append(
        _outcome("no duplicates or leftovers", len(left) + len(doubled), "duplicates and leftovers")
    )
    warnings = [*left, *doubled, *remote_schemas(before, after)]
    text = after
    resolved = resolve_imports(document, text)
    if resolved is not None:
        if syntax_problems(after, resolved.text, language):
            checks.append("imports not checked")
        else:
            text = resolved.text
            checks.append(_outcome("imports resolve", len(resolved.warnings), "imports"))
            checks += resolved.done
            warnings += resolved.warnings
    warnings += missing_dependencies(document, text, created)
    formatted = format_touched(document, text, creates=creates, is_trusted=is_trusted)
    if formatted.outcome:
        checks.append(formatted.outcome)
    warnings += formatted.warnings
    if syntax_problems(after, formatted.text, language):
        return Checked(text, (*checks, "formatting taken back"), tuple(dict.fromkeys(warnings)))
    return Checked(formatted.text, tuple(checks), tuple(dict.fromkeys(warnings)))


def _outcome(good: str, n_troubles: int, subject: str) -> str:
    return good if not n_troubles else f"{subject}: {n_troubles} to look at"
