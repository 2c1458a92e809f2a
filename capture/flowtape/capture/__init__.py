"""The recording: what was said, and how to hear it."""
