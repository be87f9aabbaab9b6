"""Candidates side by side, of which one is kept. The words are quantum physics', the methods are not.

Owns: Amplitudes, interference, measurement, collapse: weights over candidates and how they change.
Never: Do I/O, run a candidate, or claim quantum hardware.
Read first: `candidate.py`, then `collapse.py`.
"""
