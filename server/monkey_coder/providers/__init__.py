"""The vendors' wires, each as a Model.

Owns: One adapter a wire, the search for local servers, token counting.
Never: Log or show a key, retry unasked, or follow a redirect.
Read first: `openai_chat.py`.
"""
