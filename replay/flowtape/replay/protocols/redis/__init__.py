"""The answering Redis server: RESP2 or RESP3 to the real driver, answers from the record.

- A *source* is the record: it is asked, and gives an answer or a miss.
- A *session* answers one client's commands: what keeps the connection and its MULTI blocks by its own state (`housekeeping`),
  all else by the source.
- `versions` puts a recorded reply as the protocol version demands that the client chose.
- The *server* is the edge: sockets, one session for each.

    server = serve(source, "cache")
    os.environ["REDIS_URL"] = f"redis://{server.address}/0"
    ...
    server.close()
"""

from flowtape.replay.protocols.redis.server import serve

__all__ = ["serve"]
