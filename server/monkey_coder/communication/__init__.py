"""How agents tell each other what they know.

Owns: Message bus, blackboard, votes, contract net, knowledge graph, barriers.
Never: Do I/O.
Read first: ARCHITECTURE.md.
"""
