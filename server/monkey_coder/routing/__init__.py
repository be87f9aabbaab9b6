"""Which model should answer.

Owns: Bandits, Q-learning and DQN over features of a task; what they have learned, as values.
Never: Do I/O, read a clock or draw a number from anywhere but the `rng` handed in.
Read first: `policy.py`, then `thompson.py` (the default).
"""
