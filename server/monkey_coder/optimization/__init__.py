"""What an answer costs and what it is worth.

Owns: Cost model, quality score, Pareto front, budgets, adaptive thresholds, trade-off table.
Never: Do I/O or spend.
Read first: `frontier.py`, then `budget.py`.
"""
