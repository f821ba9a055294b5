"""Verbs: each changes something, for a cause, inside the caller's transaction."""
