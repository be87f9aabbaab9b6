"""Monkey Coder: an AI coding language server, neutral between providers.

Importing the package imports none of its rooms; ARCHITECTURE.md draws them.
"""

__version__ = "0.1.0"
