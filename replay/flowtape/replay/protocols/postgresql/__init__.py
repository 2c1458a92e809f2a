"""The answering PostgreSQL server: the real wire protocol to the real driver, answers from the record.

- A *source* is the record: it is asked, and gives an answer or a miss.
- A *backend* runs one session's statements: transaction control and settings by its own state, all else by the source.
- A *session* turns messages into statements and answers into messages; a *portal* is a statement with its parameters bound.
- The *server* is the edge: sockets, one session for each.

    server = serve(source, "db")
    os.environ["DATABASE_URL"] = f"postgresql://user@{server.address}/name"
    ...
    server.close()
"""

from flowtape.replay.protocols.postgresql.server import serve

__all__ = ["serve"]
