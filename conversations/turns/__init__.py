"""One text at a time: who is there, what it answers, what the engine makes of it, what is done and said."""
