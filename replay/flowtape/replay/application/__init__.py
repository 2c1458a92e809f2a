"""How the application under test is run: in this process, or as a command."""
