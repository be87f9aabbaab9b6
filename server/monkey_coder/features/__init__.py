"""What a user can ask for, one file an act.

Owns: Turns a door's request into a task for a model, and the model's events into safe results.
Never: Know which protocol asked or which model answers.
Read first: `complete.py` and `edit.py`.
"""
