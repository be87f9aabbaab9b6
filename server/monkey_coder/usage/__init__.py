"""What was used and what it cost.

Owns: Token ledger, prices, budgets, rate limits, cached answers, token counting, billing export.
Never: Lose a token, or call an unknown cost zero.
Read first: `ledger.py`, then `metered.py`.
"""
