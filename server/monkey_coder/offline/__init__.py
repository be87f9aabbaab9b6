"""The embedded engine: a Model that needs no key and no network.

Owns: Learns from the user's own code and acts on its structure.
Never: Download anything, or act on the words of a prompt but for the closed list in `edit.py`.
Read first: `engine.py`, then one file a kind of task.
"""
