"""From notices to texts: each recipient of a notice is told once, and re-routed at once where that cannot be."""
