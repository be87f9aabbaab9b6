"""Candidates side by side, of which one is kept. The words are quantum physics', the methods are not.

Owns: Amplitudes, interference, measurement, collapse, synapses, entanglement: weights over candidates, how
they change, and the race in which candidates are asked.
Never: Do I/O, run a candidate, or claim quantum hardware.
Read first: `candidate.py`, `collapse.py`, then `race.py`.
"""
