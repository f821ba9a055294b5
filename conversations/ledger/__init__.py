"""Addresses, the basis for texting them, and every message in and out."""
