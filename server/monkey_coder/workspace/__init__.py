"""The user's source as structure.

Owns: Tree-sitter parse and symbols, project facts, ignore rules, the scan for secrets.
Never: Write, or run what it reads.
Read first: `languages.py` and `parse.py`.
"""
