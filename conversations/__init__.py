"""Who talks with whom, and who answers."""
