"""The knowledge graph: what is asked comes back, surer where several agree, and gone when taken back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monkey_coder.communication.knowledge_graph import Kind, KnowledgeGraph, Node, Relation, Statement
from monkey_coder.core.errors import InputError

FILE, SYMBOL = Node(Kind.FILE, "shop.py"), Node(Kind.SYMBOL, "total")
TEST, BUG = Node(Kind.TEST, "test_total"), Node(Kind.FINDING, "no rounding")


def graph() -> KnowledgeGraph:
    graph = KnowledgeGraph()
    graph.add(Statement(FILE, Relation.DEFINES, SYMBOL, "index"))
    graph.add(Statement(TEST, Relation.TESTS, SYMBOL, "index"))
    graph.add(Statement(BUG, Relation.ABOUT, SYMBOL, "reviewer", 0.5))
    return graph


def test_it_can_be_asked_both_ways_and_around() -> None:
    found = graph()
    assert found.objects(FILE, Relation.DEFINES) == (SYMBOL,)
    assert found.subjects(Relation.TESTS, SYMBOL) == (TEST,)
    assert set(found.near(FILE, hops=2)) == {SYMBOL, TEST, BUG}
    assert found.near(FILE, hops=2, kinds=[Kind.FINDING]) == (BUG,)
    assert found.near(FILE, hops=0) == ()


def test_agreement_makes_surer_and_an_author_can_take_back() -> None:
    found = graph()
    found.add(Statement(BUG, Relation.ABOUT, SYMBOL, "tester", 0.5))
    assert found.confidence(BUG, Relation.ABOUT, SYMBOL) == pytest.approx(0.75)
    assert found.retract("tester") == 1
    assert found.confidence(BUG, Relation.ABOUT, SYMBOL) == pytest.approx(0.5)
    assert found.retract("reviewer") == 1
    assert found.subjects(Relation.ABOUT, SYMBOL) == ()
    assert len(found) == 2
    with pytest.raises(InputError):
        found.add(Statement(BUG, Relation.ABOUT, SYMBOL, "x", 1.5))


NODES = st.builds(Node, st.sampled_from(Kind), st.sampled_from("ab"))
STATEMENTS = st.builds(
    Statement, NODES, st.sampled_from(Relation), NODES, st.sampled_from(["x", "y"]), st.floats(0, 1)
)


@given(st.lists(STATEMENTS))
def test_taking_back_leaves_what_the_others_said(statements: list[Statement]) -> None:
    both, alone = KnowledgeGraph(), KnowledgeGraph()
    for one in statements:
        both.add(one)
        if one.author == "x":
            alone.add(one)
    both.retract("y")
    assert set(both) == set(alone)
    for one in both:
        assert both.objects(one.subject, one.relation) == alone.objects(one.subject, one.relation)
        assert both.confidence(one.subject, one.relation, one.object) == pytest.approx(one.confidence)
