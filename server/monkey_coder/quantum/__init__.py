"""Candidates side by side, of which one is kept.

Owns: Amplitudes, synapses, interference, collapse: weights over candidates and how they change.
Never: Do I/O.
Read first: ARCHITECTURE.md.
"""
