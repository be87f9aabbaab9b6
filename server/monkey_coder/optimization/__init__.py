"""What an answer costs and what it is worth.

Owns: Cost model, quality score, Pareto front, budgets, adaptive thresholds.
Never: Do I/O or spend.
Read first: ARCHITECTURE.md.
"""
