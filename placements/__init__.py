"""The placement database: what is true."""
