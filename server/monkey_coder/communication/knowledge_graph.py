"""A graph of what agents know: files, symbols, tests and findings, and how they hang together.

Triples with their author, as in RDF named graphs (Carroll et al., WWW 2005); of statements that several
agents make, the confidence is combined as noisy-or (Pearl, Probabilistic Reasoning, 1988, ch. 4).
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ..core.errors import InputError


class Kind(StrEnum):
    """What a node is."""

    FILE = "file"
    SYMBOL = "symbol"
    TEST = "test"
    FINDING = "finding"


class Relation(StrEnum):
    """How one node stands to another."""

    DEFINES = "defines"
    USES = "uses"
    TESTS = "tests"
    ABOUT = "about"
    CONTRADICTS = "contradicts"


@dataclass(frozen=True, slots=True)
class Node:
    """One thing, by kind and name."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Statement:
    """`subject` `relation` `object`, as `author` says, with a confidence from 0 to 1."""

    subject: Node
    relation: Relation
    object: Node
    author: str
    confidence: float = 1.0


class KnowledgeGraph:
    """Statements that can be added to, asked and taken back by their author."""

    def __init__(self) -> None:
        self._statements: dict[tuple[Node, Relation, Node, str], Statement] = {}
        self._out: dict[Node, set[tuple[Relation, Node]]] = defaultdict(set)
        self._in: dict[Node, set[tuple[Relation, Node]]] = defaultdict(set)
        self._authors: dict[tuple[Node, Relation, Node], dict[str, float]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._statements)

    def __iter__(self) -> Iterator[Statement]:
        return iter(self._statements.values())

    def add(self, statement: Statement) -> None:
        """Add a statement; one that its author made before is replaced. Raises: InputError."""
        if not 0.0 <= statement.confidence <= 1.0:
            raise InputError(f"a confidence is from 0 to 1, not {statement.confidence}")
        edge = (statement.subject, statement.relation, statement.object)
        self._statements[*edge, statement.author] = statement
        self._out[statement.subject].add((statement.relation, statement.object))
        self._in[statement.object].add((statement.relation, statement.subject))
        self._authors[edge][statement.author] = statement.confidence

    def retract(self, author: str) -> int:
        """Take back all that `author` said, such as when it crashed; return how much that was."""
        mine = [key for key in self._statements if key[3] == author]
        for subject, relation, target, _ in mine:
            edge = (subject, relation, target)
            del self._statements[*edge, author]
            del self._authors[edge][author]
            if not self._authors[edge]:
                del self._authors[edge]
                self._out[subject].discard((relation, target))
                self._in[target].discard((relation, subject))
        return len(mine)

    def objects(self, subject: Node, relation: Relation) -> tuple[Node, ...]:
        """Return what `subject` stands in `relation` to, the surest first."""
        found = [node for kind, node in self._out.get(subject, ()) if kind is relation]
        return tuple(sorted(found, key=lambda node: (-self.confidence(subject, relation, node), node.name)))

    def subjects(self, relation: Relation, target: Node) -> tuple[Node, ...]:
        """Return what stands in `relation` to `target`, the surest first."""
        found = [node for kind, node in self._in.get(target, ()) if kind is relation]
        return tuple(sorted(found, key=lambda node: (-self.confidence(node, relation, target), node.name)))

    def confidence(self, subject: Node, relation: Relation, target: Node) -> float:
        """Return how sure this is: 1 − the probability that every author is mistaken. 0 if nobody says it."""
        doubt = 1.0
        for confidence in self._authors.get((subject, relation, target), {}).values():
            doubt *= 1.0 - confidence
        return 1.0 - doubt

    def near(self, start: Node, *, hops: int, kinds: Collection[Kind] = tuple(Kind)) -> tuple[Node, ...]:
        """Return the nodes of these kinds within so many steps of `start`, either way, nearest first."""
        distance = {start: 0}
        queue = deque([start])
        found: list[Node] = []
        while queue:
            node = queue.popleft()
            if distance[node] == hops:
                continue
            around = {other for _, other in self._out.get(node, set()) | self._in.get(node, set())}
            for other in sorted(around - distance.keys(), key=lambda one: (one.kind, one.name)):
                distance[other] = distance[node] + 1
                queue.append(other)
                if other.kind in kinds:
                    found.append(other)
        return tuple(found)
