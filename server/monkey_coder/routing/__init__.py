"""Which model should answer.

Owns: Bandits, Q-learning and DQN over features of a task.
Never: Do I/O, read a clock or draw a number from anywhere but the `rng` handed in.
Read first: ARCHITECTURE.md.
"""
