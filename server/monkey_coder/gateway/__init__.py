"""The team's door: HTTP, server-sent events, token check, dashboard.

Owns: Knows FastAPI.
Never: Decide, or trust an identity that a request claims for itself.
Read first: ARCHITECTURE.md.
"""
