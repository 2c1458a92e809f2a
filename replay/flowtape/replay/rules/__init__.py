"""The rules by which a recorded answer is the answer to a question put differently, where it takes the recorded answer to tell.

What needs no answer is in `flowtape.capture.sql.rules`.
"""
