"""One command a file. Each module holds `command`, a click command, under the module's own name."""
