"""The whole story on one machine: capture, sanitise, generate, replay, break."""
