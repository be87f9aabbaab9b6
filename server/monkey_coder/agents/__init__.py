"""The pipeline that analyses, plans, implements, tests and reviews.

Owns: Personas and what they must return, who is asked for what, and the tools they may use.
Never: Touch the world but through the hands it is given.
Read first: `pipeline.py` (a Model like any other), then `work.py`, the phases one by one.
"""
