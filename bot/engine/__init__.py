"""What of ours runs inside Rasa 3.6.21, on Python 3.10: classifier, dialogue store, channel, entry points."""
