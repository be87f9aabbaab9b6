"""From model text to an edit that is safe to show.

Owns: Answer reading, streaming diff, trimming, syntax check, imports, scaffolds.
Never: Write to a file or a buffer.
Read first: `answer.py` and `streaming_diff.py`.
"""
