"""Reads: what is true now, as plain frozen views."""
