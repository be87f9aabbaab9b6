"""What a model gets to see.

Owns: Conversation memory, packing to a window, semantic search, and redaction before the network.
Never: Let a secret pass, or send anything itself.
Read first: `redact.py`.
"""
