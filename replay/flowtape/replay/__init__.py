"""The replaying: answering servers, the application under test, the verdict."""
