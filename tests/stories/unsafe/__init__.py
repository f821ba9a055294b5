"""A report of something unsafe puts the host on hold until a coordinator has looked. See docs/consent.md."""
