"""Who permits what, and what becomes of it. Each story's outcome is written down in docs/consent.md."""
