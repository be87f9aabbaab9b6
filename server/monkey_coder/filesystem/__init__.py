"""The disk.

Owns: Safe reads, atomic writes of one file and of several, undo, unified diffs.
Never: Read or write outside the workspace folders.
Read first: `walk.py` (no path leads outside), `commit.py` (all or none), then `read.py` and `write.py`.
"""
