"""The wires: they carry words and decide nothing."""
