"""What was used and what it cost.

Owns: Token ledger, prices, budgets, rate limits, billing export.
Never: Lose a token.
Read first: ARCHITECTURE.md.
"""
