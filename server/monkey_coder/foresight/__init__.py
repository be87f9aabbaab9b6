"""What probably comes next.

Owns: Bayes predictor with intervals, tree search over plans, risk.
Never: Do I/O.
Read first: ARCHITECTURE.md.
"""
