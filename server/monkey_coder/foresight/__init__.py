"""What probably comes next: how likely, how dear, how long, and which attempt should follow which.

Owns: Beliefs about success with intervals, look-ahead and tree search over plans, forecasts, risk.
Never: Do I/O, read a clock or draw a number from anywhere but the `rng` handed in.
Read first: `cascade.py` (which model next, or stop), then `forecast.py`.
"""
