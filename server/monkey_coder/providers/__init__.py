"""The vendors' wires, each as a Model, and what keeps them going when they fail.

Owns: One adapter a wire, the search for local servers, the registry of models, retry, fallback, health.
Never: Log or show a key, retry inside an adapter, or follow a redirect.
Read first: `openai_chat.py`, then `retrying.py`.
"""
