"""The vendors' wires, each as a Model, and what keeps them going when they fail.

Owns: One adapter a wire, embedders, the search for local servers, the registry of models, retry,
    fallback, health.
Never: Log or show a key, retry inside an adapter, or follow a redirect.
Read first: `build.py`, then `adapter.py` (one request), `answer.py` (what comes back), one wire, and
    `retrying.py`.
"""
