"""The recording: what was said, and how to hear it.

- a **tap** overhears bytes; a **stream** is one direction of a connection;
- a **message** is one protocol data unit; a **codec** reads and writes those of one protocol, and knows no role that is "us";
- a **conversation** is both directions of one connection: bytes in, messages and exchanges out;
- an **exchange** is one question and its answer, by meaning; an **entry** is one that the service itself answered;
- a **flow** is an entry and the **calls** that it caused; **evidence** says why a call belongs to it;
- a **recording** is an append-only series of **segments** of sanitised flows.

    conversation = Conversation(connection, CODECS, hint="postgresql")
    conversation.hear(Side.CLIENT, data, at)      # any tap, any split of the bytes
    for exchange in conversation.exchanges():
        correlator.take(exchange)
    for flow in correlator.advance(watermark):
        writer.write(sanitiser.flow(flow))        # nothing reaches a disk before it is sanitised

`agent.py` wires this together; `protocols/`, `taps/`, `correlate/` and `sanitise/` hold one kind of thing each.
"""
