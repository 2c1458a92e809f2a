"""The generating: a recording becomes a suite.

- a **behaviour** is what a flow did, values aside; each becomes a few tests;
- a **candidate** is a planned test that has not been replayed yet;
- an **observing run** replays candidates to learn what varies, and fails none;
- a **place** is one leaf of what a flow puts out; a **lesson** is what observing runs taught about a case;
- **admitted** is what then passes every replay; **quarantined** is the rest, each with its reason.

    found = generate("recording", load(path), path, progress)     # generate.py, in the order of the words above
    found.admitted, found.quarantined, found.written

Deciding (`select`, `plan`, `learn`, `changes`) takes values and gives values; `verify` and `write` perform.
"""
