"""The terminal's door: commands, and what a person reads on a terminal.

Owns: Starts either server and turns arguments into calls of `app` and `features`.
Never: Hold logic that another door would need too.
Read first: `main.py`, then one file a command.
"""
