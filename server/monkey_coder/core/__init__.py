"""The values and protocols that all rooms share.

Owns: Frozen types, the `Model` protocol, the events, the tree of errors.
Never: Import anything but the standard library, or do I/O.
Read first: `model.py`, `documents.py`, `errors.py`.
"""
