"""The disk.

Owns: Safe reads, atomic writes, backups, unified diffs, watching.
Never: Read or write outside the workspace folders.
Read first: `read.py` and `write.py`.
"""
