"""The one place where objects are built and wired together."""
