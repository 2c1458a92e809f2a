"""The answering side: one protocol a file, from exchanges to bytes."""
