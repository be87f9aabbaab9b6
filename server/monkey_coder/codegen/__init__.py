"""From model text to an edit that is safe to show.

Owns: Answer reading, streaming diff, trimming, syntax check, imports, scaffolds.
Never: Write to a file or a buffer.
Read first: `answer.py` (the forms of answers), `match.py` (where a quote stands), `streaming_diff.py`.
"""
