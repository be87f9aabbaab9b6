"""The editor's door: the Language Server Protocol over stdio, TCP and WebSocket.

Owns: Knows LSP; turns positions into offsets on the way in and back on the way out.
Never: Decide what to suggest or to change.
Read first: `server.py`, then one file a method; `ext.py` holds our own methods.
"""
