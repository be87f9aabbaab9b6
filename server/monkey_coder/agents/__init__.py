"""The pipeline that analyses, plans, implements, tests and reviews.

Owns: Personas and the tools they may use.
Never: Touch the world but through the hands it is given.
Read first: ARCHITECTURE.md.
"""
