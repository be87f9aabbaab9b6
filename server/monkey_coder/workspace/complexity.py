"""How hard a body is to follow, in counts that have a name."""

from __future__ import annotations

from dataclasses import dataclass

from .functions import Definition
from .shapes import SHAPES
from .syntax import SyntaxTree, walk


@dataclass(frozen=True, slots=True)
class Complexity:
    """Cyclomatic complexity (McCabe 1976: decisions plus one), deepest loop nesting, lines."""

    cyclomatic: int
    loop_depth: int
    block_depth: int
    lines: int

    @property
    def verdict(self) -> str:
        if self.cyclomatic <= 5:
            return "simple"
        return "moderate" if self.cyclomatic <= 10 else "complex" if self.cyclomatic <= 20 else "very complex"


def complexity(tree: SyntaxTree, definition: Definition) -> Complexity:
    """Return the counts for one function; what is nested inside it counts too."""
    shape = SHAPES[definition.language]
    node = definition.node
    decisions = loop_depth = block_depth = 0
    for inner in walk(definition.body or node):
        is_loop = inner.type in shape.loops and inner.is_named
        # `&&`, `and` are unnamed tokens; a named node of a branch type is the branch itself.
        if is_loop or inner.type in shape.branches:
            decisions += 1
        if is_loop or (inner.is_named and inner.type in shape.branches):
            loops = blocks = 0
            above = inner
            while above is not None and above.id != node.id:
                loops += above.type in shape.loops and above.is_named
                is_chained = above.type in (
                    "elif_clause",
                    "else_clause",
                    "ternary_expression",
                    "conditional_expression",
                )
                blocks += above.is_named and not is_chained and above.type in shape.branches | shape.loops
                above = above.parent  # type: ignore[assignment]
            loop_depth, block_depth = max(loop_depth, loops if is_loop else 0), max(block_depth, blocks)
    return Complexity(decisions + 1, loop_depth, block_depth, node.end_point[0] - node.start_point[0] + 1)
