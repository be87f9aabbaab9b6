"""Variations on a theme.

Owns: What must be kept, what may vary, and the return to the theme.
Never: Do I/O.
Read first: `variation.py`.
"""
