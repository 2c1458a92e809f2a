"""The pytest plugin: the `replay` fixture."""
