"""The `packets` tap: connections overheard on an interface, or read from a pcap or pcapng file.

    source ──packet──▶ link ──segment──▶ table ──▶ tcp ──bytes in causal order──▶ Conversation

- a **packet** is what the link carried, with the time it was heard (`pcap.py` reads files, `interface.py` listens);
- a **segment** is what TCP says in it (`link.py`);
- a **half** is one direction of a connection, an **assembly** both of them (`tcp.py`): its bytes reach the conversation
  once each, in the order in which they were spoken, and what is missing is told as a loss;
- the **table** (`table.py`) holds the connections that matter, and is bounded;
- the **tap** (`tap.py`) wires them together and accounts for every packet.

Start reading at `tap.py`. scapy is imported by `interface.py` alone: a file is read without it.
"""
