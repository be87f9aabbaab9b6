"""What the user has settled.

Owns: Settings, keys, gateway tokens, workspace trust.
Never: Take an endpoint, a key or a command from a workspace that is not trusted.
Read first: `settings.py`.
"""
